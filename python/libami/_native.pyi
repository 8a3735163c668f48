# The native half of libami, as src/python makes it. Docstrings are those of the module: tools/stubs.py.

from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from concurrent.futures import Future
from datetime import datetime
from os import PathLike
from types import GenericAlias
from typing import Any, ClassVar, Final, Generic, Literal, Self, TypeAlias, TypeVar, final, overload

from typing_extensions import disjoint_base

from libami._reconnect import Reconnect

__all__ = [
    "STATUSES",
    "TLS",
    "AsyncStream",
    "Block",
    "BlockField",
    "Call",
    "Client",
    "Counters",
    "Deliver",
    "Event",
    "EventFilter",
    "EventStream",
    "Executor",
    "Gateway",
    "HeaderField",
    "Inbox",
    "Limits",
    "Message",
    "Next",
    "Originated",
    "ParsedMessage",
    "Parser",
    "Part",
    "PartReceipt",
    "Pending",
    "PortStatus",
    "Receipt",
    "Report",
    "Response",
    "RoundTrips",
    "Settings",
    "Simulator",
    "Sms",
    "SmsParts",
    "SmsRequest",
    "Stats",
    "StatusReport",
    "Stream",
    "Submit",
    "Submitted",
    "Subscription",
    "Unreadable",
    "UserData",
    "Ussd",
    "UssdDialogue",
    "UssdReply",
    "View",
    "ViewStream",
    "__version__",
    "_event",
    "_mail",
    "_response",
    "decode_pdu",
    "encode_action",
    "encode_pdu",
    "escapes_values",
    "login_key",
    "set_log_level",
    "sms_parts",
    "unescape",
]

_Scalar: TypeAlias = str | bytes | int | float
_Value: TypeAlias = _Scalar | Sequence[_Scalar] | Mapping[str, _Scalar]
_Default = TypeVar("_Default")
_Result = TypeVar("_Result", covariant=True)
_Item = TypeVar("_Item", covariant=True)
_State: TypeAlias = Literal["new", "connecting", "open", "waiting", "closed"]
_Delivery: TypeAlias = Literal["delivered", "completed", "trying", "failed-permanently", "failed-temporarily"]
_UssdMode: TypeAlias = Literal[
    "final", "question", "ended", "other-client", "not-supported", "timed-out", "not-sent"
]
_Known: TypeAlias = Literal[
    "queued", "sent", "failed", "busy", "unknown", "not-sent", "delivered", "undelivered"
]

_Mail: TypeAlias = Sms | Report | Ussd | Unreadable | Event

__version__: Final[str]
STATUSES: Final[dict[int, str]]

@disjoint_base
class Message(Mapping[str, str]):
    """The base of events and responses: a frozen mapping from header names to their first values. Names
    are compared without case and listed once each, in the order and the spelling of their first
    appearance."""

    def __getitem__(self, name: str, /) -> str: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    def to_dict(self) -> dict[str, Any]:
        """All headers as a dict that `json.dumps` takes: a name that comes once with its value, one that
        comes more often with the list of its values, spelt as at first. With the error handler
        "surrogateescape", the default, bytes that are not of the encoding are lone surrogates in values:
        escape them in JSON, as `json.dumps` does by default, or connect with `errors="replace"`."""

    @overload
    def get(self, name: str, default: None = None, /) -> str | None:
        """The first value of this header, or the default."""

    @overload
    def get(self, name: str, default: _Default, /) -> str | _Default: ...
    def get_all(self, name: str, /) -> list[str]:
        """All values of this header, in order."""

    def get_bytes(self, name: str, /) -> bytes | None:
        """The first value of this header as the bytes that the server sent, or None."""

    def multi_items(self) -> list[tuple[str, str]]:
        """All headers, in the order of the wire, with their duplicates."""

    def keys(self) -> KeysView[str]:
        """A view of the header names."""

    def values(self) -> ValuesView[str]:
        """A view of the first values."""

    def items(self) -> ItemsView[str, str]:
        """A view of the header names with their first values."""

@final
class Event(Message):
    """An event of the server, or a marker of libami: a frozen mapping of its headers."""

    __match_args__ = ("name",)
    @property
    def name(self) -> str:
        """The event's name, such as "Newexten"; "#lagged", "#gap" and "#state" for markers."""

    @property
    def kind(self) -> Literal["server", "lagged", "gap", "state", "skipped", "derived"]:
        """ "server" for an event of the server; "lagged" where events were dropped, "gap" where the
        connection was lost, "state" where its state changed; "skipped" where the server sent something
        that is neither an event nor an answer; "derived" for events that libami made of others, such as an
        SMS."""

    @property
    def lost(self) -> int:
        """The number of events that were lost here; 0 for anything but a "lagged" marker."""

    @property
    def outage(self) -> float:
        """The seconds without a connection here; 0 for anything but a "gap" marker."""

    def __reduce__(self) -> tuple[Callable[..., Event], tuple[Any, ...]]: ...
    def detached(self) -> Event:
        """The event in memory of its own. Entries of a list share memory, and one of them that is kept
        keeps it all. Events of an iteration or a callback need no detaching: once they are kept, they are
        in memory of their own."""

@final
class Response(Message):
    """The whole answer to an action: a frozen mapping of the response's headers, with the entries of a
    list and the text of a command."""

    __match_args__ = ("events", "output")
    @property
    def events(self) -> list[Event]:
        """A list's entries, without its closing event."""

    @property
    def end_event(self) -> Event | None:
        """A list's closing event, or None."""

    @property
    def output(self) -> str | None:
        """A command's text: its lines joined by "\\n", without one at the end; None for other actions."""

    def __reduce__(self) -> tuple[Callable[..., Response], tuple[Any, ...]]: ...
    def detached(self) -> Response:
        """The response in memory of its own, and each entry of its list too. Answers that arrived together
        share memory, and one of them that is kept keeps it all."""

@disjoint_base
class View:
    """An event with a property for each of its headers: the base of the classes of libami.events."""

    NAME: ClassVar[str]
    def __new__(cls, raw: Event) -> Self: ...
    @property
    def raw(self) -> Event:
        """The event itself."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    def __reduce__(self) -> tuple[type[Self], tuple[Event]]: ...

@disjoint_base
class Block:
    """The headers of a channel or a bridge in an event: the base of ChannelHeaders and BridgeHeaders of
    libami.events."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    def __reduce__(self) -> tuple[Any, tuple[View, str]]: ...

@final
class HeaderField:
    def __new__(cls, kind: str, name: str) -> Self: ...
    def __get__(self, instance: object, owner: object = None, /) -> Any: ...
    def __set__(self, instance: object, value: object, /) -> None: ...
    def __delete__(self, instance: object, /) -> None: ...

@final
class BlockField:
    def __new__(cls, block: type[Block], name: str, about: str) -> Self: ...
    def __get__(self, instance: object, owner: object = None, /) -> Any: ...
    def __set__(self, instance: object, value: object, /) -> None: ...
    def __delete__(self, instance: object, /) -> None: ...

_Pickled: TypeAlias = tuple[str, Sequence[tuple[bytes, bytes]]]

def _event(message: _Pickled, encoding: str, errors: str) -> Event:
    """Makes an event of a pickle."""

def _mail(message: _Pickled, encoding: str, errors: str) -> _Mail:
    """Makes an SMS, a report, a USSD text or an unreadable message of a pickle."""

def _response(
    message: _Pickled,
    events: Sequence[_Pickled],
    end_event: _Pickled | None,
    output: bytes | None,
    encoding: str,
    errors: str,
) -> Response:
    """Makes a response of a pickle."""

@final
class Originated:
    """The outcome of a call that the server was to set up."""

    @property
    def answered(self) -> bool:
        """True if it was answered."""

    @property
    def reason(self) -> Literal["answered", "no-answer", "busy", "congestion", "failed"]:
        """ "answered", "no-answer", "busy", "congestion", or "failed", as when there is no such extension."""

    @property
    def channel(self) -> str | None:
        """The channel's name; of a call that was not answered it may be what was asked for. None if it was
        not told."""

    @property
    def uniqueid(self) -> str | None:
        """The channel's Uniqueid, or None if there was no channel."""

    @property
    def response(self) -> Response:
        """The server's answer to the action, which says that it takes the call on."""

    @property
    def event(self) -> Event:
        """The event that told the outcome, OriginateResponse."""

_Pair: TypeAlias = tuple[str, str] | None

@final
class EventFilter:
    """A choice of events, by their names and headers: for a server, which then sends no others
    (`Client.filter_events`), and for a program (`matches`).

        libami.EventFilter().include("Hangup").include("Newchannel", begins=("Channel", "PJSIP/"))

    An event passes if one of the rules that include fits, or there are none, and none of those that
    exclude does. A rule has the name of an event, or one header and a text that its value equals, begins
    with, contains or ends with; or both. Names and values are compared in their case, as servers compare
    them.
    """

    def __new__(cls) -> Self: ...
    def include(
        self,
        event: str | None = None,
        *,
        equals: _Pair = None,
        begins: _Pair = None,
        contains: _Pair = None,
        ends: _Pair = None,
    ) -> EventFilter:
        """A filter with one more rule, whose events pass. Raises InvalidValue for a rule that no server
        can be told."""

    def exclude(
        self,
        event: str | None = None,
        *,
        equals: _Pair = None,
        begins: _Pair = None,
        contains: _Pair = None,
        ends: _Pair = None,
    ) -> EventFilter:
        """A filter with one more rule, whose events do not pass, even if a rule includes them. Raises
        InvalidValue for a rule that no server can be told."""

    def matches(self, event: Event) -> bool:
        """True if the event passes. Markers of libami's own always do."""

    @property
    def cuts(self) -> list[str]:
        """Names of events that a server does not send any more, or not all of them, and that something may
        wait for: the outcome of `Client.originate`, and what AsyncAGI says."""

    def __eq__(self, other: object, /) -> bool: ...

@final
class Limits:
    """Limits of what the server may send, for clients and gateways. An answer over a limit fails its own
    call alone, with ProtocolError of code 202; a server that goes over one with anything else loses the
    connection.

    banner      bytes of the first line
    line        bytes of one line
    headers     headers of one message, not counting Output
    message     bytes of one message, not counting a command's output
    response    bytes of one response that an action waits for, which may be a whole file, in lines of its own
                or in a single one; lines, headers and messages that are responses have this limit where
                their own is smaller, unless that was set below its default
    output      bytes of one command's output
    list        entries of one list
    list_bytes  bytes of memory that the entries of one list take
    """

    def __new__(
        cls,
        *,
        banner: int = 256,
        line: int = 65535,
        headers: int = 4096,
        message: int = 1048576,
        response: int = 20971520,
        output: int = 16777216,
        list: int = 1000000,
        list_bytes: int = 134217728,
    ) -> Self: ...
    @property
    def banner(self) -> int:
        """Bytes of the first line."""

    @property
    def line(self) -> int:
        """Bytes of one line."""

    @property
    def headers(self) -> int:
        """Headers of one message, not counting Output."""

    @property
    def message(self) -> int:
        """Bytes of one message, not counting a command's output."""

    @property
    def response(self) -> int:
        """Bytes of one response."""

    @property
    def output(self) -> int:
        """Bytes of one command's output."""

    @property
    def list(self) -> int:
        """Entries of one list."""

    @property
    def list_bytes(self) -> int:
        """Bytes of memory that the entries of one list take."""

@final
class Sms:
    """An SMS that came in."""

    __match_args__ = ("sender", "text")
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    @property
    def span(self) -> int:
        """The port's number, counted from 1; 0 where ports have names."""

    @property
    def port(self) -> str:
        """The port's name, such as "4" or "dongle0"."""

    @property
    def sender(self) -> str:
        """The sender: a number, or a name."""

    @property
    def time(self) -> datetime | None:
        """The time at which the network took it: aware where the gateway tells the zone, else naive. None
        where the gateway tells no time, or something else than a time. For an SMS in parts it is the first
        part's."""

    @property
    def time_text(self) -> str:
        """The same as text: ISO 8601, or the gateway's own text where that is no time; empty where it
        tells no time."""

    @property
    def text(self) -> str:
        """The text; empty for an SMS that is no text, see data."""

    @property
    def smsc(self) -> str | None:
        """The number of the SMS centre that delivered it, or None where the gateway does not tell it."""

    @property
    def message_class(self) -> int | None:
        """The class, or None: 0 is shown at once and not kept, 1 to 3 say where it belongs: the phone, its
        SIM, or a machine behind it."""

    @property
    def parts(self) -> int:
        """The number of parts that it was sent in."""

    @property
    def missing(self) -> tuple[int, ...]:
        """The parts that did not arrive in time, counted from 1."""

    @property
    def is_complete(self) -> bool:
        """True if all of it arrived."""

    @property
    def pdus(self) -> tuple[str, ...]:
        """The parts' PDUs in hex, with the SMS centre's number in front, where the gateway hands them out."""

    @property
    def raw(self) -> bytes:
        """The text as bytes before they were decoded: the user data of the PDUs, or what the gateway
        wrote."""

    @property
    def data(self) -> bytes | None:
        """The octets of an SMS that is no text, such as the notice of an MMS; of one in parts those of all
        that arrived, in order. None for a text, and where the gateway hands on nothing but texts."""

    @property
    def application_port(self) -> int | None:
        """The port of the application that it is for, such as 2948 for notices of MMS, or None where it
        names none."""

@final
class Report:
    """The outcome of an SMS that was sent, as the gateway tells it later: that the network took it or not,
    and where it was asked for, that the recipient has it or not."""

    __match_args__ = ("outcome",)
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    @property
    def span(self) -> int:
        """The port's number, counted from 1; 0 where ports have names or the gateway does not tell."""

    @property
    def port(self) -> str:
        """The port's name; empty where the gateway does not tell."""

    @property
    def id(self) -> str | None:
        """The id that the SMS was sent with, or None where the gateway does not repeat it."""

    @property
    def outcome(self) -> _Known:
        """As of a receipt: "queued", "sent", "failed", "delivered", "undelivered" or "unknown"."""

    @property
    def recipient(self) -> str | None:
        """The number that it was sent to, or None where the gateway does not tell it."""

    @property
    def time(self) -> datetime | None:
        """The time at which the SMS centre took it, or None: aware where the zone is told, else naive."""

    @property
    def time_text(self) -> str | None:
        """The same as the gateway's text, in ISO 8601 where it is a time, or None."""

    @property
    def done(self) -> datetime | None:
        """The time at which it was delivered, or at which the SMS centre stopped trying, or None: aware
        where the zone is told, else naive."""

    @property
    def done_text(self) -> str | None:
        """The same as the gateway's text, in ISO 8601 where it is a time, or None."""

    @property
    def reference(self) -> int | None:
        """The network's reference of the SMS, or None."""

    @property
    def status(self) -> int | None:
        """The network's own status (3GPP TS 23.040, 9.2.3.15), or None."""

    @property
    def words(self) -> str:
        """The gateway's own text; it may be empty."""

@final
class Ussd:
    """A USSD message: a text that came by itself, or what came of a code where a gateway tells that with
    an event."""

    __match_args__ = ("text",)
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    @property
    def span(self) -> int:
        """The port's number, counted from 1; 0 where ports have names."""

    @property
    def port(self) -> str:
        """The port's name."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def wants_answer(self) -> bool | None:
        """True if the network waits for an answer, or None where the gateway does not tell."""

    @property
    def mode(self) -> _UssdMode | None:
        """ "final": a text that wants no answer; "question": one that does; "ended": the network has ended
        the dialogue; "other-client": something else on the modem took the reply; "not-supported": the
        network does not know the code; "timed-out": it gave up waiting; "not-sent": the modem did not take
        the code. None where the gateway does not tell."""

    @property
    def id(self) -> str | None:
        """The driver's own name for the code that this is about, the ID of the answer to its action; None
        where it tells none."""

@final
class Unreadable:
    """Something that looks like an SMS and cannot be read, or came in a way that an SMS cannot."""

    __match_args__ = ("why",)
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]: ...
    def __copy__(self) -> Self:
        """It never changes, so a copy is the same object."""

    def __deepcopy__(self, _memo: object) -> Self: ...
    @property
    def port(self) -> str:
        """The port's name; empty where it could not be told."""

    @property
    def why(self) -> str:
        """The reason why it cannot be read."""

    @property
    def raw(self) -> bytes:
        """The bytes that came, as the server sent them."""

@final
class PartReceipt:
    """The outcome of one of the SMS that a text took."""

    @property
    def outcome(self) -> _Known:
        """As of the receipt."""

    @property
    def words(self) -> str:
        """The gateway's own text; it may be empty."""

@final
class Receipt:
    """A receipt: all that is known of an SMS that was to be sent."""

    __match_args__ = ("outcome",)
    @property
    def outcome(self) -> _Known:
        """ "sent": the network took it. "queued": the gateway has it, and more is known only if a report
        comes. "failed": it was not sent; of a text that the gateway splits by itself (dongles), some parts
        may have been. "busy": the port is in use, and nothing was sent. "unknown": it may have gone out,
        or may still do so. "not-sent": nothing was written to the gateway. "delivered", "undelivered": the
        recipient has it, or will not get it.

        If parts differ it is "unknown" if one of them is, else "failed".
        """

    @property
    def span(self) -> int:
        """The number of the port that it was to go through; 0 where ports have names."""

    @property
    def port(self) -> str:
        """The name of that port, such as "4" or "dongle0"."""

    @property
    def destination(self) -> str:
        """The number that it is for."""

    @property
    def id(self) -> str | None:
        """The caller's own name for it, or None."""

    @property
    def parts(self) -> int:
        """The number of SMS that the text takes, as far as libami hands them over one by one."""

    @property
    def each_part(self) -> tuple[PartReceipt, ...]:
        """Each of them, in order."""

    @property
    def words(self) -> str:
        """The gateway's last text; it may be empty."""

@final
class UssdReply:
    """The network's reply to a USSD code."""

    __match_args__ = ("text",)
    @property
    def text(self) -> str:
        """The text."""

    @property
    def wants_answer(self) -> bool:
        """True if the network waits for an answer; send it as another code."""

@final
class SmsParts:
    """A text as the SMS that it takes."""

    @property
    def encoding(self) -> Literal["gsm7", "ucs2"]:
        """ "gsm7", whose units are septets, or "ucs2", whose units are those of UTF-16, if the text has a
        character that the default alphabet of GSM has not."""

    @property
    def units(self) -> int:
        """The room that all of the text takes, in units."""

    @property
    def count(self) -> int:
        """The number of SMS that it takes, at least one."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The text of each SMS. No character is cut in two."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The room that each SMS takes, in units."""

    @property
    def left(self) -> int:
        """The room that is left in the last SMS, in units."""

def sms_parts(text: str, /) -> SmsParts:
    """Count the SMS that a text takes and split it, as the standard has it: one SMS holds 160 septets or
    70 units of UTF-16, each of several 153 or 67. Nothing is sent. A gateway's own commands may carry
    less.

        >>> parts = libami.sms_parts("hello " * 40)
        >>> parts.count, parts.encoding, parts.units
        (2, 'gsm7', 240)

    Raises InvalidValue if it takes more than 255 SMS, or holds half a surrogate pair.
    """

@final
class Part:
    """The place of an SMS in a longer text."""

    @property
    def reference(self) -> int:
        """The number that all parts of a text have in common."""

    @property
    def total(self) -> int:
        """The number of parts, at least one."""

    @property
    def index(self) -> int:
        """Its number among them, from 1 to `total`."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class UserData:
    """The content of an SMS."""

    @property
    def text(self) -> str | None:
        """The text; None if it is octets or compressed."""

    @property
    def encoding(self) -> Literal["gsm7", "octets", "ucs2"]:
        """The encoding: "gsm7", "ucs2", or "octets" that are no text."""

    @property
    def message_class(self) -> int | None:
        """The class, or None: 0 is shown at once and not kept, 1 to 3 say where it belongs: the phone, its
        SIM, or a machine behind it."""

    @property
    def coding(self) -> int:
        """The data coding scheme, as it came."""

    @property
    def is_compressed(self) -> bool:
        """True if it is compressed, so that its text is not known."""

    @property
    def part(self) -> Part | None:
        """Its place in a longer text, or None."""

    @property
    def port(self) -> int | None:
        """The application port that it is for, or None."""

    @property
    def unknown_table(self) -> int | None:
        """The number of a language whose tables the text was written by and which are not known here, so
        that some of its characters may be others; None if all is well."""

    @property
    def header(self) -> bytes:
        """The header's elements, as they came; empty if there are none."""

    @property
    def octets(self) -> bytes:
        """The octets behind the header, as they came; septets are packed, with the bits in front that fill
        up the header."""

@final
class Deliver:
    """An SMS that came in."""

    @property
    def smsc(self) -> str | None:
        """The SMS centre's number; None if the PDU has none."""

    @property
    def sender(self) -> str:
        """The sender: a number, with a + in front if it is an international one, or a name."""

    @property
    def sender_is_name(self) -> bool:
        """True if the sender goes by a name, which cannot be answered."""

    @property
    def time(self) -> datetime | None:
        """The time at which the SMS centre took it, an aware datetime; None if it told no time."""

    @property
    def time_text(self) -> str | None:
        """The same as text, in ISO 8601 with its zone."""

    @property
    def protocol_id(self) -> int:
        """The protocol identifier: 0 as a rule."""

    @property
    def is_reported(self) -> bool:
        """True if its sender will be told that it arrived."""

    @property
    def user_data(self) -> UserData:
        """The content."""

@final
class StatusReport:
    """The outcome of an SMS."""

    @property
    def smsc(self) -> str | None:
        """The SMS centre's number; None if the PDU has none."""

    @property
    def reference(self) -> int:
        """The number that the modem gave the SMS when it sent it."""

    @property
    def recipient(self) -> str:
        """The number that the SMS was for."""

    @property
    def time(self) -> datetime | None:
        """The time at which the SMS centre took the SMS, an aware datetime; None if it told no time."""

    @property
    def time_text(self) -> str | None:
        """The same as text, in ISO 8601 with its zone."""

    @property
    def discharge_time(self) -> datetime | None:
        """The time at which it was delivered, or tried for the last time, an aware datetime; None if that
        is not told."""

    @property
    def discharge_time_text(self) -> str | None:
        """The same as text, in ISO 8601 with its zone."""

    @property
    def status(self) -> int:
        """The status, as it came."""

    @property
    def delivery(self) -> _Delivery:
        """The meaning of the status. "delivered": it arrived. "completed": the SMS centre is done with it
        and does not say whether it arrived. "trying": not yet. "failed-permanently" and
        "failed-temporarily": it did not arrive, and the SMS centre tries no more."""

@final
class Submit:
    """An SMS that was sent or is to be sent."""

    @property
    def reference(self) -> int:
        """The number of the message; 0 if the modem is to give one."""

    @property
    def destination(self) -> str:
        """The number that it is for."""

    @property
    def protocol_id(self) -> int:
        """The protocol identifier: 0 as a rule."""

    @property
    def validity(self) -> float | None:
        """For how many seconds the network is to try; None if that is not told, or is told as a point in
        time."""

    @property
    def wants_report(self) -> bool:
        """True if a status report is wanted."""

    @property
    def user_data(self) -> UserData:
        """The content."""

def decode_pdu(pdu: str | bytes | bytearray, smsc: bool) -> Deliver | StatusReport | Submit:
    """libami.pdu.decode is the one to use."""

def encode_pdu(
    to: str,
    text: str,
    flash: bool,
    validity: float | None,
    status_report: bool,
    reference: int,
    wide_reference: bool,
) -> list[str]:
    """libami.pdu.encode is the one to use."""

@final
class Stats:
    """Counts of all that a client has done so far, by all its connections together."""

    @property
    def bytes_received(self) -> int:
        """Bytes that the server sent."""

    @property
    def bytes_sent(self) -> int:
        """Bytes that were written."""

    @property
    def events(self) -> int:
        """Events that came as news, not as the entries of a list."""

    @property
    def actions(self) -> int:
        """Actions that were accepted."""

    @property
    def in_flight(self) -> int:
        """Actions that have not ended."""

    @property
    def reconnects(self) -> int:
        """Times that the client has connected again and logged in."""

    @property
    def round_trips(self) -> RoundTrips:
        """The times that answers took, those to keepalive Pings among them."""

@final
class RoundTrips:
    """The times that answers took, in seconds from the call to the whole answer: a histogram whose buckets
    each reach 19 % further than the one before."""

    @property
    def count(self) -> int:
        """The number of answers."""

    @property
    def mean(self) -> float:
        """The time that they took on average; 0 without any."""

    @property
    def longest(self) -> float:
        """The time that the slowest took; 0 without any."""

    def quantile(self, share: float, /) -> float:
        """The time that this share of them took at most, from 0 to 1, such as 0.99; up to 19 % too long. 0
        without any."""

    def buckets(self) -> list[tuple[float, int]]:
        """The buckets, shortest first: each with its upper end, infinity for the last one, and how many
        answers are in it. None without any answer."""

@final
class Counters:
    """Counts of all that went through the queue of a subscription so far. What is received is delivered,
    dropped, waiting, or was discarded when the subscription was closed. Markers do not count."""

    @property
    def received(self) -> int:
        """Events that were wanted."""

    @property
    def delivered(self) -> int:
        """Events that were taken, or handed to the callback."""

    @property
    def dropped(self) -> int:
        """Events that were lost because the queue was full."""

    @property
    def waiting(self) -> int:
        """Events that wait."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes of memory that they take."""

@final
class Subscription:
    """A callback's subscription. It lasts until it or its client is closed, whether this object is kept or
    not. As long as it is kept, it keeps its client."""

    @property
    def counters(self) -> Counters:
        """Counts of all that went through it so far."""

    def close(self) -> None:
        """Ends it: no call begins after this, and events that wait are discarded. Outside callbacks it
        waits until a running call has returned."""

# Generic for type checkers alone.
@disjoint_base
class Stream(Generic[_Item]):
    """A stream of a thread. EventStream and Inbox are the ones to use."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _Item: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...
    def fileno(self) -> int:
        """The descriptor that is readable while something waits, until `drain` or the iteration finds
        nothing, and at the end: for event loops other than asyncio. Poll it, do not read or close it, and
        keep the stream meanwhile."""

    def drain(self, limit: int = 1000) -> list[_Item]:
        """What waits, at most `limit` items, without waiting: a list, which is empty if nothing waits. At
        the end it raises: ClosedError if the stream or its client was closed here, otherwise as the
        iteration."""

    @property
    def counters(self) -> Counters:
        """Counts of all that went through it so far."""

    def close(self) -> None:
        """Unsubscribes: what waits is discarded, and the iteration ends, in other threads as well."""

@final
class EventStream(Stream[Event]):
    """Events of a client or gateway, from the call of events() on: an iterator and a context manager."""

@final
class ViewStream(Stream[_Item]):
    """Views of events, from the call of events() on: an iterator and a context manager."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Inbox(Stream[_Mail]):
    """Mail of a gateway, from the call of inbox() on: an iterator and a context manager."""

@final
class TLS:
    """Settings of TLS: whom to trust, and as whom to appear.

    By default the server's certificate must come from an authority that the system trusts (or those of the
    environment variables SSL_CERT_FILE and SSL_CERT_DIR), and must name the host that is connected to. The
    versions are 1.2 and 1.3: a server that has only older ones cannot be reached.

    ca_file             a file with the authorities that are trusted, and no others are. A server's own
                        certificate may stand there as well, as is usual where it has signed itself: it is
                        then trusted for the names that it has, or for every name if it has none
    server_name         the name that the server's certificate must have, if it is not the host's
    client_certificate  for a server that asks for one: a file with the certificate and those between it and
                        its authority, and a file with its private key, which must have no pass phrase
    danger_accept_any_certificate
                        accept every certificate: whoever can get between this machine and the server can
                        then read and change everything. A login without challenge then needs
                        allow_plain_login

    The files are in PEM form. They are read when a client is made, which raises InvalidValue if they
    cannot be used, and again for each connection, so that a renewed one counts.
    """

    def __new__(
        cls,
        *,
        ca_file: str | PathLike[str] | None = None,
        server_name: str | None = None,
        client_certificate: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
        danger_accept_any_certificate: bool = False,
    ) -> Self: ...

@final
class Settings:
    """The settings of a client or a gateway."""

    def __new__(
        cls,
        host: str,
        port: int,
        *,
        username: str,
        secret: str,
        event_mask: str,
        connect_timeout: float,
        action_timeout: float,
        keepalive: float | None,
        keepalive_timeout: float,
        reconnect: Reconnect | None,
        queue_events: int,
        queue_bytes: int,
        queue_policy: str,
        action_queue: int,
        action_queue_bytes: int,
        limits: Limits | None,
        tls: bool | TLS,
        allow_plain_login: bool,
        dialect: str,
        parts_timeout: float,
        send_queue: int,
        port_rest: float,
        encoding: str,
        errors: str,
    ) -> Self: ...

@final
class Client:
    """A client of one server. The package's Client is the one to use."""

    def __new__(cls, settings: Settings) -> Self: ...
    def open(self) -> Pending[None]:
        """Connects and logs in."""

    def close(self) -> None:
        """Closes it for a thread."""

    def closing(self) -> Pending[None]:
        """Begins to log off at once; the call ends when the session has."""

    def abandon(self) -> None:
        """Begins to close and waits for nothing."""

    def use_on_a_loop(self) -> None:
        """It belongs to an event loop, whose thread must not wait when this is let go of."""

    def lend(self, executor: Executor, event_loop: AbstractEventLoop) -> None:
        """From now on the event loop, which runs here, reads the connections."""

    @property
    def is_open(self) -> bool: ...
    @property
    def state(self) -> _State:
        """A connection that was inherited from a parent process counts as closed."""

    def wait_for_state(self, state: str, timeout: float | None = None) -> Pending[None]: ...
    def stats(self) -> Stats: ...
    @property
    def banner(self) -> str | None: ...
    def action(
        self,
        name: str,
        headers: Sequence[tuple[str, _Value]],
        deadline: float | None = None,
    ) -> Pending[Response]: ...
    def submit_action(
        self,
        name: str,
        headers: Sequence[tuple[str, _Value]],
        deadline: float | None,
        future: Future[Response],
        owner: object,
    ) -> Submitted:
        """Sends it, and has a future of concurrent.futures told what it comes to."""

    def command(self, cli: str, timeout: float | None = None) -> Pending[str]: ...
    def can(self, action: str) -> Pending[bool]: ...
    def filter_events(self, filter: EventFilter) -> Pending[Literal["criteria", "expressions", "client"]]: ...
    def ping(self) -> Pending[float]: ...
    def ping_on(self, executor: Executor, event_loop: AbstractEventLoop) -> Call[float]:
        """The same, begun on an event loop."""

    def action_on(
        self,
        executor: Executor,
        event_loop: AbstractEventLoop,
        name: str,
        headers: Sequence[tuple[str, _Value]],
        deadline: float | None,
    ) -> Call[Response]:
        """An action, begun on an event loop."""

    def originate(self, channel: str, arguments: dict[str, Any]) -> Pending[Originated]:
        """Waits for the outcome of the call."""

    def start_originate(self, channel: str, arguments: dict[str, Any]) -> Pending[Response]:
        """Waits until the server has taken the call on, and not for its outcome."""

    def check_alive(self) -> None:
        """Refuses callbacks that would never be called."""

    def check_names(self, names: Sequence[str] | None) -> None:
        """Refuses names that no event has."""

    def events(
        self,
        names: Sequence[str] | None,
        views: Sequence[type[View]],
        timeout: float | None,
        idle_timeout: float | None,
        owner: object,
    ) -> EventStream | ViewStream[Any]: ...
    def events_on(
        self,
        executor: Executor,
        event_loop: AbstractEventLoop,
        names: Sequence[str] | None,
        views: Sequence[type[View]],
        timeout: float | None,
        idle_timeout: float | None,
        owner: object,
    ) -> AsyncStream[Any]:
        """The same for an event loop."""

    def on(
        self,
        names: Sequence[str] | None,
        views: Sequence[type[View]],
        callback: Callable[[Any], object],
        owner: object,
    ) -> Subscription: ...

@final
class Executor:
    """The executor of the calls and streams of one event loop. The loop calls `run` whenever the
    descriptor is readable."""

    def __new__(cls) -> Self: ...
    def fileno(self) -> int:
        """The descriptor to watch."""

    def run(self) -> None:
        """Looks at what has news."""

    def write(self) -> None:
        """Writes the actions that have held."""

    def check_loop(self, event_loop: AbstractEventLoop) -> None:
        """Refuses to be used on another loop than this."""

    def __len__(self) -> int: ...

# Generic for type checkers alone.
class _Awaited(Generic[_Result]):
    def __await__(self) -> Generator[Any, None, _Result]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def send(self, _value: object) -> Any: ...
    def throw(self, kind: object, value: object = None, _traceback: object = None, /) -> Any: ...
    def close(self) -> None: ...

@final
class Call(_Awaited[_Result]):
    """A call that was begun: the future that its task waits for, and what that awaits to get the result.
    Who stops waiting for it cancels it."""

@final
class Next(_Awaited[_Result]):
    """The next item of a stream, when it is awaited. It is taken at the very end, so that a wait that is
    cancelled loses nothing."""

class _Pending(Generic[_Result]):
    def wait(self) -> _Result: ...
    def start(self, executor: Executor, event_loop: AbstractEventLoop) -> Call[_Result]: ...

@final
class Pending(_Pending[_Result]):
    """A call that is not begun. Letting go of it, or of the wait for it, cancels it."""

@final
class AsyncStream(Generic[_Item]):
    """A stream of an event loop. libami.aio has the ones to use."""

    def take(self) -> _Item | None:
        """The next item, if one waits and it is not the loop's turn."""

    def next(self) -> Next[_Item]: ...
    @property
    def counters(self) -> Counters:
        """Counts of all that went through it so far."""

    def close(self) -> None:
        """Unsubscribes: what waits is discarded, and the iteration ends, in other tasks as well."""

@final
class Submitted:
    """An action that a future stands for. It keeps neither the client nor the future."""

    def cancel(self) -> None:
        """Ends the action if it has not ended; the future gets nothing then."""

    def check(self) -> None:
        """Refuses to be waited for in the child of a fork."""

@final
class SmsRequest:
    """An SMS to be sent."""

    def __new__(
        cls,
        to: str,
        text: str,
        *,
        port: int | str | None = None,
        timeout: float | None = None,
        id: str | None = None,
        flash: bool = False,
        validity: float | None = None,
        report: bool = False,
        pdu: bool = False,
        priority: Literal["low", "normal", "high"] = "normal",
        within: float | None = None,
    ) -> Self: ...

@final
class Gateway:
    """A gateway. The package's Gateways are the ones to use."""

    def __new__(cls, settings: Settings) -> Self: ...
    def open(self) -> Pending[None]:
        """Connects and logs in. Closing it meanwhile cancels that."""

    def close(self) -> list[Receipt]:
        """Closes it for a thread; returns receipts of what was not sent."""

    def closing(self) -> Pending[list[Receipt]]:
        """Closes it on an event loop."""

    def abandon(self) -> None:
        """Begins to close and waits for nothing."""

    def lend(self, executor: Executor, event_loop: AbstractEventLoop) -> None:
        """From now on the event loop, which runs here, reads the session for events. Those of the ports
        are for tasks of the runtime alone."""

    @property
    def is_open(self) -> bool: ...
    @property
    def state(self) -> _State:
        """A connection that was inherited from a parent process counts as closed."""

    @property
    def dialect(self) -> str: ...
    def parts(self, text: str) -> SmsParts: ...
    def waiting(self, port: int | str) -> int:
        """The messages and codes that wait for a port."""

    def action(
        self,
        name: str,
        headers: Sequence[tuple[str, _Value]],
        deadline: float | None = None,
    ) -> Pending[Response]: ...
    def command(self, cli: str, timeout: float | None = None) -> Pending[str]: ...
    def submit_action(
        self,
        name: str,
        headers: Sequence[tuple[str, _Value]],
        deadline: float | None,
        future: Future[Response],
        owner: object,
    ) -> Submitted:
        """Sends it by the session for events, and has a future of concurrent.futures told what it comes
        to."""

    def send(self, request: SmsRequest) -> Pending[Receipt]: ...
    def submit(self, request: SmsRequest, future: Future[Receipt]) -> None:
        """Puts it into the queue and tells the future what becomes of it, on a thread of libami's."""

    def sending(self, request: SmsRequest) -> Pending[Receipt]:
        """Puts it into the queue; the call is to wait for what becomes of it."""

    def send_ussd(self, port: int | str, code: str, timeout: float | None = None) -> Pending[UssdReply]: ...
    def dial(self, port: int | str, code: str, timeout: float | None = None) -> Pending[UssdDialogue]: ...
    def ports(self, timeout: float | None = None) -> Pending[list[PortStatus]]: ...
    def power(self, port: int | str, power: str) -> Pending[None]: ...
    def reload(self, port: int | str) -> Pending[None]: ...
    def inbox(self, timeout: float | None, owner: object) -> Inbox: ...
    def on(
        self, names: Sequence[str] | None, callback: Callable[[Any], object], owner: object
    ) -> Subscription: ...
    def stats(self) -> Stats: ...
    def ping(self) -> Pending[float]: ...
    def ping_on(self, executor: Executor, event_loop: AbstractEventLoop) -> Call[float]:
        """The same, begun on an event loop."""

    def action_on(
        self,
        executor: Executor,
        event_loop: AbstractEventLoop,
        name: str,
        headers: Sequence[tuple[str, _Value]],
        deadline: float | None,
    ) -> Call[Response]:
        """An action, begun on an event loop."""

    def wait_for_state(self, state: str, timeout: float | None = None) -> Pending[None]: ...
    def check_alive(self) -> None:
        """Refuses callbacks that would never be called."""

    def events(
        self,
        names: Sequence[str] | None,
        views: Sequence[type[View]],
        timeout: float | None,
        idle_timeout: float | None,
        owner: object,
    ) -> EventStream | ViewStream[Any]:
        """Events of the server, as they come to the session for what comes in."""

    def events_on(
        self,
        executor: Executor,
        event_loop: AbstractEventLoop,
        names: Sequence[str] | None,
        views: Sequence[type[View]],
        timeout: float | None,
        idle_timeout: float | None,
        owner: object,
    ) -> AsyncStream[Any]:
        """The same for an event loop."""

    def inbox_on(
        self,
        executor: Executor,
        event_loop: AbstractEventLoop,
        names: Sequence[str] | None,
        timeout: float | None,
        owner: object,
    ) -> AsyncStream[_Mail]:
        """Mail for an event loop."""

@final
class UssdDialogue:
    """A USSD session. The package's UssdDialogues are the ones to use."""

    @property
    def reply(self) -> UssdReply: ...
    @property
    def is_open(self) -> bool: ...
    def answer(self, answer: str) -> Pending[UssdReply]: ...
    def end(self) -> None: ...

@final
class PortStatus:
    """A port's state and that of its network, as the gateway showed them."""

    @property
    def port(self) -> str:
        """The port's name, such as "4" or "dongle0"."""

    @property
    def span(self) -> int:
        """The port's number, counted from 1; 0 where ports have names."""

    @property
    def words(self) -> str:
        """Its state as the gateway's own text, such as "Power on, Provisioned, Up, Active,Standard" or
        "Free"."""

    @property
    def is_up(self) -> bool:
        """True if it can send and receive."""

    @property
    def has_power(self) -> bool:
        """True if it has power. Of a dongle: if its driver has the device."""

    @property
    def has_sim(self) -> bool:
        """True if its SIM is there and unlocked, as far as the gateway tells."""

    @property
    def is_complete(self) -> bool:
        """True if the gateway told all of it in time. Otherwise only `words` is known, and the values that
        follow from it."""

    @property
    def operator(self) -> str | None:
        """The network operator's name, or None."""

    @property
    def network_status(self) -> str | None:
        """The registration as the gateway's text, or None."""

    @property
    def is_registered(self) -> bool:
        """True if it is registered with a network, at home or roaming."""

    @property
    def signal(self) -> int | None:
        """The signal strength as modems tell it (3GPP TS 27.007, 8.5): 0 (weakest) to 31; None where it is
        not known."""

    @property
    def dbm(self) -> int | None:
        """The same in dBm: from -113 (or less) to -51 (or more)."""

    @property
    def bars(self) -> int | None:
        """The same in bars as a phone shows them: 0 to 5."""

    @property
    def imsi(self) -> str | None:
        """The number of the SIM card, or None."""

    @property
    def imei(self) -> str | None:
        """The number of the modem, or None."""

    @property
    def smsc(self) -> str | None:
        """The number of the SMS centre, or None."""

    @property
    def own_number(self) -> str | None:
        """The port's own telephone number, or None where the SIM does not hold it."""

    @property
    def last_event(self) -> str | None:
        """The last event of the port, or None."""

    @property
    def state(self) -> str | None:
        """The work that the port is doing, such as "READY" or "SMS SENDING", or None."""

    @property
    def details(self) -> dict[str, str]:
        """All that the gateway tells, in its order and by its own names."""

@final
class ParsedMessage(Message):
    """A message as the parser found it: a frozen mapping of its headers that knows what it is."""

    __match_args__ = ("kind", "name")
    @property
    def kind(self) -> Literal["response", "event", "other"]:
        """ "response", "event", or "other" for what is neither."""

    @property
    def name(self) -> str:
        """An event's name, or a response's result, such as "Success"; empty for what is neither."""

    @property
    def action_id(self) -> str | None:
        """The ActionID of the action that it belongs to, or None."""

    @property
    def output(self) -> str | None:
        """A command's text, whatever the server's version: its lines joined by "\\n", without one at the
        end; None for others."""

    def rest(self, index: int, /) -> bytes:
        """The bytes of the wire from the value of the header at this index of `multi_items` to the end of
        the message: old servers send values with raw line ends, and what follows those may be more of the
        value."""

    def detached(self) -> ParsedMessage:
        """The message in memory of its own. Messages that were fed together share memory, and one of them
        that is kept keeps it all."""

@final
class Parser:
    """A parser for programs with their own loop: bytes in, messages out. It opens no socket and starts no
    thread.

    Iterating gives the messages that are complete by now, and can go on when more was fed. An error is
    final, and comes after all the messages before it. `encoding` and `errors` say how values are decoded.
    """

    def __new__(cls, *, encoding: str = "utf-8", errors: str = "surrogateescape") -> Self: ...
    def feed(self, data: bytes | bytearray, /) -> None:
        """Takes bytes in, cut anywhere.

        Raises the error that `next` raised, or will raise once the messages before it were taken, if there
        was one before.
        """

    def next(self) -> ParsedMessage | None:
        """The next message, or None if more bytes are needed.

        Raises ProtocolError for what is no AMI or goes over a limit.
        """

    def __iter__(self) -> Self: ...
    def __next__(self) -> ParsedMessage: ...
    def expect_action_id(self, action_id: str | bytes, /) -> None:
        """Says that an action with this ActionID was sent. Old servers put a command's text right behind
        the headers of the reply; once a program has said what it sent, no line of such a text can pass for
        one of those headers."""

    def finish(self) -> None:
        """Says that no more bytes will come.

        Raises ProtocolError if they ended within a message.
        """

    @property
    def banner(self) -> str | None:
        """The server's first line, once it has come."""

    def set_limits(
        self,
        *,
        banner: int | None = None,
        line: int | None = None,
        headers: int | None = None,
        frame: int | None = None,
        response: int | None = None,
        output: int | None = None,
    ) -> None:
        """Changes limits for what is still to come; what is left out stays as it is.

        banner     bytes of the first line
        line       bytes of one line; 65,535 at most
        headers    headers of one message, not counting Output
        frame      bytes of one message, not counting a command's output
        response   bytes of one response whose ActionID was said to `expect_action_id`, see `libami.Limits`
        output     bytes of one command's output
        """

def encode_action(name: str, headers: Sequence[tuple[str, _Value]]) -> bytes:
    """An action as it goes over the wire."""

def set_log_level(level: int, /) -> None:
    """Has the library log to `logging` from a level of that on; 0 turns it off."""

def login_key(challenge: str, secret: str, /) -> str:
    """The `Key` of a `Login` that answers a `Challenge` with `AuthType` MD5: the secret itself then does
    not cross the network."""

def escapes_values(asterisk_version: str, /) -> bool:
    """Tells whether a server of this version escapes the values of VarSet and ChanVariable and the names
    of callers: from 13.5.0 on. Older ones send them raw, with any line ends in them. The version is the
    `AsteriskVersion` of the action `CoreSettings`."""

@overload
def unescape(value: str, /) -> str:
    """Undo C's escapes of one character in a value, such as a backslash and n for a line end. What is no
    escape stays as it is.

    Text gives text, bytes give bytes. In an encoding whose characters may hold a backslash's byte (Big5,
    GBK, Shift JIS) the text is wrong before it comes here: unescape what `get_bytes` gives, and decode
    that.
    """

@overload
def unescape(value: bytes | bytearray, /) -> bytes: ...

@final
class Simulator:
    """A simulated GSM gateway. libami.simulator.Simulator is the one to use."""

    def __new__(
        cls,
        *,
        model: str,
        core: str | None,
        yeastar: tuple[bool, bool, bool, bool],
        bg111: bool,
        dongle_2019: bool,
        send_results: bool,
        seed: int,
        port: int,
        username: str,
        secret: str,
        spans: int,
        read: str,
        write: str,
        smsc: str,
        numbers: Sequence[str],
        second: float,
        login_failure_delay: float,
        auth_timeout: float,
        auth_limit: int,
        allow_multiple_login: bool,
        transcript: Callable[[int, Literal["client", "gateway"], str], object] | None,
    ) -> Self: ...
    @property
    def port(self) -> int: ...
    @property
    def sessions(self) -> int: ...
    @property
    def spans(self) -> tuple[int, int]: ...
    def sent(
        self,
    ) -> list[
        tuple[
            tuple[int, str, str, str | None, bool, Any, str],
            tuple[int, tuple[int, int, int] | None, bool, bool, int | None, str | None],
        ]
    ]: ...
    def aired(
        self,
    ) -> list[tuple[int, int, str, str, tuple[int, int, int] | None, bool, int | None]]: ...
    def deliver_sms(
        self,
        span: int,
        sender: str,
        text: str,
        time: str,
        parts: Sequence[int],
        coding: str,
        flash: bool,
        text_mode: bool,
        without_variables: bool,
        pdu: str | None,
        base64_first: bool,
    ) -> int: ...
    def deliver_ussd(self, span: int, text: str, responses: int) -> int: ...
    def deliver_report(
        self,
        span: int,
        payload: str,
        sent: str,
        delivered: str,
        success: bool,
        kind: int,
        codes: Sequence[int],
    ) -> int: ...
    def set_outcome(self, span: int, outcome: str) -> None: ...
    def next_outcomes(self, span: int, outcomes: Sequence[str]) -> None: ...
    def set_rates(self, span: int, rates: Sequence[tuple[str, float]]) -> None: ...
    def set_latency(self, span: int, shortest: float, longest: float) -> None: ...
    def set_state(self, span: int, state: tuple[bool, str, str, int, int, str]) -> None: ...
    def set_activity(self, span: int, activity: str) -> None: ...
    def state(self, span: int) -> tuple[bool, Any, Any, int, int, str] | None: ...
    def set_ussd_menu(self, code: str, given: tuple[str, Sequence[tuple[str, object]]]) -> None: ...
    def set_ussd(self, code: str, text: str, menu: bool, outcome: str) -> None: ...
    def emit(self, event_class: str, frame: bytes) -> int: ...
    def disconnect_all(self) -> None: ...
    def stop(self) -> None: ...
