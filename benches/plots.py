"""The figures as pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import tables
from programs import BUILD

matplotlib.use("svg")
from matplotlib import pyplot

# Text as text: as outlines it would be most of the file.
matplotlib.rcParams["svg.fonttype"] = "none"

COLOURS = {"floor": "#8c8c8c", "libami": "#1f77b4", "peer": "#e08a3c"}


def save(figure: Any, name: str) -> None:
    """As SVG for pages and as PNG for everything else."""
    for ending in ("svg", "png"):
        figure.savefig(BUILD / f"{name}.{ending}", dpi=90, bbox_inches="tight")
    pyplot.close(figure)
    print(f"{Path(BUILD.name) / name}.svg and .png show it")


def machine(report: tables.Report) -> str:
    said = report["machine"]
    return f"{said['processor']}, {said['cores']} cores, Linux {said['kernel']}, libami {said['libami']}"


PANELS: dict[str, Callable[[tables.Report, str], float | None]] = {
    "events a second": lambda report, name: tables.rate(report, name, "events"),
    "CPU µs an event, in bulk": lambda report, name: tables.cpu_us(report, name, "events"),
    "CPU µs an event, paced": lambda report, name: tables.cpu_us(report, name, "paced"),
    "Ping round trip, µs": lambda report, name: tables.figure(report, name, "ping", "median_us"),
    "Pings a second, many at once": lambda report, name: tables.rate(report, name, "pipelined"),
    "Pings a second, 64 in flight": lambda report, name: tables.rate(report, name, "window"),
    "KB an idle session": lambda report, name: tables.figure(report, name, "sessions", "kb_each"),
    "MB with a handler that takes 1 ms": lambda report, name: tables.times(
        tables.figure(report, name, "slow", "peak_kb"), 1 / 1024
    ),
    "ms the server waits for that handler": lambda report, name: tables.figure(
        report, name, "slow", "server_stall_ms"
    ),
}


def show(report: tables.Report) -> None:
    names = [name for name in report["programs"] if name not in report["missing"]]
    panels = {
        title: values
        for title, value in PANELS.items()
        if any(values := [value(report, name) for name in names])
    }
    if not panels:
        return
    rows = (len(panels) + 1) // 2
    figure, axes = pyplot.subplots(
        rows, 2, figsize=(15, 1 + rows * (0.8 + 0.24 * len(names))), squeeze=False, layout="constrained"
    )
    for axis, (title, values) in zip(axes.flat, panels.items(), strict=False):
        bars(axis, report, title, names, values)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    figure.suptitle(f"libami beside the floor and its peers; hatched: it loses events\n{machine(report)}")
    save(figure, "bench")


def bars(axis: Any, report: tables.Report, title: str, names: list[str], values: list[float | None]) -> None:
    axis.set_title(title)
    axis.set_xscale("log")
    shown = [value for value in values if value and value > 0]
    axis.set_xlim(min(shown) / 2, max(shown) * 4)
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        if value is not None:
            lossy = any("loses" in remark for remark in tables.remarks(report, name))
            axis.barh(
                at,
                max(value, 0),
                color=COLOURS[report["families"][name]],
                hatch="///" if lossy else None,
                edgecolor="white",
            )
            form = ",.0f" if value >= 100 else ".1f" if value >= 1 else ".2f"
            axis.text(max(value, min(shown) / 2) * 1.05, at, format(value, form), va="center", fontsize=8)
        else:
            axis.text(min(shown) / 1.9, at, "-", va="center", fontsize=8, color="grey")
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.set_ylim(len(names) - 0.4, -0.6)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
