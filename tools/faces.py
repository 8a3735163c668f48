"""The files that are made of the catalogue: for C, for Python and for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from facts import Catalogue, Header, Owner

CAPTURES = Path(__file__).resolve().parent.parent / "tests/captures"
# Values that mean yes and no.
_FLAGS = [{"yes", "no"}, {"true", "false"}, {"on", "off"}, {"1", "0"}, {"enabled", "disabled"}]


def all_of(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """The path of each file and its text."""
    yield "include/ami_names.h", _c(catalogue)
    yield "python/libami/_catalogue.txt", _table(catalogue)
    yield "python/libami/_actions.pyi", _actions_stub(catalogue)
    yield "python/libami/events.pyi", _events_stub(catalogue)
    yield "docs/catalogue.md", _page(catalogue)


def _known(catalogue: Catalogue, kind: str) -> list[Owner]:
    return [owner for owner in catalogue.of_kind(kind) if owner.fact("untrue") is None]


def _headers(owner: Owner) -> list[Header]:
    return [header for header in owner.headers.values() if not header.untrue]


def _type(catalogue: Catalogue, header: Header) -> str:
    """int, bool, time, ms, s, pair or text."""
    given = header.type or catalogue.types.get(header.name.lower(), "").rpartition("\t")[2]
    if given or not header.values:
        return given or "text"
    values = {value.lower() for value in header.values}
    if any(values <= pair for pair in _FLAGS):
        return "bool"
    return "int" if all(value.isdigit() for value in values) else "text"


def _in_block(catalogue: Catalogue, block: str, name: str) -> str:
    """The property of a header within a block: ChannelState of a channel is state."""
    if name.lower() == block:
        return "name"
    return catalogue.snake(name[len(block) :] if name.lower().startswith(block) else name)


def _block_property(catalogue: Catalogue, block: str, prefix: str) -> str:
    if not prefix:
        return block
    snake = catalogue.snake(prefix)
    return snake if block == "channel" else f"{snake.rstrip('_')}_{block}"


def _class_name(owner: Owner) -> str:
    name = re.sub(r"[^A-Za-z0-9]", "", owner.name)
    return name[0].upper() + name[1:]


def _versions(catalogue: Catalogue, owner: Owner) -> str:
    span = catalogue.span(owner.generations)
    first, _, last = span.partition("-")
    if not last:
        return f"Asterisk has it since {first}"
    return f"Asterisk {first} alone has it" if first == last else f"Asterisk {first} to {last} have it"


# -----------------------------------------------------------------------------------------------------------
# C

_C_HEAD = """\
/*
 * The names of actions, events and headers, for programs that want the compiler to check them. Made by
 * tools/catalogue.py.
 *
 * Names are compared without case. A name that is not here may be used as a text all the same.
 */
#ifndef AMI_NAMES_H
#define AMI_NAMES_H
"""


def _c(catalogue: Catalogue) -> str:
    lines = [_C_HEAD]
    for kind, title, prefix in (
        ("action", "Actions.", "AMI_ACTION"),
        ("event", "Events.", "AMI_EVENT_NAME"),
    ):
        lines.append(f"/* {title} */")
        lines += _defines(prefix, {catalogue.snake(each.name): each.name for each in _known(catalogue, kind)})
        lines.append("")
    names: dict[str, str] = {}
    for owner in [*_known(catalogue, "action"), *_known(catalogue, "event")]:
        for name in _header_names(catalogue, owner):
            names.setdefault(catalogue.snake(name), name)
    for general in ("ActionID", "EventList", "ListItems", "Privilege", "Response", "SystemName", "Timestamp"):
        names.setdefault(catalogue.snake(general), general)
    lines.append("/* Headers. */")
    lines += _defines("AMI_HEADER", names)
    lines += ["", "#endif", ""]
    return "\n".join(lines)


def _header_names(catalogue: Catalogue, owner: Owner) -> Iterator[str]:
    for block in owner.blocks.values():
        for header in _headers(catalogue.snapshots[block.kind]):
            yield block.prefix + header.name
    yield from (header.name for header in _headers(owner))


def _defines(prefix: str, names: dict[str, str]) -> list[str]:
    return [f'#define {prefix}_{snake.rstrip("_").upper()} "{names[snake]}"' for snake in sorted(names)]


# -----------------------------------------------------------------------------------------------------------
# Python


def _table(catalogue: Catalogue) -> str:
    """A line for each block, action and event: what it is, its name in Python and that of Asterisk, then its
    headers, each with its name in Python, its flags and type, and its own name."""
    lines = ["# Made by tools/catalogue.py; read by _actions.py and events.py."]
    for block in catalogue.snapshots.values():
        fields = [
            f"{_in_block(catalogue, block.name, header.name)} {_type(catalogue, header)} {header.name}"
            for header in _headers(block)
        ]
        lines.append("\t".join(["block", block.name, block.name, *fields]))
    for owner in _known(catalogue, "action"):
        fields = [
            " ".join(
                (
                    catalogue.snake(header.name),
                    ("*" if header.required else "") + _action_type(catalogue, header),
                    header.name,
                )
            )
            for header in _headers(owner)
        ]
        about = f"{_versions(catalogue, owner)}; {_needs(owner)}."
        lines.append("\t".join(["action", catalogue.snake(owner.name), owner.name, about, *fields]))
    for owner in _known(catalogue, "event"):
        fields = [
            f"{_block_property(catalogue, block.kind, block.prefix)} +{block.kind} {block.prefix}"
            for block in owner.blocks.values()
        ]
        fields += [
            f"{catalogue.snake(header.name)} {_type(catalogue, header)} {header.name}"
            for header in _headers(owner)
        ]
        lines.append("\t".join(["event", _class_name(owner), owner.name, *fields]))
    return "\n".join([*lines, ""])


def _action_type(catalogue: Catalogue, header: Header) -> str:
    """The type of a header of an action; of yes and no, the two words that it takes."""
    kind = _type(catalogue, header)
    values = {value.lower() for value in header.values}
    if kind == "bool":
        for yes, no in (("true", "false"), ("on", "off"), ("1", "0"), ("enabled", "disabled")):
            if values == {yes, no}:
                return f"{yes}/{no}"
        return "yes/no"
    return kind


def _needs(owner: Owner) -> str:
    if not owner.classes:
        return "it needs no class"
    if len(owner.classes) == 1:
        return f"it needs the class {owner.classes[0]}"
    return f"it needs one of the classes {', '.join(owner.classes)}"


_STUB_HEAD = '''\
# Made by tools/catalogue.py.
"""{about}"""

'''

_PARAMETER = {
    "ms": "timedelta | Scalar",
    "s": "timedelta | Scalar",
    "pair": "Mapping[str, Scalar] | Sequence[str]",
}


def _parameters(catalogue: Catalogue, owner: Owner) -> list[str]:
    headers = _headers(owner)
    required = [header for header in headers if header.required]
    optional = [header for header in headers if not header.required]
    found = []
    for header in [*required, *optional]:
        kind = _PARAMETER.get(_type(catalogue, header), "Scalar")
        if header.repeats and kind == "Scalar":
            kind = "Scalar | Sequence[Scalar]"
        default = "" if header.required else " | None = None"
        name = catalogue.snake(header.name)
        if name in ("deadline", "headers"):
            raise ValueError(f"{owner.name}: {header.name} is the name of a parameter of all actions")
        found.append(f"{name}: {kind}{default}")
    return found


def _actions_stub(catalogue: Catalogue) -> str:
    lines = [
        _STUB_HEAD.format(about="The actions of Asterisk as methods, for both faces.").rstrip(),
        "",
        "from collections.abc import Mapping, Sequence",
        "from datetime import timedelta",
        "",
        "from libami._arguments import Scalar",
        "from libami._native import Response",
        "from libami._peer import Calls",
        "from libami.aio._loop import OnLoop",
        "",
    ]
    for name, peer, begin, about in (
        ("Actions", "Calls", "def", "Actions of a client, each a call that waits in its thread."),
        ("AsyncActions", "OnLoop", "async def", "Actions of a client on an event loop."),
    ):
        lines += [
            f"class {name}:",
            f'    """{about}"""',
            "",
            f"    def __init__(self, peer: {peer}) -> None: ...",
        ]
        for owner in _known(catalogue, "action"):
            parameters = _parameters(catalogue, owner)
            parameters += ["headers: Mapping[str, Scalar] | None = None", "deadline: float | None = None"]
            lines += [
                f"    {begin} {catalogue.snake(owner.name)}(",
                *("        self,", "        *,", *(f"        {each}," for each in parameters)),
                "    ) -> Response:",
                *_docstring(_about_action(catalogue, owner), "        "),
                "",
            ]
    return "\n".join(lines)


def _about_action(catalogue: Catalogue, owner: Owner) -> str:
    ends = owner.fact("list")
    more = f" The answer may be a list, which ends with {ends[0]}." if ends else ""
    return f"The action {owner.name}. {_versions(catalogue, owner)}; {_needs(owner)}.{more}"


def _docstring(text: str, indent: str) -> list[str]:
    lines, line = [], f'{indent}"""'
    for word in text.split():
        if len(line) + len(word) + 5 > 110:
            lines.append(line.rstrip())
            line = indent
        line += f"{word} "
    if lines:
        return [*lines, line.rstrip(), f'{indent}"""']
    return [f'{line.rstrip()}"""']


_RESULT = {"int": "int | None", "bool": "bool | None", "time": "datetime | None", "pair": "dict[str, str]"}


def _property(name: str, kind: str, about: str) -> list[str]:
    return [
        "    @property",
        f"    def {name}(self) -> {kind}:",
        *_docstring(about, "        "),
        "",
    ]


def _events_stub(catalogue: Catalogue) -> str:
    lines = [
        _STUB_HEAD.format(about="Views of Asterisk's events: a property for each header.").rstrip(),
        "",
        "from datetime import datetime",
        "",
        "from libami._native import Block",
        "from libami._native import View as View",
        "",
    ]
    for block in catalogue.snapshots.values():
        lines += [
            f"class {block.name.capitalize()}Headers(Block):",
            f'    """The headers of a {block.name} in an event."""',
            "",
        ]
        for header in _headers(block):
            kind = _RESULT.get(_type(catalogue, header), "str | None")
            lines += _property(
                _in_block(catalogue, block.name, header.name), kind, f"The header {header.name}."
            )
    for owner in _known(catalogue, "event"):
        classes = f"; its class is {', '.join(owner.classes)}" if owner.classes else ""
        about = f"The event {owner.name}. {_versions(catalogue, owner)}{classes}."
        lines += [f"class {_class_name(owner)}(View):", *_docstring(about, "    "), ""]
        for each in owner.blocks.values():
            of = f"those that begin with {each.prefix}" if each.prefix else "those without a prefix"
            lines += _property(
                _block_property(catalogue, each.kind, each.prefix),
                f"{each.kind.capitalize()}Headers",
                f"The headers of a {each.kind}: {of}.",
            )
        for header in _headers(owner):
            kind = _RESULT.get(_type(catalogue, header), "str | None")
            values = (
                f" Known values: {', '.join(header.values)}."
                if kind == "str | None" and header.values
                else ""
            )
            lines += _property(catalogue.snake(header.name), kind, f"The header {header.name}.{values}")
    return "\n".join(lines)


# -----------------------------------------------------------------------------------------------------------
# The page

_RECORDED = {"1.8": "1.8.32", "13": "13.38", "16": "16.28", "22": "22.10"}
_COMMAND = re.compile(rb"^(\w+): [^\r\n]*\(Priv: ", re.MULTILINE)

_PAGE_HEAD = """\
# Actions and events

Made by `tools/catalogue.py` of `src/catalog/asterisk.txt`; not to be edited. An `x` says that this major
version has it, an `o` that a server of that version, {recorded}, named it in a recorded answer to
ListCommands; a server names the actions of its loaded modules alone.

libami has each of them: a builder in Rust (`ami::typed::actions`), a method in Python (`client.actions`), a
view of each event (`ami::typed::events`, `libami.events`), and its name in C (`ami_names.h`).
"""


def _page(catalogue: Catalogue) -> str:
    recorded = {
        generation: {name.decode().lower() for name in _COMMAND.findall(_capture(generation))}
        for generation in _RECORDED
    }
    lines = [_PAGE_HEAD.format(recorded=", ".join(_RECORDED.values()))]
    for kind in ("action", "event"):
        owners = _known(catalogue, kind)
        lines += [f"## {len(owners)} {kind}s", ""]
        lines.append("| " + " | ".join([kind, *catalogue.generations, "classes"]) + " |")
        lines.append("|" + "---|" * (len(catalogue.generations) + 2))
        for owner in owners:
            marks = [
                "o"
                if kind == "action" and owner.name.lower() in recorded.get(each, ())
                else "x"
                if each in owner.generations
                else ""
                for each in catalogue.generations
            ]
            lines.append("| " + " | ".join([owner.name, *marks, ", ".join(owner.classes)]) + " |")
        lines.append("")
    missing = {
        f"{name} ({generation})"
        for generation, names in recorded.items()
        for name in names
        if generation not in catalogue.owners.get(("action", name), Owner("", "", "")).generations
    }
    if missing:
        raise ValueError(f"recorded and not in the catalogue: {', '.join(sorted(missing))}")
    return "\n".join(lines)


def _capture(generation: str) -> bytes:
    return (CAPTURES / f"asterisk-{generation}" / "seed-actions.server.ami").read_bytes()
