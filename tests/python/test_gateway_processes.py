"""Gateways beside signals, event loops, forks, and at the end of a program."""

from __future__ import annotations

import asyncio
import textwrap
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import LOOPS, SECRET, all_left, run_python
from gateways import settings
from libami.simulator import Simulator


def test_ctrl_c_ends_a_wait_and_waiting_sms_are_not_sent(gateway: Simulator) -> None:
    gateway.set_latency(1, 3.0)
    done = run_python(
        textwrap.dedent("""
        import signal, sys, time
        import libami.gateway

        def interrupt(number, frame):
            raise KeyboardInterrupt

        signal.signal(signal.SIGALRM, interrupt)
        where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
        with libami.gateway.connect("127.0.0.1", **where) as gateway:
            first = gateway.submit("136", "first", port=1, timeout=100)
            for call in (
                lambda: gateway.send("136", "given up", port=1, timeout=100),
                lambda: next(gateway.inbox()),
                lambda: gateway.send_ussd(1, "*100#"),
                lambda: first.result(30),
            ):
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                start = time.monotonic()
                try:
                    call()
                    raise SystemExit("it was not interrupted")
                except KeyboardInterrupt:
                    assert time.monotonic() - start < 2
            print(first.result(30).outcome, gateway.send("136", "last", port=1, timeout=100).outcome)
        """),
        gateway.port,
        SECRET,
    )
    assert (done.stderr, done.stdout) == ("", "sent sent\n")
    assert [sms.text for sms in gateway.sent] == ["first", "last"]


TRY = {"port": 1, "timeout": 100}


def test_signal_handlers_and_others_run_during_waits(gateway: Simulator) -> None:
    gateway.set_latency(1, 0.5)
    ticks = []
    with libami.gateway.connect(**settings(gateway)) as sender:
        sending = threading.Thread(target=sender.send, args=("136", "x"), kwargs=TRY)
        sending.start()
        while sending.is_alive():
            ticks.append(time.monotonic())
            time.sleep(0.01)
        sending.join()
    assert len(ticks) > 10


@pytest.mark.parametrize("loop", LOOPS)
def test_loop_of_a_gateway_is_the_one_it_belongs_to(gateway: Simulator, loop: Any) -> None:
    async def open_it() -> libami.aio.gateway.Gateway:
        return await libami.aio.gateway.connect(**settings(gateway))

    with asyncio.Runner(loop_factory=loop) as runner, asyncio.Runner(loop_factory=loop) as other:
        opened = runner.run(open_it())
        for call in (
            lambda: opened.send("136", "x", port=1),
            opened.ports,
            lambda: later(opened.inbox),
            lambda: later(partial(opened.on_sms, print)),
            lambda: later(partial(opened.submit, "136", "x")),
        ):
            with pytest.raises(libami.Error, match="another event loop"):
                other.run(call())
        assert not gateway.sent
        runner.run(opened.close())


async def later(call: Callable[[], Any]) -> Any:
    return call()


def test_fork_is_told_to_the_child_and_the_parent_is_unharmed(gateway: Simulator) -> None:
    done = run_python(
        textwrap.dedent("""
        import os, sys, warnings
        import libami.gateway
        warnings.simplefilter("ignore")

        where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
        gateway = libami.gateway.connect("127.0.0.1", **where)
        inbox = gateway.inbox(timeout=10)
        gateway.on_sms(print)
        gateway.send("136", "before", port=1)
        dialogue = gateway.dial(1, "*100#")
        child = os.fork()
        if child == 0:
            assert (gateway.state, gateway.is_open) == ("closed", False)
            for call in (
                lambda: gateway.send("136", "x", port=1),
                lambda: gateway.submit("136", "x", port=1),
                lambda: gateway.send_ussd(1, "*100#"),
                lambda: dialogue.answer("1"),
                lambda: gateway.ports(),
                lambda: gateway.power(1, "off"),
                lambda: gateway.action("Ping"),
                lambda: gateway.inbox(),
                lambda: gateway.on_sms(print),
                lambda: gateway.parts("x"),
                lambda: next(inbox),
                gateway.close,
            ):
                try:
                    call()
                except libami.Error as error:
                    assert error.code == 4, repr(error)
                else:
                    raise SystemExit("it was not told")
                if call == gateway.close:
                    break
            # It may have one of its own.
            with libami.gateway.connect("127.0.0.1", **where) as own:
                own.send("136", "child", port=1)
            sys.exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        gateway.send("136", "parent", port=1)
        gateway.close()
        """),
        gateway.port,
        SECRET,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert [sms.text for sms in gateway.sent] == ["before", "child", "parent"]


@pytest.mark.parametrize("end", ["pass", "del gateway", "raise SystemExit(0)"])
def test_exit_with_all_under_way(gateway: Simulator, end: str) -> None:
    gateway.set_latency(1, 0.5)
    code = """
    import sys, time, threading, warnings
    import libami.gateway
    warnings.simplefilter("ignore")

    where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
    gateway = libami.gateway.connect("127.0.0.1", **where)
    gateway.on(None, print)
    futures = [gateway.submit("136", "hello", port=1, timeout=100) for _ in range(3)]
    threading.Thread(target=futures[0].result, daemon=True).start()
    while "SMS SENDING" not in gateway.command("gsm show span 1"):
        time.sleep(0.001)
    """
    done = run_python(textwrap.dedent(code) + end, gateway.port, SECRET)
    assert (done.stderr, done.returncode) == ("", 0)
    assert all_left(gateway)
    assert len(gateway.sent) == 1


def test_memory_of_sent_messages_is_freed(gateway: Simulator) -> None:
    done = run_python(
        textwrap.dedent("""
        import asyncio, ctypes, gc, sys
        import libami.aio.gateway, libami.gateway

        libc = ctypes.CDLL(None)

        class Info(ctypes.Structure):
            _fields_ = [(f"field{at}", ctypes.c_size_t) for at in range(10)]

        libc.mallinfo2.restype = Info

        def allocated():
            gc.collect()
            info = libc.mallinfo2()
            return info.field4 + info.field7

        where = dict(port=int(sys.argv[1]), username="admin", secret=sys.argv[2])
        text = "x" * 400

        def some(gateway, count):
            futures = [gateway.submit("136", text, port=1 + at % 4) for at in range(count)]
            assert {future.result(60).outcome for future in futures} == {"sent"}

        async def same(gateway, count):
            futures = [gateway.submit("136", text, port=1 + at % 4) for at in range(count)]
            assert {(await future).outcome for future in futures} == {"sent"}

        with libami.gateway.connect("127.0.0.1", **where) as gateway:
            some(gateway, 200)
            start = allocated()
            some(gateway, 1000)
            print((allocated() - start) // 1000)

        async def program():
            async with libami.aio.gateway.connect("127.0.0.1", **where) as gateway:
                await same(gateway, 200)
                start = allocated()
                await same(gateway, 1000)
                print((allocated() - start) // 1000)

        asyncio.run(program())
        """),
        gateway.port,
        SECRET,
    )
    assert done.stderr == ""
    for each in done.stdout.split():
        assert int(each) < 200, f"a message that was sent leaves {each} bytes"
