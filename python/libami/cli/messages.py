"""The messages of a CSV file for a bulk run, all checked before any of them is sent."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libami.cli.output import UsageError, counted

_MOST_SHOWN = 20
_COLUMNS = ("to", "text", "port", "id")


@dataclass(frozen=True, slots=True)
class Message:
    """A message, and the line that it begins in."""

    line: int
    to: str
    text: str
    port: str | None
    id: str | None
    digest: str
    """That of number and text."""
    key: str
    """The name that the journal knows it by, wherever it stands in the file."""

    def digest_with(self, port: str) -> str:
        """The digest that older journals have of a message with a port."""
        return _digest(self.to, self.text, port)


def _digest(to: str, text: str, port: str = "") -> str:
    content = "\0".join((to, text, port)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:20]


class Wrong:
    """The faults of a file, line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        self.found.append((line, text))

    def check(self) -> None:
        """Refuse the file if anything is wrong with it."""
        if not self.found:
            return
        shown = [f"{self.path}, line {line}: {text}" for line, text in sorted(self.found)[:_MOST_SHOWN]]
        if len(self.found) > _MOST_SHOWN:
            shown.append(f"and {len(self.found) - _MOST_SHOWN} lines more")
        raise UsageError("\n".join([*shown, "nothing was sent"]))


def read(path: Path) -> tuple[list[Message], list[str]]:
    """The messages of a file, and the columns that are none of ours. Raises UsageError with the lines that
    are wrong."""
    wrong = Wrong(path)
    text = _decoded(path, wrong)
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [name.strip().lower() for name in next(rows, [])]
    missing = [name for name in ("to", "text") if name not in names]
    if missing:
        wrong.add(
            1,
            f'there is no column "{missing[0]}"; the first line names the columns, such as: to,text,port,id',
        )
    others = [name for name in names if name not in _COLUMNS]
    absent = [name for name in _COLUMNS if name not in names]
    for name in others:
        # Messages would go out in another way than the file says.
        if near := difflib.get_close_matches(name, absent, 1, 0.7):
            wrong.add(
                1,
                f'there is no use for the column "{name}"; rename it if "{near[0]}" is meant, or leave it '
                "out",
            )
    for name in set(_COLUMNS):
        if names.count(name) > 1:
            wrong.add(1, f'there are {names.count(name)} columns "{name}"')
    wrong.check()
    found = list(_messages(rows, names, wrong))
    wrong.check()
    if not found:
        wrong.add(1, "there are no messages below this line")
        wrong.check()
    return found, others


def _decoded(path: Path, wrong: Wrong) -> str:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        wrong.add(1, 'this is UTF-16; save it as "CSV UTF-8"')
        wrong.check()
    try:
        # Spreadsheets begin the file with a mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a mark, positions are counted from behind it.
        line = error.object[: error.start].count(b"\n") + 1
        wrong.add(line, 'this is not UTF-8; save it as "CSV UTF-8"')
        wrong.check()
        raise


def _messages(rows: Any, names: list[str], wrong: Wrong) -> Iterator[Message]:
    keys: dict[str, int] = {}
    line = rows.line_num
    while True:
        # A quoted text may go over several lines.
        line = rows.line_num + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            # Quotes that do not match have taken in the rest of the file.
            wrong.add(line, f"this is no CSV: {error}")
            return
        if cells is None:
            return
        if not any(cells):
            continue
        if len(cells) != len(names):
            wrong.add(
                line,
                f"this line has {counted(len(cells), 'cell')}, and the file {len(names)} columns; a text "
                "with commas or line ends stands in double quotes",
            )
            continue
        message = _message(line, dict(zip(names, cells, strict=True)))
        if problem := _problem(message):
            wrong.add(line, problem)
        elif message.key in keys:
            which = "the id" if message.id is not None else "number and text"
            wrong.add(
                line,
                f"it has {which} of line {keys[message.key]}; if both are meant, give each an id of its own",
            )
        else:
            keys[message.key] = line
            yield message


def _message(line: int, cells: dict[str, str]) -> Message:
    to, text = cells["to"].strip(), cells["text"]
    port, own_id = cells.get("port", "").strip() or None, cells.get("id", "").strip() or None
    digest = _digest(to, text)
    return Message(line, to, text, port, own_id, digest, f"id:{own_id}" if own_id is not None else digest)


def _problem(message: Message) -> str | None:
    if not message.to:
        return "the number is missing"
    digits = message.to.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 20):
        return f'"{message.to}" is no number: 1 to 20 digits, with a + before a country code if wanted'
    if not message.text:
        return "the text is empty"
    if "\0" in message.text:
        return "the text has a NUL character"
    if message.id is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", message.id):
        return f'"{message.id}" is no id: letters, digits, "_", "." and "-", 64 at most'
    return None
