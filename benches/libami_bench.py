"""libami by its Python interfaces, as driver.py says.

libami_bench.py callback|iterator|map|aio-callback|aio-iterator|uvloop-iterator PORT MODE COUNT [RATE]
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import driver
import libami
import libami.aio
import libami.events
import uvloop

DEADLINE = 0.5
# In bulk nothing may be lost: what is measured is the whole path of every event.
LOSSLESS = {"queue_events": 1 << 24, "queue_bytes": 1 << 34}


class Driver(driver.Driver):
    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        self.settings: dict[str, object] = {"port": int(self.port), "action_timeout": 60.0}
        if "BENCH_TLS" in os.environ:
            self.settings["tls"] = libami.TLS(ca_file=os.environ["BENCH_TLS"])
        if self.mode in ("raw", "views") or (self.mode == "events" and self.rate == "0"):
            self.settings |= LOSSLESS

    def handle(self, event: libami.Event) -> None:
        # As `take` does it, without a call in the call.
        channel = event.get("Channel")
        if channel is None:
            self.handle_other(event)
        else:
            self.handled += 1
            self.checked += len(channel) + len(event.get("Uniqueid", ""))

    def handle_other(self, event: libami.Event) -> None:
        if event.name == "#lagged":
            self.lost = (self.lost or 0) + int(event["Lost"])
            return
        self.handled += 1
        self.checked += len(event.get("Uniqueid", ""))
        if event.name == "ReplayEnd":
            self.ended = True
            self.tell_end()

    def handle_slowly(self, event: libami.Event) -> None:
        self.handle(event)
        self.work()

    async def handle_slowly_on_loop(self, event: libami.Event) -> None:
        self.handle(event)
        if self.is_slow:
            await asyncio.sleep(driver.WORK)


def connect(run: Driver) -> libami.Client:
    return libami.connect("127.0.0.1", username="bench", secret="bench", **run.settings)  # type: ignore[arg-type]


def events(run: Driver, client: libami.Client, is_iterator: bool) -> None:
    handle = run.handle_slowly if run.load == "slow" else run.handle
    if is_iterator:
        stream = client.events()

        def iterate() -> None:
            for event in stream:
                handle(event)
                if run.ended:
                    break

        if run.is_pinged:
            threading.Thread(target=iterate, daemon=True).start()
            client.action("Replay", run.replay)
        else:
            client.action("Replay", run.replay)
            iterate()
    else:
        client.on(None, handle)
        client.action("Replay", run.replay)
    run.wait(client.ping if run.is_pinged else None)


def nothing(_: object) -> None:
    """All that is done with an event where the cost of its delivery alone counts."""


def hangups(run: Driver, client: libami.Client, is_iterator: bool) -> None:
    """Events of one name, as they are or as views."""
    kind: Any = libami.events.Hangup if run.mode == "views" else "Hangup"
    source: Any
    if is_iterator:
        source = client.events(kind, timeout=driver.QUIET)
        client.action("Replay", run.replay)
        for _ in itertools.islice(source, run.count):
            pass
    else:
        finished = threading.Event()
        client.on("ReplayEnd", lambda _: finished.set())
        source = client.on(kind, nothing)
        client.action("Replay", run.replay)
        finished.wait()
        while source.counters.delivered < run.count:
            time.sleep(0.001)
    run.report(source.counters.delivered, 0, {})


def keep_window(run: Driver, client: libami.Client, is_map: bool) -> int:
    """Keep a window of Pings in flight; return the number of answers."""
    if is_map:
        return sum(1 for _ in client.map(itertools.repeat("Ping", run.count), in_flight=driver.WINDOW))
    sent, good = deque[Future[libami.Response]](), 0
    for _ in range(run.count):
        if len(sent) == driver.WINDOW:
            good += sent.popleft().result() is not None
        sent.append(client.submit("Ping"))
    return good + sum(answer.result() is not None for answer in sent)


def blocking(run: Driver, is_iterator: bool) -> None:
    client = connect(run)
    run.begin()
    if run.mode == "ping":
        run.time_pings(client.ping)
    elif run.mode == "pipelined":
        answers = [client.submit("Ping") for _ in range(run.count)]
        run.report(run.count, sum(answer.result() is not None for answer in answers), {})
    elif run.mode == "window":
        run.report(run.count, keep_window(run, client, is_iterator), {})
    elif run.mode == "sessions":
        run.hold_sessions(lambda: connect(run))
    elif run.mode in ("raw", "views"):
        hangups(run, client, is_iterator)
    else:
        events(run, client, is_iterator)


async def aio_connect(run: Driver) -> libami.aio.Client:
    return await libami.aio.connect("127.0.0.1", username="bench", secret="bench", **run.settings)  # type: ignore[arg-type]


async def aio(run: Driver, is_iterator: bool) -> None:
    client = await aio_connect(run)
    run.begin()
    if run.mode == "ping":
        await run.time_pings_on_loop(client.ping)
    elif run.mode == "pipelined":
        await asyncio.gather(*(client.ping() for _ in range(run.count)))
        run.report(run.count, run.count, {})
    elif run.mode == "window":
        await run.keep_window_on_loop(client.ping)
    elif run.mode == "sessions":
        await run.hold_sessions_on_loop(lambda: aio_connect(run))
    elif run.mode in ("raw", "views"):
        await aio_hangups(run, client, is_iterator)
    elif run.mode == "flood":
        idle = await silence(client)
        await client.action("Flood", Seconds=str(run.count))
        run.report(2, 0, {"idle_ms": idle * 1e3, "flood_ms": await silence(client) * 1e3})
    else:
        await aio_events(run, client, is_iterator)


async def aio_hangups(run: Driver, client: libami.aio.Client, is_iterator: bool) -> None:
    kind: Any = libami.events.Hangup if run.mode == "views" else "Hangup"
    source: Any
    if is_iterator:
        source, left = client.events(kind, timeout=driver.QUIET), run.count
        await client.action("Replay", run.replay)
        async for _ in source:
            left -= 1
            if not left:
                break
    else:
        finished = asyncio.Event()
        client.on("ReplayEnd", lambda _: finished.set())
        source = client.on(kind, nothing)
        await client.action("Replay", run.replay)
        await finished.wait()
        while source.counters.delivered < run.count:
            await asyncio.sleep(0.001)
    run.report(source.counters.delivered, 0, {})


async def silence(client: libami.aio.Client) -> float:
    """How long an action takes that is not answered in time."""
    asked = time.monotonic()
    with suppress(libami.OutcomeUnknown, libami.TimeoutError):
        await client.action("Silence", deadline=DEADLINE)
    return time.monotonic() - asked


async def aio_events(run: Driver, client: libami.aio.Client, is_iterator: bool) -> None:
    is_slow = run.load == "slow"
    if is_iterator:
        stream = client.events()

        async def iterate() -> None:
            async for event in stream:
                if is_slow:
                    await run.handle_slowly_on_loop(event)
                else:
                    run.handle(event)
                if run.ended:
                    break

        await client.action("Replay", run.replay)
        if run.is_pinged:
            iterating = asyncio.create_task(iterate())
            await run.wait_on_loop(client.ping)
            assert iterating
        else:
            await iterate()
            run.report_events()
    else:
        client.on(None, run.handle_slowly_on_loop if is_slow else run.handle)
        await client.action("Replay", run.replay)
        await run.wait_on_loop(client.ping if run.is_pinged else None)


def main() -> None:
    face = sys.argv[1]
    run = Driver()
    is_iterator = face.endswith(("iterator", "map"))
    if face.startswith(("aio", "uvloop")):
        loop = uvloop.new_event_loop if face.startswith("uvloop") else None
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(aio(run, is_iterator))
    else:
        blocking(run, is_iterator)


if __name__ == "__main__":
    main()
