"""The catalogue of actions and events, beside what the servers describe and what was recorded of servers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import servers

ROOT = Path(__file__).resolve().parent.parent.parent
DESCRIPTION = "usr/share/asterisk/documentation/core-en_US.xml"


def catalogue(*arguments: str, tree: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tree / "tools/catalogue.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def of_roots() -> list[str]:
    roots = servers.ensure_roots()
    return [f"{release.generation}={root / DESCRIPTION}" for release, root in roots.items()]


def of_captures() -> list[str]:
    return [
        f"{generation}={path}"
        for generation in ("1.8", "13", "16", "22")
        for path in sorted((ROOT / f"tests/captures/asterisk-{generation}").glob("*.server.ami"))
    ]


def test_catalogue_has_all_that_the_servers_describe() -> None:
    done = catalogue("--check", *of_roots())
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_catalogue_has_all_that_was_recorded() -> None:
    sources = of_captures()
    assert len(sources) > 20
    done = catalogue("--check", *sources)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with all that the catalogue is made of, to be changed."""
    for folder in ("tools", "src/catalog", "include", "docs", "python/libami", "tests/captures"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


XML = """<?xml version="1.0"?><docs xmlns:xi="http://www.w3.org/2001/XInclude">
<manager name="JabberSend"><syntax><parameter name="JID" required="true"/></syntax></manager>
<manager name="Ping"><syntax><parameter name="Loud" required="true">
<enumlist><enum name="yes"/><enum name="no"/></enumlist></parameter></syntax></manager>
<manager name="Sing"><syntax>
<xi:include xpointer="xpointer(/docs/manager[@name='Ping']/syntax/parameter[@name='Loud'])"/>
</syntax></manager>
<managerEvent name="Sung"><managerEventInstance class="EVENT_FLAG_USER"><syntax>
<channel_snapshot prefix="Dest"/><parameter name="Notes"/>
</syntax></managerEventInstance></managerEvent></docs>"""


def test_catalogue_takes_in_another_version(tree: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.xml"
    new.write_text(XML, encoding="utf-8")
    done = catalogue(f"24={new}", tree=tree)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert "24: new: action Sing" in said
    assert "24: new: action Sing: Loud" in said
    assert "24: new: action Ping: Loud" in said
    assert "24: new: event Sung: +channel Dest" in said
    # The XML describes actions, so one that is not there is gone; it leaves out events that go on.
    assert "24: changed: action Originate: 1.8- originate -> 1.8-23 originate" in said
    assert not any("event CCAvailable" in line for line in said)
    lines = (tree / "src/catalog/asterisk.txt").read_text(encoding="utf-8").splitlines()
    at = lines.index("x\taction\tSing\t24-\t-")
    assert lines[at + 1] == "x\t\tLoud\t*\t=yes|no"
    at = lines.index("x\tevent\tSung\t24-\tuser")
    assert lines[at + 1 : at + 3] == ["x\t\t+channel\tDest", "x\t\tNotes"]
    # What is by hand stays: the XML of all versions is wrong about this header.
    at = lines.index("x\taction\tJabberSend\t1.8-\tsystem")
    assert {"h\t\tJID\t-", "h\t\tScreenName\t*"} < set(lines[at : at + 6])
    names = (tree / "include/ami_names.h").read_text(encoding="utf-8")
    assert '#define AMI_ACTION_SING "Sing"' in names
    assert catalogue("--check", tree=tree).returncode == 0
    # A second time it says nothing.
    again = catalogue("--check", f"24={new}", tree=tree)
    assert (again.stdout, again.returncode) == ("", 0)


def test_catalogue_keeps_changes_by_hand(tree: Path) -> None:
    file = tree / "src/catalog/asterisk.txt"
    text = file.read_text(encoding="utf-8")
    changed = text.replace("x\t\tNewMessages\n", "h\t\tNewMessages\t*\tint\n")
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    assert catalogue("--check", tree=tree).returncode == 1
    assert catalogue(*of_roots(), tree=tree).returncode == 0
    assert "h\t\tNewMessages\t*\tint\n" in file.read_text(encoding="utf-8")
    stub = (tree / "python/libami/_actions.pyi").read_text(encoding="utf-8")
    assert "        new_messages: Scalar,\n" in stub


def test_catalogue_refuses_a_line_that_it_does_not_know(tree: Path) -> None:
    file = tree / "src/catalog/asterisk.txt"
    file.write_text(file.read_text(encoding="utf-8") + "h\t\tX\twhat\n", encoding="utf-8")
    done = catalogue("--check", tree=tree)
    assert done.returncode == 1
    assert "unknown: what" in done.stderr
