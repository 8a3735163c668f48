"""The table of actions and events that the catalogue is made into."""

from __future__ import annotations

import functools
from pathlib import Path


@functools.cache
def _lines() -> dict[tuple[str, str], str]:
    text = Path(__file__).with_name("_catalogue.txt").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            kind, name, rest = line.split("\t", 2)
            found[kind, name] = rest
    return found


def row(kind: str, name: str) -> list[str] | None:
    """The fields behind the name, of a block, an action or an event; None if there is none of this name."""
    found = _lines().get((kind, name))
    return None if found is None else found.split("\t")


def names(kind: str) -> list[str]:
    """The names of all of them."""
    return [name for of, name in _lines() if of == kind]
