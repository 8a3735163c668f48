"""The layout of the package: imports between its modules, and docstrings that editors show."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libami
import libami.aio
import libami.gateway
import pytest
from conftest import WAIT, run_python
from libami.simulator import Simulator

PACKAGE = Path(libami.__file__).parent
# The others are on top of these.
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name not in ("__init__.py", "__main__.py")]


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """The modules that a module imports from, each with a name that it takes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", name.name) for name in node.names)
        elif isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_package_modules_import_each_other_and_not_the_package(path: Path) -> None:
    for module, name in imports(path):
        if module in ("libami", "libami.aio"):
            found = [PACKAGE.joinpath(*module.split(".")[1:], name + suffix) for suffix in (".py", ".pyi")]
            assert any(file.exists() for file in found), f"{path.name} takes {name} from {module}"
        if module.startswith("libami."):
            assert not name.startswith("_"), f"{path.name} takes {name} from {module}"


def test_package_import_leaves_asyncio_out() -> None:
    shown = run_python(
        "import sys, libami.gateway; print('asyncio' in sys.modules, libami.aio.connect)"
    ).stdout
    assert shown.startswith("False <function connect")


KINDS: list[Any] = [
    libami.Client,
    libami.aio.Client,
    libami.gateway.Gateway,
    libami.aio.gateway.Gateway,
    libami.gateway.UssdDialogue,
    libami.aio.gateway.UssdDialogue,
    libami.Event,
    libami.Response,
    libami.Sms,
    libami.Receipt,
    libami.EventStream,
    libami.gateway.Inbox,
    libami.gateway.Report,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_package_docstrings_of_public_names_are_shown(kind: Any) -> None:
    for name in dir(kind):
        if not name.startswith("_") and name not in ("keys", "values", "items"):
            assert inspect.getdoc(getattr(kind, name)), f"{kind.__name__}.{name}"


def test_package_faces_have_the_same_names() -> None:
    for blocking, asynchronous in ((KINDS[0], KINDS[1]), (KINDS[2], KINDS[3])):
        names = [
            {name for name in dir(kind) if not name.startswith("_")} for kind in (blocking, asynchronous)
        ]
        # A loop has tasks for that.
        assert names[0] - names[1] == {"map", "submit_action" if "send" in names[0] else "submit"}
        assert names[1] <= names[0]
        for name in names[1]:
            if inspect.isfunction(found := getattr(blocking, name)):
                other = inspect.signature(getattr(asynchronous, name)).parameters
                assert list(inspect.signature(found).parameters) == list(other), name


PAGE = (Path(__file__).parents[2] / "python/README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_package_page_has_programs_that_run(number: int, tmp_path: Path) -> None:
    program, file = PROGRAMS[number], tmp_path / "test_page.py"
    with Simulator(secret="secret") as simulator:
        # The server's place, and no minute without an event.
        program = program.replace('"192.0.2.1"', f'"127.0.0.1", {simulator.port}')
        file.write_text(program.replace("timeout=60", "timeout=0.1"), encoding="utf-8")
        as_test = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if "def test_" in program else []
        command = [sys.executable, "-W", "error", *as_test, str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=6 * WAIT, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"Asterisk 1\.8|^13800000001 says hello$|1 passed", ran.stdout, re.MULTILINE), ran.stdout
