"""The journal of a bulk run: which messages were begun, and what became of each. It is written so that no
message is sent twice, whenever the run ends: a message is sent only after the disk has the line that says
so."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from libami.cli.output import Failure

BEGUN = "begun"
_HEAD = {"journal": "libami sms bulk", "version": 1}
_STEP = 1 << 14
_LONGEST = 1024
"""The most bytes of a line. Each message that is begun has so much room set aside for its outcome."""


class Journal:
    """An open journal. Nobody else can open it meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.states: dict[str, dict[str, Any]] = {}
        """The last line of each message, by its key."""
        self._open_messages: set[str] = set()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock()
            self._end = self._read()
            self._reserved = os.fstat(self._file).st_size
            if self._reserved > self._end:
                os.ftruncate(self._file, self._end)
                self._reserved = self._end
            if not self._end:
                self._write([_HEAD])
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        finally:
            os.close(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                f"another run has {self.path} open, and sends from the same file; wait until it has ended"
            ) from None

    def _read(self) -> int:
        """Read all lines, and return where the last whole one ends."""
        with open(self._file, "rb", closefd=False) as file:
            data = file.read()
        # Room that was set aside is full of zeros; a line that was cut off is as good as none.
        written = data.partition(b"\0")[0]
        end = written.rfind(b"\n") + 1
        lines = written[:end].splitlines()
        for number, line in enumerate(lines, 1):
            try:
                found = json.loads(line)
                if number == 1:
                    if found != _HEAD:
                        raise ValueError
                else:
                    self.states[found["key"]] = found
            except (ValueError, KeyError, TypeError):
                raise Failure(
                    f"{self.path}, line {number}: this is no line of a journal; what was sent cannot be "
                    "told. Restore the file, or name another one by --journal"
                ) from None
        if not lines and data.strip(b"\0"):
            raise Failure(f"{self.path} is no journal; name another file by --journal")
        return end

    def state(self, key: str) -> str | None:
        """The state of a message: its outcome, or BEGUN; None if the journal does not have it."""
        found = self.states.get(key)
        return None if found is None else str(found["state"])

    def begin(self, messages: Sequence[dict[str, Any]]) -> None:
        """Note that these are about to be sent; when this returns, the disk has it. OSError if it has not:
        then nothing of them is noted, and none may be sent."""
        self._write([{**each, "state": BEGUN} for each in messages], _LONGEST * len(self._open_messages))
        self._open_messages |= {each["key"] for each in messages}

    def end(self, message: dict[str, Any]) -> None:
        """Note what became of one. There is room for it."""
        self._open_messages.discard(message["key"])
        self._write([message], durably=False)

    def _write(self, lines: Sequence[dict[str, Any]], room: int = 0, *, durably: bool = True) -> None:
        data = b"".join(_line(each) for each in lines)
        try:
            if durably:
                self._reserve(len(data) + room + _LONGEST * len(lines))
            written = 0
            while written < len(data):
                written += os.pwrite(self._file, data[written:], self._end + written)
            if durably:
                os.fdatasync(self._file)
        except OSError as error:
            # Half a line would be no line.
            os.ftruncate(self._file, self._end)
            self._reserved = self._end
            raise OSError(error.errno, error.strerror, str(self.path)) from None
        self._end += len(data)
        for each in lines:
            if "key" in each:
                self.states[each["key"]] = each

    def _reserve(self, size: int) -> None:
        """Set room aside, so that a full disk is noticed before anything is sent."""
        needed = self._end + size
        if needed > self._reserved:
            os.posix_fallocate(self._file, self._reserved, needed + _STEP - self._reserved)
            self._reserved = needed + _STEP


def _line(message: dict[str, Any]) -> bytes:
    data = json.dumps(message).encode() + b"\n"
    if len(data) > _LONGEST and "words" in message:
        # Escaped, a character takes up to twelve bytes.
        data = json.dumps({**message, "words": message["words"][:40]}).encode() + b"\n"
    return data
