"""`libami ussd`: USSD codes, and the menus that they lead to."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from libami.cli import options, settings
from libami.cli.output import DONE, Output

if TYPE_CHECKING:
    from libami._native import UssdReply


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = options.command(
        subparsers,
        "ussd",
        "send a USSD code and walk through its menus",
        "Send a USSD code and show the reply. If the network waits for an answer, the next ANSWER is sent; "
        "after the last one a terminal is asked, and an empty line ends the session.",
    )
    parser.add_argument("code", metavar="CODE", help="the code, such as '*100#'")
    parser.add_argument("answers", metavar="ANSWER", nargs="*", help="an answer to a menu")
    options.add_port(parser, "the GSM port to send it through", required=True)
    options.add_timeout(parser, "the longest that each reply may take")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    answers = list(arguments.answers)
    with (
        settings.opened(settings.gateway(arguments)) as gateway,
        gateway.dial(arguments.port, arguments.code, timeout=arguments.timeout) as dialogue,
    ):
        _show(out, dialogue.reply)
        while dialogue.is_open:
            answer = answers.pop(0) if answers else _ask()
            if not answer:
                out.say("the network waits for an answer, and gets none")
                break
            _show(out, dialogue.answer(answer))
        if answers:
            out.say(f"the session is over, and these answers were not sent: {' '.join(answers)}")
    return DONE


def _show(out: Output, reply: UssdReply) -> None:
    if out.is_json:
        out.json({"text": reply.text, "wants_answer": reply.wants_answer})
    else:
        for line in reply.text.split("\n"):
            out.line(line)
    out.flush()


def _ask() -> str:
    if not sys.stdin.isatty():
        return ""
    sys.stderr.write("answer: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
