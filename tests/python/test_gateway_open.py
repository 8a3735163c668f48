"""Opening and closing gateways, through both faces, against simulated ones."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import LOOPS, SECRET, WAIT, Face, all_left, fake_server
from gateways import MODELS, opened, settings, wait_until
from libami.simulator import Model, Simulator


@pytest.mark.parametrize("model", MODELS)
def test_dialect_is_found(face: Face, model: Model) -> None:
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


def test_dialect_that_is_set(face: Face, gateway: Simulator) -> None:
    own = "gsm send sync sms {port} {to} {text} {timeout} {id}"
    with opened(face, gateway, dialect=own) as gateway_:
        assert gateway_.dialect == "a command of the caller's"
        assert face.do(lambda: gateway_.send("136", "hello", port=1, id="x")).outcome == "sent"
        with pytest.raises(libami.Error, match="flash") as raised:
            face.do(lambda: gateway_.send("136", "hello", port=1, flash=True))
        assert raised.value.code == 7
    with pytest.raises(libami.InvalidValue, match="openvox-firmware"), opened(face, gateway, dialect="nokia"):
        pass


def test_open_that_fails(face: Face, gateway: Simulator) -> None:
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


def test_open_once_and_closed_for_good(face: Face, gateway: Simulator) -> None:
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


def test_open_is_cancelled_by_close() -> None:
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
def test_connect_cancelled_leaves_nothing_behind(loop: Any) -> None:
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


def test_gateway_that_is_forgotten_is_closed_with_a_warning(gateway: Simulator) -> None:
    forgotten: Any = libami.gateway.connect(**settings(gateway))
    forgotten.on_sms(print)

    def forget() -> None:
        nonlocal forgotten
        forgotten = None
        gc.collect()

    with pytest.warns(ResourceWarning, match="was not closed"):
        forget()
    assert all_left(gateway)
