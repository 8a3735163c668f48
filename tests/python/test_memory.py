"""What events cost that a program keeps."""

from __future__ import annotations

import re
import socket

import pytest
from conftest import fake_server, run_python

COUNT = 40_000
EACH = 100

PROGRAM = """\
import asyncio, ctypes, sys, threading
import libami

way, port, count, each = sys.argv[1], *map(int, sys.argv[2:])
libc = ctypes.CDLL(None)

class Info(ctypes.Structure):
    _fields_ = [(f"field{at}", ctypes.c_size_t) for at in range(10)]

libc.mallinfo2.restype = Info

def allocated():
    info = libc.mallinfo2()
    return info.field4 + info.field7

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


def talk(connection: socket.socket) -> None:
    connection.sendall(b"Asterisk Call Manager/1.1\r\n")
    received = b""
    while more := connection.recv(4096):
        received += more
        while b"\r\n\r\n" in received:
            action, received = received.split(b"\r\n\r\n", 1)
            match = re.search(rb"ActionID: (\S+)", action)
            assert match is not None
            answer = b"Response: Success\r\nActionID: %b\r\nChallenge: 1\r\n\r\n" % match[1]
            if b"Action: Flood" in action:
                ticks = b"".join(
                    b"Event: Tick\r\nPrivilege: user,all\r\nNumber: %d\r\n\r\n" % n for n in range(COUNT)
                )
                connection.sendall(ticks)
            connection.sendall(answer)


@pytest.mark.parametrize("way", ["callback", "iterator", "asynchronous", "asynchronous_callback"])
def test_an_event_that_is_kept_costs_its_own_size(way: str) -> None:
    with fake_server(talk) as port:
        done = run_python(PROGRAM, way, port, COUNT, EACH)
    assert done.stderr == ""
    assert int(done.stdout) < 1500, f"a kept event costs {done.stdout} bytes"
