"""Both faces do alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import libami
import libami.aio
import pytest
from conftest import (
    SECRET,
    WAIT,
    Asterisk,
    Face,
    eventually,
    face_client,
    face_gateway,
)
from libami.simulator import Simulator
from loops import emit

# Both faces


CALLS: list[tuple[Callable[[Any], Any], Callable[[Any], object]]] = [
    (lambda c: c.ping(), lambda got: 0 < got < WAIT),
    (lambda c: c.command("gsm show spans"), lambda got: got.startswith("GSM span 1: ")),
    (lambda c: c.command("core show version", timeout=WAIT), lambda got: got.startswith("Asterisk 1.8.")),
    (lambda c: c.action("CoreSettings"), lambda got: got["AsteriskVersion"] == "1.8.20.0"),
    (lambda c: c.action("UserEvent", {"A": 1}, UserEvent="x"), lambda got: got["Message"] == "Event Sent"),
    (
        lambda c: c.action("UserEvent", [("A", [1, b"b"])], async_="x", UserEvent="x"),
        lambda got: got["response"] == "Success",
    ),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_call_gives_the_same_on_both_faces(face: Face, gateway: Simulator, number: int) -> None:
    call, check = CALLS[number]
    client = face_client(face, gateway)
    assert client.is_open
    assert client.banner == "Asterisk Call Manager/1.1"
    assert check(face.do(lambda: call(client)))
    face.do(client.close)
    assert not client.is_open


ERRORS: list[tuple[Callable[[Any], Any], type[BaseException], str]] = [
    (lambda c: c.action("NoSuchAction"), libami.ActionError, "the server refused NoSuchAction"),
    (lambda c: c.action("Bad\r\nName"), libami.InvalidValue, ""),
    (lambda c: c.action("DBGet", Family=None), TypeError, "the value of Family is of type NoneType"),
    (lambda c: c.action("Ping", deadline=0), libami.InvalidValue, "must be more than 0 seconds"),
    (lambda c: c.command("no such thing"), libami.CommandError, "no such CLI command"),
    (lambda c: c.events(""), libami.InvalidValue, "an event name is empty"),
    (lambda c: c.events(timeout=-1), libami.InvalidValue, "must not be negative"),
    (lambda c: c.on("A,,B", print), libami.InvalidValue, "an event name is empty"),
    (lambda c: c.events("Hangup;UserEvent"), libami.InvalidValue, "commas between them"),
    (lambda c: c.on("Hangup UserEvent", print), libami.InvalidValue, '"Hangup UserEvent" is not the name'),
    (lambda c: c.on("Event: Hangup", print), libami.InvalidValue, '"Event: Hangup" is not the name'),
    (lambda c: c.on("*", print), libami.InvalidValue, "leave the names out for every event"),
    (lambda c: c.on("Thing", "handle"), TypeError, "a callback must be callable, and a str is not"),
    (lambda c: c.open(), libami.Error, "open already"),
]


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_call_raises_the_same_on_both_faces(face: Face, gateway: Simulator, number: int) -> None:
    call, kind, words = ERRORS[number]
    client = face_client(face, gateway)
    with pytest.raises(kind, match=words or None):
        face.do(lambda: call(client))
    face.do(client.close)
    for closed in (client.events, client.ping, lambda: client.on(None, print)):
        with pytest.raises(libami.ClosedError):
            face.do(closed)
    face.do(client.close)


def test_events_come_from_the_call_on(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", timeout=WAIT))
    for number in range(3):
        emit(gateway, number=number)
    assert [face.next(events)["Number"] for _ in range(3)] == ["0", "1", "2"]
    events.close()
    assert face.all(events) == []
    face.do(client.close)


def test_stream_that_is_idle_ends_and_goes_on(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", timeout=0.2))
    start = time.monotonic()
    assert face.all(events) == []
    assert 0.19 <= time.monotonic() - start < WAIT
    emit(gateway)
    assert [event["Number"] for event in face.all(events)] == ["1"]
    face.do(client.close)
    assert face.all(events) == []


def test_stream_and_inbox_with_timeout_zero_give_what_waits(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    sender = face_gateway(face, gateway)
    events, inbox = (
        face.do(lambda: client.events("Thing", timeout=0)),
        face.do(lambda: sender.inbox(timeout=0)),
    )
    last = face.do(lambda: client.events("Last", timeout=WAIT))
    for number in range(1000):
        emit(gateway, number=number)
    gateway.deliver_sms(1, "10086", "hello")
    emit(gateway, "Last")
    face.next(last)
    assert len(face.all(events)) == 1000
    # What is read out of events comes a moment after them.
    eventually(face, lambda: inbox.counters.waiting)
    assert [sms.text for sms in face.all(inbox)] == ["hello"]
    face.do(client.close)
    face.do(sender.close)


def test_stream_raises_a_lost_connection(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", timeout=WAIT))
    emit(gateway)
    assert face.next(events)["Number"] == "1"
    gateway.disconnect_all()
    for _ in range(2):
        with pytest.raises(libami.ConnectError, match="closed the connection") as raised:
            face.next(events)
        assert raised.value.code == 103
    with pytest.raises(libami.ConnectError, match="the connection is down"):
        face.do(client.ping)
    face.do(client.close)


@pytest.mark.parametrize(
    ("policy", "numbers"),
    [
        ("drop-oldest", ["#lagged", *map(str, range(90, 100))]),
        ("drop-newest", [*map(str, range(10)), "#lagged"]),
    ],
)
def test_queue_that_is_full_counts_and_marks_lost_events(
    face: Face, gateway: Simulator, policy: str, numbers: list[str]
) -> None:
    client = face_client(face, gateway, queue_events=10, queue_policy=policy)
    events = face.do(lambda: client.events("Thing,#lagged", timeout=0))
    last = face.do(lambda: client.events("Last", timeout=WAIT))
    for number in range(100):
        emit(gateway, number=number)
    emit(gateway, "Last")
    face.next(last)
    assert [event.get("Number", event.name) for event in face.all(events)] == numbers
    face.do(client.close)


def test_settings_that_cannot_work(face: Face) -> None:
    module = libami.aio if face.runner else libami
    with pytest.raises(libami.InvalidValue, match="port must be a number") as raised:
        module.connect("127.0.0.1", 0, username="admin", secret=SECRET)
    trace = raised.value.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("libami"):
            assert SECRET not in repr(trace.tb_frame.f_locals)
        trace = trace.tb_next


@pytest.mark.parametrize("secret", ["wrong"])
def test_login_with_a_wrong_secret(face: Face, gateway: Simulator, secret: str) -> None:
    with pytest.raises(libami.AuthError) as raised:
        face.connect("127.0.0.1", gateway.port, username="admin", secret=secret)
    assert raised.value.code == 203


# Real servers


def test_asterisk_on_both_faces(face: Face, asterisk: Asterisk) -> None:
    import configuration

    name, secret = configuration.ADMIN
    client = face.connect(asterisk.host, asterisk.port, username=name, secret=secret)
    settings = face.do(lambda: client.action("CoreSettings"))
    assert settings["AsteriskVersion"].startswith(f"{asterisk.generation}.")
    version = face.do(lambda: client.command("core show version"))
    assert version.startswith(f"Asterisk {asterisk.generation}.")
    assert face.do(client.ping) < WAIT
    events = face.do(lambda: client.events("OriginateResponse", "Hangup", timeout=WAIT))
    receiver = face.open_gateway(
        asterisk.host, asterisk.port, username=name, secret=secret, dialect="openvox"
    )
    inbox = face.do(lambda: receiver.inbox(timeout=WAIT))

    def originate(extension: str, wait: int) -> Any:
        return face.do(
            lambda: client.action(
                "Originate",
                Channel=f"Local/{extension}@default",
                Application="Wait",
                Data=wait,
                Async=True,
                ActionID=extension,
                Variable=["LIBAMI_A=1", "LIBAMI_B=2"],
            )
        )

    assert originate("hold", 600)["Message"] == "Originate successfully queued"
    # Calls that another test left behind may end only now.
    channel = next(e for e in face.each(events) if e.get("ActionID") == "hold")["Channel"]
    assert face.do(lambda: client.action("Getvar", Channel=channel, Variable="LIBAMI_B"))["Value"] == "2"
    entries = face.do(lambda: client.action("CoreShowChannels")).events
    assert channel in [event["Channel"] for event in entries]
    face.do(lambda: client.action("Hangup", Channel=channel))
    assert any(e.name == "Hangup" and e["Channel"] == channel for e in face.each(events))
    originate("sms", 0)
    assert face.next(inbox).text == "hello gateway"
    with pytest.raises(libami.CommandError, match="no such CLI command"):
        face.do(lambda: client.command("no such thing"))
    with pytest.raises(libami.ActionError, match="the server refused NoSuchAction"):
        face.do(lambda: client.action("NoSuchAction"))
    with pytest.raises(libami.Error, match="knows no GSM commands"):
        face.do(lambda: receiver.send("13632919026", "hello", port=1))
    face.do(receiver.close)
    face.do(client.close)
