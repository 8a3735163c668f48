"""Actions whose responses come to futures, and the responses of many in order."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import itertools
import textwrap
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import libami
import libami.gateway
import pytest
from conftest import LOOPS, SECRET, WAIT, Collected, connect, run_on, run_python
from libami.simulator import Simulator
from scripted import SUCCESS, Script

Submit = Callable[..., Future[libami.Response]]


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def connected(script: Script, **settings: Any) -> Iterator[libami.Client]:
    with libami.connect(
        "127.0.0.1", script.port, username="admin", secret=SECRET, **({"action_timeout": WAIT} | settings)
    ) as client:
        yield client


def never(script: Script, name: str) -> None:
    """Have the server leave these actions without an answer."""
    script.on(name)


@pytest.fixture(params=["client", "gateway"])
def peer(request: pytest.FixtureRequest, gateway: Simulator) -> Iterator[tuple[libami.Client | Any, Submit]]:
    if request.param == "client":
        with connect(gateway) as client:
            yield client, client.submit
    else:
        with libami.gateway.connect("127.0.0.1", gateway.port, username="admin", secret=SECRET) as sender:
            yield sender, sender.submit_action


def test_submit_gives_the_response_and_takes_what_action_takes(peer: tuple[Any, Submit]) -> None:
    called, submit = peer
    future = submit("Ping")
    assert isinstance(future, Future)
    assert future.result(WAIT)["Ping"] == "Pong"
    assert future.done()
    assert not future.running()
    assert not future.cancelled()
    assert future.exception() is None
    named = submit("Ping", {"ActionID": "mine"}, deadline=WAIT)
    assert named.result()["ActionID"] == "mine"
    assert submit("Ping", [("ActionID", "other")]).result()["ActionID"] == "other"
    assert submit("Ping", ActionID="third").result()["ActionID"] == "third"
    assert [answer["Ping"] for answer in called.map(["Ping", ("Ping", {"ActionID": "x"})])] == 2 * ["Pong"]


def test_submit_keeps_the_order_of_a_thread(script: Script) -> None:
    with connected(script) as client:
        futures = [client.submit("Do", Number=number) for number in range(500)]
        assert not concurrent.futures.wait(futures, WAIT).not_done
    seen = [dict(headers)["Number"] for name, headers in script._seen if name == "Do"]
    assert seen == [str(number) for number in range(500)]


def test_submit_raises_as_action_does(script: Script) -> None:
    script.on("No", "Response: Error\r\nActionID: {id}\r\nMessage: No such thing\r\n\r\n")
    never(script, "Silence")
    with connected(script) as client:
        refused = client.submit("No")
        with pytest.raises(libami.NotFoundError, match="No such thing") as raised:
            refused.result(WAIT)
        assert raised.value.response is not None
        assert refused.exception() is raised.value
        late = client.submit("Silence", deadline=0.05)
        assert isinstance(late.exception(WAIT), libami.OutcomeUnknown)
        with pytest.raises(concurrent.futures.TimeoutError):
            client.submit("Silence").result(0.01)
        for wrong in ({"A": "x\r\nAction: Logoff"}, {"A:": "x"}):
            with pytest.raises(libami.InvalidValue):
                client.submit("Ping", wrong)
        with pytest.raises(TypeError, match="deadline="):
            client.submit("Ping", timeout=5)
        with pytest.raises(TypeError):
            client.submit("Ping", A=object())  # type: ignore[arg-type]
        same = client.submit("Silence", ActionID="same")
        with pytest.raises(libami.InvalidValue, match="ActionID"):
            client.submit("Ping", ActionID="same")
        same.cancel()
    with pytest.raises(libami.ClosedError):
        client.submit("Ping")
    unopened = libami.Client("127.0.0.1", script.port, username="admin", secret=SECRET)
    with pytest.raises(libami.Error) as early:
        unopened.submit("Ping")
    assert early.value.code == 2


def test_submit_ends_when_the_client_closes_or_the_connection_breaks(script: Script) -> None:
    never(script, "Silence")
    with connected(script) as client:
        waiting = [client.submit("Silence") for _ in range(100)]
        script.wait_for("Silence", 100)
    # Closing waits for them.
    assert all(future.done() for future in waiting)
    assert {type(future.exception()) for future in waiting} == {libami.OutcomeUnknown}
    with connected(script) as client:
        waiting = [client.submit("Silence") for _ in range(100)]
        script.wait_for("Silence", 200)
        script.drop()
        assert not concurrent.futures.wait(waiting, WAIT).not_done
        assert {type(future.exception()) for future in waiting} == {libami.OutcomeUnknown}


def test_submit_waits_for_the_next_connection(script: Script) -> None:
    script.hang_up_on("Hang")
    reconnect = libami.Reconnect(min=0.05, wait=True)
    with connected(script, reconnect=reconnect) as client:
        hung = client.submit("Hang")
        assert isinstance(hung.exception(WAIT), libami.OutcomeUnknown)
        client.wait_for_state("waiting", WAIT)
        futures = [client.submit("Do", Number=number) for number in range(3)]
        given_up = client.submit("Do", Number="never")
        assert given_up.cancel()
        assert not concurrent.futures.wait(futures, WAIT).not_done
        assert client.ping() > 0
    seen = [dict(headers)["Number"] for name, headers in script._seen if name == "Do"]
    assert seen == ["0", "1", "2"], "a cancelled one is not sent, and the others are sent once"


def test_submit_future_is_one_of_the_standard_library(script: Script) -> None:
    script.on("No", "Response: Error\r\nActionID: {id}\r\nMessage: No\r\n\r\n")
    never(script, "Silence")
    with connected(script) as client:
        futures = [client.submit("Ping") for _ in range(20)]
        assert set(concurrent.futures.as_completed(futures, WAIT)) == set(futures)
        silent, refused = client.submit("Silence"), client.submit("No")
        first = concurrent.futures.wait(
            [silent, refused], WAIT, return_when=concurrent.futures.FIRST_EXCEPTION
        )
        assert first.done == {refused}
        # A cancelled one counts as done for those that wait already.
        threading.Timer(0.02, silent.cancel).start()
        assert concurrent.futures.wait([silent], WAIT).done == {silent}
        with pytest.raises(concurrent.futures.CancelledError):
            silent.result()


def test_submit_cancelled_gets_nothing_and_leaves_nothing(script: Script) -> None:
    answers: dict[str, str] = {}

    def later(_script: Script, _name: str, headers: list[tuple[str, str]]) -> list[str]:
        answers["late"] = SUCCESS.format(id=dict(headers)["ActionID"])
        return []

    script.answers["Late"] = later
    with connected(script) as client:
        told: Collected[Future[libami.Response]] = Collected()
        future = client.submit("Late")
        future.add_done_callback(told)
        script.wait_for("Late")
        assert not future.running()
        assert future.cancel()
        assert future.cancel()
        assert future.cancelled()
        assert told.next() is future
        assert told.empty()
        assert client.stats().in_flight == 0
        # The answer still comes, and is nobody's news.
        with client.events(timeout=0.2) as events:
            script.say(answers["late"])
            assert client.ping() > 0
            assert list(events) == []
        done = client.submit("Ping")
        done.result(WAIT)
        assert not done.cancel()
        # Many at once, from several threads.
        never(script, "Silence")
        many = [client.submit("Silence") for _ in range(1000)]
        threads = [threading.Thread(target=lambda: [future.cancel() for future in many]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        assert all(future.cancelled() for future in many)
        assert client.stats().in_flight == 0
        assert client.ping() > 0


def test_submit_cancelled_before_it_is_written_is_not_sent(script: Script) -> None:
    stalled, go = threading.Event(), threading.Event()

    def stall(_script: Script, _name: str, _headers: list[tuple[str, str]]) -> list[str]:
        stalled.set()
        go.wait(2 * WAIT)
        return [SUCCESS]

    script.answers["Stall"] = stall
    with connected(script, action_timeout=3 * WAIT) as client:
        stall_answer = client.submit("Stall")
        assert stalled.wait(WAIT)
        # More than sockets take, as the server does not read.
        text = 900 * "x"
        futures = [
            client.submit("Much", [(f"H{at}", text) for at in range(100)] + [("Number", str(number))])
            for number in range(300)
        ]
        kept, cancelled = futures[:-50], futures[-50:]
        assert all(future.cancel() for future in cancelled)
        last = client.submit("Last")
        go.set()
        assert stall_answer.result(WAIT)
        assert last.result(3 * WAIT)
        assert all(future.result(3 * WAIT) for future in kept)
    numbers = [dict(headers)["Number"] for name, headers in script._seen if name == "Much"]
    assert numbers == [str(number) for number in range(250)]


def test_submit_functions_run_on_a_thread_of_their_own(gateway: Simulator) -> None:
    with connect(gateway) as client:
        names: Collected[str] = Collected()
        hold = threading.Event()

        def note(_future: Future[libami.Response]) -> None:
            names(threading.current_thread().name)
            # It may use the client, and wait.
            client.ping()
            hold.wait(WAIT)

        main = threading.current_thread().name
        # Under way for long enough to be given a function in time.
        with client.events("Never") as _:
            future = client.submit("Ping")
            future.add_done_callback(note)
        name = names.next()
        assert name != main or future.done()
        # One that does not return keeps no other from its response.
        assert all(client.submit("Ping").result(WAIT) for _ in range(20))
        hold.set()
        # What it raises is logged, and harms nobody.
        client.submit("Ping").add_done_callback(lambda _: 1 / 0)
        assert client.submit("Ping").result(WAIT)


def test_submit_from_a_function_and_close_in_one(gateway: Simulator) -> None:
    with connect(gateway) as client:
        ended: Collected[int] = Collected()
        left = itertools.count(1)

        def go_on(_future: Future[libami.Response]) -> None:
            number = next(left)
            if number == 200:
                client.close()
                ended(number)
            else:
                client.submit("Ping").add_done_callback(go_on)

        client.submit("Ping").add_done_callback(go_on)
        assert ended.next() == 200
        with pytest.raises(libami.ClosedError):
            client.submit("Ping")


@pytest.mark.parametrize("loop", LOOPS)
def test_submit_is_awaited_on_a_loop(script: Script, loop: Any) -> None:
    never(script, "Silence")

    async def program(client: libami.Client) -> None:
        answers = await asyncio.gather(*(asyncio.wrap_future(client.submit("Ping")) for _ in range(100)))
        assert len(answers) == 100
        future = client.submit("Silence")
        awaited = asyncio.wrap_future(future)
        awaited.cancel()
        with pytest.raises(asyncio.CancelledError):
            await awaited
        # The loop passes it on in one of its next turns.
        while not future.cancelled():
            await asyncio.sleep(0)
        assert client.stats().in_flight == 0

    with connected(script) as client:
        run_on(loop, program(client))


def test_submit_many_in_flight_by_several_threads(gateway: Simulator) -> None:
    with connect(gateway, action_timeout=6 * WAIT) as client:
        futures: list[Future[libami.Response]] = []

        def work() -> None:
            mine = [client.submit("Ping", ActionID=f"{threading.get_ident()}-{at}") for at in range(2_500)]
            futures.extend(mine)
            for at, future in enumerate(mine):
                assert future.result(6 * WAIT)["ActionID"] == f"{threading.get_ident()}-{at}"

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(6 * WAIT)
        assert len(futures) == 10_000
        assert all(future.done() for future in futures)
        assert client.stats().in_flight == 0


def test_submit_keeps_its_client_until_the_answer_and_no_longer(script: Script) -> None:
    go = threading.Event()

    def wait(_script: Script, _name: str, _headers: list[tuple[str, str]]) -> list[str]:
        go.wait(WAIT)
        return [SUCCESS]

    script.answers["Wait"] = wait
    client = libami.connect("127.0.0.1", script.port, username="admin", secret=SECRET)
    future, gone = client.submit("Wait"), weakref.ref(client)
    with warnings.catch_warnings():
        # It is not closed here.
        warnings.simplefilter("ignore", ResourceWarning)
        del client
        gc.collect()
        assert gone() is not None
        go.set()
        assert future.result(WAIT)
        deadline = time.monotonic() + WAIT
        while gone() is not None and time.monotonic() < deadline:
            time.sleep(0.005)
            gc.collect()
    assert gone() is None


# Many


def test_map_gives_responses_in_order(gateway: Simulator) -> None:
    with connect(gateway) as client:
        actions = (("Ping", {"ActionID": f"map-{number}"}) for number in range(1_000))
        answers = client.map(actions, in_flight=7)
        assert iter(answers) is answers
        assert [answer["ActionID"] for answer in answers] == [f"map-{number}" for number in range(1_000)]
        assert list(answers) == []
        assert list(client.map([])) == []
        assert client.stats().in_flight == 0


def test_map_has_no_more_in_flight_than_it_may(script: Script) -> None:
    most = 0
    with connected(script) as client:

        def actions() -> Iterator[str]:
            nonlocal most
            for _ in range(200):
                most = max(most, client.stats().in_flight)
                yield "Ping"

        answers = client.map(actions(), in_flight=5)
        assert client.stats().actions == 0, "nothing happens before it begins"
        assert len(list(answers)) == 200
        assert most <= 4
        for wrong in (0, -1):
            with pytest.raises(libami.InvalidValue, match="in_flight"):
                client.map(["Ping"], in_flight=wrong)


def test_map_raises_where_an_action_has_failed_and_goes_on(script: Script) -> None:
    script.on("No", "Response: Error\r\nActionID: {id}\r\nMessage: No such thing\r\n\r\n")
    with connected(script) as client:
        actions: list[Any] = ["Ping", "No", ("Ping", {"A": "x\r\n"}), "Ping"]
        answers = client.map(actions)
        assert next(answers)
        with pytest.raises(libami.NotFoundError):
            next(answers)
        with pytest.raises(libami.InvalidValue):
            next(answers)
        assert next(answers)
        with pytest.raises(StopIteration):
            next(answers)
        kinds = [type(answer) for answer in client.map(actions, return_exceptions=True)]
        assert kinds == [libami.Response, libami.NotFoundError, libami.InvalidValue, libami.Response]

        def broken() -> Iterator[str]:
            yield "Ping"
            raise ValueError("the caller's own")

        answers = client.map(broken())
        assert next(answers)
        with pytest.raises(ValueError, match="own"):
            next(answers)


def test_map_that_is_left_cancels_what_is_in_flight(script: Script) -> None:
    never(script, "Silence")
    with connected(script) as client:
        with client.map(itertools.chain(["Ping"], itertools.repeat("Silence")), in_flight=20) as answers:
            assert next(answers)
            assert client.stats().in_flight == 19
        assert client.stats().in_flight == 0
        assert list(answers) == []
        answers = client.map(itertools.chain(["Ping"], itertools.repeat("Silence")), in_flight=20)
        assert next(answers)
        answers = client.map([])
        gc.collect()
        assert client.stats().in_flight == 0
        late = client.map(itertools.repeat("Silence", 3), deadline=0.05, return_exceptions=True)
        assert [type(answer) for answer in late] == 3 * [libami.OutcomeUnknown]


def test_map_waits_for_room_in_the_queue_of_actions(script: Script) -> None:
    with connected(script, action_queue=2) as client:
        assert len(list(client.map(itertools.repeat("Ping", 300), in_flight=100))) == 300


# Processes

PROGRAM = """
import os, sys, threading
import libami

client = libami.connect("127.0.0.1", int(sys.argv[1]), username="admin", secret=sys.argv[2])
"""


def run_program(code: str, port: int) -> tuple[str, str, int]:
    done = run_python(PROGRAM + textwrap.dedent(code), port, SECRET)
    return done.stdout, done.stderr, done.returncode


def test_submit_in_the_child_of_a_fork(script: Script) -> None:
    never(script, "Silence")
    code = """
    future = client.submit("Silence")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        codes = []
        for wait in (future.result, future.exception, lambda: client.submit("Ping")):
            try:
                wait()
            except libami.Error as error:
                codes.append(error.code)
        codes.append(future.cancel())
        os.write(writer, repr(codes).encode())
        os._exit(0)
    os.close(writer)
    print(os.read(reader, 100).decode())
    os.waitpid(child, 0)
    # It is the parent's still.
    print(client.submit("Ping").result()["Response"], future.cancel())
    client.close()
    """
    assert run_program(code, script.port) == ("[4, 4, 4, True]\nSuccess True\n", "", 0)


def test_submit_ends_at_the_exit(script: Script) -> None:
    never(script, "Silence")
    code = """
    import os

    def tell(future):
        # Several threads may tell at a time.
        os.write(1, f"{type(future.exception()).__name__}\\n".encode())

    for _ in range(3):
        client.submit("Silence").add_done_callback(tell)
    """
    output, errors, code_of = run_program(code, script.port)
    assert (output, code_of) == (3 * "OutcomeUnknown\n", 0)
    assert "Traceback" not in errors
