"""Ctrl-C, the end of the interpreter, fork: each in a process of its own."""

from __future__ import annotations

import textwrap

import pytest
from conftest import SECRET, run_python
from libami.simulator import Simulator

# Defines `client`, and `interrupt`: it sends SIGINT when the main thread is inside that function, where only
# the call that waits lets another thread run.
START = """
import contextlib, os, signal, sys, threading, time
import libami

client = libami.connect("127.0.0.1", int(sys.argv[1]), username="admin", secret=sys.argv[2])

def interrupt(function):
    main = threading.main_thread().ident
    def watch():
        while sys._current_frames()[main].f_code is not function.__code__:
            time.sleep(0.001)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=watch, daemon=True).start()
    start = time.monotonic()
    try:
        function()
    except KeyboardInterrupt:
        assert time.monotonic() - start < 5
        print("interrupted")
    else:
        print("not interrupted")
"""


def run(gateway: Simulator, code: str) -> str:
    """Run a program with a client; it ends well and says nothing on standard error."""
    done = run_python(START + textwrap.dedent(code), gateway.port, SECRET)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


# Ctrl-C


@pytest.mark.parametrize(
    "call",
    [
        "next(events)",
        "for event in client.events(): pass",
        "list(client.events('Never', timeout=1000))",
        "client.native.command('gsm send ussd 1 *100# 1000', 1000).wait()",
        "client.native.action('Command', [('Command', 'gsm send ussd 1 *100# 1000')], 1000).wait()",
        "silent.native.open().wait()",
        "client.native.wait_for_state('waiting').wait()",
        "client.native.wait_for_state('closed', 1000).wait()",
        "subscription.close()",
        "client.native.close()",
    ],
)
def test_ctrl_c_ends_a_wait(gateway: Simulator, call: str) -> None:
    gateway.set_latency(1, 1)
    code = f"""
    import socket
    libami.Client.native = property(lambda self: self._native)
    listener = socket.create_server(("127.0.0.1", 0))
    silent = libami.Client(*listener.getsockname(), username="admin", secret="x", connect_timeout=1000)
    events = client.events("Never")
    inside, leave = threading.Event(), threading.Event()
    def stuck(event):
        inside.set()
        leave.wait()
    subscription = client.on("UserEvent", stuck)
    client.action("UserEvent", UserEvent="Go")
    inside.wait()
    def waits():
        {call}
    interrupt(waits)
    leave.set()
    client.close()
    silent.close()
    listener.close()
    """
    assert run(gateway, code) == "interrupted\n"


def test_after_ctrl_c_the_client_is_as_good_as_before(gateway: Simulator) -> None:
    gateway.set_latency(1, 0.3)
    code = """
    libami.Client.native = property(lambda self: self._native)
    events = client.events("UserEvent", timeout=10)
    interrupt(lambda: client.native.command("gsm send ussd 1 *100# 30").wait())
    client.action("UserEvent", UserEvent="Go")
    print(next(events)["UserEvent"], client.is_open)
    client.close()
    """
    assert run(gateway, code) == "interrupted\nGo True\n"


# The end of the interpreter


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("", id="connected"),
        pytest.param("keep = client.events(), client.events('Never')", id="streams"),
        pytest.param(
            """
            def handle(event):
                started.set()
                time.sleep(0.3)
            started = threading.Event()
            client.on("UserEvent", handle)
            for _ in range(100):
                client.action("UserEvent", UserEvent="Go")
            started.wait()
            """,
            id="callback running",
        ),
        pytest.param(
            """
            def handle(event):
                with contextlib.suppress(libami.Error):
                    client.action("UserEvent", UserEvent="Again")
                started.set()
            started = threading.Event()
            client.on("UserEvent", handle)
            client.action("UserEvent", UserEvent="Go")
            started.wait()
            """,
            id="callback that never rests",
        ),
        pytest.param(
            """
            def ping():
                while True:
                    client.ping()
                    started.set()
            def quiet(arguments):
                assert issubclass(arguments.exc_type, libami.Error)
            threading.excepthook = quiet
            started = threading.Event()
            for _ in range(8):
                threading.Thread(target=ping, daemon=True).start()
            started.wait()
            """,
            id="daemon threads that call",
        ),
        pytest.param(
            """
            def read():
                started.set()
                for event in client.events():
                    pass
            started = threading.Event()
            for _ in range(8):
                threading.Thread(target=read, daemon=True).start()
            started.wait()
            """,
            id="daemon threads that wait",
        ),
        pytest.param(
            """
            def read(events):
                for event in events:
                    if event.name == "UserEvent":
                        return
            threading.Thread(target=read, args=(client.events(),)).start()
            threading.Timer(0.2, client.action, ("UserEvent",), {"UserEvent": "Go"}).start()
            """,
            id="threads that outlive the main one",
        ),
        pytest.param(
            """
            from libami.simulator import Simulator
            gateway = Simulator(transcript=lambda line: None)
            other = libami.connect("127.0.0.1", gateway.port, username="admin", secret="amp111")
            other.on(None, lambda event: None)
            for _ in range(1000):
                gateway.emit("user", "Event: Go\\r\\n\\r\\n")
            """,
            id="simulator",
        ),
        pytest.param(
            """
            from libami.simulator import Simulator
            gateway = Simulator()
            settings = {"username": "admin", "secret": "amp111", "reconnect": libami.Reconnect(min=0.05)}
            other = libami.connect("127.0.0.1", gateway.port, **settings)
            other.on("#state", lambda event: None)
            waiting = threading.Thread(target=other.wait_for_state, args=("new",), daemon=True)
            threading.excepthook = lambda arguments: None
            gateway.stop()
            other.wait_for_state("waiting")
            waiting.start()
            """,
            id="reconnecting",
        ),
        pytest.param("client.on('Never', lambda event: None); client.close(); sys.exit(0)", id="sys.exit"),
        pytest.param("libami.Client('127.0.0.1', 5038, username='u', secret='s')", id="never opened"),
        pytest.param(
            """
            import atexit
            atexit.register(lambda: client.ping())
            """,
            id="used by another exit handler",
        ),
    ],
)
def test_exit_of_the_interpreter_is_clean(gateway: Simulator, code: str) -> None:
    run(gateway, code)


def test_callback_that_never_returns_is_interrupted_at_exit(gateway: Simulator) -> None:
    code = """
    def handle(event):
        started.set()
        while True:
            pass
    started = threading.Event()
    client.on("UserEvent", handle)
    client.action("UserEvent", UserEvent="Go")
    started.wait()
    """
    done = run_python(START + textwrap.dedent(code), gateway.port, SECRET)
    assert done.returncode == 0
    assert "the callback <function handle" in done.stderr
    assert "SystemExit" in done.stderr


# fork

FORKED = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
events, waiting = client.events("Never"), client.events("UserEvent", timeout=10)
subscription = client.on(None, lambda event: None)
busy = threading.Thread(target=lambda: [client.ping() for _ in range(1000)])
busy.start()
child = os.fork()
if child == 0:
    codes = []
    for call in (client.ping, client.open, client.close, client.events, lambda: next(events),
                 lambda: client.on(None, print), lambda: client.command("x"), client.stats,
                 lambda: client.wait_for_state("open"), lambda: events.counters,
                 lambda: subscription.counters):
        try:
            call()
        except libami.Error as error:
            assert type(error) is libami.Error and "make a new client" in str(error), error
            codes.append(error.code)
    assert codes == [4] * 11, codes
    assert not client.is_open and client.banner is None and client.state == "closed"
    subscription.close()
    events.close()
    with libami.connect("127.0.0.1", int(sys.argv[1]), username="admin", secret=sys.argv[2]) as own:
        assert own.ping() > 0
        own.on(None, lambda event: None)
    del own, events, subscription, client
    {end}
_, status = os.waitpid(child, 0)
assert status == 0, status
client.action("UserEvent", UserEvent="Still here")
assert next(waiting)["UserEvent"] == "Still here"
busy.join()
client.close()
print("unharmed")
"""


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
def test_fork_is_told_to_the_child_and_the_parent_is_unharmed(gateway: Simulator, end: str) -> None:
    assert run(gateway, FORKED.replace("{end}", end)) == "unharmed\n"


def test_simulator_refuses_to_stop_in_the_child_of_a_fork() -> None:
    code = """
    import os, warnings
    from libami.simulator import Simulator
    warnings.simplefilter("ignore", DeprecationWarning)
    gateway = Simulator()
    child = os.fork()
    if child == 0:
        try:
            gateway.stop()
        except RuntimeError as error:
            assert "parent process" in str(error)
            del gateway
            raise SystemExit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert gateway.sessions == 0
    gateway.stop()
    """
    done = run_python(textwrap.dedent(code))
    assert (done.returncode, done.stderr) == (0, "")
