"""pyami_asterisk: runs the loop itself; actions are given before it runs, or by callbacks."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import driver
from loguru import logger
from pyami_asterisk import AMIClient

IN_FLIGHT = 1000


class Driver(driver.Driver):
    def __init__(self) -> None:
        super().__init__()
        self.client = self.make()
        self.answered = 0
        self.in_flight = driver.WINDOW if self.mode == "window" else IN_FLIGHT
        self.asked = 0.0
        self.times: list[float] = []
        # One event at a time, as by the clients that wait for a handler.
        self.turn = asyncio.Lock()

    def make(self) -> AMIClient:
        # A ping_delay of 0: no Pings but ours.
        return AMIClient(
            host="127.0.0.1", port=int(self.port), username="bench", secret="bench", ping_delay=0
        )

    def handle(self, event: dict[str, Any]) -> None:
        self.take(event.get("Event", ""), event.get("Channel"), event.get("Uniqueid"))

    async def handle_slowly(self, event: dict[str, Any]) -> None:
        async with self.turn:
            self.handle(event)
            if self.is_slow:
                await asyncio.sleep(driver.WORK)

    def ping(self, _: object = None) -> None:
        now = time.monotonic()
        if self.asked:
            self.times.append(now - self.asked)
        if len(self.times) == self.count:
            self.report_pings(self.times)
        self.asked = now
        self.client.create_action({"Action": "Ping"}, self.ping)

    def ping_on(self, _: object) -> None:
        self.answered += 1
        if self.answered == self.count:
            self.report(self.answered, self.answered, {})
        if self.answered + self.in_flight <= self.count:
            self.client.create_action({"Action": "Ping"}, self.ping_on)

    async def hold(self) -> None:
        before = self.standing()
        clients = [self.make() for _ in range(self.count)]
        for client in clients:
            # One that waits for nothing ends.
            client.register_event(["*"], self.handle)
        running = [asyncio.create_task(client.connect_ami()) for client in clients]
        while not all(client._connected and client._authenticated for client in clients):
            await asyncio.sleep(0.01)
        took, busy = time.monotonic() - self.start, self.cpu_seconds()
        await asyncio.sleep(1)
        self.report_sessions(before, self.cpu_seconds() - busy, took)
        assert running


def main() -> None:
    # Its loop goes on although the server has gone, and says so.
    logger.remove()
    run = Driver()
    if run.mode == "beside":
        driver.unsupported("only a callback of an action can send the next one")
    if run.mode == "sessions":
        asyncio.run(run.hold())
        sys.exit()
    if run.mode == "ping":
        run.ping()
        run.asked = 0.0
    elif run.mode in ("pipelined", "window"):
        for _ in range(min(run.in_flight, run.count)):
            run.client.create_action({"Action": "Ping"}, run.ping_on)
    else:
        run.client.register_event(["*"], run.handle_slowly if run.load == "slow" else run.handle)
        run.client.create_action({"Action": "Replay", **run.replay}, lambda _: None)
        # Nothing but a callback can send an action later.
        run.client.create_asyncio_task([run.wait_on_loop()])
    run.client.connect()


main()
