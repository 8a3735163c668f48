"""The end of the interpreter while daemon threads go on with calls of libami's, in processes of their own.

AMI_EXITS says how many times each kind of call sees the interpreter end; `make soak` asks for many.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest
from conftest import WAIT, run_python

EXITS = int(os.environ.get("AMI_EXITS", "20"))
TOGETHER = 2 * (os.cpu_count() or 1)
"""So many programs run at a time, so that each is held up now and then where it seldom is."""

PROGRAM = '''
import asyncio, atexit, codecs, collections, copy, gc, os, pickle, signal, sys, threading, time

CALL, THREADS, MODULES, END = sys.argv[1:]

def busy_handler():
    """Gives the threads some time on the way out."""
    deadline = time.monotonic() + 0.02
    while time.monotonic() < deadline:
        pass

if END == "handlers":
    atexit.register(busy_handler)

import libami, libami.aio, libami.aio.gateway, libami.gateway, libami.pdu, libami.protocol
from libami.simulator import Simulator

if END == "handlers":
    atexit.register(busy_handler)

BANNER = b"Asterisk Call Manager/9.0.0\\r\\n"
EVENT = b"Event: Newchannel\\r\\nChannel: PJSIP/100\\r\\nText: \\xe4\\r\\nPrivilege: call,all\\r\\n\\r\\n"

class Base(dict):
    """A mapping whose lookups are Python's code."""
    def __getitem__(self, key):
        return super().__getitem__(key)

class Number:
    def __init__(self, value):
        self.value = value
    def __index__(self):
        return int(self.value)
    def __float__(self):
        return float(self.value)

class Rubbish:
    """Has itself collected, by code of Python's."""
    def __init__(self):
        self.me = self
    def __del__(self):
        sum(range(20))
    def __call__(self, *arguments):
        sum(range(20))

def replace(error):
    for _ in range(20):
        pass
    return "?", error.end
codecs.register_error("slowly", replace)

simulator = Simulator(secret="secret", second=0.01)
settings = {"host": "127.0.0.1", "port": simulator.port, "username": "admin", "secret": "secret"}

def message():
    parser = libami.protocol.Parser(encoding="ascii", errors="slowly")
    parser.feed(BANNER + EVENT)
    return next(parser)

def events():
    def turn():
        for event in client.events(timeout=0.005):
            dict(event)
        client.action("UserEvent", UserEvent="Go")
    client = libami.connect(**settings)
    return turn

def waiting_events():
    client = libami.connect(**settings, errors="slowly", encoding="ascii")
    stream = client.events("UserEvent", timeout=1)
    def turn():
        client.action("UserEvent", UserEvent="Go", Number=Number(1).value, Text="hello")
        dict(next(stream)) == Base(next(stream, {}))
    return turn

def actions():
    client = libami.connect(**settings)
    def turn():
        client.action("Ping")
        client.command("core show version")
        client.ping()
        repr(client.stats())
    return turn

def connections():
    def turn():
        with libami.connect(**settings) as client:
            client.ping()
    return turn

def parser():
    def turn():
        parser = libami.protocol.Parser()
        parser.feed(BANNER + 5 * EVENT)
        for message in parser:
            dict(message)
    return turn

def mappings():
    one, other = message(), Base(message())
    def turn():
        one == other, one != one, one == {}, repr(one), len(one), list(one), "channel" in one, one.get("x")
        list(one.keys()), list(one.values()), list(one.items()), one.multi_items(), one.get_all("Text")
    return turn

class Variables(Base):
    """Its items are Python's code."""
    def items(self):
        for key in list(self):
            yield key, self[key]

def contents():
    client = libami.connect(**settings, errors="slowly", encoding="ascii")
    stream = client.events("UserEvent", idle_timeout=1)
    def turn():
        response = client.action("UserEvent", UserEvent="Go", Variable=Variables(A="1", B=2))
        for thing in (response, next(stream)):
            again = pickle.loads(pickle.dumps(thing))
            again == thing, hash(again), copy.copy(thing), copy.deepcopy(thing), thing.to_dict(), repr(again)
        for call in (
            lambda: client.originate("Local/1", application="Wait", variable=Variables(A="1"), timeout=1),
            lambda: libami.Limits(line=Number(1)),
            lambda: libami.protocol.Parser().set_limits(response=0),
        ):
            try:
                call()
            except (libami.Error, TypeError):
                pass
    return turn

def refusals():
    client = libami.Client(**settings)
    def turn():
        for call in (
            client.ping,
            client.events,
            lambda: libami.pdu.decode("rubbish"),
            lambda: libami.pdu.encode("136", "hello", reference=Number(1000)),
            lambda: libami.protocol.Parser(encoding="rubbish"),
            lambda: libami.Client(**{**settings, "port": 0}),
        ):
            try:
                call()
            except Exception:
                pass
    return turn

def pdus():
    def turn():
        for pdu in libami.pdu.encode("136", 200 * "hello", validity=Number(3600.0)):
            repr(libami.pdu.decode(pdu))
        repr(libami.sms_parts("hello"))
        libami.protocol.unescape("hello\\\\n")
        libami.TLS(ca_file="/nowhere")
    return turn

def callbacks():
    def handle(event):
        for _ in range(20):
            dict(event)
    client = libami.connect(**settings)
    client.on("UserEvent", handle)
    def turn():
        client.on("UserEvent", Rubbish()).close()
        for _ in range(5):
            simulator.emit("user", "Event: UserEvent\\r\\nNumber: 1\\r\\n\\r\\n")
    return turn

def stubborn_callbacks():
    """They go on after they have been interrupted."""
    entered = threading.Event()
    def handle(event):
        entered.set()
        while True:
            try:
                for _ in event:
                    pass
            except BaseException:
                pass
    client = libami.connect(**settings)
    kept.append(client)
    client.on("UserEvent", handle)
    client.action("UserEvent", UserEvent="Go")
    entered.wait()
    return lambda: time.sleep(0.01)

def gateways():
    gateway = libami.gateway.connect(**settings)
    inbox = gateway.inbox(timeout=0.005)
    gateway.on(None, repr)
    def turn():
        simulator.deliver_sms(1, "136", "hello")
        for mail in inbox:
            repr(mail)
        gateway.ports()
        repr(gateway.submit("136", "hello", port=Number(1)).result())
        gateway.send_ussd(1, "*100#")
    return turn

def simulators():
    def turn():
        simulator.set_latency(1, Number(0.0))
        simulator.set_rates(2, {"failed": Number(0.5)})
        simulator.set_ussd_menu("*1#", ("hello", {"1": ("there", {})}))
        simulator.set_state(1, simulator.state(1))
        simulator.emit("user", "Event: Go\\r\\n\\r\\n")
        simulator.sent, simulator.aired, simulator.sessions
    return turn

def transcripts():
    def turn():
        with Simulator(transcript=repr, secret="secret") as own:
            with libami.connect(**{**settings, "port": own.port}) as client:
                client.ping()
    return turn

def event_loops():
    async def program():
        async with libami.aio.connect(**settings) as client:
            stream = client.events("UserEvent", timeout=1)
            client.on("UserEvent", repr)
            for _ in range(50):
                await client.action("UserEvent", UserEvent="Go")
                dict(await anext(stream))
                began()
    return lambda: asyncio.run(program())

def busy_event_loops():
    """What has been waited for goes on with Python's code for ever."""
    async def program():
        async with libami.aio.connect(**settings) as client:
            await client.ping()
            while True:
                began()
    return lambda: asyncio.run(program())

def gateway_loops():
    async def program():
        async with libami.aio.gateway.connect(**settings) as gateway:
            inbox = gateway.inbox(timeout=1)
            for _ in range(20):
                simulator.deliver_sms(1, "136", "hello")
                repr(await anext(inbox))
                await gateway.ports()
                await gateway.submit("136", "hello", port=1)
                began()
    return lambda: asyncio.run(program())

def rubbish():
    """Found wherever libami makes something."""
    gc.set_threshold(1)
    def turn():
        Rubbish()
        message().keys()
        message().multi_items()
    return turn

kept, has_begun = [], threading.Semaphore(0)

def began():
    has_begun.release()

def on_its_own(turn):
    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    thread.join()

def forever(make):
    turn = make()
    turn()
    began()
    while True:
        try:
            if THREADS == "new ones":
                on_its_own(turn)
            else:
                turn()
        except Exception:
            pass
        began()

count = 2 if THREADS == "new ones" else int(THREADS)
threads = [threading.Thread(target=forever, args=(globals()[CALL],), daemon=True) for _ in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    assert has_begun.acquire(timeout=30)
if MODULES == "without libami":
    del sys.modules["libami"]
elif MODULES == "none":
    sys.modules.clear()
if END == "sys.exit":
    sys.exit(3)
elif END == "exception":
    raise ValueError("this is the end")
elif END == "SIGTERM":
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
elif END == "os._exit":
    os._exit(4)
'''

CALLS = (
    *(
        "events",
        "waiting_events",
        "actions",
        "connections",
        "parser",
        "mappings",
        "contents",
        "refusals",
        "pdus",
    ),
    *("callbacks", "gateways", "simulators", "transcripts", "rubbish"),
    *("event_loops", "busy_event_loops", "gateway_loops"),
)
THREADS = ("2", "6", "new ones", "1")
MODULES = ("all", "none", "without libami")
ENDS = {"end of the program": 0, "handlers": 0, "sys.exit": 3, "exception": 1, "SIGTERM": -15, "os._exit": 4}


def exits(call: str, count: int) -> Iterator[tuple[str, str, str, str]]:
    """The arguments of so many programs. Each combination has its turn, as the lengths share no divisor."""
    ends = (*ENDS, "end of the program")
    turns = zip(cycle(THREADS), cycle(MODULES), cycle(ends), range(count), strict=False)
    return ((call, threads, modules, end) for threads, modules, end, _ in turns)


def trouble(arguments: tuple[str, str, str, str]) -> str:
    """What has gone wrong with a program, if anything has."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=6 * WAIT, check=False)
    except subprocess.TimeoutExpired:
        return f"{arguments} hung"
    # What a thread that finds no modules raises is told as well, but by Python.
    if done.returncode == ENDS[arguments[-1]] and "panicked" not in done.stderr:
        return ""
    return f"{arguments} ended with {done.returncode}: {done.stderr[-1000:]}"


def troubles(call: str, count: int) -> list[str]:
    with ThreadPoolExecutor(TOGETHER) as pool:
        return [found for found in pool.map(trouble, exits(call, count)) if found]


@pytest.mark.parametrize("call", CALLS)
def test_exit_with_daemon_threads_in_tight_loops(call: str) -> None:
    found = troubles(call, EXITS)
    assert not found, f"{len(found)} of {EXITS} went wrong:\n" + "\n".join(found[:5])


def test_exit_with_callbacks_that_cannot_be_interrupted() -> None:
    found = troubles("stubborn_callbacks", 2)
    assert not found, "\n".join(found)


ENDED_THREAD = """
import codecs, ctypes, os, sys, threading, time
import libami.protocol

def end(error=None):
    ctypes.CDLL(None).pthread_exit(None)

codecs.register_error("end", end)

def message(errors):
    parser = libami.protocol.Parser(encoding="ascii", errors=errors)
    parser.feed(b"Asterisk Call Manager/9.0.0\\r\\nEvent: Go\\r\\nText: \\xe4\\r\\n\\r\\n")
    return next(parser)

def inside():
    message("end").get("Text")

def outside():
    dict(message("replace"))
    end()

thread = threading.Thread(target=globals()[sys.argv[1]], daemon=True)
thread.start()
place = f"/proc/self/task/{thread.native_id}/stat"
deadline = time.monotonic() + 10
asleep = 0
# A thread that is parked sleeps from then on.
while asleep < 20 and time.monotonic() < deadline:
    try:
        with open(place) as status:
            asleep = asleep + 1 if status.read().rpartition(")")[2].split()[0] == "S" else 0
    except OSError:
        os._exit(1)
    time.sleep(0.005)
os._exit(0 if asleep == 20 else 2)
"""


@pytest.mark.parametrize(("where", "expected"), [("inside", 0), ("outside", 1)])
def test_exit_of_a_thread_alone_parks_it_in_calls_and_nowhere_else(where: str, expected: int) -> None:
    done = run_python(ENDED_THREAD, where)
    assert (done.returncode, done.stderr) == (expected, "")
