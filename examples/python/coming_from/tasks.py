"""The arguments of the programs in this folder: HOST PORT USER SECRET TASK."""

import sys
from collections.abc import Collection
from typing import NamedTuple

PHONE, EXTENSION = "Local/hold@default", "short"
"""A phone, and the extension that its call is connected to."""


class Server(NamedTuple):
    """The place and the account to log in with."""

    host: str
    port: int
    username: str
    secret: str


def chosen(usage: str | None, tasks: Collection[str]) -> tuple[Server, str]:
    """The server and the task of the command line; without them the program ends."""
    if len(sys.argv) != 6 or not sys.argv[2].isdecimal() or sys.argv[5] not in tasks:
        print(f"{usage}\nTASK is one of: {', '.join(tasks)}", file=sys.stderr)
        sys.exit(2)
    host, port, username, secret, task = sys.argv[1:]
    return Server(host, int(port), username, secret), task
