"""The programs that are measured, and how they are built: the C floors, libami by its faces, and its peers.

What cannot be built or installed does not stop the rest; it stands in the table with the reason.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ROOT / "benches"
PEERS = BENCHES / "peers"
BUILD = ROOT / "build"
BENCH = BUILD / "bench"
CAPTURE = ROOT / "tests" / "captures" / "asterisk-16" / "calls-20.server.ami"

EVENTS, PINGS, BESIDE, SESSIONS, SLOW, FLOOD = "events", "pings", "beside", "sessions", "slow", "flood"
COMMON = (EVENTS, PINGS, BESIDE, SESSIONS, SLOW)
TLS, VIEWS = "tls", "views"
PARTS = (*COMMON, FLOOD, TLS, VIEWS)


class Missing(Exception):
    """A program that could not be built, and why."""


@dataclass
class Program:
    name: str
    family: str
    """floor, libami or peer"""
    command: Sequence[str | Path] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[str] = COMMON
    missing: str = ""

    @property
    def is_native(self) -> bool:
        """Whether its instructions are counted; those of interpreters would take too long."""
        return bool(self.command) and Path(self.command[0]).parent == BENCH


def run(command: Sequence[str | Path], **environment: str) -> str:
    """Run a command for its output; its last words are the reason if it fails."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise Missing(f"{command[0]} is not here") from error
    except subprocess.CalledProcessError as error:
        words = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        reason = next(
            (line for line in words if "error" in line.lower()), words[-1] if words else "it failed"
        )
        raise Missing(reason) from error
    return done.stdout


def build_c(*names: str) -> None:
    BENCH.mkdir(parents=True, exist_ok=True)
    link = ["-I", "include", "-L", str(BUILD), "-lami", f"-Wl,-rpath,{BUILD}"]
    for name in names:
        compile_c(name, name, *(link if name in ("libami", "growth") else []))


def compile_c(name: str, target: str, *more: str) -> None:
    run(["cc", "-O2", "-Wall", "-Wextra", f"benches/{name}.c", "-o", BENCH / target, "-pthread", *more])


def build_rust() -> None:
    """Our own programs in Rust; `parse_libami` and `libami_rust` beside the others."""
    command = ["cargo", "bench", "--no-run", "--quiet", "--no-default-features", "--features", "blocking"]
    command += [
        "--bench",
        "parse",
        "--bench",
        "libami",
        "--message-format",
        "json",
        "--target-dir",
        "target/bench",
    ]
    built = [json.loads(line) for line in run(command).splitlines()]
    names = {"parse": "parse_libami", "libami": "libami_rust"}
    for item in built:
        name = names.get(item.get("target", {}).get("name"))
        if name and item.get("executable"):
            shutil.copy(item["executable"], BENCH / name)


def tls_floor() -> Program:
    """The floor through OpenSSL, with the server for it."""
    name, program = "C floor, OpenSSL", BENCH / "floor_tls"
    try:
        for source in ("traffic", "floor"):
            compile_c(source, f"{source}_tls", "-DTLS", "-lssl", "-lcrypto")
    except Missing as error:
        return Program(name, "floor", parts=[], missing=f"{error}; Debian's libssl-dev has OpenSSL's headers")
    return Program(name, "floor", [program, "direct"], parts=[TLS])


def ours() -> Iterator[Program]:
    floor, c, rust = BENCH / "floor", BENCH / "libami", BENCH / "libami_rust"
    python: list[str | Path] = [sys.executable, BENCHES / "libami_bench.py"]
    yield Program(
        "C floor: read, split, call", "floor", [floor, "direct"], parts=[EVENTS, PINGS, BESIDE, SESSIONS]
    )
    yield Program("C floor, copied to a thread", "floor", [floor, "handed"], parts=[EVENTS, PINGS])
    for loop in ("asyncio", "uvloop"):
        bare: list[str | Path] = [sys.executable, BENCHES / "floor_bench.py", loop]
        yield Program(f"Python floor, {loop}", "floor", bare, parts=[PINGS])
    yield tls_floor()
    yield Program("libami C callback", "libami", [c, "callback"], parts=[*COMMON, FLOOD, TLS])
    yield Program("libami C executor", "libami", [c, "executor"], parts=[EVENTS, PINGS])
    yield Program("libami C pull", "libami", [c, "pull"], parts=[EVENTS, SLOW])
    yield Program("libami Rust callback", "libami", [rust, "callback"], parts=[*COMMON, TLS])
    yield Program("libami Rust async", "libami", [rust, "async"])
    yield Program("libami Python callback", "libami", [*python, "callback"], parts=[*COMMON, TLS, VIEWS])
    yield Program("libami Python iterator", "libami", [*python, "iterator"], parts=[EVENTS, SLOW, VIEWS])
    yield Program("libami Python map", "libami", [*python, "map"], parts=[PINGS])
    yield Program("libami asyncio callback", "libami", [*python, "aio-callback"], parts=[EVENTS, SLOW, VIEWS])
    yield Program("libami asyncio iterator", "libami", [*python, "aio-iterator"], parts=PARTS)
    yield Program("libami asyncio on uvloop", "libami", [*python, "uvloop-iterator"], parts=[PINGS, BESIDE])


def python_peer(package: str) -> Program:
    """Each is installed by itself: two of them have a package of the same name."""
    target = BENCH / "python" / package
    requirements = PEERS / "python" / "requirements.txt"
    wanted = re.search(rf"^{package}==(.*)$", requirements.read_text(), re.MULTILINE)
    assert wanted
    if not any(target.glob(f"*-{wanted[1]}.dist-info")):
        shutil.rmtree(target, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--target", target, "--constraint", requirements, package])
    script = PEERS / "python" / f"{package.replace('-', '_')}_bench.py"
    return Program(
        f"Python {package} {wanted[1]}",
        "peer",
        [sys.executable, script],
        {"PYTHONPATH": os.pathsep.join([str(BENCHES), str(target)])},
    )


def node_peer(package: str) -> Program:
    target = BENCH / "node"
    wanted = json.loads((PEERS / "node" / "package.json").read_text())["dependencies"][package]
    lock = (PEERS / "node" / "package-lock.json").read_text()
    installed = target / "installed"
    if not installed.is_file() or installed.read_text() != lock:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / "node" / name, target)
        run(["npm", "ci", "--prefix", target, "--silent", "--no-audit", "--no-fund"])
        installed.write_text(lock)
    return Program(
        f"Node {package} {wanted}",
        "peer",
        ["node", PEERS / "node" / f"{package.replace('-', '_')}.js"],
        {"NODE_PATH": str(target / "node_modules")},
    )


def rust_peer(package: str) -> Program:
    manifest, target = PEERS / "rust" / "Cargo.toml", BENCH / "rust"
    wanted = re.search(rf'^{package} = "=(.*)"$', manifest.read_text(), re.MULTILINE)
    assert wanted
    name = package.replace("-", "_")
    cargo = ["cargo", "build", "--release", "--locked", "--quiet", "--bin", name]
    run([*cargo, "--manifest-path", manifest, "--target-dir", target])
    return Program(f"Rust {package} {wanted[1]}", "peer", [target / "release" / name])


PEER_MAKERS: list[tuple[Callable[[str], Program], str]] = [
    (python_peer, "panoramisk"),
    (python_peer, "pyst2"),
    (python_peer, "asterisk-ami"),
    (python_peer, "pyami_asterisk"),
    (node_peer, "asterisk-manager"),
    (node_peer, "asterisk-ami-client"),
    (rust_peer, "asterisk-ami"),
    (rust_peer, "asterisk-manager"),
    (rust_peer, "asterisk-rs-ami"),
]


def peers(is_wanted: Callable[[str], bool]) -> Iterator[Program]:
    for make, package in PEER_MAKERS:
        name = f"{make.__name__.split('_')[0].capitalize()} {package}"
        if is_wanted(f"peer {name}"):
            print(f"{name} is made ready", flush=True)
            try:
                yield make(package)
            except Missing as error:
                yield Program(name, "peer", parts=[], missing=str(error))


def programs(wanted: str) -> list[Program]:
    """Those of which the family or the name has such a word, and the floor, which all are compared with."""
    words = [word for word in wanted.lower().split(",") if word]

    def is_wanted(name: str) -> bool:
        return not words or any(word in name.lower() for word in words)

    build_c("traffic", "floor", "parse", "libami")
    build_rust()
    mine = [program for program in ours() if program.family == "floor" or is_wanted(program.name)]
    return [*mine, *peers(is_wanted)]
