"""The exceptions, and which of them stands for which status of the C API."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from libami._native import Receipt, Response


NAMES: dict[int, str] = {}
"""The name of each status; the native half fills it in."""


class Error(Exception):
    """The base of all errors. The text names the cause and the remedy. It never holds a secret.

    Raised as it is for AMI_E_STATE (2), AMI_E_BUSY (3), AMI_E_FORKED (4: make a new client in the child of a
    fork), AMI_E_INTERNAL (6) and AMI_E_UNSUPPORTED (7); otherwise the base of the others. AMI_E_ABSENT (9)
    and AMI_E_FORMAT (10) are of C alone: a property of a view is None instead.
    """

    code: int = 6
    """The status of the C API."""

    @property
    def name(self) -> str:
        """The name of the status, such as "AMI_E_AUTH"."""
        return NAMES.get(self.code, "AMI_E_INTERNAL")

    peer_message: str | None = None
    """The server's own words, which may echo what was sent; None if it said nothing."""
    response: Response | None = None
    """The response that refused the action, if there was one."""
    receipt: Receipt | None = None
    """The receipt of an SMS that is not known to be sent; None if it did not reach the gateway, nor waited
    for its turn."""


class InvalidValue(Error, ValueError):
    """An argument was refused, and nothing was written. AMI_E_INVALID (1)."""

    code = 1


class ClosedError(Error):
    """The client was closed here. AMI_E_CLOSED (5)."""

    code = 5


class QueueFull(Error):
    """Too much waits already. AMI_E_OVERFLOW (8).

    Events in a stream whose policy is "close": it has ended. Messages for a gateway's port (`send_queue`):
    this one was not taken, and `receipt` says "not-sent". Actions to be written (`action_queue`): this one
    was not sent.
    """

    code = 8


class ConnectError(Error, ConnectionError):
    """There is no connection, or it was lost, and nothing was written. `errno` is the system's number for it,
    if the system gave one.

    AMI_E_RESOLVE (100), AMI_E_REFUSED (101), AMI_E_DISCONNECTED (103), AMI_E_TLS (104), AMI_E_IO (105).
    """

    code = 105


class TimeoutError(Error, builtins.TimeoutError):
    """Time ran out before anything was written: on connecting, in the queue, or on waiting for a state.
    AMI_E_TIMEOUT (102)."""

    code = 102


class ProtocolError(Error):
    """The server does not speak AMI, or not well.

    AMI_E_NOT_AMI (200), AMI_E_PROTOCOL (201), AMI_E_LIMIT (202).
    """

    code = 201


class AuthError(Error):
    """The server refused the user, or offers no login that is allowed on this connection.

    AMI_E_AUTH (203), AMI_E_AUTH_METHOD (204).
    """

    code = 203


class ActionError(Error):
    """The server refused the action; `response` is its answer. AMI_E_ACTION (300)."""

    code = 300


class NotFoundError(ActionError):
    """The server refused the action because what it names is not there: a channel, an endpoint, an entry of
    the database, a member of a queue. AMI_E_ACTION (300).

    Servers tell it by their words alone, such as "No such channel", in English in all versions; so it is
    recognised by them. A module of the server's that words it otherwise raises a plain ActionError.
    """


class PermissionError(ActionError, builtins.PermissionError):
    """The account lacks the class that the action needs. AMI_E_PERMISSION (301)."""

    code = 301


class CommandError(ActionError):
    """The CLI did not accept the command; `peer_message` is what it printed. AMI_E_COMMAND (302).

    A note shows the command's first words and the first line that was printed. Arguments may be numbers and
    texts of people: the command is shown without them, and the line only if it repeats none of them.
    """

    code = 302


class SmsError(Error):
    """The SMS was not sent; `receipt` has the details. The base of SmsFailed and SmsBusy."""

    code = 310


class SmsFailed(SmsError):
    """The gateway could not send the SMS. AMI_E_SMS_FAILED (310)."""

    code = 310


class SmsBusy(SmsError):
    """The gateway's port is in use and nothing was sent; try again. AMI_E_SMS_BUSY (311)."""

    code = 311


class UssdError(Error):
    """The USSD code was not sent, or the network refused it. AMI_E_USSD (312)."""

    code = 312


class OutcomeUnknown(Error):
    """It was written, and whether it ran is not known: do not just send it again.

    For an SMS `receipt` has the details. AMI_E_OUTCOME_UNKNOWN (400).
    """

    code = 400


class PingTimeout(TimeoutError, OutcomeUnknown):
    """A Ping was sent and not answered in time. AMI_E_OUTCOME_UNKNOWN (400)."""

    code = 400


CLASSES: dict[int, type[Error]] = {
    1: InvalidValue,
    2: Error,
    3: Error,
    4: Error,
    5: ClosedError,
    6: Error,
    7: Error,
    8: QueueFull,
    9: Error,
    10: Error,
    100: ConnectError,
    101: ConnectError,
    102: TimeoutError,
    103: ConnectError,
    104: ConnectError,
    105: ConnectError,
    200: ProtocolError,
    201: ProtocolError,
    202: ProtocolError,
    203: AuthError,
    204: AuthError,
    300: ActionError,
    301: PermissionError,
    302: CommandError,
    310: SmsFailed,
    311: SmsBusy,
    312: UssdError,
    400: OutcomeUnknown,
}
"""The one place that says which class stands for which status."""

for _class in {SmsError, NotFoundError, PingTimeout, *CLASSES.values()}:
    # Users find them there, and tracebacks show it.
    _class.__module__ = "libami"


def make(
    code: int,
    message: str,
    peer_message: str | None = None,
    response: Response | None = None,
    receipt: Receipt | None = None,
    os_code: int | None = None,
    is_not_found: bool = False,
) -> Error:
    """The exception for what the native half reports."""
    kind = NotFoundError if is_not_found else CLASSES.get(code, Error)
    error = kind(message)
    error.code = code
    error.peer_message = peer_message
    error.response = response
    error.receipt = receipt
    if os_code is not None and isinstance(error, OSError):
        error.errno = os_code
    return error
