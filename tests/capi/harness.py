"""Checks that are counted, and the commands that they run."""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("AMI_BUILD", ROOT / "build")).resolve()
INCLUDE = f"-I{ROOT / 'include'}"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
C_STRICT = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", *WARNINGS]
LIBRARIES = ("libami", "libami_simulator")


class SetupError(Exception):
    """Something that the tests need is not there; the message says how to have it."""


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    # What was said of each suite that failed, to be read at the end.
    details: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, name: str, way: str, passed: int, failed: int, details: str = "") -> None:
        with self.lock:
            self.passed += passed
            self.failed += failed
            line = f"capi {name} ({way}): {passed} passed, {failed} failed"
            if failed:
                self.details.append(f"{details.rstrip()}\n{line}")
            elif details:
                print(details.rstrip("\n"))
            print(line, flush=True)


class Checks:
    """Named checks that are counted together."""

    def __init__(self) -> None:
        self.passed = 0
        self.failures: list[str] = []

    def check(self, good: bool, what: str) -> bool:
        if good:
            self.passed += 1
        else:
            self.failures.append(what)
        return good

    def runs(self, command: Words, what: str, **more: str) -> str | None:
        """The output of a command that has to succeed."""
        done = output_of(command, env={**os.environ, **more})
        self.check(done.returncode == 0, f"{what}: {shlex.join(map(str, command))}\n{done.stdout}")
        return done.stdout if done.returncode == 0 else None

    def report(self, totals: Totals, name: str, way: str = "plain") -> None:
        details = "\n".join(f"{name}: {failure}" for failure in self.failures)
        totals.report(name, way, self.passed, len(self.failures), details)


Words = Sequence[str | Path]


def output_of(
    command: Words, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


# -----------------------------------------------------------------------------------------------------------
