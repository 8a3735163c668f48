"""The options that several commands share, and the types of their values."""

from __future__ import annotations

import argparse
from typing import Any

LONGEST = 1e6
"""The most seconds that any option takes."""


def add_connection(parser: argparse.ArgumentParser, default: Any = None) -> None:
    """The options that say which server to connect to, and as whom."""
    group = parser.add_argument_group("connection")
    group.add_argument(
        "-C", "--context", metavar="NAME", default=default, help="the settings of this name in config.toml"
    )
    group.add_argument(
        "-H", "--host", metavar="HOST[:PORT]", default=default, help="the server; 127.0.0.1:5038 by default"
    )
    group.add_argument(
        "-u", "--username", metavar="NAME", default=default, help="a user of the server's manager.conf"
    )
    group.add_argument(
        "--secret-file", metavar="FILE", default=default, help="a file whose first line is the secret"
    )
    group.add_argument(
        "--tls", action="store_true", default=default, help="connect through TLS, to port 5039 by default"
    )
    group.add_argument(
        "--ca-file", metavar="FILE", default=default, help="the authority to trust; implies --tls"
    )
    group.add_argument(
        "--local",
        action="store_true",
        default=default,
        help="take address, user and secret from this machine's manager.conf",
    )
    group.add_argument(
        "--connect-timeout",
        metavar="SECONDS",
        type=seconds,
        default=default,
        help="the longest that connecting and the login may take; 10 by default",
    )


def add_output(parser: argparse.ArgumentParser, default: Any = False) -> None:
    """The options that say what is shown."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", default=default, help="write JSON, one document a line")
    group.add_argument(
        "-q", "--quiet", action="store_true", default=default, help="say nothing on stderr but errors"
    )
    group.add_argument(
        "-v",
        action="count",
        dest="verbosity",
        default=default or 0,
        help="show the steps of the connection on stderr; twice: details for those who look for a fault",
    )


def command(
    commands: Any, name: str, text: str, description: str | None = None, *, connects: bool = True
) -> argparse.ArgumentParser:
    """A subcommand's parser. It takes the shared options too, so that they can stand behind its name."""
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=description or f"{text[0].upper()}{text[1:]}.", allow_abbrev=False
    )
    # Those that are not given here leave alone what was given before the command's name.
    if connects:
        add_connection(made, argparse.SUPPRESS)
    add_output(made, argparse.SUPPRESS)
    return made


def seconds(text: str) -> float:
    """A time of more than nothing."""
    value = float(text)
    if not 0 < value <= LONGEST:
        raise ValueError
    return value


def count(text: str) -> int:
    """A number of things, at least one."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def add_timeout(parser: argparse.ArgumentParser, text: str) -> None:
    """The option that limits how long a command takes."""
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help=text)


def add_port(parser: argparse.ArgumentParser, text: str, *, required: bool = False) -> None:
    """The option that names a port of a gateway."""
    parser.add_argument("-p", "--port", metavar="PORT", required=required, help=text)


def add_watch(parser: argparse.ArgumentParser) -> None:
    """The option that shows a table again and again."""
    parser.add_argument(
        "--watch",
        nargs="?",
        type=seconds,
        const=2.0,
        metavar="SECONDS",
        help="show it anew so often, until interrupted; every 2 seconds by default",
    )
