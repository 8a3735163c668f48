"""What the tests share: a simulated gateway and a client, the real servers, both faces, fake servers, other
processes."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import configuration
import libami
import libami.aio
import libami.gateway
import pytest
from libami.simulator import Simulator

SECRET = "s3cret-amp111"
WAIT = 10.0
"""Seconds until something that should have happened has not."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Collected(Generic[Item]):
    """A callback that keeps what it is called with."""

    def __init__(self) -> None:
        self._items: queue.Queue[Item] = queue.Queue()

    def __call__(self, item: Item) -> None:
        self._items.put(item)

    def next(self, timeout: float = WAIT) -> Item:
        return self._items.get(timeout=timeout)

    def empty(self) -> bool:
        return self._items.empty()


@pytest.fixture
def gateway() -> Iterator[Simulator]:
    with Simulator(secret=SECRET, second=0.05) as simulator:
        yield simulator


def all_left(gateway: Simulator) -> bool:
    """Whether its sessions end: it learns of that a little later than who ended them."""
    deadline = time.monotonic() + WAIT
    while gateway.sessions and time.monotonic() < deadline:
        time.sleep(0.005)
    return gateway.sessions == 0


def connect(gateway: Simulator, *, event_mask: str = "on", action_timeout: float = WAIT) -> libami.Client:
    return libami.connect(
        "127.0.0.1",
        gateway.port,
        username="admin",
        secret=SECRET,
        event_mask=event_mask,
        action_timeout=action_timeout,
    )


@pytest.fixture
def client(gateway: Simulator) -> Iterator[libami.Client]:
    with connect(gateway) as connected:
        yield connected


@pytest.fixture
def sender(gateway: Simulator) -> Iterator[libami.gateway.Gateway]:
    """The simulated gateway, as a program has it."""
    with libami.gateway.connect(
        "127.0.0.1", gateway.port, username="admin", secret=SECRET, action_timeout=WAIT, port_rest=0.1
    ) as connected:
        yield connected


@dataclass(frozen=True)
class Asterisk:
    """A real server."""

    generation: int
    host: str
    port: int

    def connect(self, account: tuple[str, str] = configuration.ADMIN) -> libami.Client:
        return libami.connect(self.host, self.port, username=account[0], secret=account[1])

    def gateway(self, account: tuple[str, str] = configuration.ADMIN) -> libami.gateway.Gateway:
        """The same server as a gateway, which does not know that it is none."""
        name, secret = account
        return libami.gateway.connect(self.host, self.port, username=name, secret=secret, dialect="openvox")


@pytest.fixture(params=[16, 22], ids="asterisk-{}".format)
def asterisk(request: pytest.FixtureRequest) -> Asterisk:
    variable = f"AMI_ASTERISK_{request.param}"
    address = os.environ.get(variable)
    if address is None:
        pytest.fail(
            f"{variable} is not set, so there is no server to test with; run: "
            "python tests/asterisk/servers.py exec -- python -m pytest tests/python",
            pytrace=False,
        )
    host, _, port = address.rpartition(":")
    return Asterisk(request.param, host, int(port))


@pytest.fixture
def admin(asterisk: Asterisk) -> Iterator[libami.Client]:
    with asterisk.connect() as connected:
        yield connected


@pytest.fixture
def receiver(asterisk: Asterisk) -> Iterator[libami.gateway.Gateway]:
    with asterisk.gateway() as connected:
        yield connected


def texts(inbox: Iterable[libami.gateway.Mail]) -> Iterator[libami.Sms]:
    """The SMS of an inbox, without its markers."""
    return (item for item in inbox if isinstance(item, libami.Sms))


@contextmanager
def fake_server(talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that says what it likes to one client and hangs up; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            # The client may have gone, and the listener too.
            with suppress(OSError), listener.accept()[0] as connection:
                connection.settimeout(WAIT)
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(2 * WAIT)


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a program of its own."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=6 * WAIT, check=False)


def uvloop() -> Any:
    """Typed only where it is installed, as it need not be."""
    return importlib.import_module("uvloop")


LOOPS: list[Any] = [pytest.param(asyncio.new_event_loop, id="asyncio")]
if importlib.util.find_spec("uvloop"):
    LOOPS.append(pytest.param(uvloop().new_event_loop, id="uvloop"))


def run_on(factory: Callable[[], asyncio.AbstractEventLoop], program: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(asyncio.wait_for(program, 6 * WAIT))


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a program on each kind of loop."""
    return lambda program: run_on(request.param, program)


class Face:
    """One of the faces, with calls that wait."""

    def __init__(self, runner: asyncio.Runner | None) -> None:
        self.runner = runner

    def do(self, call: Callable[[], Any]) -> Any:
        if self.runner is None:
            return call()

        async def program() -> Any:
            result = call()
            return await result if inspect.isawaitable(result) else result

        return self.runner.run(program())

    def connect(self, host: str, port: int, **settings: Any) -> Any:
        module = libami.aio if self.runner else libami
        client = module.Client(host, port, **settings)
        # A secret in a traceback is to be the library's fault.
        del settings
        self.do(client.open)
        return client

    def open_gateway(self, host: str, port: int, **settings: Any) -> Any:
        module = libami.aio.gateway if self.runner else libami.gateway
        gateway = module.Gateway(host, port, **settings)
        # A secret in a traceback is to be the library's fault.
        del settings
        self.do(gateway.open)
        return gateway

    def next(self, stream: Any) -> Any:
        return self.do(lambda: anext(stream)) if self.runner else next(stream)

    def each(self, stream: Any) -> Iterator[Any]:
        """Until it ends or is idle for too long."""
        with suppress(StopIteration, StopAsyncIteration):
            while True:
                yield self.next(stream)

    def all(self, stream: Any) -> list[Any]:
        async def every() -> list[Any]:
            return [item async for item in stream]

        return list(self.do(every)) if self.runner else list(stream)


def eventually(face: Face, condition: Callable[[], object]) -> None:
    """Wait for a condition, with callbacks running meanwhile."""
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        face.do(lambda: asyncio.sleep(0.005) if face.runner else time.sleep(0.005))


FACES: list[Any] = ["blocking", *LOOPS]


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    if request.param == "blocking":
        yield Face(None)
        return
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield Face(runner)


def face_client(face: Face, gateway: Simulator, **settings: Any) -> Any:
    return face.connect("127.0.0.1", gateway.port, username="admin", secret=SECRET, **settings)


def face_gateway(face: Face, gateway: Simulator, **settings: Any) -> Any:
    return face.open_gateway("127.0.0.1", gateway.port, username="admin", secret=SECRET, **settings)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-out", paths[0], "-keyout", paths[1], "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return paths


@pytest.fixture
def script() -> Iterator[Any]:
    """A server whose answers the test writes."""
    from scripted import Script

    server = Script()
    try:
        yield server
    finally:
        server.close()


def wait_for(face: Face, collected: Collected[Any]) -> Any:
    """The next, while the loop runs."""
    deadline = time.monotonic() + WAIT
    while collected.empty() and time.monotonic() < deadline:
        face.do(lambda: asyncio.sleep(0.005) if face.runner else time.sleep(0.005))
    return collected.next(0)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """The command `libami`, in this process."""
    from commands import Commands

    return Commands(monkeypatch, capsys, tmp_path)
