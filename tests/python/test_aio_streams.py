"""Streams and callbacks on an event loop."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import libami
import libami.aio
import pytest
from conftest import (
    WAIT,
)
from libami.simulator import Simulator
from loops import Run, connecting, emit, executor, until

# Streams


def test_stream_step_that_is_cancelled_loses_nothing(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client, client.events("Thing", timeout=WAIT) as events:
            numbers: list[int] = []
            sent = 0
            while len(numbers) < 300:
                if sent < 300:
                    emit(gateway, number=sent)
                    sent += 1
                step = asyncio.ensure_future(_step(events))
                for _ in range(sent % 4):
                    await asyncio.sleep(0)
                if sent % 7 == 0:
                    await asyncio.sleep(0.001)
                if not step.done() or sent % 3:
                    step.cancel()
                try:
                    numbers.append(int((await step)["Number"]))
                except asyncio.CancelledError:
                    if sent == 300:
                        numbers.append(int((await anext(events))["Number"]))
            assert numbers == list(range(300))

    async def _step(events: Any) -> Any:
        return await anext(events)

    run(program())


def test_stream_waits_that_are_cancelled_leave_nothing_behind(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            async with client.events("Thing", timeout=1000) as events:
                for _ in range(100):
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(anext(events), 0.001)
                assert len(executor()) == 1
                assert await anext(client.events("Never", timeout=0.01), None) is None
                emit(gateway)
                event = await anext(events, None)
                assert event is not None
                assert event["Number"] == "1"
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(events, None), 0.01)
            del events
            gc.collect()
            assert len(executor()) == 0

    run(program())


def test_stream_wait_is_to_a_task_as_a_future(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            stream = client.events("Thing")
            waits: list[Callable[[], Awaitable[Any]]] = [
                lambda: anext(stream),
                lambda: client.action("WaitEvent", Timeout="30"),
            ]
            for wait in waits:

                async def body(wait: Callable[[], Awaitable[Any]] = wait) -> Any:
                    return await wait()

                task = asyncio.create_task(body())
                await asyncio.sleep(0)
                assert not task.done()
                assert "wait_for=" in repr(task)
                task.cancel("enough")
                with pytest.raises(asyncio.CancelledError, match="enough"):
                    await task
                # Through others that wait for it in their own ways.
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(body(), 0.01)
                inner = asyncio.ensure_future(body())
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(inner), 0.01)
                assert not inner.done()
                inner.cancel()
            task = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)
            emit(gateway, number=7)
            assert (await task)["Number"] == "7"

    run(program())


def test_stream_wakes_a_task_that_raises(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            streams = [client.events("Thing"), client.events("Thing")]

            async def fail() -> None:
                await anext(streams[0])
                raise ZeroDivisionError

            tasks = [asyncio.create_task(fail()), asyncio.create_task(anext(streams[1]))]
            await asyncio.sleep(0)
            emit(gateway, number=1)
            failed, other = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(failed, ZeroDivisionError)
            assert isinstance(other, libami.Event)
            assert other["Number"] == "1"

    run(program())


def test_stream_shared_by_several_tasks(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            events = client.events("Thing")
            numbers: list[int] = []

            async def read() -> None:
                async for event in events:
                    await asyncio.sleep(0)
                    numbers.append(int(event["Number"]))

            readers = [asyncio.create_task(read()) for _ in range(5)]
            for number in range(1000):
                emit(gateway, number=number)
            await until(lambda: len(numbers) == 1000)
            assert sorted(numbers) == list(range(1000))
            events.close()
            await asyncio.gather(*readers)

    run(program())


def test_stream_that_never_runs_dry_lets_others_run(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            events, last = client.events("Thing", timeout=0), client.events("Last", timeout=WAIT)
            for number in range(5000):
                emit(gateway, number=number)
            emit(gateway, "Last")
            await anext(last)
            turns = 0

            async def count() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            counting = asyncio.create_task(count())
            assert len([event async for event in events]) == 5000
            assert turns >= 10
            counting.cancel()

    run(program())


def test_stream_with_a_slow_reader_stalls_no_action(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway, queue_events=100) as client:
            release = asyncio.Event()

            async def slow(event: libami.Event) -> None:
                await release.wait()

            client.on("Thing", slow)
            for number in range(2000):
                emit(gateway, number=number)
            assert max(await asyncio.gather(*(client.ping() for _ in range(50)))) < WAIT
            release.set()

    run(program())


def test_stream_keeps_its_client_alive(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        streams = [(await connecting(gateway)).events("Thing", timeout=WAIT)]
        gc.collect()
        emit(gateway)
        assert (await anext(streams[0]))["Number"] == "1"
        with pytest.warns(ResourceWarning, match="was not closed"):
            streams.clear()
        await until(lambda: not gateway.sessions)

    run(program())


# Callbacks


def test_callbacks_plain_and_async_are_sequential_and_in_order(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            plain: list[int] = []
            asynchronous: list[int] = []
            inside = 0

            @client.on("Thing")  # type: ignore[untyped-decorator]
            def handle(event: libami.Event) -> None:
                assert threading.current_thread() is threading.main_thread()
                plain.append(int(event["Number"]))

            async def wait(event: libami.Event) -> None:
                nonlocal inside
                inside += 1
                assert inside == 1
                await asyncio.sleep(0)
                asynchronous.append(int(event["Number"]))
                inside -= 1

            client.on("Thing", wait)
            for number in range(500):
                emit(gateway, number=number)
            await until(lambda: len(plain) == len(asynchronous) == 500)
            assert plain == asynchronous == list(range(500))
            assert callable(handle)

    run(program())


def test_callback_can_use_the_client(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            answers: asyncio.Queue[str] = asyncio.Queue()
            texts: asyncio.Queue[str] = asyncio.Queue()

            async def ask(event: libami.Event) -> None:
                answers.put_nowait((await client.action("CoreSettings"))["AsteriskVersion"])

            client.on("Thing", ask)
            client.on("Other", lambda event: texts.put_nowait(event["Number"]))
            emit(gateway)
            emit(gateway, "Other", 7)
            assert await answers.get() == "1.8.20.0"
            assert await texts.get() == "7"

    run(program())


def test_callback_that_raises_is_logged_and_harms_nothing(
    run: Run[None], gateway: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            seen: asyncio.Queue[str] = asyncio.Queue()

            async def handle(event: libami.Event) -> None:
                if event["Number"] == "1":
                    raise RuntimeError("the handler is broken")
                if event["Number"] == "2":
                    cancelled = asyncio.get_running_loop().create_future()
                    cancelled.cancel()
                    await cancelled
                seen.put_nowait(event["Number"])

            client.on("Thing", handle)
            for number in (1, 2, 3):
                emit(gateway, number=number)
            assert await seen.get() == "3"

    with caplog.at_level(logging.ERROR, logger="libami"):
        run(program())
    broken, cancelled = caplog.records
    assert broken.name == "libami"
    assert "handle" in broken.getMessage()
    assert broken.exc_text is not None
    assert "the handler is broken" in broken.exc_text
    assert "CancelledError" in (cancelled.exc_text or "")


def test_subscription_ends_with_close(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with connecting(gateway) as client:
            seen: list[str] = []
            inside, leave = asyncio.Event(), asyncio.Event()

            async def handle(event: libami.Event) -> None:
                inside.set()
                await leave.wait()
                seen.append(event["Number"])

            subscription = client.on("Thing", handle)
            emit(gateway, number=1)
            emit(gateway, number=2)
            await inside.wait()
            closing = asyncio.create_task(subscription.close())
            await client.ping()
            assert not closing.done()
            leave.set()
            await closing
            await subscription.close()
            assert seen == ["1"]

    run(program())


def test_close_inside_a_callback(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        client = await connecting(gateway)
        closed = asyncio.Event()
        calls = 0

        async def handle(event: libami.Event) -> None:
            nonlocal calls
            calls += 1
            await client.close()
            closed.set()

        client.on("Thing", handle)
        emit(gateway)
        emit(gateway)
        await asyncio.wait_for(closed.wait(), WAIT)
        await client.close()
        assert calls == 1
        assert not client.is_open

    run(program())


def test_close_cancels_a_callback_that_does_not_return(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        client = await connecting(gateway, action_timeout=0.3)
        inside, ended = asyncio.Event(), asyncio.Event()

        async def stuck(event: libami.Event) -> None:
            inside.set()
            try:
                await asyncio.sleep(1000)
            finally:
                ended.set()

        client.on("Thing", stuck)
        emit(gateway)
        await inside.wait()
        await client.close()
        assert ended.is_set()
        assert not client.is_open

    run(program())


def test_close_ends_callbacks(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        client = await connecting(gateway)
        calls = 0

        def handle(event: libami.Event) -> None:
            nonlocal calls
            calls += 1

        client.on("Thing", handle)
        for _ in range(1000):
            emit(gateway)
        await client.close()
        so_far = calls
        async with connecting(gateway) as other, other.events("Thing", timeout=WAIT) as events:
            emit(gateway)
            await anext(events)
        assert calls == so_far
        assert asyncio.all_tasks() <= {asyncio.current_task()} or len(asyncio.all_tasks()) <= 2

    run(program())
