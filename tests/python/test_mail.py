"""The values of mail, receipts and errors: times, outcomes, patterns, copies and pickles."""

from __future__ import annotations

import asyncio
import copy
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, get_args

import libami
import libami.aio
import libami.gateway
import pytest
from conftest import SECRET, WAIT, Face, face_gateway
from libami import _native, pdu
from libami.gateway import Report, Sms, Unreadable, Ussd
from libami.simulator import Simulator, SpanState

EAST = timezone(timedelta(hours=8))
TIME = datetime(2014, 9, 11, 9, 36, 47, tzinfo=EAST)


def received(**headers: str) -> Any:
    """The mail that an event of the inbox brings."""
    told = [(name.encode(), value.encode()) for name, value in headers.items()]
    return _native._mail(("derived", told), "utf-8", "surrogateescape")


# Times


def test_time_of_an_sms_is_aware_where_the_zone_is_told(face: Face, gateway: Simulator) -> None:
    receiver = face_gateway(face, gateway)
    inbox = face.do(lambda: receiver.inbox(timeout=WAIT))
    gateway.deliver_sms(1, "10086", "hello", "2014/09/11 09:36:47")
    sms = face.next(inbox)
    assert sms.time == TIME
    assert sms.time.utcoffset() == timedelta(hours=8)
    assert sms.time_text == "2014-09-11T09:36:47+08:00"
    face.do(receiver.close)


def test_time_of_an_sms_is_naive_where_no_zone_is_told(face: Face, gateway: Simulator) -> None:
    receiver = face_gateway(face, gateway)
    inbox = face.do(lambda: receiver.inbox(timeout=WAIT))
    gateway.deliver_sms(1, "10086", "hello", "2014/09/11 09:36:47", without_variables=True)
    sms = face.next(inbox)
    assert (sms.time, sms.time_text) == (datetime(2014, 9, 11, 9, 36, 47), "2014-09-11T09:36:47")
    assert sms.time.tzinfo is None
    face.do(receiver.close)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "20140911", "2014-06-31T09:36:47", "2014-09-11T24:36:47", "2014-09-11"]
)
def test_time_that_does_not_exist_is_none_and_kept_as_text(text: str) -> None:
    sms = received(Event="#sms", Port="1", Sender="10086", Time=text, Text="hello")
    assert (sms.time, sms.time_text, sms.text) == (None, text, "hello")
    report = received(Event="#report", Port="1", Outcome="sent", Time=text, Done=text)
    assert (report.time, report.done) == (None, None)
    assert (report.time_text, report.done_text) == (text, text)


def test_time_with_a_zone_of_minutes_and_a_time_west_of_utc() -> None:
    sms = received(Event="#sms", Time="2014-09-11T09:36:47-05:30")
    assert sms.time == datetime(2014, 9, 11, 15, 6, 47, tzinfo=UTC)
    assert sms.time.utcoffset() == -timedelta(hours=5, minutes=30)


def test_times_of_a_report_are_datetimes(face: Face) -> None:
    with Simulator(model="dongle", secret=SECRET) as sim:
        receiver = face_gateway(face, sim)
        inbox = face.do(lambda: receiver.inbox(timeout=WAIT))
        sim.deliver_report(1, "p-1", sent="2014-09-11 09:36:47", delivered="2014-09-11 09:36:52")
        report = face.next(inbox)
        assert isinstance(report, Report)
        assert (report.time_text, report.done_text) != (None, None)
        for time, text in ((report.time, report.time_text), (report.done, report.done_text)):
            assert text is not None
            assert time == datetime.fromisoformat(text)
        face.do(receiver.close)


def test_times_of_pdus_are_aware_datetimes() -> None:
    sms = pdu.decode("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
    assert isinstance(sms, pdu.Deliver)
    assert sms.time_text is not None
    assert sms.time == datetime.fromisoformat(sms.time_text)
    assert sms.time is not None
    assert sms.time.astimezone(UTC).utcoffset() == timedelta(0)


# Outcomes


def test_outcomes_are_words_without_blanks(face: Face) -> None:
    known = get_args(libami.gateway.Outcome)
    assert len(known) == 8
    for name in known:
        assert " " not in name
        assert received(Event="#report", Outcome=name).outcome == name
    assert received(Event="#report", Outcome="not sent").outcome == "unknown"
    with Simulator(secret=SECRET) as sim:
        sender = face_gateway(face, sim)
        sim.set_outcome(1, "failed")
        with pytest.raises(libami.SmsFailed) as raised:
            face.do(lambda: sender.send("136", "0123456789" * 40, port=1))
        assert raised.value.receipt is not None
        assert [part.outcome for part in raised.value.receipt.each_part] == ["failed", "not-sent", "not-sent"]
        face.do(sender.close)


# Patterns


def matched(thing: object) -> str:
    match thing:
        case Sms(sender, text):
            return f"sms {sender} {text}"
        case Report("delivered"):
            return "delivered"
        case Report(outcome):
            return f"report {outcome}"
        case Ussd(text):
            return f"ussd {text}"
        case Unreadable(why):
            return f"unreadable {why}"
        case libami.Event("Hangup"):
            return "hangup"
        case libami.Event(name):
            return f"event {name}"
        case libami.Response(events, output):
            return f"response {len(events)} {output}"
        case _:
            return "something else"


def test_match_args_name_what_a_pattern_asks_for_first(gateway: Simulator, client: libami.Client) -> None:
    assert matched(received(Event="#sms", Sender="10086", Text="hello")) == "sms 10086 hello"
    assert matched(received(Event="#report", Outcome="delivered")) == "delivered"
    assert matched(received(Event="#report", Outcome="sent")) == "report sent"
    assert matched(received(Event="#ussd", Text="balance")) == "ussd balance"
    assert matched(received(Event="#unreadable", Why="odd")) == "unreadable odd"
    events = client.events("Hangup", "Newchannel", timeout=WAIT)
    for name in ("Hangup", "Newchannel"):
        gateway.emit("call", f"Event: {name}\r\n\r\n")
    assert [matched(next(events)) for _ in range(2)] == ["hangup", "event Newchannel"]
    assert matched(client.action("Ping")) == "response 0 None"


def test_kind_of_an_event_is_in_the_stub(gateway: Simulator, client: libami.Client) -> None:
    told = [(b"Event", b"#x")]
    kinds = ("server", "lagged", "gap", "state", "skipped", "derived")
    for kind in kinds:
        pickled = "event" if kind == "server" else kind
        assert _native._event((pickled, told), "utf-8", "strict").kind == kind
    stub = Path(libami.__file__).with_name("_native.pyi").read_text()
    listed = re.search(r"def kind\(self\) -> Literal\[([^]]+)\]", stub)
    assert listed is not None
    assert listed[1] == ", ".join(f'"{kind}"' for kind in kinds)


# Copies and pickles

MAIL = [
    {"Event": "#sms", "Port": "1", "Sender": "10086", "Time": "2014-09-11T09:36:47+08:00", "Text": "您好"},
    {"Event": "#report", "Port": "1", "Id": "x", "Outcome": "delivered", "Done": "2014-09-11T09:36:47"},
    {"Event": "#ussd", "Port": "1", "Text": "1 More", "Mode": "question"},
    {"Event": "#unreadable", "Port": "1", "Why": "odd", "Raw": "raw"},
]


def values(mail: Any) -> dict[str, Any]:
    names = [name for name in dir(mail) if not name.startswith("_")]
    return {name: getattr(mail, name) for name in names}


@pytest.mark.parametrize("headers", MAIL, ids=lambda headers: headers["Event"])
def test_pickle_of_mail_keeps_all_values(headers: dict[str, str]) -> None:
    mail = received(**headers)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(mail, protocol))
        assert type(again) is type(mail)
        assert values(again) == values(mail)
        assert repr(again) == repr(mail)
    assert copy.copy(mail) is mail
    assert copy.deepcopy([mail])[0] is mail


def test_pickle_of_an_sms_that_came_in(face: Face, gateway: Simulator) -> None:
    receiver = face_gateway(face, gateway)
    inbox = face.do(lambda: receiver.inbox(timeout=WAIT))
    gateway.deliver_sms(2, "10086", "您好" * 50, "2014/09/11 09:36:47")
    sms = face.next(inbox)
    again = pickle.loads(pickle.dumps(sms))
    assert values(again) == values(sms)
    assert (again.parts, again.time) == (2, TIME)
    face.do(receiver.close)


# Names


def test_names_of_python_itself_are_not_hidden() -> None:
    assert "TimeoutError" not in libami.__all__
    assert "PermissionError" not in libami.__all__
    assert issubclass(libami.TimeoutError, TimeoutError)
    assert issubclass(libami.PermissionError, PermissionError)
    names: dict[str, Any] = {}
    exec("from libami import *", names)
    assert names.keys() >= set(libami.__all__)
    assert "TimeoutError" not in names


def test_error_name_is_that_of_the_status(gateway: Simulator) -> None:
    with pytest.raises(libami.AuthError) as raised:
        libami.connect("127.0.0.1", gateway.port, username="admin", secret="wrong")
    assert (raised.value.code, raised.value.name) == (203, "AMI_E_AUTH")


def test_sms_and_ussd_are_for_gateways_alone(client: libami.Client) -> None:
    for name in ("send_sms", "queue_sms", "send_ussd", "inbox", "on_sms"):
        for kind in (libami.Client, libami.aio.Client, _native.Client):
            assert not hasattr(kind, name), (kind, name)


# The port that a gateway chooses


def outcome(face: Face, sending: Any) -> Any:
    return face.do(partial(asyncio.wait_for, sending, WAIT) if face.runner else sending.result)


def test_port_none_has_the_gateway_choose(face: Face, gateway: Simulator) -> None:
    sender = face_gateway(face, gateway)
    gateway.set_state(2, SpanState(registration="denied"))
    ports = [face.do(lambda: sender.send("136", "hello")).port for _ in range(6)]
    assert sorted(ports) == ["1", "1", "3", "3", "4", "4"]
    sendings = face.do(lambda: [sender.submit("136", "hello") for _ in range(3)])
    receipts = [
        face.do(partial(asyncio.wait_for, sending, WAIT) if face.runner else sending.result)
        for sending in sendings
    ]
    assert sorted(receipt.span for receipt in receipts) == [1, 3, 4]
    assert face.do(lambda: sender.send("136", "hello", port=None)).outcome == "sent"
    face.do(sender.close)


def test_port_none_without_a_ready_port_says_so(face: Face) -> None:
    with Simulator(secret=SECRET, spans=1) as sim:
        sim.set_state(1, SpanState(power=False))
        sender = face_gateway(face, sim)
        with pytest.raises(libami.SmsFailed, match="none of the gateway's 1 ports is ready") as raised:
            face.do(lambda: sender.send("136", "hello"))
        assert raised.value.receipt is not None
        assert raised.value.receipt.outcome == "not-sent"
        assert sim.sent == []
        face.do(sender.close)
