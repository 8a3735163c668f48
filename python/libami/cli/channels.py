"""`libami channels`: the channels that are up."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from libami.cli import action, options, settings
from libami.cli.output import Output, counted, watch

if TYPE_CHECKING:
    from libami._native import Event


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(subparsers, "channels", "list the channels that are up")
    options.add_watch(parser)
    parser.set_defaults(run=run)


def _place(event: Event) -> str:
    place = "@".join(filter(None, (event.get("Exten") or event.get("Extension"), event.get("Context"))))
    return f"{place}:{event['Priority']}" if place and event.get("Priority") else place


def _running(event: Event) -> str:
    application = event.get("Application") or ""
    data = event.get("ApplicationData") or event.get("Data") or ""
    return f"{application}({data})" if application else ""


def _number(text: str | None) -> str | None:
    return None if text == "<unknown>" else text


_COLUMNS = {
    "channel": lambda event: event.get("Channel"),
    "state": lambda event: event.get("ChannelStateDesc"),
    "caller": lambda event: _number(event.get("CallerIDNum") or event.get("CallerIDnum")),
    "connected to": lambda event: _number(event.get("ConnectedLineNum")),
    "place": _place,
    "runs": _running,
    "for": lambda event: event.get("Duration"),
}


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    with settings.opened(settings.client(arguments, event_mask="off")) as client:

        def show() -> None:
            found = client.action("CoreShowChannels").events
            out.rows(found, _COLUMNS, action.event)
            out.say(counted(len(found), "channel"))

        return watch(arguments, show)
