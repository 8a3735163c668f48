"""The actions of the gateway manual on real servers through both faces: each answer's shape, and the events
of real calls. `tests/capi/actions.c` asks the same through C."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, TypeAlias

import configuration
import libami
import pytest
from conftest import FACES, WAIT, Asterisk, Face

IDS = itertools.count()
Headers: TypeAlias = Mapping[str, libami.Value]


class Need(Enum):
    """What must be there before an action."""

    NOTHING = auto()
    A_CALL = auto()
    """A call that holds: {A} and {B} are its near and far end."""
    TWO_CALLS = auto()
    """{A} and {B} are their near ends."""
    A_PARKED_CALL = auto()
    """{A} is parked."""
    A_BRIDGED_CALL = auto()
    """{A} is a channel that has dialled another and is bridged with it, as for a transfer."""
    AN_AGI_CALL = auto()
    """{A} is a channel that waits for AGI commands."""


@dataclass(frozen=True)
class Row:
    """An action and what comes of it.

    {A} and {B} are channels, {P} is the session's own, {I} the action's ActionID. A * at the end of an
    expectation stands for anything, and alone for anything but nothing.
    """

    name: str
    headers: Headers = field(default_factory=dict)
    message: str | None = None
    """None: the answer has no Message."""
    answer: Mapping[str, str] = field(default_factory=dict)
    refused: type[libami.ActionError] | None = None
    closing: str | None = None
    """The event that closes the list."""
    entry: str | None = None
    entries: int | None = None
    """How many; None for at least one, if entries have a name."""
    events: tuple[tuple[str, Mapping[str, str]], ...] = ()
    need: Need = Need.NOTHING


def unknown(name: str, **headers: libami.Value) -> Row:
    message = f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
    return Row(name, headers, message, refused=libami.ActionError)


def refused(name: str, message: str, **headers: libami.Value) -> Row:
    return Row(name, headers, message, refused=libami.ActionError)


def missing(name: str, message: str, **headers: libami.Value) -> Row:
    return Row(name, headers, message, refused=libami.NotFoundError)


HOLD: Headers = {
    "Channel": "Local/hold@default",
    "Application": "Wait",
    "Data": 600,
    "Timeout": 5000,
    "Async": True,
}
SHORT: Headers = {**HOLD, "Channel": "Local/short@default", "Data": 1, "Timeout": 3000}
ECHO: Headers = {"Context": "default", "Exten": "echo", "Priority": 1}

# Rows of one list follow each other on one session: what the first makes is there for the next.
EVERYWHERE: list[list[Row]] = [
    [
        Row("Challenge", {"AuthType": "MD5"}, answer={"Challenge": "*"}),
        refused("Challenge", "Must specify AuthType", AuthType="SHA1"),
        Row("Login", {"Username": "admin", "Secret": "amp111"}, "Already authenticated"),
        Row("Ping", answer={"Ping": "Pong", "Timestamp": "*"}),
        Row("Logoff", message="Thanks for all the fish.", answer={"Response": "Goodbye"}),
    ],
    [
        Row("Events", {"EventMask": "off"}, answer={"Events": "Off"}),
        Row("Events", {"EventMask": "on"}, answer={"Events": "On"}),
        Row("Events", {"EventMask": "system,call"}, answer={"Events": "On"}),
        Row("waitEvent", {"Timeout": 1}, "Waiting for Event completed.", closing="WaitEventComplete"),
    ],
    [Row("ListCommands", answer={"Ping": "*", "Originate": "*", "DBGet": "*"})],
    [Row("CoreStatus", answer={"CoreStartupDate": "*", "CoreStartupTime": "*", "CoreCurrentCalls": "*"})],
    [
        Row(
            "CoreShowChannels",
            message="Channels will follow",
            answer={"EventList": "start"},
            closing="CoreShowChannelsComplete",
            entry="CoreShowChannel",
            need=Need.A_CALL,
        )
    ],
    [
        Row(
            "Status",
            {"Channel": "{A}"},
            "Channel status will follow",
            {"EventList": "start"},
            closing="StatusComplete",
            entry="Status",
            entries=1,
            need=Need.A_CALL,
        ),
        Row(
            "Status",
            message="Channel status will follow",
            closing="StatusComplete",
            entry="Status",
            need=Need.A_CALL,
        ),
        missing("Status", "No such channel", Channel="nope"),
    ],
    [
        Row(
            "ShowDialPlan",
            {"Context": "default"},
            "DialPlan list will follow",
            {"EventList": "start"},
            closing="ShowDialPlanComplete",
            entry="ListDialplan",
        ),
        missing("ShowDialPlan", "Did not find context *", Context="nope"),
    ],
    [
        Row("Command", {"Command": "core show version"}, "Command output follows", {"Output": "Asterisk *"}),
        Row(
            "Command",
            {"Command": "core show nonsense"},
            "Command output follows",
            refused=libami.CommandError,
        ),
    ],
    [
        Row("DBPut", {"Family": "f{P}", "Key": "k1", "Val": "one"}, "Updated database successfully"),
        Row("DBPut", {"Family": "f{P}", "Key": "k2", "Val": ""}, "Updated database successfully"),
        refused("DBPut", "No family specified", Key="k1", Val="one"),
        Row(
            "DBGet",
            {"Family": "f{P}", "Key": "k1"},
            "Result will follow",
            {"EventList": "start"},
            closing="DBGetComplete",
            entry="DBGetResponse",
            entries=1,
        ),
        missing("DBGet", "Database entry not found", Family="f{P}", Key="nope"),
        Row("DBDel", {"Family": "f{P}", "Key": "k1"}, "Key deleted successfully"),
        refused("DBDel", "Database entry could not be deleted", Family="f{P}", Key="k1"),
        Row("DBDelTree", {"Family": "f{P}"}, "Key tree deleted successfully"),
        missing("DBDelTree", "Database entry not found", Family="f{P}"),
    ],
    [
        Row("ModuleCheck", {"Module": "app_echo.so"}),
        refused("ModuleCheck", "Module not loaded", Module="app_nope.so"),
        Row("ModuleLoad", {"Module": "app_echo.so", "LoadType": "unload"}, "Module unloaded."),
        Row("ModuleLoad", {"Module": "app_echo.so", "LoadType": "load"}, "Module loaded."),
        Row("ModuleLoad", {"Module": "res_parking.so", "LoadType": "reload"}, "Module reloaded."),
    ],
    [
        Row("Reload", {"Module": "manager"}, "Module Reloaded"),
        missing("Reload", "No such module", Module="nope"),
    ],
    [
        Row(
            "UserEvent",
            {"UserEvent": "Alert", "Header1": "one", "Header2": "two words: and a colon"},
            "Event Sent",
            events=(
                (
                    "UserEvent",
                    {"ActionID": "{I}", "UserEvent": "Alert", "Header2": "two words: and a colon"},
                ),
            ),
        )
    ],
    [
        Row("CreateConfig", {"Filename": "made{P}.conf"}, "New configuration file created successfully"),
        refused("CreateConfig", "File exists", Filename="made{P}.conf"),
        Row(
            "UpdateConfig",
            {
                "SrcFilename": "made{P}.conf",
                "DstFilename": "made{P}.conf",
                "Action-000000": "NewCat",
                "Cat-000000": "c1",
                "Action-000001": "Append",
                "Cat-000001": "c1",
                "Var-000001": "k",
                "Value-000001": "v",
            },
        ),
        refused(
            "UpdateConfig",
            "File requires escalated priv*",
            SrcFilename="../nope.conf",
            DstFilename="../nope.conf",
        ),
        Row("ListCategories", {"Filename": "made{P}.conf"}, answer={"Category-000000": "c1"}),
        Row(
            "GetConfig",
            {"Filename": "made{P}.conf"},
            answer={"Category-000000": "c1", "Line-000000-000000": "k=v"},
        ),
        missing("GetConfig", "Config file not found", Filename="nope{P}.conf"),
        Row("GetConfigJSON", {"Filename": "made{P}.conf"}, answer={"JSON": '{"c1":{"k":"v"}}'}),
    ],
    [
        Row(
            "MailboxCount",
            {"Mailbox": "1001@default"},
            "Mailbox Message Count",
            {"NewMessages": "0", "OldMessages": "0"},
        ),
        Row("MailboxStatus", {"Mailbox": "1001@default"}, "Mailbox Status", {"Waiting": "0"}),
        Row(
            "ExtensionState",
            {"Context": "default", "Exten": 1001},
            "Extension Status",
            {"Status": "0", "Hint": "Custom:x1001"},
        ),
    ],
    [
        Row("Setvar", {"Variable": "V{P}", "Value": "some value"}, "Variable Set"),
        missing("Setvar", "No such channel", Channel="nope", Variable="V", Value=1),
        Row("Getvar", {"Variable": "V{P}"}, answer={"Variable": "V{P}", "Value": "some value"}),
        missing("Getvar", "No such channel", Channel="nope", Variable="V"),
    ],
    [
        Row(
            "Originate",
            HOLD,
            "Originate successfully queued",
            events=(("OriginateResponse", {"ActionID": "{I}", "Response": "Success"}),),
        ),
        Row(
            "Originate",
            SHORT,
            "Originate successfully queued",
            events=(("OriginateResponse", {"ActionID": "{I}", "Response": "Failure"}),),
        ),
        refused("Originate", "Channel not specified", Application="Wait", Async=True),
    ],
    [
        Row(
            "Bridge",
            {"Channel1": "{A}", "Channel2": "{B}", "Tone": "no"},
            "Channels have been bridged",
            events=(("BridgeEnter", {"Channel": "{A}"}), ("BridgeEnter", {"Channel": "{B}"})),
            need=Need.TWO_CALLS,
        ),
        missing("Bridge", "Channel1 does not exist: nope", Channel1="nope", Channel2="nope", Tone="no"),
    ],
    [
        Row(
            "Park",
            {"Channel": "{A}"},
            "Park successful",
            events=(("ParkedCall", {"ParkeeChannel": "{A}"}),),
            need=Need.A_CALL,
        ),
        missing("Park", "*", Channel="nope"),
        Row(
            "ParkedCalls",
            message="Parked calls will follow",
            answer={"EventList": "start"},
            closing="ParkedCallsComplete",
            entry="ParkedCall",
            need=Need.A_PARKED_CALL,
        ),
    ],
    [
        Row(
            "Redirect",
            {"Channel": "{A}", **ECHO},
            "Redirect successful",
            events=(("Newexten", {"Channel": "{A}", "Exten": "echo", "Application": "Wait"}),),
            need=Need.A_CALL,
        ),
        missing("Redirect", "Channel does not exist: nope", Channel="nope", **ECHO),
    ],
    [
        # It dials for the channel: the code of the feature, then the extension. There is none such, for
        # Asterisk 16 may crash when a transfer that is under way is hung up.
        Row(
            "Atxfer",
            {"Channel": "{A}", "Exten": 9, "Context": "default"},
            "Atxfer successfully queued",
            # What becomes of the other digits depends on how far the feature has come.
            events=(("DTMFEnd", {"Channel": "{A}", "Digit": "*"}),),
            need=Need.A_BRIDGED_CALL,
        ),
        missing("Atxfer", "Channel specified does not exist", Channel="nope", Exten=1001, Context="default"),
    ],
    [
        Row("SendText", {"Channel": "{A}", "Message": "hi"}, "Success", need=Need.A_CALL),
        missing("SendText", "No such channel", Channel="nope", Message="hi"),
    ],
    [
        Row("AbsoluteTimeout", {"Channel": "{A}", "Timeout": 120}, "Timeout Set", need=Need.A_CALL),
        Row(
            "AbsoluteTimeout",
            {"Channel": "{A}", "Timeout": 1},
            "Timeout Set",
            events=(("Hangup", {"Channel": "{A}"}),),
            need=Need.A_CALL,
        ),
        missing("AbsoluteTimeout", "No such channel", Channel="nope", Timeout=120),
    ],
    [
        Row(
            "AOCMessage",
            {"Channel": "{A}", "MsgType": "D", "ChargeType": "Free"},
            "AOC Message successfully queued on channel",
            need=Need.A_CALL,
        ),
        missing("AOCMessage", "No such channel", Channel="nope", MsgType="D", ChargeType="Free"),
    ],
    [
        Row(
            "AGI",
            {"Channel": "{A}", "Command": 'VERBOSE "hi" 1', "CommandID": "cmd1"},
            "Added AGI command to queue",
            events=(("AsyncAGIExec", {"Channel": "{A}", "CommandId": "cmd1"}),),
            need=Need.AN_AGI_CALL,
        ),
        missing("AGI", "*", Channel="nope", Command="VERBOSE hi"),
    ],
    [
        Row(
            "Hangup",
            {"Channel": "{A}", "Cause": 17},
            "Channel Hungup",
            events=(("Hangup", {"Channel": "{A}", "Cause": "17"}),),
            need=Need.A_CALL,
        ),
        Row(
            "Hangup",
            {"Channel": "/^Local.hold.*/"},
            "Channels hung up will follow",
            {"EventList": "start"},
            closing="ChannelsHungupListComplete",
            entry="ChannelHungup",
            need=Need.TWO_CALLS,
        ),
        missing("Hangup", "No such channel", Channel="nope"),
    ],
    [unknown("DataGet", Path="/asterisk/core/channels")],
]

NOTIFY: Headers = {"Variable": "Event=check-sync"}

ON_ONE: dict[int, list[list[Row]]] = {
    16: [
        [Row("CoreSettings", answer={"AMIversion": "5.*", "AsteriskVersion": "16.*"})],
        [
            Row(
                "SIPpeers",
                message="Peer status list will follow",
                answer={"EventList": "start"},
                closing="PeerlistComplete",
                entry="PeerEntry",
                entries=1,
            ),
            Row(
                "SIPshowregistry",
                message="Registrations will follow",
                answer={"EventList": "start"},
                closing="RegistrationsComplete",
                entries=0,
            ),
            Row("SIPshowpeer", {"Peer": 1001}, answer={"Channeltype": "SIP", "ObjectName": "1001"}),
            missing("SIPshowpeer", "Peer nobody not found.", Peer="nobody"),
            Row(
                "SIPqualifypeer",
                {"Peer": 1001},
                "SIP peer found - will qualify",
                events=(("SIPQualifyPeerDone", {"ActionID": "{I}", "Peer": "1001"}),),
            ),
            Row("SIPnotify", {"Channel": "127.0.0.1", **NOTIFY}, "Notify Sent"),
            refused("SIPnotify", "Could not create address", Channel=1001, **NOTIFY),
        ],
    ],
    22: [
        [Row("CoreSettings", answer={"AMIversion": "11.*", "AsteriskVersion": "22.*"})],
        [
            unknown("SIPpeers"),
            unknown("SIPshowregistry"),
            unknown("SIPshowpeer", Peer=1001),
            unknown("SIPqualifypeer", Peer=1001),
            unknown("SIPnotify", Channel="127.0.0.1", **NOTIFY),
        ],
    ],
}


class Session:
    """A client on one of the faces, its calls, and the events since its last action."""

    def __init__(self, face: Face, client: Any) -> None:
        self.face = face
        self.client = client
        self.events = face.do(lambda: client.events(timeout=WAIT))
        self.seen: list[libami.Event] = []
        self.channels: list[str] = []
        self.values = {"{P}": f"{os.getpid()}x{next(IDS)}"}

    def action(self, name: str, headers: Headers) -> tuple[str, libami.Response]:
        """The ActionID and the answer."""
        self.seen.clear()
        self.values["{I}"] = id = f"test-{os.getpid()}-{next(IDS)}"
        filled = {key: self.fill(value) for key, value in headers.items()}
        return id, self.face.do(lambda: self.client.action(name, filled, ActionID=id))

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            for name, stands_for in self.values.items():
                value = value.replace(name, stands_for)
        return value

    def fits(self, actual: str | None, expected: str) -> bool:
        expected = self.fill(expected)
        if expected.endswith("*"):
            return actual not in (None, "") and str(actual).startswith(expected[:-1])
        return actual == expected

    def coming(self) -> Iterator[libami.Event]:
        for event in self.face.each(self.events):
            self.seen.append(event)
            yield event

    def see(self, name: str, **headers: str) -> libami.Event:
        """The first such event since the last action; they may come in any order."""

        def fits(event: libami.Event) -> bool:
            return event.name == name and all(self.fits(event.get(key), headers[key]) for key in headers)

        for event in itertools.chain(self.seen.copy(), self.coming()):
            if fits(event):
                return event
        pytest.fail(f"no {name} with {headers} came, only {[event.name for event in self.seen]}")

    def originate(self, extension: str = "hold") -> tuple[str, str]:
        """The ends of a call that is up."""
        id, _ = self.action("Originate", {**HOLD, "Channel": f"Local/{extension}@default"})
        event = self.see("OriginateResponse", ActionID=id)
        assert event["Response"] == "Success"
        near = event["Channel"]
        assert near.endswith(";1")
        self.channels.append(near)
        return near, f"{near[:-1]}2"

    def prepare(self, need: Need) -> None:
        near, far = "", ""
        if need is Need.A_CALL:
            near, far = self.originate()
        elif need is Need.TWO_CALLS:
            near, far = self.originate()[0], self.originate()[0]
        elif need is Need.A_PARKED_CALL:
            near, _ = self.originate()
            self.action("Park", {"Channel": near})
            self.see("ParkedCall", ParkeeChannel=near)
        elif need is Need.A_BRIDGED_CALL:
            _, near = self.originate("call")
            self.see("BridgeEnter", Channel=near)
        elif need is Need.AN_AGI_CALL:
            _, near = self.originate("agi")
            self.see("AsyncAGIStart", Channel=near)
        self.values |= {"{A}": near, "{B}": far}

    def hang_up(self) -> None:
        for channel in self.channels:
            # It may have ended by itself, and the link with it in a test that failed.
            with suppress(libami.Error):
                self.action("Hangup", {"Channel": channel})
        self.channels.clear()


@contextmanager
def session(face: Face, asterisk: Asterisk) -> Iterator[Session]:
    name, secret = configuration.ADMIN
    client = face.connect(asterisk.host, asterisk.port, username=name, secret=secret)
    opened = Session(face, client)
    try:
        yield opened
    finally:
        opened.hang_up()
        face.do(client.close)


def check_list(row: Row, response: libami.Response, id: str) -> None:
    if row.closing is None:
        assert response.end_event is None
        assert len(response.events) == 0
        return
    end = response.end_event
    assert end is not None
    assert (end.name, end["ActionID"]) == (row.closing, id)
    if row.entries is not None:
        assert len(response.events) == row.entries
    if row.entry is not None:
        assert len(response.events) > 0
        assert {(event.kind, event.name, event["actionid"]) for event in response.events} == {
            ("server", row.entry, id)
        }
    if row.closing == "WaitEventComplete":
        return
    assert end["EventList"] == "Complete"
    # What it lists, contexts and all.
    if row.name != "ShowDialPlan":
        assert end["ListItems"] == str(len(response.events))


def check_answer(session: Session, row: Row, response: libami.Response, id: str) -> None:
    expected = {
        "Response": "Error" if row.refused else "Success",
        "ActionID": id,
        **({} if row.message is None else {"Message": row.message}),
        **row.answer,
    }
    for name, value in expected.items():
        assert session.fits(response.get(name.lower()), value), (name, response.get(name), value)
    assert ("Message" in response) == (row.message is not None)
    assert response.multi_items()[0] == ("Response", response["Response"])
    assert [response.get_all(name)[0] for name in response] == list(response.values())
    assert (response.output is not None) == (row.name == "Command")
    check_list(row, response, id)


def check(session: Session, row: Row) -> None:
    session.prepare(row.need)
    if row.refused is None:
        id, response = session.action(row.name, row.headers)
        check_answer(session, row, response, id)
    else:
        with pytest.raises(row.refused) as raised:
            session.action(row.name, row.headers)
        refusal = raised.value
        assert type(refusal) is row.refused
        assert refusal.code == (302 if row.refused is libami.CommandError else 300)
        assert ("CLI" if row.name == "Command" else row.name) in str(refusal)
        assert refusal.response is not None
        check_answer(session, row, refusal.response, session.values["{I}"])
        words = refusal.response.output if row.name == "Command" else refusal.response["Message"]
        assert refusal.peer_message == words
    for name, headers in row.events:
        event = session.see(name, **headers)
        if name == "OriginateResponse" and event["Response"] == "Success":
            session.channels.append(event["Channel"])
    session.hang_up()


def identifier(rows: object) -> str:
    assert isinstance(rows, list)
    return "-".join(dict.fromkeys(row.name for row in rows))


# The loop makes no difference to an action, so one kind of it will do.
both_faces = pytest.mark.parametrize("face", FACES[:2], indirect=True)


@both_faces
@pytest.mark.parametrize("rows", EVERYWHERE, ids=identifier)
def test_actions(face: Face, asterisk: Asterisk, rows: list[Row]) -> None:
    with session(face, asterisk) as opened:
        for row in rows:
            check(opened, row)


@both_faces
def test_actions_that_only_one_server_knows(face: Face, asterisk: Asterisk) -> None:
    for rows in ON_ONE[asterisk.generation]:
        with session(face, asterisk) as opened:
            for row in rows:
                check(opened, row)


@pytest.mark.parametrize("generation", ON_ONE)
def test_actions_are_those_that_c_is_tested_with(generation: int) -> None:
    source = (Path(__file__).parents[1] / "capi" / "actions.c").read_text()
    listed = re.search(r"manual\[\] = \{(.*?)\};", source, re.DOTALL)
    assert listed is not None
    manual = set(re.findall(r'"(\w+)"', listed[1]))
    assert len(manual) > 40
    assert {row.name for rows in EVERYWHERE + ON_ONE[generation] for row in rows} == manual
