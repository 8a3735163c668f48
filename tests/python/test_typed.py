"""Actions as methods and views of events, in both faces."""

from __future__ import annotations

import ast
import copy
import inspect
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, assert_type

import libami
import libami.aio
import pytest
from conftest import SECRET, WAIT, Asterisk, Collected, Face, eventually
from libami import _actions, _native, _table, events
from scripted import Script


def connected(face: Face, script: Script, **settings: Any) -> Any:
    settings = {"username": "admin", "secret": SECRET, "action_timeout": WAIT, **settings}
    return face.connect("127.0.0.1", script.port, **settings)


def event(text: str) -> libami.Event:
    lines = [line.partition(b":") for line in text.encode().splitlines()]
    headers = [(name, value.removeprefix(b" ")) for name, _, value in lines]
    return _native._event(("event", headers), "utf-8", "surrogateescape")


HANGUP = (
    "Event: Hangup\r\nPrivilege: call,all\r\nChannel: SIP/1-1\r\nChannelState: 6\r\nCallerIDNum: 100\r\n"
    "CallerIDName: <unknown>\r\nUniqueid: 1.2\r\nCause: 16\r\nCause-txt: Normal\r\nX-Own: 1\r\n\r\n"
)
NEWCHANNEL = "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: SIP/2-1\r\nUniqueid: 1.3\r\n\r\n"


# Actions


def test_typed_action_sends_its_headers(face: Face, script: Script) -> None:
    client = connected(face, script)
    got = face.do(
        lambda: client.actions.originate(
            channel="PJSIP/100",
            exten=200,
            context="default",
            early_media=True,
            async_=False,
            timeout=timedelta(seconds=1.5),
            variable={"A": 1, "B": "x, y"},
            account=None,
            headers={"X-Own": "mine"},
            deadline=WAIT,
        )
    )
    assert got["Response"] == "Success"
    sent = [header for header in script.last("Originate") if header[0] not in ("Action", "ActionID")]
    assert sent == [
        ("Channel", "PJSIP/100"),
        ("Exten", "200"),
        ("Context", "default"),
        ("Timeout", "1500"),
        ("Variable", "A=1"),
        ("Variable", "B=x\\, y"),
        ("Async", "no"),
        ("EarlyMedia", "yes"),
        ("X-Own", "mine"),
    ]
    face.do(lambda: client.actions.mix_monitor_mute(channel="SIP/1", direction="both", state=True))
    assert ("State", "1") in script.last("MixMonitorMute")
    face.do(client.close)


def test_typed_action_keeps_its_deadline(face: Face, script: Script) -> None:
    script.on("MailboxCount")
    client = connected(face, script)
    with pytest.raises(libami.OutcomeUnknown):
        face.do(lambda: client.actions.mailbox_count(mailbox="100", deadline=0.05))
    face.do(client.close)


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("originate", {"chanel": "SIP/1"}, r"unexpected keyword argument 'chanel'; did you mean 'channel'\?"),
        ("originate", {"zzzzz": "SIP/1"}, r"'zzzzz'; headers=\{...\} takes those that libami does not know"),
        ("originate", {}, "missing 'channel', which servers need"),
        ("originate", {"channel": None}, "missing 'channel'"),
        ("setvar", {"variable": "A"}, "missing 'value'"),
        ("ping", {"deadlin": 5}, r"did you mean 'deadline'\?"),
        ("mailbox_count", {"mailbox": timedelta(1)}, "a timedelta is only for headers that are a duration"),
    ],
)
def test_typed_action_refuses_a_wrong_keyword(
    face: Face, script: Script, name: str, given: dict[str, Any], text: str
) -> None:
    client = connected(face, script)
    with pytest.raises(TypeError, match=text):
        face.do(lambda: getattr(client.actions, name)(**given))
    assert script.count("Originate") == script.count("Setvar") == script.count("MailboxCount") == 0
    face.do(client.close)


@pytest.mark.parametrize(
    ("timeout", "text"),
    [
        (timedelta(seconds=-1), "the value of Timeout is a time that is less than 0"),
        (float("nan"), "the value of Timeout is nan"),
        (float("-inf"), "the value of Timeout is -inf"),
    ],
)
def test_typed_action_refuses_a_time_that_cannot_be(
    face: Face, script: Script, timeout: Any, text: str
) -> None:
    client = connected(face, script)
    with pytest.raises(libami.InvalidValue, match=text):
        face.do(lambda: client.actions.originate(channel="SIP/1", timeout=timeout))
    assert script.count("Originate") == 0
    face.do(client.close)


def test_typed_action_that_does_not_exist_is_told_with_the_nearest(face: Face, script: Script) -> None:
    client = connected(face, script)
    with pytest.raises(AttributeError, match=r"no action 'orginate'; did you mean 'originate'\?"):
        _ = client.actions.orginate
    assert not hasattr(client.actions, "no_such_thing_at_all")
    face.do(client.close)


def test_typed_actions_are_all_there_and_describe_themselves() -> None:
    client = libami.Client("127.0.0.1", username="admin", secret=SECRET)
    names = dir(client.actions)
    assert len(names) > 190
    for name in names:
        method = getattr(client.actions, name)
        assert method.__doc__.startswith("The action "), name
        assert {"headers", "deadline"} <= inspect.signature(method).parameters.keys()
    parameters = inspect.signature(client.actions.originate).parameters
    assert parameters["channel"].default is inspect.Parameter.empty
    assert parameters["exten"].default is None


def test_can_asks_the_server_once(face: Face, script: Script) -> None:
    names = "Ping:  (Priv: <none>)\r\nPJSIPShowEndpoints: L.  (Priv: system,all)\r\n"
    script.on("ListCommands", f"Response: Success\r\nActionID: {{id}}\r\n{names}\r\n")
    client = connected(face, script)
    assert face.do(lambda: client.can("PJSIPShowEndpoints"))
    assert face.do(lambda: client.can("ping"))
    assert not face.do(lambda: client.can("Reload"))
    assert script.count("ListCommands") == 1
    face.do(client.close)


def test_typed_actions_take_the_keywords_of_their_stub() -> None:
    stub = ast.parse(Path(libami.__file__).with_name("_actions.pyi").read_text(encoding="utf-8"))
    classes = [node for node in stub.body if isinstance(node, ast.ClassDef)]
    assert [node.name for node in classes] == ["Actions", "AsyncActions"]
    for node in classes:
        methods = {
            method.name: method.args
            for method in node.body
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name != "__init__"
        }
        assert list(methods) == _table.names("action")
        made = getattr(_actions, node.name)(None)
        for name, arguments in methods.items():
            parameters = inspect.signature(getattr(made, name)).parameters
            assert [argument.arg for argument in arguments.kwonlyargs] == list(parameters), name
            required = [default is None for default in arguments.kw_defaults]
            empty = inspect.Parameter.empty
            assert required == [each.default is empty for each in parameters.values()], name


# Filters


def test_filter_is_set_on_the_server_in_its_own_form(asterisk: Asterisk) -> None:
    kept = libami.EventFilter().include("UserEvent", begins=("Kind", "a")).include("Hangup")
    kept = kept.exclude(contains=("Kind", "x"))
    assert kept.cuts == ["AsyncAGI", "AsyncAGIEnd", "AsyncAGIExec", "AsyncAGIStart", "OriginateResponse"]
    with asterisk.connect() as client, asterisk.connect() as other:
        assert client.filter_events(kept) == {16: "expressions", 22: "criteria"}[asterisk.generation]
        there = client.events("UserEvent", timeout=WAIT)
        here = other.events("UserEvent", timeout=WAIT)
        for kind in ("ab", "b", "ax", "az"):
            other.actions.user_event(user_event="Filtered", headers={"Kind": kind})
        assert [next(there)["Kind"] for _ in range(2)] == ["ab", "az"]
        assert [kept.matches(next(here)) for _ in range(4)] == [True, False, False, True]


def test_filter_is_left_to_the_program_by_old_servers(face: Face, script: Script) -> None:
    script.on("Filter", "Response: Error\r\nActionID: {id}\r\nMessage: Invalid/unknown command\r\n\r\n")
    client = connected(face, script)
    assert face.do(lambda: client.filter_events(libami.EventFilter().include("Hangup"))) == "client"
    assert script.count("Filter") == 1
    script.on("Filter", "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n")
    with pytest.raises(libami.PermissionError, match="give the account the class system"):
        face.do(lambda: client.filter_events(libami.EventFilter().include("Hangup")))
    face.do(client.close)


def test_filter_refuses_what_a_server_cannot_be_told() -> None:
    kept = libami.EventFilter()
    for given in (
        {},
        {"event": ""},
        {"event": "A)"},
        {"event": "A", "equals": ("B C", "x")},
        {"event": "A", "equals": ("B", "")},
        {"event": "A", "equals": ("B", "x"), "ends": ("B", "y")},
    ):
        for add in (kept.include, kept.exclude):
            with pytest.raises(libami.InvalidValue):
                add(**given)
    assert kept == libami.EventFilter() != kept.include("Hangup")
    assert not kept.include("Hangup").matches(event("Event: Newchannel"))


# Views


def test_typed_view_reads_headers_by_type() -> None:
    hangup = events.Hangup(event(HANGUP.replace("\r\n", "\n").strip()))
    assert_type(hangup.cause, int | None)
    assert_type(hangup.channel.name, str | None)
    assert (hangup.cause, hangup.cause_txt, hangup.tech_cause) == (16, "Normal", None)
    assert (hangup.channel.name, hangup.channel.state) == ("SIP/1-1", 6)
    assert (hangup.channel.caller_id_num, hangup.channel.caller_id_name) == ("100", None)
    assert (hangup.raw["X-Own"], hangup.raw["CallerIDName"]) == ("1", "<unknown>")
    assert isinstance(hangup.channel, events.ChannelHeaders)
    member = events.QueueMemberStatus(
        event(
            "Event: QueueMemberStatus\nLastCall: 1700000000.25\nLastPause: 0\nPaused: 1\nInCall: 0\n"
            "Penalty: x"
        )
    )
    assert_type(member.last_call, datetime | None)
    assert_type(member.paused, bool | None)
    assert member.last_call == datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=UTC)
    assert (member.last_pause, member.paused, member.in_call, member.penalty) == (None, True, False, None)
    dial = events.DialEnd(
        event("Event: DialEnd\nChannel: a\nDestChannel: b\nDestChanVariable: A=1\nDialStatus: BUSY")
    )
    assert (dial.channel.name, dial.dest.name, dial.dial_status) == ("a", "b", "BUSY")
    assert dial.dest.chan_variable == {"A": "1"}
    security = events.SuccessfulAuth(event("Event: SuccessfulAuth\nEventTV: 2023-11-14T23:13:20.500+0100"))
    assert security.event_tv == datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)
    local = events.SuccessfulAuth(event("Event: SuccessfulAuth\nEventTV: 2023-11-14 23:13:20"))
    assert local.event_tv is None


@pytest.mark.parametrize("word", ["", "<unknown>", "<none>", "(null)", "N/A", "-none-"])
def test_typed_view_takes_words_for_nothing_as_none(word: str) -> None:
    hangup = events.Hangup(event(f"Event: Hangup\nChannel: {word}\nCause: {word}"))
    assert (hangup.channel.name, hangup.cause) == (None, None)


@pytest.mark.parametrize("number", ["1_0", "1.5", "0x10", "1e3", "\u0661", "9" * 30])
def test_typed_view_takes_no_other_number(number: str) -> None:
    assert events.Hangup(event(f"Event: Hangup\nCause: {number}")).cause is None


def test_typed_view_is_matched_compared_and_pickled() -> None:
    def kind(seen: object) -> str:
        match seen:
            case events.Hangup(cause=16, channel=events.ChannelHeaders(name=name)):
                return f"normal {name}"
            case events.Hangup():
                return "hangup"
            case libami.Event():
                return "event"
        return "other"

    raw = event(HANGUP.replace("\r\n", "\n").strip())
    assert kind(events.Hangup(raw)) == "normal SIP/1-1"
    assert kind(events.Hangup(event("Event: Hangup\nCause: 17"))) == "hangup"
    assert (kind(raw), kind(1)) == ("event", "other")
    assert events.Hangup(raw) == events.Hangup(raw) != events.Newchannel(raw)
    assert len({events.Hangup(raw), events.Hangup(raw)}) == 1
    assert pickle.loads(pickle.dumps(events.Hangup(raw))) == events.Hangup(raw)
    assert "Hangup" in repr(events.Hangup(raw))


def test_headers_of_a_channel_are_compared_and_pickled() -> None:
    raw = event("Event: DialEnd\nChannel: a\nDestChannel: b\nDialStatus: BUSY")
    dial = events.DialEnd(raw)
    assert dial.dest == dial.dest == events.DialEnd(raw).dest
    assert dial.dest != dial.channel
    assert dial.dest != events.DialEnd(event("Event: DialEnd\nDestChannel: b")).dest
    assert dial.dest != "b"
    assert len({dial.dest, events.DialEnd(raw).dest}) == 1
    again = pickle.loads(pickle.dumps((dial.channel, dial.dest)))
    assert [block.name for block in again] == ["a", "b"]
    assert again[1] == dial.dest
    dest = dial.dest
    assert copy.copy(dest) is copy.deepcopy(dest) is dest


def test_typed_view_cannot_be_changed_and_is_its_own_copy() -> None:
    hangup = events.Hangup(event(HANGUP.replace("\r\n", "\n").strip()))
    changes: list[tuple[Any, str]] = [(hangup, "cause"), (hangup, "channel"), (hangup.channel, "name")]
    for of, name in [*changes, (hangup, "raw"), (hangup, "own")]:
        with pytest.raises(AttributeError):
            setattr(of, name, 1)
        with pytest.raises(AttributeError):
            delattr(of, name)
    assert copy.copy(hangup) is copy.deepcopy(hangup) is hangup
    assert hangup.raw is hangup.raw
    with pytest.raises(TypeError):
        events.Hangup(HANGUP)  # type: ignore[arg-type]


def test_typed_view_is_decoded_as_its_client_says(face: Face, script: Script) -> None:
    client = connected(face, script, encoding="latin-1")
    stream = face.do(lambda: client.events(events.VarSet, timeout=WAIT))
    script.say("Event: VarSet\r\nChannel: SIP/\udce9\r\nVariable: \udce4\r\nChanVariable: A=\udcfc\r\n\r\n")
    view = face.next(stream)
    assert (view.channel.name, view.variable) == ("SIP/\u00e9", "\u00e4")
    assert view.channel.chan_variable == {"A": "\u00fc"}
    face.do(client.close)


def test_typed_view_of_a_class_of_ones_own(face: Face, script: Script) -> None:
    class Door(events.View):
        NAME = "Door"
        was_seen = False

        @property
        def is_open(self) -> bool:
            return self.raw["State"] == "open"

    class LoudHangup(events.Hangup):
        __slots__ = ()

        def __str__(self) -> str:
            return f"{self.channel.name}!"

    client = connected(face, script)
    stream = face.do(lambda: client.events(Door, LoudHangup, timeout=WAIT))
    script.say("Event: door\r\nState: open\r\n\r\n" + HANGUP)
    door, hangup = face.next(stream), face.next(stream)
    assert isinstance(door, Door)
    assert door.is_open
    door.was_seen = True
    assert str(hangup) == "SIP/1-1!"
    assert (hangup.cause, isinstance(hangup, events.Hangup)) == (16, True)
    face.do(client.close)


def test_typed_views_are_all_there() -> None:
    names = dir(events)
    assert len(names) > 300
    for name in names:
        kind = getattr(events, name)
        assert kind.__doc__, name
        for member, found in inspect.getmembers_static(kind, inspect.isdatadescriptor):
            assert member.startswith("__") or f"{found.__doc__}".startswith("The "), f"{name}.{member}"
    assert events.Hangup.cause.__doc__ == "The header Cause."
    with pytest.raises(AttributeError):
        _ = events.NoSuchEvent  # type: ignore[attr-defined]


def test_typed_views_come_to_a_callback(face: Face, script: Script) -> None:
    client = connected(face, script)
    got: Collected[Any] = Collected()
    both: Collected[Any] = Collected()
    face.do(lambda: client.on(events.Hangup, got))
    face.do(lambda: client.on((events.Hangup, events.Newchannel, "#gap"), both))

    assert face.do(lambda: client.on(events.Newchannel)(got)) is got

    script.say(HANGUP)
    eventually(face, lambda: not got.empty())
    hangup = got.next()
    assert isinstance(hangup, events.Hangup)
    assert hangup.cause == 16
    script.say(NEWCHANNEL)
    eventually(face, lambda: not got.empty())
    assert isinstance(got.next(), events.Newchannel)
    eventually(face, lambda: not both.empty())
    assert [type(both.next()), type(both.next())] == [events.Hangup, events.Newchannel]
    face.do(client.close)


def test_typed_callback_is_called_as_a_raw_one_is(face: Face, script: Script) -> None:
    callers: list[list[str]] = []

    def called(_: object) -> None:
        frame, names = sys._getframe().f_back, []
        while frame is not None:
            names.append(frame.f_code.co_qualname)
            frame = frame.f_back
        callers.append(names)

    def have_come(number: int) -> bool:
        return len(callers) == number

    client = connected(face, script)
    for number, names in enumerate(("Hangup", events.Hangup, (events.Hangup, events.Newchannel)), 1):
        subscription = face.do(partial(client.on, names, called))
        script.say(HANGUP)
        eventually(face, partial(have_come, number))
        face.do(subscription.close)
    assert callers[0] == callers[1] == callers[2]
    face.do(client.close)


def test_typed_views_come_as_a_stream(face: Face, script: Script) -> None:
    client = connected(face, script)
    stream = face.do(lambda: client.events(events.Hangup, events.Newchannel, timeout=WAIT))
    mixed = face.do(lambda: client.events(events.Hangup, "newchannel", timeout=WAIT))
    script.say(HANGUP + NEWCHANNEL)
    first, second = face.next(stream), face.next(stream)
    assert (type(first), type(second)) == (events.Hangup, events.Newchannel)
    assert (first.cause, second.channel.name) == (16, "SIP/2-1")
    assert [type(face.next(mixed)) for _ in range(2)] == [events.Hangup, libami.Event]
    assert stream.counters.received >= 2
    stream.close()
    assert face.all(stream) == []
    face.do(client.close)


def test_typed_callback_of_a_loop_may_be_async(script: Script) -> None:
    async def program() -> int | None:
        got: list[events.Hangup] = []
        async with libami.aio.connect("127.0.0.1", script.port, username="admin", secret=SECRET) as client:

            @client.on(events.Hangup)
            async def hung_up(view: events.Hangup) -> None:
                got.append(view)

            script.say(HANGUP)
            async for view in client.events(events.Hangup, timeout=0.05):
                assert_type(view, events.Hangup)
            await client.ping()
        return got[0].cause if got else None

    import asyncio

    assert asyncio.run(program()) == 16


def test_typed_async_function_without_a_loop_is_refused() -> None:
    client = libami.Client("127.0.0.1", username="admin", secret=SECRET)

    async def hung_up(view: events.Hangup) -> None: ...

    with pytest.raises(TypeError, match="async function"):
        client.on(events.Hangup, hung_up)


def test_typed_parts_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys, libami, libami.aio; assert not {'libami.events', 'libami._actions'} & set(sys.modules);"
        "libami.events.Hangup; assert 'libami._actions' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
