"""`libami events`: the server's events as they come."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from libami.cli import action, following, options, settings
from libami.cli.output import DONE, TIMEOUT, Output

if TYPE_CHECKING:
    from libami._native import Event


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "events",
        "show events as they come",
        "Show events as they come, until interrupted. Where some are missing, a marker says so.",
    )
    parser.add_argument(
        "-e",
        "--event",
        action="append",
        metavar="NAME",
        help='only events of this name, such as Hangup or "Queue*"; may be given several times',
    )
    parser.add_argument(
        "--where",
        action="append",
        type=action.header,
        metavar="KEY=PATTERN",
        default=[],
        help="only events with a header that fits, such as Cause=16 or Channel='PJSIP/*'; all must fit",
    )
    parser.add_argument("-n", "--count", type=options.count, metavar="NUMBER", help="end after so many")
    options.add_timeout(parser, "end after this time; with --count this is a failure")
    parser.add_argument("--mask", default="on", help='the classes to ask for, such as "call,agent"')
    parser.add_argument("--reconnect", action="store_true", help="connect again when the connection is lost")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from libami._peer import Reconnect

    out: Output = arguments.output
    again = Reconnect() if arguments.reconnect else None
    names = arguments.event or []
    if names:
        names = [*names, "#lagged", "#gap"]
    with (
        settings.client(arguments, event_mask=arguments.mask, reconnect=again) as client,
        client.events(*names, timeout=following.timeout(arguments.timeout)) as stream,
    ):
        # Events that come with the login are not to be missed.
        client.open()
        settings.tell(out, client)
        left = arguments.count
        for event in following.within(stream, arguments.timeout):
            is_marker = event.kind != "server"
            if not is_marker and not _fits(event, arguments.where):
                continue
            _show(out, event)
            # Readers of a pipe need not wait for more.
            if not stream.counters.waiting:
                out.flush()
            if left is not None and not is_marker:
                left -= 1
                if not left:
                    return DONE
    return DONE if left is None else TIMEOUT


def _fits(event: Event, wanted: Sequence[tuple[str, str]]) -> bool:
    return all(
        any(fnmatch.fnmatchcase(value, pattern) for value in event.get_all(name)) for name, pattern in wanted
    )


def _show(out: Output, event: Event) -> None:
    if out.is_json:
        out.json(action.event(event))
        return
    out.line(f"Event: {event.name}")
    for name, value in event.multi_items():
        if name.lower() != "event":
            out.line(f"{name}: {value}")
    out.line()
