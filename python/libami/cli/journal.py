"""The journal of a bulk run: which messages were begun, and what became of each. It is written so that no
message is sent twice, whenever the run ends: a message is sent only after the disk has the line that says
so."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from libami.cli.output import Failure

BEGUN = "begun"
_STATES = frozenset(
    {BEGUN, "sent", "queued", "delivered", "undelivered", "failed", "busy", "unknown", "not-sent"}
)
_HEAD = {"journal": "libami sms bulk", "version": 1}
_STEP = 1 << 14
_LONGEST = 1024
"""The most bytes of a line. Each message that is begun has so much room set aside for its outcome."""


class Journal:
    """An open journal. Nobody else can open it meanwhile."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it."""
        self.path = path
        self.states: dict[str, dict[str, Any]] = {}
        """The last line of each message, by its key."""
        self._open_messages: set[str] = set()
        # The opening of a pipe would wait for somebody who writes.
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._file = os.open(path, flags, 0o600)
        try:
            self._lock()
            self._end = self._read()
            self._reserved = os.fstat(self._file).st_size
            if self._reserved > self._end:
                os.ftruncate(self._file, self._end)
                self._reserved = self._end
            if not self._end:
                self._write([_HEAD])
            elif self._lacks_line_end:
                self._append(b"\n")
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

    @classmethod
    def states_of(cls, path: Path) -> dict[str, dict[str, Any]]:
        """The last line of each message of a journal, which is left as it is, or need not be there."""
        journal = cls.__new__(cls)
        journal.path, journal.states = path, {}
        try:
            journal._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return {}
        try:
            journal._lock()
            journal._read()
        finally:
            os.close(journal._file)
        return journal.states

    def _lock(self) -> None:
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise Failure(f"{self.path} is no regular file, which a journal has to be; name another one")
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
        # Room that was set aside is full of zeros.
        written, _, room = data.partition(b"\0")
        *lines, last = written.split(b"\n")
        end = len(written) - len(last)
        if room.strip(b"\0"):
            raise Failure(
                f"{self.path}, line {len(lines) + 1}: there are zeros in the middle. Restore the file, "
                f"or if the machine lost power while it was written, cut it: truncate -s {end} {self.path}"
            )
        # A line that was cut off is as good as none; one of an editor's may lack its line end alone.
        self._lacks_line_end = _is_whole(last)
        if self._lacks_line_end:
            lines.append(last)
            end = len(written)
        for number, line in enumerate(lines, 1):
            try:
                found = json.loads(line)
                if number == 1:
                    if found != _HEAD:
                        raise ValueError
                elif found["state"] not in _STATES or type(found["key"]) is not str:
                    raise ValueError
                else:
                    self.states[found["key"]] = found
            except (ValueError, KeyError, TypeError, RecursionError):
                raise Failure(
                    f"{self.path}, line {number}: this is no line of a journal; what was sent cannot be "
                    "told. Restore the file, or name another one by --journal"
                ) from None
        if not lines and written:
            raise Failure(f"{self.path} is no journal; name another file by --journal")
        return end

    def note(self, lines: Sequence[dict[str, Any]]) -> None:
        """Note what is found about messages before any is sent."""
        self._write(lines)

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
        self._append(data, room + _LONGEST * len(lines), durably=durably)
        for each in lines:
            if "key" in each:
                self.states[each["key"]] = each

    def _append(self, data: bytes, room: int = 0, *, durably: bool = True) -> None:
        try:
            if durably:
                self._reserve(len(data) + room)
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

    def _reserve(self, size: int) -> None:
        """Set room aside, so that a full disk is noticed before anything is sent."""
        needed = self._end + size
        if needed > self._reserved:
            os.posix_fallocate(self._file, self._reserved, needed + _STEP - self._reserved)
            self._reserved = needed + _STEP


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _line(message: dict[str, Any]) -> bytes:
    data = json.dumps(message).encode() + b"\n"
    if len(data) > _LONGEST and "words" in message:
        # Escaped, a character takes up to twelve bytes.
        data = json.dumps({**message, "words": message["words"][:40]}).encode() + b"\n"
    return data
