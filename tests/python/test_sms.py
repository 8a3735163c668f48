"""SMS and USSD through a simulated gateway."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

import libami
import libami.gateway
import pytest
from conftest import WAIT, Collected, texts
from libami.gateway import Gateway
from libami.simulator import SentSms, Simulator

TEXT = "say \"hi\" \\ 'x' $y"


def test_sms_that_is_sent_has_its_receipt(gateway: Simulator, sender: Gateway) -> None:
    receipt = sender.send(to="13632919026", text=TEXT, port=1, timeout=20, id="order-7")
    assert receipt.outcome == "sent"
    assert (receipt.span, receipt.destination, receipt.id, receipt.parts) == (1, "13632919026", "order-7", 1)
    assert receipt.words == "ID:order-7 SPAN:1 SEND SMS TO PHONE:13632919026 SUCCESSFULLY"
    assert repr(receipt) == "<libami.Receipt sent through port 1>"
    own = (1, "13632919026", TEXT, "order-7")
    assert gateway.sent == [SentSms(*own, True, "sent", "gsm send sync sms", report=True, validity=5)]


@pytest.mark.parametrize(
    ("outcome", "error", "code", "result"),
    [
        ("failed", libami.SmsFailed, 310, "failed"),
        ("busy", libami.SmsBusy, 311, "busy"),
        ("timeout", libami.OutcomeUnknown, 400, "unknown"),
    ],
)
def test_sms_that_is_not_known_to_be_sent_raises_with_its_receipt(
    gateway: Simulator, sender: Gateway, outcome: str, error: type[libami.Error], code: int, result: str
) -> None:
    gateway.set_outcome(2, outcome)  # type: ignore[arg-type]
    with pytest.raises(error) as raised:
        sender.send("+8613632919026", TEXT, port=2, timeout=2, within=1 if outcome == "busy" else None)
    assert raised.value.code == code
    assert isinstance(raised.value, libami.SmsError) == (code != 400)
    receipt = raised.value.receipt
    assert receipt is not None
    assert (receipt.outcome, receipt.span, receipt.id) == (result, 2, None)
    assert raised.value.peer_message == receipt.words != ""
    # It is tried once, whatever becomes of it; a port that is busy has sent nothing, and is tried again.
    assert len(gateway.sent) == 1 or outcome == "busy"
    assert not gateway.aired
    shown = f"{raised.value!r} {receipt!r}"
    assert TEXT not in shown
    assert "13632919026" not in shown


def test_port_that_the_gateway_does_not_have_fails_the_sms(sender: Gateway) -> None:
    with pytest.raises(libami.SmsFailed, match="Invalid span '9'") as raised:
        sender.send("136", "hello", port=9)
    assert raised.value.receipt is not None
    assert raised.value.receipt.outcome == "failed"


def cut(gateway: Simulator) -> None:
    """Hang up as soon as the gateway has an SMS to send."""
    deadline = time.monotonic() + WAIT
    while not gateway.sent and time.monotonic() < deadline:
        time.sleep(0.01)
    gateway.disconnect_all()


def test_link_that_ends_leaves_the_sms_unknown(gateway: Simulator, sender: Gateway) -> None:
    gateway.set_latency(1, 0.2)
    cutter = threading.Thread(target=cut, args=(gateway,))
    cutter.start()
    with pytest.raises(libami.OutcomeUnknown) as raised:
        sender.send("136", "hello", port=1, timeout=100)
    cutter.join(WAIT)
    assert raised.value.receipt is not None
    assert raised.value.receipt.outcome == "unknown"


def test_sms_that_is_queued_has_its_receipt(gateway: Simulator, sender: Gateway) -> None:
    gateway.set_latency(1, 0.2)
    receipt = sender.send("136", "hello", port=1, id="q", pdu=True)
    assert (receipt.outcome, receipt.words, receipt.id) == ("queued", "", "q")
    (sent,) = gateway.sent
    assert (sent.span, sent.destination, sent.text, sent.id) == (1, "136", "hello", "q")
    assert (sent.command, sent.sync) == ("gsm send pdu", False)


def test_sms_comes_in_by_inbox_and_callback(gateway: Simulator, sender: Gateway) -> None:
    by_callback: Collected[libami.Sms] = Collected()
    sender.on_sms(by_callback)
    with sender.inbox(timeout=WAIT) as inbox:
        assert gateway.deliver_sms(4, "10086", TEXT, "2014/09/11 09:36:47") == 1
        sms = next(texts(inbox))
    for each in (sms, by_callback.next()):
        assert (each.span, each.port, each.sender, each.text) == (4, "4", "10086", TEXT)
        assert each.time == datetime(2014, 9, 11, 9, 36, 47, tzinfo=timezone(timedelta(hours=8)))
        assert each.time_text == "2014-09-11T09:36:47+08:00"
        assert repr(each) == "<libami.Sms on port 4 at 2014-09-11T09:36:47+08:00>"
    assert gateway.deliver_sms(9, "10086", TEXT) == 0


def test_inbox_passes_over_other_events(gateway: Simulator, sender: Gateway) -> None:
    inbox = sender.inbox(timeout=0.3)
    for number in range(100):
        gateway.emit("dialplan", f"Event: Newexten\r\nExtension: {number}\r\n\r\n")
    gateway.deliver_sms(1, "10086", "一")
    gateway.deliver_sms(2, "10086", "二")
    assert [sms.text for sms in texts(inbox)] == ["一", "二"]
    assert iter(inbox) is inbox
    inbox.close()
    assert list(inbox) == []


def test_sms_to_another_port_of_the_gateway_comes_in() -> None:
    with (
        Simulator(numbers=["100", "200"]) as gateway,
        libami.gateway.connect("127.0.0.1", gateway.port, username="admin", secret="amp111") as sender,
        sender.inbox(timeout=WAIT) as inbox,
    ):
        sender.send("200", "hello", port=1)
        sms = next(texts(inbox))
    assert (sms.span, sms.sender, sms.text) == (2, "100", "hello")


def test_ussd_code_is_answered(gateway: Simulator, sender: Gateway) -> None:
    gateway.set_ussd("*100#", "Balance: 7.50\nBye")
    gateway.set_ussd("*200#", "1 More\n2 Less", menu=True)
    reply = sender.send_ussd(port=1, code="*100#", timeout=5)
    assert (reply.text, reply.wants_answer) == ("Balance: 7.50\nBye", False)
    assert repr(reply) == "<libami.UssdReply of 17 characters, wants no answer>"
    menu = sender.send_ussd(1, "*200#")
    assert (menu.text, menu.wants_answer) == ("1 More\n2 Less", True)
    assert repr(menu) == "<libami.UssdReply of 13 characters, wants an answer>"


@pytest.mark.parametrize(
    ("outcome", "error", "code"),
    [
        ("failed", libami.UssdError, 312),
        ("busy", libami.UssdError, 312),
        ("timeout", libami.OutcomeUnknown, 400),
    ],
)
def test_ussd_code_that_fails_raises_its_error(
    gateway: Simulator, sender: Gateway, outcome: str, error: type[libami.Error], code: int
) -> None:
    gateway.set_ussd("*9#", outcome=outcome)  # type: ignore[arg-type]
    with pytest.raises(error) as raised:
        sender.send_ussd(1, "*9#", timeout=2)
    assert raised.value.code == code
    assert raised.value.peer_message
