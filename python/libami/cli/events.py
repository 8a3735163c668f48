"""`libami events`: the server's events as they come."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from libami.cli import action, following, options, settings
from libami.cli.output import DONE, Output, UsageError

if TYPE_CHECKING:
    from libami._native import Event
    from libami.testing.recording import RecordingWriter


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
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="write them into a new file as well, which libami replay can serve; secrets are replaced there",
    )
    parser.add_argument(
        "--scrub", action="store_true", help="replace numbers and texts of people in that file too"
    )
    parser.add_argument("--force", action="store_true", help="overwrite that file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from libami._reconnect import Reconnect

    out: Output = arguments.output
    again = Reconnect() if arguments.reconnect else None
    if arguments.record is None and (arguments.scrub or arguments.force):
        raise UsageError("--scrub and --force are about the file of --record, which is missing")
    names = arguments.event or []
    _look_up(out, names)
    if names:
        names = [*names, "#lagged", "#gap"]
    recording = _recording(arguments)
    with (
        recording or nullcontext(),
        settings.client(arguments, event_mask=arguments.mask, reconnect=again) as client,
        client.events(*names, timeout=following.timeout(arguments.timeout)) as stream,
    ):
        # Events that come with the login are not to be missed.
        client.open()
        if recording is not None:
            recording.add("server", f"{client.banner}\r\n".encode())
        settings.tell(out, client)
        if again is not None:
            settings.tell_of_outages(out, client)
        left = arguments.count
        for event in following.within(stream, arguments.timeout):
            is_marker = event.kind != "server"
            if not is_marker and not _fits(event, arguments.where):
                continue
            _show(out, event)
            if recording is not None and not is_marker:
                recording.add("server", _frame(event))
            # Readers of a pipe need not wait for more.
            if not stream.counters.waiting:
                out.flush()
            if left is not None and not is_marker:
                left -= 1
                if not left:
                    return DONE
    if left is not None:
        raise following.too_few("event", arguments.count, left, arguments.timeout)
    return DONE


def _look_up(out: Output, names: Sequence[str]) -> None:
    """Say so if no server has an event of a name, and one has such an event of a name that is near. Gateways
    have events of their own."""
    if all("*" in name for name in names):
        return
    import difflib

    from libami import _table

    known = {name.lower(): name for name in _table.names("event")}
    for name in (each.strip() for given in names for each in given.split(",")):
        near = difflib.get_close_matches(name.lower(), known, 1, 0.7)
        if near and name.lower() not in known and "*" not in name and not name.startswith("#"):
            out.say(f"no event {name} is known; is it {known[near[0]]}?")


def _fits(event: Event, wanted: Sequence[tuple[str, str]]) -> bool:
    return all(
        any(fnmatch.fnmatchcase(value, pattern) for value in event.get_all(name)) for name, pattern in wanted
    )


def _recording(arguments: argparse.Namespace) -> RecordingWriter | None:
    if arguments.record is None:
        return None
    from libami.testing.recording import RecordingWriter

    try:
        return RecordingWriter(arguments.record, scrub=arguments.scrub, overwrite=arguments.force)
    except FileExistsError:
        raise UsageError(f"{arguments.record} exists: --force overwrites it") from None


def _frame(event: Event) -> bytes:
    """An event as it was on the wire."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in event.multi_items())
    return f"{lines}\r\n".encode("utf-8", "surrogateescape")


def _show(out: Output, event: Event) -> None:
    if out.is_json:
        out.json(action.event(event))
        return
    out.line(f"Event: {event.name}")
    for name, value in event.multi_items():
        if name.lower() != "event":
            out.line(f"{name}: {value}")
    out.line()
