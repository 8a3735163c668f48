"""Sending through gateways."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import Future
from functools import partial
from typing import Any, get_args

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import LOOPS, SECRET, WAIT, Collected, Face, all_left
from gateways import DONGLES, LONG, MODELS, first_port, opened, outcome, settings, submitted, wait_until
from libami.simulator import Activity, Model, Simulator, SpanState


def test_send_takes_the_same_on_both_faces() -> None:
    for name in ("send", "submit"):
        blocking = inspect.signature(getattr(libami.gateway.Gateway, name))
        asynchronous = inspect.signature(getattr(libami.aio.gateway.Gateway, name))
        assert blocking.parameters == asynchronous.parameters
        assert list(blocking.parameters)[:5] == ["self", "to", "text", "port", "timeout"]
        assert blocking.parameters["port"].default is None
    public = {name for name in dir(libami.gateway.Gateway) if not name.startswith("_")}
    # A loop has tasks for many actions at once.
    public -= {"map", "submit_action"}
    assert public == {name for name in dir(libami.aio.gateway.Gateway) if not name.startswith("_")}


def test_receipt_and_its_parts(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as sender:
        receipt = face.do(lambda: sender.send("13632919026", LONG, port="2", id="order-7", timeout=20))
        assert (receipt.outcome, receipt.port, receipt.span) == ("sent", "2", 2)
        assert (receipt.id, receipt.destination) == ("order-7", "13632919026")
        assert repr(receipt) == "<libami.Receipt sent through port 2>"
        assert receipt.parts == len(receipt.each_part) == sender.parts(LONG).count == 4
        for part in receipt.each_part:
            assert part.outcome == "sent"
            assert part.words.endswith("SUCCESSFULLY")
            assert repr(part) == "<libami.PartReceipt sent>"
        assert "".join(sms.text for sms in gateway.aired) == LONG


def test_send_ends_with_a_part_that_fails(face: Face, gateway: Simulator) -> None:
    gateway.next_outcomes(1, ["sent", "failed"])
    with opened(face, gateway) as sender, pytest.raises(libami.SmsFailed, match="1 of 4 parts") as raised:
        face.do(lambda: sender.send("136", LONG, port=1))
    receipt = raised.value.receipt
    assert receipt is not None
    assert [part.outcome for part in receipt.each_part] == ["sent", "failed", "not-sent", "not-sent"]
    assert receipt.outcome == "failed"
    assert receipt.each_part[3].words == ""


@pytest.mark.parametrize("model", MODELS)
def test_send_through_every_model(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET) as sim, opened(face, sim) as gateway:
        port = first_port(model)
        receipt = face.do(lambda: gateway.send("10086", "hello", port=port, id="mine"))
        assert receipt.outcome == "sent"
        assert (receipt.port, receipt.span) == (str(port), 0 if model in DONGLES else port)
        assert [(sms.text, sms.id) for sms in sim.sent] == [("hello", "mine")]
        wrong: int | str = 1 if model in DONGLES else "dongle0"
        with pytest.raises(libami.InvalidValue, match="ports"):
            face.do(lambda: gateway.send("10086", "hello", port=wrong))


@pytest.mark.parametrize("older", [False, True])
def test_parts_of_dongles_are_those_of_the_driver(face: Face, older: bool) -> None:
    with Simulator(model="dongle", dongle_2019=older, secret=SECRET) as sim, opened(face, sim) as gateway:
        assert gateway.parts("x" * 306).count == (2 if older else 3)
        send = partial(gateway.send, "10086", port="dongle0", timeout=5)
        assert face.do(lambda: send('say "hi"\n')).outcome == "sent"
        assert sim.sent[0].text == 'say "hi"\n'
        assert sim.sent[0].command == ("DongleSendPDU" if older else "DongleSendSMS")
        if older:
            assert face.do(lambda: send("hello", flash=True)).outcome == "sent"
            return
        with pytest.raises(libami.InvalidValue, match="160 septets exactly"):
            face.do(lambda: send("x" * 160))
        with pytest.raises(libami.Error) as raised:
            face.do(lambda: send("hello", flash=True))
        assert raised.value.code == 7


def test_send_when_a_dongle_is_dropped(face: Face) -> None:
    with Simulator(model="dongle", secret=SECRET) as sim, opened(face, sim) as gateway:
        sim.set_latency(1, 3600)
        first, second = (
            submitted(face, gateway, "10086", text, port="dongle0", timeout=100) for text in ("a", "b")
        )
        wait_until(lambda: sim.sent)
        sim.set_state(1, SpanState(power=False))
        for sending, kind, said in (
            (first, libami.OutcomeUnknown, "unknown"),
            (second, libami.SmsFailed, "not-sent"),
        ):
            error = outcome(face, sending)
            assert isinstance(error, kind)
            assert "let go of port dongle0" in str(error)
            assert error.receipt is not None
            assert error.receipt.outcome == said
        assert [sms.text for sms in sim.sent] == ["a"]


def test_ports_of_dongles_are_up_during_calls(face: Face) -> None:
    with Simulator(model="dongle", secret=SECRET) as sim, opened(face, sim) as gateway:
        for activity in get_args(Activity):
            sim.set_activity(1, activity)
            port = face.do(gateway.ports)[0]
            assert (port.is_up, port.has_power, port.words.lower()) == (True, True, activity)
        face.do(lambda: gateway.power("dongle0", "off"))
        port = face.do(gateway.ports)[0]
        assert (port.is_up, port.has_power, port.signal, port.own_number) == (False, False, None, None)
        with pytest.raises(libami.ActionError, match="nosuch"):
            face.do(lambda: gateway.reload("nosuch"))


def test_ussd_reply_that_a_call_waited_for_is_not_in_the_inbox(face: Face) -> None:
    with Simulator(model="dongle", secret=SECRET) as sim, opened(face, sim) as gateway:
        sim.set_ussd("*100#", "balance 5")
        inbox = face.do(lambda: gateway.inbox(timeout=WAIT))
        assert face.do(lambda: gateway.send_ussd("dongle0", "*100#", timeout=WAIT)).text == "balance 5"
        sim.deliver_ussd(1, "by itself")
        assert face.next(inbox).text == "by itself"


def test_send_by_pdu(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as sender:
        for text, more in (
            ("hello", {"flash": True}),
            ("two\nlines", {}),
            ("hello", {"pdu": True}),
            ("hello", {"validity": 3600.0, "report": True}),
        ):
            receipt = face.do(partial(sender.send, "136", text, port=1, **more))
            sent = gateway.sent[-1]
            assert sent.pdu, more
            assert receipt.outcome == "queued"
            assert (sent.text, sent.flash) == (text, "flash" in more)
            assert (sent.report, sent.validity) == ("report" in more, 60 if "validity" in more else None)


def test_send_side_by_side_and_by_priority(face: Face, gateway: Simulator) -> None:
    for span in (1, 2, 3, 4):
        gateway.set_latency(span, 0.1)
    with opened(face, gateway) as sender:
        sendings = [submitted(face, sender, "136", "first", port=1, timeout=100)]
        wait_until(lambda: gateway.sent)
        for text, priority in (("low", "low"), ("a", "normal"), ("high", "high"), ("b", "normal")):
            sendings.append(submitted(face, sender, "136", text, port=1, priority=priority, timeout=100))
        sendings += [
            submitted(face, sender, "136", "other", port=span, timeout=100)
            for span in (2, 3, 4)
            for _ in range(5)
        ]
        receipts = [outcome(face, sending) for sending in sendings]
    assert [(receipt.outcome, receipt.span) for receipt in receipts] == [
        ("sent", span) for span in (1, 2, 3, 4) for _ in range(5)
    ]
    assert [sms.text for sms in gateway.sent if sms.span == 1] == ["first", "high", "a", "b", "low"]
    # All of the first port's were there first, and the others did not wait for them.
    before = gateway.sent[: max(at for at, sms in enumerate(gateway.sent) if sms.span == 1)]
    assert {sms.span for sms in before} == {1, 2, 3, 4}
    assert {sms.outcome for sms in gateway.sent} == {"sent"}


def test_send_tries_a_busy_port_again(face: Face, gateway: Simulator) -> None:
    gateway.next_outcomes(1, ["busy", "busy"])
    with opened(face, gateway) as sender:
        assert face.do(lambda: sender.send("136", "hello", port=1, timeout=5)).outcome == "sent"
        assert len(gateway.aired) == 1
        gateway.set_outcome(1, "busy")
        with pytest.raises(libami.SmsBusy) as raised:
            face.do(lambda: sender.send("136", "hello", port=1, within=0.7))
        assert raised.value.receipt is not None
        assert raised.value.receipt.outcome == "busy"
        assert len(gateway.aired) == 1


@pytest.mark.parametrize(
    ("result", "error", "known"),
    [("failed", libami.SmsFailed, "failed"), ("timeout", libami.OutcomeUnknown, "unknown")],
)
def test_send_with_an_unknown_outcome(
    face: Face, gateway: Simulator, result: Any, error: type[libami.Error], known: str
) -> None:
    gateway.set_outcome(2, result)
    with opened(face, gateway) as sender:
        with pytest.raises(error) as raised:
            face.do(lambda: sender.send("136", "hello", port=2, timeout=1, id="x"))
        told = outcome(face, submitted(face, sender, "136", "hello", port=2, timeout=1, id="x"))
    assert type(told) is error
    for each in (raised.value, told):
        assert each.receipt is not None
        assert (each.receipt.outcome, each.receipt.port, each.receipt.id) == (known, "2", "x")
    assert len(gateway.sent) == 2


def test_send_queue_that_is_full_and_close(face: Face, gateway: Simulator) -> None:
    gateway.set_latency(1, 0.5)
    with opened(face, gateway, send_queue=3) as sender:
        under_way = submitted(face, sender, "136", "hello", port=1, id="0", timeout=100)
        wait_until(lambda: gateway.sent)
        waiting = [
            submitted(face, sender, "136", "hello", port=1, id=str(id), timeout=100) for id in (1, 2, 3)
        ]
        assert [sender.waiting(port) for port in (1, "1", 2)] == [3, 3, 0]
        for call in (sender.submit, sender.send):
            with pytest.raises(libami.QueueFull) as full:
                face.do(partial(call, "136", "hello", port=1, id="4"))
            assert full.value.receipt is not None
            assert (full.value.receipt.id, full.value.receipt.outcome) == ("4", "not-sent")
        if not face.runner:
            assert [sending.cancel() for sending in (under_way, *waiting)] == [False] * 4
        not_sent = face.do(sender.close)
        assert [(receipt.id, receipt.outcome) for receipt in not_sent] == [
            ("1", "not-sent"),
            ("2", "not-sent"),
            ("3", "not-sent"),
        ]
        assert outcome(face, under_way).outcome == "sent"
        for sending, id in zip(waiting, ("1", "2", "3"), strict=True):
            error = outcome(face, sending)
            assert type(error) is libami.ClosedError
            assert error.receipt is not None
            assert (error.receipt.id, error.receipt.outcome) == (id, "not-sent")
        assert face.do(sender.close) == []
    assert len(gateway.sent) == 1


def test_send_within_a_time(face: Face, gateway: Simulator) -> None:
    gateway.set_latency(1, 0.4)
    with opened(face, gateway) as sender:
        first = submitted(face, sender, "136", "hello", port=1, timeout=100)
        with pytest.raises(libami.TimeoutError) as raised:
            face.do(lambda: sender.send("136", "hello", port=1, within=0.1))
        assert raised.value.receipt is not None
        assert raised.value.receipt.outcome == "not-sent"
        assert outcome(face, first).outcome == "sent"
    assert len(gateway.sent) == 1


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"to": "12a"}, libami.InvalidValue),
        ({"text": ""}, libami.InvalidValue),
        ({"text": "\ud800"}, libami.InvalidValue),
        ({"id": "two words"}, libami.InvalidValue),
        ({"port": 0}, libami.InvalidValue),
        ({"port": -1}, libami.InvalidValue),
        ({"port": ""}, libami.InvalidValue),
        ({"port": 1.5}, TypeError),
        ({"priority": "urgent"}, libami.InvalidValue),
        ({"timeout": 0}, libami.InvalidValue),
        ({"validity": -1.0}, libami.InvalidValue),
        ({"within": float("nan")}, libami.InvalidValue),
        ({"text": None}, TypeError),
        ({"colour": "red"}, TypeError),
    ],
)
def test_send_refuses_at_once(
    face: Face, gateway: Simulator, message: dict[str, Any], error: type[Exception]
) -> None:
    with opened(face, gateway) as sender:
        for call in (sender.send, sender.submit):
            with pytest.raises(error):
                face.do(partial(call, **{"to": "136", "text": "hello", **message}))
    assert not gateway.sent


def test_submit_tells_waiting_threads_and_functions(gateway: Simulator) -> None:
    with libami.gateway.connect(**settings(gateway)) as sender:
        told: Collected[Future[libami.Receipt]] = Collected()
        future = sender.submit("136", "hello", port=1)
        future.add_done_callback(told)
        assert told.next() is future
        # It runs where it may use the gateway, and close it.
        closed: Collected[Any] = Collected()
        sender.submit("136", "hello", port=1).add_done_callback(lambda future: closed(sender.close()))
        assert closed.next() == []
    assert all_left(gateway)


@pytest.mark.parametrize("loop", LOOPS)
def test_send_cancelled_before_its_turn(gateway: Simulator, loop: Any) -> None:
    async def program() -> None:
        async with libami.aio.gateway.connect(**settings(gateway)) as sender:
            first = sender.submit("136", "first", port=1, timeout=100)
            given_up = asyncio.create_task(sender.send("136", "given up", port=1))
            submitted = sender.submit("136", "submitted", port=1)
            async with asyncio.timeout(WAIT):
                while sender.waiting(1) != 2:
                    await asyncio.sleep(0.001)
            given_up.cancel()
            submitted.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            assert (await first).outcome == "sent"
            assert (await sender.send("136", "last", port=1)).outcome == "sent"

    gateway.set_latency(1, 0.3)
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(program())
    # What was submitted is not taken back.
    assert [sms.text for sms in gateway.sent] == ["first", "submitted", "last"]


def test_send_says_the_most_that_a_dialect_can(face: Face) -> None:
    with Simulator(model="openvox-2013", secret=SECRET) as sim, opened(face, sim) as sender:
        with pytest.raises(libami.InvalidValue, match="several shorter texts") as raised:
            face.do(lambda: sender.send("136", 161 * "x", port=1))
        assert "queue" not in str(raised.value)
        assert face.do(lambda: sender.send("136", 160 * "x", port=1, timeout=100)).outcome == "sent"


def test_submit_many_at_once(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway, send_queue=200) as sender:
        sendings = [
            submitted(face, sender, "136", f"message {number}", port=1 + number % 4) for number in range(200)
        ]
        assert {outcome(face, sending).outcome for sending in sendings} == {"sent"}
    assert sorted(sms.text for sms in gateway.sent) == sorted(f"message {number}" for number in range(200))
