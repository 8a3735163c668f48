"""One run of a program against the traffic server."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from programs import BENCH, BENCHES, CAPTURE, Program, run

Figures = dict[str, Any]
"""What a program says of a run, or `failed` or `unsupported` with the reason."""

PATIENCE = 120
"""Seconds after which a program is taken to have lost its end for good."""

SERVER_CPU, CLIENT_CPU = 0, 1


class Server:
    """The traffic server, with the port that it serves on."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.output = process.stdout
        self.port = int(self.output.readline())

    def tells(self) -> Figures:
        """What it has seen of a slow client, once that is gone."""
        if not select.select([self.output], [], [], 10)[0]:
            return {}
        return dict(json.loads(self.output.readline()))


def pin(cpu: int | None) -> None:
    """Bind this process to a processor, where there are two."""
    if cpu is not None and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[cpu]})


def certificate() -> list[Path]:
    """A server's certificate and its key, and the authority that has signed it; made anew each time."""
    ca, ca_key, own, key = (BENCH / f"{name}.pem" for name in ("ca", "ca_key", "own", "key"))
    new: list[str | Path] = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes"]
    new += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    run([*new, "-subj", "/CN=libami bench", "-keyout", ca_key, "-out", ca])
    signed: list[str | Path] = ["-CA", ca, "-CAkey", ca_key, "-addext", "basicConstraints=CA:FALSE"]
    signed += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    run([*new, *signed, "-keyout", key, "-out", own])
    return [own, key, ca]


@contextmanager
def traffic(cpu: int | None = None, tls: Sequence[Path] = (), capture: Path = CAPTURE) -> Iterator[Server]:
    process = subprocess.Popen(
        [BENCH / ("traffic_tls" if tls else "traffic"), capture, *tls],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: pin(cpu),
    )
    try:
        yield Server(process)
    finally:
        process.communicate(timeout=PATIENCE)


def measure(
    program: Program, server: Server, mode: str, *arguments: object, cpu: int | None = None
) -> Figures:
    words = [*program.command, str(server.port), mode, *map(str, arguments)]
    return start(words, {"PYTHONPATH": str(BENCHES), **program.environment}, cpu)


def start(words: list[Any], environment: dict[str, str], cpu: int | None = None) -> Figures:
    try:
        done = subprocess.run(
            words,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            preexec_fn=lambda: pin(cpu),
        )
        return dict(json.loads(done.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        return {"failed": f"no end after {PATIENCE} s"}
    except (IndexError, ValueError):
        said = done.stderr.strip().splitlines()
        return {"failed": said[-1] if said else f"ended with {done.returncode}"}


def instructions(words: list[Any], **environment: str) -> int | None:
    """How many instructions a command takes."""
    if shutil.which("valgrind") is None:
        return None
    counter = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    done = subprocess.run(
        [*counter, *words], capture_output=True, text=True, timeout=600, env={**os.environ, **environment}
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found[1]) if done.returncode == 0 and found else None
