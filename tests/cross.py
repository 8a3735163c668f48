"""The C library for other machines: `cross.py [TARGET…]`. It is built by Debian's cross compilers, and
programs of examples/c run under qemu-user against a simulated gateway of this machine.

Needs root on Debian, or the packages of TARGETS, rustup and qemu-user. A part of `make release-check`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = {"login": ([], "logged in: Asterisk"), "send_sms": (["1", "13632919026", "hello"], "sent: ")}
STRICT = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# Seconds for a program: under qemu everything takes longer.
PATIENCE = 120


@dataclass(frozen=True)
class Target:
    rust: str
    tools: str
    # Empty for the machine itself.
    qemu: str
    packages: Sequence[str]
    machine: str
    # There is no shared library of it: the product is the static one.
    is_static: bool = False

    @property
    def compiler(self) -> str:
        return "musl-gcc" if self.is_static else f"{self.tools}gcc"


TARGETS = (
    Target(
        *("aarch64-unknown-linux-gnu", "aarch64-linux-gnu-", "qemu-aarch64"),
        *(["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user"], "AArch64"),
    ),
    Target(
        *("armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf-", "qemu-arm"),
        *(["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross", "qemu-user"], "ARM"),
    ),
    Target("x86_64-unknown-linux-musl", "", "", ["musl-tools"], "X86-64", is_static=True),
)


def run(command: Sequence[str | Path], seconds: float | None = None, **more: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def prepare(target: Target) -> None:
    """Installs what is missing, where that can be done."""
    tools = [target.compiler, *filter(None, [target.qemu])]
    if not all(map(shutil.which, tools)):
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise SystemExit(
                f"{target.rust} needs {' and '.join(tools)}: install {', '.join(target.packages)}"
            )
        run(["apt-get", "update", "-q"])
        run(["apt-get", "install", "-q", "-y", *target.packages], DEBIAN_FRONTEND="noninteractive")
    run(["rustup", "target", "add", target.rust])


def build(target: Target) -> list[str]:
    """Builds the libraries, and returns what a program is linked with."""
    build_folder = ROOT / "build" / target.rust
    make = ["make", "--no-print-directory", f"TARGET={target.rust}", f"CROSS={target.tools}"]
    if target.is_static:
        library = build_folder / "libami.a"
        run([*make, f"CC={target.compiler}", str(library.relative_to(ROOT))])
        # A C library of its own in it would not be the program's, and would never be set up.
        missing = {"malloc", "pthread_create"} - set(re.findall(r" U (\w+)", run(["nm", library])))
        if missing:
            raise SystemExit(f"{library} does not take {', '.join(sorted(missing))} from the program")
        return [str(library), "-static", "-lm"]
    run([*make, "lib"])
    for name in ("libami", "libami_simulator"):
        header = run(["readelf", "-h", build_folder / f"{name}.so.0"])
        if target.machine not in header:
            raise SystemExit(f"{name}.so.0 is not for {target.machine}:\n{header}")
    return [f"-L{build_folder}", "-lami"]


def examples(target: Target, port: int) -> int:
    """Compiles and runs the programs; returns how many."""
    link = build(target)
    folder = ROOT / "build" / target.rust
    sysroot = ["-L", f"/usr/{target.tools.rstrip('-')}", "-E", f"LD_LIBRARY_PATH={folder}"]
    emulator = [target.qemu, *sysroot] if target.qemu else []
    for name, (more, expected) in PROGRAMS.items():
        program = folder / name
        run(
            [
                target.compiler,
                *STRICT,
                f"-I{ROOT / 'include'}",
                ROOT / f"examples/c/{name}.c",
                *link,
                "-o",
                program,
            ]
        )
        said = run([*emulator, program, "127.0.0.1", str(port), "admin", "amp111", *more], PATIENCE)
        if expected not in said:
            raise SystemExit(f"{name} for {target.rust} says {said!r}")
    return len(PROGRAMS)


def main(names: Sequence[str]) -> int:
    chosen = [target for target in TARGETS if not names or target.rust in names]
    if not chosen:
        raise SystemExit(f"choose of {', '.join(target.rust for target in TARGETS)}")
    passed = 0
    command = [sys.executable, "-m", "libami", "simulate", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            assert simulator.stdout is not None
            listening = re.search(r":(\d+)$", simulator.stdout.readline().strip())
            assert listening is not None
            for target in chosen:
                prepare(target)
                passed += examples(target, int(listening[1]))
                print(f"{target.rust}: ok", flush=True)
        finally:
            simulator.terminate()
    print(f"cross: {passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
