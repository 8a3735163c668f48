"""The client of one server, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Literal, TypeAlias, TypeVar, Unpack, overload

from libami import _arguments
from libami._native import Event, EventFilter, Originated, Response, View
from libami._peer import ClientBase, with_settings
from libami.aio._loop import Connecting, Delivery, OnLoop, Subscription
from libami.aio._stream import Stream
from libami.client import OriginateArguments

EventCallback: TypeAlias = Callable[[Event], object | Awaitable[object]]
_EventFunction = TypeVar("_EventFunction", bound=EventCallback)
_Function = TypeVar("_Function", bound=Callable[..., object])
_Result = TypeVar("_Result")
_View = TypeVar("_View", bound=View)


class Client(ClientBase, OnLoop):
    """A client of one server, for the event loop that it is first used on.

    Making it does not connect: `on` and `events` can be called first, so that nothing is missed once it is
    open. `connect` makes and opens one. It is an asynchronous context manager that closes it. The settings
    are those of `libami.Client`.
    """

    _label = "libami.aio.Client"
    _early: list[Delivery] | None = None
    """Callbacks that wait for the loop."""

    def _bind(self) -> asyncio.AbstractEventLoop:
        loop = super()._bind()
        self._native.use_on_a_loop()
        early, self._early = self._early, None
        for delivery in early or ():
            self._start(delivery)
        return loop

    async def open(self) -> None:
        """Connect and log in, within the connect timeout. Once for a client; `close` in another task cancels
        it, and so does cancelling this.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError.
        """
        executor, loop = self._place()
        opening = self._begin(self._native.open())
        self._native.lend(executor, loop)
        await opening
        self._end.is_due = True

    async def close(self) -> None:
        """Log off and end everything: waiting calls, subscriptions, callbacks. The second time it does
        nothing.

        When it has returned, no callback of this client is running or will run. Called inside a callback it
        does not wait for any. A callback that does not return within the action timeout is cancelled; if it
        does not end then either, it raises Error with code 3.
        """
        self._place()
        closing = self._begin(self._native.closing())
        running = self._stop_callbacks()
        # The session ends by itself, however long the server takes.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._action_timeout):
                await closing
        await self._callbacks_ended(running, "client")

    async def filter_events(self, filter: EventFilter) -> Literal["criteria", "expressions", "client"]:
        """Have the server send only events that pass the filter, for all readers of this client; see
        `EventFilter.cuts`. Further connections get it too. A further filter adds its rules; nothing takes one
        back but a new client.

        Return the way in which the server keeps to it: "criteria", or "expressions" from versions before
        18.26, 20.11 and 22.1, with the same result; "client" if it knows no filters, as Asterisk 1.8: then
        use `EventFilter.matches`. Raises PermissionError without the class "system"; otherwise as `action`.
        """
        return await self._begin(self._native.filter_events(filter))

    async def can(self, action: str) -> bool:
        """Tell whether the server knows this action and lets this account call it. The server is asked by
        ListCommands once a connection, by the first call. Raises as `action`."""
        return await self._begin(self._native.can(action))

    @overload
    async def originate(
        self, channel: str, *, wait: Literal[True] = True, **call: Unpack[OriginateArguments]
    ) -> Originated: ...
    @overload
    async def originate(
        self, channel: str, *, wait: Literal[False], **call: Unpack[OriginateArguments]
    ) -> Response: ...
    async def originate(
        self, channel: str, *, wait: bool = True, **call: Unpack[OriginateArguments]
    ) -> Originated | Response:
        """Have the server ring a channel, such as "PJSIP/100", and wait until it is answered, or the call has
        failed.

        Arguments, outcome and exceptions are those of `libami.Client.originate`. A call that the server has
        accepted goes on if this is cancelled.
        """
        arguments = dict(call)
        try:
            if wait:
                return await self._begin(self._native.originate(channel, arguments))
            return await self._begin(self._native.start_originate(channel, arguments))
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
        self,
        names: type[_View] | Iterable[type[_View]],
        callback: Callable[[_View], object | Awaitable[object]],
    ) -> Subscription: ...
    @overload
    def on(
        self, names: type[_View] | Iterable[type[_View]], callback: None = None
    ) -> Callable[[Callable[[_View], _Result]], Callable[[_View], _Result]]: ...
    def on(
        self, names: _arguments.Names | None, callback: Callable[[Any], object] | None = None
    ) -> Subscription | Callable[[Any], Any]:
        """Call a function, plain or `async`, for each event of these names from now on; None for every event.

            client.on("Newexten,VarSet", handle)

            @client.on("Hangup")
            async def hung_up(event): ...

        Names, views and markers are those of `libami.Client.on`. Calls are made one at a time, in order, in a
        task of this loop, and may use the client. Exceptions that they raise are logged to the logger
        "libami". The subscription lasts until it or the client is closed, or the connection is lost for good,
        which is logged once as a warning. As long as the Subscription is kept, it keeps the client.

        It may be called before there is an event loop, as for a client at a module's top: it then begins when
        the client is first used on its loop, as by `open`.

        Raises ClosedError, or the error that ended the connection, for a client that gives no more events.
        """
        _arguments.check_on(names)
        if callback is None:

            def decorate(function: _Function) -> _Function:
                self.on(names, function)  # type: ignore[arg-type]
                return function

            return decorate
        _arguments.check_callback(callback)
        listed, views = _arguments.names(names), _arguments.views(names)
        self._native.check_names(listed)
        self._native.check_alive()
        delivery = Delivery(
            lambda: Stream(self._native.events_on(*self._place(), listed, views, None, None, None)), callback
        )
        if self._loop is None and not _is_on_a_loop():
            self._early = [*(self._early or ()), delivery]
        else:
            # Used for the first time it is bound here.
            self._place()
            self._start(delivery)
        return Subscription(self, delivery)


# Users find it there, and tracebacks and documentation show it.
Client.__module__ = "libami.aio"


@with_settings(Client, "libami.aio.connect")
def connect(client: Client) -> Connecting[Client]:
    """Connect and log in, when awaited or used with `async with`; both give the `Client`.

    The settings are explained at `libami.Client`; raises the errors of that and of `Client.open`.
    """
    return Connecting(client)


connect.__module__ = "libami.aio"


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
