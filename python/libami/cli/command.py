"""`libami command`: a command of the server's CLI, and its text."""

from __future__ import annotations

import argparse
from typing import Any

from libami._errors import CommandError
from libami.cli import options, settings
from libami.cli.output import DONE, Output, exit_code


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "command",
        "run a command of the server's CLI",
        "Run a command of the server's CLI and write its text as it is, as asterisk -rx does.",
    )
    parser.add_argument("line", metavar="LINE", nargs="+", help='the command, such as "core show channels"')
    options.add_timeout(parser, "the longest that it may take; 10 by default")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    with settings.opened(settings.client(arguments, event_mask="off")) as client:
        try:
            text = client.command(" ".join(arguments.line), timeout=arguments.timeout)
        except CommandError as error:
            # The CLI's own words say it best.
            printed = error.peer_message or str(error)
            out.complain(printed.strip(), code=error.code, name=error.name, server=error.peer_message)
            return exit_code(error)
    if out.is_json:
        out.json({"output": text})
    else:
        out.text(text)
    return DONE
