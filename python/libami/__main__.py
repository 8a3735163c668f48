"""The command line: `python -m libami simulate` runs a simulated GSM gateway."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import get_args

import libami
from libami.simulator import Model, Simulator, TranscriptLine

STDIN = 0


def show(line: TranscriptLine) -> None:
    """Print a line of what was said."""
    arrow = "<" if line.speaker == "client" else ">"
    print(f"{line.session} {arrow} {line.text}", flush=True)


def complain(message: str) -> None:
    """Say what is wrong."""
    print(f"libami: {message}", file=sys.stderr, flush=True)


def obey(gateway: Simulator, line: str) -> None:
    """Carry out what was typed: `sms SPAN SENDER TEXT`."""
    match line.split(maxsplit=3):
        case []:
            return
        case ["sms", span, sender, text] if span.isdecimal():
            if gateway.deliver_sms(int(span), sender, text) == 0:
                complain("nobody saw the SMS: no such port, or no session that sees such events")
        case _:
            complain("type: sms SPAN SENDER TEXT")


def serve(gateway: Simulator, every: float | None) -> None:
    """Obey standard input and deliver an SMS now and then, until interrupted."""
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
            obey(gateway, line.decode(errors="replace"))
        if not data:
            inputs = []


def simulate(options: argparse.Namespace) -> int:
    """Run a gateway until SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with Simulator(
            options.port,
            model=options.model,
            username=options.username,
            secret=options.secret,
            spans=options.spans,
            numbers=options.numbers,
            login_failure_delay=options.login_failure_delay,
            transcript=show if options.verbose else None,
        ) as gateway:
            print(f"listening on 127.0.0.1:{gateway.port}", flush=True)
            serve(gateway, options.sms_every)
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError) as error:
        complain(str(error))
        return 1
    return 0


def seconds(text: str) -> float:
    """A time of more than nothing."""
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line."""
    parser = argparse.ArgumentParser(prog="python -m libami", description="Tools of libami.")
    parser.add_argument("--version", action="version", version=f"libami {libami.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    command = commands.add_parser(
        "simulate",
        help="run a simulated GSM gateway",
        description="Run a simulated GSM gateway on 127.0.0.1 until interrupted. "
        'An SMS comes in for each line "sms SPAN SENDER TEXT" on standard input.',
    )
    command.add_argument(
        "--port", type=int, default=5038, help="TCP port, 0 for any free one; 5038 by default"
    )
    command.add_argument(
        "--model", choices=get_args(Model), default="openvox", help="which gateway; openvox by default"
    )
    command.add_argument("--username", default="admin", help="name of the account; admin by default")
    command.add_argument("--secret", default="amp111", help="its secret; amp111 by default")
    command.add_argument("--spans", type=int, default=4, help="number of GSM ports; 4 by default")
    command.add_argument(
        "--numbers",
        type=lambda text: text.split(","),
        default=(),
        metavar="NUMBER,...",
        help="the ports' own numbers; an SMS sent to one of them comes in there",
    )
    command.add_argument(
        "--login-failure-delay",
        type=seconds,
        default=0.01,
        metavar="SECONDS",
        help="how long a refused login takes; 0.01 by default, a real Asterisk takes 1",
    )
    command.add_argument("--sms-every", type=seconds, metavar="SECONDS", help="let an SMS come in so often")
    command.add_argument("--verbose", action="store_true", help="print what is said, with secrets hidden")
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    return simulate(options)


if __name__ == "__main__":
    sys.exit(main())
