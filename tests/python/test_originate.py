"""A call that the server sets up, and what becomes of it."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import libami
import libami.aio
import pytest
from conftest import SECRET, WAIT, Face
from scripted import Script

TAKEN = "Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n"


def told(reason: int, *, answered: bool = False, action_id: str = "{id}", uniqueid: str = "17.1") -> str:
    said = "Success" if answered else "Failure"
    return (
        f"Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: {action_id}\r\nResponse: {said}\r\n"
        f"Channel: PJSIP/100-00000001\r\nContext: default\r\nExten: 200\r\nReason: {reason}\r\n"
        f"Uniqueid: {uniqueid}\r\nCallerIDNum: <unknown>\r\nCallerIDName: <unknown>\r\n\r\n"
    )


def connected(face: Face, script: Script, **settings: Any) -> Any:
    return face.connect("127.0.0.1", script.port, username="admin", secret=SECRET, **settings)


PLACE: dict[str, Any] = {"context": "default", "exten": "200"}


@pytest.mark.parametrize(
    ("reason", "name"),
    [(0, "failed"), (1, "no-answer"), (3, "no-answer"), (5, "busy"), (8, "congestion"), (99, "failed")],
)
def test_originate_tells_the_reason_of_a_call_that_is_not_answered(
    face: Face, script: Script, reason: int, name: str
) -> None:
    script.on("Originate", TAKEN, told(reason, uniqueid="<unknown>"))
    client = connected(face, script)
    call = face.do(lambda: client.originate("PJSIP/100", **PLACE))
    assert (call.answered, call.reason, call.uniqueid) == (False, name, None)
    assert call.event.name == "OriginateResponse"
    assert name in repr(call)
    assert "100" not in repr(call)
    face.do(client.close)


@pytest.mark.parametrize("order", ["answer first", "event first", "after others"])
def test_originate_is_matched_by_its_action_id(face: Face, script: Script, order: str) -> None:
    mine, others = told(4, answered=True), told(5, action_id="other") + told(5, action_id="{id}0")
    script.on(
        "Originate",
        *{
            "answer first": (TAKEN, mine),
            "event first": (mine, TAKEN),
            "after others": (others, TAKEN, others, mine),
        }[order],
    )
    client = connected(face, script)
    call = face.do(lambda: client.originate("PJSIP/100", **PLACE))
    assert call.answered is True
    assert (call.reason, call.channel, call.uniqueid) == ("answered", "PJSIP/100-00000001", "17.1")
    assert call.response["Message"] == "Originate successfully queued"
    assert call.response["ActionID"] == call.event["ActionID"] == dict(script.last("Originate"))["ActionID"]
    face.do(client.close)


def test_originate_sends_all_its_arguments(face: Face, script: Script) -> None:
    script.on("Originate", TAKEN, told(4, answered=True))
    client = connected(face, script)
    face.do(
        lambda: client.originate(
            "PJSIP/100",
            context="default",
            exten="200",
            priority=2,
            timeout=12.5,
            caller_id="Alice <100>",
            variable={"A": "1", "B": 'x, "y"'},
            account="sales",
            early_media=True,
            headers={"ChannelId": "mine"},
            deadline=WAIT,
        )
    )
    sent = script.last("Originate")
    assert [value for name, value in sent if name == "Variable"] == ["A=1", 'B=x\\, \\"y\\"']
    expected = {
        "Channel": "PJSIP/100",
        "Async": "true",
        "Context": "default",
        "Exten": "200",
        "Priority": "2",
        "Timeout": "12500",
        "CallerID": "Alice <100>",
        "Account": "sales",
        "EarlyMedia": "true",
        "ChannelId": "mine",
    }
    assert expected.items() <= dict(sent).items()
    face.do(lambda: client.originate("Local/1@x", application="Playback", data="demo-thanks"))
    sent = script.last("Originate")
    assert {"Application": "Playback", "Data": "demo-thanks"}.items() <= dict(sent).items()
    assert "Context" not in dict(sent)
    face.do(client.close)


def test_originate_without_waiting_gives_the_response(face: Face, script: Script) -> None:
    script.on("Originate", TAKEN)
    client = connected(face, script)
    response = face.do(lambda: client.originate("PJSIP/100", wait=False, **PLACE))
    assert isinstance(response, libami.Response)
    assert response["ActionID"] == dict(script.last("Originate"))["ActionID"]
    face.do(client.close)


def test_originate_that_is_refused_is_an_action_error(face: Face, script: Script) -> None:
    script.on("Originate", "Response: Error\r\nActionID: {id}\r\nMessage: Extension does not exist.\r\n\r\n")
    client = connected(face, script)
    for wait in (True, False):
        with pytest.raises(libami.ActionError, match="Extension does not exist"):
            face.do(partial(client.originate, "PJSIP/100", wait=wait, **PLACE))
    face.do(client.close)


def test_originate_outcome_that_is_not_told_in_time_is_unknown(face: Face, script: Script) -> None:
    script.on("Originate", TAKEN, told(4, action_id="other"))
    client = connected(face, script, action_timeout=WAIT)
    began = time.monotonic()
    with pytest.raises(libami.OutcomeUnknown, match="not told in time"):
        face.do(lambda: client.originate("PJSIP/100", timeout=0.1, deadline=0.2, **PLACE))
    assert 0.25 < time.monotonic() - began < WAIT
    assert isinstance(face.do(client.ping), float)
    face.do(client.close)


@pytest.mark.parametrize("reconnects", [True, False])
def test_originate_stops_waiting_when_the_link_is_lost(face: Face, script: Script, reconnects: bool) -> None:
    """Once the answer was read, which a callback tells of for an event behind it."""
    reconnect = libami.Reconnect(min=0.05) if reconnects else None
    client = connected(face, script, reconnect=reconnect, action_timeout=3 * WAIT)
    script.on("Originate", TAKEN, "Event: Behind\r\n\r\n")
    subscription = face.do(lambda: client.on("Behind", lambda _: script.drop()))
    began = time.monotonic()
    with pytest.raises(libami.OutcomeUnknown, match="took the call on"):
        face.do(lambda: client.originate("PJSIP/100", timeout=30, **PLACE))
    assert time.monotonic() - began < 2 * WAIT
    del subscription
    face.do(client.close)


def test_originate_is_unharmed_by_a_gap_before_it_was_sent(face: Face, script: Script) -> None:
    client = connected(face, script, reconnect=libami.Reconnect(min=0.3, wait=True), action_timeout=WAIT)
    script.on("Originate", TAKEN, told(4, answered=True))
    script.drop()
    face.do(lambda: client.wait_for_state("waiting", WAIT))
    assert face.do(lambda: client.originate("PJSIP/100", **PLACE)).answered
    face.do(client.close)


def test_wrong_arguments_are_refused(face: Face, script: Script) -> None:
    client = connected(face, script)
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({}, libami.InvalidValue, "application="),
        ({"context": "x"}, libami.InvalidValue, "exten="),
        ({**PLACE, "application": "Wait"}, libami.InvalidValue, "application="),
        ({"application": "Wait", "priority": 1}, libami.InvalidValue, "application="),
        ({**PLACE, "color": "red"}, TypeError, "no argument named color"),
        ({**PLACE, "timeout": "soon"}, TypeError, "timeout"),
        ({**PLACE, "timeout": 0}, libami.InvalidValue, "timeout"),
        ({**PLACE, "variable": "A=1"}, TypeError, "variable"),
        ({**PLACE, "variable": {"A B": "1"}}, libami.InvalidValue, "variable's name"),
        ({**PLACE, "caller_id": object()}, TypeError, "caller_id"),
        ({**PLACE, "caller_id": "x\r\nAction: Logoff"}, libami.InvalidValue, "CallerID"),
    ]
    for arguments, kind, words in wrong:
        with pytest.raises(kind, match=words):
            face.do(partial(client.originate, "PJSIP/100", **arguments))
    with pytest.raises(libami.InvalidValue, match="channel"):
        face.do(lambda: client.originate("", **PLACE))
    assert not script.count("Originate")
    face.do(client.close)


def test_many_calls_at_once_get_their_own_outcomes(face: Face, script: Script) -> None:
    def answer(_script: Script, _name: str, headers: Any) -> list[str]:
        busy = dict(headers)["Channel"].endswith("1")
        return [told(5) if busy else told(4, answered=True), TAKEN]

    script.answers["Originate"] = answer
    client = connected(face, script)
    channels = [f"PJSIP/{number}{number % 2}" for number in range(20)]
    if face.runner:

        async def calls() -> list[libami.Originated]:
            return list(await asyncio.gather(*(client.originate(channel, **PLACE) for channel in channels)))

        outcomes = face.runner.run(calls())
    else:
        with ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(lambda channel: client.originate(channel, **PLACE), channels))
    assert [outcome.reason for outcome in outcomes] == ["answered", "busy"] * 10
    face.do(client.close)


def test_close_ends_the_wait(script: Script) -> None:
    script.on("Originate", TAKEN)
    client = libami.connect("127.0.0.1", script.port, username="admin", secret=SECRET)
    errors: list[BaseException] = []

    def call() -> None:
        try:
            client.originate("PJSIP/100", **PLACE)
        except libami.Error as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    script.wait_for("Originate")
    client.close()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert isinstance(errors[0], libami.OutcomeUnknown | libami.ClosedError)


def test_both_faces_take_the_same() -> None:
    ours, theirs = (inspect.signature(kind.originate) for kind in (libami.Client, libami.aio.Client))
    assert list(ours.parameters) == list(theirs.parameters)
