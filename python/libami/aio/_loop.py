"""The parts that clients and gateways of event loops share."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from libami import _arguments, _errors, _native
from libami._arguments import Value
from libami._errors import ClosedError, CommandError, Error, OutcomeUnknown
from libami._native import Counters, Event, Response, View
from libami._peer import Peer, State
from libami.aio._stream import EventStream, Stream, ViewStream

if TYPE_CHECKING:
    from libami._actions import AsyncActions

_Opened = TypeVar("_Opened", bound="OnLoop")
_Result = TypeVar("_Result")
_View = TypeVar("_View", bound=View)

_CANCELLED_WAIT = 1.0
"""Seconds in which a callback must end after it was cancelled."""

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


class Delivery:
    """A callback and the stream that its calls come from. It begins on the loop, which may come later."""

    def __init__(self, open_stream: Callable[[], Stream[Any]], callback: Callable[[Any], object]) -> None:
        self.open_stream: Callable[[], Stream[Any]] | None = open_stream
        self.callback = callback
        self.stream: Stream[Any] | None = None
        self.task: asyncio.Task[None] | None = None


class _End:
    """Logs, once, that a connection's callbacks have ended with it."""

    def __init__(self) -> None:
        # Until it was open, the caller of `open` gets the error.
        self.is_due = False

    def tell(self, error: Error) -> None:
        if self.is_due and not isinstance(error, ClosedError):
            self.is_due = False
            _logger.warning("a connection is over, and its callbacks get nothing more: %s", error)


class Subscription:
    """A callback's subscription. It lasts until it or its client is closed, whether this object is kept or
    not. As long as it is kept, it keeps its client."""

    def __init__(self, owner: OnLoop, delivery: Delivery) -> None:
        self._owner: OnLoop | None = owner
        self._delivery = delivery

    @property
    def counters(self) -> Counters:
        """Counts of all that went through it so far.

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


# Users find it there.
Subscription.__module__ = "libami.aio"


class OnLoop(Peer, ABC):
    """The base of clients and gateways that belong to one event loop: it is opened and closed there, and its
    callbacks run in tasks."""

    _loop: asyncio.AbstractEventLoop | None = None
    _executor: _native.Executor
    _deliveries: set[Delivery]
    _end: _End

    def _bind(self) -> asyncio.AbstractEventLoop:
        """Belong to the loop that runs here."""
        loop = asyncio.get_running_loop()
        self._deliveries = set()
        self._end = _End()
        self._executor = _executor(loop)
        self._loop = loop
        return loop

    def _begin(self, pending: _native.Pending[_Result]) -> _native.Call[_Result]:
        """Begin a call on its loop; it refuses to be begun on another one."""
        loop = self._loop or self._bind()
        return pending.start(self._executor, loop)

    def _place(self) -> tuple[_native.Executor, asyncio.AbstractEventLoop]:
        """The executor and the loop that it belongs to; Error with code 2 on another one."""
        loop = self._loop or self._bind()
        self._executor.check_loop(loop)
        return self._executor, loop

    def _start(self, delivery: Delivery) -> None:
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
    async def open(self) -> None:
        """Connect and log in."""

    @abstractmethod
    async def close(self) -> Any:
        """Log off and end everything."""

    def _abandon(self) -> None:
        """Begin to close and wait for nothing."""
        self._native.abandon()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except Error:
            # The first error is the one that matters.
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

    async def wait_for_state(self, state: State, timeout: float | None = None) -> None:
        """Wait until the connection is in this state. One that lasts for a moment only may be missed;
        `on("#state", ...)` gets every change. Of a gateway it is the connection for events.

        Raises TimeoutError if it did not come within `timeout` seconds, where 0 does not wait; if it can come
        no more, ClosedError, or the error that ended the connection for good; InvalidValue for a state that
        does not exist.
        """
        await self._begin(self._native.wait_for_state(state, timeout))

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
            loop = self._loop or self._bind()
            return await self._native.action_on(
                self._executor,
                loop,
                name,
                _arguments.pairs(headers, more),
                deadline,
            )
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, more

    @property
    def actions(self) -> AsyncActions:
        """The actions of Asterisk as methods, with their headers as keywords, as of `libami.Client.actions`:

        await client.actions.queue_status(queue="support", deadline=5)
        """
        from libami._actions import AsyncActions

        return AsyncActions(self)

    async def command(self, cli: str, *, timeout: float | None = None) -> str:
        """Run a CLI command and return its text, lines joined by "\\n". Build the line from trusted text
        only. It may take `timeout` seconds, in place of the action timeout.

        Raises CommandError if the CLI did not accept it, on every server version; otherwise as `action`.
        """
        try:
            return await self._begin(self._native.command(cli, timeout))
        except CommandError as error:
            _arguments.explain(error, cli)
            raise
        finally:
            del cli

    async def ping(self) -> float:
        """Send a Ping; return the seconds until the answer came. Raises as `action`; PingTimeout, which is a
        TimeoutError too, if no answer came in time."""
        loop = self._loop or self._bind()
        began = time.monotonic()
        try:
            return await self._native.ping_on(self._executor, loop)
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
        """Events of these names, or all, from this call on: an asynchronous iterator, and a context manager
        that unsubscribes.

        After `timeout` seconds without an event the iteration ends, after `idle_timeout` seconds it raises
        TimeoutError; going on with it is possible. It also ends when the stream or the client is closed here.
        A lost connection raises ConnectError; with `reconnect` it does not, and a "#gap" stands in the stream
        once the client has connected again. Names and markers are those of `libami.Client.on`. A step that is
        cancelled loses no event. The stream keeps the client alive.

        A gateway gives the server's events as they come to its session for events; with the event mask "on"
        these are the classes that SMS and USSD need.

        A class of `libami.events` in place of a name gives views of its events:
        `client.events(events.Hangup)`. Names may follow, such as "#gap", whose events come as they are.
        """
        listed, views = _arguments.names_or_all(names), _arguments.views(names)
        stream: _native.AsyncStream[Any]
        stream = self._native.events_on(*self._place(), listed, views, timeout, idle_timeout, self)
        return ViewStream(stream) if views else EventStream(stream)


class Connecting(Generic[_Opened]):
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
