"""`libami doctor`: why it does not connect, or why something is missing once it has."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from libami.cli import options, settings
from libami.cli.output import DONE, Failure, Output, counted

if TYPE_CHECKING:
    from libami.cli.finding import Finding


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "doctor",
        "find out why it does not connect, or what is missing",
        "Look at a connection step by step: the name, the port, what answers there, TLS, the login, "
        "permissions, events. For each thing that is wrong it says what was seen, what that means, and the "
        "line to change. It changes nothing; an event UserEvent of its own is all that it sends to others.",
    )
    parser.add_argument(
        "--patience",
        type=options.seconds,
        default=3.0,
        metavar="SECONDS",
        help="how long each step waits for an answer; 3 by default",
    )
    parser.add_argument(
        "--again-after",
        type=options.seconds,
        default=31.0,
        metavar="SECONDS",
        help="when the server hangs up without a word, try again after this time; 31 by default, "
        "a little more than its authtimeout",
    )
    parser.add_argument(
        "--needs",
        action="append",
        default=[],
        metavar="ACTION",
        help="an action that the account must be allowed to send; may be given several times",
    )
    parser.add_argument("--gateway", action="store_true", help="look for the commands of a GSM gateway too")
    parser.add_argument(
        "--calls",
        type=_extension,
        metavar="EXTEN@CONTEXT",
        help="make a call to this extension by a Local channel, to see which of its events come",
    )
    parser.add_argument(
        "--listen", type=options.seconds, metavar="SECONDS", help="take in events for so long, and count them"
    )
    parser.add_argument(
        "--idle",
        type=options.seconds,
        metavar="SECONDS",
        help="be silent for so long, and see if the connection still works",
    )
    parser.set_defaults(run=run)


def _extension(text: str) -> str:
    exten, at, context = text.partition("@")
    if not exten or not at or not context:
        raise argparse.ArgumentTypeError(f'"{text}" is not EXTEN@CONTEXT, such as 100@default')
    return text


def _findings(arguments: argparse.Namespace) -> Iterator[Finding]:
    from libami.cli.examination import examine
    from libami.cli.finding import unusable

    try:
        given = settings.address(arguments)
    except Failure as error:
        yield unusable(error, "so the server is not known, and nothing was looked at")
        return
    yield from examine(arguments, given)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    found: list[Finding] = []
    for finding in _findings(arguments):
        finding.show(out)
        found.append(finding)
    problems = [each for each in found if each.level == "problem"]
    out.say(counted(len(problems), "problem"))
    return problems[0].code if problems else DONE
