"""Measures libami beside the floor, in one run: interleaved rounds, medians, instruction counts.

Prints a table; build/bench.json has the figures.
Arguments: the number of events in bulk (1,000,000 unless given) and of rounds (5).
"""

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
Figures = dict[str, float]

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
    for name, extra in {"traffic": [], "floor": [], "parse": [], "libami": link}.items():
        command = [
            "cc",
            "-O2",
            "-Wall",
            "-Wextra",
            f"benches/{name}.c",
            "-o",
            str(BENCH / name),
            "-pthread",
            *extra,
        ]
        subprocess.run(command, cwd=ROOT, check=True)
    command = ["cargo", "bench", "--no-run", "--quiet", "--no-default-features", "--bench", "parse"]
    command += ["--message-format", "json", "--target-dir", "target/bench"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    built = [json.loads(line) for line in done.stdout.splitlines()]
    parse = next(item["executable"] for item in built if item.get("target", {}).get("name") == "parse")
    shutil.copy(parse, BENCH / "parse_libami")


@contextmanager
def traffic() -> Iterator[int]:
    """The traffic server; yields its port."""
    server = subprocess.Popen(
        [BENCH / "traffic", CAPTURE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline().split()[0])
    finally:
        server.communicate(timeout=60)


def fill(command: list[str], port: int) -> list[str]:
    places = {"bench": BENCH, "python": sys.executable, "here": ROOT / "benches", "port": port}
    return [word.format(**places) for word in command]


def measure(words: list[str]) -> Figures:
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=600, check=True, env=environment(words)
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def environment(words: list[str]) -> dict[str, str]:
    """The parser's benchmark takes its count from the environment: its arguments are criterion's."""
    return {**os.environ, "PARSE_COUNT": words[-1]}


def instructions(words: list[str]) -> int | None:
    """How many instructions a command takes."""
    if shutil.which("valgrind") is None:
        return None
    counter = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    done = subprocess.run(
        [*counter, *words], capture_output=True, text=True, timeout=600, env=environment(words)
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found[1]) if done.returncode == 0 and found else None


def instructions_each(
    command: list[str], few: int, many: int, tail: list[str], unit: float = 1
) -> float | None:
    """What more of them take more, so that starting up does not count."""
    counts = [instructions([*command, str(count), *tail]) for count in (few, many)]
    return None if None in counts else (counts[1] - counts[0]) / (many - few) / unit  # type: ignore[operator]


def rounds(commands: dict[str, list[str]], number: int, *arguments: object) -> dict[str, Figures]:
    runs: dict[str, list[Figures]] = {name: [] for name in commands}
    for _ in range(number):
        for name, command in commands.items():
            runs[name].append(measure([*command, *map(str, arguments)]))
    return {
        name: {key: statistics.median(run[key] for run in done) for key in done[0]}
        for name, done in runs.items()
    }


def row(name: str, *cells: str) -> None:
    print(f"{name:36}" + "".join(f"{cell:>14}" for cell in cells))


def count_of(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def measure_parsing(number: int) -> dict[str, Figures]:
    commands = {
        "C loop": [str(BENCH / "parse"), str(CAPTURE)],
        "libami parser": [str(BENCH / "parse_libami")],
    }
    figures = rounds(commands, number, 2000)
    row("parsing in memory", "messages/s", "µs each", "instr. each", "by C loop")
    floor = figures["C loop"]["seconds"]
    for name, run in figures.items():
        run["instructions"] = instructions_each(commands[name], 10, 30, [], run["done"] / 2000) or 0
        each = run["seconds"] / run["done"]
        row(
            name,
            count_of(1 / each),
            f"{each * 1e6:.3f}",
            count_of(run["instructions"]),
            f"{run['seconds'] / floor:.2f}",
        )
    return figures


def measure_events(port: int, count: int, number: int) -> dict[str, Figures]:
    commands = {name: fill(command, port) for name, command in CLIENTS.items()}
    figures = rounds(commands, number, count, 0)
    paced = rounds(commands, max(1, number // 2), 3 * PACED_RATE, PACED_RATE)
    row("\nevents", " events/s", "CPU µs each", "paced CPU µs", "instr. each", "peak MB")
    for name, run in figures.items():
        run["paced_cpu_us"] = paced[name]["cpu_seconds"] / paced[name]["done"] * 1e6
        if "Python" not in name:
            run["instructions"] = instructions_each(commands[name], 20_000, 60_000, ["0"]) or 0
        row(
            name,
            count_of(run["done"] / run["seconds"]),
            f"{run['cpu_seconds'] / run['done'] * 1e6:.2f}",
            f"{run['paced_cpu_us']:.2f}",
            count_of(run.get("instructions")),
            f"{run['peak_kb'] / 1024:.1f}" + ("" if run["done"] >= count else " LOST"),
        )
    return figures


def measure_pings(port: int, number: int) -> dict[str, Figures]:
    figures = rounds({name: fill(command, port) for name, command in PINGS.items()}, number, 20_000)
    row("\npings", " pings/s", "µs each", "CPU µs each")
    for name, run in figures.items():
        each = run["seconds"] / run["done"] * 1e6
        row(name, count_of(1e6 / each), f"{each:.1f}", f"{run['cpu_seconds'] / run['done'] * 1e6:.1f}")
    return figures


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    compile_programs()
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(f"{count:,} recorded events over loopback, medians of {number} rounds; {machine}\n")
    figures: dict[str, object] = {"events": count, "machine": machine, "parsing": measure_parsing(number)}
    with traffic() as port:
        figures["events"] = measure_events(port, count, number)
        figures["pings"] = measure_pings(port, number)
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
