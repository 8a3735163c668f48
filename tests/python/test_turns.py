"""Beside a server that sends as fast as loopback can, an event loop goes on and deadlines hold."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import libami
import libami.aio
import pytest
from conftest import WAIT

FLOOD = 5.0
"""Seconds that a server goes on at most. Who waits for its end comes too late for every test here."""

DEADLINE = 0.25

SLACK = 1.0
"""Seconds that a machine with other work to do may add."""

FLOODS = {
    "foreign responses": b"Response: X\r\nActionID: foo\r\n\r\n",
    "empty lines": b"\r\n",
    "ends of SMS events": b"--END SMS EVENT--\r\n",
    "events": b"Event: News\r\nChannel: SIP/100-00000001\r\nUniqueid: 1500000000.1\r\n\r\n",
    "long lines": b"Event: News\r\nLong: " + 65_000 * b"x" + b"\r\n\r\n",
}


SERVER = f"""
import socket, sys, threading, time

line = bytes.fromhex(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection = listener.accept()[0]
connection.sendall(b"Asterisk Call Manager/1.1\\r\\n")
asked = b""
for more in (b"Challenge: 1\\r\\n", b""):
    while b"\\r\\n\\r\\n" not in asked:
        asked += connection.recv(4096)
    headers, _, asked = asked.partition(b"\\r\\n\\r\\n")
    action_id = headers.split(b"ActionID: ")[1].split(b"\\r\\n")[0]
    connection.sendall(b"Response: Success\\r\\nActionID: " + action_id + b"\\r\\n" + more + b"\\r\\n")
sys.stdin.readline()
much = line * (1_048_576 // len(line))
connection.sendall(much)
print("begun", flush=True)
end = time.monotonic() + {FLOOD}
while time.monotonic() < end:
    connection.sendall(much)
"""
"""Logs a client in and answers nothing from then on; sends without end once it is told to."""


class Server:
    """A server in a process of its own, so that nothing of the interpreter's slows it down."""

    def __init__(self, line: bytes) -> None:
        command = [sys.executable, "-c", SERVER, line.hex()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdin
        assert self.process.stdout
        self.input, self.output = self.process.stdin, self.process.stdout
        self.port = int(self.output.readline())

    def begin(self) -> None:
        self.input.write("\n")
        self.input.flush()
        assert self.output.readline() == "begun\n"

    def end(self) -> None:
        self.process.kill()


@contextmanager
def flooding(line: bytes) -> Iterator[Server]:
    server = Server(line)
    try:
        yield server
    finally:
        server.end()
        server.process.communicate()


async def unanswered(client: libami.aio.Client) -> float:
    """How long an action takes that the server leaves without an answer."""
    start = time.monotonic()
    with pytest.raises((libami.OutcomeUnknown, libami.TimeoutError)):
        await client.action("Silence", deadline=DEADLINE)
    return time.monotonic() - start


async def longest_pause(client: libami.aio.Client) -> float:
    """The longest that the loop stood still to begin an action and look at the stats, of many times."""
    longest = 0.0
    for _ in range(100):
        start = time.monotonic()
        action = asyncio.create_task(client.action("Silence", deadline=DEADLINE))
        await asyncio.sleep(0)
        assert client.stats().actions > 0
        longest = max(longest, time.monotonic() - start)
        action.cancel()
        await asyncio.sleep(0.001)
    return longest


@pytest.mark.parametrize("kind", FLOODS)
def test_loop_goes_on_beside_any_flood(kind: str) -> None:
    async def program(server: Server) -> None:
        client = await libami.aio.connect("127.0.0.1", server.port, username="admin", secret="secret")
        idle, idle_pause = await unanswered(client), await longest_pause(client)
        await asyncio.to_thread(server.begin)
        took, pause = await unanswered(client), await longest_pause(client)
        assert took < 2 * idle + SLACK, f"{took} s, and {idle} s without it"
        assert pause < 2 * idle_pause + SLACK, f"{pause} s, and {idle_pause} s without it"
        # Or the client waits for the answer to its Logoff.
        server.end()
        await client.close()

    with flooding(FLOODS[kind]) as server:
        asyncio.run(asyncio.wait_for(program(server), 6 * WAIT))
