"""The floor on an event loop: as little as a Python program can do with an asyncio.Protocol.

floor_bench.py asyncio|uvloop PORT ping|pipelined|window COUNT
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop
from driver import Driver, unsupported

Answer = dict[bytes, bytes]


class Bare(asyncio.Protocol):
    """One write for each Ping; a dict of the headers for each answer, and the future that waits for it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ready = self.loop.create_future()
        self.waiting: dict[bytes, asyncio.Future[Answer]] = {}
        self.rest = b""
        self.sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.ready.done():
            # The banner.
            self.ready.set_result(None)
            return
        *messages, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for message in messages:
            answer: Answer = dict(line.split(b": ", 1) for line in message.split(b"\r\n"))
            self.waiting.pop(answer[b"ActionID"]).set_result(answer)

    def ping(self) -> asyncio.Future[Answer]:
        self.sent += 1
        name = b"%d" % self.sent
        self.transport.write(b"Action: Ping\r\nActionID: " + name + b"\r\n\r\n")
        self.waiting[name] = answer = self.loop.create_future()
        return answer


async def main(run: Driver) -> None:
    loop = asyncio.get_running_loop()
    _, bare = await loop.create_connection(Bare, "127.0.0.1", int(run.port))
    await bare.ready
    run.begin()
    if run.mode == "ping":
        await run.time_pings_on_loop(bare.ping)
    elif run.mode == "pipelined":
        answers = await asyncio.gather(*(bare.ping() for _ in range(run.count)))
        run.report(run.count, len(answers), {})
    elif run.mode == "window":
        await run.keep_window_on_loop(bare.ping)
    else:
        unsupported("it only sends Pings")


with asyncio.Runner(loop_factory=uvloop.new_event_loop if sys.argv[1] == "uvloop" else None) as runner:
    runner.run(main(Driver()))
