r"""Recorded sessions: one text file with both sides in order.

    # libami capture 1
    < +0.000
    Asterisk Call Manager/11.0.0
    > +0.001
    Action: Login
    ActionID: 1
    Username: admin
    Secret: ***

    < +0.002
    Response: Success
    ActionID: 1
    Message: Authentication accepted

    < +5.120 end

The first line tells the format and its version. A block begins with a line of its own: `>` for the client or
`<` for the server, the seconds since the beginning, the number of the connection unless it is 1, and `end` if
that side ended the connection here. The bytes follow: a line of the file stands for one of the wire with its
CR and LF. Lines that begin with `#` are comments.

    \\  \n  \r  \t  \xNN    a backslash, and bytes that are no printable UTF-8
    \ at the end of a line    no line end here: `text\n\` is a line that ends in LF alone
    \x20 at the end, \x23, \x3c, \x3e at the beginning
                              a blank, `#`, `<` and `>`, where they would be lost or misread
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from libami.testing._scrub import Scrubber
from libami.testing._secrets import Secrets
from libami.testing._wire import end_of_message, split_lines

__all__ = ["Block", "Recording", "RecordingError", "RecordingWriter", "Speaker"]

Speaker: TypeAlias = Literal["client", "server"]

FIRST_LINE = "# libami capture 1"
_HEAD = re.compile(r"([<>]) \+([0-9]{1,12}(?:\.[0-9]+)?)(?: ([1-9][0-9]{0,8}))?( end)?")
_ARROWS: dict[Speaker, str] = {"client": ">", "server": "<"}
_SPEAKERS: dict[str, Speaker] = {">": "client", "<": "server"}
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(rb"\\(?:([\\nrt])|x([0-9a-fA-F]{2}))|\\")
_LETTERS = {b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_FOLLOWS = b"Response: Follows"
_EMPTY = re.compile(rb"(?:\r\n)+")
_MOST = 1 << 20
"""Bytes of a message that are waited for; one that is longer comes in pieces, cut at the end of a line."""
_END_OF_FOLLOWS = b"--END COMMAND--\r\n\r\n"


class RecordingError(ValueError):
    """The text is no recording, or one of a version that is not known; the line is told."""


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes of one side: a message as a rule."""

    seconds: float
    """Since the beginning of the recording."""
    speaker: Speaker
    data: bytes
    connection: int = 1
    """Counted from 1 in the order of connecting."""
    is_end: bool = False
    """True if this side ended the connection behind them."""

    @property
    def text(self) -> str:
        """The lines of the file."""
        number = "" if self.connection == 1 else f" {self.connection}"
        end = " end" if self.is_end else ""
        head = f"{_ARROWS[self.speaker]} +{self.seconds:.3f}{number}{end}\n"
        return head + "".join(f"{_escaped(line)}\n" for line in split_lines(self.data))


class Recording:
    """The blocks of a recording, in order."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self.blocks: list[Block] = list(blocks)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it from a text; RecordingError if that is none."""
        return cls(_parse(text.removeprefix("\ufeff").split("\n")))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read it from a file; OSError if that cannot be read, RecordingError if it is none."""
        try:
            return cls.parse(Path(path).read_bytes().decode())
        except UnicodeDecodeError as error:
            raise RecordingError(f"{path} is no recording: byte {error.start} is no UTF-8") from None
        except RecordingError as error:
            raise RecordingError(f"{path}, {error}") from None

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join([f"{FIRST_LINE}\n", *(block.text for block in self.blocks)])

    @property
    def connections(self) -> list[int]:
        """The numbers of its connections, in order of their beginning."""
        return list(dict.fromkeys(block.connection for block in self.blocks))

    def of(self, connection: int) -> list[Block]:
        """The blocks of one connection."""
        return [block for block in self.blocks if block.connection == connection]

    def side(self, speaker: Speaker, connection: int = 1) -> bytes:
        """Everything that one side sent on a connection."""
        return b"".join(block.data for block in self.of(connection) if block.speaker == speaker)


class Splitter:
    """Cuts what one side sends into messages, as it comes."""

    def __init__(self, speaker: Speaker) -> None:
        self._data = bytearray()
        self._looked = 0
        """The place up to which no message ends."""
        self._wants_banner = speaker == "server"

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now, and pieces of one that is too long to be waited for."""
        self._data += data
        start = 0
        while (end := self._end(start)) > 0:
            yield bytes(self._data[start:end])
            start = self._looked = end
        if len(self._data) - start > _MOST:
            end = self._data.rfind(b"\n", start) + 1 or len(self._data)
            yield bytes(self._data[start:end])
            start = end
        # The end of a message may be cut itself, a blank line behind END COMMAND is the longest.
        self._looked = max(0, len(self._data) - start - len(_END_OF_FOLLOWS))
        del self._data[:start]

    def rest(self) -> bytes:
        """The beginning of a message that never became whole."""
        rest = bytes(self._data)
        self._data.clear()
        return rest

    def _end(self, start: int) -> int:
        if self._wants_banner:
            end = self._data.find(b"\n", start) + 1
            self._wants_banner = end == 0
            return end
        empty = _EMPTY.match(self._data, start)
        first = empty.end() if empty else start
        if self._data.startswith(_FOLLOWS, first):
            end = self._data.find(_END_OF_FOLLOWS, max(first, self._looked))
            return end + len(_END_OF_FOLLOWS) if end >= 0 else 0
        return end_of_message(self._data, start, self._looked)


class RecordingWriter:
    """Writes a recording while it happens, a message at once, from any thread. What logs in is replaced by
    `***`: secrets, keys, challenges, passwords in answers, and each secret wherever else it turns up.

    With `scrub` numbers, names and texts of people are replaced as well, each number by the same other one
    throughout. A message of more than 1 MiB is written in pieces.
    """

    def __init__(self, path: str | os.PathLike[str], *, scrub: bool = False, overwrite: bool = False) -> None:
        """Make the file, for its owner alone; FileExistsError if there is one, unless `overwrite`."""
        self._secrets = Secrets()
        self._scrubber = Scrubber() if scrub else None
        self._began: float | None = None
        self._splitters: dict[tuple[int, Speaker], Splitter] = {}
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if overwrite else os.O_EXCL)
        self._lock = threading.Lock()
        self._file = os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="\n")
        try:
            self._file.write(f"{FIRST_LINE}\n")
            self._file.flush()
        except OSError:
            with suppress(OSError):
                self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def add(self, speaker: Speaker, data: bytes, connection: int = 1) -> None:
        """Add bytes that one side sent just now, whole messages or pieces; OSError if they cannot be
        written."""
        with self._lock:
            splitter = self._splitters.setdefault((connection, speaker), Splitter(speaker))
            self._write([Block(self._now(), speaker, message, connection) for message in splitter.feed(data)])

    def end(self, speaker: Speaker, connection: int = 1) -> None:
        """Note that one side has ended a connection."""
        with self._lock:
            blocks = []
            for side in _ARROWS:
                splitter = self._splitters.pop((connection, side), None)
                if splitter is not None and (rest := splitter.rest()):
                    blocks.append(Block(self._now(), side, rest, connection))
            self._write([*blocks, Block(self._now(), speaker, b"", connection, is_end=True)])

    def close(self) -> None:
        """Write what is left of messages, and close the file."""
        with self._lock:
            if self._file.closed:
                return
            with self._file:
                for (connection, speaker), splitter in self._splitters.items():
                    if rest := splitter.rest():
                        self._write([Block(self._now(), speaker, rest, connection)])

    def _now(self) -> float:
        now = time.monotonic()
        if self._began is None:
            self._began = now
        return now - self._began

    def _write(self, blocks: list[Block]) -> None:
        for block in blocks:
            data = self._secrets.hide(block.data)
            if self._scrubber is not None:
                data = self._scrubber.scrub(data)
            shown = Block(block.seconds, block.speaker, data, block.connection, block.is_end)
            self._file.write(shown.text)
        self._file.flush()


def _escaped(line: bytes) -> str:
    end = "" if line.endswith(b"\r\n") else "\\"
    text = line.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")
    shown = text
    if not text.isprintable() or "\\" in text:
        shown = "".join(
            _ESCAPES.get(letter) or (letter if letter.isprintable() else _in_hex(letter)) for letter in text
        )
    if shown[:1] in ("#", "<", ">"):
        shown = _in_hex(shown[0]) + shown[1:]
    if not end and shown.endswith(" "):
        shown = shown[:-1] + _in_hex(" ")
    return shown + end


def _in_hex(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


def _unescaped(line: str, number: int) -> bytes:
    end = b"\r\n"
    data = line.encode()

    def byte(found: re.Match[bytes]) -> bytes:
        nonlocal end
        letter, code = found[1], found[2]
        if letter is not None:
            return _LETTERS[letter]
        if code is not None:
            return bytes([int(code, 16)])
        if found.end() != len(data):
            raise RecordingError(f"line {number}: a backslash that escapes nothing")
        end = b""
        return b""

    return _ESCAPED.sub(byte, data) + end


def _parse(lines: list[str]) -> Iterator[Block]:
    first = lines[0].rstrip("\r")
    if first != FIRST_LINE:
        kind = "is of another version" if first.startswith("# libami capture ") else "is no recording"
        raise RecordingError(f"line 1: this {kind}; one begins with {FIRST_LINE!r}")
    # The last line of a file ends in a line feed as well.
    rest = lines[1:-1] if lines[-1] == "" else lines[1:]
    head: re.Match[str] | None = None
    data = b""
    for number, raw in enumerate(rest, 2):
        line = raw.removesuffix("\r")
        if line.startswith("#"):
            continue
        if line.startswith(("<", ">")):
            if head is not None:
                yield _block(head, data)
            head, data = _HEAD.fullmatch(line), b""
            if head is None:
                raise RecordingError(
                    f"line {number}: a block begins like '< +1.234', '> +1.234 2' or '< +1.234 end'"
                )
        elif head is None:
            raise RecordingError(f"line {number}: text before the first block")
        else:
            data += _unescaped(line, number)
    if head is not None:
        yield _block(head, data)


def _block(head: re.Match[str], data: bytes) -> Block:
    arrow, seconds, connection, end = head.groups()
    return Block(float(seconds), _SPEAKERS[arrow], data, int(connection or 1), end is not None)
