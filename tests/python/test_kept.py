"""Callbacks and what keeps them: subscriptions keep their client, and the end of a link is told."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
import weakref
from functools import partial
from typing import Any

import libami
import libami.aio
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import SECRET, WAIT, Collected, Face, eventually
from libami.simulator import Simulator
from scripted import Script

SETTINGS: dict[str, Any] = {"username": "admin", "secret": SECRET}
TEXT = "a connection is over, and its callbacks get nothing more"


def peer_of(face: Face, port: int, where: str, **settings: Any) -> Any:
    module: Any = libami.aio if face.runner else libami
    if where == "gateway":
        module = libami.aio.gateway if face.runner else libami.gateway
        settings["dialect"] = "openvox"
    kind = module.Gateway if where == "gateway" else module.Client
    peer = kind("127.0.0.1", port, **SETTINGS, **settings)
    face.do(peer.open)
    return peer


@pytest.mark.parametrize("where", ["client", "gateway"])
def test_subscription_keeps_its_client(face: Face, gateway: Simulator, where: str) -> None:
    def start() -> tuple[Any, Any]:
        peer = peer_of(face, gateway.port, where)
        subscription = face.do(lambda: peer.on("#sms" if where == "gateway" else "Newexten", messages))
        return subscription, weakref.ref(peer)

    messages: Collected[Any] = Collected()
    subscription, peer = start()
    gc.collect()
    for number in range(3):
        if where == "gateway":
            gateway.deliver_sms(1, "10086", f"message {number}")
        else:
            gateway.emit("dialplan", f"Event: Newexten\r\nText: message {number}\r\n\r\n")
        eventually(face, lambda: not messages.empty())
        message = messages.next()
        assert (message.text if where == "gateway" else message["Text"]) == f"message {number}"
        gc.collect()
    assert peer() is not None
    face.do(peer().close)
    face.do(subscription.close)
    del subscription
    gc.collect()
    eventually(face, lambda: gc.collect() >= 0 and peer() is None)


def test_subscription_that_is_closed_keeps_nothing(face: Face, gateway: Simulator) -> None:
    def start() -> tuple[Any, Any]:
        client = peer_of(face, gateway.port, "client")
        subscription = face.do(lambda: client.on("Hangup", print))
        face.do(subscription.close)
        face.do(client.close)
        return subscription, weakref.ref(client)

    subscription, client = start()
    eventually(face, lambda: gc.collect() >= 0 and client() is None)
    assert subscription.counters.received == 0


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_subscription_in_a_cycle_with_its_client_is_collected(face: Face, gateway: Simulator) -> None:
    def start() -> Any:
        client = peer_of(face, gateway.port, "client")
        client.subscription = face.do(lambda: client.on("Hangup", print))
        return weakref.ref(client)

    client = start()
    eventually(face, lambda: gc.collect() >= 0 and client() is None)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize("where", ["client", "gateway"])
def test_link_with_callbacks_has_its_end_logged_once(
    face: Face, script: Script, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    peer = peer_of(face, script.port, where)
    names = ["#gap", "#lagged", "#sms"] if where == "gateway" else ["Hangup", "Newchannel", "#gap"]
    for name in names:
        face.do(partial(peer.on, name, print))
    assert warnings(caplog) == []
    script.drop()
    eventually(face, lambda: peer.state == "closed" and warnings(caplog))
    time.sleep(0.05)
    face.do(lambda: asyncio.sleep(0.05) if face.runner else None)
    told = warnings(caplog)
    assert len(told) == 1
    assert told[0].startswith(f"{TEXT}: ")
    with pytest.raises(libami.ConnectError):
        face.do(lambda: peer.on(names[0], print))
    if where == "gateway":
        with pytest.raises(libami.ConnectError):
            face.do(lambda: peer.on_sms(print))
    face.do(peer.close)
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("where", ["client", "gateway"])
def test_link_that_is_closed_here_is_not_logged(
    face: Face, script: Script, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    peer = peer_of(face, script.port, where)
    face.do(lambda: peer.on("#gap", print))
    face.do(peer.close)
    with pytest.raises(libami.ClosedError):
        face.do(lambda: peer.on("#gap", print))
    assert warnings(caplog) == []


def test_reconnect_after_too_many_attempts_logs_the_end(
    face: Face, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    client = peer_of(face, script.port, "client", reconnect=libami.Reconnect(min=0.02, attempts=2))
    face.do(lambda: client.on("Hangup", print))
    script.close()
    eventually(face, lambda: warnings(caplog))
    assert "2 attempts" in warnings(caplog)[0]
    face.do(client.close)


def test_client_that_cannot_be_opened_says_it_in_its_error_alone(
    face: Face, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    script.on("Login", "Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n")
    module: Any = libami.aio if face.runner else libami
    client = module.Client("127.0.0.1", script.port, **SETTINGS)
    face.do(lambda: client.on("Hangup", print))
    with pytest.raises(libami.AuthError):
        face.do(client.open)
    with pytest.raises(libami.AuthError):
        face.do(lambda: client.on("Hangup", print))
    face.do(client.close)
    assert warnings(caplog) == []


def test_gateways_can_what_clients_can(face: Face, gateway: Simulator) -> None:
    module: Any = libami.aio.gateway if face.runner else libami.gateway
    peer = module.Gateway("127.0.0.1", gateway.port, **SETTINGS, dialect="openvox")
    face.do(lambda: peer.wait_for_state("new", 0))
    with pytest.raises(libami.TimeoutError, match="it is new"):
        face.do(lambda: peer.wait_for_state("open", 0.05))
    with pytest.raises(libami.InvalidValue, match="no state named"):
        face.do(lambda: peer.wait_for_state("openn", 0.05))
    face.do(peer.open)
    face.do(lambda: peer.wait_for_state("open", WAIT))
    assert 0 < face.do(peer.ping) < WAIT
    assert peer.stats().actions >= 1
    idle = face.do(lambda: peer.events("Never", idle_timeout=0.05))
    with pytest.raises(TimeoutError):
        face.next(idle)
    with pytest.raises(libami.InvalidValue, match="inbox"):
        face.do(lambda: peer.events("#sms"))
    face.do(peer.close)
    face.do(lambda: peer.wait_for_state("closed", WAIT))
    with pytest.raises(libami.ClosedError):
        face.do(lambda: peer.wait_for_state("open", WAIT))


def test_events_of_a_gateway_come(face: Face, script: Script) -> None:
    peer = peer_of(face, script.port, "gateway")
    events = face.do(lambda: peer.events("Thing", timeout=WAIT))
    every = face.do(lambda: peer.events(timeout=WAIT))
    script.say("Event: Other\r\n\r\nEvent: Thing\r\nA: 1\r\n\r\n")
    assert face.next(events).multi_items() == [("Event", "Thing"), ("A", "1")]
    assert face.next(every).name == "Other"
    face.do(peer.close)


def test_gateway_that_cannot_be_opened_is_closed(face: Face, script: Script) -> None:
    script.on("Login", "Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n")
    module: Any = libami.aio.gateway if face.runner else libami.gateway
    peer = module.Gateway("127.0.0.1", script.port, **SETTINGS, dialect="openvox")
    with pytest.raises(libami.AuthError):
        face.do(peer.open)
    assert peer.state == "closed"
    face.do(lambda: peer.wait_for_state("closed", 0))
