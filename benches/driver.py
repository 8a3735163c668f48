"""What the Python programs of the benchmark have in common: what they are asked, what they measure of
themselves, and how they say it, in one line of JSON.

    PROGRAM [FACE] PORT events COUNT [RATE]
    PROGRAM [FACE] PORT slow SECONDS
    PROGRAM [FACE] PORT beside paced|bulk|slow SECONDS
    PROGRAM [FACE] PORT ping|pipelined|window|sessions COUNT
    PROGRAM [FACE] PORT flood SECONDS
    PROGRAM [FACE] PORT raw|views COUNT
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

WORK = 0.001
"""Seconds that a slow handler takes for an event."""
QUIET = 2.0
"""After so many seconds without an event its end is taken to be lost."""
PINGS_APART = 0.05
PACE = "10000"
"""The rate of events that Pings are timed beside."""
WINDOW = 64
"""Pings in flight in the mode `window`."""


def own(name: str) -> int:
    """A number that the kernel says of this program. What getrusage says of memory would count the one that
    started it too."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])


def fds() -> int:
    return len(os.listdir("/proc/self/fd"))


def quantile_us(times: list[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)] * 1e6 if times else 0.0


def latencies(times: list[float]) -> dict[str, float]:
    shares = {"median_us": 0.5, "p99_us": 0.99, "p999_us": 0.999, "worst_us": 1.0}
    return {name: quantile_us(times, share) for name, share in shares.items()}


class Driver:
    """One run: what is asked of it, and what has come of it."""

    def __init__(self) -> None:
        has_more = sys.argv[-3] in ("events", "beside")
        self.port, self.mode, count, *more = sys.argv[-4:] if has_more else sys.argv[-3:]
        self.rate = more[0] if more else "0"
        self.load = self.mode
        if self.mode == "beside":
            self.load, count, self.rate = count, self.rate, PACE if count == "paced" else "0"
        self.count = int(count)
        self.is_pinged = self.mode in ("slow", "beside")
        """Whether Pings are sent beside the events, which come for some seconds."""
        self.pings_apart = PINGS_APART if self.mode == "slow" else 0.0
        self.handled = 0
        self.checked = 0
        self.lost: int | None = None
        self.ended = False
        self.tell_end: Callable[[], object] = lambda: None
        self.pings: list[float] = []
        self.slow_until = self.ping_until = 0.0
        self.begin()

    def begin(self) -> None:
        self.start = time.monotonic()
        self.cpu = self.cpu_seconds()
        if self.is_pinged:
            self.ping_until = self.start + self.count
            self.slow_until = self.ping_until if self.load == "slow" else 0.0

    @staticmethod
    def cpu_seconds() -> float:
        return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])

    @property
    def replay(self) -> dict[str, str]:
        """The headers of the action that has the events sent."""
        much = "Seconds" if self.is_pinged else "Count"
        return {much: str(self.count), "Rate": self.rate}

    @property
    def is_slow(self) -> bool:
        return self.slow_until > 0 and time.monotonic() < self.slow_until

    def take(self, name: str, channel: str | None, uniqueid: str | None) -> None:
        """Count an event of which two headers were read."""
        self.handled += 1
        self.checked += len(channel or "") + len(uniqueid or "")
        if name == "ReplayEnd":
            self.ended = True
            self.tell_end()

    def work(self) -> None:
        """What a handler that is called does with the event besides."""
        if self.is_slow:
            time.sleep(WORK)

    def wait(self, ping: Callable[[], object] | None = None) -> None:
        """Wait for the last event, in a thread that handles none; send Pings while the handler is slow."""
        while ping and time.monotonic() < self.ping_until:
            asked = time.monotonic()
            ping()
            self.pings.append(time.monotonic() - asked)
            if self.pings_apart:
                time.sleep(self.pings_apart)
        finished, handled = threading.Event(), -1
        self.tell_end = finished.set
        while handled < self.handled and not self.ended:
            handled = self.handled
            finished.wait(QUIET)
        self.report_events()

    async def wait_on_loop(self, ping: Callable[[], Awaitable[object]] | None = None) -> None:
        """`wait` for an event loop."""
        while ping and time.monotonic() < self.ping_until:
            asked = time.monotonic()
            await ping()
            self.pings.append(time.monotonic() - asked)
            if self.pings_apart:
                await asyncio.sleep(self.pings_apart)
        finished, handled = asyncio.Event(), -1
        self.tell_end = finished.set
        while handled < self.handled and not self.ended:
            handled = self.handled
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET):
                    await finished.wait()
        self.report_events()

    def time_pings(self, ping: Callable[[], object]) -> None:
        """One Ping after the other."""
        times = []
        for _ in range(self.count):
            asked = time.monotonic()
            ping()
            times.append(time.monotonic() - asked)
        self.report_pings(times)

    async def time_pings_on_loop(self, ping: Callable[[], Awaitable[object]]) -> None:
        times = []
        for _ in range(self.count):
            asked = time.monotonic()
            await ping()
            times.append(time.monotonic() - asked)
        self.report_pings(times)

    async def keep_window_on_loop(self, ping: Callable[[], Awaitable[object]]) -> None:
        """So many tasks, each of which sends one Ping after the other."""

        async def work() -> None:
            for _ in range(self.count // WINDOW):
                await ping()

        await asyncio.gather(*(work() for _ in range(WINDOW)))
        done = self.count // WINDOW * WINDOW
        self.report(done, done, {})

    def hold_sessions(self, connect: Callable[[], object]) -> None:
        """As many sessions as wanted, and what they take when nothing goes on."""
        before = self.standing()
        sessions = [connect() for _ in range(self.count)]
        took, busy = time.monotonic() - self.start, self.cpu_seconds()
        time.sleep(1)
        self.report_sessions(before, self.cpu_seconds() - busy, took)
        assert sessions

    async def hold_sessions_on_loop(self, connect: Callable[[], Awaitable[object]]) -> None:
        before = self.standing()
        sessions = [await connect() for _ in range(self.count)]
        took, busy = time.monotonic() - self.start, self.cpu_seconds()
        await asyncio.sleep(1)
        self.report_sessions(before, self.cpu_seconds() - busy, took)
        assert sessions

    def report_events(self) -> None:
        more: dict[str, float | None] = {"lost": self.lost}
        if self.pings:
            more["pings"] = len(self.pings)
            more |= latencies(self.pings)
        self.report(self.handled, self.checked, more, 0 if self.ended else QUIET)

    def report_pings(self, times: list[float]) -> None:
        self.report(len(times), len(times), latencies(times))

    def standing(self) -> tuple[int, int, int]:
        return own("VmRSS"), own("Threads"), fds()

    def report_sessions(self, before: tuple[int, int, int], idle_cpu: float, took: float) -> None:
        memory, threads, files = (now - then for now, then in zip(self.standing(), before, strict=True))
        more = {
            "kb_each": memory / self.count,
            "threads_more": threads,
            "fds_each": files / self.count,
            "idle_cpu_us": idle_cpu / self.count * 1e6,
            "connect_s": took,
        }
        self.report(self.count, 0, more)

    def report(
        self, done: int, check: int, more: dict[str, float] | dict[str, float | None], too_long: float = 0
    ) -> None:
        figures = {
            "seconds": time.monotonic() - self.start - too_long,
            "cpu_seconds": self.cpu_seconds() - self.cpu,
            "done": done,
            "check": check,
            "peak_kb": own("VmHWM"),
        }
        print(json.dumps({**figures, **more}), flush=True)
        # What still waits in a slow client is of no use to anybody, and some never end.
        os._exit(0)


def unsupported(why: str) -> None:
    print(json.dumps({"unsupported": why}), flush=True)
    os._exit(0)
