"""The pages for users of other libraries: our programs on them, and what the pages say about them."""

from __future__ import annotations

import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import configuration
import libami
import pytest
from conftest import Asterisk
from pages import PAGES, ROOT, fences, names, pieces, shown
from pbx import OURS, PATIENCE, mismatch, server_for

PROGRAMS = ROOT / "examples" / "python" / "coming_from"
PEERS = ROOT / "tests" / "peers"
THEIRS = {"pami": "with_pami.php", "asterisk-java": "WithAsteriskJava.java"}
SHOWN = [*sorted(PAGES.glob("*.md")), ROOT / "docs" / "legacy.md"]

REAL = {
    "panoramisk": {
        "connect": r"Asterisk {generation}\..+",
        "command": r"System uptime: .+",
        "events": r"Local/hold@default-\S+ .+",
        "originate": r"(New\w+\n)+Hangup",
    },
    "pyst2": {"events": r"Local/hold@default-\S+ .+", "originate": "answered", "database": "Ann"},
    "asterisk-ami": {"adapter": r"\w+", "list": "", "callback": r"\w+", "filter": r"(Local/\S+ is up\n?)+"},
    "pami": {"connect": "connected: True", "loop": r"Local/hold@default-\S+ .+"},
    "asterisk-java": {
        "originate": r"answered by Local/hold@default-\S+",
        "events": r"Local/hold@default-\S+ \d+ .+",
    },
}
"""The tasks that a server does without more configuration, and patterns of what is printed."""


def spelled(value: str | Path) -> str:
    """The name of a test's parameter: one with `asterisk-` in it would be taken for a real server."""
    return (value.stem if isinstance(value, Path) else value).replace("-", "_")


def program(peer: str) -> Path:
    return PROGRAMS / f"from_{spelled(peer)}.py"


def pairs(tasks: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(peer, task) for peer in tasks for task in tasks[peer]]


@pytest.mark.parametrize(("peer", "task"), pairs(OURS), ids=spelled)
def test_coming_from_programs_do_their_tasks(peer: str, task: str) -> None:
    command = [sys.executable, "-W", "error", str(program(peer))]
    assert mismatch(command, task, OURS[peer][task], partial(server_for, peer, task)) is None


@pytest.mark.parametrize(("peer", "task"), pairs(REAL), ids=spelled)
def test_coming_from_programs_do_their_tasks_on_asterisk(asterisk: Asterisk, peer: str, task: str) -> None:
    words = [asterisk.host, str(asterisk.port), *configuration.ADMIN, task]
    command = [sys.executable, "-W", "error", str(program(peer)), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    pattern = REAL[peer][task].replace("{generation}", str(asterisk.generation))
    assert re.fullmatch(pattern, done.stdout.rstrip("\n"), re.DOTALL), done.stdout


def test_coming_from_programs_say_which_tasks_there_are() -> None:
    for peer, tasks in OURS.items():
        command = [sys.executable, str(program(peer)), "127.0.0.1", "1", "admin", "x", "none"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 2
        assert done.stderr.rstrip("\n").endswith(f"TASK is one of: {', '.join(tasks)}")


@pytest.mark.parametrize("page", SHOWN, ids=spelled)
def test_coming_from_pages_show_pieces_of_programs_alone(page: Path) -> None:
    for piece in shown(page):
        assert piece in pieces(piece.path), piece


def test_coming_from_the_vendors_programs_shows_each_function() -> None:
    names_shown = {piece.name for piece in shown(ROOT / "docs" / "legacy.md")}
    assert names_shown == {piece.name for piece in pieces(ROOT / "examples" / "c" / "legacy.c")}
    assert names_shown == {"main", "login", "send", "read"}


@pytest.mark.parametrize("peer", OURS, ids=spelled)
def test_coming_from_pages_show_every_piece_beside_the_other(peer: str) -> None:
    page = PAGES / f"{peer}.md"
    other = PEERS / THEIRS.get(peer, f"with_{spelled(peer)}.py")
    ours = [piece.name for piece in shown(page) if piece.path == program(peer)]
    theirs = [piece.name for piece in shown(page) if piece.path == other]
    assert ours == [piece.name for piece in pieces(program(peer))] == list(OURS[peer])
    assert theirs == [piece.name for piece in pieces(other)]
    assert [name for name in ours if name in theirs] == theirs
    assert set(ours) - set(theirs) <= {"testing"}
    assert len(shown(page)) == len(ours) + len(theirs)


@pytest.mark.parametrize("peer", OURS, ids=spelled)
def test_coming_from_pages_name_what_libami_has(peer: str) -> None:
    actions = libami.Client("localhost", username="admin", secret="none").actions
    found = [name for _, ours in names(PAGES / f"{peer}.md") for name in ours]
    assert len(found) > 15
    for name, keywords in found:
        if name.startswith("client.actions."):
            there = getattr(actions, name.removeprefix("client.actions."))
        elif name.startswith("libami."):
            there = pkgutil.resolve_name(name)
        else:
            continue
        if keywords:
            assert set(keywords) <= set(inspect.signature(there).parameters), name


def test_coming_from_index_has_every_page() -> None:
    index = (PAGES / "index.md").read_text()
    (toctree,) = [body for kind, _, body in fences(PAGES / "index.md") if kind == "{toctree}"]
    assert "hidden" in toctree
    for page in SHOWN:
        if page.parent == PAGES and page.stem != "index":
            assert f"({page.name})" in index
            assert f"\n{page.stem}\n" in index
