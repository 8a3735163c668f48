"""How the cost of libami grows with what there is more of: headers, subscriptions, sessions, queues, lists.

Each has to grow in proportion or less. Prints a table; build/growth.json has the figures, build/growth.svg
and .png show them.

    make growth                       the whole
    make growth BENCH="--quick"       only see that all works
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import measure
import plots
import programs
from matplotlib import pyplot
from programs import BENCH, BUILD
from running import Figures, start, traffic


@dataclass(frozen=True)
class Kind:
    title: str
    unit: str
    """What the cost is told of: it must not grow."""
    sizes: Sequence[int]
    work: int
    """How many of these units there are in a run."""
    size_is_work: bool = True
    """Whether an event has as many units as the size says; otherwise it is one."""


KINDS = {
    "headers": Kind("headers an event", "a header", [4, 8, 16, 32, 64, 128, 256, 512, 1024], 4_000_000),
    "subscriptions": Kind(
        "subscriptions that want all", "a delivery", [1, 3, 10, 30, 100, 300, 1000], 2_000_000
    ),
    "strangers": Kind("subscriptions that want none", "a subscription", [10, 30, 100, 300, 1000], 50_000_000),
    "sessions": Kind(
        "sessions that share the events",
        "an event",
        [1, 3, 10, 30, 100, 300, 1000, 3000, 9000],
        200_000,
        size_is_work=False,
    ),
    "queue": Kind(
        "events in a full queue",
        "an event",
        [10, 100, 1000, 10_000, 100_000, 1_000_000],
        2_000_000,
        size_is_work=False,
    ),
    "list": Kind(
        "entries of a list",
        "an entry",
        [10, 100, 1000, 10_000, 100_000, 500_000],
        500_000,
        size_is_work=False,
    ),
}
ROUNDS = 3
QUICK = 5
"""So many times less work."""
LINEAR = 1.15
"""The power of the size that the whole cost may grow with: 1 and what measuring is off by."""


def run(kind: str, size: int, work: int) -> Figures:
    events = max(work // size if KINDS[kind].size_is_work else work, 1)
    # A server for each: thousands of sessions take their time to go.
    with traffic() as server:
        figures = start([BENCH / "growth", kind, str(server.port), str(size), str(events)], {})
    if "seconds" in figures:
        units = events * size if KINDS[kind].size_is_work else figures["done"]
        figures |= {"ns": figures["seconds"] / units * 1e9, "cpu_ns": figures["cpu_seconds"] / units * 1e9}
    return figures


def power(sizes: Sequence[int], cpu_ns: Sequence[float]) -> float:
    """With which power of the size the whole cost grows: the slope between the logarithms. Only the larger
    half is looked at, as small ones cost what everything else does."""
    at = (len(sizes) - 1) // 2
    points = [(math.log(size), math.log(cost)) for size, cost in zip(sizes[at:], cpu_ns[at:], strict=True)]
    return 1 + statistics.linear_regression(*zip(*points, strict=True)).slope


def measured(kind: str, quick: bool) -> dict[str, Any]:
    sizes = KINDS[kind].sizes[:: 3 if quick else 1]
    work = KINDS[kind].work // (QUICK if quick else 1)
    print(f"{kind} {', '.join(f'{size:,}' for size in sizes)}", file=sys.stderr, flush=True)
    runs: dict[int, list[Figures]] = {size: [] for size in sizes}
    for _ in range(1 if quick else ROUNDS):
        for size in sizes:
            runs[size].append(run(kind, size, work))
    figures = [measure.median(runs[size]) for size in sizes]
    failed = [figure["failed"] for figure in figures if "failed" in figure]
    if failed:
        return {"failed": failed[0]}
    grows = power(sizes, [figure["cpu_ns"] for figure in figures])
    return {
        "sizes": sizes,
        "ns": [figure["ns"] for figure in figures],
        "cpu_ns": [figure["cpu_ns"] for figure in figures],
        "peak_kb": [figure["peak_kb"] for figure in figures],
        "power": grows,
        "linear": grows <= LINEAR,
    }


def show(report: dict[str, Any]) -> None:
    print(f"\n{'':32}{'least':>10}{'most':>10}   ns of CPU, from the least to the most")
    for kind, found in report["growth"].items():
        if "failed" in found:
            print(f"{KINDS[kind].title:32}{found['failed']}")
            continue
        costs = " ".join(f"{cost:,.0f}" for cost in found["cpu_ns"])
        verdict = "linear or better" if found["linear"] else "MORE THAN LINEAR"
        print(
            f"{KINDS[kind].title:32}{found['sizes'][0]:>10,}{found['sizes'][-1]:>10,}   {costs} "
            f"{KINDS[kind].unit}: grows with the power {found['power']:.2f}, {verdict}"
        )


def draw(report: dict[str, Any]) -> None:
    figure, axes = pyplot.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for axis, (kind, found) in zip(axes.flat, report["growth"].items(), strict=True):
        axis.set_title(KINDS[kind].title)
        if "failed" in found:
            continue
        axis.loglog(found["sizes"], found["cpu_ns"], "o-", label=f"CPU ns {KINDS[kind].unit}")
        axis.loglog(found["sizes"], found["ns"], "s--", label=f"ns {KINDS[kind].unit}")
        memory = axis.twinx()
        memory.plot(found["sizes"], [kb / 1024 for kb in found["peak_kb"]], ":", color="grey")
        memory.set_ylim(bottom=0)
        memory.set_ylabel("peak MB", color="grey")
        axis.set_ylim(min(found["cpu_ns"] + found["ns"]) / 4, max(found["cpu_ns"] + found["ns"]) * 4)
        axis.legend(title=f"power {found['power']:.2f}", fontsize=8)
        axis.grid(alpha=0.3)
    figure.suptitle(f"what one costs, against how many there are; flat is linear\n{plots.machine(report)}")
    plots.save(figure, "growth")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only see that all works")
    quick = parser.parse_args().quick
    programs.build_c("traffic", "growth")
    report = {"machine": measure.machine(), "growth": {kind: measured(kind, quick) for kind in KINDS}}
    (BUILD / "growth.json").write_text(json.dumps(report, indent=2) + "\n")
    show(report)
    draw(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
