"""`libami action`: any action, and its whole answer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from libami.cli import options, settings
from libami.cli.output import DONE, Output, UsageError

if TYPE_CHECKING:
    from libami._native import Message, Response


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "action",
        "send any action and show its whole answer",
        "Send an action and show its whole answer: a list with all its entries, a command with its text.",
    )
    parser.add_argument("name", metavar="NAME", help="the action, such as CoreStatus")
    parser.add_argument(
        "headers",
        metavar="KEY=VALUE",
        nargs="*",
        type=header,
        help="a header of the action; one may be given several times",
    )
    options.add_timeout(parser, "the longest that the answer may take; 10 by default")
    parser.set_defaults(run=run)


def header(text: str) -> tuple[str, str]:
    """A header of an action."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f'"{text}" is not KEY=VALUE')
    return name, value


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    if arguments.name.lower() in ("login", "logoff"):
        raise UsageError(
            f"{arguments.name} is sent by itself, and a secret does not belong on a command line"
        )
    with settings.opened(settings.client(arguments, event_mask="off")) as client:
        answer = client.action(arguments.name, arguments.headers, deadline=arguments.timeout)
    if out.is_json:
        out.json(document(answer))
    else:
        _show(out, answer)
    return DONE


def document(answer: Response) -> dict[str, Any]:
    """An answer for JSON. Headers may repeat, so they are pairs."""
    found: dict[str, Any] = {
        "headers": answer.multi_items(),
        "events": [event(each) for each in answer.events],
    }
    if answer.end_event is not None:
        found["end_event"] = event(answer.end_event)
    if answer.output is not None:
        found["output"] = answer.output
    return found


def event(message: Any) -> dict[str, Any]:
    """An event for JSON."""
    return {"name": message.name, "kind": message.kind, "headers": message.multi_items()}


def lines(out: Output, message: Message) -> None:
    """The headers of a message, as they were on the wire."""
    for name, value in message.multi_items():
        out.line(f"{name}: {value}")


def _show(out: Output, answer: Response) -> None:
    lines(out, answer)
    for each in [*answer.events, *([answer.end_event] if answer.end_event else [])]:
        out.line()
        lines(out, each)
    if answer.output is not None:
        out.line()
        out.text(answer.output)
