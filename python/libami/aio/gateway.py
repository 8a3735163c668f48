"""A GSM gateway as a whole, for asyncio.

    import libami.aio

    async with libami.aio.gateway.connect("192.168.1.30", username="admin", secret="...") as gateway:
        await gateway.send("13632919026", "hello")
        async for item in gateway.inbox():
            print(item)

The names, arguments and exceptions are those of `libami.gateway`; calls that wait there are awaited here. A
gateway belongs to the event loop that it is first used on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias, TypeVar, overload

from libami import _arguments, _native
from libami._native import PortStatus, Receipt, Sms, UssdReply
from libami._peer import DialogueBase, GatewayBase, takes_sms, with_settings
from libami.aio._loop import Connecting, Delivery, OnLoop, Subscription
from libami.aio._stream import Stream
from libami.gateway import Mail, Power

__all__ = ["Gateway", "Inbox", "Subscription", "UssdDialogue", "connect"]

MailCallback: TypeAlias = Callable[[Any], object | Awaitable[object]]
SmsCallback: TypeAlias = Callable[[Sms], object | Awaitable[object]]
_MailFunction = TypeVar("_MailFunction", bound=MailCallback)


class Inbox(Stream[Mail]):
    """Mail of a gateway, from the call of `inbox` on."""


class UssdDialogue(DialogueBase):
    """A USSD session. The network ends it when it wants no answer, or after a timeout of its own. It is a
    context manager that ends it."""

    def __init__(self, dialogue: _native.UssdDialogue, gateway: Gateway) -> None:
        super().__init__(dialogue)
        self._gateway = gateway

    async def answer(self, answer: str) -> UssdReply:
        """Answer, such as "1" for the first point of a menu, and wait for the next reply.

        Raises Error with code 2 if the network waits for no answer; otherwise as `Gateway.send_ussd`, after
        which the session is over. Cancelling this ends it too.
        """
        try:
            return await self._gateway._begin(self._native.answer(answer))
        finally:
            # Some show local variables in tracebacks; codes are people's own.
            del answer


class Gateway(GatewayBase, OnLoop):
    """A GSM gateway, for the event loop that it is first used on.

    `connect` makes and opens one. It is an asynchronous context manager that closes it. The settings are
    those of `libami.Client`.
    """

    _label = "libami.aio.gateway.Gateway"

    def _bind(self) -> asyncio.AbstractEventLoop:
        loop = super()._bind()
        # It is open before anything is subscribed to.
        self._end.is_due = True
        return loop

    async def open(self) -> None:
        """Connect, log in, and ask the server for its dialect unless it is set; nothing is sent for that.
        Once for a gateway; `close` in another task cancels it, and so does cancelling this.

        Raises as `libami.gateway.Gateway.open`.
        """
        executor, loop = self._place()
        await self._begin(self._native.open())
        self._native.lend(executor, loop)

    async def close(self) -> list[Receipt]:
        """End everything. SMS that wait in queues are not sent: return their receipts. SMS that are under way
        are waited for. The second time it does nothing.

        When it has returned, no callback of this gateway is running or will run. Called inside a callback it
        does not wait for any. A callback that does not return within the action timeout is cancelled; if it
        does not end then either, it raises Error with code 3.
        """
        self._place()
        closing = self._begin(self._native.closing())
        running = self._stop_callbacks()
        receipts = await closing
        await self._callbacks_ended(running, "gateway")
        return receipts

    @takes_sms
    async def send(self, request: _native.SmsRequest) -> Receipt:
        """Send an SMS and wait until the network took it: in its port's queue, then for the network. It is
        never sent twice. Cancelled before its turn, it is not sent at all; after that it goes out.

        Arguments and exceptions are those of `libami.gateway.Gateway.send`.
        """
        return await self._begin(self._native.send(request))

    @takes_sms
    def submit(self, request: _native.SmsRequest) -> asyncio.Task[Receipt]:
        """Put an SMS into its port's queue, at once. The task ends with its receipt, or with the exception
        that `send` raises; cancelling it does not take the message back.

        The arguments are those of `send`. Raises QueueFull, ClosedError, InvalidValue, or Error with code 7,
        for an SMS that is refused at once.
        """
        _, loop = self._place()
        sending = self._native.sending(request)

        async def outcome() -> Receipt:
            return await self._begin(sending)

        return loop.create_task(outcome())

    async def send_ussd(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdReply:
        """Send a USSD code such as "*100#", or an answer to a menu, and wait for the network's reply: in the
        port's queue before all messages, then for the network. After a code without a reply in time the port
        rests for USSD (`port_rest`), as a reply does not say which code it answers.

        Raises UssdError with the gateway's own text, OutcomeUnknown if no reply came in time, InvalidValue,
        and the errors of `action`.
        """
        try:
            return await self._begin(self._native.send_ussd(port, code, timeout))
        finally:
            # Some show local variables in tracebacks; codes are people's own.
            del code

    async def dial(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdDialogue:
        """Begin a USSD session with a code such as "*100#".

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
        ends when the inbox or the gateway is closed here. A lost connection raises ConnectError; with
        `reconnect` it does not, and a "#gap" stands there once the gateway has connected again. A step that
        is cancelled loses nothing. The inbox keeps the gateway alive.
        """
        return Inbox(self._native.inbox_on(*self._place(), None, timeout, self))

    @overload
    def on(self, names: str | Iterable[str] | None, callback: MailCallback) -> Subscription: ...
    @overload
    def on(
        self, names: str | Iterable[str] | None, callback: None = None
    ) -> Callable[[_MailFunction], _MailFunction]: ...
    def on(
        self, names: str | Iterable[str] | None, callback: MailCallback | None = None
    ) -> Subscription | Callable[[_MailFunction], _MailFunction]:
        """Call a function, plain or `async`, for mail and markers of these names from now on; None for all of
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
        listed = _arguments.names(names)
        inbox = Inbox(self._native.inbox_on(*self._place(), listed, None, None))
        delivery = Delivery(lambda: inbox, callback)
        self._start(delivery)
        return Subscription(self, delivery)

    def on_sms(self, callback: SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        return self.on("#sms", callback)

    async def ports(self, *, timeout: float | None = None) -> list[PortStatus]:
        """Ask for all ports, one by one: within `timeout` seconds in all, or else the action timeout. Ports
        that could not be asked in that time are in the list too, and say so: `PortStatus.is_complete`.

        Raises as `action`.
        """
        return await self._begin(self._native.ports(timeout))

    async def power(self, port: int | str, power: Power) -> None:
        """Turn a port "on" or "off", or "reset" it. Messages that are under way there may be lost.

        OpenVox's and ALLO's gateways have done it when this returns, after some two seconds. The drivers of
        dongles do it soon afterwards, and what they had queued for the device is lost.

        Raises Error with code 7 where the gateway has no such command, CommandError with the gateway's text
        if it does not confirm it, and the errors of `action`.
        """
        await self._begin(self._native.power(port, power))

    async def reload(self, port: int | str) -> None:
        """Have the gateway read a port's settings again. The drivers of dongles read those of all devices,
        when each is idle; a dongle that the driver does not list is an ActionError, where the account may
        ask.

        Raises as `power`.
        """
        await self._begin(self._native.reload(port))


@with_settings(Gateway, "libami.aio.gateway.connect")
def connect(gateway: Gateway) -> Connecting[Gateway]:
    """Connect, log in, and ask the server for its dialect unless it is set, when awaited or used with `async
    with`; both give the `Gateway`.

    The settings are explained at `libami.Client`; raises the errors of that and of `Gateway.open`.
    """
    return Connecting(gateway)
