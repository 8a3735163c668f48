"""`libami sms bulk`: the messages of a CSV file, each once, however often the run is interrupted."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from libami.cli import options


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "bulk",
        "send the messages of a CSV file, each once",
        "Send the messages of a CSV file. Its first line names the columns: to and text, and port and id if "
        "wanted. The whole file is checked before anything is sent. A journal beside it notes each message "
        "before it is sent and what became of it, so a second run sends what the first one did not, and "
        "nothing twice.",
    )
    parser.add_argument("file", metavar="FILE.csv", type=Path, help="the messages, as UTF-8")
    parser.add_argument(
        "--journal", metavar="FILE", type=Path, help="the journal; FILE.csv.journal by default"
    )
    parser.add_argument(
        "--rate",
        type=rate,
        metavar="NUMBER/UNIT",
        help="the most messages in a time, in all: 10/s (or just 10), 30/m or 500/h",
    )
    options.add_port(parser, "the GSM port for messages that name none; by default the gateway chooses")
    options.add_timeout(parser, "how long the gateway tries to send each part")
    parser.add_argument("--report", action="store_true", help="ask the network for a report of each delivery")
    parser.add_argument(
        "--retry-failed", action="store_true", help="send again those that failed in an earlier run"
    )
    parser.add_argument(
        "--resend-unknown",
        action="store_true",
        help="send again those whose outcome is unknown, which people may then get twice",
    )
    parser.add_argument(
        "--give-up",
        type=options.count,
        default=20,
        metavar="NUMBER",
        help="end when so many in a row were not sent; 20 by default",
    )
    parser.add_argument("--dry-run", action="store_true", help="check everything and send nothing")
    parser.set_defaults(run=run)


def rate(text: str) -> float:
    """The seconds between two messages."""
    number, slash, unit = text.partition("/")
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    with suppress(ValueError, ZeroDivisionError):
        if unit in units or not slash:
            pause = units[unit or "s"] / float(number)
            if 0 < pause < options.LONGEST and float(number) < options.LONGEST:
                return pause
    raise argparse.ArgumentTypeError(f'"{text}" is no rate: a number of more than 0, then /s, /m or /h')


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from libami.cli.sending import send

    return send(arguments)
