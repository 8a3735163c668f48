"""`libami ports`: the ports of a GSM gateway."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from libami.cli import options, settings
from libami.cli.output import Output, watch

if TYPE_CHECKING:
    from libami._native import PortStatus

_FIELDS = (
    "port",
    "is_up",
    "has_power",
    "has_sim",
    "is_registered",
    "operator",
    "network_status",
    "signal",
    "dbm",
    "bars",
    "imsi",
    "imei",
    "smsc",
    "own_number",
    "state",
    "words",
    "is_complete",
)


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "ports",
        "list a gateway's GSM ports, their networks and signals",
        "Ask a GSM gateway for all of its ports: if they are up, their networks and their signals.",
    )
    options.add_watch(parser)
    options.add_timeout(parser, "the longest that asking for all ports may take; 10 by default")
    parser.set_defaults(run=run)


def _state(port: PortStatus) -> str:
    if not port.is_complete:
        return "did not answer"
    if port.is_up:
        return "up"
    if not port.has_power:
        return "no power"
    return "no SIM card" if not port.has_sim else "not registered" if not port.is_registered else "down"


def _signal(port: PortStatus) -> str:
    return "" if port.dbm is None else f"{port.dbm} dBm"


_COLUMNS = {
    "port": lambda port: port.port,
    "state": _state,
    "operator": lambda port: port.operator,
    "network": lambda port: port.network_status,
    "signal": _signal,
    "number": lambda port: port.own_number,
    "IMEI": lambda port: port.imei,
}


def document(port: PortStatus) -> dict[str, Any]:
    """A port for JSON."""
    return {name: getattr(port, name) for name in _FIELDS}


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    with settings.opened(settings.gateway(arguments)) as gateway:
        return watch(
            arguments, lambda: out.rows(gateway.ports(timeout=arguments.timeout), _COLUMNS, document)
        )
