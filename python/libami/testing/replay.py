"""A recorded session, served again: a server that answers as the recorded one did.

    from libami.testing import ReplayServer

    with ReplayServer("tests/calls.ami") as server:
        run_program(**server.credentials)

With pytest the fixture `ami_replay` is one.
"""

from __future__ import annotations

import heapq
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from libami.testing._listener import Connection, Listener
from libami.testing._patterns import mismatch
from libami.testing._secrets import Secrets
from libami.testing._wire import HIDDEN, Headers, header, headers_of, message, shown, split_lines
from libami.testing.recording import Block, Recording, RecordingError

if TYPE_CHECKING:
    import ssl

__all__ = ["ReplayServer"]

_IGNORED = frozenset({"actionid", "authtype", "key", "secret"})
"""Headers by which a client may differ from the recorded one."""
_HOUSEHOLD = frozenset({"challenge", "login", "logoff", "ping", "events"})
"""Actions that clients send by themselves, when they like and how they like."""
_IDENTITY = re.compile(rb"(?im)^(ActionID[ \t]*:[ \t]*)([^\r\n]*)")


@dataclass
class _Asked:
    """An action of the recording."""

    headers: Headers
    hidden: Headers
    """The same as a writer shows them, without secrets."""
    seconds: float
    order: int
    """Its place among the blocks of the connection."""
    is_used: bool = False
    answers: list[_Said] = field(default_factory=list)

    @property
    def name(self) -> str:
        return (header(self.headers, "Action") or "").lower()

    @property
    def identity(self) -> str | None:
        return header(self.headers, "ActionID")

    @property
    def is_gate(self) -> bool:
        """True if the events behind it wait for it. They do not for what may never come."""
        return self.name not in ("ping", "challenge")

    def misfit(self, headers: Headers, hidden: Headers) -> str | None:
        """The reason why an action is not this one, or None; `hidden` are its headers without secrets."""
        return self.difference(headers, hidden) or (
            "it fits, and was played already" if self.is_used else None
        )

    def difference(self, headers: Headers, hidden: Headers) -> str | None:
        """The same for one that may be played again."""
        if self.name in _HOUSEHOLD:
            return None
        names = dict.fromkeys(name.lower() for name, _ in [*self.headers, *headers])
        for name in names:
            if name in _IGNORED:
                continue
            wanted, given = _values(name, self.headers, self.hidden), _values(name, headers, hidden)
            pairs = zip(wanted, given, strict=False)
            if len(wanted) != len(given) or not all(
                value in (HIDDEN, other) or shown == other_shown
                for (value, shown), (other, other_shown) in pairs
            ):
                spelled = _spelled(name, self.headers, headers)
                came: Headers = [(spelled, shown) for _, shown in given]
                reason = mismatch(spelled, [shown for _, shown in wanted] or None, came)
                if reason is not None:
                    return reason.replace("the rule", "the recording")
        return None


@dataclass
class _Said:
    """A message of the recorded server."""

    data: bytes
    seconds: float
    order: int
    is_end: bool = False


class _Script:
    """One connection of a recording, for one client."""

    def __init__(self, blocks: list[Block]) -> None:
        self.asked: list[_Asked] = []
        self._unsolicited: list[tuple[int, _Said]] = []
        """Messages that answer nothing, each with the order of the action that it stands behind."""
        self._identities: dict[bytes, bytes] = {}
        self.began = blocks[0].seconds
        gate = -1
        by_identity: dict[str, _Asked] = {}
        for order, block in enumerate(blocks):
            headers = headers_of(block.data)
            if block.speaker == "client":
                if not block.data:
                    continue
                asked = _Asked(headers, headers_of(Secrets().hide(block.data)), block.seconds, order)
                self.asked.append(asked)
                if asked.identity is not None:
                    by_identity[asked.identity] = asked
                gate = order if asked.is_gate else gate
                continue
            said = _Said(block.data, block.seconds, order, block.is_end)
            if (answered := self._answered(headers, by_identity)) is not None and not block.is_end:
                answered.answers.append(said)
            else:
                self._unsolicited.append((gate, said))

    def _answered(self, headers: Headers, by_identity: dict[str, _Asked]) -> _Asked | None:
        identity = header(headers, "ActionID")
        if not headers or headers[0] == ("Event", "OriginateResponse"):
            return None
        if identity is not None:
            return by_identity.get(identity)
        if headers[0][0].lower() == "response":
            return next((asked for asked in self.asked if not asked.answers), None)
        return None

    def begin(self) -> list[_Said]:
        """The messages from before the first action."""
        return self._due(-1)

    def play(self, asked: _Asked, identity: str | None) -> list[_Said]:
        """The messages behind an action: its answers, and what was said without being asked."""
        asked.is_used = True
        if asked.identity is not None and identity is not None:
            self._identities[asked.identity.encode()] = identity.encode()
        answers = [self._addressed(said, identity, asked.identity is None) for said in asked.answers]
        due = self._due(asked.order) if asked.is_gate else []
        return sorted([*answers, *due], key=lambda said: said.order)

    def _due(self, order: int) -> list[_Said]:
        due = [self._addressed(said, None, False) for gate, said in self._unsolicited if gate <= order]
        self._unsolicited = [(gate, said) for gate, said in self._unsolicited if gate > order]
        return due

    def _addressed(self, said: _Said, identity: str | None, is_bare: bool) -> _Said:
        """The message with the client's ActionID in place of the recorded one; with `is_bare` the recorded
        client gave none."""
        data = _IDENTITY.sub(
            lambda found: found[1] + self._identities.get(found[2].strip(), found[2]), said.data
        )
        if is_bare and identity is not None and _IDENTITY.search(data) is None:
            lines = list(split_lines(data))
            lines.insert(1, f"ActionID: {identity}\r\n".encode("utf-8", "surrogateescape"))
            data = b"".join(lines)
        return _Said(data, said.seconds, said.order, said.is_end)


def _check_ends(recording: Recording) -> None:
    """Refuse what could never be played."""
    ended: set[int] = set()
    for block in recording.blocks:
        if block.connection in ended:
            raise RecordingError(
                f"connection {block.connection} has ended before its block at +{block.seconds:.3f}"
            )
        if block.is_end:
            ended.add(block.connection)


class ReplayServer(Listener):
    """A server on a port of 127.0.0.1 that plays a recording, until it is closed.

    An action is answered as the first one of the recording that has not been played and is like it: the same
    name and headers, whatever ActionID, AuthType, Key and Secret are. The answers get the ActionID of the
    action that asks. A recorded value `***` stands for any, and secrets are compared as a writer shows them:
    `PASSWORD=***` is every PASSWORD. Events keep their order, and come when the last action that stood before
    them has been played; Pings do not count. Logins of any kind, Ping, Events and Logoff are answered even if
    the recording has none. Every other action is refused, and `check` fails with the reason why it is not in
    the recording.

    The first connection of a client gets the recording's first one, and so on.
    """

    def __init__(
        self,
        recording: Recording | str | os.PathLike[str],
        port: int = 0,
        *,
        speed: float | None = None,
        repeat: bool = False,
        assert_all_played: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start it; OSError if the port is taken or the file cannot be read, `RecordingError` if that is no
        recording, or has something behind the end of a connection.

        port                 0 takes any free one
        speed                1 for the pace of the recording, 2 for twice as fast; None: without a pause
        repeat               True: an action may be asked again, and further connections get the recording's
                             first one again
        assert_all_played    True if an action that was not asked is a failure
        tls                  the context of a server with a certificate; None: no TLS
        """
        if speed is not None and not speed > 0:
            raise ValueError("the speed is more than 0")
        self.recording: Recording = (
            recording if isinstance(recording, Recording) else Recording.read(recording)
        )
        _check_ends(self.recording)
        self._speed = speed
        self._repeats = repeat
        self._plays_all = assert_all_played
        self._scripts: list[_Script] = []
        self._secrets = Secrets()
        names = (header(headers_of(block.data), "Username") for block in self.recording.blocks)
        super().__init__(next((name for name in names if name), "admin"), "amp111", tls)
        self.listen(port)

    def missed(self) -> list[str]:
        """The actions of the recording that were not asked, if each should be."""
        if not self._plays_all:
            return []
        with self._changed:
            played = len(self._scripts)
            lines = [
                f"  {', '.join(shown(asked.headers))}"
                for script in self._scripts
                for asked in script.asked
                if not asked.is_used and asked.name not in _HOUSEHOLD
            ]
        lines += [f"  all of connection {number}" for number in self.recording.connections[played:]]
        return ["\n".join(["actions of the recording that were not asked:", *lines])] if lines else []

    def talk(self, connection: Connection) -> None:
        """Play one connection."""
        script = self._take(connection)
        if script is None:
            return
        queue: list[tuple[float, int, _Said]] = []
        self._put(queue, script.begin(), time.monotonic(), script.began)
        while True:
            now = time.monotonic()
            while queue and queue[0][0] <= now:
                said = heapq.heappop(queue)[2]
                if said.data:
                    self.say(connection, said.data)
                if said.is_end:
                    return
            data = connection.read(queue[0][0] if queue else None)
            if data is None:
                return
            if data and not self._play(connection, script, data, queue):
                return

    def _take(self, connection: Connection) -> _Script | None:
        numbers = self.recording.connections
        place = connection.number - 1
        if self._repeats and numbers:
            place %= len(numbers)
        if place >= len(numbers):
            self.complain(
                f"connection {connection.number} came, and the recording has {len(numbers)} connections"
            )
            return None
        script = _Script(self.recording.of(numbers[place]))
        if self._plays_all:
            with self._changed:
                self._scripts.append(script)
        return script

    def _put(
        self, queue: list[tuple[float, int, _Said]], messages: list[_Said], now: float, began: float
    ) -> None:
        """Put messages into the queue, each at its time."""
        for said in messages:
            pause = 0.0 if self._speed is None else max(0.0, said.seconds - began) / self._speed
            heapq.heappush(queue, (now + pause, said.order, said))

    def _play(
        self,
        connection: Connection,
        script: _Script,
        data: bytes,
        queue: list[tuple[float, int, _Said]],
    ) -> bool:
        headers, hidden = headers_of(data), headers_of(self._secrets.hide(data))
        self.note(connection, ">", hidden)
        name = (header(headers, "Action") or "").lower()
        identity = header(headers, "ActionID")
        alike = [asked for asked in script.asked if asked.name == name]
        found = next((asked for asked in alike if asked.misfit(headers, hidden) is None), None)
        if found is None and self._repeats:
            found = next(
                (asked for asked in reversed(alike) if asked.difference(headers, hidden) is None), None
            )
        if found is not None:
            messages = script.play(found, identity)
            if name == "login":
                is_in = any(header(headers_of(said.data), "Response") == "Success" for said in found.answers)
                self.logged_in(connection, is_in)
            self._put(queue, messages, time.monotonic(), found.seconds)
        if found is not None and (found.answers or name not in _HOUSEHOLD):
            return True
        return self._answer_itself(connection, name, headers, hidden, alike)

    def _answer_itself(
        self,
        connection: Connection,
        name: str,
        headers: Headers,
        hidden: Headers,
        alike: list[_Asked],
    ) -> bool:
        """Answer what the recording has not; False hangs up."""
        answer = {
            "challenge": [("Response", "Success"), ("Challenge", "123456789")],
            "login": [("Response", "Success"), ("Message", "Authentication accepted")],
            "ping": [("Response", "Success"), ("Ping", "Pong")],
            "events": [("Response", "Success"), ("Events", "On")],
            "logoff": [("Response", "Goodbye")],
        }.get(name)
        if answer is None:
            answer = [("Response", "Error"), ("Message", f"Invalid/unknown command: {name}.")]
            self.complain(self._explain(headers, hidden, alike))
        elif name == "login":
            self.logged_in(connection)
        if (identity := header(headers, "ActionID")) is not None:
            answer.insert(1, ("ActionID", identity))
        self.say(connection, message(answer))
        return name != "logoff"

    def _explain(self, headers: Headers, hidden: Headers, alike: list[_Asked]) -> str:
        lines = ["an action came that is not in the recording:", ""]
        lines += [f"    {line}" for line in shown(hidden)]
        lines.append("")
        for asked in alike:
            recorded = f"{', '.join(shown(asked.headers))} at +{asked.seconds:.3f}"
            lines.append(f"  {recorded}: {asked.misfit(headers, hidden)}")
        if not alike:
            lines.append(f"  the recording has no {header(headers, 'Action')}")
        return "\n".join(lines)


def _values(name: str, headers: Headers, hidden: Headers) -> list[tuple[str, str]]:
    """The values of a header, each with what a writer shows of it."""
    pairs = zip(headers, hidden, strict=True)
    return [(value, shown) for (have, value), (_, shown) in pairs if have.lower() == name]


def _spelled(name: str, *given: Headers) -> str:
    """A header's name as people write it."""
    return next(have for headers in given for have, _ in headers if have.lower() == name)
