"""`libami endpoints`: the phones and trunks of all channel drivers that list theirs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from libami._errors import ActionError, PermissionError
from libami.cli import action, options, settings
from libami.cli.output import Failure, Output, watch

if TYPE_CHECKING:
    from libami._native import Event
    from libami.client import Client

_LISTS = ("PJSIPShowEndpoints", "SIPpeers", "IAXpeerlist")
"""The actions that list them. A server has those of the modules that it has loaded."""


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "endpoints",
        "list phones and trunks, and if they are reachable",
        "List the endpoints of PJSIP and the peers of chan_sip and IAX2, and if they are reachable.",
    )
    options.add_watch(parser)
    parser.set_defaults(run=run)


def _driver(event: Event) -> str:
    return "PJSIP" if event.name == "EndpointList" else event.get("Channeltype") or ""


def _address(event: Event) -> str:
    if event.name == "EndpointList":
        return event.get("Contacts") or ""
    address = event.get("IPaddress") or ""
    return "" if address in ("-none-", "(null)", "") else f"{address}:{event.get('IPport')}"


_COLUMNS = {
    "driver": _driver,
    "name": lambda event: event.get("ObjectName"),
    "state": lambda event: event.get("DeviceState") or event.get("Status"),
    "channels": lambda event: event.get("ActiveChannels"),
    "address": _address,
}


def _found(client: Client) -> list[Event]:
    found: list[Event] = []
    known = 0
    for name in _LISTS:
        try:
            found += [each for each in client.action(name).events if each.get("ObjectName")]
        except PermissionError:
            raise
        except ActionError as error:
            # That module is not there, or has none.
            if "unknown command" in str(error).lower():
                continue
        known += 1
    if not known:
        raise Failure(f"the server has none of the actions {', '.join(_LISTS)}")
    return found


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    with settings.opened(settings.client(arguments, event_mask="off")) as client:
        return watch(arguments, lambda: out.rows(_found(client), _COLUMNS, action.event))
