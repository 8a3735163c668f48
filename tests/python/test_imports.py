"""The modules that `import libami` and `libami --help` bring: a list, as times differ from run to run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import libami
import pytest
from conftest import SECRET, WAIT, run_python
from libami.simulator import Simulator

LIST = Path(__file__).with_name("imports.txt")
PYTHON = (3, 11)
"""The version that the list is of. Others may have less to import, and not more."""

SHOW = """
import site, sys
sys.path.insert(0, sys.argv[1])
kinds = [set(sys.modules)]
import libami
kinds.append(set(sys.modules))
try:
    if sys.argv[2] == "libami --help":
        from libami import cli
        cli.main(["--help"])
except SystemExit:
    pass
kinds.append(set(sys.modules))
new = kinds[2] - kinds[1] if sys.argv[2] == "libami --help" else kinds[1] - kinds[0]
print(*new, file=sys.stderr)
"""


def listed() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    names: set[str] = set()
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            names.update(line.split())
        elif line and not line.startswith("#"):
            names = found[line] = set()
    return found


@pytest.mark.parametrize("program", listed())
def test_imports_are_those_of_the_list(program: str) -> None:
    folder = Path(libami.__file__).parent.parent
    # Without what the files *.pth of the environment import.
    command = [sys.executable, "-I", "-S", "-c", SHOW, str(folder), program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=6 * WAIT, check=True)
    new = {name if name.startswith("libami") else name.partition(".")[0] for name in ran.stderr.split()}
    found = {name for name in new if not name.startswith("_")}
    more, less = found - listed()[program], listed()[program] - found
    assert not more, (
        f"`{program}` imports {', '.join(sorted(more))} now, at every start. If some programs do without, "
        "import it in the function that needs it, or put what needs it into a module of its own, as "
        f"python/libami/_reconnect.py is. If none does, add it to {LIST.name}"
    )
    assert not less or sys.version_info[:2] != PYTHON, f"take {', '.join(sorted(less))} off {LIST.name}"


def test_imports_of_a_gateway_are_those_of_the_package() -> None:
    code = "import sys, libami; had = set(sys.modules); import libami.gateway; print(*set(sys.modules) - had)"
    assert run_python(code).stdout.split() == ["libami.gateway"]


LATE = """
import atexit, sys, threading, time
{imports}

logging.basicConfig(filename=sys.argv[1], format="%(message)s")
client = libami.Client("127.0.0.1", int(sys.argv[2]), username="admin", secret=sys.argv[3])
begun = threading.Event()


@atexit.register
def last_words() -> None:
    client.ping()
    logging.error("the client is there")


@client.on("#state")
def callback(event: libami.Event) -> None:
    if client.is_open:
        begun.set()
        while client.is_open:
            time.sleep(0.005)
        logging.error("the callback ends")
        raise ValueError("badly")


client.open()
begun.wait()
"""


@pytest.mark.parametrize("imports", ["import libami, logging", "import logging, libami"])
def test_imports_in_any_order_have_logging_end_after_callbacks(
    imports: str, gateway: Simulator, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    ran = run_python(LATE.format(imports=imports), log, gateway.port, SECRET)
    assert ran.returncode == 0, ran.stderr
    lines = log.read_text().splitlines()
    # What was registered after libami comes before its end, whenever callbacks came.
    assert lines[:2] == ["the client is there", "the callback ends"]
    assert lines[2].endswith("raised an exception")
    assert lines[-1] == "ValueError: badly"


def test_imports_for_callbacks_come_with_the_first(gateway: Simulator) -> None:
    code = """
import sys, libami
with libami.connect("127.0.0.1", int(sys.argv[1]), username="admin", secret=sys.argv[2]) as client:
    client.action("Ping")
    list(client.events("Hangup", timeout=0))
    seen = {"logging", "inspect", "dataclasses", "concurrent.futures"} & set(sys.modules)
    client.on("Hangup", print)
    print(sorted(seen), "logging" in sys.modules)
"""
    assert run_python(code, gateway.port, SECRET).stdout == "[] True\n"
