"""The parts that clients and gateways of both faces share: the settings, and the calls of a thread."""

from __future__ import annotations

import functools
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
    overload,
)

from libami import _arguments, _native, _submitted
from libami._arguments import Value
from libami._errors import CommandError, Error, OutcomeUnknown
from libami._native import (
    TLS,
    Event,
    EventStream,
    Limits,
    Response,
    SmsParts,
    Stats,
    UssdReply,
    View,
    ViewStream,
)
from libami._submitted import ActionLike, Responses

if TYPE_CHECKING:
    import inspect
    from concurrent.futures import Future

    from libami._actions import Actions
    from libami._reconnect import Reconnect

QueuePolicy: TypeAlias = Literal["drop-oldest", "drop-newest", "close"]
State: TypeAlias = Literal["new", "connecting", "open", "waiting", "closed"]
_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")
_Any = TypeVar("_Any")
_Result = TypeVar("_Result")
_View = TypeVar("_View", bound=View)


def _check_reconnect(given: object) -> None:
    from libami._reconnect import Reconnect

    if not isinstance(given, Reconnect):
        raise TypeError(f"reconnect must be a Reconnect or None, and a {type(given).__name__} is not")


class Peer:
    """The base of clients and gateways: the settings, and the calls that do not wait."""

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

        port                 the TCP port: 5038 by default, or 5039 through TLS
        username, secret     a user of the server's manager.conf
        event_mask           the events that the server sends: "on", "off", or classes such as "system,call".
                             For a gateway "on" stands for the classes that SMS and USSD need
        connect_timeout      seconds from the first packet to the accepted login
        action_timeout       seconds that an action may take unless its call says otherwise
        keepalive            seconds of silence after which the client sends a Ping, unless the server is busy
                             with an action that blocks the session; None or 0: never
        keepalive_timeout    seconds of silence after that Ping until the connection counts as lost
        reconnect            the rules for connecting again; None: a lost connection ends the client
        queue_events, queue_bytes, queue_policy
                             the most events, and bytes of them, that may wait for one reader, and the rule
                             for more. Events that are dropped are counted, and an event of kind "lagged"
                             stands in their place; "close" ends the stream with QueueFull
        action_queue, action_queue_bytes
                             the most actions, and bytes of them, that may wait to be written, as when a
                             server reads slowly or there is no connection; five times as many may be under
                             way in all. One more raises QueueFull at once, and can be sent when answers have
                             come
        limits               the most that the server may send; None: the defaults of `Limits`
        tls                  connect through TLS: True, or a TLS that says whom to trust
        allow_plain_login    send the secret in the clear over a network where the server has no MD5
                             challenge. Loopback connections, to 127.0.0.0/8 or ::1, and verified TLS never
                             need this
        dialect              for gateways, the commands that send SMS and USSD: "openvox", "openvox-firmware",
                             "openvox-2013", "allo", "yeastar", "dongle", "quectel", or a command with {port},
                             {to} and {text} in it, and {timeout}, {id} and {flash} if wanted, such as
                             "gsm send sync sms {port} {to} {text} {timeout} {id}"; "auto": the
                             `libami.gateway.Gateway` asks the server
        parts_timeout        for gateways, the seconds that an incoming SMS waits for all its parts
        send_queue           for gateways, the most messages that may wait for one port
        port_rest            for gateways, the seconds that a port rests after an SMS whose outcome is
                             unknown, or that was only handed over, and after a USSD code without a reply: a
                             late result may be taken for the next one's. It holds for all gateways of the
                             process that send to the same host and port. Drivers try again after 2 seconds:
                             with less than 3, as with 0, an SMS that was never sent may be reported as sent
        encoding, errors     the codec by which values are decoded and encoded
        """
        if port is None:
            port = 5039 if tls else 5038
        self._name = f"{username}@{host}:{port}"
        self._action_timeout = action_timeout
        try:
            if reconnect is not None:
                _check_reconnect(reconnect)
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
        """The state of the connection.

        "new"           not opened yet
        "connecting"    connecting or logging in, for the first time or again
        "open"          logged in
        "waiting"       lost; the next attempt to connect comes in time
        "closed"        over for good
        """
        return self._native.state

    def stats(self) -> Stats:
        """Count all that was done so far, by all connections together. A gateway counts its session for
        events alone."""
        return self._native.stats()


class Calls(Peer, ABC):
    """The calls that clients and gateways have in common, each of which waits in its thread."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        except Error:
            # The first error is the one that matters.
            if error is None:
                raise

    @abstractmethod
    def close(self) -> Any:
        """Log off and end everything."""

    def wait_for_state(self, state: State, timeout: float | None = None) -> None:
        """Wait until the connection is in this state. One that lasts for a moment only may be missed;
        `on("#state", ...)` gets every change. Of a gateway it is the connection for events.

        Raises TimeoutError if it did not come within `timeout` seconds, where 0 does not wait; if it can come
        no more, ClosedError, or the error that ended the connection for good; InvalidValue for a state that
        does not exist.
        """
        self._native.wait_for_state(state, timeout).wait()

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

            >>> client.action("CoreSettings")["AsteriskVersion"]
            '1.8.20.0'

        Channel variables may also be given as a mapping, `Variable={"A": 1, "B": "x, y"}`: each goes in a
        header of its own, and characters at which the server would split it are escaped.

        Headers may also be given as a mapping or as pairs. A keyword that Python reserves takes an
        underscore: `async_`.

        The deadline is the number of seconds that the call may take, in place of the action timeout; a wait
        that the action itself asks of the server (WaitEvent, Originate) comes on top. Other calls say
        `timeout`; here that would look like the action's own header Timeout.

        A gateway sends it by its session for events: an action that waits for the network would stop events
        meanwhile.

        Raises ActionError (NotFoundError, PermissionError, CommandError) if the server refused it;
        InvalidValue, TimeoutError, ConnectError, QueueFull or ClosedError if it was not written;
        OutcomeUnknown if it was, and no answer came.
        """
        try:
            return self._native.action(name, _arguments.pairs(headers, more), deadline).wait()
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, more

    def _submit(
        self, name: str, headers: Sequence[tuple[str, Value]], deadline: float | None
    ) -> Future[Response]:
        """Send an action, and return the future of its response."""
        future = _submitted.ResponseFuture()
        try:
            future.action = self._native.submit_action(name, headers, deadline, future, self)
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers
        return future

    @overload
    def map(
        self,
        actions: Iterable[ActionLike],
        *,
        in_flight: int = 64,
        deadline: float | None = None,
        return_exceptions: Literal[False] = False,
    ) -> Responses[Response]: ...
    @overload
    def map(
        self,
        actions: Iterable[ActionLike],
        *,
        in_flight: int = 64,
        deadline: float | None = None,
        return_exceptions: bool,
    ) -> Responses[Response | Exception]: ...
    def map(
        self,
        actions: Iterable[ActionLike],
        *,
        in_flight: int = 64,
        deadline: float | None = None,
        return_exceptions: bool = False,
    ) -> Responses[Any]:
        """Send many actions, `in_flight` of them at a time, and iterate over their responses in order.

            for response in client.map(("Getvar", {"Variable": name}) for name in names):
                print(response["Value"])

        An action is its name, or a tuple of its name and its headers as `action` takes them. The deadline is
        that of each. Actions are taken and sent as the iteration goes on; nothing happens before it begins.

        Where an action has failed, the iteration raises its exception, as `action` does; to go on with those
        behind it, call `next`. With `return_exceptions=True` the exception comes in place of the response,
        and the iteration goes on to the end. An iteration that is left is closed with `close`, or by a `with`
        around it, or as nothing refers to it any more: what is in flight is cancelled.

        Raises InvalidValue for an `in_flight` of less than 1.
        """

        def submit(action: ActionLike) -> Future[Response]:
            if isinstance(action, str):
                return self._submit(action, (), deadline)
            name, headers = action
            return self._submit(name, _arguments.listed(headers, {}), deadline)

        return Responses(actions, submit, in_flight, return_exceptions)

    @property
    def actions(self) -> Actions:
        """The actions of Asterisk as methods, with their headers as keywords:

            client.actions.queue_status(queue="support", deadline=5)

        An action or a keyword that does not exist is refused with the nearest one. True and False are sent as
        the header takes them, a timedelta in its unit. `headers` is a mapping of headers that libami does not
        know. Otherwise as `action`, which sends an action of any name.
        """
        from libami._actions import Actions

        return Actions(self)

    def command(self, cli: str, *, timeout: float | None = None) -> str:
        """Run a CLI command and return its text, lines joined by "\\n". Build the line from trusted text
        only. It may take `timeout` seconds, in place of the action timeout.

        Raises CommandError if the CLI did not accept it, on every server version; otherwise as `action`.
        """
        try:
            return self._native.command(cli, timeout).wait()
        except CommandError as error:
            _arguments.explain(error, cli)
            raise
        finally:
            del cli

    def ping(self) -> float:
        """Send a Ping; return the seconds until the answer came. Raises as `action`; PingTimeout, which is a
        TimeoutError too, if no answer came in time."""
        began = time.monotonic()
        try:
            return self._native.ping().wait()
        except OutcomeUnknown as error:
            raise _arguments.late_ping(error, began, self._action_timeout) from None

    @overload
    def events(
        self, *names: str, timeout: float | None = None, idle_timeout: float | None = None
    ) -> EventStream: ...
    @overload
    def events(
        self,
        view: type[_View],
        /,
        *views: type[_View],
        timeout: float | None = None,
        idle_timeout: float | None = None,
    ) -> ViewStream[_View]: ...
    @overload
    def events(
        self,
        view: type[_View],
        /,
        *views: str | type[_View],
        timeout: float | None = None,
        idle_timeout: float | None = None,
    ) -> ViewStream[Event | _View]: ...
    def events(
        self, *names: str | type[_View], timeout: float | None = None, idle_timeout: float | None = None
    ) -> EventStream | ViewStream[Any]:
        """Events of these names, or all, from this call on: an iterator, and a context manager that
        unsubscribes.

            >>> with client.events("UserEvent", timeout=5) as stream:
            ...     response = client.action("UserEvent", UserEvent="Door", State="open")
            ...     next(stream)["State"]
            'open'

        After `timeout` seconds without an event the iteration ends, after `idle_timeout` seconds it raises
        TimeoutError; going on with it is possible. It also ends when the stream or the client is closed here.
        A lost connection raises ConnectError; with `reconnect` it does not, and a "#gap" stands in the stream
        once the client has connected again. Names and markers are those of `libami.Client.on`. The stream
        keeps the client alive.

        A gateway gives the server's events as they come to its session for events; with the event mask "on"
        these are the classes that SMS and USSD need.

        A class of `libami.events` in place of a name gives views of its events:
        `client.events(events.Hangup)`. Names may follow, such as "#gap", whose events come as they are.

        Raises ClosedError for a client that was closed here.
        """
        listed, views = _arguments.names_or_all(names), _arguments.views(names)
        return self._native.events(listed, views, timeout, idle_timeout, self)


class ClientBase(Peer):
    """The base of both faces' clients."""

    _half = _native.Client
    _native: _native.Client

    @property
    def banner(self) -> str | None:
        """The server's first line, such as "Asterisk Call Manager/5.0.5", once it has come."""
        return self._native.banner


class GatewayBase(Peer):
    """The base of both faces' gateways: all that needs no wait."""

    _half = _native.Gateway
    _native: _native.Gateway

    @property
    def dialect(self) -> str:
        """The name of the dialect that it speaks."""
        return self._native.dialect

    def parts(self, text: str) -> SmsParts:
        """Count the SMS that a text takes in this dialect, and split it. Nothing is sent. Drivers of dongles
        differ: the result is that of the driver here, as far as the server tells which it is.

        Raises InvalidValue for a text that cannot be sent.
        """
        try:
            return self._native.parts(text)
        finally:
            del text

    def waiting(self, port: int | str) -> int:
        """Count the messages and USSD codes that wait for a port, one that is under way not among them. The
        setting `send_queue` limits them."""
        return self._native.waiting(port)


class DialogueBase:
    """The base of both faces' USSD sessions: all that needs no wait."""

    def __init__(self, dialogue: _native.UssdDialogue) -> None:
        self._native = dialogue

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.UssdDialogue ({'open' if self.is_open else 'over'})>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.end()

    @property
    def reply(self) -> UssdReply:
        """The network's last reply."""
        return self._native.reply

    @property
    def is_open(self) -> bool:
        """True if the network waits for an answer."""
        return self._native.is_open

    def end(self) -> None:
        """End it here. No gateway has a command for it: the network waits until its own timeout, and the port
        may be taken until then."""
        self._native.end()


class _Described:
    """Stands behind a function, as its `__wrapped__`, and makes its signature when somebody asks for it:
    `inspect` takes longer to import than all of libami."""

    def __init__(self, function: Callable[..., Any], describe: Callable[[], inspect.Signature]) -> None:
        self.__wrapped__ = function
        self._describe = describe

    @property
    def __signature__(self) -> inspect.Signature:
        return self._describe()


def _checked(
    make: Callable[_Given, _Made], name: str, /, *given: _Given.args, **more: _Given.kwargs
) -> _Made:
    """Call it; arguments that it does not take are refused by the name that users know."""
    try:
        return make(*given, **more)
    except TypeError:
        _arguments.check(make, name, *given, **more)
        raise
    finally:
        # Some show local variables in tracebacks; these may be secrets, or a number and a text.
        del given, more


def with_settings(
    make: Callable[_Given, _Made], name: str
) -> Callable[[Callable[[_Made], _Result]], Callable[_Given, _Result]]:
    """Have a function of this name take the settings of a client or gateway, which `Peer` alone lists."""

    def decorate(function: Callable[[_Made], _Result]) -> Callable[_Given, _Result]:
        @functools.wraps(function)
        def connect(*address: _Given.args, **settings: _Given.kwargs) -> _Result:
            try:
                made = _checked(make, name, *address, **settings)
            finally:
                # Some show local variables in tracebacks.
                del address, settings
            return function(made)

        def describe() -> inspect.Signature:
            import inspect

            result = inspect.signature(function).return_annotation
            return inspect.signature(make).replace(return_annotation=result)

        connect.__wrapped__ = _Described(function, describe)  # type: ignore[assignment]
        return connect

    return decorate


def _with_message(
    make: Callable[_Given, _Made],
) -> Callable[[Callable[[_Any, _Made], _Result]], Callable[Concatenate[_Any, _Given], _Result]]:
    def decorate(
        method: Callable[[_Any, _Made], _Result],
    ) -> Callable[Concatenate[_Any, _Given], _Result]:
        @functools.wraps(method)
        def send(self: _Any, /, *message: _Given.args, **more: _Given.kwargs) -> _Result:
            try:
                made = _checked(make, method.__name__, *message, **more)
            except TypeError as error:
                raise _arguments.named(error) from None
            finally:
                # Some show local variables in tracebacks; the number and the text are people's own.
                del message, more
            return method(self, made)

        def describe() -> inspect.Signature:
            import inspect

            of_method = inspect.signature(method)
            self = next(iter(of_method.parameters.values()))
            parameters = [self, *inspect.signature(make).parameters.values()]
            return of_method.replace(parameters=parameters)

        send.__wrapped__ = _Described(method, describe)  # type: ignore[assignment]
        return send

    return decorate


takes_sms = _with_message(_native.SmsRequest)
"""Have a method take the arguments of an SMS, which `_native.SmsRequest` alone lists."""
