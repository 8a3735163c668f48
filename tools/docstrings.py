"""The docstrings of libami as reStructuredText, for the site.

They are plain text: paragraphs, code that is indented, tables of a name and what it means, and names between
backquotes.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

# The modules that the site has pages of.
MODULES = (
    "libami",
    "libami.aio",
    "libami.aio.gateway",
    "libami.gateway",
    "libami.pdu",
    "libami.protocol",
    "libami.simulator",
    "libami.testing",
)
_ROW = re.compile(r"(\S.*?) {2,}(\S.*)")
_QUOTED = re.compile(r"`([^`]+)`")


def blocks(lines: Sequence[str]) -> list[list[str]]:
    """The parts between empty lines. Code with empty lines in it is one."""
    found: list[list[str]] = []
    is_open = False
    for line in lines:
        if not line.strip():
            is_open = False
        elif is_open:
            found[-1].append(line)
        elif found and line.startswith("    ") and found[-1][0].startswith("    "):
            found[-1] += ["", line]
            is_open = True
        else:
            found.append([line])
            is_open = True
    return found


def rows(block: Sequence[str]) -> list[tuple[str, str]] | None:
    """The rows of a table; None if it is none. A row is a name, and its meaning behind two blanks or more, or
    on lines that are indented."""
    found: list[tuple[str, list[str]]] = []
    for line in block:
        row = _ROW.fullmatch(line)
        if line.startswith("    "):
            if not found:
                return None
            found[-1][1].append(line.strip())
        elif row is not None:
            found.append((row[1], [row[2]]))
        else:
            found.append((line, []))
    if any(not meaning for _, meaning in found):
        return None
    return [(name, " ".join(meaning)) for name, meaning in found]


def place(word: str, owner: str) -> str | None:
    """The full name of what a word between backquotes names, seen from the place that says it."""
    if word in MODULES:
        return word
    parts = owner.split(".")
    for end in range(len(parts), 0, -1):
        name = word if word.startswith("libami.") else ".".join([*parts[:end], word])
        if _is_shown(name):
            return name
    return None


def _is_shown(name: str) -> bool:
    """Tell whether the site has an entry of this name."""
    parts = name.split(".")
    if not all(part.isidentifier() and not part.startswith("_") for part in parts):
        return False
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if module in MODULES:
            break
    else:
        return False
    found: Any = importlib.import_module(module)
    rest = parts[end:]
    if not rest:
        return True
    if rest[0] not in found.__all__:
        return False
    for part in rest:
        if not hasattr(found, part) or _is_of_a_shown_base(found, part):
            return False
        found = getattr(found, part)
    return True


def _is_of_a_shown_base(found: Any, name: str) -> bool:
    """Tell whether a class has something from a base that has an entry of its own, or is Python's."""
    bases = found.__mro__[1:] if isinstance(found, type) and name not in vars(found) else ()
    owner = next((base for base in bases if name in vars(base)), None)
    return owner is not None and owner.__module__ in ("builtins", *MODULES)


def text(line: str, owner: str) -> str:
    """A paragraph, with links to what it names."""
    pieces = []
    for at, piece in enumerate(_QUOTED.split(line)):
        if at % 2 == 0:
            pieces.append(re.sub(r"([\\*|])|(?<=\w)_(?!\w)", lambda found: "\\" + found[0], piece))
            continue
        name = place(piece, owner)
        pieces.append(f"``{piece}``" if name is None else f":py:obj:`{piece} <{name}>`")
    return "".join(pieces)


def written(lines: Sequence[str], owner: str) -> Iterator[str]:
    """A docstring as reStructuredText."""
    for block in blocks(lines):
        table = rows(block)
        if block[0].startswith("    "):
            yield ".. code-block:: python"
            yield ""
            yield from block
        elif table is not None:
            for name, meaning in table:
                yield f"``{name}``"
                yield f"    {text(meaning, owner)}"
        else:
            yield text(" ".join(block).removesuffix("::"), owner)
        yield ""


def on_docstring(
    _app: object, _kind: str, name: str, _found: object, _options: object, lines: list[str]
) -> None:
    """What Sphinx calls for each docstring."""
    lines[:] = written(lines, name)
