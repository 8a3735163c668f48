"""The server that both sides of the pages in docs/coming-from are run against, and what they print then: a
scripted Asterisk with a phone, a queue of two members, a database, and a user event that hangs up."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from libami.simulator import Simulator
from libami.testing import Call, ScriptedServer
from libami.testing.server import Asterisk

PATIENCE = 60
CHANNEL = "Local/hold@default-00000001;1"
UNIQUEID = "1764500000.1"
UPTIME = "System uptime: 4 hours, 2 minutes\nLast reload: 4 hours, 2 minutes"
_QUEUE = "Ann 12\nBob 3"
_LIFE = "now connecting\nnow open\nnow waiting\nnow connecting\nnow open\nmissed events of [0-9]+ seconds"

OURS: Mapping[str, Mapping[str, str]] = {
    "panoramisk": {
        "connect": "Asterisk 22.5.0",
        "action": "Idle",
        "list": _QUEUE,
        "command": UPTIME,
        "events": f"{CHANNEL} Normal Clearing",
        "originate": "Newchannel\nNewstate\nHangup",
        "reconnect": _LIFE,
        "testing": "3",
    },
    "pyst2": {
        "connect": "Asterisk 22.5.0",
        "action": "Idle",
        "list": f"{CHANNEL} Up",
        "command": UPTIME,
        "events": f"{CHANNEL} Normal Clearing",
        "originate": "answered",
        "database": "Ann",
    },
    "asterisk-ami": {
        "connect": "connected: True",
        "action": "Idle",
        "adapter": "Idle",
        "list": _QUEUE,
        "command": UPTIME,
        "callback": "Idle",
        "originate": "answered",
        "events": f"Hangup {CHANNEL}",
        "filter": f"{CHANNEL} is up",
        "reconnect": "again after [0-9]+ seconds",
    },
    "pami": {
        "connect": "connected: True",
        "events": f"{CHANNEL} is up",
        "loop": f"{CHANNEL} Normal Clearing",
        "list": _QUEUE,
        "command": UPTIME,
        "originate": "answered",
        "sms": "sent",
    },
    "asterisk-java": {
        "connect": "Asterisk 22.5.0",
        "originate": f"answered by {CHANNEL}",
        "events": f"{CHANNEL} 16 Normal Clearing",
        "list": _QUEUE,
        "command": UPTIME,
        "callback": "Idle",
        "live": "1 channels\n0 channels",
        "reconnect": _LIFE,
    },
}
"""The tasks of each page, and what our program prints: text, but for the numbers that are patterns."""

THEIRS: Mapping[str, Mapping[str, str]] = {
    "panoramisk": {
        **{task: text for task, text in OURS["panoramisk"].items() if task != "testing"},
        "reconnect": "logged in\nlost\nlogged in",
    },
    "pyst2": OURS["pyst2"],
    "asterisk-ami": {**OURS["asterisk-ami"], "reconnect": "again"},
}
"""The same of the programs on the other libraries of Python's."""


Server: TypeAlias = ScriptedServer | Simulator


def mismatch(command: Sequence[str], task: str, wanted: str, serve: Callable[[], Server]) -> str | None:
    """Run a program with its task against a server of its own; the difference to what it should print."""
    with serve() as server:
        given = server.credentials
        words = [*command, given["host"], str(given["port"]), given["username"], given["secret"], task]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    pattern = re.escape(wanted).replace(re.escape("[0-9]+"), "[0-9]+")
    if done.returncode == 0 and re.fullmatch(pattern, done.stdout.rstrip("\n")):
        return None
    return (
        f"{task} printed {done.stdout!r} and not {wanted!r}, and ended with {done.returncode}\n{done.stderr}"
    )


def server_for(peer: str, task: str) -> Server:
    """The server of a task on a page."""
    if task == "sms":
        return Simulator(model="dongle")
    # pyst2 cannot read what later servers answer to a command.
    return pbx("13" if (peer, task) == ("pyst2", "command") else "22")


def frame(*lines: str) -> bytes:
    """A message as it stands on the wire; the action's ActionID comes in for {ActionID}."""
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def entry(name: str, *lines: str) -> bytes:
    """An event that belongs to an action."""
    return frame(f"Event: {name}", "ActionID: {ActionID}", *lines)


def end(name: str, count: int) -> bytes:
    """The last event of a list."""
    return entry(name, "EventList: Complete", f"ListItems: {count}")


def pbx(asterisk: Asterisk = "22") -> ScriptedServer:
    """Start the server. It forgives rules that are not used, as a program uses but a few."""
    server = ScriptedServer(asterisk=asterisk, assert_all_called=False)
    database: dict[tuple[str, str], str] = {}

    def put(call: Call) -> dict[str, str]:
        database[call["Family"], call["Key"]] = call["Val"]
        return {"Response": "Success", "Message": "Updated database successfully"}

    def get(call: Call) -> bytes:
        family, key = call["Family"], call["Key"]
        return (
            frame(
                "Response: Success", "ActionID: {ActionID}", "EventList: start", "Message: Result will follow"
            )
            + entry("DBGetResponse", f"Family: {family}", f"Key: {key}", f"Val: {database[family, key]}")
            + end("DBGetComplete", 1)
        )

    server.on("CoreSettings").respond(AsteriskVersion="22.5.0")
    server.on("ExtensionState", Exten="1001", Context="default").respond(
        Message="Extension Status", Exten=1001, Context="default", Status=0, StatusText="Idle"
    )
    server.on("Command", Command="core show uptime").respond_text(UPTIME)
    server.on("DBPut").run(put)
    server.on("DBGet").run(get)
    _add_lists(server)
    _add_calls(server)
    server.on("UserEvent", UserEvent="Drop").hang_up()
    return server


def _add_lists(server: ScriptedServer) -> None:
    members = b"".join(
        entry("QueueMember", "Queue: support", f"Name: {name}", f"CallsTaken: {calls}")
        for name, calls in (("Ann", 12), ("Bob", 3))
    )
    lists = {
        "QueueStatus": (
            "Queue status will follow",
            entry("QueueParams", "Queue: support", "Calls: 0") + members + end("QueueStatusComplete", 3),
        ),
        "CoreShowChannels": (
            "Channels will follow",
            entry("CoreShowChannel", f"Channel: {CHANNEL}", f"Uniqueid: {UNIQUEID}")
            + end("CoreShowChannelsComplete", 1),
        ),
        "Status": (
            "Channel status will follow",
            entry("Status", f"Channel: {CHANNEL}", f"Uniqueid: {UNIQUEID}", "ChannelStateDesc: Up")
            + end("StatusComplete", 1),
        ),
    }
    for action, (words, entries) in lists.items():
        server.on(action).respond(EventList="start", Message=words).send(entries)


def _add_calls(server: ScriptedServer) -> None:
    channel = {"Channel": CHANNEL, "Uniqueid": UNIQUEID, "Linkedid": UNIQUEID}
    outcome = entry(
        "OriginateResponse",
        "Response: Success",
        f"Channel: {CHANNEL}",
        "Reason: 4",
        f"Uniqueid: {UNIQUEID}",
    )
    (
        server.on("Originate")
        .emit("Newchannel", channel, ChannelStateDesc="Down")
        .respond(Message="Originate successfully queued")
        .send(outcome)
        .emit("Newstate", channel, ChannelStateDesc="Up")
        .emit("Hangup", {**channel, "Cause": "16", "Cause-txt": "Normal Clearing"})
    )
