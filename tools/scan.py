"""Reads the actions and events of one source: XML, a source tree, or a recorded session."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from facts import CODE, XML, Block, Header, Owner

# In any header list, and no news: the classes, the id of the action, and what each list has.
_EVERYWHERE = {"actionid", "event", "eventlist", "listitems", "privilege", "systemname", "timestamp"}
# An event flag that exists in the documentation alone.
_WRONG_CLASSES = {"class": "call"}
# A name that stands for one to be put in, and one that stays within the server.
_NO_EVENTS = {"placeholder", "closesession"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(?:\([0-9]*\))?")


@dataclass
class Source:
    """The actions and events that a source names; the layers that it would show; classes of actions."""

    owners: dict[tuple[str, str], Owner] = field(default_factory=dict)
    shows: set[str] = field(default_factory=set)
    classes: list[tuple[str, list[str]]] = field(default_factory=list)


def read(path: Path) -> Source:
    """Whatever the source is."""
    if path.is_dir():
        return _tree(path)
    text = path.read_bytes().decode("utf-8", "replace")
    if text.lstrip().startswith("<"):
        source = Source(shows={XML})
        _documented(source, ET.fromstring(text))
        return source
    return _recorded(text)


def _owner(source: Source, kind: str, name: str, layer: str) -> Owner:
    owner = source.owners.setdefault((kind, name.lower()), Owner(kind, name, layer))
    if layer == CODE and owner.layer == XML and owner.name != name:
        # The code says how the wire spells it.
        owner.name, owner.layer = name, layer
    return owner


def _header(owner: Owner, name: str, layer: str) -> Header | None:
    if (
        not _NAME.fullmatch(name)
        or (name.lower() in _EVERYWHERE and owner.kind == "event")
        or name == "ActionID"
    ):
        return None
    header = owner.headers.setdefault(name.lower(), Header(name, layer))
    if layer == CODE and header.layer == XML and header.name != name:
        header.name, header.layer = name, layer
    return header


# -----------------------------------------------------------------------------------------------------------
# The XML

_POINTER = re.compile(r"xpointer\(/?docs/(.*)\)$")
_INCLUDE = "{http://www.w3.org/2001/XInclude}include"


def _documented(source: Source, root: ET.Element) -> None:
    for element in root.iter("manager"):
        name = element.get("name", "")
        owner = _owner(source, "action", name, XML)
        for syntax in element.findall("syntax"):
            _parameters(root, owner, syntax)
    for event in root.iter("managerEvent"):
        name = event.get("name", "")
        if not name:
            continue
        owner = _owner(source, "event", name, XML)
        for instance in event.iter("managerEventInstance"):
            flags = [flag.lower() for flag in re.findall(r"EVENT_FLAG_([A-Z]+)", instance.get("class", ""))]
            # Entries of a list carry no class: theirs is the action's.
            classes = sorted(_WRONG_CLASSES.get(flag, flag) for flag in flags if flag != "command")
            owner.classes = owner.classes or classes
            for syntax in instance.findall("syntax"):
                _parameters(root, owner, syntax)


def _parameters(root: ET.Element, owner: Owner, syntax: ET.Element) -> None:
    for element in syntax:
        if element.tag in ("channel_snapshot", "bridge_snapshot"):
            kind, prefix = element.tag.partition("_")[0], element.get("prefix", "")
            owner.blocks.setdefault((kind, prefix), Block(kind, prefix, XML))
        elif element.tag == "parameter":
            _parameter(owner, element)
        elif element.tag == _INCLUDE:
            for found in _pointed_at(root, element):
                if found.tag == "parameter":
                    _parameter(owner, found)


def _pointed_at(root: ET.Element, include: ET.Element) -> list[ET.Element]:
    match = _POINTER.search(include.get("xpointer", ""))
    if not match:
        return []
    place = match[1]
    # The one condition that the library does not know.
    contains = re.search(r"\[contains\(@name, *'([^']*)'\)\]$", place)
    found = root.findall("./" + (place[: contains.start()] if contains else place))
    return [each for each in found if not contains or contains[1] in each.get("name", "")]


def _parameter(owner: Owner, element: ET.Element) -> None:
    for name in re.split(r"[ ,/]+", element.get("name", "")):
        header = _header(owner, name, XML)
        if header is None:
            continue
        if owner.kind == "action":
            header.required |= element.get("required", "").lower() in ("true", "yes")
        for value in element.findall("enumlist/enum"):
            text = value.get("name", "")
            if text and "|" not in text and text not in header.values:
                header.values.append(text)


# -----------------------------------------------------------------------------------------------------------
# A tree

_DOCUMENTATION = re.compile(r"/\*\*\* DOCUMENTATION\b(.*?)\*\*\*/", re.DOTALL)
_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"')
_CALL = re.compile(
    r"\b(_{0,2}(?:ast_)?manager_event\w*|ast_manager_publish_event|publish_basic_channel_event|"
    r"astman_send_list_complete_start|ast_sip_create_ami_event|ast_manager_register\w*)\s*\("
)
_CONSTANT = re.compile(r'^#define\s+(\w+)\s+("[\w-]+")\s*$', re.MULTILINE)
_LINE = re.compile(r"(?:^|\n)([A-Za-z][A-Za-z0-9_.-]*): ?(%[-0-9.*]*(?:hh|h|ll|l|z|j)?[a-zA-Z])?")


def _tree(folder: Path) -> Source:
    source = Source(shows={XML, CODE})
    files = sorted(path for suffix in ("*.c", "*.cc", "*.xml") for path in folder.rglob(suffix))
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in files}
    pieces = []
    for path, text in texts.items():
        if path.suffix == ".xml":
            if "appdocsxml.dtd" in text:
                pieces.append(
                    re.sub(r"<\?xml.*?\?>|<!DOCTYPE[^>]*>|</?docs\b[^>]*>", "", text, flags=re.DOTALL)
                )
        else:
            pieces += _DOCUMENTATION.findall(text)
    document = '<docs xmlns:xi="http://www.w3.org/2001/XInclude">' + "".join(pieces) + "</docs>"
    _documented(source, ET.fromstring(document))
    for path, text in texts.items():
        if path.suffix != ".xml":
            _scan(source, _COMMENT.sub(lambda match: match[0] if match[0][0] == '"' else " ", text))
    return source


def _scan(source: Source, text: str) -> None:
    constants = dict(_CONSTANT.findall(text))
    for match in _CALL.finditer(text):
        arguments = [constants.get(each.strip(), each) for each in _arguments(text, match.end())]
        if match[1].startswith("ast_manager_register"):
            _registered(source, arguments)
        else:
            _sent(source, arguments)
    for format_ in _runs(text):
        name = re.match(r"Event: ([A-Za-z][\w-]*)\r\n", format_)
        if name and name[1].lower() not in _NO_EVENTS:
            _lines(_owner(source, "event", name[1], CODE), format_[name.end() :])


def _arguments(text: str, start: int) -> list[str]:
    """The arguments of a call, whose bracket has just been opened."""
    depth, found, at = 1, [""], start
    while at < len(text) and at < start + 6000:
        literal = _LITERAL.match(text, at)
        if literal:
            found[-1] += literal[0]
            at = literal.end()
            continue
        char = text[at]
        at += 1
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return found
        if char == "," and depth == 1:
            found.append("")
        else:
            found[-1] += char
    return []


def _registered(source: Source, arguments: list[str]) -> None:
    name = _LITERAL.fullmatch(arguments[0].strip()) if len(arguments) > 2 else None
    if name:
        owner = _owner(
            source, "action", name[1], CODE if ("action", name[1].lower()) not in source.owners else XML
        )
        source.classes.append((owner.name, _classes(arguments[1])))


def _classes(argument: str) -> list[str]:
    return sorted(flag.lower() for flag in re.findall(r"EVENT_FLAG_([A-Z]+)", argument))


def _sent(source: Source, arguments: list[str]) -> None:
    flags = next((each for each in arguments if "EVENT_FLAG_" in each), "")
    for at, argument in enumerate(arguments):
        bare = re.sub(r"[A-Z][A-Z_]+\s*\(|[()]", " ", argument).strip()
        names = [match[1] for match in _LITERAL.finditer(bare)]
        if not names or "EVENT_FLAG_" in argument:
            continue
        if "\\r" in "".join(names) or any(not re.fullmatch(r"[A-Za-z][\w-]*", name) for name in names):
            return
        if len(names) > 1 and "?" not in bare:
            return
        for name in (name for name in names if name.lower() not in _NO_EVENTS):
            owner = _owner(source, "event", name, CODE)
            owner.classes = owner.classes or _classes(flags)
            for format_ in _runs(" , ".join(arguments[at + 1 :])):
                _lines(owner, format_)
        return


def _runs(text: str) -> Iterator[str]:
    """The texts of the string literals; those that stand side by side are one."""
    run, end = "", -1
    for match in _LITERAL.finditer(text):
        between = text[end : match.start()] if end >= 0 else ""
        if end >= 0 and not between.strip():
            run += _unescaped(match[1])
        elif end >= 0 and re.fullmatch(r"\s*[A-Z_a-z]\w*\s*", between):
            # A macro such as PRIu64.
            run += "d" + _unescaped(match[1])
        else:
            if run:
                yield run
            run = _unescaped(match[1])
        end = match.end()
    if run:
        yield run


def _unescaped(literal: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"r": "\r", "n": "\n", "t": "\t"}.get(match[1], match[1]), literal)


def _lines(owner: Owner, format_: str) -> None:
    if "\r\n" not in format_:
        return
    for match in _LINE.finditer(format_):
        header = _header(owner, match[1], CODE)
        if header and match[2] and match[2][-1] in "diu" and not header.type:
            header.type = "int"


# -----------------------------------------------------------------------------------------------------------
# A recorded session

_COMMAND = re.compile(r"^(\w+): .*\(Priv: ([\w,]+|<none>)\)\r?$", re.MULTILINE)


def _recorded(text: str) -> Source:
    """The classes that an answer to ListCommands names, and the headers of the events."""
    source = Source()
    for name, classes in _COMMAND.findall(text):
        _owner(source, "action", name, CODE)
        flags = [] if classes == "<none>" else classes.split(",")
        source.classes.append((name, sorted(flag for flag in flags if flag != "all")))
    for frame in text.split("\r\n\r\n"):
        name, *lines = frame.split("\r\n")
        # The headers of a UserEvent are the program's own.
        if re.fullmatch(r"Event: [A-Za-z][\w-]*", name) and name != "Event: UserEvent":
            owner = _owner(source, "event", name.removeprefix("Event: "), CODE)
            for line in lines:
                _header(owner, line.partition(":")[0], CODE)
    return source
