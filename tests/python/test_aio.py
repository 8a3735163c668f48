"""The asyncio face: what both faces do alike, and what only an event loop asks for."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import textwrap
import threading
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import libami
import libami.aio
import pytest
from conftest import (
    LOOPS,
    SECRET,
    WAIT,
    Asterisk,
    Face,
    all_left,
    eventually,
    face_client,
    face_gateway,
    fake_server,
    run_python,
)
from libami import _native
from libami.aio import _loop
from libami.simulator import Simulator

EVENT = "Event: {}\r\nPrivilege: user,all\r\nNumber: {}\r\n\r\n"
Result = TypeVar("Result")


def emit(gateway: Simulator, name: str = "Thing", number: int = 1) -> None:
    assert gateway.emit("user", EVENT.format(name, number)) > 0


def run_on(factory: Callable[[], asyncio.AbstractEventLoop], program: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(asyncio.wait_for(program, 6 * WAIT))


Run = Callable[[Coroutine[Any, Any, Result]], Result]


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a program on each kind of loop."""
    return lambda program: run_on(request.param, program)


def connecting(gateway: Simulator, **settings: Any) -> Any:
    settings = {"username": "admin", "secret": SECRET, "action_timeout": WAIT, **settings}
    return libami.aio.connect("127.0.0.1", gateway.port, **settings)


def executor() -> _native.Executor:
    return _loop._executor(asyncio.get_running_loop())


def forget(things: list[Any]) -> None:
    things.clear()
    gc.collect()


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


# Both faces


CALLS: list[tuple[Callable[[Any], Any], Callable[[Any], object]]] = [
    (lambda c: c.ping(), lambda got: 0 < got < WAIT),
    (lambda c: c.command("gsm show spans"), lambda got: got.startswith("GSM span 1: ")),
    (lambda c: c.command("core show version", timeout=WAIT), lambda got: got.startswith("Asterisk 1.8.")),
    (lambda c: c.action("CoreSettings"), lambda got: got["AsteriskVersion"] == "1.8.20.0"),
    (lambda c: c.action("UserEvent", {"A": 1}, UserEvent="x"), lambda got: got["Message"] == "Event Sent"),
    (
        lambda c: c.action("UserEvent", [("A", [1, b"b"])], async_="x", UserEvent="x"),
        lambda got: got["response"] == "Success",
    ),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_call_gives_the_same_on_both_faces(face: Face, gateway: Simulator, number: int) -> None:
    call, check = CALLS[number]
    client = face_client(face, gateway)
    assert client.is_open
    assert client.banner == "Asterisk Call Manager/1.1"
    assert check(face.do(lambda: call(client)))
    face.do(client.close)
    assert not client.is_open


ERRORS: list[tuple[Callable[[Any], Any], type[BaseException], str]] = [
    (lambda c: c.action("NoSuchAction"), libami.ActionError, "the server refused NoSuchAction"),
    (lambda c: c.action("Bad\r\nName"), libami.InvalidValue, ""),
    (lambda c: c.action("DBGet", Family=None), TypeError, "the value of Family is of type NoneType"),
    (lambda c: c.action("Ping", deadline=0), libami.InvalidValue, "must be more than 0 seconds"),
    (lambda c: c.command("no such thing"), libami.CommandError, "no such CLI command"),
    (lambda c: c.events(""), libami.InvalidValue, "an event name is empty"),
    (lambda c: c.events(timeout=-1), libami.InvalidValue, "must not be negative"),
    (lambda c: c.on("A,,B", print), libami.InvalidValue, "an event name is empty"),
    (lambda c: c.on("*", print), libami.InvalidValue, "leave the names out for every event"),
    (lambda c: c.on("Thing", "handle"), TypeError, "a callback must be callable, and a str is not"),
    (lambda c: c.open(), libami.Error, "open already"),
]


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_a_call_raises_the_same_on_both_faces(face: Face, gateway: Simulator, number: int) -> None:
    call, kind, words = ERRORS[number]
    client = face_client(face, gateway)
    with pytest.raises(kind, match=words or None):
        face.do(lambda: call(client))
    face.do(client.close)
    for closed in (client.events, client.ping, lambda: client.on(None, print)):
        with pytest.raises(libami.ClosedError):
            face.do(closed)
    face.do(client.close)


def test_events_come_from_the_call_on(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", timeout=WAIT))
    for number in range(3):
        emit(gateway, number=number)
    assert [face.next(events)["Number"] for _ in range(3)] == ["0", "1", "2"]
    events.close()
    assert face.all(events) == []
    face.do(client.close)


def test_an_idle_stream_ends_and_goes_on(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", timeout=0.2))
    start = time.monotonic()
    assert face.all(events) == []
    assert 0.19 <= time.monotonic() - start < WAIT
    emit(gateway)
    assert [event["Number"] for event in face.all(events)] == ["1"]
    face.do(client.close)
    assert face.all(events) == []


def test_a_timeout_of_zero_takes_what_is_there(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    sender = face_gateway(face, gateway)
    events, inbox = (
        face.do(lambda: client.events("Thing", timeout=0)),
        face.do(lambda: sender.inbox(timeout=0)),
    )
    last = face.do(lambda: client.events("Last", timeout=WAIT))
    for number in range(1000):
        emit(gateway, number=number)
    gateway.deliver_sms(1, "10086", "hello")
    emit(gateway, "Last")
    face.next(last)
    assert len(face.all(events)) == 1000
    # What is read out of events comes a moment after them.
    eventually(face, lambda: inbox.counters.waiting)
    assert [sms.text for sms in face.all(inbox)] == ["hello"]
    face.do(client.close)
    face.do(sender.close)


def test_a_lost_link_is_an_error_in_the_stream(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", timeout=WAIT))
    emit(gateway)
    assert face.next(events)["Number"] == "1"
    gateway.disconnect_all()
    for _ in range(2):
        with pytest.raises(libami.ConnectError, match="closed the connection") as raised:
            face.next(events)
        assert raised.value.code == 103
    with pytest.raises(libami.ConnectError, match="the link is down"):
        face.do(client.ping)
    face.do(client.close)


@pytest.mark.parametrize(
    ("policy", "numbers"),
    [
        ("drop-oldest", ["#lagged", *map(str, range(90, 100))]),
        ("drop-newest", [*map(str, range(10)), "#lagged"]),
    ],
)
def test_a_full_queue_counts_and_marks_what_is_lost(
    face: Face, gateway: Simulator, policy: str, numbers: list[str]
) -> None:
    client = face_client(face, gateway, queue_events=10, queue_policy=policy)
    events = face.do(lambda: client.events("Thing,#lagged", timeout=0))
    last = face.do(lambda: client.events("Last", timeout=WAIT))
    for number in range(100):
        emit(gateway, number=number)
    emit(gateway, "Last")
    face.next(last)
    assert [event.get("Number", event.name) for event in face.all(events)] == numbers
    face.do(client.close)


def test_settings_that_cannot_work(face: Face) -> None:
    module = libami.aio if face.runner else libami
    with pytest.raises(libami.InvalidValue, match="port must be a number") as raised:
        module.connect("127.0.0.1", 0, username="admin", secret=SECRET)
    trace = raised.value.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("libami"):
            assert SECRET not in repr(trace.tb_frame.f_locals)
        trace = trace.tb_next


@pytest.mark.parametrize("secret", ["wrong"])
def test_a_wrong_secret(face: Face, gateway: Simulator, secret: str) -> None:
    with pytest.raises(libami.AuthError) as raised:
        face.connect("127.0.0.1", gateway.port, username="admin", secret=secret)
    assert raised.value.code == 203


# Real servers


def test_a_real_server_on_both_faces(face: Face, asterisk: Asterisk) -> None:
    import configuration

    name, secret = configuration.ADMIN
    client = face.connect(asterisk.host, asterisk.port, username=name, secret=secret)
    settings = face.do(lambda: client.action("CoreSettings"))
    assert settings["AsteriskVersion"].startswith(f"{asterisk.generation}.")
    version = face.do(lambda: client.command("core show version"))
    assert version.startswith(f"Asterisk {asterisk.generation}.")
    assert face.do(client.ping) < WAIT
    events = face.do(lambda: client.events("OriginateResponse", "Hangup", timeout=WAIT))
    receiver = face.open_gateway(
        asterisk.host, asterisk.port, username=name, secret=secret, dialect="openvox"
    )
    inbox = face.do(lambda: receiver.inbox(timeout=WAIT))

    def originate(extension: str, wait: int) -> Any:
        return face.do(
            lambda: client.action(
                "Originate",
                Channel=f"Local/{extension}@default",
                Application="Wait",
                Data=wait,
                Async=True,
                ActionID=extension,
                Variable=["LIBAMI_A=1", "LIBAMI_B=2"],
            )
        )

    assert originate("hold", 600)["Message"] == "Originate successfully queued"
    # Calls that another test left behind may end only now.
    channel = next(e for e in face.each(events) if e.get("ActionID") == "hold")["Channel"]
    assert face.do(lambda: client.action("Getvar", Channel=channel, Variable="LIBAMI_B"))["Value"] == "2"
    entries = face.do(lambda: client.action("CoreShowChannels")).events
    assert channel in [event["Channel"] for event in entries]
    face.do(lambda: client.action("Hangup", Channel=channel))
    assert any(e.name == "Hangup" and e["Channel"] == channel for e in face.each(events))
    originate("sms", 0)
    assert face.next(inbox).text == "hello gateway"
    with pytest.raises(libami.CommandError, match="no such CLI command"):
        face.do(lambda: client.command("no such thing"))
    with pytest.raises(libami.ActionError, match="the server refused NoSuchAction"):
        face.do(lambda: client.action("NoSuchAction"))
    with pytest.raises(libami.Error, match="knows no GSM commands"):
        face.do(lambda: receiver.send("13632919026", "hello", port=1))
    face.do(receiver.close)
    face.do(client.close)


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


def test_a_client_can_be_subscribed_to_before_it_is_open(run: Run[None], gateway: Simulator) -> None:
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


def test_a_server_that_refuses(run: Run[None]) -> None:
    async def program() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(libami.ConnectError) as raised:
            await libami.aio.connect("127.0.0.1", port, username="admin", secret=SECRET)
        assert raised.value.code == 101

    run(program())


def test_cancelling_connect_leaves_nothing_behind(run: Run[None]) -> None:
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


def test_close_cancels_open(run: Run[None]) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"Asterisk Call Manager/5.0.5\r\n")
        while connection.recv(1024):
            pass

    async def program(port: int) -> None:
        client = libami.aio.Client("127.0.0.1", port, username="admin", secret=SECRET)
        opening = asyncio.create_task(client.open())
        await asyncio.sleep(0.1)
        await client.close()
        with pytest.raises(libami.ClosedError):
            await opening

    with fake_server(talk) as port:
        run(program(port))


# Calls


def test_many_actions_at_once(run: Run[None], gateway: Simulator) -> None:
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
def test_a_call_that_is_cancelled_leaves_nothing_behind(
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


def test_many_that_are_cancelled(run: Run[None], gateway: Simulator) -> None:
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


def test_a_deadline_that_passes_leaves_the_outcome_unknown(run: Run[None], gateway: Simulator) -> None:
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
        await asyncio.sleep(0.1)
        await client.close()
        with pytest.raises(libami.OutcomeUnknown):
            await waiting

    run(program())


# Streams


def test_a_step_that_is_cancelled_loses_nothing(run: Run[None], gateway: Simulator) -> None:
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


def test_waits_that_are_given_up_leave_nothing_behind(run: Run[None], gateway: Simulator) -> None:
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


def test_a_wait_is_to_a_task_what_a_future_is(run: Run[None], gateway: Simulator) -> None:
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


def test_what_a_task_raises_as_news_come_is_its_own(run: Run[None], gateway: Simulator) -> None:
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


def test_several_tasks_share_a_stream(run: Run[None], gateway: Simulator) -> None:
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


def test_a_stream_that_never_runs_dry_lets_others_run(run: Run[None], gateway: Simulator) -> None:
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


def test_a_slow_reader_stalls_no_action(run: Run[None], gateway: Simulator) -> None:
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


def test_a_stream_keeps_its_client_alive(run: Run[None], gateway: Simulator) -> None:
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


def test_a_callback_can_use_the_client(run: Run[None], gateway: Simulator) -> None:
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


def test_what_a_callback_raises_is_logged_and_harms_nothing(
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


def test_a_subscription_ends_with_close(run: Run[None], gateway: Simulator) -> None:
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
            await asyncio.sleep(0.05)
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


def test_nothing_of_a_callback_runs_after_close(run: Run[None], gateway: Simulator) -> None:
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
        await asyncio.sleep(0.05)
        assert calls == so_far
        assert asyncio.all_tasks() <= {asyncio.current_task()} or len(asyncio.all_tasks()) <= 2

    run(program())


# Loops


def test_several_loops_in_several_threads(gateway: Simulator) -> None:
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


def test_a_client_belongs_to_its_loop(run: Run[Any], gateway: Simulator) -> None:
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


def test_a_loop_that_is_closed_early(run: Run[list[Any]], gateway: Simulator) -> None:
    """What was waiting goes with the loop, and the client with its last reference."""

    async def leave() -> list[Any]:
        client = await connecting(gateway)
        gateway.set_latency(1, 0.2)
        waiting = [
            asyncio.create_task(client.command('gsm send ussd 1 "*100#" 1000', timeout=1000)),
            asyncio.create_task(anext_of(client.events("Never", timeout=1000))),
        ]
        client.on(None, print)
        await asyncio.sleep(0.05)
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


def test_an_exception_that_ends_the_loop_closes_the_client(run: Run[None], gateway: Simulator) -> None:
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
                await asyncio.sleep(0.05)
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
def test_the_interpreter_ends_well_while_connected(gateway: Simulator, code: str) -> None:
    gateway.set_latency(1, 0.3)
    done = run_python(PROGRAM + textwrap.dedent(code), gateway.port, SECRET)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "panicked" not in done.stderr


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_loop_that_is_forgotten_goes_with_all_that_waits(gateway: Simulator, close: bool) -> None:
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
        await asyncio.sleep(0.05)
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


def test_a_task_that_forgets_its_client(run: Run[None], gateway: Simulator) -> None:
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


def test_inside_an_exit_stack_of_tasks(run: Run[None], gateway: Simulator) -> None:
    async def program() -> None:
        async with opened(gateway) as client, asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.ping()) for _ in range(10)]
        assert all(task.result() < WAIT for task in tasks)

    run(program())
