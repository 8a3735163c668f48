"""A GSM gateway as a whole: SMS and USSD through all of its ports, and its inbox.

    import libami
    from libami.gateway import Report, Sms

    with libami.gateway.connect("192.168.1.30", username="admin", secret="...") as gateway:
        gateway.send("13632919026", "hello")
        for item in gateway.inbox():
            match item:
                case Sms(sender, text):
                    print(f"{sender} on port {item.port} at {item.time}: {text}")
                case Report("delivered"):
                    print(f"{item.id} has arrived")

With a simulated gateway of `libami.simulator`:

    >>> with libami.gateway.connect(**simulator.credentials) as gateway:
    ...     gateway.send("13632919026", "hello").outcome
    'sent'

A gateway has one login and one dialect, a session for events, and one for each port that sends. A port sends
one message at a time; ports send side by side. The exceptions are those of `libami`; those about an SMS have
its `receipt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, overload

from libami import _arguments, _native
from libami._arguments import Value
from libami._native import (
    Event,
    Inbox,
    PartReceipt,
    PortStatus,
    Receipt,
    Report,
    Response,
    Sms,
    SmsParts,
    Subscription,
    Unreadable,
    Ussd,
    UssdReply,
)
from libami._peer import Calls, DialogueBase, GatewayBase, takes_sms, with_settings

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = [
    "Event",
    "Gateway",
    "Inbox",
    "Mail",
    "Outcome",
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
"""The items of an inbox. An Event is a marker: named "#lagged" where mail was dropped, as the queue was full,
"#gap" where the connection was lost, and mail was missed until the gateway had connected again."""
Outcome: TypeAlias = Literal[
    "queued", "sent", "failed", "busy", "unknown", "not-sent", "delivered", "undelivered"
]
"""The outcome of an SMS, as receipts and reports have it. `Receipt.outcome` explains each."""
Power: TypeAlias = Literal["on", "off", "reset"]
MailCallback: TypeAlias = Callable[[Any], object]
SmsCallback: TypeAlias = Callable[[Sms], object]
_MailFunction = TypeVar("_MailFunction", bound=MailCallback)


class UssdDialogue(DialogueBase):
    """A USSD session. The network ends it when it wants no answer, or after a timeout of its own. It is a
    context manager that ends it."""

    def answer(self, answer: str) -> UssdReply:
        """Answer, such as "1" for the first point of a menu, and wait for the next reply.

        Raises Error with code 2 if the network waits for no answer; otherwise as `Gateway.send_ussd`, after
        which the session is over.
        """
        try:
            return self._native.answer(answer).wait()
        finally:
            # Some show local variables in tracebacks; codes are people's own.
            del answer


class Gateway(GatewayBase, Calls):
    """A GSM gateway. Everything may be called from any thread, and from callbacks as well.

    `connect` makes and opens one. It is a context manager that closes it. The settings are those of
    `libami.Client`.
    """

    _label = "libami.gateway.Gateway"

    def open(self) -> None:
        """Connect, log in, and ask the server for its dialect unless it is set; nothing is sent for that.
        Once for a gateway; `close` in another thread cancels it.

        It takes no longer than the connect timeout for the login and the action timeout for all questions
        together.

        Raises ConnectError, TimeoutError, ProtocolError (no AMI server), AuthError or ClosedError; Error with
        code 7 if no dialect was found; InvalidValue.
        """
        self._native.open().wait()

    def close(self) -> list[Receipt]:
        """End everything. SMS that wait in queues are not sent: return their receipts. SMS that are under way
        are waited for. The second time it does nothing.

        When it has returned, no callback of this gateway is running or will run. Called inside a callback it
        does not wait, and takes effect afterwards. If a callback does not return within the action timeout,
        it raises Error with code 3.
        """
        return self._native.close()

    @takes_sms
    def send(self, request: _native.SmsRequest) -> Receipt:
        """Send an SMS and wait until the network took it: in its port's queue, then for the network. It is
        never sent twice. Interrupted before its turn, it is not sent at all. The receipt's outcome is "sent",
        or "queued" where the gateway has it and does not tell the network's answer.

            >>> receipt = gateway.send("13632919026", "hello", port=2)
            >>> receipt.outcome, receipt.port, receipt.parts
            ('sent', '2', 1)

        to          1 to 20 digits, with a + before a country code if wanted
        text        a text; one that is too long for one SMS goes in parts
        port        the port to send through: its number, counted from 1, or its name where ports have names.
                    None, the default, has the gateway choose: of the ports that are up, the one with the
                    shortest queue, in turn among equals; ports that rest, or have failed in the last minute,
                    come last. The receipt's `port` is the one that was chosen
        timeout     the seconds for which the gateway tries to send each part, in place of the action timeout
        id          a name of your own: letters, digits, `_`, `.` and `-`, 64 at most; receipts and reports
                    repeat it. Where a report with the id tells the result (Yeastar, newer dongles, and PDUs
                    elsewhere), another SMS with the same id is refused as long as the first waits or is under
                    way, and for ten minutes if its outcome is unknown, or queued where its report was waited
                    for (dongles)
        flash       True: phones show it at once and do not keep it (class 0)
        validity    the seconds for which the network tries to deliver it
        report      True: ask the network for a report of its delivery; the gateway decides whether a Report
                    comes
        pdu         True: libami encodes the message itself, even where the gateway could; content that needs
                    a PDU goes as one in any case
        priority    its place among those that wait for the port: "low", "normal" or "high"
        within      the seconds in which it must have been begun, otherwise it is not sent. A busy port is
                    tried again for this long, or else for the timeout; a port that rests (`port_rest`) is
                    waited for as long, or else for the timeout and the rest together

        `timeout`, `within` and `validity` are three waits of one SMS: for the gateway, for its turn, and for
        the recipient's phone. So each has its own word; `validity` is that of the GSM standard.

        When the driver drops a dongle that has an SMS, or the connection is lost, that SMS is "unknown", and
        those that wait for the dongle are "not-sent".

        Raises SmsFailed; SmsBusy, QueueFull, TimeoutError, ConnectError or ClosedError (nothing was sent);
        OutcomeUnknown (it may still go out), each with a `receipt`. Raises InvalidValue, or Error with code
        7, for an SMS that cannot be sent. Without a port: SmsFailed if no port is up; Error with code 7, or
        PermissionError, if the gateway does not tell its ports, so that one has to be named.
        """
        return self._native.send(request).wait()

    @takes_sms
    def submit(self, request: _native.SmsRequest) -> Future[Receipt]:
        """Put an SMS into its port's queue. The future gets its receipt, or the exception that `send` raises;
        functions that are added to it run on a thread of libami's. It cannot be cancelled.

        The arguments are those of `send`. Raises QueueFull, ClosedError, InvalidValue, or Error with code 7,
        for an SMS that is refused at once.
        """
        from concurrent.futures import Future

        future: Future[Receipt] = Future()
        future.set_running_or_notify_cancel()
        self._native.submit(request, future)
        return future

    def submit_action(
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

            answers = [gateway.submit_action("Getvar", Variable=variable) for variable in variables]
            values = [answer.result()["Value"] for answer in answers]

        The arguments are those of `action`; `submit` is for SMS. The future ends when the response has come,
        at the deadline, or when the connection is lost or the gateway closed; it keeps the gateway until
        then. Functions that are added to it run on a thread of libami's for callbacks, and may use the
        gateway; a function that takes its time holds up no other action.

        Until it ends, the future can be cancelled: an action that was not written is not sent, and the answer
        to one that was is dropped, as the server may carry it out nevertheless. In the child of a fork,
        waiting for a future of the parent raises Error with code 4.

        Raises InvalidValue, QueueFull, ConnectError, ClosedError, or Error with code 2 before the gateway is
        open, for an action that is refused at once; nothing was written then.
        """
        try:
            given = _arguments.pairs(headers, more) if headers or more else ()
            return self._submit(name, given, deadline)
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, more
            given = ()

    def send_ussd(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdReply:
        """Send a USSD code such as "*100#", or an answer to a menu, and wait for the network's reply: in the
        port's queue before all messages, then for the network. After a code without a reply in time the port
        rests for USSD (`port_rest`), as a reply does not say which code it answers.

        Raises UssdError with the gateway's own text, OutcomeUnknown if no reply came in time, InvalidValue,
        and the errors of `action`.
        """
        try:
            return self._native.send_ussd(port, code, timeout).wait()
        finally:
            del code

    def dial(self, port: int | str, code: str, *, timeout: float | None = None) -> UssdDialogue:
        """Begin a USSD session with a code such as "*100#".

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
        ends when the inbox or the gateway is closed here. A lost connection raises ConnectError; with
        `reconnect` it does not, and a "#gap" stands there once the gateway has connected again. The inbox
        keeps the gateway alive.
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
        """Call a function for mail and markers of these names from now on; None for all of them.

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

    def on_sms(self, callback: SmsCallback) -> Subscription:
        """Call a function for each SMS that comes in from now on, in the way of `on`."""
        return self.on("#sms", callback)

    def ports(self, *, timeout: float | None = None) -> list[PortStatus]:
        """Ask for all ports, one by one: within `timeout` seconds in all, or else the action timeout. Ports
        that could not be asked in that time are in the list too, and say so: `PortStatus.is_complete`.

        Raises as `action`.
        """
        return self._native.ports(timeout).wait()

    def power(self, port: int | str, power: Power) -> None:
        """Turn a port "on" or "off", or "reset" it. Messages that are under way there may be lost.

        OpenVox's and ALLO's gateways have done it when this returns, after some two seconds. The drivers of
        dongles do it soon afterwards, and what they had queued for the device is lost.

        Raises Error with code 7 where the gateway has no such command, CommandError with the gateway's text
        if it does not confirm it, and the errors of `action`.
        """
        self._native.power(port, power).wait()

    def reload(self, port: int | str) -> None:
        """Have the gateway read a port's settings again. The drivers of dongles read those of all devices,
        when each is idle; a dongle that the driver does not list is an ActionError, where the account may
        ask.

        Raises as `power`.
        """
        self._native.reload(port).wait()


@with_settings(Gateway, "libami.gateway.connect")
def connect(gateway: Gateway) -> Gateway:
    """Connect, log in, and ask the server for its dialect unless it is set. The settings are explained at
    `libami.Client`; raises the errors of that and of `Gateway.open`."""
    gateway.open()
    return gateway
