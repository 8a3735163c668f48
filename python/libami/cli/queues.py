"""`libami queues`: the queues, their members and callers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from libami.cli import action, options, settings
from libami.cli.output import Failure, Output, watch

if TYPE_CHECKING:
    from libami._native import Event

_MEMBER_STATES = {
    "0": "unknown",
    "1": "not in use",
    "2": "in use",
    "3": "busy",
    "4": "invalid",
    "5": "unavailable",
    "6": "ringing",
    "7": "ringing, in use",
    "8": "on hold",
}


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "queues",
        "list the queues, or a queue's members and callers",
        "List the queues; with a name, the members and the callers of that queue.",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="show the members and callers of this queue")
    options.add_watch(parser)
    parser.set_defaults(run=run)


def _state(event: Event) -> str:
    if event.name == "QueueEntry":
        return f"waiting at place {event.get('Position')}"
    words = [_MEMBER_STATES.get(event.get("Status") or "", "unknown")]
    if event.get("Paused") == "1":
        words.append("paused")
    return ", ".join(words)


_QUEUES = {
    "queue": lambda event: event.get("Queue"),
    "strategy": lambda event: event.get("Strategy"),
    "waiting": lambda event: event.get("Calls"),
    "completed": lambda event: event.get("Completed"),
    "abandoned": lambda event: event.get("Abandoned"),
    "hold time": lambda event: event.get("Holdtime"),
    "talk time": lambda event: event.get("TalkTime"),
}
_PEOPLE = {
    "who": lambda event: "member" if event.name == "QueueMember" else "caller",
    "name": lambda event: event.get("Name") or event.get("MemberName") or event.get("CallerIDName"),
    "channel": lambda event: event.get("Location") or event.get("Interface") or event.get("Channel"),
    "state": _state,
    "calls": lambda event: event.get("CallsTaken"),
    "waits for": lambda event: event.get("Wait"),
}


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    headers = {"Queue": arguments.name} if arguments.name else {}
    with settings.opened(settings.client(arguments, event_mask="off")) as client:

        def show() -> None:
            found = client.action("QueueStatus", headers).events
            if arguments.name and not found:
                raise Failure(f'there is no queue "{arguments.name}"')
            wanted = ("QueueMember", "QueueEntry") if arguments.name else ("QueueParams",)
            columns = _PEOPLE if arguments.name else _QUEUES
            out.rows([each for each in found if each.name in wanted], columns, action.event)

        return watch(arguments, show)
