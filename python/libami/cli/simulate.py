"""`libami simulate`: a simulated GSM gateway."""

from __future__ import annotations

import argparse
import os
import re
import select
import signal
from typing import TYPE_CHECKING, Any

from libami.cli import options
from libami.cli.output import DONE, REFUSED, Output, block, not_listening, shown, write_words

if TYPE_CHECKING:
    from libami.simulator import Simulator, TranscriptLine

STDIN = 0
_MODELS = ("openvox", "openvox-firmware", "openvox-2013", "allo", "yeastar", "dongle", "quectel")
"""Those of `libami.simulator.Model`, whose import takes time."""

_MENU = {"1": "Your balance is 12.50", "2": "Your tariff is Basic"}
"""The answers to its USSD code *100#."""


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "simulate",
        "run a simulated GSM gateway",
        "Run a simulated GSM gateway on 127.0.0.1 until interrupted. "
        'An SMS comes in for each line "sms SPAN SENDER TEXT" on standard input. '
        "The USSD code *100# leads to a menu.",
        connects=False,
    )
    parser.add_argument(
        "--port", type=options.tcp_port, default=5038, help="TCP port, 0 for any free one; 5038 by default"
    )
    parser.add_argument(
        "--model", choices=_MODELS, default="openvox", help="which gateway; openvox by default"
    )
    # Not by the name of the option that says whom to log in as.
    parser.add_argument(
        "--username",
        dest="account",
        metavar="NAME",
        default="admin",
        help="name of the account; admin by default",
    )
    # It is a secret of nobody's: it lets in to a gateway that does not exist.
    parser.add_argument("--secret", default="amp111", help="its secret; amp111 by default")
    parser.add_argument("--spans", type=options.count, default=4, help="number of GSM ports; 4 by default")
    parser.add_argument(
        "--numbers",
        type=_numbers,
        default=(),
        metavar="NUMBER,...",
        help="the ports' own numbers; an SMS sent to one of them comes in there",
    )
    parser.add_argument(
        "--login-failure-delay",
        type=options.seconds,
        default=0.01,
        metavar="SECONDS",
        help="how long a refused login takes; 0.01 by default, a real Asterisk takes 1",
    )
    parser.add_argument(
        "--sms-every", type=options.seconds, metavar="SECONDS", help="let an SMS come in so often"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print what is said, with secrets hidden"
    )
    parser.set_defaults(run=run)


def _numbers(text: str) -> list[str]:
    found = text.split(",")
    for each in found:
        if not re.fullmatch(r"\+?[0-9]{1,20}", each):
            raise argparse.ArgumentTypeError(
                f'"{each}" is no number: 1 to 20 digits, with a + before a country code if wanted'
            )
    return found


def run(arguments: argparse.Namespace) -> int:
    """Run a gateway until SIGINT or SIGTERM."""
    from libami.simulator import Simulator

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    out: Output = arguments.output

    def show(line: TranscriptLine) -> None:
        if out.is_json:
            out.json(line._asdict())
        else:
            out.text(f"{line.session} {'<' if line.speaker == 'client' else '>'} {shown(line.text)}")
        out.flush()

    try:
        gateway = Simulator(
            arguments.port,
            model=arguments.model,
            username=arguments.account,
            secret=arguments.secret,
            spans=arguments.spans,
            numbers=arguments.numbers,
            login_failure_delay=arguments.login_failure_delay,
            transcript=show if arguments.verbose or arguments.verbosity else None,
        )
    except OSError as error:
        raise not_listening(error, arguments.port, "--port") from None
    try:
        with gateway:
            if out.is_json:
                out.json({"host": "127.0.0.1", "port": gateway.port})
            else:
                out.line(f"listening on 127.0.0.1:{gateway.port}")
            out.flush()
            _serve(gateway, arguments.sms_every)
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError, OverflowError) as error:
        _complain(str(error))
        return REFUSED
    return DONE


def _complain(message: str) -> None:
    write_words(f"libami: {block(message)}\n")


def _obey(gateway: Simulator, line: str) -> None:
    """Carry out a line that was typed: `sms SPAN SENDER TEXT`."""
    match line.split(maxsplit=3):
        case []:
            return
        case ["sms", span, sender, text] if span.isdecimal():
            # A longer number is one of no port, and may be too long for one.
            if len(span) > 9 or gateway.deliver_sms(int(span), sender, text) == 0:
                _complain("nobody saw the SMS: no such port, or no session that sees such events")
        case _:
            _complain("type: sms SPAN SENDER TEXT")


def _serve(gateway: Simulator, every: float | None) -> None:
    """Obey standard input and deliver an SMS now and then, until interrupted."""
    # Codes of their own, so that a menu which nobody answered does not spoil the next one.
    gateway.set_ussd("*100#", "1 balance, 2 tariff", menu=True)
    for code, text in _MENU.items():
        gateway.set_ussd(code, text)
    inputs, typed, count = [STDIN], b"", 0
    while True:
        ready, _, _ = select.select(inputs, [], [], every)
        if not ready:
            count += 1
            gateway.deliver_sms(gateway.spans[0], "10086", f"message {count}")
            continue
        # Read past Python's buffers, which select knows nothing of.
        data = os.read(STDIN, 4096)
        *lines, typed = (typed + data).split(b"\n")
        for line in lines:
            _obey(gateway, line.decode(errors="replace"))
        if not data:
            inputs = []
