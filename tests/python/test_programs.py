"""The programs of examples/ in C and Python that `make demo` does not show, with a simulated gateway."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import WAIT
from libami.simulator import Simulator
from libami.testing import ScriptedServer
from running import Running

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def start(folder: Path, language: str, name: str, gateway: Simulator, *more: str) -> Running:
    if language == "python":
        command = [sys.executable, str(ROOT / f"examples/python/{name}.py")]
    else:
        if not (BUILD / "libami.so").exists():
            pytest.fail("build/libami.so is not there; run: make lib")
        command = [str(folder / name)]
        library = [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}"]
        source = ROOT / f"examples/c/{name}.c"
        posix = ["-std=c99", "-D_POSIX_C_SOURCE=200809L"]
        subprocess.run(["cc", *posix, f"-I{ROOT / 'include'}", source, "-o", *command, *library], check=True)
    return Running([*command, "127.0.0.1", str(gateway.port), "admin", "amp111", *more])


@pytest.mark.parametrize("language", ["c", "python"])
def test_programs_sms_center(tmp_path: Path, language: str) -> None:
    with Simulator() as gateway, start(tmp_path, language, "sms_center", gateway) as center:
        center.type("1 10086 hello")
        center.says("sent to 10086")
        assert [(sms.destination, sms.text) for sms in gateway.sent] == [("10086", "hello")]
        gateway.deliver_sms(1, "10010", "hi there")
        center.says("from 10010 on port 1: hi there")
        center.type("hello")
        center.says("write: PORT NUMBER TEXT")
        assert center.end() == 0


@pytest.mark.parametrize("language", ["c", "python"])
def test_programs_parser(tmp_path: Path, language: str) -> None:
    with Simulator() as gateway, start(tmp_path, language, "parser", gateway) as parser:
        parser.says({"c": "answer", "python": "response"}[language] + ": Success, ")
        gateway.deliver_sms(1, "10086", "hello")
        parser.says("event: VarSet, ")


@pytest.mark.parametrize("language", ["c", "python"])
def test_programs_ussd_menu(tmp_path: Path, language: str) -> None:
    with Simulator() as gateway:
        gateway.set_ussd_menu("*100#", ("1 balance, 2 tariff", {"1": "Your balance is 12.50"}))
        with start(tmp_path, language, "ussd_menu", gateway, "1", "*100#") as menu:
            menu.says("1 balance, 2 tariff")
            menu.type("1")
            menu.says("Your balance is 12.50")
            assert menu.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_programs_service(number: signal.Signals) -> None:
    program = [sys.executable, str(ROOT / "examples/python/service.py"), "admin", "amp111"]
    with ScriptedServer() as first, ScriptedServer() as second, ScriptedServer(secret="another") as third:
        names = [f"{server.host}:{server.port}" for server in (first, second, third)]
        # One is down at first, and one lets nobody in: that is nothing to the others.
        second.refuse_connections()
        with Running([*program, *names]) as service:
            assert service.has_said(f"{names[0]} watching")
            first.emit("Hangup", Channel="PJSIP/1-1")
            assert service.has_said(f"{names[0]} Hangup PJSIP/1-1")
            assert service.has_said(f"{names[2]} 0 events, 0 reconnects, ")
            second.accept_connections()
            assert service.has_said(f"{names[1]} watching")
            first.drop_link()
            assert service.has_said(f"{names[0]} #gap")
            service.send_signal(number)
            assert service.has_said(f"{names[0]} 1 events, 1 reconnects, ")
            assert service.has_said(f"{names[1]} 0 events, 0 reconnects, ")
            assert service.end() == 0


_MORE = {
    "edit_config": ["a.conf", "general", "name", "value"],
    "gateway": ["1", "2", "10086"],
    "originate": ["SIP/100", "default", "200"],
    "send_sms": ["1", "10086", "hello"],
    "send_ussd": ["1", "*100#"],
    "tls": ["ca.pem"],
    "ussd_menu": ["1", "*100#"],
}
"""The arguments behind host, port, user and secret."""


# Those with the loop of another library show nothing else.
_PROGRAMS = [
    path for path in sorted((ROOT / "examples/python").glob("*.py")) if not path.stem.startswith("loop_")
]


@pytest.mark.parametrize("port", ["503x", "-1", ""])
@pytest.mark.parametrize("program", _PROGRAMS, ids=lambda path: path.stem)
def test_programs_refuse_a_port_that_is_no_number(program: Path, port: str) -> None:
    address = ["admin", "amp111", f"127.0.0.1:{port}"]
    if program.stem != "service":
        address = ["127.0.0.1", port, "admin", "amp111", *_MORE.get(program.stem, [])]
    ran = subprocess.run(
        [sys.executable, str(program), *address], capture_output=True, text=True, timeout=WAIT, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"{program.name} " in ran.stderr
    assert "Traceback" not in ran.stderr
