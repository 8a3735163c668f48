"""A first connection that is retried, for services that start before their server does."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import libami
import libami.aio
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import SECRET, WAIT, Face
from scripted import Script


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def later(port: int, seconds: float) -> Iterator[list[Script]]:
    """A server that starts so much later."""
    scripts: list[Script] = []
    timer = threading.Timer(seconds, lambda: scripts.append(Script(port)))
    timer.start()
    try:
        yield scripts
    finally:
        timer.join()
        for script in scripts:
            script.close()


def again(**more: Any) -> dict[str, Any]:
    reconnect = libami.Reconnect(min=0.05, max=0.2, first=True, **more)
    return {"username": "admin", "secret": SECRET, "reconnect": reconnect}


def test_connect_waits_for_a_server_that_starts_later(face: Face) -> None:
    port = free_port()
    with later(port, 1.0) as scripts:
        began = time.monotonic()
        client = face.connect("127.0.0.1", port, **again())
        assert time.monotonic() - began > 0.9
        assert client.state == "open"
        assert isinstance(face.do(client.ping), float)
        assert scripts[0].count("Login") == 1
        face.do(client.close)


def test_connect_waits_too(face: Face) -> None:
    port = free_port()
    module: Any = libami.aio if face.runner else libami
    with later(port, 0.5):
        client = face.do(lambda: module.connect("127.0.0.1", port, **again()))
        face.do(client.close)


def test_gateways_wait_too(face: Face) -> None:
    port = free_port()
    module: Any = libami.aio.gateway if face.runner else libami.gateway
    with later(port, 0.5):
        gateway = face.do(lambda: module.connect("127.0.0.1", port, dialect="openvox", **again()))
        assert gateway.state == "open"
        face.do(gateway.close)


def test_connect_without_first_raises_the_first_failure(face: Face) -> None:
    settings = again()
    settings["reconnect"] = libami.Reconnect(min=0.05)
    with pytest.raises(libami.ConnectError):
        face.connect("127.0.0.1", free_port(), **settings)


def test_attempts_are_counted(face: Face) -> None:
    with pytest.raises(libami.ConnectError, match="3 attempts"):
        face.connect("127.0.0.1", free_port(), **again(attempts=3))


def test_login_that_is_refused_ends_the_attempts(face: Face, script: Script) -> None:
    script.on("Login", "Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n")
    with pytest.raises(libami.AuthError):
        face.connect("127.0.0.1", script.port, **again())
    assert script.count("Login") == 1


def test_states_and_markers_tell_of_it(face: Face) -> None:
    port = free_port()
    module: Any = libami.aio if face.runner else libami
    client = module.Client("127.0.0.1", port, **again())
    states = face.do(lambda: client.events("#state,#gap", timeout=WAIT))
    with later(port, 0.3):
        face.do(client.open)
        told = [face.next(states)["State"] for _ in range(4)]
        assert told[:3] == ["connecting", "waiting", "connecting"]
        face.do(client.close)


def test_close_in_another_thread_cancels_it() -> None:
    client = libami.Client("127.0.0.1", free_port(), **again())
    failures: list[BaseException] = []

    def opening() -> None:
        try:
            client.open()
        except libami.Error as error:
            failures.append(error)

    thread = threading.Thread(target=opening)
    thread.start()
    client.wait_for_state("waiting", WAIT)
    client.close()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert isinstance(failures[0], libami.ClosedError)


def test_close_in_another_task_cancels_it() -> None:
    async def program() -> None:
        client = libami.aio.Client("127.0.0.1", free_port(), **again())
        opening = asyncio.create_task(client.open())
        await client.wait_for_state("waiting", WAIT)
        await client.close()
        with pytest.raises(libami.ClosedError):
            await opening
        other = libami.aio.Client("127.0.0.1", free_port(), **again())
        opening = asyncio.create_task(other.open())
        await other.wait_for_state("waiting", WAIT)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await other.wait_for_state("closed", WAIT)

    asyncio.run(program())
