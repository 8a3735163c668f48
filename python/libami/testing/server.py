"""A scripted Asterisk: a server on loopback that answers by the rules of a test.

    from libami.testing import ScriptedServer

    with ScriptedServer() as server:
        server.on("Originate", Channel="PJSIP/*").respond(Message="Originate successfully queued")
        run_program(**server.credentials)
        server.emit("Hangup", Channel="PJSIP/1-1", Cause=16)
        assert server.calls.last("Originate")["Exten"] == "100"

With pytest the fixture `ami_server` is one.
"""

from __future__ import annotations

import difflib
import hashlib
import secrets
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from libami._arguments import Credentials
from libami.testing._calls import Call, Calls
from libami.testing._listener import Connection, Listener
from libami.testing._patterns import Pattern
from libami.testing._rule import Emit, HangUp, Rule, Send, SendBytes, Style, Wait
from libami.testing._wire import Given, HeadersGiven, header, headers_of, listed, message, shown

if TYPE_CHECKING:
    import ssl

__all__ = ["Asterisk", "Call", "Calls", "Credentials", "Pattern", "Rule", "ScriptedServer"]

Asterisk: TypeAlias = Literal["1.8", "13", "16", "22"]

_BANNERS: dict[str, tuple[str, bool, Style]] = {
    "1.8": ("1.1", False, "follows"),
    "13": ("2.10.6", True, "follows"),
    "16": ("5.0.4", True, "output"),
    "22": ("11.0.0", True, "output"),
}
"""The version in the greeting, True if lists say where they end, and the format of a command's text."""


class ScriptedServer(Listener):
    """A server on a port of 127.0.0.1, with threads of its own, until it is closed.

    It does logins (with and without MD5), Logoff, Ping and Events by itself; a rule for one of them comes
    first. Every other action needs a rule: without one it is refused as Asterisk refuses an action that it
    does not know, and `check` fails with the reason why no rule fits. The event FullyBooted comes only if a
    rule emits it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        username: str = "admin",
        secret: str = "amp111",
        asterisk: Asterisk = "22",
        tls: ssl.SSLContext | None = None,
        assert_all_expected: bool = True,
        assert_all_called: bool = True,
    ) -> None:
        """Start it; OSError if the port is taken.

        port                   0 takes any free one
        username, secret       the one account
        asterisk               the version, which decides the greeting and the formats of lists and of texts
        tls                    the context of a server with a certificate; None: no TLS
        assert_all_expected    False if actions without a rule are no failure
        assert_all_called      False if a rule that was not used is none
        """
        if asterisk not in _BANNERS:
            raise ValueError(f"there is no asterisk={asterisk!r}; it is one of {', '.join(_BANNERS)}")
        banner, self._has_lists, self._style = _BANNERS[asterisk]
        self._banner = f"Asterisk Call Manager/{banner}\r\n".encode()
        self._expects_all = assert_all_expected
        self._calls_all = assert_all_called
        self._rules: list[Rule] = []
        self._slow = 0.0
        self._refusal: tuple[str, int | None] | None = None
        super().__init__(username, secret, tls)
        self.calls: Calls = Calls(self._changed)
        """The actions that came."""
        self.listen(port)

    def on(self, action: str, headers: Mapping[str, Pattern] | None = None, /, **more: Pattern) -> Rule:
        """Make a rule for the actions of this name, compared without case, whose headers have these values.

            server.on("Originate", Channel="PJSIP/*", Exten=re.compile("1[0-9]+")).respond()

        Headers that are not named may have any value. A name that is no Python name stands in the mapping,
        and one that Python reserves takes an underscore, as `async_`. The values are explained at `Pattern`.
        """
        caller = sys._getframe(1)
        where = f"{caller.f_code.co_filename.rpartition('/')[2]}:{caller.f_lineno}"
        named = {name.removesuffix("_"): pattern for name, pattern in more.items()}
        rule = Rule(action, {**(headers or {}), **named}, where, self._has_lists)
        with self._changed:
            self._rules.append(rule)
        return rule

    def emit(self, event: str, headers: HeadersGiven = (), /, **more: Given) -> None:
        """Send an event to every session that wants events; AssertionError if there is none, as when the
        program has not logged in yet: see `wait_for_login`."""
        self.send(message([("Event", event), *listed(headers, more)]))

    def send(self, data: bytes) -> None:
        """Send bytes as they are, be they rubbish, to every session that wants events."""
        if self._tell_all(data) == 0:
            raise AssertionError(
                "no session is there to see it: call wait_for_login() before, and log in with events on"
            )

    def slow(self, seconds: float) -> None:
        """Have every answer take so long from now on; 0 ends it."""
        self._slow = seconds

    def refuse_logins(self, message: str = "Authentication failed", times: int | None = None) -> None:
        """Refuse logins with these words and hang up, as with "Login Already In Use" or "Asterisk is shutting
        down": the next `times` of them, or all until `accept_logins`."""
        self._refusal = message, times

    def accept_logins(self) -> None:
        """End `refuse_logins`."""
        self._refusal = None

    def missed(self) -> list[str]:
        """The texts of rules that were not used, or not as often as they say."""
        if not self._calls_all:
            return []
        with self._changed:
            missed = [f"  {rule.missed}" for rule in self._rules if rule.is_missed]
        return ["\n".join(["rules that no action fitted:", *missed])] if missed else []

    # The server's threads.

    def talk(self, connection: Connection) -> None:
        self.say(connection, self._banner)
        challenge = str(secrets.randbelow(10**9))
        while (data := connection.read()) is not None:
            call = Call(headers_of(data), connection.number)
            self.note(connection, ">", call.headers)
            self.calls.add(call)
            if self._slow:
                self._is_closed.wait(self._slow)
            may_ask = connection.is_logged_in or call.name.lower() in ("challenge", "login", "logoff")
            if may_ask and (rule := self._take(call)) is not None:
                self._obey(connection, call, rule)
            elif not self._answer_itself(connection, call, challenge):
                return

    def _take(self, call: Call) -> Rule | None:
        with self._changed:
            for rule in self._rules:
                try:
                    fits = rule.misfit(call.headers) is None
                except BaseException:
                    self.complain(f"a function of {rule.shown} raised\n{traceback.format_exc()}")
                    continue
                if fits:
                    rule.call_count += 1
                    return rule
        return None

    def _obey(self, connection: Connection, call: Call, rule: Rule) -> None:
        if rule.function is not None:
            self._run(connection, call, rule)
        elif not rule.has_answer:
            self._respond(connection, call, ("Response", "Success"))
        left = rule.cut
        for step in rule.steps:
            match step:
                case Wait():
                    self._is_closed.wait(step.seconds)
                    continue
                case HangUp():
                    connection.hang_up(step.abort)
                    return
                case Emit():
                    self._tell_all(message(step.headers(call)))
                    continue
                case Send():
                    data = message(step.headers(call))
                case SendBytes():
                    data = step.bytes(call)
                case _:
                    data = step.bytes(call, self._style)
            self._answer(connection, call, data if left is None else data[:left])
            if left is not None and left <= len(data):
                connection.hang_up()
                return
            left = None if left is None else left - len(data)

    def _run(self, connection: Connection, call: Call, rule: Rule) -> None:
        assert rule.function is not None
        try:
            answer = rule.function(call)
            if answer is None:
                return
            if isinstance(answer, bytes):
                data = SendBytes(answer).bytes(call)
            else:
                data = message(Send(answer, {}).headers(call))
            self._answer(connection, call, data)
        except BaseException:
            # A test's outcome, such as that of `pytest.fail`, is no Exception.
            self.complain(f"the function of {rule.shown} raised\n{traceback.format_exc()}")

    def _tell_all(self, data: bytes) -> int:
        with self._changed:
            listeners = [one for one in self._connections if one.is_logged_in and one.wants_events]
        for listener in listeners:
            self.say(listener, data)
        return len(listeners)

    def _respond(self, connection: Connection, call: Call, *headers: tuple[str, str]) -> None:
        self._answer(connection, call, message(Send(headers, {}).headers(call)))

    def _answer(self, connection: Connection, call: Call, data: bytes) -> None:
        if call.name.lower() == "login" and header(headers_of(data), "Response") == "Success":
            connection.wants_events = _wants_events(call.get("Events"))
            # Noted first: who has the answer may have events.
            self.logged_in(connection)
        self.say(connection, data)

    def _answer_itself(self, connection: Connection, call: Call, challenge: str) -> bool:
        """What every server does; False hangs up."""
        success = ("Response", "Success")
        match call.name.lower():
            case "challenge":
                self._respond(connection, call, success, ("Challenge", challenge))
            case "login":
                if (words := self._refused(call, challenge)) is not None:
                    self._respond(connection, call, ("Response", "Error"), ("Message", words))
                    return False
                self._respond(connection, call, success, ("Message", "Authentication accepted"))
            case "logoff":
                self.logged_in(connection, False)
                self._respond(connection, call, ("Response", "Goodbye"))
                return False
            case "ping" if connection.is_logged_in:
                self._respond(connection, call, success, ("Ping", "Pong"))
            case "events" if connection.is_logged_in:
                connection.wants_events = _wants_events(call.get("EventMask"))
                state = "On" if connection.wants_events else "Off"
                self._respond(connection, call, success, ("Events", state))
            case _ if not connection.is_logged_in:
                self.complain(f"the action {call.name} came before a login")
                self._respond(connection, call, ("Response", "Error"), ("Message", "Permission denied"))
            case _:
                if self._expects_all:
                    self.complain(self._explain(call))
                words = f"Invalid/unknown command: {call.name}."
                self._respond(connection, call, ("Response", "Error"), ("Message", words))
        return True

    def _refused(self, call: Call, challenge: str) -> str | None:
        if self._refusal is not None:
            words, left = self._refusal
            if left is not None:
                self._refusal = (words, left - 1) if left > 1 else None
            return words
        if (call.get("AuthType") or "").lower() == "md5":
            key = hashlib.md5((challenge + self.secret).encode(), usedforsecurity=False).hexdigest()
            fits = call.get("Key") == key
        else:
            fits = call.get("Secret") == self.secret
        return None if fits and call.get("Username") == self.username else "Authentication failed"

    def _explain(self, call: Call) -> str:
        """The reason why no rule fits."""
        lines = ["an action came that no rule fits:", ""]
        lines += [f"    {line}" for line in shown(call.headers)]
        lines.append("")
        with self._changed:
            named = [rule for rule in self._rules if rule.is_for(call.name)]
            others = list(dict.fromkeys(rule.action for rule in self._rules if rule not in named))
            lines += [f"  {rule.shown}: {_reason(rule, call)}" for rule in named]
        if not named:
            lines.append(f"  no rule is for {call.name}: make one with on({call.name!r})")
        if others:
            lines.append(f"  other rules are for {', '.join(others)}")
        if not named and (near := difflib.get_close_matches(call.name, others, 1)):
            lines.append(f"  is {near[0]} meant?")
        return "\n".join(lines)


def _reason(rule: Rule, call: Call) -> str | None:
    try:
        return rule.misfit(call.headers)
    except BaseException as error:
        return f"its function raised {error!r}"


def _wants_events(mask: str | None) -> bool:
    return (mask or "on").strip().lower() not in ("off", "no", "false", "0")
