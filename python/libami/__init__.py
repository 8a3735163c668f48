"""Client library for the Asterisk Manager Interface, with SMS and USSD through GSM gateways.

    import libami

    with libami.connect("127.0.0.1", username="admin", secret="...") as client:
        print(client.action("CoreSettings")["AsteriskVersion"])
        for event in client.events("Newchannel", "Hangup", timeout=60):
            print(event.name, event["Channel"])

Every call that waits lets other threads run and can be interrupted. What goes wrong raises a subclass of
`Error`, whose `code` is the status of the C API.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import (
    TYPE_CHECKING,
    Literal,
    ParamSpec,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)

# The first refuses an interpreter before anything native is loaded.
from libami import _interpreters, _native  # noqa: F401  # isort: skip
from libami import _arguments
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
    PermissionError,
    PingTimeout,
    ProtocolError,
    QueueFull,
    SmsBusy,
    SmsError,
    SmsFailed,
    TimeoutError,
    UssdError,
)
from libami._native import (
    TLS,
    Counters,
    Event,
    EventStream,
    Inbox,
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
    __version__,
    sms_parts,
)

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
    "EventStream",
    "Inbox",
    "InvalidValue",
    "Limits",
    "Message",
    "NotFoundError",
    "Originated",
    "OutcomeUnknown",
    "PartReceipt",
    "PermissionError",
    "PingTimeout",
    "ProtocolError",
    "QueueFull",
    "Receipt",
    "Reconnect",
    "Response",
    "RoundTrips",
    "Sms",
    "SmsBusy",
    "SmsError",
    "SmsFailed",
    "SmsParts",
    "Stats",
    "Subscription",
    "TimeoutError",
    "UssdError",
    "UssdReply",
    "__version__",
    "connect",
    "sms_parts",
]

Scalar: TypeAlias = str | bytes | int | float
"""A header's value; True and False are sent as "true" and "false"."""
Value: TypeAlias = Scalar | Sequence[Scalar] | Mapping[str, Scalar]
"""A list or tuple stands for several headers of the same name. For the header Variable, where it sets channel
variables, a mapping from names to values stands for one header each, escaped as the server splits it."""
QueuePolicy: TypeAlias = Literal["drop-oldest", "drop-newest", "close"]
State: TypeAlias = Literal["new", "connecting", "open", "waiting", "closed"]
EventCallback: TypeAlias = Callable[[Event], object]
SmsCallback: TypeAlias = Callable[[Sms], object]
_EventFunction = TypeVar("_EventFunction", bound=EventCallback)
_Settings = ParamSpec("_Settings")
_Made = TypeVar("_Made")
_Result = TypeVar("_Result")


class OriginateArguments(TypedDict, total=False):
    """The arguments of a call besides its channel, see `Client.originate`."""

    context: str
    exten: str
    priority: int | str
    application: str
    data: str
    timeout: float | None
    caller_id: str | None
    variable: Mapping[str, Scalar] | None
    account: str | None
    early_media: bool | None
    headers: Mapping[str, Scalar] | None
    deadline: float | None


@dataclass(frozen=True, kw_only=True)
class Reconnect:
    """The way in which a link that is lost after the login is made again. A login that is refused is not
    tried again.

    Subscriptions and the event mask are in force again before any event comes, and what was missed stands in
    the stream of events as a marker of kind "gap". Nothing is sent twice: an action that was written when the
    link was lost ends with OutcomeUnknown.

    min             seconds before the first attempt. Each further one waits twice as long; what is really
                    waited is between half of it and all of it, by chance, so that the clients of a server do
                    not come back all at once
    max             seconds between attempts at most
    attempts        how many in a row may fail before the client is closed; None: no limit
    stable_after    a link that held for so many seconds starts the waits and the count anew; one that breaks
                    sooner counts as a failed attempt
    wait            whether actions that were not written, or are called while the link is down, wait for the
                    next one, within their deadlines; otherwise they fail at once with ConnectError
    first           whether the first connection is retried too, for services that start before their server
                    does: opening then waits until one holds, for as many attempts as are allowed. A login
                    that is refused ends it, and so does `close` in another thread or task
    """

    min: float = 1.0
    max: float = 60.0
    attempts: int | None = None
    stable_after: float = 10.0
    wait: bool = False
    first: bool = False


class _Peer:
    """The base of clients and gateways: the settings, and what can be asked without waiting."""

    _label: str
    _half: type[_native.Client | _native.Gateway]
    _native: _native.Client | _native.Gateway

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        username: str,
        secret: str,
        event_mask: str = "on",
        connect_timeout: float = 10.0,
        action_timeout: float = 10.0,
        keepalive: float | None = 30.0,
        keepalive_timeout: float = 10.0,
        reconnect: Reconnect | None = None,
        queue_events: int = 65_536,
        queue_bytes: int = 32 << 20,
        queue_policy: QueuePolicy = "drop-oldest",
        action_queue: int = 200_000,
        action_queue_bytes: int = 32 << 20,
        limits: Limits | None = None,
        tls: bool | TLS = False,
        allow_plain_login: bool = False,
        dialect: str = "auto",
        parts_timeout: float = 300.0,
        send_queue: int = 1000,
        port_rest: float = 5.0,
        encoding: str = "utf-8",
        errors: str = "surrogateescape",
    ) -> None:
        """Take the settings; InvalidValue for those that cannot work.

        port                 5038 unless given, or 5039 through TLS
        username, secret     a user of the server's manager.conf
        event_mask           which events the server sends: "on", "off", or classes such as "system,call"; for
                             a gateway "on" stands for those that SMS and USSD come with
        connect_timeout      seconds from the first packet to the accepted login
        action_timeout       seconds an action may take unless its call says otherwise
        keepalive            after so many seconds of silence the server is asked for a sign of life with a
                             Ping, unless it is busy with an action that blocks the session; None or 0: never
        keepalive_timeout    after so many more seconds of silence the link counts as lost
        reconnect            how a lost link is made again; None: it ends the client
        queue_events, queue_bytes, queue_policy
                             what waits for one reader of events at most, and what happens when there is more:
                             what is lost is counted, and an event of kind "lagged" stands in its place;
                             "close" ends the stream with QueueFull
        action_queue, action_queue_bytes
                             how many actions, and bytes of them, may wait to be written at most, as where a
                             server reads too slowly or a link is made again; five times as many actions may
                             be under way in all. One more raises QueueFull at once, and can be sent when
                             answers have come
        limits               what the server may send at most; None: the defaults of `Limits`
        tls                  connect through TLS: True, or a TLS that says whom to trust
        allow_plain_login    let the secret cross a network in the clear where the server has no MD5
                             challenge; a loopback link, to 127.0.0.0/8 or ::1, needs no leave, nor does TLS
                             to a server whose certificate is verified
        dialect              whose commands send SMS and USSD: "openvox", "openvox-firmware", "openvox-2013",
                             "allo", "yeastar", "dongle", "quectel", or a command with {port}, {to} and {text}
                             in it, and {timeout}, {id} and {flash} if wanted, such as
                             "gsm send sync sms {port} {to} {text} {timeout} {id}"; "auto": a
                             `libami.gateway.Gateway` asks, a client takes it for "openvox"
        parts_timeout        for how many seconds an SMS that comes in waits for all its parts
        send_queue           how many messages may wait for one port of a `libami.gateway.Gateway`
        port_rest            for how many seconds a port rests after an SMS whose outcome is unknown, or that
                             was only handed over, and after a USSD code without a reply: what comes of that
                             late may be taken for the next one's. It holds for all clients and gateways of
                             the process that send to the same host and port. Drivers try again after
                             2 seconds: with less than 3, as with 0, an SMS that was never sent may be
                             said to be
        encoding, errors     how values are decoded and encoded
        """
        if port is None:
            port = 5039 if tls else 5038
        self._name = f"{username}@{host}:{port}"
        self._action_timeout = action_timeout
        try:
            if not isinstance(reconnect, Reconnect | None):
                kind = type(reconnect).__name__
                raise TypeError(f"reconnect must be a Reconnect or None, and a {kind} is not")
            if not isinstance(limits, Limits | None):
                kind = type(limits).__name__
                raise TypeError(f"limits must be a Limits or None, and a {kind} is not")
            settings = _native.Settings(
                host,
                port,
                username=username,
                secret=secret,
                event_mask=event_mask,
                connect_timeout=connect_timeout,
                action_timeout=action_timeout,
                keepalive=keepalive,
                keepalive_timeout=keepalive_timeout,
                reconnect=reconnect,
                queue_events=queue_events,
                queue_bytes=queue_bytes,
                queue_policy=queue_policy,
                action_queue=action_queue,
                action_queue_bytes=action_queue_bytes,
                limits=limits,
                tls=tls,
                allow_plain_login=allow_plain_login,
                dialect=dialect,
                parts_timeout=parts_timeout,
                send_queue=send_queue,
                port_rest=port_rest,
                encoding=encoding,
                errors=errors,
            )
        except TypeError as error:
            raise _arguments.named(error) from None
        finally:
            # Some show local variables in tracebacks.
            del secret
        self._native = self._half(settings)

    # Users know both faces' clients by this name, and a TypeError names it.
    __init__.__qualname__ = "libami.Client"

    def __repr__(self) -> str:
        return f"<{self._label} {self._name}{f' ({self.state})' if self._is_alive else ''}>"

    def __del__(self) -> None:
        if self._is_alive:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, stacklevel=2, source=self)

    @property
    def _is_alive(self) -> bool:
        """True if there is something to close; with settings that cannot work it has no native half."""
        return "_native" in self.__dict__ and (self.is_open or self.state == "waiting")

    @property
    def is_open(self) -> bool:
        """True if it is logged in."""
        return self._native.is_open

    @property
    def state(self) -> State:
        """The state of the link.

        "new"           not opened yet
        "connecting"    connecting or logging in, for the first time or again
        "open"          logged in
        "waiting"       lost; the next attempt to connect comes in time
        "closed"        over for good
        """
        return self._native.state


class _Client(_Peer):
    """The base of both faces' clients."""

    _label = "libami.Client"
    _half = _native.Client
    _native: _native.Client

    @property
    def banner(self) -> str | None:
        """The server's first line, such as "Asterisk Call Manager/5.0.5", once it has come."""
        return self._native.banner

    def stats(self) -> Stats:
        """Count what was done so far, all links together."""
        return self._native.stats()


class Client(_Client):
    """A client of one server. Everything may be called from any thread, and from callbacks as well.

    Making it does not connect: `on`, `events` and `inbox` can be called first, so that nothing is missed once
    it is open. `connect` makes and opens one. It is a context manager that closes it.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        except Error:
            # What went wrong first is what matters.
            if error is None:
                raise

    def open(self) -> None:
        """Connect and log in, within the connect timeout. Once for a client; `close` in another thread
        cancels it.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError.
        """
        self._native.open()

    def wait_for_state(self, state: State, timeout: float | None = None) -> None:
        """Wait until the link is in this state. One that lasts for a moment only may be missed;
        `on("#state", ...)` gets every change.

        Raises TimeoutError if it did not come within `timeout` seconds, where 0 does not wait; if it can come
        no more, ClosedError, or why the link was lost for good; InvalidValue for a state that does not exist.
        """
        self._native.wait_for_state(state, timeout)

    def close(self) -> None:
        """Log off and end everything: waiting calls, subscriptions, callbacks. The second time it does
        nothing.

        When it has returned, no callback of this client is running or will run. Called inside a callback it
        does not wait, and takes effect afterwards. If a callback does not return within the action timeout,
        Error with code 3.
        """
        self._native.close()

    def action(
        self,
        name: str,
        headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None = None,
        /,
        *,
        deadline: float | None = None,
        **more: Value,
    ) -> Response:
        """Send an action and wait for its whole answer: a list with all its entries, a command with its text.

            client.action("Originate", Channel="Local/1@x", Application="Wait", Data=1, Variable=["A=1",
            "B=2"])

        Channel variables may also be given as a mapping, `Variable={"A": 1, "B": "x, y"}`: each goes in a
        header of its own, and what the server would split it at is escaped.

        Headers may also be given as a mapping or as pairs. A keyword that Python reserves takes an
        underscore: `async_`. The deadline is in seconds, in place of the client's action timeout; a wait that
        the action itself asks of the server (WaitEvent, Originate) comes on top.

        Raises ActionError (NotFoundError, PermissionError, CommandError) if the server refused it;
        InvalidValue, TimeoutError, ConnectError, QueueFull or ClosedError if it was not written;
        OutcomeUnknown if it was, and no answer came.
        """
        try:
            return self._native.action(name, _arguments.pairs(headers, more), deadline)
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, more

    def command(self, cli: str, *, deadline: float | None = None) -> str:
        """Run a CLI command and return its text, lines joined by "\\n". Build the line from trusted text
        only.

        Raises CommandError if the CLI did not accept it, on every server version; otherwise as `action`.
        """
        try:
            return self._native.command(cli, deadline)
        except CommandError as error:
            _arguments.explain(error, cli)
            raise
        finally:
            del cli

    def ping(self) -> float:
        """Send a Ping; return how long the answer took, in seconds. Raises as `action`; PingTimeout, which is
        a TimeoutError too, if no answer came in time."""
        began = time.monotonic()
        try:
            return self._native.ping()
        except OutcomeUnknown as error:
            raise _arguments.late_ping(error, began, self._action_timeout) from None

    @overload
    def originate(
        self, channel: str, *, wait: Literal[True] = True, **call: Unpack[OriginateArguments]
    ) -> Originated: ...
    @overload
    def originate(
        self, channel: str, *, wait: Literal[False], **call: Unpack[OriginateArguments]
    ) -> Response: ...
    def originate(
        self, channel: str, *, wait: bool = True, **call: Unpack[OriginateArguments]
    ) -> Originated | Response:
        """Have the server ring a channel, such as "PJSIP/100", and wait until it is answered or is not.

            call = client.originate("PJSIP/100", context="default", exten="200", variable={"A": "1"})
            print(call.answered, call.reason, call.channel, call.uniqueid)

        The session is not blocked meanwhile. The outcome comes with the event OriginateResponse, for which
        the account must read the class "call" and the event mask have it. With `wait=False` it is not waited
        for: return the response, by whose ActionID that event is known.

        context, exten, priority    where in the dialplan the answered channel goes on; the priority is 1
                                    unless given
        application, data           or what it runs, such as "Playback" with "demo-thanks"
        timeout                     for how many seconds it is rung; 30 unless given
        caller_id                   who is shown as the caller, such as "Alice <100>"
        variable                    a mapping of channel variables
        account, early_media        as in the action
        headers                     a mapping of more headers of the action
        deadline                    seconds that the server may take beyond the ringing, in place of the
                                    action timeout

        Raises ActionError if the server does not take the call on; OutcomeUnknown if it did and the outcome
        is not told in time, or was missed while the link was down: the call may then be up. Otherwise as
        `action`.
        """
        arguments = dict(call)
        try:
            if wait:
                return self._native.originate(channel, arguments)
            return self._native.start_originate(channel, arguments)
        finally:
            # Some show local variables in tracebacks; channels and variables may be people's own.
            del channel, call, arguments

    @overload
    def on(self, names: str | Iterable[str] | None, callback: EventCallback) -> Subscription: ...
    @overload
    def on(
        self, names: str | Iterable[str] | None, callback: None = None
    ) -> Callable[[_EventFunction], _EventFunction]: ...
    def on(
        self, names: str | Iterable[str] | None, callback: EventCallback | None = None
    ) -> Subscription | Callable[[_EventFunction], _EventFunction]:
        """Call a function for each event of these names from now on; None for every event.

            client.on("Newexten,VarSet", handle)

            @client.on("Hangup")
            def hung_up(event): ...

        Names are compared without case, and a `*` in one stands for any characters, or none: "Queue*".
        Markers of libami's own stand among the events, where it happened:

        "#lagged"    events were lost, as the queue was full; `Event.lost` says how many
        "#gap"       the link was down and is there again; what happened meanwhile was missed. From and Until,
                     in seconds since 1970, say when, Cause says why, and `Event.outage` for how long
        "#skipped"   the server sent something here that is neither an event nor the answer to an action;
                     Messages and Bytes say how much. A text message that looks like an answer is such a thing
        "#state"     the link has the `state` that State says; if it is "waiting", Cause says why and RetryIn
                     for how many ms; if it is "connecting" again, Attempt says for which time in a row

        They come where they are named in full, the first three also where no names are given. Calls are made
        one at a time, in order, on a thread of libami's, and may use the client. What they raise is logged
        to the logger "libami". The subscription lasts until it or the client is closed, or the link lost for
        good, which is logged once as a warning; as long as it is kept, it keeps the client.

        Raises ClosedError, or why the link was lost, for a client that gives no more events; TypeError for an
        `async` function, which needs `libami.aio`.
        """
        _arguments.check_on(names)
        if callback is None:

            def decorate(function: _EventFunction) -> _EventFunction:
                self.on(names, function)
                return function

            return decorate
        _arguments.check_plain(callback)
        return self._native.on(_arguments.names(names), callback, self)

    def on_sms(self, callback: SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        _arguments.check_plain(callback)
        return self._native.on_sms(callback, self)

    def events(
        self, *names: str, timeout: float | None = None, idle_timeout: float | None = None
    ) -> EventStream:
        """Events of these names, or all, from this call on: an iterator, and a context manager that
        unsubscribes.

        After `timeout` seconds without an event the iteration ends, after `idle_timeout` seconds it raises
        TimeoutError; going on with it is possible. It also ends when the stream or the client is closed here.
        A lost link raises ConnectError; where the client has `reconnect`, it does not, and a "#gap" stands in
        the stream once there is a new one. Names and markers are those of `on`. The stream keeps the client
        alive. Raises ClosedError for a client that was closed here.
        """
        return self._native.events(_arguments.names_or_all(names), timeout, idle_timeout, self)

    def inbox(self, *, timeout: float | None = None) -> Inbox:
        """SMS that come in from this call on, in the way of `events`.

        There are no markers among them, so one that came in while the link was down is missing without a
        word: `on("#gap", ...)` tells of such times, and `counters.dropped` whether the queue was full.
        """
        return self._native.inbox(timeout, self)

    def send_sms(
        self, span: int | str, to: str, text: str, *, timeout: float | None = None, id: str | None = None
    ) -> Receipt:
        """Send an SMS through a port, counted from 1 or named, and wait until the network took it. It is
        never sent twice.

        `to` is 1 to 20 digits, with a + before a country code if wanted. A text that is too long for one SMS
        goes in parts. The gateway tries for `timeout` seconds for each of them, and serves nothing else of
        this client meanwhile: `libami.gateway` does that better. It repeats the `id` in its answer.

        A port that is sending another SMS of this process, or rests after one (`port_rest`), is waited for
        first: for the timeout and the rest together, then it counts as busy. Where gateways tell results by
        id (Yeastar, newer dongles), another SMS with the same id is refused until the result is known, and
        for ten minutes if it stays unknown.

        Raises SmsFailed, SmsBusy (nothing was sent), OutcomeUnknown (it may still go out), each with a
        `receipt`; InvalidValue; and what `action` raises.
        """
        try:
            return self._native.send_sms(span, to, text, timeout, id)
        finally:
            del to, text

    def queue_sms(self, span: int | str, to: str, text: str, *, id: str | None = None) -> Receipt:
        """Hand an SMS to the gateway and do not wait for the network. What becomes of it is not told here.
        The port rests afterwards for SMS that wait for a result.

        Raises as `send_sms`.
        """
        try:
            return self._native.send_sms(span, to, text, None, id, queue=True)
        finally:
            del to, text

    def send_ussd(self, span: int | str, code: str, *, timeout: float | None = None) -> UssdReply:
        """Send a USSD code such as "*100#", or an answer to a menu, and wait for the network's reply.

        A reply does not say which code it answers. So after a code without a reply in time the port rests for
        USSD (`port_rest`), and one code at a time of this process is under way at a port; that is waited for
        first.

        Raises UssdError with the gateway's words, OutcomeUnknown if no reply came in time, InvalidValue, and
        what `action` raises.
        """
        try:
            return self._native.send_ussd(span, code, timeout)
        finally:
            del code


def _with_settings(
    make: Callable[_Settings, _Made],
) -> Callable[[Callable[[_Made], _Result]], Callable[_Settings, _Result]]:
    """Have a function take the settings of what it begins with, which are listed there alone."""

    def decorate(function: Callable[[_Made], _Result]) -> Callable[_Settings, _Result]:
        signature = inspect.signature(make)

        @functools.wraps(function)
        def with_settings(*address: _Settings.args, **settings: _Settings.kwargs) -> _Result:
            try:
                _arguments.check(signature, f"{function.__module__}.connect", *address, **settings)
                made = make(*address, **settings)
            finally:
                # Some show local variables in tracebacks.
                del address, settings
            return function(made)

        result = inspect.signature(function).return_annotation
        with_settings.__signature__ = signature.replace(return_annotation=result)  # type: ignore[attr-defined]
        return with_settings

    return decorate


@_with_settings(Client)
def connect(client: Client) -> Client:
    """Connect and log in. The settings are explained at `Client`; raises what that and `Client.open`
    raise."""
    client.open()
    return client


_PARTS = ("aio", "gateway", "pdu", "protocol", "simulator")

if TYPE_CHECKING:
    from libami import aio as aio
    from libami import gateway as gateway
    from libami import pdu as pdu
    from libami import protocol as protocol
    from libami import simulator as simulator
else:

    def __getattr__(name: str) -> ModuleType:
        """Parts of the package that cost time to import are imported when they are asked for."""
        if name in _PARTS:
            return importlib.import_module(f"libami.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names alone."""
    return sorted([*__all__, *_PARTS])
