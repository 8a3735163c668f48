"""Views of Asterisk's events: a property for each header that Asterisk 1.8 to 23 sends, and a class for each
event, named like it.

    from libami import events

    client.on(events.Hangup, lambda hangup: print(hangup.channel.name, hangup.cause))

    for event in client.events(events.Hangup, events.Newchannel):
        match event:
            case events.Hangup(cause=17):
                print(event.channel.name, "was busy")
            case events.Newchannel():
                print(event.channel.name, event.raw["Linkedid"])

A property is None if the event has no such header, if the header says nothing (as by "<unknown>"), or if it
says something else than the property's type. `raw` is the event itself, with the text of each header, those
among them that no property is known of.

Numbers are int, yes and no are bool. Times, if they have a zone, are datetime in UTC; a time of 0 is None.
The headers of a channel or a bridge that an event has with a prefix are an object of their own:
`event.dest.caller_id_num` is DestCallerIDNum, `event.bridge.uniqueid` is BridgeUniqueid.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime

from libami import _table
from libami._native import Event

_NOTHING = frozenset({"", "<unknown>", "<none>", "(null)", "n/a", "-none-"})
_FLAGS = {
    **dict.fromkeys(("yes", "1", "true", "on", "enabled"), True),
    **dict.fromkeys(("no", "0", "false", "off", "disabled"), False),
}
_INT = re.compile(r"[+-]?[0-9]{1,19}").fullmatch
_SECONDS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6})[0-9]*)?").fullmatch


class View:
    """An event, with a property for each of its headers."""

    __slots__ = ("raw",)
    NAME = ""

    def __init__(self, raw: Event) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.raw!r}>"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)


class _Headers:
    """The headers of a channel or a bridge in an event."""

    __slots__ = ("raw",)
    raw: Event


def _text(value: str) -> str | None:
    # Few values begin like one that says nothing; the longest of those has nine letters.
    if value and value[0] not in "<(nN-":
        return value
    return None if len(value) <= 9 and value.lower() in _NOTHING else value


def _int(value: str) -> int | None:
    # Most are like this, and the pattern takes longer.
    if len(value) < 19 and value.isdigit() and value.isascii():
        return int(value)
    value = value.strip()
    return int(value) if _INT(value) else None


def _flag(value: str) -> bool | None:
    return _FLAGS.get(value.strip().lower())


def _time(value: str) -> datetime | None:
    value = value.strip()
    if seconds := _SECONDS(value):
        whole, part = int(seconds[1]), int((seconds[2] or "0").ljust(6, "0"))
        if whole == part == 0:
            return None
        try:
            return datetime.fromtimestamp(whole, UTC).replace(microsecond=part)
        except (ValueError, OSError):
            return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    # A time without a zone is local to the server, so nobody can tell.
    return time.astimezone(UTC) if time.tzinfo and "T" in value else None


_READERS: dict[str, Callable[[str], object]] = {"text": _text, "int": _int, "bool": _flag, "time": _time}


def _property(kind: str, header: str) -> property:
    """The property that reads this header."""
    about = f"The header {header}."
    if kind == "pair":

        def pairs(self: View | _Headers) -> dict[str, str]:
            found = {}
            for value in self.raw.get_all(header):
                name, _, rest = value.partition("=")
                found[name] = rest
            return found

        return property(pairs, doc=about)
    read = _READERS[kind]

    def value(self: View | _Headers) -> object:
        found = self.raw.get(header)
        return None if found is None else read(found)

    return property(value, doc=about)


_KINDS = {"ChannelHeaders": "channel", "BridgeHeaders": "bridge"}


@functools.cache
def _headers(kind: str, prefix: str) -> type[_Headers]:
    """The class of a block's headers with this prefix; all others are such as those without one."""
    members: dict[str, object] = {"__slots__": (), "__module__": __name__}
    for field in (_table.row("block", kind) or ())[1:]:
        name, of, header = field.split(" ", 2)
        members[name] = _property(of, prefix + header)
    base = _headers(kind, "") if prefix else _Headers
    members["__doc__"] = f"The headers of a {kind} in an event."
    return type(f"{kind.capitalize()}Headers", (base,), members)


def _block(kind: str, prefix: str) -> property:
    """The property for the headers of a block with this prefix."""
    headers, new = _headers(kind, prefix), object.__new__

    def block(self: View) -> _Headers:
        found: _Headers = new(headers)
        found.raw = self.raw
        return found

    return property(block, doc=f"The headers of a {kind} with the prefix {prefix!r}.")


def _view(name: str) -> type[View] | None:
    row = _table.row("event", name)
    if row is None:
        return None
    members: dict[str, object] = {"__slots__": (), "__doc__": f"The event {row[0]}.", "NAME": row[0]}
    for field in row[1:]:
        own, kind, header = field.split(" ", 2)
        members[own] = _block(kind[1:], header) if kind[0] == "+" else _property(kind, header)
    return type(name, (View,), {"__module__": __name__, **members})


def __getattr__(name: str) -> type:
    # Made when it is first asked for: all of them together take longer than the rest of libami.
    made: type | None = None
    if name in _KINDS:
        made = _headers(_KINDS[name], "")
    elif not name.startswith("_"):
        made = _view(name)
    if made is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return ["BridgeHeaders", "ChannelHeaders", "View", *_table.names("event")]
