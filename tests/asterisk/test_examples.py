"""The C and the Python programs about calls and TLS, on both servers. `make demo` runs the others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import configuration
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("AMI_BUILD", ROOT / "build")).resolve()
PATIENCE = 30
SECRET = configuration.ADMIN[1]


@pytest.fixture(params=[16, 22])
def server(request: pytest.FixtureRequest) -> str:
    name = f"AMI_ASTERISK_{request.param}"
    if name not in os.environ:
        pytest.fail(f"{name} is not set; run: python tests/asterisk/servers.py exec -- pytest tests/asterisk")
    return name


@pytest.fixture(scope="module", params=["c", "python"])
def programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The command of each program: watch_calls, originate, tls."""
    names = ("watch_calls", "originate", "tls")
    if request.param == "python":
        return [[sys.executable, str(ROOT / f"examples/python/{name}.py")] for name in names]
    folder = tmp_path_factory.mktemp("examples")
    for name in names:
        source, program = ROOT / f"examples/c/{name}.c", folder / name
        library = [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}"]
        subprocess.run(["cc", f"-I{ROOT / 'include'}", source, "-o", program, *library], check=True)
    return [[str(folder / name)] for name in names]


def arguments(server: str, kind: str = "") -> list[str]:
    host, _, port = os.environ[server + kind].rpartition(":")
    return [host, port, configuration.ADMIN[0], SECRET]


def run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert SECRET not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_examples_originate_and_watch(server: str, programs: list[list[str]]) -> None:
    watch, originate, _ = programs
    with subprocess.Popen(
        [*watch, *arguments(server)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        try:
            assert watching.stderr is not None
            assert watching.stdout is not None
            assert watching.stderr.readline() == "watching\n"
            code, said = run([*originate, *arguments(server), "Local/hold@default", "default", "short"])
            assert code == 0, said
            assert said.lower().startswith("answered: Local/hold@default".lower()), said
            channel = said.split(": ", 1)[1].strip()
            begins, ends = f"Newchannel {channel} ", f"Hangup {channel} Normal Clearing"
            seen: list[str] = []
            start = time.monotonic()
            while not any(line.startswith(ends) for line in seen):
                assert time.monotonic() - start < PATIENCE, seen
                seen.append(watching.stdout.readline().rstrip("\n"))
                assert seen[-1], seen
            assert any(line.startswith(begins) for line in seen), seen
        finally:
            watching.kill()


def test_examples_originate_says_why_not(server: str, programs: list[list[str]]) -> None:
    code, said = run([*programs[1], *arguments(server), "Local/nobody@nowhere", "default", "short"])
    assert code == 1, said
    assert said.strip(), said


def test_examples_tls(server: str, programs: list[list[str]]) -> None:
    # The certificate has a name, and no address.
    words = ["localhost", *arguments(server, "_TLS")[1:]]
    assert run([*programs[2], *words, os.environ[f"{server}_CA"]]) == (0, "logged in through TLS\n")
    code, said = run([*programs[2], *words, "/nowhere/ca.pem"])
    assert code == 1, said
    assert "/nowhere/ca.pem" in said


def test_examples_leave_the_secret_out(server: str, programs: list[list[str]]) -> None:
    """A login that is refused is told without it."""
    words = arguments(server)
    wrong = [*words[:3], SECRET[::-1]]
    code, said = run([*programs[1], *wrong, "Local/hold@default", "default", "short"])
    assert code == 1, said
    assert SECRET[::-1] not in said, said
