"""Runs the programs on other libraries that the pages in docs/coming-from show beside ours, against the same
server, and looks up the names in the pages' tables. The libraries come into an environment of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from functools import partial
from pathlib import Path

from habits import HABITS, troublesome
from pages import PAGES, names
from pbx import PATIENCE, THEIRS, mismatch, server_for

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("AMI_BUILD", HERE.parent.parent / "build")).resolve()
MODULES = {
    "panoramisk": ["panoramisk", "panoramisk.call_manager"],
    "pyst2": ["asterisk.manager"],
    "asterisk-ami": ["asterisk.ami", "asterisk.ami.response"],
}
"""The modules that have the names of a page."""
LOOK_UP = """
import importlib, sys
modules = [importlib.import_module(name) for name in sys.argv[1].split(",")]
for name in sys.argv[2:]:
    found = modules
    for word in name.split("."):
        found = [getattr(place, word) for place in found if hasattr(place, word)]
    if not found:
        print(name)
"""


def install(folder: Path) -> list[str]:
    """Make the environment; the command that runs its Python."""
    python = str(folder / "bin" / "python")
    if not Path(python).exists():
        venv.create(folder, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")]
    subprocess.run(command, check=True)
    # The libraries use names of the standard library that are to go.
    return [python, "-W", "ignore"]


def missing_names(python: list[str], peer: str) -> str | None:
    """The names of the page that the library does not have."""
    wanted = [one.name for theirs, _ in names(PAGES / f"{peer}.md") for one in theirs]
    command = [*python, "-c", LOOK_UP, ",".join(MODULES[peer]), *wanted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode == 0 and not done.stdout:
        return None
    return f"the page names what is not there: {done.stdout}{done.stderr}"


def main() -> int:
    try:
        python = install(BUILD / "peers-venv")
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the other libraries cannot be installed: {error}\npeers: 0 passed, 1 failed")
        return 1
    results = []
    for peer in THEIRS:
        spelled = peer.replace("-", "_")
        with_it, habits = ([*python, str(HERE / f"{kind}_{spelled}.py")] for kind in ("with", "habits_of"))
        differences = [missing_names(python, peer)]
        for task, text in THEIRS[peer].items():
            differences.append(mismatch(with_it, task, text, partial(server_for, peer, task)))
        for task, text in HABITS[peer].items():
            differences.append(mismatch(habits, task, text, troublesome))
        results += [difference is None for difference in differences]
        print(*(f"{peer}: {difference}" for difference in differences if difference), sep="\n", end="")
    print(f"peers: {results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
