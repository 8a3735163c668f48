"""A GSM gateway as a whole, for asyncio.

    import libami.aio.gateway

    async with libami.aio.gateway.connect("192.168.1.30", username="admin", secret="...") as gateway:
        await gateway.send("13632919026", "hello", port=2)
        async for item in gateway.inbox():
            print(item)

The names, arguments and exceptions are those of `libami.gateway`; what waits there is awaited here. A gateway
belongs to the event loop that it is first used on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, overload

import libami
from libami import (
    CommandError,
    OutcomeUnknown,
    Receipt,
    Response,
    State,
    UssdReply,
    Value,
    _arguments,
    _native,
    aio,
)
from libami.aio import SmsCallback, Subscription
from libami.aio._stream import EventStream, Stream
from libami.gateway import Mail, PortStatus, Power, _Gateway, _sms, _UssdDialogue

__all__ = ["Gateway", "Inbox", "Subscription", "UssdDialogue", "connect"]

MailCallback: TypeAlias = Callable[[Any], object | Awaitable[object]]
_MailFunction = TypeVar("_MailFunction", bound=MailCallback)
_Result = TypeVar("_Result")


class Inbox(Stream[Mail]):
    """Mail of a gateway, from the call of `inbox` on."""


class UssdDialogue(_UssdDialogue):
    """A talk with the network by USSD. The network ends it when it wants no answer, or after a time of its
    own. It is a context manager that ends it."""

    def __init__(self, dialogue: _native.UssdDialogue, gateway: Gateway) -> None:
        super().__init__(dialogue)
        self._gateway = gateway

    async def answer(self, answer: str) -> UssdReply:
        """Answer, such as "1" for the first point of a menu, and wait for the next reply.

        Raises Error with code 2 if the network waits for no answer; otherwise as `Gateway.send_ussd`, after
        which the dialogue is over. So it is if this is cancelled.
        """
        try:
            return await self._gateway._begin(self._native.answer(answer))
        finally:
            # Some show local variables in tracebacks; codes are people's own.
            del answer


class Gateway(aio._OnLoop, _Gateway):
    """A GSM gateway, for the event loop that it is first used on.

    `connect` makes and opens one. It is an asynchronous context manager that closes it. The settings are
    those of `libami.Client`.
    """

    _label = "libami.aio.gateway.Gateway"
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def _place(self) -> tuple[_native.Executor, asyncio.AbstractEventLoop]:
        """The executor and the loop that its calls run on."""
        if self._loop is None:
            self._deliveries = set()
            self._end = aio._End()
            # It is open before anything is subscribed to.
            self._end.is_due = True
            self._loop = asyncio.get_running_loop()
            self._executor = aio._executor(self._loop)
        return self._executor, self._loop

    def _begin(self, pending: _native.Pending[_Result]) -> _native.Call[_Result]:
        return pending.start(*self._place)

    def _abandon(self) -> None:
        self._native.abandon()

    async def open(self) -> None:
        """Connect, log in, and find out the dialect unless it is set; nothing is sent for that. Once for a
        gateway; `close` in another task cancels it, and so does cancelling this.

        Raises as `libami.gateway.Gateway.open`.
        """
        await self._begin(self._native.open())

    async def close(self) -> list[Receipt]:
        """End everything. What waits for its turn is not sent: return receipts of that. What is under way is
        waited for. The second time it does nothing.

        When it has returned, no callback of this gateway is running or will run. Called inside a callback it
        does not wait for any. A callback that does not return within the action timeout is cancelled; if it
        does not end then either, Error with code 3.
        """
        closing = self._begin(self._native.closing())
        running = self._stop_callbacks()
        receipts = await closing
        await self._callbacks_ended(running, "gateway")
        return receipts

    @_sms
    async def send(self, request: _native.SmsRequest) -> Receipt:
        """Send an SMS and wait until the network took it: in its port's queue, then for the network. It is
        never sent twice. Cancelled before its turn, it is not sent at all; after that it goes out.

        Arguments and exceptions are those of `libami.gateway.Gateway.send`.
        """
        return await self._begin(self._native.send(request))

    @_sms
    def submit(self, request: _native.SmsRequest) -> asyncio.Task[Receipt]:
        """Put an SMS into its port's queue, at once. The task ends with its receipt, or with what `send`
        raises; cancelling it does not take the message back.

        The arguments are those of `send`. Raises QueueFull, ClosedError, InvalidValue, or Error with code 7,
        for what is not even put into the queue.
        """
        _, loop = self._place
        sending = self._native.sending(request, loop)

        async def outcome() -> Receipt:
            return await self._begin(sending)

        return loop.create_task(outcome())

    async def send_ussd(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdReply:
        """Send a USSD code such as "*100#", or an answer to a menu, and wait for the network's reply: in the
        port's queue before all messages, then for the network. After a code without a reply in time the port
        rests for USSD (`port_rest`), as a reply does not say which code it answers.

        Raises UssdError with the gateway's words, OutcomeUnknown if no reply came in time, InvalidValue, and
        what `action` raises.
        """
        try:
            return await self._begin(self._native.send_ussd(port, code, timeout))
        finally:
            # Some show local variables in tracebacks; codes are people's own.
            del code

    async def dial(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdDialogue:
        """Begin a USSD dialogue with a code such as "*100#".

            with await gateway.dial(1, "*100#") as dialogue:
                print(dialogue.reply.text)
                if dialogue.is_open:
                    print((await dialogue.answer("1")).text)

        Raises as `send_ussd`. The timeout is for each reply.
        """
        try:
            return UssdDialogue(await self._begin(self._native.dial(port, code, timeout)), self)
        finally:
            del code

    def inbox(self, *, timeout: float | None = None) -> Inbox:
        """Mail from this call on, in order: an asynchronous iterator over `libami.gateway.Mail`, and
        a context manager that ends it. A text in parts is put together.

        After `timeout` seconds without anything the iteration ends; going on with it is possible. It also
        ends when the inbox or the gateway is closed here. A lost link raises ConnectError; where the gateway
        has `reconnect`, it does not, and a "#gap" stands there once there is a new one. A step that is
        cancelled loses nothing. The inbox keeps the gateway alive.
        """
        return Inbox(self._native.inbox_on(*self._place, None, timeout, self))

    @overload
    def on(self, names: str | Iterable[str] | None, callback: MailCallback) -> Subscription: ...
    @overload
    def on(
        self, names: str | Iterable[str] | None, callback: None = None
    ) -> Callable[[_MailFunction], _MailFunction]: ...
    def on(
        self, names: str | Iterable[str] | None, callback: MailCallback | None = None
    ) -> Subscription | Callable[[_MailFunction], _MailFunction]:
        """Call a function, plain or `async`, for what comes in from now on under these names; None for all of
        them.

        Names are those of `libami.gateway.Gateway.on`; calls are made in the way of `libami.aio.Client.on`.
        """
        _arguments.check_on(names)
        if callback is None:

            def decorate(function: _MailFunction) -> _MailFunction:
                self.on(names, function)
                return function

            return decorate
        _arguments.check_callback(callback)
        self._native.check_alive()
        place, listed = self._place, _arguments.names(names)
        inbox = Inbox(self._native.inbox_on(*place, listed, None, None))
        delivery = aio._Delivery(lambda: inbox, callback)
        self._start(delivery)
        return Subscription(self, delivery)

    def on_sms(self, callback: SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        return self.on("#sms", callback)

    def events(
        self, *names: str, timeout: float | None = None, idle_timeout: float | None = None
    ) -> EventStream:
        """Events of the server as it tells them to the session for what comes in, in the way of
        `libami.gateway.Gateway.events`."""
        listed = _arguments.names_or_all(names)
        return EventStream(self._native.events_on(*self._place, listed, timeout, idle_timeout, self))

    async def wait_for_state(self, state: State, timeout: float | None = None) -> None:
        """Wait until the link for what comes in is in this state, in the way of
        `libami.aio.Client.wait_for_state`."""
        await self._begin(self._native.wait_for_state(state, timeout))

    async def ping(self) -> float:
        """Send a Ping; return how long the answer took, in seconds. Raises as `libami.Client.ping`."""
        began = time.monotonic()
        try:
            return await self._begin(self._native.ping())
        except OutcomeUnknown as error:
            raise _arguments.late_ping(error, began, self._action_timeout) from None

    async def ports(self, *, deadline: float | None = None) -> list[PortStatus]:
        """Ask for all ports, as they are now, one by one: within `deadline` seconds in all, or else the
        action timeout. Those for which there was no time left are there too, and say so:
        `PortStatus.is_complete`.

        Raises as `action`.
        """
        return await self._begin(self._native.ports(deadline))

    async def power(self, port: int | str, power: Power) -> None:
        """Turn a port "on" or "off", or "reset" it. Messages that are under way there may be lost.

        OpenVox's and ALLO's gateways have done it when this returns, after some two seconds. The drivers of
        dongles do it soon afterwards, and what they had queued for the device is lost.

        Raises Error with code 7 where the gateway has no such command, CommandError with its words if it does
        not say that it has done it, and what `action` raises.
        """
        await self._begin(self._native.power(port, power))

    async def reload(self, port: int | str) -> None:
        """Have the gateway read a port's settings again. The drivers of dongles read those of all devices,
        when each is idle; a dongle that the driver does not list is an ActionError, where the account may
        ask.

        Raises as `power`.
        """
        await self._begin(self._native.reload(port))

    async def action(
        self,
        name: str,
        headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None = None,
        /,
        *,
        deadline: float | None = None,
        **more: Value,
    ) -> Response:
        """Send an action by the session for what comes in, in the way of `libami.aio.Client.action`. One that
        waits for the network would stop what comes in meanwhile."""
        try:
            return await self._begin(self._native.action(name, _arguments.pairs(headers, more), deadline))
        finally:
            del headers, more

    async def command(self, cli: str, *, deadline: float | None = None) -> str:
        """Run a CLI command and return its text, in the way of `libami.aio.Client.command`."""
        try:
            return await self._begin(self._native.command(cli, deadline))
        except CommandError as error:
            _arguments.explain(error, cli)
            raise
        finally:
            del cli


@libami._with_settings(Gateway)
def connect(gateway: Gateway) -> aio._Connecting[Gateway]:
    """Connect, log in, and find out the dialect unless it is set, when awaited or used with `async with`;
    both give the `Gateway`.

    The settings are explained at `libami.Client`; raises what that and `Gateway.open` raise.
    """
    return aio._Connecting(gateway)
