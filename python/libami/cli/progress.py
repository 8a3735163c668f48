"""The progress of a bulk run, shown on stderr: bars where rich is installed, else a line that is written "
"anew."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Any, Protocol, cast

from libami.cli.output import Output, is_colourful, shown, write_words

_PAUSE = 10.0
"""Seconds between two lines where nobody watches."""


class Progress(Protocol):
    """A display of how far a run is."""

    def tell(self, port: str, outcome: str) -> None:
        """One message more is done."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def progress(out: Output, total: int) -> Progress:
    """The one that fits where stderr goes."""
    if out.is_quiet:
        return _None()
    if is_colourful(sys.stderr):
        try:
            return _Bars(total)
        except ImportError:
            pass
    return _Line(out, total)


class _None:
    def tell(self, port: str, outcome: str) -> None:
        pass

    def close(self) -> None:
        pass


class _Line:
    """A line of text, in its place on a terminal and now and then elsewhere."""

    def __init__(self, out: Output, total: int) -> None:
        self._out = out
        self._total = total
        self._outcomes: Counter[str] = Counter()
        self._ports: Counter[str] = Counter()
        self._is_terminal = sys.stderr.isatty()
        self._next = time.monotonic() + (0 if self._is_terminal else _PAUSE)
        self._width = 0

    def tell(self, port: str, outcome: str) -> None:
        self._outcomes[outcome] += 1
        self._ports[port] += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + (0.1 if self._is_terminal else _PAUSE)
            self._show()

    def _show(self) -> None:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._outcomes.items()))
        ports = ", ".join(f"port {port} {count}" for port, count in sorted(self._ports.items()) if port)
        text = shown(f"{self._outcomes.total()} of {self._total}: {outcomes} ({ports})")
        if self._is_terminal:
            write_words(f"\r{text:{self._width}}")
            self._width = len(text)
        else:
            self._out.say(text)

    def close(self) -> None:
        if self._is_terminal and self._width:
            self._show()
            write_words("\n")


class _Words:
    """stderr for rich, which would end the process if it cannot be written."""

    def __init__(self) -> None:
        # As long as bars are shown, rich takes its place.
        self._stream = sys.stderr
        self.encoding = self._stream.encoding

    def isatty(self) -> bool:
        return self._stream.isatty()

    def write(self, text: str) -> int:
        write_words(text, self._stream)
        return len(text)

    def flush(self) -> None:
        """Each write is there at once."""


class _Bars:
    """A bar for all, and one for each port."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._total = total
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=cast(Any, _Words())),
            redirect_stdout=False,
        )
        self._all = self._bars.add_task("all", total=total)
        self._ports: dict[str, Any] = {}
        self._bars.start()

    def tell(self, port: str, outcome: str) -> None:
        self._bars.advance(self._all)
        if port:
            if port not in self._ports:
                self._ports[port] = self._bars.add_task(f"port {shown(port)}", total=self._total)
            self._bars.advance(self._ports[port])

    def close(self) -> None:
        self._bars.stop()
