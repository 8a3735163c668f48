"""`libami ping`: how long the server takes to answer."""

from __future__ import annotations

import argparse
import time
from typing import Any

from libami.cli import options, settings
from libami.cli.output import DONE, Output, counted


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "ping",
        "measure how long the server takes to answer",
        "Log in, send Pings one after the other, and show how long each answer took, and the statistics of "
        "all.",
    )
    parser.add_argument(
        "-n", "--count", type=options.count, default=4, metavar="NUMBER", help="how many; 4 by default"
    )
    parser.add_argument(
        "-i",
        "--interval",
        type=options.seconds,
        default=1.0,
        metavar="SECONDS",
        help="the pause between two; 1 by default",
    )
    options.add_timeout(parser, "the longest that an answer may take; 10 by default")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    more = {} if arguments.timeout is None else {"action_timeout": arguments.timeout}
    with settings.opened(settings.client(arguments, event_mask="off", **more)) as client:
        settings.tell(out, client)
        taken: list[float] = []
        try:
            for number in range(1, arguments.count + 1):
                if number > 1:
                    time.sleep(arguments.interval)
                taken.append(client.ping())
                if out.is_json:
                    out.json({"number": number, "seconds": taken[-1]})
                else:
                    out.line(f"answer {number}: {_milliseconds(taken[-1])}")
                out.flush()
        finally:
            _sum_up(out, taken)
    return DONE


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms"


def _sum_up(out: Output, taken: list[float]) -> None:
    if not taken:
        return
    found = {
        "shortest": min(taken),
        "mean": sum(taken) / len(taken),
        "median": sorted(taken)[len(taken) // 2],
        "longest": max(taken),
    }
    if out.is_json:
        out.json({"answers": len(taken), **found})
    else:
        words = ", ".join(f"{name} {_milliseconds(value)}" for name, value in found.items())
        out.line(f"{counted(len(taken), 'answer')}: {words}")
