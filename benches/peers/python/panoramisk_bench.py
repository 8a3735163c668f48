"""panoramisk: a handler is a function or a coroutine, which becomes a task that nothing waits for."""

from __future__ import annotations

import asyncio
from typing import Any

import driver
from panoramisk import Manager


class Driver(driver.Driver):
    def __init__(self) -> None:
        super().__init__()
        # One event at a time, as by the clients that wait for a handler.
        self.turn = asyncio.Lock()

    def handle(self, _: Manager, event: Any) -> None:
        self.take(event.event, event.channel, event.uniqueid)

    async def handle_slowly(self, _: Manager, event: Any) -> None:
        async with self.turn:
            self.take(event.event, event.channel, event.uniqueid)
            if self.is_slow:
                await asyncio.sleep(driver.WORK)


async def connect(run: Driver) -> Manager:
    manager = Manager(
        loop=asyncio.get_running_loop(), host="127.0.0.1", port=run.port, username="bench", secret="bench"
    )
    await manager.connect()
    # The login is sent by a callback of the connection's.
    while manager.authenticated_future is None:
        await asyncio.sleep(0)
    await manager.authenticated_future
    return manager


async def main() -> None:
    run = Driver()
    manager = await connect(run)

    def ping() -> Any:
        return manager.send_action({"Action": "Ping"})

    run.begin()
    if run.mode == "ping":
        await run.time_pings_on_loop(ping)
    elif run.mode == "pipelined":
        answers = await asyncio.gather(*(ping() for _ in range(run.count)))
        run.report(run.count, len(answers), {})
    elif run.mode == "window":
        await run.keep_window_on_loop(ping)
    elif run.mode == "sessions":
        await run.hold_sessions_on_loop(lambda: connect(run))
    else:
        is_slow = run.load == "slow"
        manager.register_event("*", run.handle_slowly if is_slow else run.handle)
        await manager.send_action({"Action": "Replay", **run.replay})
        await run.wait_on_loop(ping if run.is_pinged else None)


asyncio.run(main())
