"""Truth of receipts through both faces: ports that rest, ids that are used once; and deadlines of a whole."""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import libami
import pytest
from conftest import SECRET, WAIT, Face, eventually, fake_server
from libami.simulator import Model, Simulator


def open_gateway(face: Face, port: int, **more: Any) -> Any:
    return face.open_gateway("127.0.0.1", port, username="admin", secret=SECRET, **more)


def test_port_rests_for_all_gateways_of_the_process(face: Face, gateway: Simulator) -> None:
    gateway.next_outcomes(1, ["late", "timeout"])
    for text in ("first", "second"):
        sender = open_gateway(face, gateway.port)
        # The second was never sent, and nobody says that it was.
        with pytest.raises(libami.OutcomeUnknown) as raised:
            face.do(functools.partial(sender.send, "136", text, port=1, timeout=1))
        assert raised.value.receipt is not None
        assert raised.value.receipt.outcome == "unknown"
        face.do(sender.close)
    assert [sms.text for sms in gateway.aired] == ["first"]


def test_sms_id_is_that_of_one_sms_at_a_time(face: Face) -> None:
    with Simulator(model="yeastar", secret=SECRET) as sim:
        sender = open_gateway(face, sim.port)
        sim.next_outcomes(2, ["timeout"])
        with pytest.raises(libami.OutcomeUnknown):
            face.do(lambda: sender.send("136", "first", port=2, timeout=0.2, id="mine"))
        # Its report may still come.
        for call in (
            lambda: sender.send("136", "second", port=3, id="mine"),
            lambda: sender.submit("136", "second", port=3, id="mine"),
        ):
            with pytest.raises(libami.InvalidValue, match="the id mine"):
                face.do(call)
        assert face.do(lambda: sender.send("136", "third", port=3, id="another")).outcome == "sent"
        assert [sms.text for sms in sim.sent] == ["first", "third"]
        face.do(sender.close)


@pytest.mark.parametrize("model", ["dongle", "quectel"])
def test_ussd_reply_that_is_late_is_not_the_next_codes(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET) as sim:
        sim.set_ussd("*100#", "balance 5")
        sim.set_ussd("*200#", "bonus 7")
        gateway = open_gateway(face, sim.port, port_rest=2)
        sim.set_latency(1, 1.2)
        with pytest.raises(libami.OutcomeUnknown):
            face.do(lambda: gateway.send_ussd(f"{model}0", "*100#", timeout=0.1))
        sim.set_latency(1, 0)
        assert face.do(lambda: gateway.send_ussd(f"{model}0", "*200#", timeout=20)).text == "bonus 7"
        face.do(gateway.close)


def test_ports_that_do_not_exist_keep_no_sessions(face: Face, gateway: Simulator) -> None:
    sender = open_gateway(face, gateway.port)
    descriptors = len(os.listdir("/proc/self/fd"))
    sendings = face.do(lambda: [sender.submit("136", "hello", port=port) for port in range(100, 150)])
    for sending in sendings:
        with pytest.raises(libami.SmsFailed):
            face.do(functools.partial(asyncio.wait_for, sending, WAIT) if face.runner else sending.result)
    eventually(face, lambda: gateway.sessions == 1)
    eventually(face, lambda: len(os.listdir("/proc/self/fd")) <= descriptors)
    face.do(sender.close)


def talk(connection: socket.socket, answer: Callable[[bytes], bytes | None]) -> None:
    """Let everybody in, and answer commands with what this says, or not at all."""
    with suppress(OSError), connection.makefile("rb") as lines:
        connection.sendall(b"Asterisk Call Manager/1.1\r\n")
        said: dict[bytes, bytes] = {}
        for line in lines:
            name, _, value = line.strip().partition(b": ")
            if name:
                said[name] = value
                continue
            identity, output = b"\r\nActionID: " + said[b"ActionID"], None
            if said[b"Action"] in (b"Challenge", b"Login"):
                connection.sendall(b"Response: Success" + identity + b"\r\nChallenge: 1\r\n\r\n")
            elif said[b"Action"] == b"Command" and (output := answer(said[b"Command"])) is not None:
                head = b"Response: Follows\r\nPrivilege: Command" + identity
                connection.sendall(head + b"\r\n" + output + b"--END COMMAND--\r\n\r\n")
            said = {}


def silence(_command: bytes) -> None:
    """Answer nothing."""


def slow_ports(command: bytes) -> bytes:
    """Show 100 ports, each after a tenth of a second."""
    if command == b"gsm show spans":
        return b"".join(
            b"GSM span %d: Power on, Provisioned, Up, Active,Standard\n" % n for n in range(1, 101)
        )
    time.sleep(0.1)
    return b"Network Name: SLOW\nSignal Quality (0,31): 20\n"


def test_connecting_ends_after_one_action_timeout(face: Face) -> None:
    with fake_server(lambda connection: talk(connection, silence)) as port:
        since = time.monotonic()
        with pytest.raises(libami.TimeoutError, match="choose a dialect"):
            open_gateway(face, port, action_timeout=1)
        assert time.monotonic() - since < 3


def test_ports_have_one_deadline(face: Face) -> None:
    with fake_server(lambda connection: talk(connection, slow_ports)) as port:
        gateway = open_gateway(face, port, dialect="openvox")
        since = time.monotonic()
        ports = face.do(lambda: gateway.ports(timeout=1))
        assert time.monotonic() - since < 3
        assert len(ports) == 100
        complete = [port for port in ports if port.is_complete]
        assert 1 <= len(complete) <= 10
        assert all((port.operator, port.signal) == ("SLOW", 20) for port in complete)
        assert (ports[-1].is_complete, ports[-1].signal, ports[-1].is_up) == (False, None, True)
        with pytest.raises(libami.InvalidValue):
            face.do(lambda: gateway.ports(timeout=0))
        face.do(gateway.close)
