"""The inbox of a gateway."""

from __future__ import annotations

from functools import partial
from typing import Any

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import SECRET, WAIT, Collected, Face, wait_for
from gateways import DONGLES, LONG, MODELS, opened, wait_until
from libami.gateway import Event, Report, Sms, Unreadable, Ussd
from libami.simulator import Model, Simulator


@pytest.mark.parametrize("model", MODELS)
def test_inbox_puts_parts_together(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET) as sim, opened(face, sim) as gateway:
        inbox = face.do(lambda: gateway.inbox(timeout=WAIT))
        span = sim.spans[1]
        in_parts = model != "openvox-2013"
        sim.deliver_sms(span, "10086", LONG, parts=[3, 1, 4, 2] if in_parts else [])
        sms = face.next(inbox)
        assert type(sms) is Sms
        assert (sms.sender, sms.text, sms.is_complete, sms.missing) == ("10086", LONG, True, ())
        assert sms.port == (f"{model}{span - 1}" if model in DONGLES else str(span))
        if in_parts:
            assert sms.parts == 4
        if model == "openvox":
            assert sms.smsc == "+8613800755500"
            assert [libami.pdu.decode(pdu).user_data.part.index for pdu in sms.pdus] == [1, 2, 3, 4]  # type: ignore[union-attr]
            assert len(sms.raw) >= 400
        assert sms.message_class is None


def test_inbox_tells_missing_parts(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway, parts_timeout=0.2) as reader:
        inbox = face.do(lambda: reader.inbox(timeout=WAIT))
        gateway.deliver_sms(1, "10086", LONG, parts=[1, 3])
        gateway.deliver_sms(1, "10086", "now", flash=True)
        sms = face.next(inbox)
        assert (sms.text, sms.message_class, sms.is_complete) == ("now", 0, True)
        sms = face.next(inbox)
        assert (sms.parts, sms.missing, sms.is_complete) == (4, (2, 4), False)
        assert repr(sms).startswith("<libami.Sms on port 1 at ")


@pytest.mark.parametrize("model", ["openvox", "dongle", "quectel"])
def test_inbox_gives_the_octets_of_data(face: Face, model: Model) -> None:
    notice = "0791947101670000440B913306000020F10004623040214365400A0605040B8423F0010603"
    with Simulator(model=model, secret=SECRET) as sim, opened(face, sim) as gateway:
        inbox = face.do(lambda: gateway.inbox(timeout=WAIT))
        sim.deliver_sms(1, "10086", "", pdu=notice)
        sms = face.next(inbox)
        assert (sms.sender, sms.text, sms.data, sms.application_port) == ("+33600000021", "", b"\1\6\3", 2948)
        sim.deliver_sms(1, "10086", "a text")
        sms = face.next(inbox)
        assert (sms.text, sms.data, sms.application_port) == ("a text", None, None)


def told(item: libami.gateway.Mail) -> str:
    """What a program may make of it."""
    match item:
        case Sms(sender="10086", text=text):
            return f"sms {text}"
        case Report(outcome="delivered", id=id):
            return f"delivered {id}"
        case Report(outcome=outcome):
            return f"report {outcome}"
        case Ussd(text=text, wants_answer=True):
            return f"menu {text}"
        case Unreadable(why=why):
            return f"unreadable {bool(why)}"
        case Event(name="#gap"):
            return f"gap {item.outage >= 0}"
        case _:
            return repr(item)


def test_inbox_items_can_be_matched(face: Face) -> None:
    with (
        Simulator(model="dongle", secret=SECRET) as sim,
        opened(face, sim, reconnect=libami.Reconnect(min=0.01)) as gateway,
    ):
        inbox = face.do(lambda: gateway.inbox(timeout=WAIT))
        sim.deliver_sms(1, "10086", "您好")
        sim.deliver_report(1, "p-7", sent="2026-01-01 00:00:00", codes=[0])
        sim.deliver_report(2, "p-8", success=False, codes=[70])
        sim.deliver_ussd(2, "1 more", 1)
        items = [face.next(inbox) for _ in range(4)]
        assert [told(item) for item in items] == [
            "sms 您好",
            "delivered p-7",
            "report undelivered",
            "menu 1 more",
        ]
        report = items[1]
        assert (report.port, report.span, report.id) == ("dongle0", 0, "p-7")
        assert repr(report) == "<libami.gateway.Report delivered on port dongle0>"
        assert repr(items[3]) == "<libami.gateway.Ussd on port dongle1>"
        assert (items[3].port, items[3].span, items[3].mode, items[3].id) == ("dongle1", 0, "question", None)
        sim.disconnect_all()
        assert told(face.next(inbox)) == "gap True"
        sim.deliver_sms(1, "10086", "after")
        assert told(face.next(inbox)) == "sms after"
        assert inbox.counters.delivered == 5


def test_inbox_tells_unreadable_messages(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as reader:
        inbox = face.do(lambda: reader.inbox(timeout=WAIT))
        gateway.deliver_sms(1, "10086", "hello", pdu="zz")
        gateway.deliver_sms(1, "10086", "after")
        items = [face.next(inbox)]
        while told(items[-1]) != "sms after":
            items.append(face.next(inbox))
        assert {"unreadable True", "sms hello"} & {told(item) for item in items[:-1]}


def test_inbox_ends_with_a_lost_connection(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as reader:
        inbox = face.do(lambda: reader.inbox(timeout=WAIT))
        assert face.all(face.do(lambda: reader.inbox(timeout=0))) == []
        gateway.deliver_sms(1, "10086", "before")
        wait_until(lambda: inbox.counters.waiting)
        gateway.disconnect_all()
        assert face.next(inbox).text == "before"
        with pytest.raises(libami.ConnectError):
            face.next(inbox)


def test_callbacks(face: Face, gateway: Simulator) -> None:
    every: Collected[Any] = Collected()
    by_name: Collected[Any] = Collected()
    sms: Collected[Any] = Collected()
    with opened(face, gateway, reconnect=libami.Reconnect(min=0.01)) as reader:
        face.do(lambda: reader.on(None, every))
        face.do(lambda: reader.on("#gap, #report", by_name))
        ended = face.do(lambda: reader.on_sms(sms))

        def decorate() -> None:
            reader.on("#sms")(sms)

        face.do(decorate)
        gateway.deliver_sms(3, "10086", "hello")
        for collected in (every, sms, sms):
            item = wait_for(face, collected)
            assert told(item) == "sms hello"
        face.do(ended.close)
        gateway.disconnect_all()
        for collected in (every, by_name):
            assert told(wait_for(face, collected)) == "gap True"
        gateway.deliver_sms(3, "10086", "last")
        assert told(wait_for(face, sms)) == "sms last"
        assert by_name.empty()
        assert sms.empty()
        for names in ("#sms,Newexten", "", "#skipped", "#s*"):
            with pytest.raises(libami.InvalidValue):
                face.do(partial(reader.on, names, print))
        with pytest.raises(TypeError):
            face.do(lambda: reader.on_sms(7))


def test_state_is_told_to_the_end_of_the_connection(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway, reconnect=libami.Reconnect(min=0.01, max=0.02, attempts=3)) as reader:
        states: Collected[Any] = Collected()
        every: Collected[Any] = Collected()
        face.do(lambda: reader.on("#state", states))
        face.do(lambda: reader.on(None, every))
        gateway.disconnect_all()
        seen = [wait_for(face, states) for _ in range(3)]
        assert [(state.kind, state["State"]) for state in seen] == [
            ("state", "waiting"),
            ("state", "connecting"),
            ("state", "open"),
        ]
        gateway.stop()
        while (last := wait_for(face, states))["State"] != "closed":
            pass
        assert "127.0.0.1" in last["Cause"]
        for call in (lambda: reader.on("#state", print), lambda: reader.on_sms(print)):
            with pytest.raises(libami.ConnectError):
                face.do(call)
        assert told(every.next()) == "gap True"
        assert every.empty()
        assert states.empty()


def test_on_sms_brings_sms_alone(face: Face) -> None:
    with Simulator(model="dongle", secret=SECRET) as sim, opened(face, sim) as gateway:
        messages: Collected[Any] = Collected()
        face.do(lambda: gateway.on_sms(messages))
        sim.deliver_report(1, "p-7")
        sim.deliver_ussd(1, "x")
        sim.deliver_sms(1, "10086", "hello")
        assert wait_for(face, messages).text == "hello"
        receipt = face.do(lambda: gateway.send("136", "hello", port="dongle1", id="x"))
        assert (receipt.outcome, receipt.port, receipt.span) == ("sent", "dongle1", 0)
        assert face.do(lambda: gateway.send_ussd("dongle0", "*1#", timeout=5)).text
        assert messages.empty()
