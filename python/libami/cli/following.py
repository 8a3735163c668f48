"""Reading a stream for so many seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from libami.cli.output import TIMEOUT, Failure, counted

if TYPE_CHECKING:
    from libami._native import Stream

_Item = TypeVar("_Item")
_POLL = 0.1


def timeout(seconds: float | None) -> float | None:
    """The timeout that a stream must have to be read for so many seconds in all."""
    return None if seconds is None else min(seconds, _POLL)


def within(stream: Stream[_Item], seconds: float | None) -> Iterator[_Item]:
    """The items that come in so many seconds in all; without that, until the stream ends."""
    until = None if seconds is None else time.monotonic() + seconds
    while True:
        for item in stream:
            yield item
            if until is not None and time.monotonic() >= until:
                return
        # A stream with a timeout ends whenever it is idle, and goes on.
        if until is None or time.monotonic() >= until:
            return


def too_few(thing: str, wanted: int, left: int, seconds: float | None) -> Failure:
    """The failure of a stream that has not brought what was to be counted."""
    come = f"{wanted - left} of {counted(wanted, thing)}" if left < wanted else f"no {thing}"
    return Failure(f"{come} came in {seconds:g} s" if seconds is not None else f"{come} came", TIMEOUT)
