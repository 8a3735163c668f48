"""The output of all commands: data on stdout, words on stderr, errors as exit codes."""

from __future__ import annotations

import argparse
import codecs
import errno
import itertools
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO, TypeVar

from libami._errors import NAMES, Error, PingTimeout

DONE, REFUSED, USAGE, NO_CONNECTION, NO_LOGIN, NO_PERMISSION, UNKNOWN, TIMEOUT = range(8)
INTERRUPTED, PIPE_CLOSED = 130, 141

_CODES = {
    1: USAGE,
    100: NO_CONNECTION,
    101: NO_CONNECTION,
    102: TIMEOUT,
    103: NO_CONNECTION,
    104: NO_CONNECTION,
    105: NO_CONNECTION,
    200: NO_CONNECTION,
    201: NO_CONNECTION,
    202: NO_CONNECTION,
    203: NO_LOGIN,
    204: NO_LOGIN,
    301: NO_PERMISSION,
    400: UNKNOWN,
}
"""The exit codes of statuses; the others are REFUSED."""

_ELSEWHERE = re.compile(r"(; |, and |, )(its words|which)\b.* in the peer message$")
"""The end of an error's text where the server's words are left out, as logs must not have them."""

_Row = TypeVar("_Row")


class Failure(Exception):
    """The work could not be done, for a reason that the text says."""

    def __init__(self, text: str, code: int = REFUSED, *, remedy: str = "") -> None:
        super().__init__(f"{text}; {remedy}" if remedy else text)
        self.seen = text
        self.remedy = remedy
        """The thing to do about it, if it is told apart."""
        self.code = code


class UsageError(Failure):
    """The words on the command line cannot work; the text says which would."""

    def __init__(self, text: str, *, remedy: str = "") -> None:
        super().__init__(text, USAGE, remedy=remedy)


def exit_code(error: Error) -> int:
    """The exit code that stands for an error of the library's."""
    if isinstance(error, PingTimeout):
        return TIMEOUT
    # It is no connection for the library, which tries it again where it is told to.
    if "already in use" in (error.peer_message or "").lower():
        return NO_LOGIN
    # The connection lives on, unlike with other things that are too large.
    if error.name == "AMI_E_LIMIT" and str(error).startswith(
        ("the answer to ", "the server sent a list of ")
    ):
        return REFUSED
    return _CODES.get(error.code, REFUSED)


def counted(number: int, thing: str) -> str:
    """A number of things, in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def shown(text: str) -> str:
    """A text in one line, without the control characters by which a terminal could be taken over."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    # Bytes that are no UTF-8 were decoded to these, and go out as they were.
    if "\udc80" <= letter <= "\udcff" or letter == "\u3000":
        return letter
    return ascii(letter)[1:-1]


def block(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join("\t".join(map(shown, line.split("\t"))) for line in text.split("\n"))


def not_listening(error: OSError, port: int, option: str) -> Failure:
    """The failure of a server of our own that cannot listen."""
    # An OSError of the simulator, which is Rust, has no errno.
    if error.errno == errno.EADDRINUSE or os.strerror(errno.EADDRINUSE) in str(error):
        return Failure(
            f"another program listens on 127.0.0.1:{port}", remedy=f"{option} 0 takes any free port"
        )
    return Failure(f"127.0.0.1:{port}: {error.strerror or error}")


def _encoded(error: UnicodeError, kept: str) -> tuple[str | bytes, int]:
    """The next letter that a stream's encoding lacks: one of `kept` as the byte that it was, else escaped."""
    assert isinstance(error, UnicodeEncodeError)
    letter = error.object[error.start]
    end = error.start + 1
    if kept[0] <= letter <= kept[1]:
        return bytes([ord(letter) - 0xDC00]), end
    # Of a byte, or of a letter.
    escape = f"\\x{ord(letter) - 0xDC00:02x}" if "\udc80" <= letter <= "\udcff" else ascii(letter)[1:-1]
    return escape, end


# Values that are no UTF-8 go out as the bytes that they were. Those from 80 to 9f control a terminal.
codecs.register_error("libami.pipe", lambda error: _encoded(error, "\udc80\udcff"))
codecs.register_error("libami.terminal", lambda error: _encoded(error, "\udca0\udcff"))


def write_words(text: str, stream: TextIO | None = None) -> None:
    """Write words for people on stderr. Nobody is left to tell if they cannot be written, and the work goes
    on."""
    stream = stream or sys.stderr
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        _give_up(stream)


def is_colourful(stream: TextIO) -> bool:
    """True if a stream takes colours and the user wants them."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


class Output:
    """The place that a command writes to."""

    def __init__(self, *, is_json: bool, is_quiet: bool) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError):
                errors = "libami.terminal" if stream.isatty() else "libami.pipe"
                stream.reconfigure(errors=errors)  # type: ignore[union-attr]

    def line(self, text: str = "") -> None:
        """A line of data."""
        sys.stdout.write(f"{shown(text)}\n")

    def marked(self, colour: int, text: str, rest: str) -> None:
        """A line of data that begins with a word in a colour of ANSI's."""
        begin, end = (f"\x1b[{colour}m", "\x1b[0m") if is_colourful(sys.stdout) else ("", "")
        sys.stdout.write(f"{begin}{shown(text)}{end}{shown(rest)}\n")

    def text(self, text: str) -> None:
        """A text of the server's as it is; on a terminal without what would take that over."""
        sys.stdout.write(f"{block(text) if sys.stdout.isatty() else text}\n")

    def json(self, value: object) -> None:
        """A line of JSON."""
        import json

        try:
            text = json.dumps(value, ensure_ascii=False)
            text.encode(sys.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            text = json.dumps(value)
        if not text.isprintable():
            # Control characters can only stand in texts, where their escapes mean the same.
            text = "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
        sys.stdout.write(f"{text}\n")

    def flush(self) -> None:
        """Let readers have what was written so far."""
        sys.stdout.flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under headings, as wide as they need to be."""
        cells = [["" if cell is None else shown(str(cell)) for cell in row] for row in rows]
        if is_colourful(sys.stdout) and _draw(columns, cells):
            return
        widths = [max(map(_width, column)) for column in zip(columns, *cells, strict=True)]
        for row in [columns, *cells]:
            padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write(f"{'  '.join(padded).rstrip()}\n")

    def rows(
        self,
        found: Iterable[_Row],
        columns: Mapping[str, Callable[[_Row], object]],
        document: Callable[[_Row], object],
    ) -> None:
        """A list of things: a table, or a line of JSON for each."""
        if self.is_json:
            for each in found:
                self.json(document(each))
        else:
            self.table(list(columns), [[take(each) for take in columns.values()] for each in found])
        self.flush()

    def say(self, text: str) -> None:
        """Words for people."""
        if not self.is_quiet:
            write_words(f"{block(text)}\n")

    def complain(self, text: str, **details: object) -> None:
        """Words for a failure."""
        if self.is_json:
            import json

            write_words(f"{json.dumps({'error': {'message': text, **details}})}\n")
        else:
            write_words(f"libami: {block(text)}\n")


def _width(text: str) -> int:
    """The places that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Draw a table with rich, if that is installed."""
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(file=sys.stdout, highlight=False)
    # It would end the process where the reader has gone.
    with console.capture() as drawn:
        console.print(table)
    sys.stdout.write(drawn.get())
    return True


def watch(arguments: argparse.Namespace, show: Callable[[], None]) -> int:
    """Show something once, or anew every so many seconds, as `options.add_watch` has it."""
    out: Output = arguments.output
    for number in itertools.count(1):
        if arguments.watch is not None and not out.is_json and sys.stdout.isatty():
            sys.stdout.write("\x1b[H\x1b[2J")
        show()
        if arguments.watch is None:
            break
        if out.is_json:
            # A program cannot know otherwise that the list is whole, or that it is empty.
            out.json({"round": number})
        out.flush()
        time.sleep(arguments.watch)
    out.flush()
    return DONE


def described(error: Error) -> str:
    """The words for an error of the library's, with the server's, which a program finds apart."""
    text, said = _ELSEWHERE.sub("", str(error)), (error.peer_message or "").strip()
    # The user of a command line has written what the server's words may repeat.
    return f"{text}\nit said: {said}" if said and said not in text else text


def explain(out: Output, error: Error) -> int:
    """Say what an error of the library's is, and return its exit code."""
    text = "\n".join([described(error), *getattr(error, "__notes__", ())])
    out.complain(text, code=error.code, name=error.name, server=error.peer_message)
    return exit_code(error)


@contextmanager
def _logged(verbosity: int) -> Iterator[None]:
    """Have the library's log on stderr as long as a command runs."""
    if not verbosity:
        yield
        return
    import logging

    from libami._log import set_log_level

    class Handler(logging.Handler):
        """Writes each line as the words of commands are written."""

        def emit(self, record: logging.LogRecord) -> None:
            write_words(f"{block(self.format(record))}\n")

    level = logging.INFO if verbosity == 1 else logging.DEBUG
    logger, handler = logging.getLogger("libami"), Handler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level)
    set_log_level(level)
    try:
        yield
    finally:
        set_log_level(None)
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def guard(arguments: argparse.Namespace) -> int:
    """Run a command; whatever it raises becomes words and an exit code."""
    # A shell may have closed them.
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    arguments.output = out = Output(is_json=arguments.json, is_quiet=arguments.quiet)
    try:
        try:
            with _logged(arguments.verbosity):
                code: int = arguments.run(arguments)
        except BaseException:
            # The reason for it counts more than output that cannot be written.
            _give_up(sys.stdout)
            raise
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _give_up(sys.stdout)
        return PIPE_CLOSED
    except UsageError as error:
        out.complain(str(error), code=1, name=NAMES[1])
        return USAGE
    except Failure as error:
        out.complain(str(error))
        return error.code
    except Error as error:
        return explain(out, error)
    except OSError as error:
        _give_up(sys.stdout)
        place = f"{error.filename}: " if error.filename is not None else ""
        out.complain(f"{place}{error.strerror or error}")
        return REFUSED


def _give_up(stream: TextIO) -> None:
    """Have what cannot be written go nowhere, so that the interpreter's end does not fail on it."""
    with suppress(OSError):
        stream.flush()
        return
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
