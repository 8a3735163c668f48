"""What a program does to itself while a client is in it: many descriptors, signals, daemons, ends,
interpreters. Each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import pytest
from conftest import SECRET, WAIT, run_python
from libami.simulator import Simulator

START = """
import asyncio, contextlib, os, signal, sys, threading, time
import libami, libami.aio

PORT = int(sys.argv[1])
settings = {"username": "admin", "secret": sys.argv[2]}

def connect(**more):
    return libami.connect("127.0.0.1", PORT, **settings, **more)
"""


def run(gateway: Simulator, code: str, expected: int = 0) -> str:
    """Run a program; it ends so, and says nothing on standard error."""
    done = run_python(START + textwrap.dedent(code), gateway.port, SECRET)
    assert done.stderr == ""
    assert done.returncode == expected
    return done.stdout


# Descriptors


def test_more_than_1024_descriptors(gateway: Simulator) -> None:
    code = """
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]

    with connect() as client:
        heard = []
        client.on("UserEvent", lambda event: heard.append(event["Number"]))
        events = client.events("UserEvent", timeout=10)
        for number in range(100):
            client.action("UserEvent", UserEvent="Go", Number=number)
        assert [next(events)["Number"] for _ in range(100)] == [str(number) for number in range(100)]
        # The end of the client would discard what its callback has not been called with.
        patience = time.monotonic() + 10
        while len(heard) < 100 and time.monotonic() < patience:
            time.sleep(0.005)
    assert len(heard) == 100

    async def program():
        async with libami.aio.connect("127.0.0.1", PORT, **settings) as client:
            events = client.events("UserEvent", timeout=10)
            for number in range(100):
                await client.action("UserEvent", UserEvent="Go", Number=number)
            assert [(await anext(events))["Number"] for _ in range(100)] == [str(at) for at in range(100)]

    asyncio.run(program())
    probe = os.open("/dev/null", os.O_RDONLY)
    print(probe > 1100)
    """
    assert run(gateway, code) == "True\n"


# Signals

# Each wait, and what ends it, by a name of its own.
WAITS = [
    pytest.param(
        """
        events = client.events("UserEvent", timeout=30)
        wait, release = lambda: next(events)["UserEvent"], lambda: other.action("UserEvent", UserEvent="Go")
        expected = "Go"
        """,
        id="an event",
    ),
    pytest.param(
        """
        ussd = 'gsm send ussd 1 "*100#" 30'
        wait, release = lambda: client.command(ussd, timeout=30) != "", None
        expected = True
        """,
        id="an answer",
    ),
    pytest.param(
        """
        wait, release, expected = lambda: client.wait_for_state("closed", 30), client.close, None
        """,
        id="a state",
    ),
]


@pytest.mark.parametrize("wait", WAITS)
def test_signal_handlers_run_while_a_call_waits_which_goes_on(gateway: Simulator, wait: str) -> None:
    gateway.set_latency(1, 1.5)
    code = """
    client, other = connect(), connect()
    times = []
    signal.signal(signal.SIGALRM, lambda number, frame: times.append(time.monotonic()))
    INSERT
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    start = time.monotonic()
    if release:
        threading.Timer(1.5, release).start()
    assert wait() == expected
    taken = time.monotonic() - start
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert taken >= 1.4, taken
    # None waited long for its turn.
    gaps = [after - before for before, after in zip([start, *times], times)]
    assert len(times) >= 5 and max(gaps) < 1, (len(times), gaps)
    client.close()
    other.close()
    """
    run(gateway, textwrap.dedent(code).replace("INSERT", textwrap.dedent(wait)))


def test_signals_of_an_interval_timer_disturb_no_call(gateway: Simulator) -> None:
    code = """
    count = 0
    def handle(number, frame):
        global count
        count += 1
    signal.signal(signal.SIGALRM, handle)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    heard = []
    with connect() as client:
        client.on("UserEvent", lambda event: heard.append(event["Number"]))
        events = client.events("UserEvent", timeout=10)
        for number in range(500):
            assert client.action("Ping", ActionID=f"mine-{number}")["ActionID"] == f"mine-{number}"
            client.action("UserEvent", UserEvent="Go", Number=number)
            assert next(events)["Number"] == str(number)
            if number % 50 == 0:
                with connect() as other:
                    other.ping()
        start = time.monotonic()
        assert next(client.events("Never", timeout=0.3), None) is None
        assert 0.29 < time.monotonic() - start < 5
    assert heard == [str(number) for number in range(500)], len(heard)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert count > 20, count
    """
    run(gateway, code)


def test_signal_handler_that_raises_interrupts_the_call(gateway: Simulator) -> None:
    gateway.set_latency(1, 30)
    code = """
    class Enough(Exception):
        pass
    def handle(number, frame):
        raise Enough
    signal.signal(signal.SIGALRM, handle)
    client = connect()
    events = client.events("UserEvent", timeout=10)
    for wait in (
        lambda: next(client.events("Never")),
        lambda: client.command('gsm send ussd 1 "*100#" 60', timeout=60),
        lambda: client.wait_for_state("waiting", 60),
    ):
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        start = time.monotonic()
        try:
            wait()
        except Enough:
            assert time.monotonic() - start < 2
            print("interrupted")
    other = connect()
    other.action("UserEvent", UserEvent="Still here")
    print(next(events)["UserEvent"])
    client.close()
    other.close()
    """
    assert run(gateway, code) == "interrupted\n" * 3 + "Still here\n"


def test_signals_and_the_event_loop(gateway: Simulator) -> None:
    code = """
    async def program():
        loop = asyncio.get_running_loop()
        got = asyncio.Event()
        loop.add_signal_handler(signal.SIGALRM, got.set)
        async with libami.aio.connect("127.0.0.1", PORT, **settings) as client:
            waiting = asyncio.create_task(anext(client.events("UserEvent", timeout=10)))
            await asyncio.sleep(0)
            signal.setitimer(signal.ITIMER_REAL, 0.1, 0.01)
            await asyncio.wait_for(got.wait(), 10)
            assert not waiting.done()
            for _ in range(100):
                await client.ping()
            await client.action("UserEvent", UserEvent="Go")
            print((await waiting)["UserEvent"])
            signal.setitimer(signal.ITIMER_REAL, 0)

    asyncio.run(program())
    """
    assert run(gateway, code) == "Go\n"


# Daemons


def test_daemon_drops_the_link_made_before_its_fork_and_connects_again(gateway: Simulator) -> None:
    code = """
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    client = connect()
    events = client.events()
    client.on(None, lambda event: None)
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    try:
        client.ping()
    except libami.Error as error:
        assert error.code == 4
    del client, events
    with connect() as own:
        waiting = own.events("UserEvent", timeout=10)
        print("it runs", flush=True)
        print(next(waiting)["UserEvent"], flush=True)
    """
    command = [sys.executable, "-W", "error", "-c", START + textwrap.dedent(code), str(gateway.port), SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        assert program.stdout is not None
        assert program.wait(WAIT) == 0
        assert program.stdout.readline() == "it runs\n"
        # Nobody holds the first link any more, long as the daemon may live.
        until = time.monotonic() + WAIT
        while gateway.sessions > 1 and time.monotonic() < until:
            time.sleep(0.01)
        assert gateway.sessions == 1
        gateway.emit("user", "Event: UserEvent\r\nUserEvent: Enough\r\n\r\n")
        # Its end is that of the last process.
        assert program.stdout.read() == "Enough\n"


def test_daemon_connects_and_gets_its_events(gateway: Simulator) -> None:
    code = """
    for _ in range(2):
        if os.fork() > 0:
            os._exit(0)
        os.setsid()
    out = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    with connect() as client:
        client.ping()
        heard = client.events("UserEvent", timeout=10)
        client.action("UserEvent", UserEvent="From the daemon")
        os.write(out, next(heard)["UserEvent"].encode())
    """
    assert run(gateway, code) == "From the daemon"


def test_descriptors_0_to_2_may_be_closed_and_no_text_goes_to_a_socket() -> None:
    lines: list[str] = []
    code = """
    import stat
    out = os.dup(1)
    for number in range(3):
        os.close(number)
    client = connect()
    heard = []
    done = threading.Event()
    def handle(event):
        heard.append(event["UserEvent"])
        done.set()
        # It is logged, and the logging has nowhere to go.
        raise ValueError("not to be written to a socket")
    sys.stderr = sys.stdout = None
    taken = [stat.S_ISSOCK(os.fstat(number).st_mode) for number in range(3)]
    client.on("UserEvent", handle)
    client.action("UserEvent", UserEvent="Go")
    done.wait(10)
    try:
        client.command("no such thing")
    except libami.CommandError:
        pass
    client.close()
    assert any(taken) and heard == ["Go"]
    os.write(out, b"well")
    """
    with Simulator(secret=SECRET, transcript=lambda line: lines.append(line.text)) as gateway:
        assert run(gateway, code) == "well"
    assert not [line for line in lines if "socket" in line or "Traceback" in line]
    assert any("no such thing" in line for line in lines)


# The end of the interpreter, with everything under way

BUSY = """
# What ends with the client, and what callbacks are told of it, is nothing to complain of here.
import logging
logging.getLogger("libami").addHandler(logging.NullHandler())
quiet = (libami.Error, RuntimeError, asyncio.CancelledError, StopIteration, SystemExit)
def quietly(arguments):
    assert issubclass(arguments.exc_type, quiet), arguments
threading.excepthook = quietly
started = threading.Barrier(PARTIES + 1)

def forever(step):
    def loop():
        step()
        started.wait()
        while True:
            step()
    threading.Thread(target=loop, daemon=DAEMON).start()

async def alive():
    client = await libami.aio.connect("127.0.0.1", PORT, **settings)
    async def handle(event):
        await client.ping()
    client.on("UserEvent", handle)
    events = client.events("UserEvent")
    async def call():
        with contextlib.suppress(libami.Error):
            while True:
                await client.action("UserEvent", UserEvent="Tick")
    calling = [asyncio.create_task(call()) for _ in range(4)]
    await anext(events)
    started.wait()
    async for event in events:
        pass

client = connect()
client.on("UserEvent", lambda event: client.ping())
events = client.events("UserEvent")
forever(client.ping)
forever(lambda: client.action("UserEvent", UserEvent="Tick"))
forever(lambda: next(events))
threading.Thread(target=lambda: asyncio.run(alive()), daemon=DAEMON).start()
started.wait()
"""

ENDS = {
    "falls off": ("", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "os._exit": ("os._exit(4)", 4),
    "exit in a thread": ("threading.Thread(target=sys.exit).start()", 0),
    "killed": ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -15),
    "killed for good": ("os.kill(os.getpid(), signal.SIGKILL)", -9),
    "_exit in a thread": ("threading.Thread(target=os._exit, args=(5,)).start(); time.sleep(60)", 5),
    "_exit in a callback": ("client.on('UserEvent', lambda event: os._exit(6)); time.sleep(60)", 6),
}


@pytest.mark.parametrize("end", ENDS)
def test_exit_with_all_under_way_in_daemon_threads_is_clean(gateway: Simulator, end: str) -> None:
    code, expected = ENDS[end]
    busy = BUSY.replace("PARTIES", "4").replace("DAEMON", "True")
    for _ in range(2):
        run(gateway, busy + code, expected)


def test_exit_with_all_under_way_in_other_threads_is_clean(gateway: Simulator) -> None:
    """It waits for them, and they end with the client."""
    busy = BUSY.replace("PARTIES", "4").replace("DAEMON", "False")
    code = """
    gateway_goes = threading.Timer(0.1, client.close)
    gateway_goes.start()
    # The loop's own client has nobody who closes it but the server.
    os.write(1, b"go")
    """
    code = busy + textwrap.dedent(code)
    command = [sys.executable, "-W", "error", "-c", START + code, str(gateway.port), SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.read(2) == "go"
        gateway.stop()
        _, noise = program.communicate(timeout=3 * WAIT)
    assert (program.returncode, noise) == (0, "")


@pytest.mark.parametrize("end", ["return", "raise SystemExit(0)", "sys.exit(0)"])
def test_loop_ends_cleanly_with_all_under_way(gateway: Simulator, end: str) -> None:
    code = """
    async def program():
        client = await libami.aio.connect("127.0.0.1", PORT, **settings)
        seen = asyncio.Event()
        async def handle(event):
            seen.set()
            await asyncio.sleep(1000)
        client.on("UserEvent", handle)
        async def call():
            while True:
                await client.action("UserEvent", UserEvent="Tick")
        async def read():
            async for event in client.events():
                pass
        tasks = [asyncio.create_task(call()) for _ in range(4)] + [asyncio.create_task(read())]
        await seen.wait()
        END

    import warnings
    # That it was not closed is told.
    warnings.simplefilter("ignore", ResourceWarning)
    asyncio.run(program())
    """
    run(gateway, code.replace("END", end))


# Interpreters

# The module has another name and tells failures in another way from 3.13 on.
SUBINTERPRETER = """
import sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters
def run_in_another(code):
    other = interpreters.create()
    try:
        failure = interpreters.run_string(other, code)
        return failure and failure.formatted
    except interpreters.RunFailedError as error:
        return str(error)
    finally:
        interpreters.destroy(other)
"""


@pytest.mark.parametrize("first", [False, True])
def test_subinterpreters_are_refused(first: bool) -> None:
    code = SUBINTERPRETER + textwrap.dedent(
        """
        import sys
        if sys.argv[1] == "True":
            import libami
        for module in ("libami", "libami.aio", "libami._native", "libami"):
            said = run_in_another(f"import {module}")
            assert "ImportError" in said and "main interpreter" in said and "process of its own" in said, said
        # The main one is none the worse for it.
        import libami
        print(libami.Client("127.0.0.1", username="u", secret="s").state)
        """
    )
    done = run_python(code, first)
    assert (done.returncode, done.stdout, done.stderr) == (0, "new\n", "")


def test_threads_that_are_switched_all_the_time(gateway: Simulator) -> None:
    """The nearest to an interpreter without its lock that there is here."""
    code = """
    sys.setswitchinterval(1e-6)
    THREADS, ROUNDS = 6, 40
    failures = []
    def checked(function):
        def run():
            try:
                function()
            except BaseException as error:
                failures.append(error)
        return run
    client = connect()
    heard, streams = [], [client.events("UserEvent", timeout=10) for _ in range(2)]
    subscription = client.on("UserEvent", heard.append)
    shared = client.action("CoreSettings")
    barrier = threading.Barrier(THREADS)
    numbers = []

    def work():
        barrier.wait()
        for round in range(ROUNDS):
            mine = f"{threading.get_ident()}-{round}"
            answer = client.action("UserEvent", UserEvent="Go", Number=round, ActionID=mine)
            assert answer["ActionID"] == mine
            assert dict(shared) == dict(shared.items()) and shared["AsteriskVersion"]
            repr(shared), repr(client), client.stats(), client.state, subscription.counters
            if round % 10 == 0:
                with connect() as other:
                    other.on(None, lambda event: None)
                    other.ping()
    def read(stream):
        # Two threads share a stream, and each event goes to one of them.
        for event in stream:
            numbers.append((event["Number"], event.get_all("UserEvent"), tuple(event)))
            if len(numbers) == 2 * THREADS * ROUNDS:
                for each in streams:
                    each.close()
    workers = [threading.Thread(target=checked(work)) for _ in range(THREADS)]
    readers = [threading.Thread(target=checked(lambda stream=stream: read(stream))) for stream in streams * 2]
    for thread in workers + readers:
        thread.start()
    for thread in workers + readers:
        thread.join()
    assert not failures, failures
    assert len(numbers) == 2 * THREADS * ROUNDS, len(numbers)
    while len(heard) < THREADS * ROUNDS:
        time.sleep(0.01)
    client.close()
    """
    run(gateway, code)
