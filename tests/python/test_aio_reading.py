"""Event loops read the connections of their clients themselves. A loop that does not come finds them read."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import configuration
import libami
import libami.aio
import libami.aio.gateway
import pytest
from conftest import LOOPS, SECRET, WAIT, Asterisk, all_left
from libami.simulator import Simulator
from loops import EVENT, Run, connecting, until
from scripted import Script

NUMBERED = "Event: Thing\r\nNumber: {}\r\n\r\n"
MANY = 20_000
"""Events that no buffers of the system hold."""
FILLED = "Event: Thing\r\nNumber: {}\r\nFiller: " + "x" * 400 + "\r\n\r\n"
AT_ONCE = 0.3
"""Seconds in which a server gets rid of what it has to say, though the loop does something else."""


def scripted(script: Script, **settings: Any) -> Any:
    settings = {"username": "admin", "secret": SECRET, "action_timeout": WAIT, **settings}
    return libami.aio.connect("127.0.0.1", script.port, **settings)


def say_many(script: Script, count: int = MANY) -> float:
    """Have the server send events; return how long it took to get rid of them."""
    start = time.monotonic()
    for first in range(0, count, 1000):
        script.say("".join(FILLED.format(number) for number in range(first, min(first + 1000, count))))
    return time.monotonic() - start


def wakes() -> int:
    """How often the thread for input and output went to sleep so far."""
    total = 0
    for task in Path("/proc/self/task").iterdir():
        if (task / "comm").read_text().strip() == "ami-io":
            status = (task / "status").read_text()
            total += int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return total


async def is_read_by_the_loop(act: Callable[[], Awaitable[Any]], count: int = 500) -> bool:
    """Whether rounds of calls come to wake the other thread hardly more often than it looks after the loop,
    some 200 times a second. It may read at first, until the loop has come."""
    for _ in range(20):
        before, began = wakes(), time.monotonic()
        for _ in range(count):
            await act()
        if wakes() - before < 250 * (time.monotonic() - began) + count / 10:
            return True
    return False


async def numbers(events: Any, count: int) -> list[int]:
    return [int((await anext(events))["Number"]) for _ in range(count)]


def test_reading_is_done_by_the_loop_alone(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client, client.events("Thing", timeout=WAIT) as events:
            await client.ping()
            given = itertools.count()

            async def ask() -> None:
                number = next(given)
                await client.ping()
                assert gateway.emit("user", EVENT.format("Thing", number))
                assert await numbers(events, 1) == [number]

            assert await is_read_by_the_loop(ask, 1000)

    run(program())


def test_reading_for_an_idle_client_wakes_nobody(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            for _ in range(100):
                await client.ping()
            await asyncio.sleep(0.1)
            before = wakes()
            await asyncio.sleep(0.5)
            assert wakes() - before <= 2

    run(program())


def test_reading_goes_on_while_the_loop_is_busy(run: Run[None], script: Script) -> None:
    async def program() -> None:
        queue = {"queue_events": 2 * MANY, "queue_bytes": 1 << 30}
        async with scripted(script, **queue) as client, client.events("Thing", timeout=WAIT) as events:
            for _ in range(3):
                await client.ping()
                sending = threading.Thread(target=say_many, args=(script,))
                sending.start()
                # A handler that waits in place of awaiting.
                sending.join(2 * WAIT)
                assert not sending.is_alive()
                assert await numbers(events, MANY) == list(range(MANY))

    run(program())


def test_reading_comes_back_to_the_loop_after_a_flood(run: Run[None], script: Script) -> None:
    async def program() -> None:
        queue = {"queue_events": 2 * MANY, "queue_bytes": 1 << 30}
        async with scripted(script, **queue) as client, client.events("Thing", timeout=WAIT) as events:
            for _ in range(2):
                sending = threading.Thread(target=say_many, args=(script,))
                sending.start()
                assert await numbers(events, MANY) == list(range(MANY))
                sending.join(WAIT)
                await asyncio.sleep(0.1)
                assert await is_read_by_the_loop(client.ping)

    run(program())


def test_reading_while_the_loop_is_busy_keeps_memory_bounded(run: Run[None], script: Script) -> None:
    async def program() -> None:
        async with scripted(script, queue_events=100) as client, client.events("Thing", "#lagged") as events:
            await client.ping()
            sending = threading.Thread(target=say_many, args=(script,))
            sending.start()
            sending.join(2 * WAIT)
            await client.ping()
            assert events.counters.dropped >= MANY - 200
            assert (await anext(events)).name == "#lagged"

    run(program())


def test_reading_answer_in_time_counts_though_the_loop_was_busy(run: Run[None], script: Script) -> None:
    async def program() -> None:
        async with scripted(script) as client:
            for busy in (0.003, 0.01, 0.3):
                call = asyncio.create_task(client.action("Ping", deadline=0.1))
                await asyncio.sleep(0)
                time.sleep(busy)
                assert (await call)["Response"] == "Success"

    run(program())


def test_deadline_passes_while_the_loop_is_busy(run: Run[None], script: Script) -> None:
    script.on("Silence")

    async def program() -> None:
        async with scripted(script) as client:
            call = asyncio.create_task(client.action("Silence", deadline=0.1))
            await asyncio.sleep(0)
            time.sleep(0.2)
            began = time.monotonic()
            with pytest.raises(libami.OutcomeUnknown):
                await call
            assert time.monotonic() - began < WAIT / 2
            assert await client.ping() < WAIT

    run(program())


def test_keepalive_goes_on_while_the_loop_is_busy(run: Run[None], script: Script) -> None:
    async def program() -> None:
        async with scripted(script, keepalive=0.1, keepalive_timeout=0.3) as client:
            await client.ping()
            pings = script.count("Ping")
            time.sleep(1)
            assert script.count("Ping") >= pings + 3
            assert client.is_open
            assert await client.ping() < WAIT

    run(program())


def test_keepalive_finds_a_dead_server_that_a_loop_reads_from(run: Run[None], script: Script) -> None:
    async def program() -> None:
        async with scripted(script, keepalive=0.1, keepalive_timeout=0.2) as client:
            script.on("Ping")
            await client.wait_for_state("closed", WAIT)

    run(program())


def test_reading_changes_hands_and_keeps_the_order(run: Run[None], script: Script) -> None:
    randomly = random.Random(1)
    count = 6_000

    async def program() -> None:
        queue = {"queue_events": 2 * count}
        async with scripted(script, **queue) as client, client.events("Thing", timeout=WAIT) as events:

            def speak() -> None:
                at = 0
                while at < count:
                    more = min(at + randomly.choice((1, 1, 10, 200)), count)
                    script.say("".join(NUMBERED.format(number) for number in range(at, more)))
                    at = more
                    time.sleep(randomly.choice((0, 0.0005, 0.002)))

            speaking = threading.Thread(target=speak)
            speaking.start()
            pings = 0
            for expected in range(count):
                assert int((await anext(events))["Number"]) == expected
                if randomly.random() < 0.02:
                    time.sleep(randomly.choice((0.0005, 0.003, 0.01, 0.02)))
                    await client.ping()
                    pings += 1
            speaking.join(WAIT)
            assert client.stats().events >= count
            assert client.stats().in_flight == 0

    run(program())


def test_reading_in_several_loops_at_once(script: Script) -> None:
    done: list[int] = []

    async def program(factory: Callable[[], object], seed: int) -> None:
        randomly = random.Random(seed)
        async with scripted(script) as one, scripted(script) as other:
            for _ in range(50):
                calls = [client.ping() for client in (one, other) for _ in range(randomly.randrange(1, 10))]
                await asyncio.gather(*calls)
                if randomly.random() < 0.1:
                    time.sleep(randomly.choice((0.001, 0.01)))
        done.append(seed)

    def work(factory: Any, seed: int) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(asyncio.wait_for(program(factory, seed), 6 * WAIT))

    factories = [parameter.values[0] for parameter in LOOPS]
    threads = [threading.Thread(target=work, args=(factories[n % len(factories)], n)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(6 * WAIT)
    assert sorted(done) == list(range(6))


@pytest.mark.parametrize("factory", LOOPS)
def test_reading_goes_on_while_the_loop_is_stopped(factory: Any, script: Script) -> None:
    loop = factory()
    try:
        queue = {"queue_events": 2 * MANY, "queue_bytes": 1 << 30}
        connected = scripted(script, **queue)

        async def begin() -> Any:
            client = await connected
            await client.ping()
            return client, client.events("Thing", timeout=WAIT)

        client, events = loop.run_until_complete(begin())
        for _ in range(2):
            assert say_many(script) < WAIT
            assert loop.run_until_complete(numbers(events, MANY)) == list(range(MANY))
            loop.run_until_complete(client.ping())
        loop.run_until_complete(client.close())
    finally:
        loop.close()


@pytest.mark.parametrize("factory", LOOPS)
@pytest.mark.parametrize("close", [True, False])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_reading_goes_on_when_the_loop_never_runs_again(factory: Any, close: bool, script: Script) -> None:
    async def begin() -> Any:
        client = await scripted(script, queue_events=100)
        await client.ping()
        return client, client.events("Thing")

    loop = factory()
    kept = loop.run_until_complete(begin())
    if close:
        loop.close()
    assert say_many(script) < WAIT
    deadline = time.monotonic() + WAIT
    while kept[0].stats().events < MANY:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    kept[0]._abandon()
    deadline = time.monotonic() + WAIT
    while kept[0].state != "closed":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    del kept, loop
    gc.collect()


@pytest.mark.parametrize("factory", LOOPS)
def test_connection_that_is_lost_is_unwatched_before_its_number_is_free(factory: Any, script: Script) -> None:
    watched: dict[int, str] = {}

    def place(number: int) -> str:
        return os.readlink(f"/proc/self/fd/{number}")

    def observe(loop: Any) -> None:
        """Look at what is watched, as far as a loop can be observed from Python."""
        if factory is not asyncio.new_event_loop:
            return
        add, remove = loop.add_reader, loop.remove_reader

        def add_reader(number: int, *call: Any) -> None:
            watched[number] = place(number)
            add(number, *call)

        def remove_reader(number: int) -> bool:
            if number in watched:
                assert place(number) == watched.pop(number)
            return bool(remove(number))

        loop.add_reader, loop.remove_reader = add_reader, remove_reader

    async def program() -> None:
        observe(asyncio.get_running_loop())
        reconnect = libami.Reconnect(min=0.01, max=0.02)
        async with scripted(script, reconnect=reconnect) as client:
            for busy in (False, True) * 3:
                await client.ping()
                reconnects = client.stats().reconnects
                script.drop()
                if busy:
                    # It is lost, and these would take its number.
                    deadline = time.monotonic() + WAIT
                    while client.stats().reconnects == reconnects:
                        assert time.monotonic() < deadline
                        pairs = [socket.socketpair() for _ in range(10)]
                        time.sleep(0.01)
                        assert all(place(number) == name for number, name in watched.items())
                        for pair in pairs:
                            pair[0].close()
                            pair[1].close()
                while client.stats().reconnects == reconnects:
                    await asyncio.sleep(0.005)
                await client.wait_for_state("open", WAIT)
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(asyncio.wait_for(program(), 6 * WAIT))
    # Only the executor's own descriptor is left.
    assert len(watched) <= 1


def test_server_learns_at_once_that_a_connection_ended_though_the_loop_is_busy(
    run: Run[None], gateway: Simulator
) -> None:
    async def program() -> None:
        client = await connecting(gateway)
        await client.ping()
        client._abandon()
        assert all_left(gateway)
        await client.close()

    run(program())


def test_clients_that_come_and_go_leave_no_descriptors(run: Run[None], gateway: Simulator) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    async def program() -> None:
        async with connecting(gateway) as client:
            await client.ping()
            before = descriptors()
            for _ in range(30):
                async with connecting(gateway) as other:
                    await other.ping()
            await until(lambda: descriptors() <= before)
            await client.ping()

    run(program())


def test_fork_leaves_reading_to_the_parent(gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client, client.events("Thing", timeout=WAIT) as events:
            for number in range(20):
                await client.ping()
                assert gateway.emit("user", EVENT.format("Thing", number))
                child = os.fork()
                if child == 0:
                    # It reads nothing, whatever it does with the client.
                    status = 1
                    try:
                        client._native.abandon()
                        time.sleep(0.02)
                        status = 0
                    finally:
                        os._exit(status)
                assert await numbers(events, 1) == [number]
                assert os.waitpid(child, 0)[1] == 0
                await client.ping()

    asyncio.run(asyncio.wait_for(program(), 6 * WAIT))


def test_fork_in_the_middle_of_a_turn_writes_no_action_twice(script: Script) -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        children: list[int] = []

        async def ask(client: Any, number: int) -> None:
            for step in range(20):
                await client.ping()
                if number == 7 and step in (5, 15):
                    # Some of this turn's Pings are submitted and not written yet.
                    child = os.fork()
                    if child == 0:
                        # It goes on to the end of the turn.
                        loop.call_soon(os._exit, 0)
                        await asyncio.sleep(WAIT)
                    children.append(child)

        async with scripted(script) as client:
            await asyncio.gather(*(ask(client, number) for number in range(16)))
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        asked = script.values("Ping", "ActionID")
        assert len(asked) == 16 * 20
        assert len(set(asked)) == len(asked)

    asyncio.run(asyncio.wait_for(program(), 6 * WAIT))


def test_actions_of_one_turn_reach_the_server_in_their_order(run: Run[None], script: Script) -> None:
    async def program() -> None:
        async with scripted(script) as client:
            calls = [client.action("Step", Number=number) for number in range(2000)]
            await asyncio.gather(*calls)
            assert script.values("Step", "Number") == [str(number) for number in range(2000)]

    run(program())


@pytest.mark.parametrize("factory", LOOPS)
def test_actions_are_written_though_the_loop_stops_in_their_turn(factory: Any, script: Script) -> None:
    async def begin() -> Any:
        client = await scripted(script)
        return client, [asyncio.ensure_future(client.action("Step", Number=number)) for number in range(50)]

    loop = factory()
    client, calls = loop.run_until_complete(begin())
    loop.run_until_complete(asyncio.wait(calls, timeout=WAIT))
    assert [call.result()["Response"] for call in calls] == 50 * ["Success"]
    loop.run_until_complete(client.close())
    loop.close()


def test_reading_for_a_gateway_is_done_by_the_loop(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        settings: Any = {"username": "admin", "secret": SECRET, "dialect": "openvox", "event_mask": "user"}
        async with libami.aio.gateway.connect("127.0.0.1", gateway.port, **settings) as device:
            await device.ping()
            assert await is_read_by_the_loop(device.ping)
            async with device.events("Thing", timeout=WAIT) as events:
                for number in range(100):
                    assert gateway.emit("user", EVENT.format("Thing", number))
                    assert await numbers(events, 1) == [number]
            time.sleep(0.05)
            receipt = await device.send("10086", "hello", port=1)
            assert receipt.port

    run(program())


def test_reading_through_tls(run: Run[None], asterisk: Asterisk) -> None:
    port = int(os.environ[f"AMI_ASTERISK_{asterisk.generation}_TLS"].rpartition(":")[2])
    name, secret = configuration.ADMIN
    tls = libami.TLS(ca_file=os.environ[f"AMI_ASTERISK_{asterisk.generation}_CA"])

    connecting_by_tls: Any = libami.aio.connect("localhost", port, username=name, secret=secret, tls=tls)

    async def program() -> None:
        async with connecting_by_tls as client, client.events("UserEvent", timeout=WAIT) as events:
            given = itertools.count()

            async def ask() -> None:
                number = next(given)
                await client.action("UserEvent", UserEvent="Mine", Number=number)
                assert await numbers(events, 1) == [number]
                if number % 100 == 0:
                    time.sleep(0.02)

            assert await is_read_by_the_loop(ask, 300)
            await asyncio.gather(*(client.ping() for _ in range(200)))

    run(program())
