"""`libami sms`: SMS through a GSM gateway."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from libami._errors import Error
from libami.cli import bulk, following, options, settings
from libami.cli.output import DONE, Output, UsageError, explain

if TYPE_CHECKING:
    from datetime import datetime

    from libami._native import Receipt, SmsParts

_APART = ("kind", "text")


def add(subparsers: Any) -> None:
    """Add the command."""
    text = "send and receive SMS through a GSM gateway"
    parser = subparsers.add_parser("sms", help=text, description=f"{text[0].upper()}{text[1:]}.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    _add_send(commands)
    _add_inbox(commands)
    _add_parts(commands)
    bulk.add(commands)


def _add_send(commands: Any) -> None:
    parser = options.command(
        commands,
        "send",
        "send an SMS and wait for its outcome",
        "Send an SMS, in parts if it is long, and wait until the network took it. It is never sent twice.",
    )
    parser.add_argument("to", metavar="TO", help="the number: 1 to 20 digits, with a + before a country code")
    parser.add_argument("text", metavar="TEXT", help="the text; - reads it from standard input")
    options.add_port(parser, "the GSM port to send through; by default the gateway chooses one that is up")
    parser.add_argument("--id", help="a name of your own that receipts and reports repeat")
    parser.add_argument("--flash", action="store_true", help="have phones show it at once")
    parser.add_argument("--report", action="store_true", help="ask the network for a report of its delivery")
    parser.add_argument(
        "--validity",
        type=options.seconds,
        metavar="SECONDS",
        help="how long the network tries to deliver it",
    )
    options.add_timeout(parser, "how long the gateway tries to send each part")
    parser.set_defaults(run=_send)


def _add_inbox(commands: Any) -> None:
    parser = options.command(
        commands,
        "inbox",
        "show SMS as they come in",
        "Show SMS and reports as they come in, until interrupted. Where some are missing, a marker says so.",
    )
    parser.add_argument("-n", "--count", type=options.count, metavar="NUMBER", help="end after so many SMS")
    options.add_timeout(parser, "end after this time; with --count this is a failure")
    parser.add_argument("--reconnect", action="store_true", help="connect again when the connection is lost")
    parser.set_defaults(run=_inbox)


def _add_parts(commands: Any) -> None:
    parser = options.command(
        commands,
        "parts",
        "count the SMS that a text takes",
        "Count the SMS that a text takes, and split it. Nothing is sent, and no server is asked.",
        connects=False,
    )
    parser.add_argument("text", metavar="TEXT", help="the text; - reads it from standard input")
    parser.set_defaults(run=_parts)


def _text(given: str) -> str:
    if given != "-":
        return given
    try:
        # The line end of the last line belongs to the file.
        return sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise UsageError("what standard input has is not UTF-8") from None


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """A receipt for JSON."""
    return {
        "outcome": receipt.outcome,
        "port": receipt.port,
        "to": receipt.destination,
        "id": receipt.id,
        "parts": receipt.parts,
        "words": receipt.words,
    }


def _receipt(out: Output, receipt: Receipt) -> None:
    if out.is_json:
        out.json(receipt_document(receipt))
        return
    parts = f" in {receipt.parts} parts" if receipt.parts > 1 else ""
    through = f" through port {receipt.port}" if receipt.port else ""
    out.line(f"{receipt.outcome}{through}{parts}")


def _send(arguments: argparse.Namespace) -> int:
    out: Output = arguments.output
    text = _text(arguments.text)
    with settings.opened(settings.gateway(arguments)) as gateway:
        try:
            receipt = gateway.send(
                arguments.to,
                text,
                port=arguments.port,
                timeout=arguments.timeout,
                id=arguments.id,
                flash=arguments.flash,
                validity=arguments.validity,
                report=arguments.report,
            )
        except Error as error:
            if error.receipt is not None:
                _receipt(out, error.receipt)
            return explain(out, error)
    _receipt(out, receipt)
    return DONE


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(" ")


def _mail(item: Any) -> Iterator[tuple[str, Any]]:
    """The parts of mail that are shown, by name."""
    from libami.gateway import Report, Sms, Unreadable, Ussd

    if isinstance(item, Sms):
        yield from (("kind", "sms"), ("port", item.port), ("sender", item.sender))
        yield from (("time", _time(item.time) or item.time_text), ("text", item.text))
        if not item.is_complete:
            yield "missing", list(item.missing)
        if item.data is not None:
            yield "data", item.data.hex()
    elif isinstance(item, Report):
        yield from (("kind", "report"), ("port", item.port), ("outcome", item.outcome))
        yield from (("id", item.id), ("recipient", item.recipient), ("words", item.words))
        yield from (
            ("time", _time(item.time) or item.time_text),
            ("done", _time(item.done) or item.done_text),
        )
    elif isinstance(item, Ussd):
        yield from (("kind", "ussd"), ("port", item.port), ("text", item.text))
    elif isinstance(item, Unreadable):
        yield from (("kind", "unreadable"), ("port", item.port), ("why", item.why))
    else:
        yield from (("kind", item.kind), ("headers", item.multi_items()))


def _inbox(arguments: argparse.Namespace) -> int:
    from libami._reconnect import Reconnect

    out: Output = arguments.output
    again = Reconnect() if arguments.reconnect else None
    with (
        settings.opened(settings.gateway(arguments, reconnect=again)) as gateway,
        gateway.inbox(timeout=following.timeout(arguments.timeout)) as inbox,
    ):
        settings.tell(out, gateway)
        if again is not None:
            settings.tell_of_outages(out, gateway)
        left = arguments.count
        for item in following.within(inbox, arguments.timeout):
            found = dict(_mail(item))
            if out.is_json:
                out.json(found)
            else:
                _show(out, found)
            out.flush()
            if left is not None and found["kind"] == "sms":
                left -= 1
                if not left:
                    return DONE
    if left is not None:
        raise following.too_few("SMS", arguments.count, left, arguments.timeout)
    return DONE


def _marker(kind: str, headers: dict[str, str]) -> str:
    """The words for a marker."""
    from datetime import datetime

    if kind == "gap":
        begun, ended = float(headers["From"]), float(headers["Until"])
        time = datetime.fromtimestamp(begun).isoformat(" ", "seconds")
        return f"no connection for {ended - begun:.1f} s from {time}: {headers['Cause']}"
    if kind == "lagged":
        return f"lost here, as they came too fast: {headers['Lost']}"
    return ", ".join(f"{name} {value}" for name, value in headers.items() if name != "Event")


def _show(out: Output, found: dict[str, Any]) -> None:
    if "headers" in found:
        out.line(f"{found['kind']}: {_marker(found['kind'], dict(found['headers']))}")
        return
    shown = (
        f"{name} {value}" for name, value in found.items() if value not in (None, "") and name not in _APART
    )
    out.line(f"{found['kind']}: {', '.join(shown)}")
    for line in str(found.get("text", "")).splitlines():
        out.line(f"    {line}")


def _parts(arguments: argparse.Namespace) -> int:
    from libami._native import sms_parts

    out: Output = arguments.output
    parts = sms_parts(_text(arguments.text))
    if out.is_json:
        out.json(_parts_document(parts))
        return DONE
    units = "septets of the GSM alphabet" if parts.encoding == "gsm7" else "code units of UCS-2"
    out.line(f"{parts.count} SMS, {parts.units} {units}, {parts.left} left in the last one")
    if parts.count > 1:
        for number, part in enumerate(parts.parts, 1):
            out.line(f"{number}: {part}")
    return DONE


def _parts_document(parts: SmsParts) -> dict[str, Any]:
    return {
        "count": parts.count,
        "encoding": parts.encoding,
        "units": parts.units,
        "left": parts.left,
        "parts": list(parts.parts),
    }
