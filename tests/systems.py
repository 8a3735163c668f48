"""Rust on systems without tests of their own: the client and the simulator compile for Windows and macOS;
what does not work there is refused with a sentence. What Windows needs to watch a socket is tested on Linux.

C code of crates is compiled by zig, which has the headers of those systems, from the tools of wheels.txt.
A part of `make release-check`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TARGETS = ("x86_64-pc-windows-gnu", "x86_64-apple-darwin", "aarch64-apple-darwin")
COMPILED = ("client", "client,simulator")
REFUSED = ("blocking", "capi", "python")
SENTENCE = "the features blocking, capi and python of libami need Linux"
PORTABLE = ("client", "tls", "reconnect", "originate", "action_queue", "gateway", "inbox")


def cargo(words: Sequence[str], flags: str) -> subprocess.CompletedProcess[str]:
    # zig is found in the Python that is found first.
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "RUSTFLAGS": flags}
    return subprocess.run(
        [*words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def check(target: str, features: str) -> subprocess.CompletedProcess[str]:
    lib = ["--lib", "--target", target, "--no-default-features", "--features", features]
    command = ["cargo-zigbuild", "check", "--quiet", "--target-dir", "target/systems", *lib]
    return cargo(command, "-D warnings")


def faults(target: str) -> Iterator[tuple[str, str]]:
    """Each check of a system, with what went wrong."""
    added = subprocess.run(["rustup", "target", "add", target], capture_output=True, text=True, check=False)
    if added.returncode != 0:
        yield f"{target} is not to be had", added.stderr
        return
    for features in COMPILED:
        done = check(target, features)
        yield f"{target}, {features}: compiled", "" if done.returncode == 0 else done.stdout
    for features in REFUSED:
        done = check(target, features)
        is_told = done.returncode != 0 and SENTENCE in done.stdout
        yield f"{target}, {features}: refused with a sentence", "" if is_told else done.stdout


def portable() -> tuple[str, str]:
    tests = [word for name in PORTABLE for word in ("--test", name)]
    features = ["--no-default-features", "--features", "simulator", "--target-dir", "target/portable"]
    done = cargo(["cargo", "test", "--quiet", *features, *tests], "--cfg ami_portable")
    return "Windows' way on Linux: tested", "" if done.returncode == 0 else done.stdout


def main() -> int:
    passed = failed = 0

    def results() -> Iterator[tuple[str, str]]:
        for target in TARGETS:
            yield from faults(target)
        yield portable()

    for name, fault in results():
        print(f"FAILED: {name}:\n{fault[-4000:]}" if fault else f"ok: {name}", flush=True)
        passed, failed = passed + (not fault), failed + bool(fault)
    print(f"systems: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
