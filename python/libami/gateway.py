"""A GSM gateway as a whole: SMS and USSD through all of its ports, and what comes in there.

    import libami
    from libami.gateway import Report, Sms

    with libami.gateway.connect("192.168.1.30", username="admin", secret="...") as gateway:
        gateway.send("13632919026", "hello", port=2)
        for item in gateway.inbox():
            match item:
                case Sms():
                    print(f"{item.sender} on port {item.port}: {item.text}")
                case Report(outcome="delivered"):
                    print(f"{item.id} has arrived")

There is one login and one dialect, a session for what comes in, and one for each port that sends. A port
sends one message at a time, ports do so side by side. The exceptions are those of `libami`; those about an
SMS have its `receipt`.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Concatenate, Literal, ParamSpec, Self, TypeAlias, TypeVar, overload

import libami
from libami import (
    CommandError,
    Error,
    Event,
    EventStream,
    OutcomeUnknown,
    PartReceipt,
    Receipt,
    Response,
    Sms,
    SmsParts,
    State,
    Stats,
    Subscription,
    UssdReply,
    Value,
    _arguments,
    _native,
)
from libami._native import GatewayInbox as Inbox
from libami._native import PortStatus, Report, Unreadable, Ussd

__all__ = [
    "Event",
    "Gateway",
    "Inbox",
    "Mail",
    "PartReceipt",
    "PortStatus",
    "Receipt",
    "Report",
    "Sms",
    "SmsParts",
    "Subscription",
    "Unreadable",
    "Ussd",
    "UssdDialogue",
    "UssdReply",
    "connect",
]

Mail: TypeAlias = Sms | Report | Ussd | Unreadable | Event
"""The items of an inbox. An Event is a marker: named "#lagged" where something was lost, as the queue was
full, "#gap" where the link was down, and what came meanwhile was missed."""
Power: TypeAlias = Literal["on", "off", "reset"]
MailCallback: TypeAlias = Callable[[Any], object]
_MailFunction = TypeVar("_MailFunction", bound=MailCallback)
_Message = ParamSpec("_Message")
_Made = TypeVar("_Made")
_Any = TypeVar("_Any")
_Result = TypeVar("_Result")


def _with_message(
    make: Callable[_Message, _Made],
) -> Callable[[Callable[[_Any, _Made], _Result]], Callable[Concatenate[_Any, _Message], _Result]]:
    """Have a method take what a message is made of, which is listed there alone."""

    def decorate(
        method: Callable[[_Any, _Made], _Result],
    ) -> Callable[Concatenate[_Any, _Message], _Result]:
        signature = inspect.signature(make)

        @functools.wraps(method)
        def with_message(self: _Any, /, *message: _Message.args, **more: _Message.kwargs) -> _Result:
            try:
                _arguments.check(signature, method.__name__, *message, **more)
                made = make(*message, **more)
            except TypeError as error:
                raise _arguments.named(error) from None
            finally:
                # Some show local variables in tracebacks; the number and the text are people's own.
                del message, more
            return method(self, made)

        of_method = inspect.signature(method)
        self = next(iter(of_method.parameters.values()))
        parameters = [self, *signature.parameters.values()]
        with_message.__signature__ = of_method.replace(parameters=parameters)  # type: ignore[attr-defined]
        return with_message

    return decorate


_sms = _with_message(_native.SmsRequest)


class _UssdDialogue:
    """The base of both faces' dialogues: all that needs no wait."""

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
        """End it here. No gateway has a command for it: the network waits until it loses patience, and the
        port may be taken until then."""
        self._native.end()


class UssdDialogue(_UssdDialogue):
    """A talk with the network by USSD. The network ends it when it wants no answer, or after a time of its
    own. It is a context manager that ends it."""

    def answer(self, answer: str) -> UssdReply:
        """Answer, such as "1" for the first point of a menu, and wait for the next reply.

        Raises Error with code 2 if the network waits for no answer; otherwise as `Gateway.send_ussd`, after
        which the dialogue is over.
        """
        try:
            return self._native.answer(answer).wait()
        finally:
            # Some show local variables in tracebacks; codes are people's own.
            del answer


class _Gateway(libami._Peer):
    """The base of both faces' gateways: all that needs no wait."""

    _half = _native.Gateway
    _native: _native.Gateway

    @property
    def dialect(self) -> str:
        """The name of the dialect that it speaks."""
        return self._native.dialect

    def parts(self, text: str) -> SmsParts:
        """Count what a text takes as SMS in this dialect, and split it. Nothing is sent. Drivers of dongles
        differ: it is what the one here makes of it, as far as the server tells which it is.

        Raises InvalidValue for a text that cannot be sent.
        """
        try:
            return self._native.parts(text)
        finally:
            del text

    def waiting(self, port: int | str) -> int:
        """Count the messages and USSD codes that wait for a port, one that is under way not among them. The
        setting `send_queue` says how many may."""
        return self._native.waiting(port)

    def stats(self) -> Stats:
        """Count what was done so far by the session for what comes in, all links together."""
        return self._native.stats()


class Gateway(_Gateway):
    """A GSM gateway. Everything may be called from any thread, and from callbacks as well.

    `connect` makes and opens one. It is a context manager that closes it. The settings are those of
    `libami.Client`.
    """

    _label = "libami.gateway.Gateway"

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
        """Connect, log in, and find out the dialect unless it is set; nothing is sent for that. Once for a
        gateway; `close` in another thread cancels it.

        It takes no longer than the connect timeout for the login and the action timeout for all questions
        together.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError; Error with
        code 7 if no dialect was found; InvalidValue.
        """
        self._native.open().wait()

    def close(self) -> list[Receipt]:
        """End everything. What waits for its turn is not sent: return receipts of that. What is under way is
        waited for. The second time it does nothing.

        When it has returned, no callback of this gateway is running or will run. Called inside a callback it
        does not wait, and takes effect afterwards. If a callback does not return within the action timeout,
        Error with code 3.
        """
        return self._native.close()

    @_sms
    def send(self, request: _native.SmsRequest) -> Receipt:
        """Send an SMS and wait until the network took it: in its port's queue, then for the network. It is
        never sent twice. Interrupted before its turn, it is not sent at all. The receipt's outcome is "sent",
        or "queued" of a gateway that has it and does not tell what the network said.

        to          1 to 20 digits, with a + before a country code if wanted
        text        goes in parts if it is too long for one SMS
        port        counted from 1, or named where ports have names
        timeout     for how many seconds the gateway tries to send each part, in place of the action timeout
        id          a name of your own: letters, digits, `_`, `.` and `-`, 64 at most; receipts and reports
                    repeat it. Where the result is told by a report with the id (Yeastar, newer dongles, and
                    what goes as a PDU elsewhere), another SMS with the same id is refused as long as the
                    first waits or is under way, and for ten minutes if its outcome is unknown, or queued
                    where its report was waited for (dongles)
        flash       phones show it at once and do not keep it (class 0)
        validity    for how many seconds the network tries to deliver it
        report      have the network tell when it was delivered; whether a Report comes depends on the gateway
        pdu         have libami code the message itself, even where the gateway could; what only a PDU can say
                    goes that way anyway
        priority    its place among those that wait for the port: "low", "normal" or "high"
        within      the seconds in which it must have been begun, otherwise it is not sent. As long, or else
                    for the timeout, a port that is busy is asked again; one that rests (`port_rest`) is
                    waited for as long, or else for the timeout and the rest together

        When the driver lets go of a dongle that has an SMS, or the link is lost, that SMS is "unknown", and
        those that wait for the dongle are "not sent".

        Raises SmsFailed; SmsBusy, QueueFull, TimeoutError, ConnectError or ClosedError (nothing was sent);
        OutcomeUnknown (it may still go out), each with a `receipt`. Raises InvalidValue, or Error with code
        7, for what cannot be sent.
        """
        return self._native.send(request).wait()

    @_sms
    def submit(self, request: _native.SmsRequest) -> Future[Receipt]:
        """Put an SMS into its port's queue. The future gets its receipt, or what `send` raises; functions
        that are added to it run on a thread of libami's. It cannot be cancelled.

        The arguments are those of `send`. Raises QueueFull, ClosedError, InvalidValue, or Error with code 7,
        for what is not even put into the queue.
        """
        future: Future[Receipt] = Future()
        future.set_running_or_notify_cancel()
        self._native.submit(request, future)
        return future

    def send_ussd(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdReply:
        """Send a USSD code such as "*100#", or an answer to a menu, and wait for the network's reply: in the
        port's queue before all messages, then for the network. After a code without a reply in time the port
        rests for USSD (`port_rest`), as a reply does not say which code it answers.

        Raises UssdError with the gateway's words, OutcomeUnknown if no reply came in time, InvalidValue, and
        what `action` raises.
        """
        try:
            return self._native.send_ussd(port, code, timeout).wait()
        finally:
            del code

    def dial(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdDialogue:
        """Begin a USSD dialogue with a code such as "*100#".

            with gateway.dial(1, "*100#") as dialogue:
                print(dialogue.reply.text)
                if dialogue.is_open:
                    print(dialogue.answer("1").text)

        Raises as `send_ussd`. The timeout is for each reply.
        """
        try:
            return UssdDialogue(self._native.dial(port, code, timeout).wait())
        finally:
            del code

    def inbox(self, *, timeout: float | None = None) -> Inbox:
        """Mail from this call on, in order: an iterator over `Mail`, and a context manager that ends
        it. A text in parts is put together.

        After `timeout` seconds without anything the iteration ends; going on with it is possible. It also
        ends when the inbox or the gateway is closed here. A lost link raises ConnectError; where the gateway
        has `reconnect`, it does not, and a "#gap" stands there once there is a new one. The inbox keeps the
        gateway alive.
        """
        return self._native.inbox(timeout, self)

    @overload
    def on(self, names: str | Iterable[str] | None, callback: MailCallback) -> Subscription: ...
    @overload
    def on(
        self, names: str | Iterable[str] | None, callback: None = None
    ) -> Callable[[_MailFunction], _MailFunction]: ...
    def on(
        self, names: str | Iterable[str] | None, callback: MailCallback | None = None
    ) -> Subscription | Callable[[_MailFunction], _MailFunction]:
        """Call a function for what comes in from now on under these names; None for all of them.

            gateway.on("#report", handle)

            @gateway.on("#gap,#lagged")
            def missed(marker): ...

        "#sms", "#report", "#ussd" and "#unreadable" bring an Sms, Report, Ussd or Unreadable; "#gap",
        "#lagged" and "#state" the marker, as an Event. The first four alone bring no markers, and "#state"
        comes only where it is named: with the State "closed" it is the last call, and its Cause says why.
        Calls are made in the way of `libami.Client.on`.
        """
        _arguments.check_on(names)
        if callback is None:

            def decorate(function: _MailFunction) -> _MailFunction:
                self.on(names, function)
                return function

            return decorate
        _arguments.check_plain(callback)
        return self._native.on(_arguments.names(names), callback, self)

    def on_sms(self, callback: libami.SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        return self.on("#sms", callback)

    def events(
        self, *names: str, timeout: float | None = None, idle_timeout: float | None = None
    ) -> EventStream:
        """Events of the server as it tells them to the session for what comes in, in the way of
        `libami.Client.events`; with the event mask "on" these are the classes that SMS and USSD come with."""
        return self._native.events(_arguments.names_or_all(names), timeout, idle_timeout, self)

    def wait_for_state(self, state: State, timeout: float | None = None) -> None:
        """Wait until the link for what comes in is in this state, in the way of
        `libami.Client.wait_for_state`."""
        self._native.wait_for_state(state, timeout).wait()

    def ping(self) -> float:
        """Send a Ping; return how long the answer took, in seconds. Raises as `libami.Client.ping`."""
        began = time.monotonic()
        try:
            return self._native.ping().wait()
        except OutcomeUnknown as error:
            raise _arguments.late_ping(error, began, self._action_timeout) from None

    def ports(self, *, deadline: float | None = None) -> list[PortStatus]:
        """Ask for all ports, as they are now, one by one: within `deadline` seconds in all, or else the
        action timeout. Those for which there was no time left are there too, and say so:
        `PortStatus.is_complete`.

        Raises as `action`.
        """
        return self._native.ports(deadline).wait()

    def power(self, port: int | str, power: Power) -> None:
        """Turn a port "on" or "off", or "reset" it. Messages that are under way there may be lost.

        OpenVox's and ALLO's gateways have done it when this returns, after some two seconds. The drivers of
        dongles do it soon afterwards, and what they had queued for the device is lost.

        Raises Error with code 7 where the gateway has no such command, CommandError with its words if it does
        not say that it has done it, and what `action` raises.
        """
        self._native.power(port, power).wait()

    def reload(self, port: int | str) -> None:
        """Have the gateway read a port's settings again. The drivers of dongles read those of all devices,
        when each is idle; a dongle that the driver does not list is an ActionError, where the account may
        ask.

        Raises as `power`.
        """
        self._native.reload(port).wait()

    def action(
        self,
        name: str,
        headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None = None,
        /,
        *,
        deadline: float | None = None,
        **more: Value,
    ) -> Response:
        """Send an action by the session for what comes in, in the way of `libami.Client.action`. One that
        waits for the network would stop what comes in meanwhile."""
        try:
            return self._native.action(name, _arguments.pairs(headers, more), deadline).wait()
        finally:
            del headers, more

    def command(self, cli: str, *, deadline: float | None = None) -> str:
        """Run a CLI command and return its text, in the way of `libami.Client.command`."""
        try:
            return self._native.command(cli, deadline).wait()
        except CommandError as error:
            _arguments.explain(error, cli)
            raise
        finally:
            del cli


@libami._with_settings(Gateway)
def connect(gateway: Gateway) -> Gateway:
    """Connect, log in, and find out the dialect unless it is set. The settings are explained at
    `libami.Client`; raises what that and `Gateway.open` raise."""
    gateway.open()
    return gateway
