"""Client library for the Asterisk Manager Interface, with SMS and USSD through GSM gateways.

    import libami

    with libami.connect("127.0.0.1", username="admin", secret="...") as client:
        print(client.action("CoreSettings")["AsteriskVersion"])
        for event in client.events("Newchannel", "Hangup", timeout=60):
            print(event.name, event["Channel"])

Where there is no server, a simulated gateway is one:

    >>> import libami
    >>> from libami.simulator import Simulator
    >>> with Simulator() as simulator, libami.connect(**simulator.credentials) as client:
    ...     client.action("CoreSettings")["AsteriskVersion"]
    '1.8.20.0'

Every call that waits lets other threads run and can be interrupted. Errors are subclasses of `Error`, whose
`code` is the status of the C API, and `name` the name of that.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

# The first refuses an interpreter before anything native is loaded.
from libami import _interpreters, _native  # noqa: F401  # isort: skip
from libami._arguments import Scalar, Value
from libami._errors import (
    ActionError,
    AuthError,
    ClosedError,
    CommandError,
    ConnectError,
    Error,
    InvalidValue,
    NotFoundError,
    OutcomeUnknown,
    PingTimeout,
    ProtocolError,
    QueueFull,
    SmsBusy,
    SmsError,
    SmsFailed,
    UssdError,
)

# These two would hide Python's own from `from libami import *`, so that does not bring them.
from libami._errors import PermissionError as PermissionError
from libami._errors import TimeoutError as TimeoutError
from libami._log import set_log_level
from libami._native import (
    TLS,
    Counters,
    Event,
    EventFilter,
    EventStream,
    Limits,
    Message,
    Originated,
    PartReceipt,
    Receipt,
    Response,
    RoundTrips,
    Sms,
    SmsParts,
    Stats,
    Subscription,
    UssdReply,
    ViewStream,
    __version__,
    sms_parts,
)
from libami._peer import QueuePolicy, State
from libami._submitted import Responses
from libami.client import Client, EventCallback, OriginateArguments, connect

__all__ = [
    "TLS",
    "ActionError",
    "AuthError",
    "Client",
    "ClosedError",
    "CommandError",
    "ConnectError",
    "Counters",
    "Error",
    "Event",
    "EventCallback",
    "EventFilter",
    "EventStream",
    "InvalidValue",
    "Limits",
    "Message",
    "NotFoundError",
    "OriginateArguments",
    "Originated",
    "OutcomeUnknown",
    "PartReceipt",
    "PingTimeout",
    "ProtocolError",
    "QueueFull",
    "QueuePolicy",
    "Receipt",
    "Reconnect",
    "Response",
    "Responses",
    "RoundTrips",
    "Scalar",
    "Sms",
    "SmsBusy",
    "SmsError",
    "SmsFailed",
    "SmsParts",
    "State",
    "Stats",
    "Subscription",
    "UssdError",
    "UssdReply",
    "Value",
    "ViewStream",
    "__version__",
    "connect",
    "set_log_level",
    "sms_parts",
]

_PARTS = ("aio", "events", "gateway", "pdu", "protocol", "simulator", "testing")

if TYPE_CHECKING:
    from libami import aio as aio
    from libami import events as events
    from libami import gateway as gateway
    from libami import pdu as pdu
    from libami import protocol as protocol
    from libami import simulator as simulator
    from libami import testing as testing
    from libami._reconnect import Reconnect
else:

    def __getattr__(name: str) -> ModuleType | type:
        """Parts of the package that cost time to import are imported when they are asked for."""
        if name in _PARTS:
            return importlib.import_module(f"libami.{name}")
        if name == "Reconnect":
            return importlib.import_module("libami._reconnect").Reconnect
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names alone."""
    return sorted([*__all__, *_PARTS])
