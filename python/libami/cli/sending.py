"""The sending of the messages of a bulk run: each once, with a note of it before and after."""

from __future__ import annotations

import argparse
import queue
import signal
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
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

_States = Mapping[str, Mapping[str, Any]]
"""The last line of a journal about each message, by its key."""

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
    path = _journal_of(arguments)
    if arguments.dry_run:
        states = Journal.states_of(path) if path is not None else {}
        messages = _matched(arguments, found, states)
        waiting = _waiting(arguments, messages, states)
        out.say(f"{len(messages)} messages, {len(waiting)} of them to be sent")
        return _sum_up(arguments, messages, states)
    if path is None:
        raise UsageError(
            f"{arguments.file} is no file that a journal can stand beside; name one by --journal"
        )
    with Journal(path) as journal:
        messages = _matched(arguments, found, journal.states)
        # From now on the id says which of equal messages it is.
        if bound := [
            {**journal.states[message.key], "id": message.id}
            for message in messages
            if _is_bound_anew(message, journal.states)
        ]:
            journal.note(bound)
        waiting = _waiting(arguments, messages, journal.states)
        out.say(f"{counted(len(messages), 'message')}, {len(waiting)} of them to be sent")
        why = _send(arguments, waiting, journal) if waiting else None
        try:
            code = _sum_up(arguments, messages, journal.states)
        except OSError as error:
            raise why or error from None
        if why is not None:
            raise why
        return code


def _journal_of(arguments: argparse.Namespace) -> Path | None:
    """The place of the journal; None if none was named, and the messages come from a pipe or a device."""
    given: Path | None = arguments.journal
    file: Path = arguments.file
    if given is not None:
        return given
    is_fleeting = file.absolute().is_relative_to("/dev") or file.absolute().is_relative_to("/proc")
    return None if is_fleeting or not file.is_file() else file.with_name(f"{file.name}.journal")


def _matched(arguments: argparse.Namespace, found: Sequence[Message], states: _States) -> Sequence[Message]:
    """The messages with the keys that the journal has for them. It may know one by number and text that has
    got an id since, or another port."""
    if not states:
        return found
    wrong = Wrong(arguments.file)
    ports = {str(line["port"]) for line in states.values() if line.get("port")}
    ids: dict[str, str] = {}
    for key, line in states.items():
        if key.startswith("id:"):
            ids.setdefault(str(line.get("digest")), key.removeprefix("id:"))
    taken = {message.key for message in found}
    matched, again = [], 0
    for message in found:
        if message.key not in states:
            older = [message.digest_with(port) for port in ports | {message.port or ""}]
            anonymous = next(
                (
                    key
                    for key in (message.digest, *older)
                    if key in states and key not in taken and states[key].get("id") in (None, message.id)
                ),
                None,
            )
            if anonymous is not None:
                taken.add(anonymous)
                message = replace(message, key=anonymous)
            elif message.digest in ids and message.id is None:
                wrong.add(
                    message.line,
                    f'the journal has this number and text with the id "{ids[message.digest]}"; give it that '
                    "id, or a new one if it is to be sent again",
                )
            elif message.digest in ids or message.digest in states:
                again += 1
        matched.append(message)
    wrong.check()
    if again:
        arguments.output.say(
            f"{again} messages have number and text of others in the journal, and an id of their own: they "
            "are further messages"
        )
    return matched


def _is_bound_anew(message: Message, states: _States) -> bool:
    """True for one that has got an id since the journal knows it."""
    is_anonymous = message.id is not None and not message.key.startswith("id:")
    return is_anonymous and states[message.key].get("id") is None


def _waiting(arguments: argparse.Namespace, found: Iterable[Message], states: _States) -> deque[Message]:
    """The messages that are to be sent by this run."""
    wrong = Wrong(arguments.file)
    again = {None, "not-sent", "busy"}
    if arguments.retry_failed:
        again.add("failed")
    if arguments.resend_unknown:
        again |= {"unknown", BEGUN}
    waiting: deque[Message] = deque()
    for message in found:
        known = states.get(message.key, {})
        # In older journals it is that of the port too.
        digests = (None, message.digest, message.digest_with(message.port or ""))
        if message.key.startswith("id:") and known.get("digest") not in digests:
            wrong.add(
                message.line,
                f'the journal has the id "{message.id}" with another number or text; give this one a new id',
            )
        elif known.get("state") in again:
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
        self._unwritten: OSError | None = None
        self._next = time.monotonic()
        self._progress = progress(self._out, len(waiting))
        # Each port has one to send, and one that waits. With a rate none waits, as it would go out right
        # behind the one before.
        each = 2 if arguments.rate is None else 1
        named = {message.port or arguments.port for message in waiting}
        self._slots = each * (len(named) if None not in named else max(1, sum(port.is_up for port in ports)))

    def _has_room(self, port: str | None) -> bool:
        """True if a message for a port may begin; None is for any port."""
        if len(self._flying) >= self._slots:
            return False
        if self._arguments.rate is None:
            return True
        busy = {message.port or self._arguments.port for message in self._flying.values()}
        # The ports of those that go through any are not known.
        return not busy - {None} if port is None else not busy & {None, port}

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Have the first signal end the run in good order, and the second one at once."""

        def end(number: int, _frame: object) -> None:
            for each, handler in before.items():
                signal.signal(each, handler)
            self._signal = number
            self._landed.put(None)

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        # Such as nohup has it.
        heeded = [each for each in numbers if signal.getsignal(each) is not signal.SIG_IGN]
        before = {each: signal.signal(each, end) for each in heeded}
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
            name = signal.Signals(self._signal).name
            return Failure(f"ended by {name}; run it again to go on", 128 + self._signal)
        return self._end or self._full or self._unwritten

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
        is_broken = self._full is not None or self._unwritten is not None
        return is_broken or self._end is not None or self._failures >= self._arguments.give_up

    def _begin(self) -> float | None:
        """Begin those whose turn it is; return the seconds until the next turn, if it is a matter of time."""
        batch: list[Message] = []
        rate: float | None = self._arguments.rate
        while self._waiting and not self._is_over() and len(batch) < self._slots - len(self._flying):
            if not self._has_room(self._waiting[0].port or self._arguments.port):
                break
            if rate is not None and (batch or time.monotonic() < self._next):
                break
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
            if rate is not None:
                # A late one does not hasten those behind it.
                self._next = time.monotonic() + rate
        following = self._waiting[0] if self._waiting else None
        if rate is None or following is None or not self._has_room(following.port or self._arguments.port):
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
        if self._unwritten is None:
            try:
                self._show(message, outcome, port, words)
            except OSError as error:
                # Those that are under way are noted first.
                self._unwritten = error

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
    found: dict[str, Any] = {"key": message.key, "digest": message.digest, "line": message.line}
    return found if message.id is None else {**found, "id": message.id}


def _sum_up(arguments: argparse.Namespace, found: Iterable[Message], states: _States) -> int:
    out: Output = arguments.output
    counts: Counter[str] = Counter()
    for message in found:
        state = states.get(message.key, {}).get("state", "not-sent")
        counts["unknown" if state == BEGUN else state] += 1
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
