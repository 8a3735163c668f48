"""Writes the C reference of the site from the headers: `c_reference.py FOLDER`, a page for each object."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import header
from header import Item

ROOT = Path(__file__).resolve().parent.parent
# The page of what belongs to no object.
_PAGES = {"ami": "libami", "ami_simulator": "libami_simulator"}
_ROLES = {"function": "func", "value": "macro", "type": "type", "alias": "type", "callback": "type"}


class Words:
    """Text of a header as reStructuredText, with links to what it names."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.roles = {item.name: _ROLES[item.kind] for item in items}
        names = "|".join(sorted(map(re.escape, self.roles), key=len, reverse=True))
        self.pattern = re.compile(rf"(?<![\w])({names})(?![\w…])")

    def __call__(self, text: str) -> str:
        escaped = re.sub(r"([\\*`|])", r"\\\1", text)
        escaped = re.sub(r"(?<=\w)_(?!\w)", r"\\_", escaped)
        return self.pattern.sub(lambda match: f":c:{self.roles[match[1]]}:`{match[1]}`", escaped)


def body(item: Item, words: Words) -> Iterator[str]:
    """What stands below a declaration, not indented yet."""
    for block in item.text.blocks:
        if isinstance(block, str):
            yield words(block)
        else:
            yield from (f"- {words(entry)}" for entry in block)
        yield ""
    for name, text in item.text.parameters.items():
        yield f":param {name}: {words(text)}"
    if item.text.result:
        yield f":returns: {words(item.text.result)}"
    for name, text in item.text.promises.items():
        yield f":{name}: {words(text)}"


def described(item: Item, words: Words) -> list[str]:
    """A declaration with its text."""
    directive, signature = {
        "function": ("function", item.declaration.rstrip(";")),
        "value": ("macro", item.name),
        "type": ("type", item.name),
        "alias": ("type", item.declaration.removeprefix("typedef ").rstrip(";")),
        "callback": ("type", item.declaration.removeprefix("typedef ").rstrip(";")),
    }[item.kind]
    value = [f"= {item.value}", ""] if item.kind == "value" else []
    lines = [f".. c:{directive}:: {signature}", "", *(f"   {line}" for line in (*value, *body(item, words)))]
    return [*lines, ""]


def write(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sources = {file: header.read(ROOT / f"include/{file}.h") for file in _PAGES}
    words = Words([item for source in sources.values() for item in source.items])
    written = []
    for file, source in sources.items():
        for name, items in header.pages(source, _PAGES[file]).items():
            lines = [name, "=" * len(name), "", f"``#include <{file}.h>``", ""]
            for kinds, subtitle in (
                (("type", "alias"), ""),
                (("value",), "Constants"),
                (("callback",), "Callbacks"),
                (("function",), "Functions"),
            ):
                chosen = [item for item in items if item.kind in kinds]
                if chosen and subtitle:
                    lines += [subtitle, "-" * len(subtitle), ""]
                for item in chosen:
                    lines += described(item, words)
            (folder / f"{name}.rst").write_text("\n".join(lines), encoding="utf-8")
            written.append(name)
    entries = "\n".join(f"   {name}" for name in written)
    (folder / "index.rst").write_text(
        "C reference\n===========\n\nThe objects of ``ami.h`` and ``ami_simulator.h``; "
        "``man 3 ami_client`` shows the same text.\n\n"
        f".. toctree::\n   :maxdepth: 1\n\n{entries}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
