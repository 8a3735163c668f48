"""Streams to iterate over in a task."""

from __future__ import annotations

from types import TracebackType
from typing import Generic, Self, TypeVar

from libami._native import AsyncStream, Counters, Event

_Item = TypeVar("_Item", covariant=True)


class Stream(Generic[_Item]):
    """An asynchronous iterator, and a context manager that ends it. Several tasks may take from it."""

    def __init__(self, native: AsyncStream[_Item]) -> None:
        self._native = native
        self._take = native.take

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Item:
        # An item that waits costs no more than a call. It is taken at the very end, so that a step which is
        # cancelled loses nothing.
        item = self._take()
        return await self._native.next() if item is None else item

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def counters(self) -> Counters:
        """Counts of all that went through it so far."""
        return self._native.counters

    def close(self) -> None:
        """Unsubscribe: what waits is discarded, and the iteration ends, in other tasks as well."""
        self._native.close()


class EventStream(Stream[Event]):
    """Events of a client or gateway, from the call of `events` on."""


class ViewStream(Stream[_Item]):
    """Views of events, from the call of `events` on."""


# Users find it there.
EventStream.__module__ = "libami.aio"
ViewStream.__module__ = "libami.aio"
