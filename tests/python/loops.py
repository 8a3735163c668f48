"""The parts that tests of event loops share."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import libami
import libami.aio
from conftest import (
    SECRET,
    WAIT,
)
from libami import _native
from libami.aio import _loop
from libami.simulator import Simulator

EVENT = "Event: {}\r\nPrivilege: user,all\r\nNumber: {}\r\n\r\n"
Result = TypeVar("Result")


def emit(gateway: Simulator, name: str = "Thing", number: int = 1) -> None:
    assert gateway.emit("user", EVENT.format(name, number)) > 0


Run = Callable[[Coroutine[Any, Any, Result]], Result]


def connecting(gateway: Simulator, **settings: Any) -> Any:
    settings = {"username": "admin", "secret": SECRET, "action_timeout": WAIT, **settings}
    return libami.aio.connect("127.0.0.1", gateway.port, **settings)


def executor() -> _native.Executor:
    return _loop._executor(asyncio.get_running_loop())


def forget(things: list[Any]) -> None:
    things.clear()
    gc.collect()


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
