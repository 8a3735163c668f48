"""Writes the manual pages from the headers: `man_pages.py FOLDER`.

A page of section 3 for each object with all its functions, a page that only refers to it for each function
and callback type, and libami(7) with the overview that opens ami.h.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import header
from header import Header, Item, pages

ROOT = Path(__file__).resolve().parent.parent
# Names are not cut, and lines are not stretched.
START = (".nh", ".ad l")
PROMISES = ("Ownership", "Threads", "Errors", "Since")
# What belongs to no object.
_LIBRARY = {
    "ami": ("libami", "the library itself: version, shutdown, limits of text"),
    "ami_simulator": ("libami_simulator", "simulated GSM gateways"),
}


def escape(text: str) -> str:
    """Text for roff: nothing of it is taken for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def marked(text: str) -> str:
    """Text with the names of ami.h in bold, a sentence a line."""
    sentences = re.split(r"(?<=[.:;]) (?=[A-Z])", text)
    filled = "\n".join(
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, 72, break_long_words=False, break_on_hyphens=False)
    )
    return re.sub(r"\b(ami_[a-z0-9_]*[a-z0-9]|AMI_[A-Z0-9_]*[A-Z0-9])\b", r"\\fB\1\\fR", escape(filled))


def description(item: Item) -> list[str]:
    lines: list[str] = []
    for block in item.text.blocks:
        if isinstance(block, str):
            lines += [".PP", marked(block)]
        else:
            lines += [line for entry in block for line in (".IP \\(bu 2", marked(entry))]
    return lines


def synopsis(declaration: str) -> list[str]:
    """A declaration with an argument a line if it is long."""
    if len(declaration) > 72 and "(" in declaration:
        opening, arguments = declaration.rsplit("(", 1)
        indented = ",\n    ".join(argument.strip() for argument in arguments.split(","))
        declaration = f"{opening}(\n    {indented}"
    return [f"\\fB{escape(line)}\\fR" for line in declaration.splitlines()]


def function(item: Item) -> list[str]:
    lines = [f".SS {escape(item.name)}", ".nf", *synopsis(item.declaration), ".fi", *description(item)]
    for name, text in item.text.parameters.items():
        lines += [".TP", f"\\fI{escape(name)}\\fR", marked(text)]
    if item.text.result:
        lines += [".TP", "Returns", marked(item.text.result)]
    for name in PROMISES:
        if name in item.text.promises:
            lines += [".TP", name, marked(item.text.promises[name])]
    return lines


def page(name: str, items: Sequence[Item], source: Header, file: str, others: Iterable[str]) -> str:
    of_kind = {
        kind: [item for item in items if item.kind == kind] for kind in ("value", "callback", "function")
    }
    object_ = next((item for item in items if item.kind in ("type", "alias")), None)
    brief = object_.text.brief if object_ else _LIBRARY[file][1]
    names = [name, *(item.name for item in of_kind["function"] if item.name != name)]
    shared = file.replace("ami", "libami", 1)
    lines = [
        f'.TH {name} 3 "" "libami {source.version}" "libami"',
        *START,
        ".SH NAME",
        f"{', '.join(map(escape, names))} \\- {escape(brief[0].lower() + brief[1:])}",
        ".SH LIBRARY",
        f"{shared}, {escape(f'-l{file}')}",
        ".SH SYNOPSIS",
        ".nf",
        f".B #include <{file}.h>",
        ".PP",
        *(line for item in of_kind["function"] for line in synopsis(item.declaration)),
        ".fi",
    ]
    if object_:
        lines += [".SH DESCRIPTION", *description(object_)[1:]]
    if of_kind["value"]:
        lines += [".SH CONSTANTS"]
        for item in of_kind["value"]:
            lines += [".TP", f"\\fB{escape(item.name)}\\fR = {escape(item.value)}", *description(item)[1:]]
    if of_kind["callback"]:
        lines += [".SH CALLBACKS"]
        lines += [line for item in of_kind["callback"] for line in function(item)]
    lines += [".SH FUNCTIONS", *(line for item in of_kind["function"] for line in function(item))]
    also = [f"\\fB{other}\\fR(3)" for other in sorted(set(others) - {name})]
    lines += [".SH SEE ALSO", ",\n".join(["\\fBlibami\\fR(7)", *also]), ""]
    return "\n".join(lines)


def overview(source: Header, names: Iterable[str]) -> str:
    """libami(7): the comment that opens the header."""
    first, *rest = source.essay
    lines = [
        f'.TH libami 7 "" "libami {source.version}" "libami"',
        *START,
        ".SH NAME",
        f"libami \\- {escape(first.removeprefix('libami: ').rstrip('.'))}",
        ".SH SYNOPSIS",
        ".nf",
        ".B #include <ami.h>",
        ".PP",
        *map(escape, source.program),
        ".fi",
        ".SH DESCRIPTION",
    ]
    for number, paragraph in enumerate(rest):
        if title := re.match(r"([A-Z][a-z]+)\. ", paragraph):
            lines += [f".SS {title[1]}", marked(paragraph[title.end() :])]
        else:
            lines += [".PP"] * (number > 0) + [marked(paragraph)]
    also = [f"\\fB{name}\\fR(3)" for name in sorted(names)]
    lines += [".SH SEE ALSO", ",\n".join(also), ""]
    return "\n".join(lines)


def write(folder: Path) -> None:
    """Writes all pages; what else is in the folders of the pages is taken away."""
    for section in ("man3", "man7"):
        (folder / section).mkdir(parents=True, exist_ok=True)
        for old in (folder / section).iterdir():
            old.unlink()
    for file, (library, _) in _LIBRARY.items():
        source = header.read(ROOT / f"include/{file}.h")
        made = pages(source, library)
        for name, items in made.items():
            text = page(name, items, source, file, made)
            (folder / f"man3/{name}.3").write_text(text, encoding="ascii")
            for item in items:
                if item.kind in ("function", "callback") and item.name != name:
                    (folder / f"man3/{item.name}.3").write_text(f".so man3/{name}.3\n", encoding="ascii")
        if file == "ami":
            (folder / "man7/libami.7").write_text(overview(source, made), encoding="ascii")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
