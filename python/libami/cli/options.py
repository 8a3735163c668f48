"""The options that several commands share, and the types of their values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

LONGEST = 1e6
"""The most seconds that any option takes."""
_CONNECTION = (
    "context",
    "host",
    "username",
    "secret_file",
    "tls",
    "ca_file",
    "local",
    "connect_timeout",
)
"""The options of `add_connection`."""


_HINTS = {
    "--port": "the port of a server stands behind its host: -H HOST:PORT",
    "--secret": "other users of the machine could read it there: use --secret-file FILE or LIBAMI_SECRET",
    "--password": "a secret is in a file (--secret-file FILE) or in LIBAMI_SECRET",
}
"""The words for options that people look for, and that there are not."""


class Parser(argparse.ArgumentParser):
    """A parser that knows what was meant."""

    _given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given = sys.argv[1:] if args is None else args
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        # Before the name of a command, it is the option's value that is taken for the command.
        is_unknown = message.startswith(("unrecognized arguments:", "argument COMMAND:"))
        for word in self._given if is_unknown else ():
            if hint := _HINTS.get(word.partition("=")[0]):
                super().error(f"there is no {word.partition('=')[0]} here; {hint}")
        super().error(message)


def refuse_connection(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Refuse the options of a connection for a command that makes none."""
    for name in _CONNECTION:
        if getattr(given, name) is not None:
            option = f"--{name.replace('_', '-')}"
            parser.error(f"{option} is of no use here: this command does not log in to a server")


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


def add_output(parser: argparse.ArgumentParser, default: Any = False, *, has_log: bool = True) -> None:
    """The options that say what is shown. A command without a connection has no log of one."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", default=default, help="write JSON, one document a line")
    group.add_argument(
        "-q", "--quiet", action="store_true", default=default, help="say nothing on stderr but errors"
    )
    if has_log:
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
    made.set_defaults(connects=connects)
    # Those that are not given here leave alone what was given before the command's name.
    if connects:
        add_connection(made, argparse.SUPPRESS)
    add_output(made, argparse.SUPPRESS, has_log=connects)
    return made


def seconds(text: str) -> float:
    """A time of more than nothing."""
    with suppress(ValueError):
        value = float(text)
        if 0 < value <= LONGEST:
            return value
    raise argparse.ArgumentTypeError(
        f'"{text}" is no number of seconds: more than 0, and {LONGEST:.0f} at most'
    )


def count(text: str) -> int:
    """A number of things, at least one."""
    return _whole(text, 1, 10**9)


def tcp_port(text: str) -> int:
    """A TCP port to listen on, 0 for any free one."""
    return _whole(text, 0, 65535)


def _whole(text: str, least: int, most: int) -> int:
    with suppress(ValueError):
        value = int(text)
        if least <= value <= most:
            return value
    raise argparse.ArgumentTypeError(f'"{text}" is no whole number from {least} to {most}')


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
