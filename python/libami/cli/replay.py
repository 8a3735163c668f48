"""`libami replay`: serve a recorded session."""

from __future__ import annotations

import argparse
from contextlib import suppress

from libami.cli import options
from libami.cli.output import UsageError, block, not_listening, write_words
from libami.cli.record import wait_for_end


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "replay",
        help="serve a recorded session",
        description="Be the server of a recording on 127.0.0.1 until interrupted: each connection gets the "
        "session from its beginning. Any user and secret may log in.",
    )
    parser.add_argument("file", metavar="FILE", help="the recording")
    parser.add_argument(
        "--port", type=options.tcp_port, default=5038, help="the port, 0 for any free one; 5038 by default"
    )
    parser.add_argument(
        "--speed", type=_speed, metavar="N", help="1 for the pace of the recording, 2 for twice as fast"
    )
    parser.set_defaults(run=run)


def _speed(text: str) -> float:
    with suppress(ValueError):
        value = float(text)
        if value > 0:
            return value
    raise argparse.ArgumentTypeError(f'"{text}" is no speed: it must be a number of more than 0')


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    from libami.testing.replay import ReplayServer

    class Telling(ReplayServer):
        """Says at once what a test would say at its end."""

        def complain(self, problem: str) -> None:
            _complain(problem)

    try:
        server = Telling(arguments.file, arguments.port, speed=arguments.speed, repeat=True)
    except OSError as error:
        if error.filename is not None:
            raise
        raise not_listening(error, arguments.port, "--port") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    with server:
        wait_for_end(f"listening on {server.host}:{server.port}")
    return 0


def _complain(words: str) -> None:
    write_words(f"libami: {block(words)}\n")
