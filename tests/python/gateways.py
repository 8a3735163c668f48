"""The parts that tests of gateways share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_args

import libami
import libami.aio.gateway
import libami.gateway
from conftest import SECRET, WAIT, Face
from libami.simulator import Model, Simulator

LONG = "".join(f"{number:04} " for number in range(100))
MODELS: tuple[Model, ...] = get_args(Model)
DONGLES = ("dongle", "quectel")


def settings(gateway: Simulator, **more: Any) -> dict[str, Any]:
    usual = {"username": "admin", "secret": SECRET, "action_timeout": WAIT, "port_rest": 0.1}
    return {"host": "127.0.0.1", "port": gateway.port, **usual, **more}


@contextmanager
def opened(face: Face, gateway: Simulator, **more: Any) -> Iterator[Any]:
    module = libami.aio.gateway if face.runner else libami.gateway
    made = module.Gateway(**settings(gateway, **more))
    face.do(made.open)
    try:
        yield made
    finally:
        face.do(made.close)


def submitted(face: Face, gateway: Any, *message: Any, **more: Any) -> Any:
    """What is under way, not awaited."""
    return face.do(lambda: [gateway.submit(*message, **more)])[0]


def outcome(face: Face, sending: Any) -> Any:
    """What it comes to: a receipt, or the error."""
    try:
        return face.do(lambda: sending) if face.runner else sending.result(WAIT)
    except libami.Error as error:
        return error


def wait_until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def first_port(model: Model) -> int | str:
    return f"{model}0" if model in DONGLES else 2 if model == "yeastar" else 1
