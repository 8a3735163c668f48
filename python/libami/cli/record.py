"""`libami record`: write down what a program and a server say."""

from __future__ import annotations

import argparse
import os
import signal
import threading

from libami.cli import options
from libami.cli.output import Failure, UsageError, block, not_listening, write_words

DEFAULT_PORTS = {False: 5038, True: 5039}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "record",
        help="write down what a program and a server say",
        description="Listen on 127.0.0.1, pass on what a program and a server say, and write it into a file "
        "until interrupted. The program, in any language, connects to the port that is printed. Secrets are "
        "replaced in the file; look it over before you give it away.",
    )
    parser.add_argument("file", metavar="FILE", help="the recording, such as calls.ami")
    parser.add_argument(
        "server",
        metavar="HOST[:PORT]",
        nargs="?",
        help="the server; by default LIBAMI_HOST and LIBAMI_PORT",
    )
    parser.add_argument(
        "--listen", type=options.tcp_port, default=0, metavar="PORT", help="the port; by default a free one"
    )
    parser.add_argument("--tls", action="store_true", dest="server_tls", help="speak TLS to the server")
    parser.add_argument(
        "--ca-file", metavar="FILE", dest="server_ca", help="the authority to trust; implies --tls"
    )
    parser.add_argument("--scrub", action="store_true", help="replace numbers and texts of people too")
    parser.add_argument("--force", action="store_true", help="overwrite the file")
    parser.add_argument(
        "--allow-plain-login",
        action="store_true",
        help="pass on a secret in the clear to another machine, without TLS",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record until SIGINT or SIGTERM."""
    import ssl

    from libami.testing.recorder import Recorder

    is_tls = arguments.server_tls or arguments.server_ca is not None
    given = arguments.server or os.environ.get("LIBAMI_HOST")
    if not given:
        raise UsageError("no server: name it behind the file, or in LIBAMI_HOST")
    usual = os.environ.get("LIBAMI_PORT") if arguments.server is None else None
    try:
        context = ssl.create_default_context(cafile=arguments.server_ca) if is_tls else False
    except OSError as error:
        raise Failure(f"{arguments.server_ca}: {error.strerror}") from None
    try:
        host, port = _address(given, usual or DEFAULT_PORTS[is_tls])
        recorder = Recorder(
            arguments.file,
            host,
            port,
            listen_port=arguments.listen,
            tls=context,
            allow_plain_login=arguments.allow_plain_login,
            scrub=arguments.scrub,
            overwrite=arguments.force,
            on_error=lambda error: _complain(f"{host}:{port}: {error}"),
        )
    except FileExistsError:
        raise UsageError(f"{arguments.file} exists: --force overwrites it") from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise not_listening(error, arguments.listen, "--listen") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        wait_for_end(f"listening on {recorder.host}:{recorder.port}")
        recorder.close()
    except OSError as error:
        raise Failure(f"{arguments.file} is not complete: {error}") from None
    return 0


def wait_for_end(words: str) -> None:
    """Print a line, and wait for SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        print(words, flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        # The second one is not needed: it ends at once.
        pass


def _address(text: str, usual: str | int) -> tuple[str, int]:
    """A host and a port: `host`, `host:port`, `[::1]:port` or `::1`."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text, ""
    try:
        number = int(port or usual)
    except ValueError:
        raise ValueError(f"{text!r} is no HOST or HOST:PORT") from None
    if not 0 < number < 65536:
        raise ValueError(f"there is no port {number}")
    return host.strip("[]"), number


def _complain(words: str) -> None:
    write_words(f"libami: {block(words)}\n")
