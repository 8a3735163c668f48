"""The command `libami`. Each subcommand is a module of this package that has two functions: `add` makes its
parser, and `run` does its work and returns the exit code. Both are called by `main` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

COMMANDS = (
    "doctor",
    "ping",
    "action",
    "command",
    "events",
    "channels",
    "queues",
    "endpoints",
    "ports",
    "sms",
    "ussd",
    "record",
    "replay",
    "simulate",
    "completion",
)
"""The modules, in the order of `libami --help`."""

_CODES = """exit codes:
  0  done                    5    the account lacks a permission
  1  refused, or failed      6    sent, and the outcome is unknown
  2  wrong usage             7    it took too long
  3  no connection           130  interrupted by Ctrl-C
  4  the login was refused   141  the reader of the output has gone
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    import argparse
    import importlib

    from libami import _native
    from libami.cli import options

    made = options.Parser(
        prog="libami",
        description="Tools for the Asterisk Manager Interface and for GSM gateways.",
        epilog=_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"libami {_native.__version__}")
    options.add_connection(made)
    options.add_output(made)
    commands = made.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name in COMMANDS:
        importlib.import_module(f"libami.cli.{name}").add(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code. Wrong usage, `--help` and `--version` raise SystemExit."""
    # Ctrl-C may come while modules are imported.
    try:
        from libami.cli import options, output

        made = parser()
        given = made.parse_args(arguments)
        if given.command is None:
            made.print_help()
            return output.DONE
        if not getattr(given, "connects", False):
            options.refuse_connection(made, given)
        return output.guard(given)
    except KeyboardInterrupt:
        return 130
