"""The library's own log, in `logging`."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import libami
import pytest
from conftest import SECRET, WAIT, Collected, connect, run_python
from libami.simulator import Simulator


class Handler(logging.Handler):
    """Keeps records, and can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.came = Collected[str]()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.came(record.getMessage())
        assert self.may_go_on.wait(WAIT)


@pytest.fixture
def handler() -> Iterator[Handler]:
    logger, made = logging.getLogger("libami"), Handler()
    before = logger.level
    logger.addHandler(made)
    logger.setLevel(logging.DEBUG)
    try:
        yield made
    finally:
        made.may_go_on.set()
        libami.set_log_level(None)
        logger.removeHandler(made)
        logger.setLevel(before)


def threads() -> list[str]:
    """The names of all threads of the process."""
    names = []
    for task in os.scandir("/proc/self/task"):
        # It may end meanwhile.
        with suppress(OSError):
            names.append(Path(task.path, "comm").read_text().strip())
    return names


def test_log_reaches_logging(gateway: Simulator, handler: Handler) -> None:
    libami.set_log_level(logging.DEBUG)
    connect(gateway).close()
    libami.set_log_level(None)
    said = [
        (record.name, record.levelname, record.getMessage().partition(": ")[2]) for record in handler.records
    ]
    assert said == [
        ("libami.client", "DEBUG", "connecting"),
        ("libami.client", "INFO", "logged in, Asterisk Call Manager/1.1"),
        ("libami.client", "DEBUG", "closed"),
    ]
    assert f"127.0.0.1:{gateway.port}" in handler.records[0].getMessage()
    times = [record.created for record in handler.records]
    assert times == sorted(times)
    assert all(abs(record.created % 1 * 1000 - record.msecs) < 1.1 for record in handler.records)


def test_log_is_off_at_first_and_afterwards(gateway: Simulator, handler: Handler) -> None:
    connect(gateway).close()
    assert "ami-log" not in threads()
    libami.set_log_level("debug")
    deadline = time.monotonic() + WAIT
    # A thread gives itself its name.
    while "ami-log" not in threads():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    libami.set_log_level(None)
    assert "ami-log" not in threads()
    connect(gateway).close()
    assert handler.records == []


def test_log_levels_are_kept(gateway: Simulator, handler: Handler) -> None:
    """Those of the library, and those of loggers."""
    for level in ("warning", 25, logging.ERROR):
        libami.set_log_level(level)
        connect(gateway).close()
    libami.set_log_level(logging.DEBUG)
    logging.getLogger("libami.client").setLevel(logging.INFO)
    try:
        connect(gateway).close()
        libami.set_log_level(0)
    finally:
        logging.getLogger("libami.client").setLevel(logging.NOTSET)
    assert [record.levelname for record in handler.records] == ["INFO"]
    with pytest.raises(libami.InvalidValue, match="there is no level 'loud': take one of CRITICAL"):
        libami.set_log_level("loud")


def test_log_shows_no_secret(gateway: Simulator, handler: Handler) -> None:
    libami.set_log_level("DEBUG")
    with connect(gateway) as client:
        client.action("UserEvent", UserEvent="A", Text=SECRET)
    with pytest.raises(libami.AuthError):
        libami.connect("127.0.0.1", gateway.port, username="admin", secret=SECRET[:-1])
    libami.set_log_level(None)
    assert handler.records
    assert not any(SECRET[:-1] in record.getMessage() for record in handler.records)


def test_log_handler_that_blocks_harms_nobody(gateway: Simulator, handler: Handler) -> None:
    handler.may_go_on.clear()
    libami.set_log_level("DEBUG")
    with connect(gateway) as client:
        handler.came.next()
        for _ in range(100):
            client.ping()
    assert len(handler.records) == 1
    handler.may_go_on.set()
    libami.set_log_level(None)
    assert len(handler.records) == 3


def test_log_handler_may_use_the_library(gateway: Simulator) -> None:
    """Even turn the log off, and have its own lines logged."""
    said = Collected[str]()

    class Busy(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            libami.set_log_level(None)
            with connect(gateway) as client:
                said(f"{client.ping() > 0}")

    busy, logger = Busy(), logging.getLogger("libami")
    logger.addHandler(busy)
    logger.setLevel(logging.INFO)
    try:
        libami.set_log_level("INFO")
        connect(gateway).close()
        assert said.next() == "True"
    finally:
        libami.set_log_level(None)
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(busy)


def test_log_handler_that_blocks_is_waited_for_until_interrupted(
    gateway: Simulator, handler: Handler
) -> None:
    handler.may_go_on.clear()
    libami.set_log_level("INFO")
    with connect(gateway):
        handler.came.next()
        timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            libami.set_log_level(None)
        timer.join(WAIT)
    handler.may_go_on.set()
    assert len(handler.records) == 1


def test_log_handler_that_raises_is_not_fatal(
    gateway: Simulator, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    unraisable = Collected[object]()
    monkeypatch.setattr("sys.unraisablehook", unraisable)

    class Broken(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            raise RuntimeError("broken")

    broken = Broken()
    handler.addFilter(broken)
    libami.set_log_level("INFO")
    connect(gateway).close()
    libami.set_log_level(None)
    assert isinstance(unraisable.next().exc_value, RuntimeError)  # type: ignore[attr-defined]
    handler.removeFilter(broken)


PROGRAM = """
import libami, logging, os, sys
from libami.simulator import Simulator

logging.basicConfig(level=logging.DEBUG, format="%(name)s %(levelname)s %(message)s")
libami.set_log_level("DEBUG")
simulator = Simulator(secret="secret")
client = libami.connect("127.0.0.1", simulator.port, username="admin", secret="secret")
"""


def test_log_is_whole_at_exit() -> None:
    done = run_python(f"import warnings\n{PROGRAM}\nwarnings.simplefilter('ignore')")
    assert done.returncode == 0, done.stderr
    assert "libami.client INFO" in done.stderr
    assert "logged in, Asterisk" in done.stderr


def test_log_handler_that_never_returns_does_not_stop_the_exit() -> None:
    code = f"""
import time, warnings
warnings.simplefilter("ignore")
{PROGRAM}
class Stuck(logging.Handler):
    def emit(self, record):
        print("stuck", flush=True)
        while True:
            time.sleep(0.05)
libami.set_log_level("INFO")
logging.getLogger("libami").addHandler(Stuck())
client.close()
client = libami.connect("127.0.0.1", simulator.port, username="admin", secret="secret")
sys.exit(7)
"""
    done = run_python(code)
    assert (done.returncode, done.stdout) == (7, "stuck\n"), done.stderr


def test_log_begins_anew_in_a_child() -> None:
    code = f"""
{PROGRAM}
client.close()
simulator.stop()
# What was logged is handled by then.
libami.set_log_level("INFO")
child = os.fork()
if child == 0:
    def run():
        with Simulator(secret="secret") as simulator:
            libami.connect("127.0.0.1", simulator.port, username="admin", secret="secret").close()
    run()
    print("between", file=sys.stderr, flush=True)
    libami.set_log_level("INFO")
    run()
    libami.set_log_level(None)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
libami.set_log_level(None)
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    before, _, after = done.stderr.partition("between")
    assert before.count("logged in") == 1
    assert after.count("logged in") == 1
