"""Streams behind a descriptor, and event loops other than asyncio."""

from __future__ import annotations

import select
import subprocess
import sys
import threading
from pathlib import Path

import libami
import libami.events
import libami.gateway
import pytest
from conftest import WAIT
from libami.simulator import Simulator
from libami.testing import ScriptedServer

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"


def is_readable(stream: libami.EventStream, seconds: float = 0) -> bool:
    return bool(select.select([stream], [], [], seconds)[0])


def test_stream_of_views_is_readable_and_drained_too() -> None:
    with (
        ScriptedServer() as server,
        libami.connect(**server.credentials) as client,
        client.events(libami.events.Hangup) as stream,
    ):
        assert stream.drain() == []
        server.emit("Hangup", Cause=16)
        assert select.select([stream], [], [], WAIT)[0]
        assert [view.cause for view in stream.drain(1)] == [16]


def test_stream_is_readable_while_something_waits() -> None:
    with (
        ScriptedServer() as server,
        libami.connect(**server.credentials) as client,
        client.events("Tick") as stream,
    ):
        assert stream.drain() == []
        assert not is_readable(stream)
        for number in range(5):
            server.emit("Tick", Number=number)
        assert is_readable(stream, WAIT)
        came: list[libami.Event] = []
        while len(came) < 2:
            came += stream.drain(2 - len(came))
            assert is_readable(stream, WAIT)
        # Whoever iterates meanwhile takes from the same.
        came.append(next(stream))
        while len(came) < 5:
            assert is_readable(stream, WAIT)
            came += stream.drain()
        assert [event["Number"] for event in came] == list("01234")
        assert stream.drain() == []
        assert not is_readable(stream)
        assert stream.drain(0) == []
        descriptor = stream.fileno()
        assert stream.fileno() == descriptor


def test_stream_tells_its_end_behind_what_waits() -> None:
    with ScriptedServer() as server, libami.connect(**server.credentials) as client:
        lost, closed = client.events("Tick", timeout=WAIT), client.events("Tick")
        server.emit("Tick")
        assert is_readable(closed, WAIT)
        closed.close()
        assert is_readable(closed, WAIT)
        for _ in range(2):
            with pytest.raises(libami.ClosedError):
                closed.drain()
        server.drop_link()
        client.wait_for_state("closed", WAIT)
        assert [event.name for event in lost.drain()] == ["Tick"]
        for _ in range(2):
            assert is_readable(lost, WAIT)
            with pytest.raises(libami.ConnectError):
                lost.drain()


def test_stream_drains_in_bounded_pieces() -> None:
    with ScriptedServer() as server, libami.connect(**server.credentials) as client:
        stream = client.events("Tick")
        for number in range(1500):
            server.emit("Tick", Number=number)
        client.ping()
        assert [len(stream.drain()) for _ in range(3)] == [1000, 500, 0]


def test_stream_of_mail_is_drained(gateway: Simulator, sender: libami.gateway.Gateway) -> None:
    inbox = sender.inbox()
    gateway.deliver_sms(1, "10086", "hello")
    assert select.select([inbox], [], [], WAIT)[0]
    (mail,) = inbox.drain()
    assert isinstance(mail, libami.Sms)
    assert mail.text == "hello"


def test_stream_may_be_drained_by_several_threads() -> None:
    with ScriptedServer() as server, libami.connect(**server.credentials) as client:
        stream = client.events("Tick")
        taken: list[libami.Event] = []

        def take() -> None:
            while len(taken) < 2000:
                if is_readable(stream, 0.05):
                    taken.extend(stream.drain(7))

        threads = [threading.Thread(target=take) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(2000):
            server.emit("Tick", Number=number)
        for thread in threads:
            thread.join(WAIT)
        assert sorted(int(event["Number"]) for event in taken) == list(range(2000))


@pytest.mark.parametrize(
    "example",
    [["loop_trio.py"], ["loop_anyio.py", "asyncio"], ["loop_anyio.py", "trio"], ["loop_gevent.py"]],
    ids="-".join,
)
def test_loops_run_the_examples(example: list[str]) -> None:
    """A call is answered while the stream is watched, an event comes, and the end is told."""
    with ScriptedServer() as server:
        server.on("CoreSettings").respond(AsteriskVersion="22.1")
        credentials = [server.host, str(server.port), server.username, server.secret]
        command = [sys.executable, str(EXAMPLES / example[0]), *credentials, *example[1:]]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "Asterisk 22.1\n"
                server.emit("Hangup", Channel="PJSIP/1-1")
                assert process.stdout.readline() == "Hangup PJSIP/1-1\n"
                server.drop_link()
                assert process.stdout.readline().startswith("the stream has ended: ")
            finally:
                process.kill()
