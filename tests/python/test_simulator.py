"""The simulated gateway from Python, and by itself."""

from __future__ import annotations

import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any, get_args

import libami
import pytest
from conftest import SECRET, WAIT, Collected, connect, texts
from libami.cli import main
from libami.simulator import (
    AiredSms,
    Concatenation,
    Model,
    SentSms,
    Simulator,
    SpanState,
    TranscriptLine,
)


def test_simulator_runs_until_it_is_stopped() -> None:
    gateway = Simulator()
    assert repr(gateway) == f"<libami.simulator.Simulator on 127.0.0.1:{gateway.port}>"
    client = libami.connect("127.0.0.1", gateway.port, username="admin", secret="amp111")
    assert gateway.sessions == 1
    events = client.events(timeout=WAIT)
    gateway.stop()
    gateway.stop()
    assert gateway.sessions == 0
    with pytest.raises(libami.ConnectError):
        list(events)
    client.close()
    # The port is free again.
    with Simulator(gateway.port) as again:
        assert again.port == gateway.port
        with pytest.raises(OSError, match="in use"):
            Simulator(gateway.port)


def test_simulator_stops_when_it_is_forgotten() -> None:
    gateway = Simulator()
    client = libami.connect("127.0.0.1", gateway.port, username="admin", secret="amp111")
    del gateway
    with pytest.raises(libami.ConnectError):
        list(client.events(timeout=WAIT))
    client.close()


def test_transcript_hides_secrets() -> None:
    said: list[TranscriptLine] = []
    with Simulator(secret=SECRET, transcript=said.append) as gateway, connect(gateway) as client:
        client.ping()
        with pytest.raises(libami.ActionError):
            client.action("Nothing", Secret=SECRET)
    assert said[0] == TranscriptLine(1, "gateway", "Asterisk Call Manager/1.1")
    assert TranscriptLine(1, "client", "Action: Ping") in said
    assert TranscriptLine(1, "gateway", "Ping: Pong") in said
    assert TranscriptLine(1, "client", "Key: ***") in said
    assert TranscriptLine(1, "client", "Secret: ***") in said
    assert not any(SECRET in line.text for line in said)


def test_transcript_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail(line: TranscriptLine) -> None:
        raise RuntimeError("the transcript is broken")

    with (
        caplog.at_level(logging.ERROR, logger="libami"),
        Simulator(secret=SECRET, transcript=fail) as gateway,
    ):
        connect(gateway).close()
    assert any("the transcript is broken" in (record.exc_text or "") for record in caplog.records)


def test_events_reach_those_who_may_see_them() -> None:
    with Simulator(secret=SECRET, read="user") as gateway, connect(gateway) as client:
        with client.events("Mine", timeout=WAIT) as events:
            assert gateway.emit("call", "Event: Mine\r\n\r\n") == 0
            assert gateway.emit("user", "Event: Mine\r\nText: 您好\r\n\r\n") == 1
            assert next(events)["Text"] == "您好"
        assert gateway.deliver_sms(1, "10086", "hello") == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda gateway: gateway.set_outcome(1, "mislaid"), ValueError),
        (lambda gateway: gateway.next_outcomes(1, ["sent", "lost?"]), ValueError),
        (lambda gateway: gateway.set_rates(1, {"often": 0.5}), ValueError),
        (lambda gateway: gateway.set_latency(1, -1), ValueError),
        (lambda gateway: gateway.set_state(1, SpanState(sim="broken")), ValueError),  # type: ignore[arg-type]
        (lambda gateway: gateway.state(9), ValueError),
        (lambda gateway: gateway.deliver_sms(1, "1", "x", coding="morse"), ValueError),
        (lambda gateway: gateway.set_ussd("*1#", outcome="late"), ValueError),
        (lambda gateway: Simulator(model="nokia"), ValueError),  # type: ignore[arg-type]
        (lambda gateway: Simulator(asterisk="2"), ValueError),  # type: ignore[arg-type]
        (lambda gateway: Simulator(spans=0), OSError),
        (lambda gateway: Simulator(second=float("nan")), ValueError),
        (lambda gateway: Simulator(auth_timeout=-1), ValueError),
        (lambda gateway: Simulator(login_failure_delay=float("inf")), ValueError),
    ],
)
def test_wrong_settings(
    gateway: Simulator, wrong: Callable[[Simulator], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        wrong(gateway)


def test_who_gets_in_is_as_in_manager_conf() -> None:
    with Simulator(secret=SECRET, login_failure_delay=0.3, allow_multiple_login=False) as gateway:
        with connect(gateway):
            before = time.monotonic()
            with pytest.raises(libami.ConnectError, match=r"Login Already In Use.*allowmultiplelogin=no"):
                connect(gateway)
            assert time.monotonic() - before >= 0.3
        connect(gateway).close()
    with (
        Simulator(secret=SECRET, auth_limit=1, auth_timeout=0.2) as gateway,
        socket.create_connection(("127.0.0.1", gateway.port), WAIT) as idle,
        idle.makefile("rb") as said,
    ):
        assert said.readline()
        with pytest.raises(libami.ConnectError, match="authlimit"):
            connect(gateway)
        assert said.read() == b""
        connect(gateway).close()


# What it is set to, and what it notes


@pytest.fixture
def talk() -> Iterator[Callable[[Simulator, str], Callable[[str], str]]]:
    """Logs in to a gateway in raw bytes; what that gives out says a request and reads up to an empty line."""
    with ExitStack() as stack:

        def log_in(gateway: Simulator, events: str) -> Callable[[str], str]:
            link = stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port), WAIT))
            stream = stack.enter_context(link.makefile("rwb"))

            def say(request: str) -> str:
                if request:
                    stream.write(request.replace("\n", "\r\n").encode() + b"\r\n\r\n")
                    stream.flush()
                lines: list[bytes] = []
                while not lines or lines[-1] != b"\r\n":
                    lines.append(stream.readline())
                    assert lines[-1]
                return b"".join(lines).decode()

            assert stream.readline().startswith(b"Asterisk Call Manager/")
            assert "accepted" in say(f"Action: Login\nUsername: admin\nSecret: {SECRET}\nEvents: {events}")
            return say

        yield log_in


Talk = Callable[[Simulator, str], Callable[[str], str]]


@pytest.mark.parametrize("model", get_args(Model))
def test_simulator_speaks_as_every_model(model: Model, talk: Talk) -> None:
    with Simulator(model=model, secret=SECRET, spans=2) as gateway:
        say = talk(gateway, "off")
        assert list(gateway.spans) == ([2, 3] if model == "yeastar" else [1, 2])
        assert say("Action: ListCommands").startswith("Response: Success\r\n")


def test_sends_are_noted(talk: Talk) -> None:
    with Simulator(secret=SECRET, second=0.01, numbers=["+111", "+222"], seed=3) as gateway:
        say = talk(gateway, "off")
        gateway.set_rates(1, {"failed": 1.0})
        gateway.next_outcomes(1, ["busy", "sent"])
        for answer in ("WAS USING", "SUCCESSFULLY", "WAS FAILED"):
            assert answer in say("Action: Command\nCommand: gsm send sync csms 1 +222 hi 7 2 1 200 id")
        assert [sms.outcome for sms in gateway.sent] == ["busy", "sent", "failed"]
        place = Concatenation(7, 2, 1)
        command = "gsm send sync csms"
        noted = SentSms(1, "+222", "hi", "id", True, "sent", command, 1, place, False, True, 5, None)
        assert gateway.sent[1] == noted
        assert gateway.aired == [AiredSms(1, 1, "+222", "hi", place, False, 2)]


def test_states_of_a_span(talk: Talk) -> None:
    with Simulator(secret=SECRET) as gateway:
        say = talk(gateway, "off")
        assert gateway.state(1) == SpanState()
        off = SpanState(
            power=False, sim="missing", registration="denied", signal=0, bit_errors=-1, network="Ü"
        )
        gateway.set_state(1, off)
        assert gateway.state(1) == off
        gateway.set_latency(2, 0, 0.001)
        assert "GSM span 1: Power off, Provisioned, Down" in say("Action: Command\nCommand: gsm show spans")


def test_menus(talk: Talk) -> None:
    with Simulator(secret=SECRET) as gateway:
        say = talk(gateway, "off")
        gateway.set_ussd_menu("*100#", ("1 Balance", {"1": "10 euros", "2": ("1 Buy", {"1": "Bought"})}))
        for code, end in (
            ("*100#", "1 Balance"),
            ("2", "1 Buy"),
            ("1", "Bought"),
            ("1", "UNKNOWN APPLICATION"),
        ):
            assert f"\nText:{end}\n" in say(f"Action: Command\nCommand: gsm send ussd 1 {code}")
    endless: dict[str, object] = {}
    endless["1"] = ("again", endless)
    with Simulator() as gateway, pytest.raises(RecursionError):
        gateway.set_ussd_menu("*1#", ("endless", endless))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "menu",
    [
        {"1": "10 euros"},
        7,
        ("1 Balance",),
        ("1 Balance", "2 Tariff"),
        ("1 Balance", "2 Tariff", "3 Help"),
        (1, {}),
        ("1 Balance", {"1": {"1": "Bought"}}),
        ("1 Balance", {1: "10 euros"}),
    ],
)
def test_menus_of_another_form_are_refused(menu: Any) -> None:
    words = r'^a menu is a text, or a text and a mapping .*, such as \("1 Balance", \{"1": "10 euros"\}\)$'
    with Simulator() as gateway, pytest.raises(TypeError, match=words):
        gateway.set_ussd_menu("*100#", menu)


def test_lists_that_are_a_text_are_refused() -> None:
    with pytest.raises(TypeError, match=r'^numbers is a list, such as \["100"\], and not a text$'):
        Simulator(numbers="100")
    with (
        Simulator() as gateway,
        pytest.raises(TypeError, match=r'^outcomes is a list, such as \["failed"\], and'),
    ):
        gateway.next_outcomes(1, "failed")  # type: ignore[arg-type]


def test_odd_messages(talk: Talk) -> None:
    with Simulator(secret=SECRET) as gateway:
        say = talk(gateway, "dialplan")
        assert gateway.deliver_sms(1, "1", "x" * 400, parts=[3], without_variables=True) == 1
        assert f'"{"x" * 94}" >' in say("")
        assert gateway.deliver_sms(1, "1", "x", pdu="zz", coding="ucs-2", flash=True) == 1
        assert "Variable: SMSPDU\r\nValue: zz\r\n" in [say("") for _ in range(3)][2]
        assert gateway.deliver_ussd(1, "x") == gateway.deliver_report(1) == 0


def test_simulator_sends_the_events_of_dongles(talk: Talk) -> None:
    with Simulator(model="quectel", secret=SECRET, asterisk="22", bg111=True) as gateway:
        say = talk(gateway, "call")
        assert gateway.deliver_sms(1, "Bank", "hi", base64_first=True) == 1
        assert r"Event: QuectelNewCMGR" in say("")
        assert "QuectelNewSMSBase64" in say("")
        assert "QuectelNewSMS\r\n" in say("")
        assert say("") == "\r\n"
        assert gateway.deliver_ussd(2, "Balance", 1) == 1
        assert 'Device: quectel1\r\nMessage: +CUSD: 1,"C2303BEC1E971B",15' in say("")
        assert "NewUSSD\r\n" in say("")
        assert "NewUSSDBase64\r\n" in say("")
        assert gateway.deliver_report(1, "p", success=False, kind=2, codes=[70]) == 1
        assert say("").endswith("Success: 0\r\nType: 2\r\nReport: 070,\r\n\r\n")


# The command line


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "libami", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        watchdog = threading.Timer(3 * WAIT, process.kill)
        watchdog.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            yield process, process.stdin, process.stdout
        finally:
            watchdog.cancel()
            process.kill()


def port_of(line: str) -> int:
    prefix = "listening on 127.0.0.1:"
    assert line.startswith(prefix)
    return int(line.removeprefix(prefix))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_simulate_serves_until_a_signal(number: signal.Signals) -> None:
    with command("simulate", "--port", "0", "--secret", SECRET) as (process, stdin, stdout):
        port = port_of(stdout.readline())
        with libami.gateway.connect("127.0.0.1", port, username="admin", secret=SECRET) as client:
            inbox = texts(client.inbox(timeout=WAIT))
            lines = (
                "sms 2 10086 hello  gateway",
                "",
                "sms nonsense",
                f"sms {1 << 32} 1 x",
                f"sms {'9' * 3000} 1 x",
            )
            stdin.write("".join(f"{line}\n" for line in (*lines, "sms 1 +1234 您好")))
            stdin.flush()
            sms = [next(inbox), next(inbox)]
            assert [(each.span, each.sender, each.text) for each in sms] == [
                (2, "10086", "hello  gateway"),
                (1, "+1234", "您好"),
            ]
            # The end of the input is not the end of the gateway.
            stdin.close()
            assert client.ping() < WAIT
            process.send_signal(number)
            assert process.wait(WAIT) == 0
        assert process.stderr is not None
        said = process.stderr.read().splitlines()
        assert said[0] == "libami: type: sms SPAN SENDER TEXT"
        assert (
            said[1:] == ["libami: nobody saw the SMS: no such port, or no session that sees such events"] * 2
        )
        assert stdout.read() == ""


def test_simulate_takes_a_model() -> None:
    arguments = ("--port", "0", "--model", "dongle", "--secret", SECRET, "--sms-every", "0.05", "--verbose")
    with command("simulate", *arguments) as (_, _, stdout):
        port = port_of(stdout.readline())
        with libami.connect("127.0.0.1", port, username="admin", secret=SECRET) as client:
            assert next(client.events("DongleNewSMS", timeout=WAIT))["From"] == "10086"


def test_simulate_takes_numbers() -> None:
    with command("simulate", "--port", "0", "--numbers", "100,200") as (_, _, stdout):
        port = port_of(stdout.readline())
        with libami.gateway.connect("127.0.0.1", port, username="admin", secret="amp111") as client:
            inbox = client.inbox(timeout=WAIT)
            client.send("200", "hello", port=1)
            sms = next(inbox)
            assert isinstance(sms, libami.Sms)
            assert (sms.span, sms.sender) == (2, "100")


@pytest.mark.parametrize("model", ["openvox", "yeastar", "dongle"])
def test_simulate_has_a_ussd_menu(model: Model) -> None:
    with command("simulate", "--port", "0", "--model", model) as (_, _, stdout):
        port = port_of(stdout.readline())
        with libami.gateway.connect("127.0.0.1", port, username="admin", secret="amp111") as client:
            port_name = client.ports()[0].port
            # Nobody answered the first one: that does not spoil the next.
            for answer, text in ((None, ""), ("1", "Your balance is 12.50"), ("2", "Your tariff is Basic")):
                with client.dial(port_name, "*100#") as dialogue:
                    assert (dialogue.reply.text, dialogue.is_open) == ("1 balance, 2 tariff", True)
                    if answer is not None:
                        assert dialogue.answer(answer).text == text
                        assert not dialogue.is_open


def test_simulate_shows_what_is_said() -> None:
    with command("simulate", "--port", "0", "--secret", SECRET, "--verbose") as (process, _, stdout):
        port = port_of(stdout.readline())
        with libami.connect("127.0.0.1", port, username="admin", secret=SECRET) as client:
            client.ping()
        process.terminate()
        said = stdout.read()
        assert process.wait(WAIT) == 0
    assert said.startswith("1 > Asterisk Call Manager/1.1\n1 < Action: Challenge\n")
    with command("simulate", "--port", "0", "--secret", SECRET, "-v", "--json") as (process, _, stdout):
        begun = json.loads(stdout.readline())
        with libami.connect(begun["host"], begun["port"], username="admin", secret=SECRET):
            pass
        process.terminate()
        lines = [json.loads(line) for line in stdout.read().splitlines()]
        assert process.wait(WAIT) == 0
    assert lines[0] == {"session": 1, "speaker": "gateway", "text": "Asterisk Call Manager/1.1"}
    assert "1 < Action: Ping\n" in said
    assert "1 < Key: ***\n" in said
    assert SECRET not in said


def test_simulate_shows_no_control_characters() -> None:
    with command("simulate", "--port", "0", "--verbose") as (process, _, stdout):
        port = port_of(stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"Action: \x1b]0;x\x07\xc2\x9b2J\r\n\r\n")
            assert stdout.readline().startswith("1 > ")
            assert stdout.readline() == "1 < Action: \\x1b]0;x\\x07\\x9b2J\n"
        process.terminate()


@pytest.mark.parametrize("count", ["-1", "0", "4294967297"])
def test_simulate_refuses_numbers_of_ports(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        code = main(["simulate", "--port", "0", "--spans", count])
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), handlers, strict=True):
            signal.signal(number, handler)
    assert code in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_simulate_lets_sms_come_in_by_themselves() -> None:
    with command("simulate", "--port", "0", "--sms-every", "0.05") as (_, stdin, stdout):
        stdin.close()
        port = port_of(stdout.readline())
        with (
            libami.gateway.connect("127.0.0.1", port, username="admin", secret="amp111") as client,
            client.inbox(timeout=WAIT) as inbox,
        ):
            assert [sms.sender for sms in itertools.islice(texts(inbox), 2)] == ["10086"] * 2


def test_simulate_says_why_it_cannot(gateway: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        assert main(["simulate", "--port", str(gateway.port)]) == 1
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), handlers, strict=True):
            signal.signal(number, handler)
    said = capsys.readouterr().err
    assert said == (
        f"libami: another program listens on 127.0.0.1:{gateway.port}; --port 0 takes any free port\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["simulate", "--port", "99999"], '"99999" is no whole number from 0 to 65535'),
        (["simulate", "--port", "-1"], "from 0 to 65535"),
        (["simulate", "--numbers", "1,2,x"], '"x" is no number'),
        (["simulate", "--numbers", "1,,2"], '"" is no number'),
        (["--host", "192.0.2.1", "simulate"], "--host is of no use here"),
        (["-u", "me", "simulate"], "--username is of no use here"),
        (["--local", "replay", "x.ami"], "--local is of no use here"),
        (["-C", "a", "record", "x.ami"], "--context is of no use here"),
        (["replay", "x.ami", "--port", "65536"], "from 0 to 65535"),
        (["replay", "x.ami", "--speed", "0"], '"0" is no speed: it must be'),
        (["record", "x.ami", "pbx", "--listen", "65536"], "from 0 to 65535"),
    ],
)
def test_servers_of_the_command_refuse_what_they_cannot_use(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "simulate" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"libami {libami.__version__}\n"
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--sms-every", "0"])
    assert ended.value.code == 2
    assert "SECONDS" in capsys.readouterr().err


def test_simulator_reads_a_line_that_comes_in_pieces() -> None:
    with command("simulate", "--port", "0") as (_, stdin, stdout):
        port = port_of(stdout.readline())
        got: Collected[libami.Sms] = Collected()
        with libami.gateway.connect("127.0.0.1", port, username="admin", secret="amp111") as client:
            client.on_sms(got)
            for piece in (b"sms 1 100", b"86 \xe6\x82", b"\xa8", b"\n"):
                os.write(stdin.fileno(), piece)
            assert got.next().text == "您"
