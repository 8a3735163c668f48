"""The client of one server, for threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar, Unpack, overload

from libami import _arguments
from libami._arguments import Scalar, Value
from libami._native import Event, EventFilter, Originated, Response, Subscription, View
from libami._peer import Calls, ClientBase, with_settings

if TYPE_CHECKING:
    from concurrent.futures import Future

EventCallback: TypeAlias = Callable[[Event], object]
_EventFunction = TypeVar("_EventFunction", bound=EventCallback)
_Function = TypeVar("_Function", bound=Callable[..., object])
_Result = TypeVar("_Result")
_View = TypeVar("_View", bound=View)


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


class Client(ClientBase, Calls):
    """A client of one server. Everything may be called from any thread, and from callbacks as well.

    Making it does not connect: `on` and `events` can be called first, so that nothing is missed once it is
    open. `connect` makes and opens one. It is a context manager that closes it.
    """

    _label = "libami.Client"

    def open(self) -> None:
        """Connect and log in, within the connect timeout. Once for a client; `close` in another thread
        cancels it.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError.
        """
        self._native.open().wait()

    def close(self) -> None:
        """Log off and end everything: waiting calls, subscriptions, callbacks. The second time it does
        nothing.

        When it has returned, no callback of this client is running or will run. Called inside a callback it
        does not wait, and takes effect afterwards. If a callback does not return within the action timeout,
        it raises Error with code 3.
        """
        self._native.close()

    def submit(
        self,
        name: str,
        headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None = None,
        /,
        *,
        deadline: float | None = None,
        **more: Value,
    ) -> Future[Response]:
        """Send an action and do not wait: the future gets its response, or the exception that `action`
        raises.

            answers = [client.submit("Getvar", Variable=variable) for variable in variables]
            values = [answer.result()["Value"] for answer in answers]

        The arguments are those of `action`. The future ends when the response has come, at the deadline, or
        when the connection is lost or the client closed; it keeps the client until then. Functions that are
        added to it run on a thread of libami's for callbacks, and may use the client; a function that
        takes its time holds up no other action.

        Until it ends, the future can be cancelled: an action that was not written is not sent, and the answer
        to one that was is dropped, as the server may carry it out nevertheless. In the child of a fork,
        waiting for a future of the parent raises Error with code 4.

        Raises InvalidValue, QueueFull, ConnectError, ClosedError, or Error with code 2 before the client is
        open, for an action that is refused at once; nothing was written then.
        """
        try:
            given = _arguments.pairs(headers, more) if headers or more else ()
            return self._submit(name, given, deadline)
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, more
            given = ()

    def filter_events(self, filter: EventFilter) -> Literal["criteria", "expressions", "client"]:
        """Have the server send only events that pass the filter, for all readers of this client; see
        `EventFilter.cuts`. Further connections get it too. A further filter adds its rules; nothing takes one
        back but a new client.

        Return the way in which the server keeps to it: "criteria", or "expressions" from versions before
        18.26, 20.11 and 22.1, with the same result; "client" if it knows no filters, as Asterisk 1.8: then
        use `EventFilter.matches`. Raises PermissionError without the class "system"; otherwise as `action`.
        """
        return self._native.filter_events(filter).wait()

    def can(self, action: str) -> bool:
        """Tell whether the server knows this action and lets this account call it. The server is asked by
        ListCommands once a connection, by the first call. Raises as `action`."""
        return self._native.can(action).wait()

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
        """Have the server ring a channel, such as "PJSIP/100", and wait until it is answered, or the call has
        failed.

            call = client.originate("PJSIP/100", context="default", exten="200", variable={"A": "1"})
            print(call.answered, call.reason, call.channel, call.uniqueid)

        The session is not blocked meanwhile. The outcome comes with the event OriginateResponse: the account
        must be allowed to read the class "call", and the event mask must contain it. With `wait=False` the
        call returns the server's response at once; OriginateResponse then has the same ActionID.

        context, exten, priority    the extension in the dialplan that the answered channel goes to; the
                                    priority is 1 unless given
        application, data           or the application that it runs, such as "Playback" with "demo-thanks"
        timeout                     the seconds that it rings; 30 unless given
        caller_id                   the caller that is shown, such as "Alice <100>"
        variable                    a mapping of channel variables
        account, early_media        as in the action
        headers                     a mapping of more headers of the action
        deadline                    seconds that the server may take beyond the ringing, in place of the
                                    action timeout

        Raises ActionError if the server refuses the call; OutcomeUnknown if it accepted the call and the
        outcome did not come in time, or was missed while there was no connection: the call may then be up.
        Otherwise as `action`.
        """
        arguments = dict(call)
        try:
            if wait:
                return self._native.originate(channel, arguments).wait()
            return self._native.start_originate(channel, arguments).wait()
        finally:
            # Some show local variables in tracebacks; channels and variables may be people's own.
            del channel, call, arguments

    @overload
    def on(self, names: str | Iterable[str] | None, callback: EventCallback) -> Subscription: ...
    @overload
    def on(
        self, names: str | Iterable[str] | None, callback: None = None
    ) -> Callable[[_EventFunction], _EventFunction]: ...
    @overload
    def on(
        self, names: type[_View] | Iterable[type[_View]], callback: Callable[[_View], object]
    ) -> Subscription: ...
    @overload
    def on(
        self, names: type[_View] | Iterable[type[_View]], callback: None = None
    ) -> Callable[[Callable[[_View], _Result]], Callable[[_View], _Result]]: ...
    def on(
        self, names: _arguments.Names | None, callback: Callable[[Any], object] | None = None
    ) -> Subscription | Callable[[Any], Any]:
        """Call a function for each event of these names from now on; None for every event.

            client.on("Newexten,VarSet", handle)

            @client.on("Hangup")
            def hung_up(event): ...

            >>> import queue
            >>> seen = queue.SimpleQueue()
            >>> subscription = client.on("UserEvent", seen.put)
            >>> response = client.action("UserEvent", UserEvent="Door", State="open")
            >>> seen.get(timeout=5)["State"]
            'open'

        A class of `libami.events` in place of a name has the function called with views of its events:
        `client.on(events.Hangup, handle)`.

        Names are compared without case, and a `*` in one stands for any characters, or none: "Queue*".
        Markers of libami's own stand among the events, where it happened:

        "#lagged"    events were dropped, as the queue was full; `Event.lost` is their number
        "#gap"       the connection was lost, and the client has connected again; events between were missed.
                     From and Until are seconds since 1970, Cause is the reason, `Event.outage` the seconds
        "#skipped"   the server sent something here that is neither an event nor the answer to an action,
                     such as a text message that looks like an answer; Messages and Bytes are its size
        "#state"     the connection is in the `state` that State says; for "waiting", Cause is the reason and
                     RetryIn the wait in ms; for a further "connecting", Attempt counts the attempts in a row

        They come where they are named in full, the first three also where no names are given. Calls are made
        one at a time, in order, on a thread of libami's, and may use the client. Exceptions that they raise
        are logged to the logger "libami". The subscription lasts until it or the client is closed, or the
        connection is lost for good, which is logged once as a warning. As long as the Subscription is kept,
        it keeps the client.

        Raises ClosedError, or the error that ended the connection, for a client that gives no more events;
        TypeError for an `async` function, which needs `libami.aio`.
        """
        _arguments.check_on(names)
        if callback is None:

            def decorate(function: _Function) -> _Function:
                self.on(names, function)  # type: ignore[arg-type]
                return function

            return decorate
        _arguments.check_plain(callback)
        return self._native.on(_arguments.names(names), _arguments.views(names), callback, self)


# Users find it there, and tracebacks and documentation show it.
Client.__module__ = "libami"


@with_settings(Client, "libami.connect")
def connect(client: Client) -> Client:
    """Connect and log in. The settings are explained at `Client`; raises the errors of that and of
    `Client.open`."""
    client.open()
    return client


connect.__module__ = "libami"
