"""The client for asyncio.

    import libami.aio

    async with libami.aio.connect("127.0.0.1", username="admin", secret="...") as client:
        print((await client.action("CoreSettings"))["AsteriskVersion"])
        async for event in client.events("Newchannel", "Hangup", timeout=60):
            print(event.name, event["Channel"])

The names, arguments and exceptions are those of `libami`; what waits there is awaited here. A client belongs
to the event loop that it is first used on. A call that is cancelled leaves nothing behind here, but what it
has written the server still carries out.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeAlias, TypeVar, Unpack, overload

import libami
from libami import (
    ClosedError,
    CommandError,
    Counters,
    Error,
    Event,
    OriginateArguments,
    Originated,
    OutcomeUnknown,
    Receipt,
    Response,
    Sms,
    State,
    UssdReply,
    Value,
    _arguments,
    _errors,
    _native,
)
from libami.aio._stream import EventStream, Inbox, Stream

__all__ = ["Client", "EventStream", "Inbox", "Subscription", "connect"]

EventCallback: TypeAlias = Callable[[Event], object | Awaitable[object]]
SmsCallback: TypeAlias = Callable[[Sms], object | Awaitable[object]]
_EventFunction = TypeVar("_EventFunction", bound=EventCallback)
_Opened = TypeVar("_Opened", bound="_OnLoop")

_CANCELLED_WAIT = 1.0
"""Seconds that a callback gets to end in once it was cancelled."""

_logger = logging.getLogger("libami")
# The loop keeps its executor, which it watches, and the clients do. It must not be kept from here: the
# futures in it know their loop, and then no loop would ever go.
_executors: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[_native.Executor]]
_executors = weakref.WeakKeyDictionary()


def _executor(loop: asyncio.AbstractEventLoop) -> _native.Executor:
    known = _executors.get(loop)
    executor = known() if known else None
    if executor is None:
        executor = _native.Executor()
        loop.add_reader(executor.fileno(), executor.run)
        _executors[loop] = weakref.ref(executor)
    return executor


class _Delivery:
    """A callback and the stream that its calls come from. It begins on the loop, which may come later."""

    def __init__(self, open_stream: Callable[[], Stream[Any]], callback: Callable[[Any], object]) -> None:
        self.open_stream: Callable[[], Stream[Any]] | None = open_stream
        self.callback = callback
        self.stream: Stream[Any] | None = None
        self.task: asyncio.Task[None] | None = None


class _End:
    """Has it logged, once, that a link's callbacks have ended with it."""

    def __init__(self) -> None:
        # Until it was open, whoever opens it is told.
        self.is_due = False

    def tell(self, error: Error) -> None:
        if self.is_due and not isinstance(error, ClosedError):
            self.is_due = False
            _logger.warning("a link is over, and its callbacks get nothing more: %s", error)


class Subscription:
    """A callback's subscription. It lasts until it or its client is closed, whether this object is kept or
    not. As long as it is kept, it keeps its client."""

    def __init__(self, owner: _OnLoop, delivery: _Delivery) -> None:
        self._owner: _OnLoop | None = owner
        self._delivery = delivery

    @property
    def counters(self) -> Counters:
        """Counts of all that went through it so far. SMS are made of events, of which not each is one.

        Raises Error with code 2 before the client is used on its event loop.
        """
        stream = self._delivery.stream
        if stream is None:
            raise _errors.make(2, "the client is not used on an event loop yet, so nothing was counted")
        return stream.counters

    async def close(self) -> None:
        """End it: no call begins after this, and events that wait are discarded. Outside the callback it
        waits until a running call has returned."""
        self._owner = None
        delivery = self._delivery
        delivery.open_stream = None
        if delivery.stream is not None:
            delivery.stream.close()
        if delivery.task is not None and asyncio.current_task() is not delivery.task:
            await asyncio.wait((delivery.task,))


class _OnLoop(ABC):
    """The base of clients and gateways that belong to one event loop: it is opened and closed there, and its
    callbacks run in tasks."""

    _action_timeout: float
    _deliveries: set[_Delivery]
    _end: _End

    def _start(self, delivery: _Delivery) -> None:
        """Begin to call, in a task of the loop that runs."""
        if delivery.open_stream is None:
            # It was closed before.
            return
        stream, delivery.open_stream = delivery.open_stream(), None
        task = asyncio.get_running_loop().create_task(_deliver(stream, delivery.callback, self._end))
        delivery.stream, delivery.task = stream, task
        deliveries = self._deliveries
        deliveries.add(delivery)
        task.add_done_callback(lambda _: deliveries.discard(delivery))

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> Any: ...

    @abstractmethod
    def _abandon(self) -> None:
        """Begin to close and wait for nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except Error:
            # What went wrong first is what matters.
            if error is None:
                raise

    def _stop_callbacks(self) -> set[asyncio.Task[None]]:
        """Have no call begin after this; return the tasks of those that run."""
        running = set()
        for delivery in tuple(self._deliveries):
            if delivery.stream is not None and delivery.task is not None:
                delivery.stream.close()
                running.add(delivery.task)
        return running

    async def _callbacks_ended(self, running: set[asyncio.Task[None]], whose: str) -> None:
        if not running or asyncio.current_task() in running:
            return
        _, running = await asyncio.wait(running, timeout=self._action_timeout)
        for task in running:
            task.cancel()
        if running and (await asyncio.wait(running, timeout=_CANCELLED_WAIT))[1]:
            raise _errors.make(3, f"a callback of this {whose} is still running; the {whose} is closed")


class Client(_OnLoop, libami._Client):
    """A client of one server, for the event loop that it is first used on.

    Making it does not connect: `on`, `events` and `inbox` can be called first, so that nothing is missed once
    it is open. `connect` makes and opens one. It is an asynchronous context manager that closes it. The
    settings are those of `libami.Client`.
    """

    _label = "libami.aio.Client"
    _calls: _native.AsyncClient | None = None
    _early: list[_Delivery] | None = None
    """Callbacks that wait for the loop."""

    @property
    def _here(self) -> _native.AsyncClient:
        """The calls of this loop. They refuse to be made on another one."""
        return self._calls or self._bind()

    def _bind(self) -> _native.AsyncClient:
        loop = asyncio.get_running_loop()
        self._deliveries = set()
        self._end = _End()
        self._calls = calls = _native.AsyncClient(self._native, _executor(loop), loop)
        early, self._early = self._early, None
        for delivery in early or ():
            self._start(delivery)
        return calls

    def _subscribe(
        self, open_stream: Callable[[_native.AsyncClient], Stream[Any]], callback: Callable[[Any], object]
    ) -> Subscription:
        self._native.check_alive()
        delivery = _Delivery(lambda: open_stream(self._here), callback)
        if self._calls is None and not _is_on_a_loop():
            self._early = [*(self._early or ()), delivery]
        else:
            # Used for the first time it is bound here.
            self._here  # noqa: B018
            self._start(delivery)
        return Subscription(self, delivery)

    def _abandon(self) -> None:
        self._here.abandon()

    async def open(self) -> None:
        """Connect and log in, within the connect timeout. Once for a client; `close` in another task cancels
        it, and so does cancelling this.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError.
        """
        await self._here.open()
        self._end.is_due = True

    async def wait_for_state(self, state: State, timeout: float | None = None) -> None:
        """Wait until the link is in this state. One that lasts for a moment only may be missed;
        `on("#state", ...)` gets every change.

        Raises TimeoutError if it did not come within `timeout` seconds, where 0 does not wait; if it can come
        no more, ClosedError, or why the link was lost for good; InvalidValue for a state that does not exist.
        """
        await self._here.wait_for_state(state, timeout)

    async def close(self) -> None:
        """Log off and end everything: waiting calls, subscriptions, callbacks. The second time it does
        nothing.

        When it has returned, no callback of this client is running or will run. Called inside a callback it
        does not wait for any. A callback that does not return within the action timeout is cancelled; if it
        does not end then either, Error with code 3.
        """
        closing = self._here.close()
        running = self._stop_callbacks()
        # The session ends by itself, however long the server takes.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._action_timeout):
                await closing
        await self._callbacks_ended(running, "client")

    async def action(
        self,
        name: str,
        headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None = None,
        /,
        *,
        deadline: float | None = None,
        **more: Value,
    ) -> Response:
        """Send an action and wait for its whole answer: a list with all its entries, a command with its text.

        Headers, deadline and exceptions are those of `libami.Client.action`. Many may be under way at once.
        """
        try:
            return await self._here.action(name, _arguments.pairs(headers, more), deadline)
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, more

    async def command(self, cli: str, *, deadline: float | None = None) -> str:
        """Run a CLI command and return its text, lines joined by "\\n". Build the line from trusted text
        only.

        Raises CommandError if the CLI did not accept it, on every server version; otherwise as `action`.
        """
        try:
            return await self._here.command(cli, deadline)
        except CommandError as error:
            _arguments.explain(error, cli)
            raise
        finally:
            del cli

    async def ping(self) -> float:
        """Send a Ping; return how long the answer took, in seconds. Raises as `action`; PingTimeout, which is
        a TimeoutError too, if no answer came in time."""
        began = time.monotonic()
        try:
            return await self._here.ping()
        except OutcomeUnknown as error:
            raise _arguments.late_ping(error, began, self._action_timeout) from None

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
        """Have the server ring a channel, such as "PJSIP/100", and wait until it is answered or is not.

        Arguments, outcome and exceptions are those of `libami.Client.originate`. A call that was taken on
        goes on if this is cancelled.
        """
        arguments = dict(call)
        try:
            if wait:
                return await self._here.originate(channel, arguments)
            return await self._here.start_originate(channel, arguments)
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
        """Call a function, plain or `async`, for each event of these names from now on; None for every event.

            client.on("Newexten,VarSet", handle)

            @client.on("Hangup")
            async def hung_up(event): ...

        Names and markers are those of `libami.Client.on`. Calls are made one at a time, in order, in a task
        of this loop, and may use the client. What they raise is logged to the logger "libami". The
        subscription lasts until it or the client is closed, or the link lost for good, which is logged once
        as a warning; as long as it is kept, it keeps the client.

        It may be called before there is an event loop, as for a client at a module's top: it then begins when
        the client is first used on its loop, as by `open`.

        Raises ClosedError, or why the link was lost, for a client that gives no more events.
        """
        _arguments.check_on(names)
        if callback is None:

            def decorate(function: _EventFunction) -> _EventFunction:
                self.on(names, function)
                return function

            return decorate
        _arguments.check_callback(callback)
        listed = _arguments.names(names)
        self._native.check_names(listed)
        return self._subscribe(lambda calls: EventStream(calls.events(listed, None, None, None)), callback)

    def on_sms(self, callback: SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        _arguments.check_callback(callback)
        return self._subscribe(lambda calls: Inbox(calls.inbox(None, None)), callback)

    def events(
        self, *names: str, timeout: float | None = None, idle_timeout: float | None = None
    ) -> EventStream:
        """Events of these names, or all, from this call on: an asynchronous iterator, and a context manager
        that unsubscribes.

        After `timeout` seconds without an event the iteration ends, after `idle_timeout` seconds it raises
        TimeoutError; going on with it is possible. It also
        ends when the stream or the client is closed here. A lost link raises ConnectError; where the client
        has `reconnect`, it does not, and a "#gap" stands in the stream once there is a new one. Markers are
        those of `libami.Client.on`. A step that is cancelled loses no event. The stream keeps the client
        alive.
        """
        listed = _arguments.names_or_all(names)
        return EventStream(self._here.events(listed, timeout, idle_timeout, self))

    def inbox(self, *, timeout: float | None = None) -> Inbox:
        """SMS that come in from this call on, in the way of `events`.

        There are no markers among them, so one that came in while the link was down is missing without a
        word: `on("#gap", ...)` tells of such times, and `counters.dropped` whether the queue was full.
        """
        return Inbox(self._here.inbox(timeout, self))

    async def send_sms(
        self, span: int | str, to: str, text: str, *, timeout: float | None = None, id: str | None = None
    ) -> Receipt:
        """Send an SMS through a port, counted from 1 or named, and wait until the network took it. It is
        never sent twice, and once written it goes out even if this is cancelled.

        Arguments and exceptions are those of `libami.Client.send_sms`.
        """
        try:
            return await self._here.send_sms(span, to, text, timeout, id)
        finally:
            del to, text

    async def queue_sms(self, span: int | str, to: str, text: str, *, id: str | None = None) -> Receipt:
        """Hand an SMS to the gateway and do not wait for the network. What becomes of it is not told here.

        Raises as `send_sms`.
        """
        try:
            return await self._here.send_sms(span, to, text, None, id, queue=True)
        finally:
            del to, text

    async def send_ussd(self, span: int | str, code: str, *, timeout: float | None = None) -> UssdReply:
        """Send a USSD code such as "*100#", or an answer to a menu, and wait for the network's reply, in the
        way of `libami.Client.send_ussd`.

        Raises UssdError with the gateway's words, OutcomeUnknown if no reply came in time, InvalidValue, and
        what `action` raises.
        """
        try:
            return await self._here.send_ussd(span, code, timeout)
        finally:
            del code


class _Connecting(Generic[_Opened]):
    """A client that is to be opened: by `await`, or by `async with`, which closes it too."""

    def __init__(self, client: _Opened) -> None:
        self._client = client

    def __await__(self) -> Generator[Any, None, _Opened]:
        return self._open().__await__()

    async def __aenter__(self) -> _Opened:
        return await self._open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def _open(self) -> _Opened:
        try:
            await self._client.open()
        except Exception:
            raise
        except BaseException:
            # It may have been cancelled just when it was open, and nobody has the client.
            self._client._abandon()
            raise
        return self._client


@libami._with_settings(Client)
def connect(client: Client) -> _Connecting[Client]:
    """Connect and log in, when awaited or used with `async with`; both give the `Client`.

    The settings are explained at `libami.Client`; raises what that and `Client.open` raise.
    """
    return _Connecting(client)


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _deliver(stream: Stream[Any], callback: Callable[[Any], object], end: _End) -> None:
    try:
        await _deliver_each(stream, callback)
    except StopAsyncIteration:
        pass
    except Error as error:
        end.tell(error)


async def _deliver_each(stream: Stream[Any], callback: Callable[[Any], object]) -> None:
    while True:
        # An event that is there is taken without a coroutine, which would cost more than the event does.
        item = stream._take()
        if item is None:
            item = await stream._native.next()
        try:
            result = callback(item)
            if result is not None and inspect.isawaitable(result):
                await result
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            _logger.error("the callback %r raised an exception", callback, exc_info=True)


if TYPE_CHECKING:
    from libami.aio import gateway as gateway
else:

    def __getattr__(name: str) -> ModuleType:
        """It costs time to import, so it is imported when it is asked for."""
        if name == "gateway":
            return importlib.import_module("libami.aio.gateway")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
