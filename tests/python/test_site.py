"""The pages of docs/ and README.md: each is found, their programs are tested, README does what it says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import WAIT
from libami.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
FENCE = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{?(?P<name>[\w,-]*)\}?[^\n]*\n(?P<body>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)")
PROGRAMS = ("c", "cpp", "python", "rust")


def pages() -> list[Path]:
    return sorted(
        path for path in DOCS.rglob("*") if path.suffix in (".md", ".rst") and "reference" not in path.parts
    )


def entries(page: Path) -> set[Path]:
    """The pages that a page's tables of contents list."""
    text = page.read_text()
    found = list(re.findall(r"^```\{toctree\}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    found += re.findall(r"^\.\. toctree::\n((?:\n|   .*\n)+)", text, re.MULTILINE)
    names = [line.strip() for body in found for line in body.splitlines()]
    paths = [page.parent / name for name in names if name and not name.startswith(":")]
    return {Path(os.path.normpath(path)) for path in paths}


def links(page: Path) -> set[Path]:
    """The pages that a page leads to by one click."""
    there = {
        Path(os.path.normpath(page.parent / link)).with_suffix("") for link in LINK.findall(page.read_text())
    }
    return there | entries(page)


def test_site_has_each_page_within_two_clicks() -> None:
    """The contents of the index stand beside every page."""
    by_name = {page.with_suffix(""): page for page in pages()}
    first = links(by_name[DOCS / "index"])
    second = {link for name in first if name in by_name for link in links(by_name[name])}
    assert not {str(name) for name in by_name.keys() - first - second - {DOCS / "index"}}
    # Those that are made of the headers and the stubs, and the page that leads to them.
    assert DOCS / "reference/c/index" in first
    assert {DOCS / "reference/python/actions", DOCS / "reference/python/events"} <= second


def test_site_shows_programs_that_are_tested() -> None:
    """A program in a page is a piece of a file, which tests run. README's are run below, and that in Rust is
    compiled as documentation of the crate."""
    tested = [*(ROOT / "examples" / folder for folder in PROGRAMS), ROOT / "tests/peers"]
    for page in pages():
        text = page.read_text()
        for found in re.finditer(r"^```(\w+)", text, re.MULTILINE):
            assert found[1] not in PROGRAMS, (page, text[found.start() : found.start() + 80])
        for name, options in re.findall(r"^```\{literalinclude\} (\S+)\n((?::.*\n)*)", text, re.MULTILINE):
            file = (page.parent / name).resolve()
            assert any(file.is_relative_to(folder) for folder in tested), (page, name)
            source = file.read_text()
            for mark in re.findall(r':(?:start-after|end-before): "(.*)"', options):
                assert source.count(mark) == 1, (page, name, mark)


def test_site_examples_of_tests_pass() -> None:
    folder = ROOT / "examples/python/testing"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=3 * WAIT, check=False)
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


def blocks(kind: str) -> list[str]:
    """The blocks of README of this kind."""
    return [
        found["body"]
        for found in FENCE.finditer(README.read_text())
        if found["name"].partition(",")[0] == kind
    ]


def lines(first: str) -> list[str]:
    """The lines of README's block of commands that begins so."""
    [block] = [block for block in blocks("sh") if block.startswith(first)]
    return block.splitlines()


@contextmanager
def simulated(command: str, environment: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """README's gateway, on a port that is free."""
    words = command.replace("--port 5038", "--port 0").split()
    running = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    guard = threading.Timer(3 * WAIT, running.kill)
    guard.start()
    try:
        assert running.stdout is not None
        yield running, running.stdout.readline().strip().rpartition(":")[2]
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=WAIT)
        guard.cancel()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder where README's environment is the one of this test, which has libami by `pip install .`."""
    (tmp_path / "venv").symlink_to(Path(sys.prefix))
    return tmp_path


def test_site_readme_receives_an_sms(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("LIBAMI_HOST", "LIBAMI_USERNAME", "LIBAMI_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    make, install, simulate = lines("python3 -m venv")
    assert (make, install) == ("python3 -m venv venv", "venv/bin/pip install .")
    [inbox] = lines("LIBAMI_SECRET=")
    [typed] = re.findall(r"^Type `(.*?)`", README.read_text(), re.MULTILINE)
    [shown] = blocks("console")
    with simulated(simulate, os.environ) as (gateway, port):
        assert gateway.stdin is not None
        with subprocess.Popen(
            ["sh", "-c", inbox.replace(" sms inbox", f" -H 127.0.0.1:{port} sms inbox -n 1")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as waiting:
            guard = threading.Timer(WAIT, waiting.kill)
            guard.start()
            assert waiting.stdout is not None
            said = waiting.stdout.readline()
            gateway.stdin.write(f"{typed}\n")
            gateway.stdin.flush()
            said += waiting.communicate(timeout=WAIT)[0]
            guard.cancel()
    said = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-30 12:00:00", said.replace(f":{port}", ":5038"))
    assert said == shown


def test_site_readme_sends_from_python(folder: Path) -> None:
    [source] = blocks("python")
    with Simulator() as gateway:
        (folder / "program.py").write_text(source.replace('"127.0.0.1"', f'"127.0.0.1", {gateway.port}'))
        ran = subprocess.run(
            [sys.executable, folder / "program.py"], capture_output=True, text=True, timeout=WAIT, check=False
        )
        assert (ran.stdout, ran.stderr) == ("Asterisk 1.8.20.0\nsent through port 1\n", "")
        assert [(sms.destination, sms.text) for sms in gateway.sent] == [("13632919026", "hello")]


def test_site_readme_installs_and_compiles(folder: Path) -> None:
    if not (ROOT / "build/libami.so").exists():
        pytest.fail("build/libami.so is not there; run: make lib")
    # Cargo looks for its own things in HOME, which is another one here.
    home = Path.home()
    kept = {"CARGO_HOME": str(home / ".cargo"), "RUSTUP_HOME": str(home / ".rustup")}
    environment = {**kept, **os.environ, "HOME": str(folder)}
    install, *compile_it = lines("make install")
    ran = subprocess.run(
        ["sh", "-ec", install], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    [source] = blocks("c")
    with Simulator() as gateway:
        host = 'ami_config_set_host(config, "127.0.0.1");'
        assert host in source
        (folder / "program.c").write_text(
            source.replace(host, f"{host} ami_config_set_port(config, {gateway.port});")
        )
        script = "\n".join([*compile_it, "./program"])
        ran = subprocess.run(
            ["sh", "-ec", script.replace("cc ", "cc -std=c99 -Wall -Wextra -Wpedantic -Werror ")],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "sent\n", "")
        assert [(sms.destination, sms.text) for sms in gateway.sent] == [("13632919026", "hello")]
    [exports] = [line for line in compile_it if line.startswith("export ")]
    shown = {}
    for what in ("./program", "man -w ami_client", "man -w ami_client_originate", "man -w ls"):
        ran = subprocess.run(
            ["sh", "-c", f"{exports}\n{what}"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        shown[what] = ran.returncode, ran.stdout.strip()
    # The gateway is gone.
    code, said = shown.pop("./program")
    assert code == 1
    assert "nothing listens on 127.0.0.1" in said
    # The system's own pages are found as before.
    assert [code for code, _ in shown.values()] == [0, 0, 0]
    page = Path(shown["man -w ami_client"][1])
    assert page == folder / ".local/share/man/man3/ami_client.3"
    assert "ami_client_connect" in page.read_text()
