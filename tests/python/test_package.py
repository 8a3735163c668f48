"""The layout of the package: imports between its modules, and docstrings that editors show."""

from __future__ import annotations

import ast
import doctest
import importlib
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
]


MODULES_FOR_USERS = [
    "libami",
    "libami.aio",
    "libami.aio.gateway",
    "libami.events",
    "libami.gateway",
    "libami.pdu",
    "libami.protocol",
    "libami.simulator",
    "libami.testing",
]


def without_docstring(public: Any, name: str) -> Iterator[str]:
    """What is public and has no docstring: a function, a class, and its methods and properties."""
    if not inspect.getdoc(public):
        yield name
    for member, found in inspect.getmembers_static(public) if inspect.isclass(public) else ():
        is_property = inspect.isdatadescriptor(found) and not inspect.ismemberdescriptor(found)
        is_named = inspect.isroutine(found) or is_property
        if is_named and not member.startswith("_") and not inspect.getdoc(getattr(public, member)):
            owner = next(base for base in public.__mro__ if member in vars(base))
            # Errors and tuples have Python's own members.
            if owner.__module__ != "builtins":
                yield f"{name}.{member}"


@pytest.mark.parametrize("name", MODULES_FOR_USERS)
def test_package_public_names_have_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    public = [(name, getattr(module, name)) for name in getattr(module, "__all__", dir(module))]
    found = [(name, each) for name, each in public if inspect.isroutine(each) or inspect.isclass(each)]
    assert len(found) >= 3
    assert [lacks for name, each in found for lacks in without_docstring(each, name)] == []


def test_package_public_name_without_docstring_is_noticed() -> None:
    class Bare:
        def method(self) -> None: ...

        @property
        def member(self) -> None: ...

        def _private(self) -> None: ...

    assert list(without_docstring(Bare, "Bare")) == ["Bare", "Bare.member", "Bare.method"]


STUBS = Path(__file__).resolve().parents[2] / "tools/stubs.py"


def check_stub(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(STUBS), "--check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_package_stub_has_the_docstrings_of_the_module() -> None:
    done = check_stub()
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: run tools/stubs.py"


@pytest.mark.parametrize("words", ["about something else", ""])
def test_package_stub_with_other_docstrings_is_noticed(tmp_path: Path, words: str) -> None:
    stub = STUBS.parent.parent.joinpath("python/libami/_native.pyi").read_text(encoding="utf-8")
    said = "All values of this header, in order."
    assert said in stub
    other = tmp_path / "other.pyi"
    other.write_text(stub.replace(said, words), encoding="utf-8")
    done = check_stub(other)
    assert (done.returncode, "lacks docstrings" in done.stdout) == (1, True), done.stderr


def examples() -> dict[str, doctest.DocTest]:
    """The docstrings with examples, those of the native half among them; what is inherited counts once."""
    found: dict[str, str] = {}
    for name in MODULES_FOR_USERS:
        module = importlib.import_module(name)
        named: dict[str, Any] = {name: module}
        for public in getattr(module, "__all__", ()):
            given = named[f"{name}.{public}"] = getattr(module, public)
            if inspect.isclass(given):
                named |= {f"{name}.{public}.{member}": each for member, each in inspect.getmembers(given)}
        for key, each in named.items():
            text = getattr(each, "__doc__", None)
            if isinstance(text, str) and ">>> " in text:
                found.setdefault(text, key)
    parse = doctest.DocTestParser().get_doctest
    return {key: parse(text, {}, key, None, None) for text, key in found.items()}


EXAMPLES = examples()


def test_package_docstrings_have_examples_of_what_people_need_first() -> None:
    first = {"libami", "libami.gateway", "libami.simulator", "libami.Client.action", "libami.Client.events"}
    first |= {"libami.Client.on", "libami.gateway.Gateway.send", "libami.testing", "libami.aio"}
    first |= {"libami.sms_parts"}
    assert first - EXAMPLES.keys() == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_package_examples_of_docstrings_run(name: str) -> None:
    """With a simulated gateway, and a client and a gateway that have connected to it."""
    example = EXAMPLES[name]
    with Simulator() as simulator:
        account: dict[str, Any] = {**simulator.credentials, "action_timeout": WAIT}
        with libami.connect(**account) as client, libami.gateway.connect(**account) as gateway:
            example.globs |= {"libami": libami, "client": client, "gateway": gateway, "simulator": simulator}
            said: list[str] = []
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
            runner.run(example, out=said.append)
    assert runner.tries > 0
    assert runner.failures == 0, "".join(said)


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
