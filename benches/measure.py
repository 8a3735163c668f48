"""Measures libami beside the floor and its peers, in one run: interleaved rounds, medians.

Prints a table; build/bench.json has the figures, build/bench.svg and .png show them.

    make bench BENCH="--quick"                      little of each, to see that all works
    make bench BENCH="--only events,pings"          of events, pings, beside, sessions, slow, flood, tls,
                                                    views, parsing
    make bench BENCH="--clients libami,panoramisk"  those with such a word in their names, and the floor
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import plots
import programs
import tables
from programs import (
    BENCH,
    BESIDE,
    BUILD,
    CAPTURE,
    EVENTS,
    FLOOD,
    PARTS,
    PINGS,
    ROOT,
    SESSIONS,
    SLOW,
    TLS,
    VIEWS,
    Program,
)
from running import (
    CLIENT_CPU,
    SERVER_CPU,
    Figures,
    Server,
    certificate,
    instructions,
    measure,
    start,
    traffic,
)

PARSING = "parsing"
Results = dict[str, dict[str, Figures]]
"""Program, kind of run, figures."""


@dataclass(frozen=True)
class Extent:
    """How much is measured. What takes longer than `seconds` is given fewer events."""

    rounds: int = 5
    events: int = 1_000_000
    seconds: float = 1.5
    paced_rounds: int = 3
    paced_rate: int = 10_000
    paced_seconds: float = 2
    pings: int = 10_000
    pipelined: int = 20_000
    our_pipelined: int = 200_000
    window: int = 20_000
    our_window: int = 200_000
    sessions: int = 500
    our_sessions: int = 9_000
    slow_seconds: int = 5
    flood_seconds: int = 5
    beside_seconds: int = 3
    tls_sessions: int = 1_000


QUICK = Extent(
    rounds=1,
    events=200_000,
    seconds=0.3,
    paced_rounds=1,
    paced_seconds=0.3,
    pings=1_000,
    pipelined=5_000,
    our_pipelined=50_000,
    window=5_000,
    our_window=50_000,
    sessions=100,
    our_sessions=500,
    slow_seconds=2,
    flood_seconds=2,
    beside_seconds=1,
    tls_sessions=100,
)


def rounds(number: int, wanted: Iterable[Program], run: Callable[[Program], Figures]) -> dict[str, Figures]:
    """Each round runs each program once, so that what disturbs the machine for a while disturbs all."""
    runs: dict[str, list[Figures]] = {}
    for _, program in itertools.product(range(number), list(wanted)):
        done = runs.setdefault(program.name, [])
        # What does not work does not do so again and again.
        if not done or "seconds" in done[-1]:
            print(f"\r{program.name:40}", end="", file=sys.stderr, flush=True)
            done.append(run(program))
    print("\r" + 40 * " ", end="\r", file=sys.stderr, flush=True)
    return {name: median(done) for name, done in runs.items()}


def median(runs: list[Figures]) -> Figures:
    if "seconds" not in runs[-1]:
        return runs[-1]
    return {
        key: value if value is None else statistics.median(run[key] for run in runs)
        for key, value in runs[0].items()
    }


def recorded() -> list[int]:
    """Of each recorded event, how long the two headers are that are read."""
    events = CAPTURE.read_bytes().split(b"\n", 1)[1].split(b"\r\n\r\n")
    wanted = (b"Channel", b"Uniqueid")
    return [
        sum(
            len(line.partition(b": ")[2])
            for line in event.split(b"\r\n")
            if line.partition(b": ")[0] in wanted
        )
        for event in events
        if event.startswith(b"Event:")
    ]


def measure_events(wanted: list[Program], extent: Extent, results: Results) -> None:
    lengths = recorded()
    counts: dict[str, int] = {}

    def count_for(program: Program) -> int:
        """The peers are given what they do in the time that there is; ours have no choice."""
        if program.family != "peer":
            return extent.events
        for few in (500, 5_000):
            first = measure(program, server, "events", few)
            rate = first["done"] / first["seconds"] if first.get("done") else 0
            if rate < 10 * few:
                break
        return max(500, min(extent.events, int(rate * extent.seconds)))

    def bulk(program: Program) -> Figures:
        count = counts[program.name]
        figures = measure(program, server, "events", count)
        if "seconds" in figures:
            figures["sent"] = count
            # All of them so many times, and some of them once more.
            whole, rest = divmod(count, len(lengths))
            figures["expected"] = whole * sum(lengths) + sum(lengths[:rest])
        return figures

    def paced(program: Program) -> Figures:
        count = min(counts[program.name], int(extent.paced_rate * extent.paced_seconds))
        return measure(program, server, "events", count, extent.paced_rate) | {"sent": count}

    with traffic() as server:
        counts = {program.name: count_for(program) for program in wanted}
        collect(results, "events", rounds(extent.rounds, wanted, bulk))
        collect(results, "paced", rounds(extent.paced_rounds, wanted, paced))
        for program in wanted:
            if program.is_native and extent != QUICK:
                few, many = (
                    instructions([*program.command, str(server.port), "events", str(count)])
                    for count in (20_000, 60_000)
                )
                if few and many and "seconds" in results[program.name]["events"]:
                    results[program.name]["events"]["instructions"] = (many - few) / 40_000


def measure_pings(wanted: list[Program], extent: Extent, results: Results) -> None:
    """Pinned to a processor each: put as the system likes, there are two kinds of round trips."""
    with traffic(SERVER_CPU) as server:

        def ping(program: Program) -> Figures:
            return measure(program, server, "ping", extent.pings, cpu=CLIENT_CPU)

        collect(results, "ping", rounds(extent.rounds, wanted, ping))
    counts = {
        "pipelined": {"peer": extent.pipelined, "libami": extent.our_pipelined},
        "window": {"peer": extent.window, "libami": extent.our_window},
    }
    for mode in counts:
        with traffic() as server:

            def many(program: Program, server: Server = server, mode: str = mode) -> Figures:
                is_slow = program.family == "peer" or "Python floor" in program.name
                return measure(program, server, mode, counts[mode]["peer" if is_slow else "libami"])

            collect(results, mode, rounds(extent.rounds, wanted, many))


def measure_beside(wanted: list[Program], extent: Extent, results: Results) -> None:
    """Pings beside events: the slowest of a hundred, and of a thousand."""
    for load in tables.LOADS:
        with traffic() as server:

            def ping(program: Program, server: Server = server, load: str = load) -> Figures:
                figures = measure(program, server, "beside", load, extent.beside_seconds)
                # It says what it has sent once the client is gone.
                server.tells()
                return figures

            # On the one thread of the floor a slow handler holds up all the rest.
            fit = [program for program in wanted if program.family != "floor" or load != "slow"]
            collect(results, f"beside {load}", rounds(extent.paced_rounds, fit, ping))


def measure_sessions(wanted: list[Program], extent: Extent, results: Results) -> None:
    with traffic() as server:

        def hold(program: Program) -> Figures:
            is_ours = program.family != "peer"
            return measure(program, server, "sessions", extent.our_sessions if is_ours else extent.sessions)

        collect(results, "sessions", rounds(1, wanted, hold))


def measure_slow(wanted: list[Program], extent: Extent, results: Results) -> None:
    with traffic() as server:

        def slow(program: Program) -> Figures:
            figures = measure(program, server, "slow", extent.slow_seconds)
            return figures | {f"server_{name}": value for name, value in server.tells().items()}

        collect(results, "slow", rounds(1, wanted, slow))


def measure_flood(wanted: list[Program], extent: Extent, results: Results) -> None:
    with traffic() as server:

        def flood(program: Program) -> Figures:
            return measure(program, server, "flood", extent.flood_seconds)

        collect(results, "flood", rounds(extent.paced_rounds, wanted, flood))


def measure_tls(wanted: list[Program], extent: Extent, results: Results) -> None:
    """The same through TLS, beside OpenSSL."""
    if not (BENCH / "traffic_tls").is_file():
        return
    *own, authority = certificate()
    runs: dict[str, tuple[object, ...]] = {
        "events": (extent.events, "0"),
        "paced": (int(extent.paced_rate * extent.paced_seconds), extent.paced_rate),
        "ping": (extent.pings,),
        "window": (extent.our_window,),
        "sessions": (extent.tls_sessions,),
    }
    for mode in runs:
        with traffic(SERVER_CPU if mode == "ping" else None, own) as server:

            def through(program: Program, server: Server = server, mode: str = mode) -> Figures:
                safe = replace(program, environment={**program.environment, "BENCH_TLS": str(authority)})
                kind, cpu = "events" if mode == "paced" else mode, CLIENT_CPU if mode == "ping" else None
                return measure(safe, server, kind, *runs[mode], cpu=cpu)

            number = 1 if mode == "sessions" else extent.paced_rounds
            collect(results, f"tls {mode}", rounds(number, wanted, through))


def measure_views(wanted: list[Program], extent: Extent, results: Results) -> None:
    """Events of one name, and views of them. A round has both, so that what disturbs it disturbs both."""
    banner, frames = CAPTURE.read_bytes().split(b"\n", 1)
    hangups = re.compile(rb"Event: Hangup\r\n(?:.+\r\n)+\r\n")
    capture = BENCH / "hangups.ami"
    capture.write_bytes(b"\n".join([banner, b"".join(hangups.findall(frames))]))
    with traffic(capture=capture) as server:

        def both(program: Program) -> Figures:
            raw, views = (measure(program, server, mode, extent.events) for mode in ("raw", "views"))
            return views | {f"raw_{name}": value for name, value in raw.items()}

        collect(results, "views", rounds(extent.rounds, wanted, both))


def collect(results: Results, kind: str, figures: dict[str, Figures]) -> None:
    for name, run in figures.items():
        results.setdefault(name, {})[kind] = run


def measure_parsing(extent: Extent) -> dict[str, Figures]:
    """Without any input and output: the parser beside a loop in C, in memory."""
    times = 200 if extent == QUICK else 2_000
    commands = {"C loop": [BENCH / "parse", CAPTURE], "libami parser": [BENCH / "parse_libami"]}
    # The parser's arguments are criterion's, so its count is in the environment.

    def run(program: Program) -> Figures:
        return start([*program.command, str(times)], {"PARSE_COUNT": str(times)})

    wanted = [Program(name, "libami", command) for name, command in commands.items()]
    figures = rounds(extent.rounds, wanted, run)
    for name, command in commands.items():
        few, many = (instructions([*command, str(count)], PARSE_COUNT=str(count)) for count in (10, 30))
        if few and many:
            figures[name]["instructions"] = (many - few) / 20 / (figures[name]["done"] / times)
    return figures


def first_line(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.split("\n")[0]
    except FileNotFoundError:
        return "none"


def machine() -> dict[str, str | int]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next(
        (line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    changed = first_line("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "compiler": first_line("cc", "--version"),
        "rust": first_line("rustc", "--version").removeprefix("rustc "),
        "python": platform.python_version(),
        "node": first_line("node", "--version"),
        "libami": first_line("git", "rev-parse", "--short", "HEAD") + (", changed" if changed else ""),
    }


def interpreter_kb() -> int:
    """What Python takes before any client is there."""
    code = "import asyncio, driver; print(driver.own('VmHWM'))"
    return int(first_line("env", f"PYTHONPATH={programs.BENCHES}", sys.executable, "-c", code))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only see that all works")
    parser.add_argument("--only", default="", metavar="PARTS", help=", ".join([PARSING, *PARTS]))
    parser.add_argument(
        "--clients", default="", metavar="WORDS", help="words of names, such as libami or node"
    )
    given = parser.parse_args()
    unknown = set(filter(None, given.only.split(","))) - {PARSING, *PARTS}
    if unknown:
        parser.error(
            f"there is no part {', '.join(sorted(unknown))}; there are {', '.join([PARSING, *PARTS])}"
        )
    return given


def main() -> int:
    given = arguments()
    extent = QUICK if given.quick else Extent()
    parts = [part for part in (PARSING, *PARTS) if not given.only or part in given.only.split(",")]
    wanted = programs.programs(given.clients)
    results: Results = {program.name: {} for program in wanted}
    report: tables.Report = {
        "machine": machine(),
        "extent": asdict(extent),
        "interpreter_kb": interpreter_kb(),
        "families": {program.name: program.family for program in wanted},
        "missing": {program.name: program.missing for program in wanted if program.missing},
        "programs": results,
    }
    if PARSING in parts:
        report["parsing"] = measure_parsing(extent)
    measures = {
        EVENTS: measure_events,
        PINGS: measure_pings,
        BESIDE: measure_beside,
        SESSIONS: measure_sessions,
        SLOW: measure_slow,
        FLOOD: measure_flood,
        TLS: measure_tls,
        VIEWS: measure_views,
    }
    for part in filter(measures.get, parts):
        measures[part]([program for program in wanted if part in program.parts], extent, results)
    report["goals"] = tables.goals(report)
    (BUILD / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    tables.show(report)
    plots.show(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
