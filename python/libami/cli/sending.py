"""The sending of the messages of a bulk run: each once, with a note of it before and after."""

from __future__ import annotations

import argparse
import queue
import signal
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from libami._errors import (
    AuthError,
    ClosedError,
    ConnectError,
    Error,
    InvalidValue,
    OutcomeUnknown,
    PermissionError,
)
from libami.cli import settings
from libami.cli.journal import BEGUN, Journal
from libami.cli.messages import Message, Wrong, read
from libami.cli.output import DONE, REFUSED, UNKNOWN, Failure, Output, UsageError, counted, described
from libami.cli.progress import progress

if TYPE_CHECKING:
    from libami._native import PortStatus, Receipt
    from libami.gateway import Gateway

_WENT_OUT = ("sent", "queued", "delivered")
_NO_PORT = "any"
"""The port of a receipt where the gateway found none."""
_PATIENCE = 5.0
"""Seconds for outcomes to come in once the gateway is closed."""


def send(arguments: argparse.Namespace) -> int:
    """Send what the journal does not account for, and return the exit code."""
    out: Output = arguments.output
    found, others = read(arguments.file)
    if others:
        out.say(f"these columns are not used: {', '.join(others)}")
    path = arguments.journal or arguments.file.with_name(f"{arguments.file.name}.journal")
    with Journal(path) as journal:
        waiting = _waiting(arguments, found, journal)
        out.say(f"{counted(len(found), 'message')}, {len(waiting)} of them to be sent")
        why = _send(arguments, waiting, journal) if waiting and not arguments.dry_run else None
        code = _sum_up(arguments, found, journal)
        if why is not None:
            raise why
        return code


def _waiting(arguments: argparse.Namespace, found: Iterable[Message], journal: Journal) -> deque[Message]:
    """The messages that are to be sent by this run."""
    wrong = Wrong(arguments.file)
    again = {None, "not-sent", "busy"}
    if arguments.retry_failed:
        again.add("failed")
    if arguments.resend_unknown:
        again |= {"unknown", BEGUN}
    waiting: deque[Message] = deque()
    for message in found:
        known = journal.states.get(message.key)
        if known is not None and known.get("digest", message.digest) != message.digest:
            wrong.add(
                message.line,
                f'the journal has the id "{message.id}" with another number, text or port; give this one a '
                "new id",
            )
        elif journal.state(message.key) in again:
            waiting.append(message)
    wrong.check()
    return waiting


def _send(arguments: argparse.Namespace, waiting: deque[Message], journal: Journal) -> BaseException | None:
    """Send them; return what has ended it before its time."""
    with settings.opened(settings.gateway(arguments)) as gateway:
        ports = _ports(gateway)
        wrong = Wrong(arguments.file)
        if problem := _no_port(arguments.port, ports):
            raise UsageError(f"--port: {problem}; nothing was sent")
        for message in waiting:
            try:
                gateway.parts(message.text)
            except Error as error:
                wrong.add(message.line, str(error))
            if problem := _no_port(message.port, ports):
                wrong.add(message.line, problem)
        wrong.check()
        run = _Run(arguments, gateway, waiting, journal, ports)
        with run.signals():
            try:
                run.go()
            except OSError as error:
                return error
            finally:
                run.close()
        return run.why()


def _ports(gateway: Gateway) -> list[PortStatus]:
    """The ports of the gateway; none if it does not tell, or the account may not ask."""
    try:
        return gateway.ports()
    except (ConnectError, ClosedError):
        raise
    except Error:
        return []


def _no_port(name: str | None, ports: Sequence[PortStatus]) -> str | None:
    """The reason why nothing can be sent through a port of this name."""
    names = [str(port.port) for port in ports]
    # A number is the same with zeros before it.
    if name is None or not names or name in names or name.lstrip("0") in names:
        return None
    return f'the gateway has no port "{name}"; it has {", ".join(names)}'


class _Run:
    """Messages on their way."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        gateway: Gateway,
        waiting: deque[Message],
        journal: Journal,
        ports: Sequence[PortStatus],
    ) -> None:
        self._arguments = arguments
        self._out: Output = arguments.output
        self._gateway = gateway
        self._waiting = waiting
        self._journal = journal
        self._flying: dict[Future[Receipt], Message] = {}
        self._landed: queue.SimpleQueue[Future[Receipt] | None] = queue.SimpleQueue()
        self._signal: int | None = None
        self._is_closing = False
        self._failures = 0
        self._end: Error | None = None
        self._full: OSError | None = None
        self._next = time.monotonic()
        self._progress = progress(self._out, len(waiting))
        # Each port has one to send, and one that waits.
        named = {message.port or arguments.port for message in waiting}
        self._slots = 2 * (len(named) if None not in named else max(1, sum(port.is_up for port in ports)))

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Have the first signal end the run in good order, and the second one at once."""

        def end(number: int, _frame: object) -> None:
            for each, handler in before.items():
                signal.signal(each, handler)
            self._signal = number
            self._landed.put(None)

        before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def why(self) -> BaseException | None:
        """The reason for which the run has ended before its time."""
        if self._signal == signal.SIGINT:
            return KeyboardInterrupt()
        if self._signal is not None:
            return Failure("ended by SIGTERM", 128 + self._signal)
        return self._end or self._full

    def go(self) -> None:
        """Send until all are done, or nothing can be sent any more."""
        while self._signal is None and ((self._waiting and not self._is_over()) or self._flying):
            pause = self._begin()
            try:
                landed = self._landed.get(timeout=pause)
            except queue.Empty:
                continue
            if landed is not None:
                self._land(landed)

    def _is_over(self) -> bool:
        return self._end is not None or self._full is not None or self._failures >= self._arguments.give_up

    def _begin(self) -> float | None:
        """Begin those whose turn it is; return the seconds until the next turn, if it is a matter of time."""
        batch: list[Message] = []
        now = time.monotonic()
        while self._waiting and not self._is_over() and len(self._flying) + len(batch) < self._slots:
            if self._arguments.rate is not None:
                if now < self._next:
                    break
                self._next = max(self._next + self._arguments.rate, now)
            batch.append(self._waiting.popleft())
        if batch:
            try:
                self._journal.begin([_line(message) for message in batch])
            except OSError as error:
                first = batch[0].line
                raise OSError(
                    error.errno,
                    f"{error.strerror}, so nothing more is sent from line {first} on; make room and run the "
                    "same command again",
                    str(self._journal.path),
                ) from None
            for message in batch:
                self._submit(message)
        if self._arguments.rate is None or not self._waiting or len(self._flying) >= self._slots:
            # One that is under way comes first in any case.
            return None if self._flying else 0.0
        return max(0.0, self._next - time.monotonic())

    def _submit(self, message: Message) -> None:
        try:
            future = self._gateway.submit(
                message.to,
                message.text,
                port=message.port or self._arguments.port,
                id=message.id,
                timeout=self._arguments.timeout,
                report=self._arguments.report,
            )
        except Error as error:
            future = Future()
            future.set_exception(error)
        self._flying[future] = message
        future.add_done_callback(self._landed.put)

    def _land(self, future: Future[Receipt]) -> None:
        """Note what became of one."""
        message = self._flying.pop(future)
        receipt: Receipt | None
        words = ""
        try:
            receipt = future.result()
            outcome: str = receipt.outcome
            self._failures = 0
        except Error as error:
            receipt = error.receipt
            outcome = receipt.outcome if receipt else _outcome(error)
            words = "; ".join(described(error).splitlines())
            self._failures += 1
            # One that got no port tells of all ports.
            if receipt is None or receipt.port == _NO_PORT or isinstance(error, ConnectError | ClosedError):
                self._stop(error)
        port = receipt.port if receipt and receipt.port != _NO_PORT else ""
        found = {**_line(message), "state": outcome, "port": port, "words": words}
        try:
            self._journal.end(found)
        except OSError as error:
            # For later runs it is unknown; here is the last chance to tell.
            self._out.complain(
                f"{error.filename}: {error.strerror}, so it does not have that line {message.line} "
                f"is {outcome}"
            )
            self._full = error
        self._progress.tell(port, outcome)
        self._show(message, outcome, port, words)

    def _stop(self, error: Error) -> None:
        """End the run for what would happen to each further message."""
        is_general = isinstance(error, ConnectError | ClosedError | AuthError | PermissionError)
        if self._end is None and (is_general or not isinstance(error, InvalidValue | OutcomeUnknown)):
            self._end = error

    def _show(self, message: Message, outcome: str, port: str, words: str) -> None:
        if self._out.is_json:
            found = {"line": message.line, "to": message.to, "id": message.id, "outcome": outcome}
            self._out.json({**found, "port": port, "words": words})
        elif outcome not in _WENT_OUT and not (self._is_closing and outcome == "not-sent"):
            self._out.line(f"line {message.line}: {outcome}: {words}")
        self._out.flush()

    def close(self) -> None:
        """Take back what has not begun, wait for what is under way, and note all of it."""
        self._is_closing = True
        try:
            if self._flying:
                self._out.say(
                    "ending: waiting for the messages that are under way; interrupted once more, their "
                    "outcomes stay unknown"
                )
            self._gateway.close()
            until = time.monotonic() + _PATIENCE
            while self._flying and time.monotonic() < until:
                try:
                    landed = self._landed.get(timeout=0.1)
                except queue.Empty:
                    continue
                if landed is not None:
                    self._land(landed)
        finally:
            self._progress.close()


def _outcome(error: Error) -> str:
    """The outcome of a message without a receipt."""
    return "unknown" if isinstance(error, OutcomeUnknown) else "not-sent"


def _line(message: Message) -> dict[str, Any]:
    return {"key": message.key, "digest": message.digest, "line": message.line}


def _sum_up(arguments: argparse.Namespace, found: Iterable[Message], journal: Journal) -> int:
    out: Output = arguments.output
    counts: Counter[str] = Counter()
    for message in found:
        state = journal.state(message.key)
        counts["unknown" if state == BEGUN else state or "not-sent"] += 1
    counts["not-sent"] += counts.pop("busy", 0)
    if out.is_json:
        out.json({"summary": {outcome: count for outcome, count in counts.items() if count}})
    else:
        out.line(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()) if count))
    if counts["unknown"]:
        out.say("those that are unknown may have gone out; --resend-unknown sends them again")
    if counts["failed"]:
        out.say("--retry-failed sends those again that failed")
    if counts["not-sent"] and not arguments.dry_run:
        out.say("the same command again sends those that were not sent")
    if counts["unknown"]:
        return UNKNOWN
    if counts["failed"] or (counts["not-sent"] and not arguments.dry_run):
        return REFUSED
    return DONE
