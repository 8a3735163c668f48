"""The catalogue: reading and writing its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

XML, CODE, HAND = "x", "c", "h"
LAYERS = (XML, CODE, HAND)
TYPES = ("int", "bool", "time", "ms", "s", "text", "pair")

# Words of Rust and of Python that are no names, and names that all types have.
KEYWORDS = frozenset(
    """and as async await break class clone const continue crate def del dyn else enum except extern fn for
    from global if impl import in is lambda let loop match mod move mut new none nonlocal not or pass pub
    raise raw ref return self static struct super trait try type unsafe use where while with yield""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}[0-9]*|[A-Z]?[a-z]+[0-9]*|[A-Z][0-9]*|[0-9]+")
_RANGE = re.compile(r"[0-9.]+-[0-9.]*")


def order(generation: str) -> tuple[int, ...]:
    return tuple(map(int, generation.split(".")))


@dataclass
class Header:
    """A header of an action or an event."""

    name: str
    layer: str
    generations: set[str] = field(default_factory=set)
    required: bool = False
    repeats: bool = False
    untrue: bool = False
    type: str = ""
    values: list[str] = field(default_factory=list)


@dataclass
class Block:
    """The headers of a channel or a bridge, each with this prefix."""

    kind: str
    prefix: str
    layer: str
    generations: set[str] = field(default_factory=set)


@dataclass
class Owner:
    """An action or an event."""

    kind: str
    name: str
    layer: str
    generations: set[str] = field(default_factory=set)
    classes: list[str] = field(default_factory=list)
    headers: dict[str, Header] = field(default_factory=dict)
    blocks: dict[tuple[str, str], Block] = field(default_factory=dict)
    # By hand: the name of a fact and its values.
    facts: list[list[str]] = field(default_factory=list)

    def fact(self, name: str) -> list[str] | None:
        return next((values for have, *values in self.facts if have == name), None)


@dataclass
class Catalogue:
    head: list[str] = field(default_factory=list)
    generations: list[str] = field(default_factory=list)
    # Names whose words are not told by their capitals, and those words.
    words: dict[str, str] = field(default_factory=dict)
    # The type of a header that has no other.
    types: dict[str, str] = field(default_factory=dict)
    snapshots: dict[str, Owner] = field(default_factory=dict)
    owners: dict[tuple[str, str], Owner] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Owner]:
        found = [owner for owner in self.owners.values() if owner.kind == kind]
        return sorted(found, key=lambda owner: owner.name.lower())

    def all(self) -> list[Owner]:
        return [*self.snapshots.values(), *self.of_kind("action"), *self.of_kind("event")]

    def snake(self, name: str) -> str:
        """The name in small letters, its words separated by underscores."""
        words = self.words.get(name) or "_".join(_WORD.findall(name)).lower()
        return f"{words}_" if words in KEYWORDS else words

    # -------------------------------------------------------------------------------------------------------
    # Generations

    def add_generation(self, generation: str) -> None:
        self.generations = sorted({*self.generations, generation}, key=order)

    def _set(self, span: str) -> set[str]:
        first, _, last = span.partition("-")
        low, high = order(first), order(last) if last else None
        return {each for each in self.generations if low <= order(each) and (not high or order(each) <= high)}

    def span(self, generations: set[str]) -> str:
        first, last = min(generations, key=order), max(generations, key=order)
        return f"{first}-" if last == self.generations[-1] else f"{first}-{last}"

    # -------------------------------------------------------------------------------------------------------
    # Lines

    @classmethod
    def read(cls, text: str) -> Catalogue:
        found = cls()
        owner = Owner("", "", HAND)
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith("#") or not line:
                if not found.generations:
                    found.head.append(line)
                continue
            try:
                layer, kind, *fields = line.split("\t")
                if layer not in LAYERS:
                    raise ValueError("no layer")
                if kind == "":
                    found._line_of(owner, layer, fields)
                elif kind == "generation":
                    found.generations.append(fields[0])
                elif kind == "words":
                    found.words[fields[0]] = fields[1]
                elif kind == "type":
                    found.types[fields[0].lower()] = "\t".join(fields)
                else:
                    name, span, *rest = fields
                    owner = Owner(kind, name, layer, found._set(span))
                    owner.classes = rest[0].split(",") if rest and rest[0] != "-" else []
                    if kind == "block":
                        found.snapshots[name] = owner
                    else:
                        found.owners[kind, name.lower()] = owner
            except (ValueError, IndexError) as error:
                raise ValueError(f"line {number} of the catalogue: {error}: {line!r}") from None
        return found

    def _line_of(self, owner: Owner, layer: str, fields: list[str]) -> None:
        name, *rest = fields
        if name.startswith("."):
            owner.facts.append([name[1:], *rest])
            return
        spans = [value for value in rest if _RANGE.fullmatch(value)]
        generations = self._set(spans[0]) if spans else set(owner.generations)
        rest = [value for value in rest if not _RANGE.fullmatch(value)]
        if name.startswith("+"):
            prefix = rest[0] if rest else ""
            owner.blocks[name[1:], prefix] = Block(name[1:], prefix, layer, generations)
            return
        header = Header(name, layer, generations)
        for value in rest:
            if value == "*":
                header.required = True
            elif value == "+":
                header.repeats = True
            elif value == "-":
                header.untrue = True
            elif value.startswith("="):
                header.values = value[1:].split("|")
            elif value in TYPES:
                header.type = value
            else:
                raise ValueError(f"unknown: {value}")
        owner.headers[name.lower()] = header

    def text(self) -> str:
        return "\n".join([*self.head, *self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        yield from (f"{HAND}\tgeneration\t{each}" for each in self.generations)
        yield from (f"{HAND}\twords\t{name}\t{self.words[name]}" for name in sorted(self.words))
        yield from (f"{HAND}\ttype\t{self.types[name]}" for name in sorted(self.types))
        for owner in self.all():
            classes = [",".join(owner.classes) or "-"] if owner.kind != "block" else []
            yield "\t".join([owner.layer, owner.kind, owner.name, self.span(owner.generations), *classes])
            for block in owner.blocks.values():
                yield "\t".join(
                    [
                        *(block.layer, "", f"+{block.kind}"),
                        *([block.prefix] if block.prefix else []),
                        *self._own_span(owner, block.generations),
                    ]
                )
            for header in owner.headers.values():
                yield "\t".join(
                    [
                        *(header.layer, "", header.name),
                        *self._own_span(owner, header.generations),
                        *(["*"] if header.required else []),
                        *(["+"] if header.repeats else []),
                        *(["-"] if header.untrue else []),
                        *([header.type] if header.type else []),
                        *(["=" + "|".join(header.values)] if header.values else []),
                    ]
                )
            yield from ("\t".join([HAND, "", f".{name}", *values]) for name, *values in owner.facts)

    def _own_span(self, owner: Owner, generations: set[str]) -> list[str]:
        span = self.span(generations)
        return [] if span == self.span(owner.generations) else [span]
