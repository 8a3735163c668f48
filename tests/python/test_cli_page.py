"""docs/command-line.md shows what the commands really write. With AMI_WRITE_TRANSCRIPTS=1 the page is made "
"anew."""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import libami.cli
from commands import Commands
from conftest import SECRET, WAIT
from libami.cli import finding
from libami.cli.progress import _Bars
from libami.simulator import Simulator
from scripted import SUCCESS, Script
from test_cli_doctor import healthy, service, web

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
LISTED = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
ENDED = "Event: Complete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n"

# Another page shows these.
ELSEWHERE = {"record", "replay"}

# These differ from run to run.
MASKS = [
    (r"ami-[0-9a-f]+-\d+-\d+", "ami-1-1-1"),
    (r"\d+\.\d+ ms|\d+ ms", "0.2 ms"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-30 12:00:00"),
]


def entry(name: str, *headers: str) -> str:
    return "".join(f"{line}\r\n" for line in (f"Event: {name}", "ActionID: {id}", *headers)) + "\r\n"


def pbx(cli: Commands, script: Script) -> None:
    """A PBX with one call, one queue and two phones."""
    healthy(cli, script)
    script.on("Login", SUCCESS, "Event: FullyBooted\r\n\r\n", HUNG_UP)
    status = "CoreStartupDate: 2026-11-30\r\nCoreStartupTime: 08:00:00\r\nCoreCurrentCalls: 1"
    script.on("CoreStatus", f"Response: Success\r\nActionID: {{id}}\r\n{status}\r\n\r\n")
    script.on("Hangup", "Response: Error\r\nActionID: {id}\r\nMessage: No such channel\r\n\r\n")

    def command(_script: Script, _name: str, headers: list[tuple[str, str]]) -> list[str]:
        line = dict(headers)["Command"]
        if line == "core show uptime":
            text = "Output: System uptime: 4 hours, 2 minutes\r\nOutput: Last reload: 4 hours, 2 minutes"
            return [f"Response: Success\r\nActionID: {{id}}\r\n{text}\r\n\r\n"]
        text = f"Output: No such command '{line}' (type 'core show help {line}' for other possible commands)"
        return [f"Response: Error\r\nActionID: {{id}}\r\nMessage: Command output follows\r\n{text}\r\n\r\n"]

    script.answers["Command"] = command
    call = ["ChannelStateDesc: Up", "CallerIDNum: 2001", "ConnectedLineNum: 2002"]
    call += ["Context: default", "Exten: 2002", "Priority: 2", "Duration: 00:01:02"]
    script.on(
        "CoreShowChannels",
        LISTED,
        entry(
            "CoreShowChannel",
            "Channel: PJSIP/2001-00000001",
            *call,
            "Application: Dial",
            "ApplicationData: PJSIP/2002",
        ),
        entry(
            "CoreShowChannel",
            "Channel: PJSIP/2002-00000002",
            *call[:1],
            "Duration: 00:01:02",
            "Application: AppDial",
        ),
        ENDED,
    )
    queue = [
        "Strategy: ringall",
        "Calls: 1",
        "Completed: 17",
        "Abandoned: 2",
        "Holdtime: 21",
        "TalkTime: 183",
    ]
    script.on(
        "QueueStatus",
        LISTED,
        entry("QueueParams", "Queue: support", *queue, "TalkTime: 183"),
        entry(
            "QueueMember",
            "Queue: support",
            "Name: Ann",
            "Location: PJSIP/2001",
            "Status: 2",
            "CallsTaken: 12",
        ),
        entry("QueueEntry", "Queue: support", "Position: 1", "Channel: PJSIP/trunk-00000003", "Wait: 33"),
        ENDED,
    )
    script.on(
        "PJSIPShowEndpoints",
        LISTED,
        entry(
            "EndpointList", "ObjectName: 2001", "DeviceState: In use", "ActiveChannels: PJSIP/2001-00000001"
        ),
        entry("EndpointList", "ObjectName: 2003", "DeviceState: Unavailable"),
        ENDED,
    )
    unknown = "Response: Error\r\nActionID: {id}\r\nMessage: Invalid/unknown command\r\n\r\n"
    for name in ("SIPpeers", "IAXpeerlist"):
        script.on(name, unknown)


HUNG_UP = (
    "Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/2001-00000001\r\n"
    "Cause: 17\r\nCause-txt: User busy\r\n\r\n"
)


class World:
    """The servers and files that the commands of the page have."""

    def __init__(self, cli: Commands, script: Script, gateway: Simulator, web_port: int) -> None:
        self._cli = cli
        self._script = script
        self._gateway = gateway
        self._web_port = web_port
        self._code = 0
        for name in ("LIBAMI_HOST", "LIBAMI_USERNAME", "LIBAMI_SECRET"):
            cli.patch.delenv(name, raising=False)
        account = f'username = "admin"\nsecret = "{SECRET}"\n'
        cli.config(
            f'default = "pbx"\n[pbx]\nhost = "127.0.0.1:{script.port}"\n{account}'
            f'[gw1]\nhost = "127.0.0.1:{gateway.port}"\n{account}'
        )
        cli.patch.chdir(cli.folder)
        rows = "13632919026,Your code is 4711\n13632919027,Your code is 4712\n"
        (cli.folder / "list.csv").write_text(f"to,text\n{rows}")
        (cli.folder / "wrong.csv").write_text("to,text\n1.36E+10,Your code is 4711\n13632919027,\n")
        gateway.set_ussd_menu("*100#", ("1 balance, 2 tariff", {"1": "Your balance is 12.50"}))

    @contextmanager
    def _happenings(self) -> Iterator[None]:
        """SMS that come in again and again, as nobody tells when the command listens."""
        is_over = threading.Event()

        def happen() -> None:
            while not is_over.wait(0.02):
                self._gateway.deliver_sms(1, "10086", "Your balance is 12.50")

        thread = threading.Thread(target=happen)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def run(self, line: str) -> str:
        """The output of a line of a shell."""
        line, _, filtered = line.partition(" | ")
        words = shlex.split(line)
        if words == ["echo", "$?"]:
            return f"{self._code}\n"
        if words[0] == "cat":
            return (self._cli.folder / words[1]).read_text()
        assert words[0] == "libami", line
        if "simulate" in words:
            shown = self._interrupted(words[1:])
        elif "inbox" in words:
            with self._happenings():
                shown = self._written(words[1:])
        else:
            shown = self._written(words[1:])
        if filtered:
            assert filtered.startswith("head -")
            shown = "".join(shown.splitlines(keepends=True)[: int(filtered.removeprefix("head -"))])
        return self._masked(shown)

    def _written(self, words: list[str]) -> str:
        if "192.0.2.1:8088" in words:
            words[words.index("192.0.2.1:8088")] = f"127.0.0.1:{self._web_port}"
            # It waits for a server that says nothing by itself.
            words += ["--patience", "0.3"]
        with self._cli.patch.context() as patch:
            # A terminal shows both in the order in which they are written.
            patch.setattr("sys.stderr", sys.stdout)
            ran = self._cli(*words)
        self._code = ran.code
        return ran.out

    def _interrupted(self, words: list[str]) -> str:
        """A command that runs until Ctrl-C."""
        words = ["0" if word == "5038" else word for word in words]
        with subprocess.Popen(
            [sys.executable, "-m", "libami", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        ) as running:
            guard = threading.Timer(3 * WAIT, running.kill)
            guard.start()
            assert running.stdout is not None
            shown = running.stdout.readline()
            running.send_signal(signal.SIGINT)
            running.wait(WAIT)
            guard.cancel()
        return re.sub(r":\d+", ":5038", shown)

    def _masked(self, text: str) -> str:
        for port, place in (
            (self._script.port, "192.0.2.1:5038"),
            (self._gateway.port, "192.0.2.2:5038"),
            (self._web_port, "192.0.2.1:8088"),
        ):
            text = text.replace(f"127.0.0.1:{port}", place)
        text = text.replace("from 127.0.0.1", "from 192.0.2.9").replace(
            'host = "127.0.0.1:', 'host = "192.0.2.1:'
        )
        for pattern, word in MASKS:
            text = re.sub(pattern, word, text)
        return text


def test_cli_page_shows_what_the_commands_write(cli: Commands, script: Script) -> None:
    pbx(cli, script)
    page = PAGE.read_text()

    def made(block: re.Match[str]) -> str:
        lines = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n{world.run(line[2:])}" for line in lines)

    with Simulator(secret=SECRET, second=0.05, spans=2) as gateway, service(web) as web_port:
        world = World(cli, script, gateway, web_port)
        anew = BLOCK.sub(made, page)
    if os.environ.get("AMI_WRITE_TRANSCRIPTS"):
        PAGE.write_text(anew)
    assert anew == page, "run the test with AMI_WRITE_TRANSCRIPTS=1, and look at the difference"


def picture(shown: Any, title: str) -> str:
    """The view of a terminal of 100 columns, as SVG."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown) if isinstance(shown, str) else shown)
    made = console.export_svg(title=title, unique_id="libami")
    # A page is not to load fonts from elsewhere.
    made = re.sub(r"\s*@font-face \{.*?\}|<!-- .*? -->", "", made, flags=re.DOTALL)
    # What is left of a run is different each time.
    return re.sub(r"(?<=>)(?:\d:\d\d:\d\d|-:--:--)(?=<)", "0:00:24", made)


def bars() -> Any:
    """What is shown in the middle of a run of `sms bulk`."""
    progress = _Bars(40)
    try:
        for port, count in (("1", 14), ("2", 9), ("3", 11)):
            for _ in range(count):
                progress.tell(port, "sent")
        return progress._bars.get_renderable()
    finally:
        progress.close()


def test_cli_page_has_pictures_of_a_terminal(cli: Commands, script: Script) -> None:
    pbx(cli, script)
    cli.set("FORCE_COLOR", 1)
    cli.set("COLUMNS", 100)
    cli.set("TERM", "xterm-256color")
    with Simulator(secret=SECRET, second=0.05, spans=2) as gateway, service(web) as web_port:
        world = World(cli, script, gateway, web_port)
        for name, line in (
            ("ports", "libami -C gw1 ports"),
            ("doctor", "libami -H 192.0.2.1:8088 doctor"),
            ("channels", "libami channels"),
            ("queues", "libami queues support"),
            ("bulk", "libami -C gw1 sms bulk list.csv"),
        ):
            path = PAGE.with_name(f"{name}.svg")
            made = picture(bars() if name == "bulk" else world.run(line), line)
            if os.environ.get("AMI_WRITE_TRANSCRIPTS"):
                path.write_text(made)
            assert path.read_text() == made, "run the test with AMI_WRITE_TRANSCRIPTS=1"


def test_cli_page_has_every_command_and_finding() -> None:
    page = PAGE.read_text()
    shown: set[Any] = {word for block in BLOCK.findall(page) for word in block.split()}
    for name in set(libami.cli.COMMANDS) - ELSEWHERE:
        assert name in shown, name
    for number in finding.NAMES:
        assert f"\n| {number} | " in page.partition("| number | finding |")[2], number
