"""The pages in docs/coming-from: the pieces of programs that they show, and their tables of names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "coming-from"
_FENCE = re.compile(r"^```(\S*)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BEGIN = re.compile(r"\[(\w+)\](?: \*/)?$", re.MULTILINE)
_NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\(([^`]*)\))?`")
_KEYWORD = re.compile(r"(\w+)=")


class Piece(NamedTuple):
    """A part of a program between two marks."""

    path: Path
    name: str


def fences(page: Path) -> Iterator[tuple[str, str | None, dict[str, str]]]:
    """The blocks of code: kind, argument, options."""
    for kind, argument, body in _FENCE.findall(page.read_text()):
        options = dict(re.findall(r'^:([\w-]+): ?"?(.*?)"?$', body, re.MULTILINE))
        yield kind, argument or None, options


def shown(page: Path) -> list[Piece]:
    """The pieces that a page shows; AssertionError for anything else that looks like code."""
    found = []
    for kind, argument, options in fences(page):
        if kind == "{toctree}":
            continue
        assert kind == "{literalinclude}", f"{page.name} has code of its own, in a block {kind}"
        assert argument is not None
        name = options["start-after"].strip("[]")
        assert options["end-before"] == f"[/{name}]", f"{page.name}: {options}"
        found.append(Piece((page.parent / argument).resolve(), name))
    return found


def pieces(program: Path) -> list[Piece]:
    """The pieces that a program marks; AssertionError if they are not ended in their order."""
    text = program.read_text()
    found = []
    for begin in _BEGIN.finditer(text):
        name = begin[1]
        after = text[begin.end() :]
        assert after.count(f"[/{name}]") == 1, f"{program.name}: [{name}] is not ended once"
        assert not _BEGIN.search(after.partition(f"[/{name}]")[0]), (
            f"{program.name}: [{name}] has another in it"
        )
        found.append(Piece(program, name))
    return found


class Name(NamedTuple):
    """What a name of a table stands for, and the keywords that are shown with it."""

    name: str
    keywords: list[str]


def names(page: Path) -> Iterator[tuple[list[Name], list[Name]]]:
    """The names of each row of the table of names: theirs and ours."""
    table = page.read_text().partition("\n## Names\n")[2].partition("\n## ")[0]
    for line in table.splitlines():
        if line.startswith("| "):
            theirs, ours = line.strip("| ").split(" | ", 1)
            yield _names(theirs), _names(ours)


def _names(cell: str) -> list[Name]:
    return [Name(name, _KEYWORD.findall(given)) for name, given in _NAME.findall(cell)]
