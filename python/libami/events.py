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

from libami import _table
from libami._native import Block, BlockField, HeaderField, View

_KINDS = {"ChannelHeaders": "channel", "BridgeHeaders": "bridge"}


@functools.cache
def _headers(kind: str, prefix: str) -> type[Block]:
    """The class of a block's headers with this prefix; all others are such as those without one."""
    members: dict[str, object] = {"__slots__": (), "__module__": __name__}
    for field in (_table.row("block", kind) or ())[1:]:
        name, of, header = field.split(" ", 2)
        members[name] = HeaderField(of, prefix + header)
    base = _headers(kind, "") if prefix else Block
    members["__doc__"] = f"The headers of a {kind} in an event."
    return type(f"{kind.capitalize()}Headers", (base,), members)


def _field(own: str, kind: str, header: str) -> HeaderField | BlockField:
    if kind[0] == "+":
        which = f"those that begin with {header}" if header else "those without a prefix"
        return BlockField(_headers(kind[1:], header), own, f"The headers of a {kind[1:]}: {which}.")
    return HeaderField(kind, header)


def _view(name: str) -> type[View] | None:
    row = _table.row("event", name)
    if row is None:
        return None
    members: dict[str, object] = {"__slots__": (), "__module__": __name__}
    members |= {"__doc__": f"The event {row[0]}.", "NAME": row[0]}
    for field in row[1:]:
        own, kind, header = field.split(" ", 2)
        members[own] = _field(own, kind, header)
    return type(name, (View,), members)


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
