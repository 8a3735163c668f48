"""Simulated GSM gateways to test programs with, each as its manager interface shows it.

>>> import libami
>>> from libami.simulator import Simulator
>>> with Simulator() as simulator, libami.gateway.connect(**simulator.credentials) as gateway:
...     with gateway.inbox(timeout=5) as inbox:
...         told = simulator.deliver_sms(1, "10086", "hello")
...         next(inbox).text
'hello'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Self, TypeAlias, TypeVar

from libami import _native
from libami._arguments import Credentials

__all__ = [
    "Activity",
    "AiredSms",
    "Asterisk",
    "Coding",
    "Concatenation",
    "Menu",
    "Model",
    "Outcome",
    "Registration",
    "SentSms",
    "Sim",
    "Simulator",
    "SpanState",
    "TranscriptLine",
]

Model: TypeAlias = Literal[
    "openvox", "openvox-firmware", "openvox-2013", "allo", "yeastar", "dongle", "quectel"
]
"""An OpenVox VoxStack with the open driver 2.0.8, its vendor's later one, that of the manuals; others."""

Asterisk: TypeAlias = Literal["1.8", "13", "16", "22"]

Outcome: TypeAlias = Literal["sent", "failed", "busy", "timeout", "late", "lost"]
"""Of an SMS: `timeout` is not sent, `late` times out and is sent still, `lost` is sent and never arrives."""

Coding: TypeAlias = Literal["fitting", "7-bit", "ucs-2"]
"""The alphabet that a text is carried in; `fitting` is UCS-2 if the 7-bit alphabet lacks something."""

Sim: TypeAlias = Literal["ready", "missing", "pin-error"]

Activity: TypeAlias = Literal["free", "sms", "ring", "waiting", "dialing", "outgoing", "incoming", "held"]
Registration: TypeAlias = Literal["not-registered", "home", "searching", "denied", "unknown", "roaming"]

Menu: TypeAlias = "str | tuple[str, Mapping[str, Menu]]"
"""A USSD text, and what the answers to it lead to."""


class Concatenation(NamedTuple):
    """A message's place in a longer one."""

    reference: int
    total: int
    sequence: int
    """From 1."""


class SentSms(NamedTuple):
    """An SMS that the gateway was asked to send."""

    span: int
    destination: str
    text: str
    id: str | None
    """Of dongles the payload."""
    sync: bool
    """True if the command waited for the result."""
    outcome: Outcome
    command: str = ""
    """The command or action that it came by."""
    parts: int = 1
    """The number of messages that it goes out as."""
    concatenation: Concatenation | None = None
    """Its place in a longer message, if the command told one."""
    flash: bool = False
    report: bool = False
    """True if a delivery report is asked for."""
    validity: int | None = None
    """Minutes for which the network is to try, if told."""
    pdu: str | None = None
    """The PDU in hex, if the command gave one."""


class AiredSms(NamedTuple):
    """A message that the network took. One that was sent has as many as it has parts."""

    sms: int
    """Place in `sent` of the one that it belongs to, from 0."""
    span: int
    destination: str
    text: str
    concatenation: Concatenation | None
    flash: bool
    arrived: int | None
    """The port at which it came in, if its number is one of the gateway's own."""


class SpanState(NamedTuple):
    """The answers of status commands about a port. It sends while it is on, registered, and has a SIM card
    and a signal."""

    power: bool = True
    sim: Sim = "ready"
    registration: Registration = "home"
    signal: int = 23
    """0 (none) to 31."""
    bit_errors: int = 0
    """0 to 7, or -1 if not known."""
    network: str = "SIMULATED"


class TranscriptLine(NamedTuple):
    """A line of a session, with secrets hidden."""

    session: int
    """Counted from 1 in order of connection."""
    speaker: Literal["client", "gateway"]
    text: str


class Simulator:
    """A gateway on a port of 127.0.0.1, running on a thread of its own until it is stopped."""

    def __init__(
        self,
        port: int = 0,
        *,
        model: Model = "openvox",
        username: str = "admin",
        secret: str = "amp111",
        spans: int = 4,
        read: str = "all",
        write: str = "all",
        numbers: Sequence[str] = (),
        smsc: str = "+8613800755500",
        second: float = 1.0,
        login_failure_delay: float = 0.01,
        auth_timeout: float = 30.0,
        auth_limit: int = 50,
        allow_multiple_login: bool = True,
        seed: int = 0,
        asterisk: Asterisk | None = None,
        yeastar_gsm_port: bool = False,
        yeastar_index_from_one: bool = False,
        yeastar_byte_order_mark: bool = False,
        yeastar_older_ussd: bool = False,
        bg111: bool = False,
        dongle_2019: bool = False,
        send_results: bool = False,
        transcript: Callable[[TranscriptLine], object] | None = None,
    ) -> None:
        """Start it; OSError if the port is taken, ValueError for what there is not.

        port           0 takes any free one
        spans          how many GSM ports it has; they are counted from 1, Yeastar's from 2
        read, write    the classes of the one account, as in manager.conf
        numbers        the ports' own numbers; an SMS sent to one of them comes in there
        smsc           the number of the SMS centre; without one OpenVox gateways lose the sender
        second         how long a second of a timeout lasts; less makes tests of timeouts quick
        login_failure_delay
                       seconds that a refused login takes; a real Asterisk takes one
        auth_timeout   seconds that a session may take to log in
        auth_limit     how many sessions may be open that are not logged in
        allow_multiple_login
                       False if the account may have one session at a time
        seed           the same one gives the same outcomes and latencies
        asterisk       the one that it runs on; by default 1.8, with dongles 16
        yeastar_...    in what firmware differs: GsmPort for GsmSpan, parts counted from 1, UCS-2 texts with a
                       mark, USSD answers in older words
        bg111          dongles: the driver of that name, with DongleSendPDU and DongleSMSStatus
        dongle_2019    dongles: chan_dongle of 2015 to 2020: as bg111, and DongleSMSStatus says Sending first
        send_results   OpenVox, ALLO: the dialplan tells what became of messages that were only handed over
        transcript     called with every line that is said, on the gateway's thread: be brief
        """

        self._username, self._secret = username, secret

        def tell(session: int, speaker: Literal["client", "gateway"], text: str) -> None:
            assert transcript is not None
            transcript(TranscriptLine(session, speaker, text))

        self._native = _native.Simulator(
            model=model,
            core=asterisk,
            yeastar=(
                yeastar_gsm_port,
                yeastar_index_from_one,
                yeastar_byte_order_mark,
                yeastar_older_ussd,
            ),
            bg111=bg111,
            dongle_2019=dongle_2019,
            send_results=send_results,
            seed=seed,
            port=port,
            username=username,
            secret=secret,
            spans=spans,
            read=read,
            write=write,
            smsc=smsc,
            numbers=_listed("numbers", numbers, "100"),
            second=second,
            login_failure_delay=login_failure_delay,
            auth_timeout=auth_timeout,
            auth_limit=auth_limit,
            allow_multiple_login=allow_multiple_login,
            transcript=tell if transcript is not None else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<libami.simulator.Simulator on 127.0.0.1:{self.port}>"

    @property
    def credentials(self) -> Credentials:
        """Host, port, username and secret: `libami.gateway.connect(**simulator.credentials)`."""
        return Credentials(host="127.0.0.1", port=self.port, username=self._username, secret=self._secret)

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return self._native.port

    @property
    def sessions(self) -> int:
        """The number of connections that are open, logged in or not."""
        return self._native.sessions

    @property
    def sent(self) -> list[SentSms]:
        """All messages that it was asked to send so far, in order."""
        return [
            SentSms(*first, parts, _place(place), flash, report, validity, pdu)
            for first, (parts, place, flash, report, validity, pdu) in self._native.sent()
        ]

    @property
    def aired(self) -> list[AiredSms]:
        """All messages that the network took so far, in order: one for each part of what was split."""
        return [
            AiredSms(sms, span, destination, text, _place(place), flash, arrived)
            for sms, span, destination, text, place, flash, arrived in self._native.aired()
        ]

    @property
    def spans(self) -> range:
        """The numbers of its ports."""
        first, last = self._native.spans
        return range(first, last + 1)

    def deliver_sms(
        self,
        span: int,
        sender: str,
        text: str,
        time: str | None = None,
        *,
        parts: Sequence[int] = (),
        coding: Coding = "fitting",
        flash: bool = False,
        text_mode: bool = False,
        without_variables: bool = False,
        pdu: str | None = None,
        base64_first: bool = False,
    ) -> int:
        """Let an SMS come in; return how many sessions were told.

        time                 the SMS centre's, YYYY/MM/DD HH:MM:SS; by default now, with it in GMT+8
        parts                which parts of a long one come, in this order, counted from 1; by default all
        text_mode            OpenVox, ALLO: the port knows no PDU
        without_variables    OpenVox, ALLO: no VarSet tells of it, only Newexten
        pdu                  OpenVox, ALLO: what is told instead of the PDU, hex or not; dongles: the PDU, of
                             which the driver tells nothing more
        base64_first         dongles: the event with the base64 comes first
        """
        return self._native.deliver_sms(
            span,
            sender,
            text,
            time or "",
            parts,
            coding,
            flash,
            text_mode,
            without_variables,
            pdu,
            base64_first,
        )

    def deliver_ussd(self, span: int, text: str, responses: int = 0) -> int:
        """Let a USSD text come in that nobody asked for; return how many sessions were told. Only dongles
        tell."""
        return self._native.deliver_ussd(span, text, responses)

    def deliver_report(
        self,
        span: int,
        payload: str = "",
        *,
        success: bool = True,
        sent: str = "",
        delivered: str = "",
        kind: int = 1,
        codes: Sequence[int] = (0,),
    ) -> int:
        """Tell what became of an SMS; return how many sessions were told. Only dongles tell.

        sent, delivered    times, as text
        kind               0 the driver's own word, 1 the network's report, 2 none came in time
        codes              the network's code for each part
        """
        return self._native.deliver_report(span, payload, sent, delivered, success, kind, codes)

    def set_outcome(self, span: int, outcome: Outcome) -> None:
        """Set how sends through a port end from now on."""
        self._native.set_outcome(span, outcome)

    def next_outcomes(self, span: int, outcomes: Iterable[Outcome]) -> None:
        """Add how the next sends through a port end, one for each; after them it is as set."""
        self._native.next_outcomes(span, _listed("outcomes", outcomes, "failed"))

    def set_rates(self, span: int, rates: Mapping[Outcome, float]) -> None:
        """Set by what chance, of 1 in all, a send through a port ends how; for the rest it is as set."""
        self._native.set_rates(span, list(rates.items()))

    def set_latency(self, span: int, seconds: float, longest: float | None = None) -> None:
        """Set how long the network takes for each SMS or USSD code of a port, or from how long to how long;
        nothing by default."""
        self._native.set_latency(span, seconds, seconds if longest is None else longest)

    def set_state(self, span: int, state: SpanState) -> None:
        """Set what status commands tell of a port. What it cannot send waits."""
        self._native.set_state(span, state)

    def set_activity(self, span: int, activity: Activity) -> None:
        """Set what a dongle shows that it is doing, as long as it works. Only dongles tell of it."""
        self._native.set_activity(span, activity)

    def state(self, span: int) -> SpanState:
        """The answers of status commands about a port; ValueError if there is none."""
        state = self._native.state(span)
        if state is None:
            raise ValueError(f"there is no span {span}")
        return SpanState(*state)

    def set_ussd(self, code: str, text: str = "", *, menu: bool = False, outcome: Outcome = "sent") -> None:
        """Set the reply to a USSD code, or how it fails; a menu wants an answer."""
        self._native.set_ussd(code, text, menu, outcome)

    def set_ussd_menu(self, code: str, menu: Menu) -> None:
        """Set the menu that a USSD code leads to. An answer on the same port leads on, any other ends it."""
        self._native.set_ussd_menu(code, _spelled_out(menu))

    def emit(self, event_class: str, frame: str | bytes) -> int:
        """Send a frame as it is to every session that sees events of this class; return how many those
        are."""
        return self._native.emit(event_class, frame.encode() if isinstance(frame, str) else frame)

    def disconnect_all(self) -> None:
        """Close every connection without a word."""
        self._native.disconnect_all()

    def stop(self) -> None:
        """Close the listener and every connection, and wait until they are. The second time it does
        nothing."""
        self._native.stop()


def _place(place: tuple[int, int, int] | None) -> Concatenation | None:
    return None if place is None else Concatenation(*place)


_Text = TypeVar("_Text", bound=str)


def _listed(name: str, given: Iterable[_Text], such: str) -> list[_Text]:
    # A text is an iterable of texts too: its letters.
    if isinstance(given, str):
        raise TypeError(f'{name} is a list, such as ["{such}"], and not a text')
    return list(given)


def _spelled_out(menu: Menu) -> tuple[str, list[tuple[str, object]]]:
    match menu:
        case str():
            return menu, []
        case (str(text), Mapping() as choices) if all(isinstance(answer, str) for answer in choices):
            return text, [(answer, _spelled_out(following)) for answer, following in choices.items()]
    raise TypeError(
        'a menu is a text, or a text and a mapping of answers, such as ("1 Balance", {"1": "10 euros"})'
    )
