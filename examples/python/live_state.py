"""Keeps the channels, the states of devices and the members of queues as they are on the server, also after a
lost connection, and prints what changes:

live_state.py HOST PORT USER SECRET
"""

import sys
from typing import NamedTuple

import libami


# [kinds]
class Kind(NamedTuple):
    """Things of one kind. A/B stands for a header that is called A or B."""

    name: str
    listed_by: str  # the action whose answer has all of them
    entry: str  # the event of each of them in that answer
    events: str  # what tells of one that has come or changed
    gone: str  # what tells that one is gone
    key: tuple[str, ...]
    facts: tuple[str, ...]


KINDS = (
    Kind(
        "channel",
        listed_by="CoreShowChannels",
        entry="CoreShowChannel",
        events="Newchannel Newstate Rename",
        gone="Hangup",
        key=("Uniqueid",),
        facts=("Newname/Channel", "ChannelStateDesc"),
    ),
    Kind(
        "device",
        listed_by="DeviceStateList",
        entry="DeviceStateChange",
        events="DeviceStateChange",
        gone="",
        key=("Device",),
        facts=("State",),
    ),
    Kind(
        "member",
        listed_by="QueueStatus",
        entry="QueueMember",
        events="QueueMemberAdded QueueMemberStatus QueueMemberPause",
        gone="QueueMemberRemoved",
        key=("Queue", "Interface/Location"),
        facts=("Status", "Paused"),
    ),
)
# [/kinds]
EVENTS = [name for kind in KINDS for name in f"{kind.events} {kind.gone}".split()]
Key = tuple[str, ...]


def values(event: libami.Event, names: tuple[str, ...]) -> Key:
    """The values of these headers; empty for one that is missing."""
    return tuple(next(filter(None, map(event.get, name.split("/"))), "") for name in names)


# [view]
class LiveState:
    """All that the server has, kept by its events."""

    def __init__(self, client: libami.Client) -> None:
        self.client = client
        self.found: dict[Key, Key] = {}

    def put(self, kind: Kind, event: libami.Event) -> Key:
        """Take the facts of an event, and return the key of what it tells of."""
        key = (kind.name, *values(event, kind.key))
        before = self.found.get(key, ("",) * len(kind.facts))
        # What an event leaves out stays as it is.
        facts = tuple(new or old for new, old in zip(values(event, kind.facts), before, strict=True))
        if facts != before:
            self.found[key] = facts
            print(*key, "is", *facts, flush=True)
        return key

    def drop(self, key: Key) -> None:
        if self.found.pop(key, None) is not None:
            print(*key, "is gone", flush=True)

    def apply(self, event: libami.Event) -> None:
        for kind in KINDS:
            if event.name in kind.events.split():
                self.put(kind, event)
            elif event.name == kind.gone:
                self.drop((kind.name, *values(event, kind.key)))

    # [/view]
    # [rebuild]
    def list_all(self) -> None:
        """Ask for everything, and forget what is not there any more."""
        listed = set()
        for kind in KINDS:
            if self.client.can(kind.listed_by):  # older servers, and those without the module, cannot
                for entry in self.client.action(kind.listed_by).events:
                    if entry.name == kind.entry:
                        listed.add(self.put(kind, entry))
        for key in self.found.keys() - listed:
            self.drop(key)
        print("complete:", len(self.found), flush=True)

    def rebuild(self) -> None:
        """List all, as events are missing."""
        while True:
            try:
                return self.list_all()
            except libami.ConnectError:
                return None  # lost again: another gap comes once there is a connection
            except (libami.OutcomeUnknown, libami.TimeoutError):
                continue  # no answer in time; to ask twice does no harm

    # [/rebuild]


def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    again = libami.Reconnect(min=1, max=60)
    # [main]
    client = libami.Client(host, int(port), username=user, secret=secret, reconnect=again)
    try:
        # Subscribed first: what happens while the lists are read waits in the queue, and is applied to them.
        with client, client.events(*EVENTS, "#gap", "#lagged") as stream:
            client.open()
            state = LiveState(client)
            state.rebuild()
            for event in stream:
                if event.kind == "server":
                    state.apply(event)
                else:
                    state.rebuild()  # "gap": the connection was lost; "lagged": this program was too slow
    # [/main]
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
