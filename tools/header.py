"""What a C header of libami declares and says: the one source of the man pages and of the C reference.

The header is generated, so its form is narrow: a comment of `///` lines stands directly before what it
documents, and `/* ---- Title ---- */` opens a section. Anything else is an error, so that nothing is left
out unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# The lines around what a header declares; its version has a function too.
_FRAME = re.compile(r'#(?:ifdef|endif|include)\b|extern "C"|/\* |#define AMI_VERSION_')
_SECTION = re.compile(r"/\* -{4} (.+?) -+ \*/")
_VALUE = re.compile(r"#define (AMI_[A-Z0-9_]+) (.+)")
_OPAQUE = re.compile(r"typedef struct (ami_\w+) \1;")
_ALIAS = re.compile(r"typedef \w+ (ami_\w+);")
_CALLBACK = re.compile(r"typedef .*?\(\*(ami_\w+)\)\(.*\);")
_FUNCTION = re.compile(r"[a-z].*?\b(ami_\w+)\(.*\);")
_PARAMETER = re.compile(r"@param (\w+)\s+(.*)")
_PROMISE = re.compile(r"- \*\*(\w+):\*\* (.*)")


class HeaderError(Exception):
    """The header has something that this reader does not know."""


@dataclass
class Text:
    """A comment: paragraphs and lists in their order, and the parts with a name."""

    # A paragraph is a str, a list of entries a tuple.
    blocks: list[str | tuple[str, ...]] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    result: str = ""
    # Ownership, Threads, Errors, Since.
    promises: dict[str, str] = field(default_factory=dict)

    @property
    def brief(self) -> str:
        """The first sentence, without its full stop."""
        first = self.blocks[0] if self.blocks else ""
        return re.split(r"\.(?: |$)", first if isinstance(first, str) else first[0])[0]


@dataclass
class Item:
    """A type, a callback, a value or a function."""

    kind: str
    name: str
    section: str
    # One line, as C has it.
    declaration: str
    text: Text

    @property
    def value(self) -> str:
        return self.declaration.split(" ", 2)[2] if self.kind == "value" else ""


@dataclass
class Header:
    version: str
    # The comment at the top: paragraphs, and the program as it stands.
    essay: list[str]
    program: list[str]
    items: list[Item]

    def of(self, kind: str) -> list[Item]:
        return [item for item in self.items if item.kind == kind]


def read(path: Path) -> Header:
    text = path.read_text(encoding="utf-8")
    version = re.search(r'^#define AMI_VERSION_STRING "(.+)"', text, re.MULTILINE)
    top = re.match(r"/\* (.*?)\*/", text, re.DOTALL)
    body = re.search(r"^#define AMI_\w*H\n(.*)^#ifdef __cplusplus", text, re.DOTALL | re.MULTILINE)
    if top is None or body is None:
        raise HeaderError(f"{path.name} has no comment at its top, or no guard")
    lines = [re.sub(r"^ \* ?", "", line) for line in top[1].splitlines()]
    program = [line[4:] for line in lines if line.startswith("    ")]
    essay = _paragraphs([line if not line.startswith("    ") else "" for line in lines])
    return Header(version[1] if version else "", essay, program, list(_items(body[1], path.name)))


def _items(body: str, name: str) -> Iterator[Item]:
    section, comment, declaration = "", [], ""
    for number, line in enumerate(body.splitlines(), 1):
        if opened := _SECTION.fullmatch(line):
            section = opened[1]
        elif line.startswith("///"):
            comment.append(line[3:].removeprefix(" "))
        elif line.strip() and not _FRAME.match(line):
            declaration = f"{declaration} {line.strip()}".strip()
            if line.startswith("#") or line.endswith(";"):
                kind, known = _kind(declaration)
                if known is None or not comment:
                    raise HeaderError(f"{name}, line {number} of the declarations: {declaration!r}")
                yield Item(kind, known, section, declaration, _text(comment))
                comment, declaration = [], ""


def _kind(declaration: str) -> tuple[str, str | None]:
    kinds = {"value": _VALUE, "type": _OPAQUE, "alias": _ALIAS, "callback": _CALLBACK, "function": _FUNCTION}
    for kind, pattern in kinds.items():
        if match := pattern.fullmatch(declaration):
            return kind, match[1]
    return "", None


def _paragraphs(lines: list[str]) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", "\n".join(lines)) if part.strip()]


def _text(comment: list[str]) -> Text:
    """Reads a comment: each entry goes on in the lines that are indented below it."""
    text = Text()
    entries: list[str] = []
    paragraph: list[str] = []

    def close() -> None:
        if paragraph:
            text.blocks.append(" ".join(paragraph))
            paragraph.clear()
        if entries:
            text.blocks.append(tuple(entries))
            entries.clear()

    last: tuple[dict[str, str], str] | None = None
    for line in comment:
        if not line.strip():
            close()
            last = None
        elif found := _PARAMETER.fullmatch(line):
            close()
            text.parameters[found[1]] = found[2]
            last = (text.parameters, found[1])
        elif line.startswith("@return "):
            close()
            text.promises["Result"] = line.removeprefix("@return ")
            last = (text.promises, "Result")
        elif found := _PROMISE.fullmatch(line):
            close()
            text.promises[found[1]] = found[2]
            last = (text.promises, found[1])
        elif line.startswith("- "):
            if not entries:
                close()
            entries.append(line[2:])
            last = None
        elif line.startswith("  "):
            if last:
                where, key = last
                where[key] += " " + line.strip()
            elif entries:
                entries[-1] += " " + line.strip()
            else:
                raise HeaderError(f"an indented line belongs to nothing: {line!r}")
        else:
            if entries:
                close()
            paragraph.append(line)
            last = None
    close()
    text.result = text.promises.pop("Result", "")
    return text


def page_of(item: Item, objects: Sequence[str], library: str) -> str:
    """The object that a function belongs to: the type whose name begins the function's, the longest one."""
    fitting = [name for name in objects if item.name.startswith(f"{name}_") or item.name == name]
    return max(fitting, key=len, default=library)


def pages(source: Header, library: str) -> dict[str, list[Item]]:
    """The items of each page. A value or a callback type goes where the next function in the header goes."""
    objects = [item.name for item in source.items if item.kind in ("type", "alias")]
    found: dict[str, list[Item]] = {}
    waiting: list[Item] = []
    for item in source.items:
        if item.kind in ("type", "alias"):
            found.setdefault(item.name, []).append(item)
        elif item.kind == "function":
            found.setdefault(page_of(item, objects, library), []).extend([*waiting, item])
            waiting = []
        else:
            waiting.append(item)
    if waiting:
        raise HeaderError(f"no function follows {waiting[0].name}")
    return found
