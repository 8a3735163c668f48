"""Connecting and calls on an event loop."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import libami
import libami.aio
import pytest
from conftest import (
    SECRET,
    WAIT,
    fake_server,
)
from libami import _native
from libami.simulator import Simulator
from loops import Run, connecting, executor, until
from scripted import Script

# Connecting


def test_connect_is_awaited_or_entered(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            assert client.is_open
            assert repr(client) == f"<libami.aio.Client admin@127.0.0.1:{gateway.port} (open)>"
            assert gateway.sessions == 1
        assert not client.is_open
        async with await connecting(gateway) as client:
            assert await client.ping() > 0
        await client.close()
        assert len(executor()) == 0

    run(program())


def test_subscribe_before_the_client_is_open(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with libami.aio.Client("127.0.0.1", gateway.port, username="admin", secret=SECRET) as client:
            booted: asyncio.Queue[libami.Event] = asyncio.Queue()
            client.on("FullyBooted", booted.put)
            events = client.events("FullyBooted", timeout=WAIT)
            with pytest.raises(libami.Error, match="open it first"):
                await client.ping()
            await client.open()
            assert (await booted.get())["Status"] == "Fully Booted"
            assert (await anext(events)).name == "FullyBooted"

    run(program())


def test_connect_to_a_server_that_refuses(run: Run[None]) -> None:
    async def program() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(libami.ConnectError) as raised:
            await libami.aio.connect("127.0.0.1", port, username="admin", secret=SECRET)
        assert raised.value.code == 101

    run(program())


def test_connect_cancelled_leaves_nothing_behind(run: Run[None]) -> None:
    gone = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"Asterisk Call Manager/5.0.5\r\n")
        while connection.recv(1024):
            pass
        gone.set()

    async def enter(port: int) -> None:
        async with libami.aio.connect("127.0.0.1", port, username="admin", secret=SECRET):
            pass

    async def program(port: int) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(enter(port), 0.2)
        assert len(executor()) == 0
        await until(gone.is_set)

    with fake_server(talk) as port:
        run(program(port))


def test_open_is_cancelled_by_close(run: Run[None]) -> None:
    begun = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"Asterisk Call Manager/5.0.5\r\n")
        begun.set()
        while connection.recv(1024):
            pass

    async def program(port: int) -> None:
        client = libami.aio.Client("127.0.0.1", port, username="admin", secret=SECRET)
        opening = asyncio.create_task(client.open())
        await until(begun.is_set)
        await client.close()
        with pytest.raises(libami.ClosedError):
            await opening

    with fake_server(talk) as port:
        run(program(port))


# Calls


def test_action_many_at_once(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            answers = await asyncio.gather(
                *(client.action("Ping") for _ in range(500)),
                *(client.command("gsm show spans") for _ in range(100)),
            )
            assert all(answer["Response"] == "Success" for answer in answers[:500])
            assert len(set(answers[500:])) == 1
            assert len(executor()) == 0

    run(program())


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.command('gsm send ussd 1 "*100#" 1000', timeout=1000),
        lambda client: client.action("Command", Command='gsm send ussd 1 "*100#" 1000', deadline=1000),
        lambda client: client.wait_for_state("closed"),
    ],
)
def test_cancel_a_call_leaves_nothing_behind(
    run: Run[None], gateway: Simulator, call: Callable[[Any], Awaitable[object]]
) -> None:
    gateway.set_latency(1, 0.5)

    async def program() -> None:
        async with connecting(gateway) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call(client), 0.1)
            assert len(executor()) == 0
            assert await client.ping() < WAIT

    run(program())


def test_cancel_many_calls(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            for _ in range(50):
                tasks = [asyncio.create_task(client.ping()) for _ in range(20)]
                await asyncio.sleep(0)
                for task in tasks[::2]:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                # An answer may be quicker than that.
                assert all(isinstance(end, asyncio.CancelledError | float) for end in ended[::2])
                assert all(isinstance(end, float) for end in ended[1::2])
            assert len(executor()) == 0

    run(program())


def calls_left() -> int:
    gc.collect()
    return sum(type(thing) is _native.Call for thing in gc.get_objects())


def test_gather_of_thousands_is_answered_and_leaves_nothing(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway, action_timeout=6 * WAIT) as client:
            answers = await asyncio.gather(*(client.action("Ping") for _ in range(5_000)))
            assert {answer["Response"] for answer in answers} == {"Success"}
            assert client.stats().in_flight == 0
            assert len(executor()) == 0
            assert calls_left() == 0

    run(program())


def test_cancel_each_of_thousands_leaves_nothing(run: Run[None], script: Script) -> None:
    script.on("Silence")

    async def program() -> None:
        settings: Any = {"username": "admin", "secret": SECRET, "action_timeout": WAIT}
        async with libami.aio.connect("127.0.0.1", script.port, **settings) as client:
            tasks = [asyncio.create_task(client.action("Silence")) for _ in range(3_000)]
            await asyncio.sleep(0)
            assert len(executor()) == 3_000
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks)
            assert len(executor()) == 0
            tasks.clear()
            assert calls_left() == 0
            assert await client.ping() < WAIT

    run(program())


def test_deadline_that_passes_leaves_the_outcome_unknown(run: Run[None], gateway: Simulator) -> None:
    gateway.set_latency(1, 1)

    async def program() -> None:
        async with connecting(gateway) as client:
            with pytest.raises(libami.OutcomeUnknown, match="may have been carried out"):
                await client.action("Command", Command='gsm send ussd 1 "*100#" 600', deadline=0.2)

    run(program())


def test_close_ends_a_call_that_waits(run: Run[None], gateway: Simulator) -> None:
    gateway.set_latency(1, WAIT)

    async def program() -> None:
        client = await connecting(gateway)
        waiting = asyncio.create_task(client.command('gsm send ussd 1 "*100#" 1000', timeout=1000))
        await until(lambda: client.stats().in_flight)
        await client.close()
        with pytest.raises(libami.OutcomeUnknown):
            await waiting

    run(program())
