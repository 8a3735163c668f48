"""Clients and their event loops."""

from __future__ import annotations

import asyncio
import gc
import textwrap
import threading
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import libami
import libami.aio
import pytest
from conftest import (
    SECRET,
    WAIT,
    all_left,
    run_python,
)
from libami.aio import _loop
from libami.simulator import Simulator
from loops import EVENT, Run, connecting, forget, until


def test_loops_in_several_threads(gateway: Simulator) -> None:
    results: list[float] = []

    async def program() -> None:
        async with connecting(gateway) as client:
            async with client.events("UserEvent", timeout=WAIT) as events:
                await client.action("UserEvent", UserEvent="Mine")
                assert (await anext(events)).name == "UserEvent"
            results.append(max(await asyncio.gather(*(client.ping() for _ in range(100)))))

    threads = [threading.Thread(target=lambda: asyncio.run(program())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * WAIT)
    assert len(results) == 6
    assert max(results) < WAIT


def test_loop_of_a_client_is_the_one_it_belongs_to(run: Run[Any], gateway: Simulator) -> None:
    async def opened() -> Any:
        client = await connecting(gateway)
        return client, client.events("Never")

    async def elsewhere(client: Any, events: Any) -> None:
        for call in (client.ping, client.close, client.open, lambda: client.command("x")):
            with pytest.raises(libami.Error, match="belongs to another event loop") as raised:
                await call()
            assert raised.value.code == 2
        for subscribe in (client.events, lambda: client.on(None, print)):
            with pytest.raises(libami.Error, match="belongs to another event loop"):
                subscribe()
        with pytest.raises(libami.Error, match="belongs to another event loop"):
            await anext(events)

    with asyncio.Runner() as first:
        client, events = first.run(opened())
        run(elsewhere(client, events))
        first.run(client.close())
    with pytest.raises(RuntimeError, match="no running event loop"):
        client.events()


def test_loop_that_is_closed_early(run: Run[list[Any]], gateway: Simulator) -> None:
    """What was waiting goes with the loop, and the client with its last reference."""

    async def leave() -> list[Any]:
        client = await connecting(gateway)
        gateway.set_latency(1, 0.2)
        waiting = [
            asyncio.create_task(client.command('gsm send ussd 1 "*100#" 1000', timeout=1000)),
            asyncio.create_task(anext_of(client.events("Never", timeout=1000))),
        ]
        client.on(None, print)
        await until(lambda: client.stats().in_flight)
        return [client, *waiting]

    async def anext_of(events: Any) -> Any:
        return await anext(events)

    kept = run(leave())
    assert kept[0].is_open
    for number in range(100):
        gateway.emit("user", EVENT.format("Never", number))
    with pytest.warns(ResourceWarning, match="was not closed"):
        forget(kept)
    assert all_left(gateway)
    assert not [loop for loop in _loop._executors if loop.is_closed()]


def test_loop_ended_by_an_exception_closes_the_client(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            await client.ping()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(program())
    assert all_left(gateway)


PROGRAM = """
import asyncio, gc, sys, threading, warnings
import libami.aio

# Clients and loops are left open on purpose.
warnings.simplefilter("ignore", ResourceWarning)

def connecting():
    return libami.aio.connect("127.0.0.1", int(sys.argv[1]), username="admin", secret=sys.argv[2])
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            """
            async def main():
                global client, events
                client = await connecting()
                events = client.events()
            asyncio.run(main())
            """,
            id="connected",
        ),
        pytest.param(
            """
            async def main():
                global client
                client = await connecting()
                client.on(None, lambda event: None)
                for _ in range(100):
                    await client.action("UserEvent", UserEvent="Go")
            asyncio.run(main())
            """,
            id="callbacks",
        ),
        pytest.param(
            """
            async def main():
                global client, task
                client = await connecting()
                task = asyncio.ensure_future(client.command('gsm send ussd 1 "*100#" 1000', timeout=1000))
                while not client.stats().in_flight:
                    await asyncio.sleep(0.001)
            loop = asyncio.new_event_loop()
            loop.run_until_complete(main())
            task.cancel()
            """,
            id="a loop that is not closed",
        ),
        pytest.param(
            """
            async def main():
                client = await connecting()
                tasks = [asyncio.ensure_future(client.ping()) for _ in range(100)]
                await asyncio.sleep(0)
                sys.exit(0)
            asyncio.run(main())
            """,
            id="sys.exit",
        ),
        pytest.param(
            """
            async def main(started):
                client = await connecting()
                started.set()
                async for event in client.events():
                    pass
            for _ in range(4):
                started = threading.Event()
                threading.Thread(target=lambda: asyncio.run(main(started)), daemon=True).start()
                started.wait()
            """,
            id="daemon threads",
        ),
    ],
)
def test_exit_while_connected_on_a_loop(gateway: Simulator, code: str) -> None:
    gateway.set_latency(1, 0.3)
    done = run_python(PROGRAM + textwrap.dedent(code), gateway.port, SECRET)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "panicked" not in done.stderr


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_loop_that_is_forgotten_goes_with_all_that_waits(gateway: Simulator, close: bool) -> None:
    async def leave() -> list[Any]:
        client = await connecting(gateway)
        gateway.set_latency(1, 0.3)
        events = client.events("Never", timeout=1000)
        client.on(None, print)
        waits = (
            client.command('gsm send ussd 1 "*100#" 1000', timeout=1000),
            asyncio.wait_for(anext(events), 1000),
        )
        tasks = [asyncio.create_task(wait) for wait in waits]
        await until(lambda: client.stats().in_flight)
        # What is destroyed while it waits is told to the loop's handler of exceptions.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        return [weakref.ref(task) for task in tasks]

    loop = asyncio.new_event_loop()
    tasks = loop.run_until_complete(leave())
    gone = weakref.ref(loop)
    if close:
        loop.close()
    del loop
    gc.collect()
    assert gone() is None
    assert [task() for task in tasks] == [None, None]


def test_task_that_forgets_its_client(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        clients = [await connecting(gateway) for _ in range(3)]
        clients[0].on(None, print)
        with pytest.warns(ResourceWarning, match="was not closed"):
            forget(clients)
        await until(lambda: not gateway.sessions)

    run(program())


@asynccontextmanager
async def opened(gateway: Simulator) -> AsyncIterator[Any]:
    async with connecting(gateway) as client:
        yield client


def test_task_group_with_clients_in_an_exit_stack(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with opened(gateway) as client, asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.ping()) for _ in range(10)]
        assert all(task.result() < WAIT for task in tasks)

    run(program())
