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
import weakref
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, overload

import libami
from libami import Counters, Error, Event, Receipt, Response, Sms, State, UssdReply, Value, _errors, _native
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


class Subscription:
    """A callback's subscription. It lasts until it or its client is closed, whether this object is kept or
    not."""

    def __init__(self, stream: Stream[Any], task: asyncio.Task[None]) -> None:
        self._stream = stream
        self._task = task

    @property
    def counters(self) -> Counters:
        """What went through it so far. SMS are made of events, of which not each is one."""
        return self._stream.counters

    async def close(self) -> None:
        """End it: no call begins after this, and events that wait are discarded. Outside the callback it
        waits until a running call has returned."""
        self._stream.close()
        if asyncio.current_task() is not self._task:
            await asyncio.wait((self._task,))


class _OnLoop(ABC):
    """What belongs to one event loop: it is opened and closed there, and its callbacks run in tasks."""

    _action_timeout: float
    _subscriptions: set[Subscription]

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

    def _subscribe(self, stream: Stream[Any], callback: Callable[[Any], object]) -> Subscription:
        task = asyncio.get_running_loop().create_task(_deliver(stream, callback))
        subscription = Subscription(stream, task)
        subscriptions = self._subscriptions
        subscriptions.add(subscription)
        task.add_done_callback(lambda _: subscriptions.discard(subscription))
        return subscription

    def _stop_callbacks(self) -> set[asyncio.Task[None]]:
        """Have no call begin after this; return the tasks of those that run."""
        subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            subscription._stream.close()
        return {subscription._task for subscription in subscriptions}

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

    @property
    def _here(self) -> _native.AsyncClient:
        """The calls of this loop. They refuse to be made on another one."""
        return self._calls or self._bind()

    def _bind(self) -> _native.AsyncClient:
        loop = asyncio.get_running_loop()
        self._subscriptions = set()
        self._calls = _native.AsyncClient(self._native, _executor(loop), loop)
        return self._calls

    def _abandon(self) -> None:
        self._here.abandon()

    async def open(self) -> None:
        """Connect and log in, within the connect timeout. Once for a client; `close` in another task cancels
        it, and so does cancelling this.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError.
        """
        await self._here.open()

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
            return await self._here.action(name, libami._pairs(headers, more), deadline)
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
        finally:
            del cli

    async def ping(self) -> float:
        """Send a Ping; return how long the answer took, in seconds. Raises as `action`."""
        return await self._here.ping()

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
        subscription lasts until it or the client is closed, or the link lost for good.
        """
        if callback is None:

            def decorate(function: _EventFunction) -> _EventFunction:
                self.on(names, function)
                return function

            return decorate
        _check_callable(callback)
        return self._subscribe(EventStream(self._here.events(libami._names(names), None, None)), callback)

    def on_sms(self, callback: SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        _check_callable(callback)
        return self._subscribe(Inbox(self._here.inbox(None, None)), callback)

    def events(self, *names: str, timeout: float | None = None) -> EventStream:
        """Events of these names, or all, from this call on: an asynchronous iterator, and a context manager
        that unsubscribes.

        After `timeout` seconds without an event the iteration ends; going on with it is possible. It also
        ends when the stream or the client is closed here. A lost link raises ConnectError; where the client
        has `reconnect`, it does not, and a "#gap" stands in the stream once there is a new one. Markers are
        those of `libami.Client.on`. A step that is cancelled loses no event. The stream keeps the client
        alive.
        """
        return EventStream(self._here.events(libami._names(names or None), timeout, self))

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


def _check_callable(callback: object) -> None:
    if not callable(callback):
        raise TypeError(f"a callback must be callable, and a {type(callback).__name__} is not")


async def _deliver(stream: Stream[Any], callback: Callable[[Any], object]) -> None:
    # Why a subscription ended is told to calls and streams.
    with suppress(Error, StopAsyncIteration):
        while True:
            # What waits needs no coroutine of its own.
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
