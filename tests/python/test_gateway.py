"""A gateway as a whole, through both faces, against simulated ones."""

from __future__ import annotations

import asyncio
import gc
import inspect
import socket
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, get_args

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import LOOPS, SECRET, WAIT, Collected, Face, all_left, fake_server, run_python, wait_for
from libami.gateway import Event, Report, Sms, Unreadable, Ussd
from libami.simulator import Activity, Model, Simulator, SpanState

LONG = "".join(f"{number:04} " for number in range(100))
MODELS: tuple[Model, ...] = get_args(Model)
DONGLES = ("dongle", "quectel")


def settings(gateway: Simulator, **more: Any) -> dict[str, Any]:
    usual = {"username": "admin", "secret": SECRET, "action_timeout": WAIT, "port_rest": 0.1}
    return {"host": "127.0.0.1", "port": gateway.port, **usual, **more}


@contextmanager
def opened(face: Face, gateway: Simulator, **more: Any) -> Iterator[Any]:
    module = libami.aio.gateway if face.runner else libami.gateway
    made = module.Gateway(**settings(gateway, **more))
    face.do(made.open)
    try:
        yield made
    finally:
        face.do(made.close)


def submitted(face: Face, gateway: Any, *message: Any, **more: Any) -> Any:
    """What is under way, not awaited."""
    return face.do(lambda: [gateway.submit(*message, **more)])[0]


def outcome(face: Face, sending: Any) -> Any:
    """What it comes to: a receipt, or the error."""
    try:
        return face.do(lambda: sending) if face.runner else sending.result(WAIT)
    except libami.Error as error:
        return error


def wait_until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def first_port(model: Model) -> int | str:
    return f"{model}0" if model in DONGLES else 2 if model == "yeastar" else 1


# Opening and closing


@pytest.mark.parametrize("model", MODELS)
def test_it_finds_out_the_dialect(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET) as sim:
        with opened(face, sim) as gateway:
            assert (gateway.dialect, gateway.is_open, gateway.state) == (model, True, "open")
            label = f"{gateway.__module__}.Gateway"
            assert repr(gateway) == f"<{label} admin@127.0.0.1:{sim.port} (open)>"
        assert (gateway.is_open, gateway.state) == (False, "closed")
        assert repr(gateway) == f"<{label} admin@127.0.0.1:{sim.port}>"
        assert not sim.sent
        assert all_left(sim)


def test_connect_is_a_context_manager(gateway: Simulator) -> None:
    with libami.gateway.connect(**settings(gateway)) as opened:
        assert opened.is_open
    assert not opened.is_open

    async def program() -> None:
        async with libami.aio.gateway.connect(**settings(gateway)) as opened:
            assert opened.is_open
        assert not opened.is_open
        opened = await libami.aio.gateway.connect(**settings(gateway))
        assert opened.is_open
        assert await opened.close() == []

    asyncio.run(program())
    assert all_left(gateway)


def test_a_dialect_that_is_set(face: Face, gateway: Simulator) -> None:
    own = "gsm send sync sms {port} {to} {text} {timeout} {id}"
    with opened(face, gateway, dialect=own) as gateway_:
        assert gateway_.dialect == "a command of the caller's"
        assert face.do(lambda: gateway_.send("136", "hello", port=1, id="x")).outcome == "sent"
        with pytest.raises(libami.Error, match="flash") as raised:
            face.do(lambda: gateway_.send("136", "hello", port=1, flash=True))
        assert raised.value.code == 7
    with pytest.raises(libami.InvalidValue, match="openvox-firmware"), opened(face, gateway, dialect="nokia"):
        pass


def test_what_cannot_be_opened(face: Face, gateway: Simulator) -> None:
    with pytest.raises(libami.AuthError), opened(face, gateway, secret="wrong"):
        pass
    with (
        Simulator(write="system", secret=SECRET) as server,
        pytest.raises(libami.Error, match="choose a dialect") as raised,
        opened(face, server),
    ):
        pass
    assert raised.value.code == 7
    module = libami.aio.gateway if face.runner else libami.gateway
    unopened = module.Gateway(**settings(gateway))
    assert (unopened.state, unopened.is_open) == ("new", False)
    for call in (
        unopened.ports,
        unopened.inbox,
        lambda: unopened.submit("136", "x", port=1),
        lambda: unopened.dialect,
    ):
        with pytest.raises(libami.Error, match="open it first") as raised:
            face.do(call)
        assert raised.value.code == 2
    assert face.do(unopened.close) == []
    with pytest.raises(libami.ClosedError):
        face.do(unopened.open)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("send_queue", 0),
        ("parts_timeout", 0),
        ("port_rest", -1),
        ("port", 0),
        ("dialect", "x {to}"),
    ],
)
def test_settings_that_cannot_work(face: Face, gateway: Simulator, name: str, value: Any) -> None:
    with pytest.raises(libami.InvalidValue), opened(face, gateway, **{name: value}):
        pass


def test_it_is_opened_once_and_closed_for_good(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as once:
        with pytest.raises(libami.Error, match="once"):
            face.do(once.open)
        inbox = face.do(once.inbox)
        assert face.do(once.close) == []
        assert face.do(once.close) == []
        assert face.all(inbox) == []
        for call in (
            once.ports,
            once.inbox,
            lambda: once.send("136", "x", port=1),
            lambda: once.on_sms(print),
        ):
            with pytest.raises(libami.ClosedError):
                face.do(call)
    assert all_left(gateway)


def silent(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.recv(1)


def test_close_cancels_open() -> None:
    with fake_server(silent) as port:
        gateway = libami.gateway.Gateway(
            "127.0.0.1", port, username="admin", secret=SECRET, connect_timeout=60
        )
        closer = threading.Timer(0.2, gateway.close)
        closer.start()
        start = time.monotonic()
        with pytest.raises(libami.ClosedError):
            gateway.open()
        assert time.monotonic() - start < WAIT
        closer.join(WAIT)


@pytest.mark.parametrize("loop", LOOPS)
def test_cancelling_connect_leaves_nothing_behind(loop: Any) -> None:
    async def program(port: int) -> None:
        connecting = libami.aio.gateway.connect("127.0.0.1", port, username="admin", secret=SECRET)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await connecting

    ended: list[bytes] = []
    with (
        fake_server(lambda connection: ended.append(connection.recv(1))) as port,
        asyncio.Runner(loop_factory=loop) as runner,
    ):
        runner.run(program(port))
        wait_until(lambda: ended)
    assert ended == [b""]


def test_one_that_is_forgotten_is_closed_with_a_warning(gateway: Simulator) -> None:
    forgotten: Any = libami.gateway.connect(**settings(gateway))
    forgotten.on_sms(print)

    def forget() -> None:
        nonlocal forgotten
        forgotten = None
        gc.collect()

    with pytest.warns(ResourceWarning, match="was not closed"):
        forget()
    assert all_left(gateway)


# Sending


def test_both_faces_take_the_same() -> None:
    for name in ("send", "submit"):
        blocking = inspect.signature(getattr(libami.gateway.Gateway, name))
        asynchronous = inspect.signature(getattr(libami.aio.gateway.Gateway, name))
        assert blocking.parameters == asynchronous.parameters
        assert list(blocking.parameters)[:5] == ["self", "to", "text", "port", "timeout"]
        assert blocking.parameters["port"].default is None
    public = {name for name in dir(libami.gateway.Gateway) if not name.startswith("_")}
    assert public == {name for name in dir(libami.aio.gateway.Gateway) if not name.startswith("_")}


def test_a_receipt_and_its_parts(face: Face, gateway: Simulator) -> None:
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


def test_a_part_that_fails_ends_it(face: Face, gateway: Simulator) -> None:
    gateway.next_outcomes(1, ["sent", "failed"])
    with opened(face, gateway) as sender, pytest.raises(libami.SmsFailed, match="1 of 4 parts") as raised:
        face.do(lambda: sender.send("136", LONG, port=1))
    receipt = raised.value.receipt
    assert receipt is not None
    assert [part.outcome for part in receipt.each_part] == ["sent", "failed", "not-sent", "not-sent"]
    assert receipt.outcome == "failed"
    assert receipt.each_part[3].words == ""


@pytest.mark.parametrize("model", MODELS)
def test_every_model_sends(face: Face, model: Model) -> None:
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
def test_dongles_make_of_a_text_what_their_driver_does(face: Face, older: bool) -> None:
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


def test_what_a_dongle_had_is_unknown_and_what_waited_is_not_sent(face: Face) -> None:
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


def test_a_dongle_is_up_whatever_it_does(face: Face) -> None:
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


def test_a_reply_that_a_call_waited_for_is_not_in_the_inbox(face: Face) -> None:
    with Simulator(model="dongle", secret=SECRET) as sim, opened(face, sim) as gateway:
        sim.set_ussd("*100#", "balance 5")
        inbox = face.do(lambda: gateway.inbox(timeout=WAIT))
        assert face.do(lambda: gateway.send_ussd("dongle0", "*100#", timeout=WAIT)).text == "balance 5"
        sim.deliver_ussd(1, "by itself")
        assert face.next(inbox).text == "by itself"


def test_what_only_pdus_can_say(face: Face, gateway: Simulator) -> None:
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


def test_ports_send_side_by_side_each_by_priority(face: Face, gateway: Simulator) -> None:
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


def test_a_busy_port_is_asked_again(face: Face, gateway: Simulator) -> None:
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
def test_what_is_not_known_to_be_sent(
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


def test_a_full_queue_and_what_close_leaves_unsent(face: Face, gateway: Simulator) -> None:
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


def test_what_waits_too_long_is_not_sent(face: Face, gateway: Simulator) -> None:
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
def test_what_cannot_be_sent_is_refused_at_once(
    face: Face, gateway: Simulator, message: dict[str, Any], error: type[Exception]
) -> None:
    with opened(face, gateway) as sender:
        for call in (sender.send, sender.submit):
            with pytest.raises(error):
                face.do(partial(call, **{"to": "136", "text": "hello", **message}))
    assert not gateway.sent


def test_a_future_tells_threads_that_wait_and_functions(gateway: Simulator) -> None:
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
def test_what_is_cancelled_before_its_turn_is_not_sent(gateway: Simulator, loop: Any) -> None:
    async def program() -> None:
        async with libami.aio.gateway.connect(**settings(gateway)) as sender:
            first = sender.submit("136", "first", port=1, timeout=100)
            given_up = asyncio.create_task(sender.send("136", "given up", port=1))
            submitted = sender.submit("136", "submitted", port=1)
            await asyncio.sleep(0.05)
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


def test_a_text_that_cannot_go_in_parts_is_told_what_can(face: Face) -> None:
    with Simulator(model="openvox-2013", secret=SECRET) as sim, opened(face, sim) as sender:
        with pytest.raises(libami.InvalidValue, match="several shorter texts") as raised:
            face.do(lambda: sender.send("136", 161 * "x", port=1))
        assert "queue" not in str(raised.value)
        assert face.do(lambda: sender.send("136", 160 * "x", port=1, timeout=100)).outcome == "sent"


def test_many_at_once(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway, send_queue=200) as sender:
        sendings = [
            submitted(face, sender, "136", f"message {number}", port=1 + number % 4) for number in range(200)
        ]
        assert {outcome(face, sending).outcome for sending in sendings} == {"sent"}
    assert sorted(sms.text for sms in gateway.sent) == sorted(f"message {number}" for number in range(200))


# What comes in


@pytest.mark.parametrize("model", MODELS)
def test_parts_come_together(face: Face, model: Model) -> None:
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


def test_what_does_not_come_is_missing(face: Face, gateway: Simulator) -> None:
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
def test_what_is_no_text_is_told_with_its_octets(face: Face, model: Model) -> None:
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


def test_what_comes_in_can_be_matched(face: Face) -> None:
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


def test_what_cannot_be_read(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as reader:
        inbox = face.do(lambda: reader.inbox(timeout=WAIT))
        gateway.deliver_sms(1, "10086", "hello", pdu="zz")
        gateway.deliver_sms(1, "10086", "after")
        items = [face.next(inbox)]
        while told(items[-1]) != "sms after":
            items.append(face.next(inbox))
        assert {"unreadable True", "sms hello"} & {told(item) for item in items[:-1]}


def test_a_link_that_is_lost_ends_the_inbox(face: Face, gateway: Simulator) -> None:
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


def test_the_state_of_the_link_is_told_to_its_end(face: Face, gateway: Simulator) -> None:
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


def test_an_inbox_of_sms_alone(face: Face) -> None:
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


# USSD


@pytest.mark.parametrize("model", MODELS)
def test_a_dialogue(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET) as sim, opened(face, sim) as gateway:
        sim.set_ussd_menu("*100#", ("1 余额\n2 offers", {"2": ("which?", {"9": "thanks"})}))
        port = first_port(model)
        with face.do(lambda: gateway.dial(port, "*100#")) as dialogue:
            assert (dialogue.reply.text, dialogue.is_open) == ("1 余额\n2 offers", True)
            assert face.do(lambda: dialogue.answer("2")).text == dialogue.reply.text == "which?"
            with pytest.raises(libami.InvalidValue):
                face.do(lambda: dialogue.answer(""))
            assert dialogue.is_open
            assert repr(dialogue) == f"<{gateway.__module__}.UssdDialogue (open)>"
            last = face.do(lambda: dialogue.answer("9"))
            assert (last.text, last.wants_answer, dialogue.is_open) == ("thanks", False, False)
            with pytest.raises(libami.Error, match="waits for no answer") as raised:
                face.do(lambda: dialogue.answer("1"))
            assert raised.value.code == 2
        with face.do(lambda: gateway.dial(port, "*100#")) as dialogue:
            assert dialogue.is_open
        assert not dialogue.is_open
        # The network does not know, and takes it for an answer.
        assert not face.do(lambda: gateway.send_ussd(port, "*100#", timeout=5)).wants_answer


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_that_is_given_up_ends_the_dialogue(gateway: Simulator, loop: Any) -> None:
    async def program() -> None:
        async with libami.aio.gateway.connect(**settings(gateway)) as asked:
            dialogue = await asked.dial(1, "*100#")
            gateway.set_latency(1, 0.5)
            answering = asyncio.create_task(dialogue.answer("1"))
            await asyncio.sleep(0.05)
            assert not dialogue.is_open
            with pytest.raises(libami.Error, match="under way") as raised:
                await dialogue.answer("1")
            assert raised.value.code == 2
            answering.cancel()
            with pytest.raises(asyncio.CancelledError):
                await answering
            assert (dialogue.is_open, dialogue.reply.text) == (False, "menu")

    gateway.set_ussd_menu("*100#", ("menu", {"1": ("more", {})}))
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(program())


# Ports


@pytest.mark.parametrize("model", MODELS)
def test_ports_are_shown_and_switched(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET, numbers=["100"]) as sim, opened(face, sim) as gateway:
        sim.set_state(sim.spans[1], SpanState(sim="missing"))
        ports = face.do(gateway.ports)
        port = first_port(model)
        assert [type(port) for port in ports] == [libami.gateway.PortStatus] * 4
        first, second = ports[:2]
        assert (first.port, first.span) == (str(port), port if isinstance(port, int) else 0)
        assert (first.is_up, first.has_power, first.has_sim, first.is_registered) == (True, True, True, True)
        assert not second.is_up
        assert first.operator == "SIMULATED"
        assert first.signal == 23 or model in DONGLES
        assert -113 <= first.dbm <= -51
        assert 0 <= first.bars <= 5
        assert isinstance(first.details, dict)
        for name in ("network_status", "imsi", "imei", "smsc", "own_number", "last_event", "state", "words"):
            assert isinstance(getattr(first, name), str | None)
        assert repr(first) == f"<libami.gateway.PortStatus of port {port}: {first.words}>"
        assert str(first.imsi) not in repr(first)
        if model == "openvox":
            assert (first.state, first.own_number, first.last_event) == ("READY", "100", None)
            assert first.details["Network Name"] == "SIMULATED"

        def power(how: str) -> None:
            face.do(lambda: gateway.power(port, how))

        with pytest.raises(libami.InvalidValue):
            power("up")
        if model in ("yeastar", "openvox-2013"):
            with pytest.raises(libami.Error) as raised:
                power("off")
            assert raised.value.code == (7 if model == "yeastar" else 302)
            return
        power("off")
        assert not sim.state(sim.spans[0]).power
        assert not face.do(gateway.ports)[0].is_up
        power("on")
        power("reset")
        assert sim.state(sim.spans[0]).power
        face.do(lambda: gateway.reload(port))


def test_actions_of_all_kinds(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as asked:
        assert face.do(lambda: asked.action("CoreSettings"))["AsteriskVersion"]
        assert face.do(lambda: asked.command("core show version")).startswith("Asterisk ")
        with pytest.raises(libami.CommandError):
            face.do(lambda: asked.command("no such"))
        with pytest.raises(libami.InvalidValue):
            asked.parts("x" * 40_000)


# Signals, loops and processes


def test_ctrl_c_ends_a_wait_and_what_waits_is_not_sent(gateway: Simulator) -> None:
    gateway.set_latency(1, 3.0)
    done = run_python(
        textwrap.dedent("""
        import signal, sys, time
        import libami.gateway

        def interrupt(number, frame):
            raise KeyboardInterrupt

        signal.signal(signal.SIGALRM, interrupt)
        where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
        with libami.gateway.connect("127.0.0.1", **where) as gateway:
            first = gateway.submit("136", "first", port=1, timeout=100)
            for call in (
                lambda: gateway.send("136", "given up", port=1, timeout=100),
                lambda: next(gateway.inbox()),
                lambda: gateway.send_ussd(1, "*100#"),
                lambda: first.result(30),
            ):
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                start = time.monotonic()
                try:
                    call()
                    raise SystemExit("it was not interrupted")
                except KeyboardInterrupt:
                    assert time.monotonic() - start < 2
            print(first.result(30).outcome, gateway.send("136", "last", port=1, timeout=100).outcome)
        """),
        gateway.port,
        SECRET,
    )
    assert (done.stderr, done.stdout) == ("", "sent sent\n")
    assert [sms.text for sms in gateway.sent] == ["first", "last"]


def test_waits_let_others_run_and_signal_handlers(gateway: Simulator) -> None:
    gateway.set_latency(1, 0.5)
    ticks = []
    with libami.gateway.connect(**settings(gateway)) as sender:
        sending = threading.Thread(target=sender.send, args=("136", "hello"), kwargs={"timeout": 100})
        sending.start()
        while sending.is_alive():
            ticks.append(time.monotonic())
            time.sleep(0.01)
        sending.join()
    assert len(ticks) > 10


@pytest.mark.parametrize("loop", LOOPS)
def test_it_belongs_to_its_loop(gateway: Simulator, loop: Any) -> None:
    async def open_it() -> libami.aio.gateway.Gateway:
        return await libami.aio.gateway.connect(**settings(gateway))

    with asyncio.Runner(loop_factory=loop) as runner, asyncio.Runner(loop_factory=loop) as other:
        opened = runner.run(open_it())
        for call in (
            lambda: opened.send("136", "x", port=1),
            opened.ports,
            lambda: later(opened.inbox),
            lambda: later(partial(opened.on_sms, print)),
            lambda: later(partial(opened.submit, "136", "x")),
        ):
            with pytest.raises(libami.Error, match="another event loop"):
                other.run(call())
        assert not gateway.sent
        runner.run(opened.close())


async def later(call: Callable[[], Any]) -> Any:
    return call()


def test_the_child_of_a_fork_is_told_and_the_parent_is_unharmed(gateway: Simulator) -> None:
    done = run_python(
        textwrap.dedent("""
        import os, sys, warnings
        import libami.gateway
        warnings.simplefilter("ignore")

        where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
        gateway = libami.gateway.connect("127.0.0.1", **where)
        inbox = gateway.inbox(timeout=10)
        gateway.on_sms(print)
        gateway.send("136", "before", port=1)
        dialogue = gateway.dial(1, "*100#")
        child = os.fork()
        if child == 0:
            assert (gateway.state, gateway.is_open) == ("closed", False)
            for call in (
                lambda: gateway.send("136", "x", port=1),
                lambda: gateway.submit("136", "x", port=1),
                lambda: gateway.send_ussd(1, "*100#"),
                lambda: dialogue.answer("1"),
                lambda: gateway.ports(),
                lambda: gateway.power(1, "off"),
                lambda: gateway.action("Ping"),
                lambda: gateway.inbox(),
                lambda: gateway.on_sms(print),
                lambda: gateway.parts("x"),
                lambda: next(inbox),
                gateway.close,
            ):
                try:
                    call()
                except libami.Error as error:
                    assert error.code == 4, repr(error)
                else:
                    raise SystemExit("it was not told")
                if call == gateway.close:
                    break
            # It may have one of its own.
            with libami.gateway.connect("127.0.0.1", **where) as own:
                own.send("136", "child", port=1)
            sys.exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        gateway.send("136", "parent", port=1)
        gateway.close()
        """),
        gateway.port,
        SECRET,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert [sms.text for sms in gateway.sent] == ["before", "child", "parent"]


@pytest.mark.parametrize("end", ["pass", "del gateway", "raise SystemExit(0)"])
def test_the_interpreter_ends_well_with_all_under_way(gateway: Simulator, end: str) -> None:
    gateway.set_latency(1, 0.5)
    code = """
    import sys, time, threading, warnings
    import libami.gateway
    warnings.simplefilter("ignore")

    where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
    gateway = libami.gateway.connect("127.0.0.1", **where)
    gateway.on(None, print)
    futures = [gateway.submit("136", "hello", port=1, timeout=100) for _ in range(3)]
    threading.Thread(target=futures[0].result, daemon=True).start()
    time.sleep(0.1)
    """
    done = run_python(textwrap.dedent(code) + end, gateway.port, SECRET)
    assert (done.stderr, done.returncode) == ("", 0)
    assert all_left(gateway)
    assert len(gateway.sent) == 1


def test_messages_that_are_sent_cost_nothing_afterwards(gateway: Simulator) -> None:
    done = run_python(
        textwrap.dedent("""
        import asyncio, ctypes, gc, sys
        import libami.aio.gateway, libami.gateway

        libc = ctypes.CDLL(None)

        class Info(ctypes.Structure):
            _fields_ = [(f"field{at}", ctypes.c_size_t) for at in range(10)]

        libc.mallinfo2.restype = Info

        def allocated():
            gc.collect()
            info = libc.mallinfo2()
            return info.field4 + info.field7

        where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
        text = "x" * 400

        def some(gateway, count):
            futures = [gateway.submit("136", text, port=1 + at % 4) for at in range(count)]
            assert {future.result(60).outcome for future in futures} == {"sent"}

        async def same(gateway, count):
            futures = [gateway.submit("136", text, port=1 + at % 4) for at in range(count)]
            assert {(await future).outcome for future in futures} == {"sent"}

        with libami.gateway.connect("127.0.0.1", **where) as gateway:
            some(gateway, 200)
            start = allocated()
            some(gateway, 1000)
            print((allocated() - start) // 1000)

        async def program():
            async with libami.aio.gateway.connect("127.0.0.1", **where) as gateway:
                await same(gateway, 200)
                start = allocated()
                await same(gateway, 1000)
                print((allocated() - start) // 1000)

        asyncio.run(program())
        """),
        gateway.port,
        SECRET,
    )
    assert done.stderr == ""
    for each in done.stdout.split():
        assert int(each) < 200, f"a message that was sent leaves {each} bytes"
