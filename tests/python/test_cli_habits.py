"""Habits of all commands: exit codes, output, interruption, imports."""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import libami
import libami.cli
import pytest
from commands import Commands, Terminal, simulated
from conftest import SECRET, WAIT, fake_server, run_python
from libami._errors import CLASSES, PingTimeout, make
from libami.cli import output
from libami.simulator import Simulator
from scripted import Script

ALREADY = "Response: Error\r\nActionID: {id}\r\nMessage: Login Already In Use\r\n\r\n"
DENIED = "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"


@contextmanager
def process(gateway: Simulator, *arguments: str, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own."""
    environment = {
        **os.environ,
        "LIBAMI_HOST": f"127.0.0.1:{gateway.port}",
        "LIBAMI_USERNAME": "admin",
        "LIBAMI_SECRET": SECRET,
        **more,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "libami", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as running:
        # Reading from it is to end in any case.
        guard = threading.Timer(3 * WAIT, running.kill)
        guard.start()
        try:
            yield running
        finally:
            guard.cancel()
            running.kill()


def test_exit_codes_tell_what_happened(cli: Commands, script: Script, gateway: Simulator) -> None:
    cli.use(gateway.port)
    assert cli("action", "CoreStatus").code == 0
    assert cli("action", "Nope").code == 1
    assert cli("action").code == 2
    assert cli("action", "CoreStatus", "NoValue").code == 2
    assert cli("--host", "127.0.0.1:9", "action", "CoreStatus").code == 3
    cli.use(gateway.port, secret="wrong")
    assert cli("action", "CoreStatus").code == 4
    cli.use(script.port)
    script.on("CoreStatus", DENIED)
    assert cli("action", "CoreStatus").code == 5
    script.on("Login", ALREADY)
    assert cli("action", "CoreStatus").code == 4
    del script.answers["Login"]
    script.hang_up_on("Originate")
    assert cli("action", "Originate", "Channel=Local/1@x").code == 6
    script.on("Ping")
    assert cli("ping", "-n", 1, "--timeout", 0.1).code == 7
    with fake_server(lambda connection: connection.recv(1)) as port:
        assert cli("--host", f"127.0.0.1:{port}", "--connect-timeout", 0.1, "ping").code == 7


def test_exit_code_of_an_answer_that_is_too_large_is_that_of_the_action(
    cli: Commands, script: Script
) -> None:
    cli.use(script.port)
    script.on("Mine", "Response: Success\r\nActionID: {id}\r\nText: ", "x" * (21 << 20), "\r\n\r\n")
    ran = cli("action", "Mine")
    assert ran.code == 1
    assert "the answer to Mine is too large" in ran.err


def test_exit_codes_stand_for_every_status() -> None:
    codes = {name: output.exit_code(make(code, "")) for code, name in libami._native.STATUSES.items() if code}
    assert codes["AMI_E_INVALID"] == 2
    assert codes["AMI_E_TLS"] == codes["AMI_E_NOT_AMI"] == 3
    assert codes["AMI_E_AUTH"] == codes["AMI_E_AUTH_METHOD"] == 4
    assert codes["AMI_E_SMS_FAILED"] == codes["AMI_E_USSD"] == codes["AMI_E_COMMAND"] == 1
    assert codes["AMI_E_OUTCOME_UNKNOWN"] == 6
    assert output.exit_code(PingTimeout("")) == 7
    assert set(CLASSES) <= set(libami._native.STATUSES)


def test_exit_code_of_files_and_ports_that_cannot_be_had_is_1(cli: Commands, gateway: Simulator) -> None:
    none = cli.folder / "none"
    missing = "No such file or directory"
    ran = cli("sms", "bulk", none)
    assert (ran.code, ran.err) == (1, f"libami: {none}: {missing}\n")
    ran = cli("replay", none)
    assert (ran.code, ran.err) == (1, f"libami: {none}: {missing}\n")
    ran = cli("record", none / "x.ami", "192.0.2.1")
    assert (ran.code, ran.err) == (1, f"libami: {none / 'x.ami'}: {missing}\n")
    ran = cli("record", cli.folder / "x.ami", "192.0.2.1", "--ca-file", none)
    assert (ran.code, ran.err) == (1, f"libami: {none}: {missing}\n")
    ran = cli("-u", "a", "--secret-file", none, "ping")
    assert (ran.code, ran.err) == (1, f"libami: {none}: {missing} (--secret-file)\n")
    cli.use(gateway.port)
    ran = cli("events", "--record", none / "x.ami")
    assert (ran.code, ran.err) == (1, f"libami: {none / 'x.ami'}: {missing}\n")
    recording = cli.folder / "x.ami"
    recording.write_text("# libami capture 1\n")
    taken = f"libami: another program listens on 127.0.0.1:{gateway.port}; "
    ran = cli("replay", recording, "--port", gateway.port)
    assert (ran.code, ran.err) == (1, f"{taken}--port 0 takes any free port\n")
    ran = cli("record", cli.folder / "y.ami", "192.0.2.1", "--listen", gateway.port)
    assert (ran.code, ran.err) == (1, f"{taken}--listen 0 takes any free port\n")
    # A file with other contents is another matter, and so is one that would be lost.
    recording.write_text("no recording\n")
    assert cli("replay", recording).code == 2
    assert cli("record", recording, "192.0.2.1").code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ping", "-i", "0"], '"0" is no number of seconds: more than 0, and 1000000 at most'),
        (["ping", "-n", "0"], '"0" is no whole number from 1 to '),
        (["channels", "--watch", "nan"], '"nan" is no number of seconds'),
        (["sms", "bulk", "x", "--rate", "30/d"], '"30/d" is no rate: a number of more than 0, then /s, /m'),
        (["--port", "5038", "ping"], "there is no --port here; the port of a server stands behind its host"),
        (["ping", "--port=5038"], "-H HOST:PORT"),
        (["ping", "--secret", "x"], "there is no --secret here; other users of the machine could read it"),
        (["--password=x", "ping"], "LIBAMI_SECRET"),
        (["--secret", "x", "ping"], "--secret-file FILE"),
        (["ping", "--bogus"], "unrecognized arguments: --bogus"),
        (["pong"], "invalid choice: 'pong'"),
    ],
)
def test_usage_that_is_wrong_is_told_what_is_right(cli: Commands, words: list[str], said: str) -> None:
    ran = cli(*words)
    assert ran.code == 2
    assert said in ran.err


def test_output_has_data_alone_on_stdout(cli: Commands) -> None:
    with simulated(cli):
        ran = cli("events", "--timeout", 0.1)
        assert ran.out.startswith("Event: FullyBooted\n")
        assert "connected" not in ran.out
        assert "connected" in ran.err
        assert cli("-q", "events", "--timeout", 0.1).err == ""
        assert cli("events", "-q", "--timeout", 0.1).err == ""
        ran = cli("action", "Nope")
        assert ran.out == ""
        assert ran.err.startswith("libami: ")
        assert "Invalid/unknown command" in ran.err


def test_output_of_errors_as_json_has_code_and_name(cli: Commands) -> None:
    with simulated(cli):
        ran = cli("--json", "action", "Nope")
        assert ran.error["code"] == 300
        assert ran.error["name"] == "AMI_E_ACTION"
        assert "Nope" in ran.error["message"]
        assert "Invalid/unknown command" in ran.error["server"]
        ran = cli("action", "Login", "--json")
        assert ran.error["name"] == "AMI_E_INVALID"


def test_output_is_free_of_control_characters(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on("Mine", "Response: Success\r\nActionID: {id}\r\nText: a\x1b[2J\x9bb\u202ec\r\n\r\n")
    ran = cli("action", "Mine")
    assert "Text: a\\x1b[2J\\x9bb\\u202ec\n" in ran.out
    # A program reads escapes of JSON as what they stand for.
    shown = cli("action", "Mine", "--json")
    assert "\\u009b" in shown.out
    assert "\x9b" not in shown.out
    assert ["Text", "a\x1b[2J\x9bb\u202ec"] in cli("action", "Mine", "--json").documents[0]["headers"]


def test_output_of_bytes_that_are_no_utf8_is_the_same_bytes(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on("Mine", "Response: Success\r\nActionID: {id}\r\nText: \udcff\udcfe 您\r\n\r\n")
    ran = cli("action", "Mine", "--json")
    assert ["Text", "\udcff\udcfe 您"] in ran.documents[0]["headers"]
    assert ran.out.isascii()
    with process_of(script, "action", "Mine") as running:
        assert b"Text: \xff\xfe \xe6\x82\xa8\n" in running.communicate(timeout=WAIT)[0]


def test_output_on_a_terminal_is_free_of_control_bytes(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on("Mine", "Response: Success\r\nActionID: {id}\r\nText: \udc9b2J\udce4 您\r\n\r\n")
    terminal = Terminal()
    with cli.patch.context() as patch:
        patch.setattr("sys.stdout", terminal)
        assert cli("action", "Mine").code == 0
    buffer = terminal.buffer
    assert isinstance(buffer, io.BytesIO)
    assert b"Text: \\x9b2J\xe4 \xe6\x82\xa8\n" in buffer.getvalue()


@pytest.mark.parametrize("encoding", ["gbk", "latin-1", "ascii", "cp1252"])
def test_output_has_escapes_for_what_an_encoding_lacks(encoding: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "libami", "sms", "parts", "\U0001f600" * 80],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=6 * WAIT,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"\n1: \\U0001f600\\U0001f600" in ran.stdout


def test_exit_code_is_that_of_the_failure_if_words_cannot_be_written() -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "libami", "-v", "-H", "127.0.0.1:9", "-u", "a", "ping"],
            env={**os.environ, "LIBAMI_SECRET": SECRET},
            stdout=subprocess.PIPE,
            stderr=full,
            timeout=6 * WAIT,
            check=False,
        )
    assert ran.returncode == 3


@contextmanager
def process_of(script: Script, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "LIBAMI_HOST": f"127.0.0.1:{script.port}", "LIBAMI_USERNAME": "a"}
    with subprocess.Popen(
        [sys.executable, "-m", "libami", *arguments],
        stdout=subprocess.PIPE,
        env={**environment, "LIBAMI_SECRET": SECRET, "PYTHONIOENCODING": "utf-8"},
    ) as running:
        yield running


def test_output_has_the_librarys_log_when_asked(cli: Commands) -> None:
    with simulated(cli):
        assert "logged in" not in cli("action", "CoreStatus").err
        assert "libami.client: " in cli("action", "CoreStatus", "-v").err
        ran = cli("-vv", "action", "CoreStatus")
        assert "logged in" in ran.err
        assert SECRET not in ran.err
        assert "logged in" not in cli("action", "CoreStatus").err


def test_tables_are_aligned(cli: Commands) -> None:
    with simulated(cli, spans=2):
        lines = cli("ports").out.splitlines()
    assert lines[0].split() == ["port", "state", "operator", "network", "signal", "number", "IMEI"]
    assert lines[0].index("operator") == lines[1].index("SIMULATED")
    assert output._width("a您b") == 4


def test_tables_have_colours_on_a_terminal_alone(cli: Commands) -> None:
    with simulated(cli, spans=1):

        def on_terminal() -> str:
            shown = Terminal()
            with cli.patch.context() as patch:
                patch.setattr("sys.stdout", shown)
                cli("ports")
            return shown.written()

        cli.set("TERM", "xterm-256color")
        assert "\x1b[" in on_terminal()
        cli.set("NO_COLOR", "1")
        assert "\x1b[" not in on_terminal()
        cli.patch.delenv("NO_COLOR")
        cli.set("TERM", "dumb")
        assert "\x1b[" not in on_terminal()
        cli.set("TERM", "xterm-256color")
        assert "\x1b[" not in cli("ports").out
        cli.set("FORCE_COLOR", "1")
        assert "\x1b[" in cli("ports").out
        # Without the extra there is plain text.
        cli.patch.setitem(sys.modules, "rich", None)
        assert cli("ports").out.splitlines()[1].split()[:3] == ["1", "up", "SIMULATED"]


def test_output_is_there_at_once_in_a_pipe(gateway: Simulator) -> None:
    with process(gateway, "events", "--json") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert "connected" in running.stderr.readline()
        assert json.loads(running.stdout.readline())["name"] == "FullyBooted"
        gateway.deliver_sms(1, "10086", "hello")
        assert json.loads(running.stdout.readline())["name"] == "Newchannel"


def test_interruption_is_clean(gateway: Simulator) -> None:
    with process(gateway, "events", "-e", "Nothing") as running:
        assert running.stderr is not None
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=WAIT)
        assert (running.returncode, out, err) == (130, "", "")


def test_interruption_while_modules_are_imported_is_clean() -> None:
    program = """
import sys
from libami.cli import main
class Interrupted:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
sys.exit(main(["ping"]))
"""
    for name in ("argparse", "libami.cli.options", "libami.cli.output", "libami.cli.doctor"):
        ran = subprocess.run(
            [sys.executable, "-c", program, name], capture_output=True, timeout=6 * WAIT, check=False
        )
        assert (ran.returncode, ran.stderr) == (130, b""), name


def test_interruption_leaves_the_statistics_of_pings(gateway: Simulator) -> None:
    with process(gateway, "ping", "-i", "60") as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("answer 1: ")
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=WAIT)
        assert running.returncode == 130
        assert out.startswith("1 answer: shortest ")


def test_pipe_that_closes_is_quiet(gateway: Simulator) -> None:
    with process(gateway, "events") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stderr.readline()
        running.stdout.close()
        deadline = time.monotonic() + WAIT
        while running.poll() is None and time.monotonic() < deadline:
            gateway.deliver_sms(1, "10086", "hello")
            time.sleep(0.01)
        assert running.wait(WAIT) == 141
        assert running.stderr.read() == ""


def test_pipe_that_closes_before_the_end_is_quiet(gateway: Simulator) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "libami", "sms", "parts", "hello"],
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=6 * WAIT,
        check=False,
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, b"")


@pytest.mark.parametrize("descriptor", [1, 2])
def test_output_that_is_closed_is_no_trouble(descriptor: int) -> None:
    command = f'exec {descriptor}>&-; exec "{sys.executable}" -m libami sms parts hello'
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=6 * WAIT, check=False)
    assert ran.returncode == 0
    assert ran.stderr == ""


def test_output_that_does_not_fit_is_a_failure() -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "libami", "sms", "parts", "hello"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=6 * WAIT,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (1, "libami: No space left on device\n")


def test_watch_shows_the_table_anew(cli: Commands) -> None:
    with simulated(cli, spans=1) as gateway:
        shown = Terminal()
        cli.set("NO_COLOR", 1)

        def interrupt() -> None:
            while shown.written().count("IMEI") < 3:
                time.sleep(0.005)
            signal.raise_signal(signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        with cli.patch.context() as patch:
            patch.setattr("sys.stdout", shown)
            thread.start()
            ran = cli("ports", "--watch", 0.01)
        thread.join()
        assert ran.code == 130
        assert shown.written().count("\x1b[H\x1b[2J") >= 3
        assert gateway.sessions <= 2


def test_help_lists_the_commands_and_the_codes(cli: Commands) -> None:
    ran = cli("--help")
    assert ran.code == 0
    for name in libami.cli.COMMANDS:
        assert re.search(rf"^    {name} ", ran.out, re.MULTILINE), name
    assert "6    sent, and the outcome is unknown" in ran.out
    assert cli().out == ran.out
    for name in libami.cli.COMMANDS:
        assert cli(name, "--help").code == 0


def test_help_imports_are_none_of_the_package() -> None:
    shown = run_python("import sys, libami; print('libami.cli' in sys.modules, 'argparse' in sys.modules)")
    assert shown.stdout == "False False\n"


def test_package_installs_the_command() -> None:
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="libami")
    assert script.load() is libami.cli.main
    extras = importlib.metadata.requires("libami") or []
    assert [each.partition(">")[0] for each in extras if "extra ==" not in each] == []


def test_module_is_the_command() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "libami", "--version"],
        capture_output=True,
        text=True,
        timeout=6 * WAIT,
        check=False,
    )
    assert ran.stdout == f"libami {libami.__version__}\n"
