"""Links that come and go: reconnecting, its markers and states, keepalive, and what is counted."""

from __future__ import annotations

import asyncio
import builtins
import dataclasses
import inspect
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import configuration
import libami
import libami.aio
import pytest
from conftest import SECRET, WAIT, Asterisk, Face, eventually, face_client, face_gateway, fake_server
from libami.aio import _loop
from libami.simulator import Simulator

EVENT = "Event: {}\r\nPrivilege: user,all\r\nNumber: {}\r\n\r\n"
SOON = libami.Reconnect(min=0.01, max=0.05)
"""Makes a lost link again at once."""
LATER = libami.Reconnect(min=1000, max=1000)
"""Leaves it lost for as long as a test takes."""


def emit(gateway: Simulator, number: int, name: str = "Thing") -> None:
    assert gateway.emit("user", EVENT.format(name, number)) > 0


def lose(face: Face, gateway: Simulator, *clients: Any) -> None:
    """Have the connections lost, and wait until the clients have connected again."""
    before = sum(client.stats().reconnects for client in clients)
    gateway.disconnect_all()
    eventually(face, lambda: sum(client.stats().reconnects for client in clients) >= before + len(clients))
    for client in clients:
        face.do(partial(client.wait_for_state, "open", WAIT))


@contextmanager
def once(condition: Callable[[], object], act: Callable[[], object]) -> Iterator[None]:
    """Do something in another thread as soon as a condition holds, while a call is being waited for."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.001):
            if condition():
                act()
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(WAIT)


def silent(connection: socket.socket) -> None:
    """Let a client log in, and answer nothing after that."""
    with connection.makefile("rwb") as stream:
        stream.write(b"Asterisk Call Manager/5.0.5\r\n")
        stream.flush()
        answers = iter(
            [
                "Response: Success\r\nActionID: {}\r\nChallenge: 1\r\n\r\n",
                "Response: Success\r\nActionID: {}\r\nMessage: Authentication accepted\r\n\r\n",
            ]
        )
        for line in stream:
            answer = next(answers, None) if line.startswith(b"ActionID: ") else None
            if answer is not None:
                stream.write(answer.format(line.split()[1].decode()).encode())
                stream.flush()


# Reconnecting


def test_reconnect_makes_a_lost_link_again_and_marks_the_gap(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, reconnect=SOON)
    events = face.do(lambda: client.events("Thing,#gap", timeout=WAIT))
    every = face.do(lambda: client.events(timeout=0))
    states = face.do(lambda: client.events("#state", timeout=WAIT))
    emit(gateway, 1)
    eventually(face, lambda: events.counters.received == 1)
    before = time.time()
    lose(face, gateway, client)
    emit(gateway, 2)
    assert face.next(events)["Number"] == "1"
    gap = face.next(events)
    assert (gap.kind, gap.name, gap.lost) == ("gap", "#gap", 0)
    assert before - 1 < float(gap["From"]) <= float(gap["Until"]) < time.time() + 1
    assert gap.outage == pytest.approx(float(gap["Until"]) - float(gap["From"]))
    assert 0 < gap.outage < WAIT
    assert "closed the connection" in gap["Cause"]
    event = face.next(events)
    assert (event.kind, event["Number"], event.outage) == ("server", "2", 0)
    waiting, connecting, opened = (face.next(states) for _ in range(3))
    assert {marker.kind for marker in (waiting, connecting, opened)} == {"state"}
    assert (waiting.name, waiting["State"]) == ("#state", "waiting")
    assert "closed the connection" in waiting["Cause"]
    assert 5 <= int(waiting["RetryIn"]) <= 10
    assert (connecting["State"], connecting["Attempt"]) == ("connecting", "1")
    assert opened["State"] == client.state == "open"
    # Without names the gap comes, and the states do not.
    kinds = [event.kind for event in face.all(every)]
    assert kinds.count("gap") == 1
    assert "state" not in kinds
    assert client.stats().reconnects == 1
    face.do(client.close)
    assert client.state == "closed"
    assert face.all(events) == []


def test_callbacks_and_the_inbox_go_on(face: Face, gateway: Simulator) -> None:
    client = face_gateway(face, gateway, reconnect=SOON)
    other = face_client(face, gateway, reconnect=SOON)
    numbers: list[str] = []
    texts: list[str] = []
    gaps: list[str] = []
    things = face.do(lambda: other.on("Thing", lambda event: numbers.append(event["Number"])))
    face.do(lambda: client.on_sms(lambda sms: texts.append(sms.text)))
    face.do(lambda: client.on("#gap", lambda event: gaps.append(event.name)))
    inbox = face.do(lambda: client.inbox(timeout=WAIT))

    def is_seen(number: int) -> bool:
        return len(numbers) == len(texts) == number + 1

    for number in range(3):
        emit(gateway, number)
        assert gateway.deliver_sms(1, "10086", f"text {number}") == 2
        eventually(face, partial(is_seen, number))
        lose(face, gateway, client, other)
    eventually(face, lambda: len(gaps) == 3)
    assert numbers == ["0", "1", "2"]
    assert texts == ["text 0", "text 1", "text 2"]
    assert [
        item.text for item in (face.next(inbox) for _ in range(6)) if isinstance(item, libami.Sms)
    ] == texts
    assert things.counters.received == things.counters.delivered == 3
    face.do(client.close)
    face.do(other.close)


@pytest.mark.parametrize("wait", [False, True])
def test_action_that_was_written_is_unknown_after_a_lost_link(
    face: Face, gateway: Simulator, wait: bool
) -> None:
    gateway.set_latency(1, 2 * WAIT)
    client = face_client(face, gateway, reconnect=dataclasses.replace(SOON, wait=wait))
    before = client.stats().bytes_sent

    def is_written() -> Any:
        return client.stats().in_flight == 1 and client.stats().bytes_sent > before

    with once(is_written, gateway.disconnect_all), pytest.raises(libami.OutcomeUnknown, match="may have"):
        face.do(lambda: client.command('gsm send ussd 1 "*100#" 1000', timeout=1000))
    eventually(face, lambda: client.stats().reconnects == 1)
    face.do(client.close)


def test_call_without_waiting_fails_while_the_link_is_down(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, reconnect=LATER)
    events = face.do(lambda: client.events("Thing", timeout=0))
    gateway.disconnect_all()
    face.do(lambda: client.wait_for_state("waiting", WAIT))
    assert not client.is_open
    assert "(waiting)" in repr(client)
    with pytest.raises(libami.ConnectError, match="the connection is down") as raised:
        face.do(client.ping)
    assert raised.value.code == 103
    # The stream has not ended, it is idle.
    assert face.all(events) == []
    with pytest.raises(libami.TimeoutError, match="it is waiting"):
        face.do(lambda: client.wait_for_state("open", 0))
    start = time.monotonic()
    face.do(client.close)
    assert time.monotonic() - start < WAIT / 2
    assert client.state == "closed"
    with pytest.raises(libami.ClosedError):
        face.do(client.ping)


def test_call_can_wait_for_the_next_link(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, reconnect=dataclasses.replace(SOON, wait=True), action_timeout=WAIT)
    port = gateway.port
    gateway.stop()
    eventually(face, lambda: client.state != "open")
    with pytest.raises(libami.TimeoutError) as raised:
        face.do(lambda: client.action("Ping", deadline=0.05))
    assert raised.value.code == 102
    again: list[Simulator] = []
    with once(lambda: client.stats().in_flight, lambda: again.append(Simulator(port, secret=SECRET))):
        assert face.do(lambda: client.action("CoreSettings"))["AsteriskVersion"] == "1.8.20.0"
    assert client.stats().reconnects == 1
    face.do(client.close)
    again[0].stop()


def test_attempts_end_at_their_limit(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, reconnect=libami.Reconnect(min=0.001, max=0.001, attempts=3))
    events = face.do(lambda: client.events("Thing", timeout=WAIT))
    gateway.stop()
    face.do(lambda: client.wait_for_state("closed", WAIT))
    calls: list[tuple[Callable[[], object], int]] = [
        (lambda: face.do(lambda: client.wait_for_state("open")), 101),
        (lambda: face.next(events), 101),
        (lambda: face.do(client.ping), 103),
    ]
    for call, code in calls:
        with pytest.raises(libami.ConnectError, match="3 attempts") as raised:
            call()
        assert raised.value.code == code
    face.do(client.close)


def test_secret_that_is_refused_later_is_not_tried_again(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, reconnect=SOON)
    states = face.do(lambda: client.events("#state", timeout=WAIT))
    port = gateway.port
    gateway.stop()
    with Simulator(port, secret="another"):
        face.do(lambda: client.wait_for_state("closed", WAIT))
        with pytest.raises(libami.AuthError) as raised:
            face.do(lambda: client.wait_for_state("open"))
    while (state := face.next(states))["State"] != "closed":
        pass
    assert state["Cause"] == str(raised.value)
    face.do(client.close)


def test_link_that_is_lost_without_reconnect_is_the_end(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    states = face.do(lambda: client.events("#state", timeout=WAIT))
    gateway.disconnect_all()
    with pytest.raises(libami.ConnectError, match="closed the connection"):
        face.do(lambda: client.wait_for_state("waiting", WAIT))
    assert client.state == "closed"
    assert face.next(states)["State"] == "closed"
    with pytest.raises(libami.ConnectError, match="closed the connection"):
        face.next(states)
    face.do(client.close)


def test_client_that_is_forgotten_while_it_waits_gives_a_warning(gateway: Simulator) -> None:
    settings: Any = {"username": "admin", "secret": SECRET, "reconnect": LATER}
    clients = [libami.connect("127.0.0.1", gateway.port, **settings)]
    gateway.disconnect_all()
    clients[0].wait_for_state("waiting", WAIT)
    with pytest.warns(ResourceWarning, match="was not closed"):
        clients.clear()


def test_settings_that_are_left_out_have_defaults() -> None:
    assert dataclasses.asdict(libami.Reconnect()) == {
        "min": 1.0,
        "max": 60.0,
        "attempts": None,
        "stable_after": 10.0,
        "wait": False,
        "first": False,
    }
    with pytest.raises(TypeError):
        libami.Reconnect(1.0)  # type: ignore[call-arg]
    with pytest.raises(dataclasses.FrozenInstanceError):
        libami.Reconnect().min = 2.0  # type: ignore[misc]
    for connect, client, result in (
        (libami.connect, libami.Client, "Client"),
        (libami.aio.connect, libami.aio.Client, "Connecting[Client]"),
    ):
        settings = inspect.signature(connect)
        assert settings.parameters == inspect.signature(client).parameters
        assert settings.return_annotation == result
        assert settings.parameters["keepalive"].default == 30.0
        assert settings.parameters["keepalive_timeout"].default == 10.0
        assert settings.parameters["reconnect"].default is None


# Keepalive


def test_keepalive_asks_a_silent_server_for_a_sign_of_life(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, keepalive=0.02)
    eventually(face, lambda: client.stats().round_trips.count >= 3)
    stats = client.stats()
    assert (stats.actions, stats.in_flight, stats.reconnects) == (0, 0, 0)
    face.do(client.close)


def test_keepalive_finds_a_dead_link(face: Face) -> None:
    with fake_server(silent) as port:
        settings: Any = {"username": "admin", "secret": SECRET, "keepalive": 0.05, "keepalive_timeout": 0.05}
        client = face.connect("127.0.0.1", port, **settings)
        with pytest.raises(libami.ConnectError, match="silent") as raised:
            face.do(lambda: client.wait_for_state("waiting", WAIT))
        assert raised.value.code == 103
        face.do(client.close)


@pytest.mark.parametrize("keepalive", [None, 0])
def test_keepalive_can_be_switched_off(face: Face, gateway: Simulator, keepalive: float | None) -> None:
    client = face_client(face, gateway, keepalive=keepalive)
    assert face.all(face.do(lambda: client.events("Never", timeout=0.1))) == []
    assert client.stats().round_trips.count == 0
    assert face.do(client.ping) < WAIT
    face.do(client.close)


# States


def test_states_from_the_first_to_the_last(face: Face, gateway: Simulator) -> None:
    module: Any = libami.aio if face.runner else libami
    client = module.Client("127.0.0.1", gateway.port, username="admin", secret=SECRET)
    states = face.do(lambda: client.events("#state", timeout=WAIT))
    assert client.state == "new"
    face.do(lambda: client.wait_for_state("new", 0))
    face.do(client.open)
    assert client.state == "open"
    face.do(lambda: client.wait_for_state("open"))
    assert [face.next(states)["State"] for _ in range(2)] == ["connecting", "open"]
    face.do(client.close)
    assert client.state == "closed"
    face.do(lambda: client.wait_for_state("closed", 0))
    with pytest.raises(libami.ClosedError):
        face.do(lambda: client.wait_for_state("open"))


def test_waiting_for_a_state_has_an_end(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, reconnect=SOON)
    for seconds in (0, 0.05):
        start = time.monotonic()
        with pytest.raises(builtins.TimeoutError, match="was not closed in time; it is open") as raised:
            face.do(partial(client.wait_for_state, "closed", seconds))
        assert isinstance(raised.value, libami.TimeoutError)
        assert raised.value.code == 102
        assert seconds <= time.monotonic() - start < WAIT
    for state, timeout, words in (
        ("opened", None, 'no state named "opened"; there are new, connecting, open'),
        ("", None, "no state named"),
        ("open", -1, "must not be negative"),
        ("open", math.nan, "must not be negative"),
    ):
        with pytest.raises(libami.InvalidValue, match=words):
            face.do(partial(client.wait_for_state, state, timeout))
    face.do(lambda: client.wait_for_state("open", 1e300))
    face.do(client.close)


def test_state_wait_of_a_thread_lets_others_run(gateway: Simulator, client: libami.Client) -> None:
    ended = threading.Event()

    def wait() -> None:
        client.wait_for_state("closed")
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert client.ping() < WAIT
    client.close()
    assert ended.wait(WAIT)
    thread.join(WAIT)


def test_state_wait_of_a_task_can_be_cancelled(gateway: Simulator) -> None:
    async def program() -> None:
        settings: Any = {"username": "admin", "secret": SECRET}
        async with libami.aio.connect("127.0.0.1", gateway.port, **settings) as client:
            executor = _loop._executor(asyncio.get_running_loop())
            for timeout in (None, 1000):
                with pytest.raises(builtins.TimeoutError) as raised:
                    await asyncio.wait_for(client.wait_for_state("waiting", timeout), 0.05)
                assert not isinstance(raised.value, libami.TimeoutError)
                assert len(executor) == 0
            waiting = asyncio.create_task(client.wait_for_state("closed", WAIT))
            assert await client.ping() < WAIT
            await client.close()
            await waiting

    asyncio.run(program())


# What is counted


def test_stats_count_the_work_of_a_client(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    fresh = client.stats()
    assert fresh.bytes_received > 0
    assert fresh.bytes_sent > 0
    trips = fresh.round_trips
    assert (fresh.actions, fresh.in_flight, fresh.reconnects, trips.count) == (0, 0, 0, 0)
    assert (trips.mean, trips.longest, trips.quantile(0.5), trips.buckets()) == (0, 0, 0, [])
    last = face.do(lambda: client.events("Last", timeout=WAIT))
    for number in range(10):
        emit(gateway, number)
    emit(gateway, 0, "Last")
    face.next(last)
    for _ in range(5):
        face.do(client.ping)
    stats = client.stats()
    assert stats.events >= fresh.events + 11
    assert stats.bytes_received > fresh.bytes_received
    assert stats.bytes_sent > fresh.bytes_sent
    assert (stats.actions, stats.in_flight, stats.reconnects) == (5, 0, 0)
    trips = stats.round_trips
    assert trips.count == 5
    assert 0 < trips.mean <= trips.longest < WAIT
    assert 0 < trips.quantile(0) <= trips.quantile(0.5) <= trips.quantile(1) <= trips.longest
    ends = [end for end, _ in trips.buckets()]
    assert ends == sorted(ends)
    assert ends[-1] == math.inf
    assert sum(count for _, count in trips.buckets()) == 5
    for share in (-0.1, 1.1, math.nan):
        with pytest.raises(libami.InvalidValue, match="from 0 to 1"):
            trips.quantile(share)
    assert "actions=5" in repr(stats)
    assert "count=5" in repr(trips)
    # It is what it was then.
    assert fresh.actions == 0
    for frozen in (stats, trips):
        with pytest.raises(AttributeError):
            frozen.count = 1
    face.do(client.close)
    assert client.stats().actions == 5


def test_counters_count_the_events_of_a_subscription(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway, queue_events=10)
    seen: list[str] = []
    events = face.do(lambda: client.events("Thing", timeout=WAIT))
    sender = face_gateway(face, gateway)
    inbox = face.do(lambda: sender.inbox(timeout=WAIT))
    subscription = face.do(lambda: client.on("Thing", lambda event: seen.append(event["Number"])))
    last = face.do(lambda: client.events("Last", timeout=WAIT))
    emit(gateway, 0)
    eventually(face, lambda: seen)
    for number in range(1, 100):
        emit(gateway, number)
    assert gateway.deliver_sms(1, "10086", "hello") == 2
    emit(gateway, 0, "Last")
    face.next(last)
    counters = events.counters
    assert (counters.received, counters.delivered, counters.dropped, counters.waiting) == (100, 0, 90, 10)
    assert counters.waiting_bytes > 10 * len("Number: 10")
    assert face.next(events)["Number"] == "90"
    assert (events.counters.delivered, events.counters.waiting) == (1, 9)
    assert events.counters.waiting_bytes < counters.waiting_bytes
    assert counters.delivered == 0
    assert repr(counters).startswith("<libami.Counters received=100 delivered=0 dropped=90 waiting=10 ")
    assert face.next(inbox).text == "hello"
    assert inbox.counters.received == inbox.counters.delivered >= 1
    eventually(face, lambda: subscription.counters.waiting == 0)
    assert subscription.counters.received == 100
    assert subscription.counters.delivered + subscription.counters.dropped == 100
    with pytest.raises(AttributeError):
        counters.received = 1
    events.close()
    assert events.counters.received == 100
    assert (events.counters.waiting, events.counters.waiting_bytes) == (0, 0)
    face.do(sender.close)
    face.do(client.close)


# Real servers


def sessions(client: libami.Client) -> set[str]:
    """The descriptors that a server knows its sessions by."""
    lines = client.command("manager show connected").splitlines()
    column = lines[0].index("FileDes")
    return {line[column:].split()[0] for line in lines[1:-1]}


def test_session_that_a_real_server_ends_is_made_again(face: Face, asterisk: Asterisk) -> None:
    name, secret = configuration.ADMIN
    with asterisk.connect() as other:
        before = sessions(other)
        client = face.connect(asterisk.host, asterisk.port, username=name, secret=secret, reconnect=SOON)
        events = face.do(lambda: client.events("UserEvent,#gap", timeout=WAIT))
        face.do(lambda: client.action("UserEvent", UserEvent="Before"))
        if asterisk.generation >= 22:
            (session,) = sessions(other) - before
            other.command(f"manager kick session {session}")
        else:
            # It has no such command.
            assert face.do(lambda: client.action("Logoff"))["Response"] == "Goodbye"
        eventually(face, lambda: client.stats().reconnects == 1)
        # The event mask is in force again.
        other.action("UserEvent", UserEvent="After")
    seen = [face.next(events) for _ in range(3)]
    assert [event.get("UserEvent", event.kind) for event in seen] == ["Before", "gap", "After"]
    assert seen[1].outage > 0
    face.do(client.close)
