"""Programs that tests start, and whose lines they wait for."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import threading
import time
from typing import Self

PATIENCE = 30.0


class Running:
    """A program that runs until it is left."""

    def __init__(self, command: list[str]) -> None:
        self.seen: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            # What is left for a program that has ended cannot be written any more.
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def has_said(self, start: str, within: float = PATIENCE) -> bool:
        """Tell whether it says a line that begins so, from its beginning on; wait for it for some seconds."""
        until = time.monotonic() + within
        while not any(line.startswith(start) for line in self.seen):
            try:
                self.seen.append(self._lines.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                return False
        return True

    def says(self, start: str) -> None:
        """Wait for a line that begins so, behind those that were waited for before."""
        self.seen.clear()
        assert self.has_said(start), (start, self.seen)

    def type(self, line: str) -> None:
        """Write a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def end(self) -> int:
        """End its input, and return the code with which it ends then."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(PATIENCE)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)
