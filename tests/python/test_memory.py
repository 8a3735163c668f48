"""What events cost that a program keeps."""

from __future__ import annotations

import re
import socket
from functools import partial

import libami
import pytest
from conftest import fake_server, run_python

COUNT = 40_000
EACH = 100
# The bytes that a view takes at most, which is kept with its event.
OWN = 1700

MEASURE = """\
import ctypes

libc = ctypes.CDLL(None)

class Info(ctypes.Structure):
    _fields_ = [(f"field{at}", ctypes.c_size_t) for at in range(10)]

libc.mallinfo2.restype = Info

def allocated():
    info = libc.mallinfo2()
    return info.field4 + info.field7

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
"""

PROGRAM = (
    MEASURE
    + """\
import asyncio, sys, threading
import libami

way, port, count, each = sys.argv[1], *map(int, sys.argv[2:])
where = dict(port=port, username="admin", secret="x", queue_events=count + 1, queue_bytes=1 << 30)
kept = []
start = end = 0

def take(event):
    if int(event["Number"]) % each == 0:
        kept.append(event)

def callback():
    global start, end
    done = threading.Event()

    def call(event):
        take(event)
        if int(event["Number"]) == count - 1:
            done.set()

    with libami.connect("127.0.0.1", **where) as client:
        start = allocated()
        client.on("Tick", call)
        client.action("Flood")
        assert done.wait(30)
        end = allocated()

def iterator():
    global start, end
    with libami.connect("127.0.0.1", **where) as client:
        start = allocated()
        events = client.events("Tick")
        client.action("Flood")
        for event in events:
            take(event)
            if int(event["Number"]) == count - 1:
                break
        end = allocated()

async def asynchronous():
    global start, end
    async with libami.aio.connect("127.0.0.1", **where) as client:
        start = allocated()
        events = client.events("Tick")
        await client.action("Flood")
        async for event in events:
            take(event)
            if int(event["Number"]) == count - 1:
                break
        end = allocated()

async def asynchronous_callback():
    global start, end
    done = asyncio.Event()

    def call(event):
        take(event)
        if int(event["Number"]) == count - 1:
            done.set()

    async with libami.aio.connect("127.0.0.1", **where) as client:
        start = allocated()
        client.on("Tick", call)
        await client.action("Flood")
        await asyncio.wait_for(done.wait(), 30)
        end = allocated()

if way.startswith("asynchronous"):
    asyncio.run(globals()[way]())
else:
    globals()[way]()
assert [int(event["Number"]) for event in kept] == list(range(0, count, each))
assert all(event.name == "Tick" and len(event) == 3 for event in kept)
print((end - start) // len(kept))
"""
)

VIEW_PROGRAM = (
    MEASURE
    + """\
import sys, threading, time
import libami
from libami import events

way, part, port, count, each, limit = *sys.argv[1:3], *map(int, sys.argv[3:])
keep = {
    "view": lambda view: view,
    "view and raw": lambda view: view.raw and view,
    "raw": lambda view: view.raw,
    "channel": lambda view: view.channel,
    "view of one's own": lambda view: events.Hangup(view.raw),
}[part]
kept = []
done = threading.Event()

def take(view):
    if view.cause % each == 0:
        kept.append(keep(view))
    if view.cause == count - 1:
        done.set()

where = dict(port=port, username="admin", secret="x", queue_events=count + 1, queue_bytes=1 << 30)
with libami.connect("127.0.0.1", **where) as client:
    # The first callback imports modules, such as logging.
    client.on("Nothing", print)
    start = allocated()
    if way == "callback":
        client.on(events.Hangup, take)
        client.action("Flood")
        assert done.wait(30)
    else:
        stream = client.events(events.Hangup)
        client.action("Flood")
        for view in stream:
            take(view)
            if done.is_set():
                break
    # The thread that calls back may still have the last events in its hands.
    until = time.monotonic() + 10
    while (end := allocated()) - start >= limit * len(kept) and time.monotonic() < until:
        client.ping()
if part.startswith("view"):
    assert [view.cause for view in kept] == list(range(0, count, each))
    assert all(view.raw["Channel"] == "SIP/1" for view in kept)
elif part == "raw":
    assert [int(raw["Cause"]) for raw in kept] == list(range(0, count, each))
else:
    assert [channel.name for channel in kept] == ["SIP/1"] * (count // each)
print((end - start) // len(kept))
"""
)

# Bursts of 20,000 events, and one of a hundred is kept.
MANY_PROGRAM = (
    MEASURE
    + """\
import sys, threading
import libami

way, port, rounds, count = sys.argv[1], *map(int, sys.argv[2:])
kept = []
done = threading.Semaphore(0)

def take(event):
    if int(event["Number"]) % 100 == 0:
        kept.append(event)
    return int(event["Number"]) == count - 1

def call(event):
    if take(event):
        done.release()

limits = dict(queue_events=count + 1, queue_bytes=1 << 30)
with libami.connect("127.0.0.1", port=port, username="admin", secret="x", **limits) as client:
    if way == "callback":
        client.on("Tick", call)
    else:
        events = client.events("Tick")
    start = 0
    for at in range(rounds):
        client.action("Flood")
        if way == "callback":
            assert done.acquire(timeout=30)
        else:
            next(event for event in events if take(event))
        # The first ones only warm up.
        start = start or resident()
    print(len(kept), resident() - start)
"""
)

PARSER_PROGRAM = (
    MEASURE
    + """\
import sys
from libami.protocol import Parser

feeds, count = map(int, sys.argv[1:])
parser = Parser()
parser.feed(b"Asterisk Call Manager/1.1\\r\\n")
kept = []
for feed in range(feeds):
    parser.feed(b"".join(b"Event: Tick\\r\\nNumber: %d\\r\\n\\r\\n" % at for at in range(count)))
    kept += [message.detached() for message in parser if int(message["Number"]) == 123]
    if feed == 0:
        start = allocated()
print((allocated() - start) // len(kept))
assert len(kept) == feeds
assert all((message.name, message["number"], message.kind) == ("Tick", "123", "event") for message in kept)
"""
)

LIST_PROGRAM = (
    MEASURE
    + """\
import sys
import libami

port, calls = map(int, sys.argv[1:])
kept = []
with libami.connect("127.0.0.1", port=port, username="admin", secret="x") as client:
    kept = [client.action("List").events[7].detached()]
    start = allocated()
    kept += [client.action("List").events[7].detached() for _ in range(calls)]
    print((allocated() - start) // calls)
assert all(event.name == "Entry" and event["Number"] == "7" for event in kept)
"""
)


TICK = b"Event: Tick\r\nPrivilege: user,all\r\nNumber: %d\r\n\r\n"
HANGUP = b"Event: Hangup\r\nPrivilege: user,all\r\nChannel: SIP/1\r\nCause: %d\r\n\r\n"


def talk(connection: socket.socket, count: int = COUNT, event: bytes = TICK) -> None:
    ticks = b"".join(event % n for n in range(count))
    connection.sendall(b"Asterisk Call Manager/1.1\r\n")
    received = b""
    while more := connection.recv(4096):
        received += more
        while b"\r\n\r\n" in received:
            action, received = received.split(b"\r\n\r\n", 1)
            match = re.search(rb"ActionID: (\S+)", action)
            assert match is not None
            more = b"EventList: start" if b"Action: List" in action else b"Challenge: 1"
            answer = b"Response: Success\r\nActionID: %b\r\n%b\r\n\r\n" % (match[1], more)
            if b"Action: Flood" in action:
                connection.sendall(ticks)
            if b"Action: List" in action:
                answer += entries(match[1], 2000)
            connection.sendall(answer)


def entries(action_id: bytes, count: int) -> bytes:
    entry = b"Event: Entry\r\nActionID: %b\r\nNumber: %d\r\n\r\n"
    end = b"Event: ListComplete\r\nActionID: %b\r\nEventList: Complete\r\n\r\n" % action_id
    return b"".join(entry % (action_id, n) for n in range(count)) + end


@pytest.mark.parametrize("way", ["callback", "iterator", "asynchronous", "asynchronous_callback"])
def test_event_that_is_kept_costs_its_own_size(way: str) -> None:
    with fake_server(talk) as port:
        done = run_python(PROGRAM, way, port, COUNT, EACH)
    assert done.stderr == ""
    assert int(done.stdout) < 1500, f"a kept event costs {done.stdout} bytes"


@pytest.mark.parametrize("way", ["callback", "iterator"])
@pytest.mark.parametrize("part", ["view", "view and raw", "view of one's own", "raw", "channel"])
def test_view_that_is_kept_costs_its_own_size(way: str, part: str) -> None:
    with fake_server(partial(talk, event=HANGUP)) as port:
        done = run_python(VIEW_PROGRAM, way, part, port, COUNT, EACH, OWN)
    assert done.stderr == ""
    assert int(done.stdout) < OWN, f"a kept {part} costs {done.stdout} bytes"


@pytest.mark.parametrize("way", ["callback", "iterator"])
def test_ten_thousand_events_kept_of_a_million_leave_memory_bounded(way: str) -> None:
    with fake_server(partial(talk, count=20_000)) as port:
        done = run_python(MANY_PROGRAM, way, port, 50, 20_000)
    assert done.stderr == ""
    kept, grown = map(int, done.stdout.split())
    assert kept == 10_000
    # All of them take more than 100 MB.
    assert grown < kept * 1500 + 16_000_000, f"{grown} bytes more are resident"


def test_parser_message_that_is_detached_costs_its_own_size() -> None:
    done = run_python(PARSER_PROGRAM, 500, 1000)
    assert done.stderr == ""
    assert int(done.stdout) < 1500, f"a kept message costs {done.stdout} bytes"


def test_list_entry_that_is_detached_costs_its_own_size() -> None:
    with fake_server(talk) as port:
        done = run_python(LIST_PROGRAM, port, 200)
    assert done.stderr == ""
    assert int(done.stdout) < 1500, f"a kept entry costs {done.stdout} bytes"


def test_message_that_is_detached_is_the_same() -> None:
    with (
        fake_server(talk) as port,
        libami.connect("127.0.0.1", port=port, username="admin", secret="x", encoding="latin-1") as client,
    ):
        response = client.action("List")
        own = response.detached()
        assert isinstance(own, libami.Response)
        assert own is not response
        assert own == response
        assert own.multi_items() == response.multi_items()
        assert own.events == response.events
        assert len(own.events) == 2000
        assert own.end_event == response.end_event is not None
        assert own.output is None
        assert own.detached() == response
        entry = response.events[3]
        detached = entry.detached()
        assert isinstance(detached, libami.Event)
        assert detached is not entry
        assert detached == entry
        assert (detached.name, detached.kind, detached.lost, detached.outage) == ("Entry", "server", 0, 0.0)
