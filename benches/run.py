"""Measures libami beside the floor, in one run: interleaved rounds, medians, instruction counts. Prints a table; build/bench.json
has the figures. Arguments: the number of events in bulk (1,000,000 unless given) and of rounds (5)."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
BENCH = BUILD / "bench"
CAPTURE = ROOT / "tests" / "captures" / "asterisk-16" / "calls-20.server.ami"
PACED_RATE = 10_000

CLIENTS = {
    "C floor: read, split, call": ["{bench}/floor", "{port}", "direct"],
    "C floor, events copied to a thread": ["{bench}/floor", "{port}", "handed"],
    "libami C callback": ["{bench}/libami", "{port}", "callback"],
    "libami C pull": ["{bench}/libami", "{port}", "pull"],
    "libami Python callback": ["{python}", "{here}/libami_bench.py", "{port}", "callback"],
    "libami Python iterator": ["{python}", "{here}/libami_bench.py", "{port}", "iterator"],
}
PINGS = {
    "C floor": ["{bench}/floor", "{port}", "ping"],
    "libami C": ["{bench}/libami", "{port}", "ping"],
    "libami C, pipelined": ["{bench}/libami", "{port}", "pipelined"],
    "libami Python": ["{python}", "{here}/libami_bench.py", "{port}", "ping"],
}


def compile_programs() -> None:
    BENCH.mkdir(parents=True, exist_ok=True)
    link = ["-I", "include", "-L", str(BUILD), "-lami", f"-Wl,-rpath,{BUILD}"]
    for name, extra in {"traffic": [], "floor": [], "libami": link}.items():
        command = ["cc", "-O2", "-Wall", "-Wextra", f"benches/{name}.c", "-o", str(BENCH / name), "-pthread", *extra]
        subprocess.run(command, cwd=ROOT, check=True)


@contextmanager
def traffic() -> Iterator[int]:
    """The traffic server; yields its port."""
    server = subprocess.Popen([BENCH / "traffic", CAPTURE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline().split()[0])
    finally:
        server.communicate(timeout=60)


def fill(command: list[str], port: int) -> list[str]:
    places = {"bench": BENCH, "python": sys.executable, "here": ROOT / "benches", "port": port}
    return [word.format(**places) for word in command]


def measure(command: list[str], port: int, *arguments: object) -> dict[str, float]:
    words = [*fill(command, port), *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def instructions(command: list[str], port: int, few: int, many: int) -> float | None:
    """Instructions an event: what more events take more, so that starting up does not count."""
    if shutil.which("valgrind") is None:
        return None
    counts = []
    for count in (few, many):
        words = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
        done = subprocess.run([*words, *fill(command, port), str(count), "0"], capture_output=True, text=True, timeout=600)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode or not found:
            return None
        counts.append(int(found[1]))
    return (counts[1] - counts[0]) / (many - few)


def rounds(commands: dict[str, list[str]], port: int, number: int, *arguments: object) -> dict[str, dict[str, float]]:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(number):
        for name, command in commands.items():
            runs[name].append(measure(command, port, *arguments))
    return {name: {key: statistics.median(run[key] for run in done) for key in done[0]} for name, done in runs.items()}


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    compile_programs()
    with traffic() as port:
        bulk = rounds(CLIENTS, port, number, count, 0)
        paced = rounds(CLIENTS, port, max(1, number // 2), 3 * PACED_RATE, PACED_RATE)
        pings = rounds(PINGS, port, number, 20_000)
        native = {name: command for name, command in CLIENTS.items() if "Python" not in name}
        counted = {name: instructions(command, port, 20_000, 60_000) for name, command in native.items()}
    print(f"\n{count:,} recorded events over loopback, medians of {number} rounds; {platform.machine()}, {os.cpu_count()} cores\n")
    print(f"{'':36} {'events/s':>12} {'CPU µs/event':>13} {'paced CPU µs':>13} {'instr/event':>12} {'peak MB':>8}")
    for name, run in bulk.items():
        lost = "" if run["done"] >= count else f"  lost {count - run['done']:,.0f}"
        per_event = counted.get(name)
        print(
            f"{name:36} {run['done'] / run['seconds']:12,.0f} {run['cpu_seconds'] / run['done'] * 1e6:13.2f}"
            f" {paced[name]['cpu_seconds'] / paced[name]['done'] * 1e6:13.2f}"
            f" {per_event if per_event is None else format(per_event, ',.0f')!s:>12} {run['peak_kb'] / 1024:8.1f}{lost}"
        )
    print(f"\n{'':36} {'pings/s':>12} {'µs each':>13} {'CPU µs each':>13}")
    for name, run in pings.items():
        each = run["seconds"] / run["done"] * 1e6
        print(f"{name:36} {run['done'] / run['seconds']:12,.0f} {each:13.1f} {run['cpu_seconds'] / run['done'] * 1e6:13.1f}")
    figures = {"events": count, "bulk": bulk, "paced": paced, "pings": pings, "instructions": counted}
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
