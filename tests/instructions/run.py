"""Counts the instructions of what programs do most, by valgrind, and compares them with counts.toml.

    make instructions

A count is what twice as many take more, by each of them: so starting up does not count. More is a regression,
and less is a gain that wants to be kept; AMI_WRITE_COUNTS=1 stores either.
"""

from __future__ import annotations

import json
import os
import platform
import re
import socketserver
import statistics
import subprocess
import sys
import sysconfig
import threading
import time
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STORED = HERE / "counts.toml"
STORE = "AMI_WRITE_COUNTS=1 make instructions"
# From the root, as the length of a path would tell.
PLACES = {
    "parse": "build/instructions/parse",
    "c": "build/instructions/measured",
    "python": "build/venv/bin/python tests/instructions/measured.py",
    "capture": "tests/captures/asterisk-16/calls-20.server.ami",
}
FRAMES = (ROOT / PLACES["capture"]).read_bytes().split(b"\n", 1)[1].split(b"\r\n\r\n")[:-1]
EVENTS = [frame + b"\r\n\r\n" for frame in FRAMES if frame.startswith(b"Event:")]


@dataclass(frozen=True)
class Row:
    """One count: a command that does few of something, or twice as many, in place of its {}."""

    name: str
    command: str
    few: int
    # How often it does so many.
    times: int
    # What it may be off by.
    tolerance: float
    # Of a C program, only what happens in these functions.
    within: Sequence[str] = ()
    # The middle one of so many.
    runs: int = 1


TAKING = ["ami_parser_next", "ami_message_get", "ami_message_unref"]
# What the answer takes is done by another thread.
SENDING = ["ami_action_new", "ami_action_add", "ami_client_call", "ami_action_free"]
# One thread of C or Rust counts the same each time.
EXACT = 0.01
# Of this, nearly all is done by one thread at a time; it varies by half a percent.
NEARLY = 0.02
# Two threads hand over to each other, and not always at the same place: it varies by one percent.
MEETING = 0.04
# Where things lie in memory decides what meets in the interpreter's caches, and a longer path moves them.
CACHED = 0.03
# The loop reads, or the thread in its place when the loop comes late: by a tenth, and rarely by far more.
# The middle one of some runs leaves that out.
READ_BY_EITHER = 0.1
# The answers come in as many reads as the system makes of them: more on a busy machine.
IN_SOME_READS = 0.25
# What a group's rows are measured against elsewhere is its first row, which has nothing of libami in it.
GROUPS = {
    "C": [
        Row("C loop: split a message, look up two headers", "{parse} {capture} {}", 10, len(FRAMES), EXACT),
        Row("C: parse a message", "{c} parser {capture} {}", 10, len(FRAMES), EXACT, ["ami_parser_feed"]),
        Row(
            "C: take a message, look up two headers",
            "{c} parser {capture} {}",
            10,
            len(FRAMES),
            EXACT,
            TAKING,
        ),
        # All that a call brings comes with one read.
        Row("C: an event through the client", "{c} client {port} 20 0 {}", 75, 20, NEARLY),
        Row(
            "C: make and send an action of 20 headers",
            "{c} client {port} {} 20 0",
            50,
            1,
            MEETING,
            SENDING,
            3,
        ),
        Row("C: a call", "{c} client {port} {} 0 0", 200, 1, MEETING, (), 3),
        Row("C: submit an action", "{c} submit {port} {}", 200, 1, MEETING, ["ami_client_submit"], 3),
        Row("C: an action in flight among others", "{c} submit {port} {}", 200, 1, MEETING, (), 3),
    ],
    "Python": [
        Row("Python dict: look up two items", "{python} dict {capture} {}", 5, len(FRAMES), CACHED),
        Row("Python: a message of the parser", "{python} parser {capture} {}", 5, len(FRAMES), CACHED),
        Row("Python: an event through the client", "{python} client {port} 20 {}", 75, 20, CACHED),
        Row("Python: an event on an event loop", "{python} aio {port} 20 {}", 75, 20, READ_BY_EITHER, (), 5),
        Row("Python: a call", "{python} client {port} {} 0", 100, 1, MEETING),
        Row(
            "Python: a call of many on an event loop",
            "{python} window {port} {}",
            500,
            1,
            IN_SOME_READS,
            (),
            3,
        ),
    ],
}
ROWS = [row for rows in GROUPS.values() for row in rows]
# Where another compiler or processor is at work, only so much more is sure to be a regression.
ELSEWHERE = 0.25


def surroundings() -> dict[str, dict[str, str]]:
    """What the counts of each group depend on besides this code."""

    def says(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    # valgrind shows a processor of its own making to programs, with AVX2 where there is one.
    flags = re.search(r"^flags.*\bavx2\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    both = {
        "rustc": says("rustc", "--version").split()[1],
        "gcc": says("gcc", "-dumpfullversion"),
        "libc": " ".join(platform.libc_ver()),
        "valgrind": says("valgrind", "--version").removeprefix("valgrind-"),
        "processor": platform.machine() + (" with AVX2" if flags else ""),
    }
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    python = f"{platform.python_version()}, {platform.python_compiler()}{', optimized' if optimized else ''}"
    return {"C": both, "Python": {**both, "python": python}}


class Server(socketserver.StreamRequestHandler):
    """Says yes to everything; before the answer come as many recorded events as the action's Count says. The
    action Together is answered once so many have come."""

    def handle(self) -> None:
        self.wfile.write(b"Asterisk Call Manager/5.0.4\r\n")
        headers: dict[bytes, bytes] = {}
        answers: list[bytes] = []
        for line in self.rfile:
            if line != b"\r\n":
                name, _, value = line.strip().partition(b": ")
                headers[name] = value
                continue
            together = int(headers[b"Count"]) if headers[b"Action"] == b"Together" else 1
            if together == 1:
                # By then the client waits for it: else its threads would meet now here, now there.
                time.sleep(0.003)
            answer = b"Response: Success\r\nActionID: %s\r\nChallenge: 123\r\n\r\n" % headers[b"ActionID"]
            answers.append(answer)
            if len(answers) < together:
                headers = {}
                continue
            # In one write, for one read of the client.
            events = EVENTS[: int(headers.get(b"Count", b"0"))] if together == 1 else []
            self.wfile.write(b"".join(events + answers))
            answers = []
            if headers[b"Action"] == b"Logoff":
                return
            headers = {}


@contextmanager
def serving() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def compile_programs() -> None:
    (ROOT / PLACES["c"]).parent.mkdir(parents=True, exist_ok=True)
    link = ["-Iinclude", "-Lbuild", "-lami", f"-Wl,-rpath,{ROOT / 'build'}"]
    for source, program, extra in (
        ("benches/parse.c", PLACES["parse"], []),
        ("tests/instructions/measured.c", PLACES["c"], link),
    ):
        subprocess.run(["gcc", "-O2", "-pthread", source, "-o", program, *extra], cwd=ROOT, check=True)


def instructions(row: Row, number: int, port: int) -> int:
    words = row.command.format(number, port=port, **PLACES).split()
    counter = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    counter += [f"--toggle-collect={function}" for function in row.within]
    # Sets in the same order each time, and no first time that differs from the second.
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*counter, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found or int(found[1]) == 0:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return int(found[1])


def counted() -> dict[str, int]:
    def count(row: Row) -> int:
        few, many = (
            statistics.median(instructions(row, number, port) for _ in range(row.runs))
            for number in (row.few, 2 * row.few)
        )
        return round((many - few) / row.few / row.times)

    with serving() as port, ThreadPoolExecutor(2) as pool:
        # The long ones first, so that they do not end alone.
        rows = ROWS[::-1]
        return dict(zip((row.name for row in rows), pool.map(count, rows), strict=True))


def fault(row: Row, count: int, stored: int | None, scale: float | None = None) -> str | None:
    """What is wrong with a count; with a scale, stored is what another machine counted."""
    if stored is None:
        return f"is not stored; {STORE} does that"
    change = count / stored / (scale or 1) - 1
    if scale is not None:
        return (
            None
            if change <= ELSEWHERE
            else f"is {change:.1%} more than what was stored, as far as can be told"
        )
    if abs(change) <= row.tolerance:
        return None
    if change > 0:
        return f"is {change:.1%} more than the {stored:,} stored; if that is meant, store it: {STORE}"
    return f"is {-change:.1%} less than the {stored:,} stored: a gain; store it, so that it stays: {STORE}"


def compare(counts: Mapping[str, int], stored: Mapping[str, int], scales: Mapping[str, float]) -> int:
    """Prints all rows; returns how many failed."""
    failed = 0
    for group, rows in GROUPS.items():
        for row in rows:
            wrong = fault(row, counts[row.name], stored.get(row.name), scales.get(group))
            failed += wrong is not None
            print(f"{row.name:48}{counts[row.name]:>10,}" + (f"  FAILED: {wrong}" if wrong else ""))
    return failed


def store(counts: Mapping[str, int], stored: Mapping[str, int], elsewhere: Container[str]) -> None:
    """Leaves what is within its tolerance as it was: many small steps are to be noticed as well."""
    lines = ["# Instructions of each, written by tests/instructions/run.py."]
    for group, made_with in surroundings().items():
        lines += [
            "",
            f"[{group}.with]",
            *(f"{name} = {json.dumps(text)}" for name, text in made_with.items()),
        ]
        lines += ["", f"[{group}.counts]"]
        for row in GROUPS[group]:
            count, before = counts[row.name], stored.get(row.name)
            keeps = before is not None and group not in elsewhere and not fault(row, count, before)
            kept = before if keeps else count
            lines.append(f"{json.dumps(row.name)} = {kept}")
    STORED.write_text("\n".join(lines) + "\n")


def main() -> int:
    compile_programs()
    counts = counted()
    file = tomllib.loads(STORED.read_text()) if STORED.exists() else {}
    stored = {name: count for group in file.values() for name, count in group["counts"].items()}
    scales = {}
    for group, here in surroundings().items():
        there = file.get(group, {}).get("with", {})
        if changed := [
            f"{name} {here[name]}, not {there.get(name)}" for name in here if here[name] != there.get(name)
        ]:
            yardstick = GROUPS[group][0].name
            scales[group] = counts[yardstick] / stored.get(yardstick, counts[yardstick])
            print(f"{group} was counted elsewhere ({'; '.join(changed)}):")
            print(f"only {ELSEWHERE:.0%} more fails, beside its first row")
    if os.environ.get("AMI_WRITE_COUNTS"):
        store(counts, stored, scales)
        print(f"stored in {STORED.relative_to(ROOT)}")
        return 0
    failed = compare(counts, stored, scales)
    row = ROWS[0]
    noticed = all(
        fault(row, round(1000 * (1 + part)), 1000) for part in (2 * row.tolerance, -2 * row.tolerance)
    )
    print(f"{'ok' if noticed else 'FAILED'}: a count that is off is noticed")
    failed += not noticed
    print(f"instructions: {len(ROWS) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
