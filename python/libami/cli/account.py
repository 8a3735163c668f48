"""The later steps of `libami doctor`: the login, and what the account may do and sees."""

from __future__ import annotations

import argparse
import ipaddress
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from libami._errors import Error, ProtocolError
from libami.cli import local, settings
from libami.cli.finding import Finding, Stop, note, problem, unusable, well
from libami.cli.output import (
    NO_CONNECTION,
    NO_LOGIN,
    NO_PERMISSION,
    REFUSED,
    TIMEOUT,
    Failure,
    Output,
    exit_code,
    shown,
)
from libami.cli.probe import EndError, Session
from libami.protocol import Message

_BY_CLASS = {
    "agent": "Agents AgentLogoff QueueAdd QueueLog QueueMemberRingInUse QueuePause QueuePenalty QueueRemove",
    "agi": "AGI",
    "aoc": "AOCMessage",
    "call": "Atxfer BlindTransfer Bridge CancelAtxfer ChangeMonitor ConfbridgeKick ConfbridgeLock "
    "ConfbridgeMute ConfbridgeSetSingleVideoSrc ConfbridgeUnlock ConfbridgeUnmute "
    "ControlPlayback DongleSendSMS DongleSendUSSD FAXSession FAXSessions Monitor Park "
    "ParkedCalls Parkinglots PauseMonitor PlayDTMF PlayMF QuectelSendSMS QuectelSendUSSD "
    "Redirect SendFlash SendText Setvar StopMonitor UnpauseMonitor",
    "call or reporting": "DeviceStateList ExtensionState ExtensionStateList Getvar MailboxCount "
    "MailboxStatus PresenceState PresenceStateList VoicemailBoxSummary VoicemailUsersList "
    "VoicemailUserStatus",
    "command": "Command smscommand",
    "config": "CreateConfig ListCategories UpdateConfig",
    "config or reporting": "ShowDialPlan",
    "message": "MessageSend",
    "originate": "Originate",
    "reporting": "ConfbridgeList ConfbridgeListRooms FAXStats",
    "system": "ConfbridgeStartRecord ConfbridgeStopRecord DBDel DBDelTree DBPut DialplanExtensionAdd "
    "DialplanExtensionRemove Filter MixMonitor ModuleCheck ModuleLoad MuteAudio "
    "PJSIPShowContacts PJSIPShowEndpoint PJSIPShowEndpoints SIPnotify SIPpeerstatus",
    "system or call": "AbsoluteTimeout Hangup LocalOptimizeAway MixMonitorMute StopMixMonitor",
    "system or config": "GetConfig GetConfigJSON Reload",
    "system or reporting": "CoreSettings CoreShowChannelMap CoreShowChannels CoreStatus DBGet "
    "DBGetTree LoggerRotate SIPpeers SIPqualifypeer SIPshowpeer SIPshowregistry",
    "system, call or reporting": "Status",
    "user": "UserEvent VoicemailForward VoicemailMove VoicemailRefresh VoicemailRemove",
}
CLASSES = {name.lower(): classes for classes, names in _BY_CLASS.items() for name in names.split()}
"""The classes of common actions, any one of which is enough. A server lists only the actions that the account
may send."""

_ADVICE_LOG = (
    'its log says which: "tried to authenticate with nonexistent user", "failed to pass IP ACL as" or '
    '"failed to authenticate as"'
)


REFUSAL_TIME = 2.0
"""Seconds more for a login: a refusal takes one, so that secrets cannot be tried out fast."""


def is_loopback(host: str) -> bool:
    """True if what goes there stays on this machine."""
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def examine(
    arguments: argparse.Namespace, given: Mapping[str, Any], connect: Callable[[], socket.socket]
) -> Iterator[Finding]:
    """Log in and look around."""
    try:
        complete = settings.complete(arguments, given)
    except Failure as error:
        yield unusable(error, "so the login, permissions and events are not looked at")
        return
    account = Account(arguments, complete, given)
    try:
        with Session(connect(), arguments.patience) as session:
            try:
                yield from account.log_in(session)
                yield from account.start(session)
                yield from account.permissions(session)
                yield from account.sees(session)
                yield from account.calls(session)
                yield from account.listen(session)
                yield from account.idle(session)
                with suppress(EndError):
                    session.call("Logoff")
            except EndError:
                yield account.cut_off(session)
                raise Stop from None
        yield from account.itself()
    except Stop:
        return
    except ProtocolError as error:
        yield problem(
            8,
            f"what it sends after its greeting is no AMI: {error}",
            "something between changes what is sent, or this is another program that greets like Asterisk",
            'connect without what is between: ssh to the server, and host = "127.0.0.1" there',
            NO_CONNECTION,
        )
    except OSError as error:
        yield problem(
            4,
            f"a second connection fails: {error.strerror or error}",
            "the first one was accepted; the server or something before it limits how many there may be",
            "look at authlimit in manager.conf, and at firewalls that count connections",
            NO_CONNECTION,
        )


class Account:
    """A user of the server's, and a session of it."""

    def __init__(
        self, arguments: argparse.Namespace, complete: Mapping[str, Any], given: Mapping[str, Any]
    ) -> None:
        self._arguments = arguments
        self._out: Output = arguments.output
        self._patience: float = arguments.patience
        self._complete = complete
        self._given = given
        self._username: str = complete["username"]
        self._actions: dict[str, str] = {}
        self._began = time.monotonic()

    def log_in(self, session: Session) -> Iterator[Finding]:
        """Log in."""
        self._began = time.monotonic()
        is_safe = bool(self._given.get("tls") or self._given.get("allow_plain_login"))
        is_safe = is_safe or is_loopback(str(session.socket.getpeername()[0]))
        try:
            session.timeout = self._patience + REFUSAL_TIME
            answer = session.log_in(self._username, self._complete["secret"], is_safe)
        except EndError:
            yield self._ended_in_login(session)
            raise Stop from None
        finally:
            session.timeout = self._patience
        taken = time.monotonic() - self._began
        if answer is None:
            yield problem(
                19,
                f"it greets, and does not answer the login in {taken:.0f} s",
                "the server hangs, or something between them changes or keeps what is sent: a manager reads "
                "lines that end with CR LF, and drops a session that has not logged in within authtimeout",
                "look on the server: asterisk -rx 'core show uptime'; authtimeout = 30 in manager.conf below "
                "[general]",
                TIMEOUT,
            )
            raise Stop
        if answer.name == "Success":
            yield well(f"{self._username} is logged in, after {taken * 1000:.0f} ms, from {session.source}")
            return
        yield self._refused(session, shown(answer.get("Message") or answer.name), taken, is_safe)
        raise Stop

    def _refused(self, session: Session, words: str, taken: float, is_safe: bool) -> Finding:
        seen = (
            f'the login of {self._username} from {session.source} is answered "{words}" after {taken:.1f} s'
        )
        lower = words.lower()
        if "already in use" in lower:
            return problem(
                11,
                seen,
                "the user may have one session at a time, and has one: another program's, or one of ours "
                "that was cut off, which lasts until the server notices",
                "allowmultiplelogin = yes in manager.conf; asterisk -rx 'manager show connected' shows whose "
                "it is",
                NO_LOGIN,
            )
        if "shutting down" in lower:
            return _shutting_down(seen)
        if "authentication failed" not in lower and not is_safe:
            return problem(
                10,
                f'the server has no MD5 challenge: "{words}"',
                "the secret would go over the network in the clear",
                "connect through TLS, or, by a network that is trusted, allow_plain_login = true in "
                "config.toml",
                NO_LOGIN,
            )
        means = (
            "the user's name or secret is wrong, it has no secret, or its deny, permit or acl does not let "
            f"{session.source} in; the server says the same of all of them, and {_ADVICE_LOG}. Files that "
            "FreePBX makes admit 127.0.0.1 alone"
        )
        change = (
            f"in manager.conf: [{self._username}], secret = ..., permit = {session.source}; then run: "
            'asterisk -rx "manager reload"'
        )
        address = (int(session.socket.family), session.socket.getpeername())
        if local.is_here(address):
            found = local.about_the_user(self._username, self._complete["secret"], session.source)
            if found:
                seen = f"{seen}\n{found}"
            elif loopback := self._works_from_loopback(session):
                seen = f"{seen}\nfrom {loopback} the same login works"
                means = (
                    f"the user's deny, permit or acl does not let {session.source} in, and {loopback} it does"
                )
                change = f'host = "{loopback}" in config.toml; or permit = {session.source} in manager.conf'
        return problem(10, seen, means, change, NO_LOGIN)

    def _works_from_loopback(self, session: Session) -> str | None:
        """The loopback address by which the login works, if there is one."""
        peer = session.socket.getpeername()
        for host in ("127.0.0.1", "::1"):
            if host == peer[0] or self._given.get("tls"):
                continue
            try:
                made = socket.create_connection((host, peer[1]), self._patience)
                with Session(made, self._patience + REFUSAL_TIME) as other:
                    answer = other.log_in(self._username, self._complete["secret"], True)
            except (OSError, EndError):
                continue
            if answer is not None and answer.name == "Success":
                return host
        return None

    def _ended_in_login(self, session: Session) -> Finding:
        taken = time.monotonic() - self._began
        return problem(
            19,
            f"it greets, and hangs up {taken:.1f} s later without an answer to the login",
            "the login did not reach it whole within authtimeout (30 s by default): something between "
            "changes or keeps what is sent, such as a proxy that ends lines with LF alone; a manager reads "
            "lines that end with CR LF",
            'authtimeout = 30 in manager.conf below [general]; its log says "failed to authenticate in 30 '
            'seconds"',
            NO_LOGIN,
        )

    def cut_off(self, session: Session) -> Finding:
        """The connection ended by itself, later than in the login."""
        taken = time.monotonic() - self._began
        count = len(session.events)
        pace = f"{count} events in {taken:.1f} s, {count / max(taken, 0.001):.0f} a second"
        if session.has_half:
            return problem(
                17,
                f"the server hangs up in the middle of a message, after {pace}",
                "it could not write to this connection for as long as writetimeout says (100 ms by default), "
                "and gave up: the reader was too slow, or the network",
                f"writetimeout = 5000 in manager.conf below [{self._username}]; and fewer events: --mask, or "
                "read = there",
                NO_CONNECTION,
            )
        return problem(
            18,
            f"the server hangs up, after {pace}",
            "it was stopped or reloaded, the session was ended (manager kick session), or something between "
            "cut it",
            "look at the server's log; for programs, reconnect",
            NO_CONNECTION,
        )

    def start(self, session: Session) -> Iterator[Finding]:
        """Look if the server has started all of its modules."""
        is_booted = session.wait(lambda: "FullyBooted" in session.names(), min(self._patience, 1.0))
        answer = session.call("QueueStatus", Queue="libami-doctor")
        words = shown((answer.get("Message") or "") if answer is not None else "")
        if "shutting down" in words.lower():
            yield _shutting_down(f'QueueStatus is answered "{words}"')
            raise Stop
        if is_booted:
            yield well("it has started all of its modules (FullyBooted)")
        elif "unknown command" in words.lower():
            yield note(
                13,
                f'there was no FullyBooted, and QueueStatus is answered "{words}"',
                "the server is still starting, and its modules' actions come later; or the account does not "
                "read the class system, and app_queue is not loaded",
                "wait for the event FullyBooted before anything else; read = system,... in manager.conf "
                f"below [{self._username}] lets it come",
            )

    def permissions(self, session: Session) -> Iterator[Finding]:
        """Count the actions that the account may send, and look for those that are needed."""
        answer = session.call("ListCommands")
        if answer is not None and answer.name == "Success":
            for name, text in answer.multi_items():
                if match := re.search(r"\(Priv: (.*?)\)", text):
                    self._actions[name.lower()] = match[1]
        if self._actions:
            yield well(f"the account may send {len(self._actions)} actions")
        needs = [*self._arguments.needs, *(["Command"] if self._arguments.gateway else [])]
        for name in dict.fromkeys(needs):
            yield self._needed(session, name)

    def _needed(self, session: Session, name: str) -> Finding:
        if name.lower() in self._actions:
            return well(f"{name} is allowed ({self._actions[name.lower()]})")
        # It is not among those that are allowed, so nothing can come of it.
        return self._denied(name, _words(session.call(name)) if self._actions else None)

    def _denied(self, name: str, words: str | None) -> Finding:
        """The reason why an action is refused in these words; None if it was not tried."""
        if words is not None and "unknown command" in words.lower():
            return problem(
                14,
                f'{name} is answered "{words}"',
                "the server has no such action: the module is not loaded, or the name is misspelt",
                "asterisk -rx 'manager show commands' lists those that it has; modules.conf says what is "
                "loaded",
                REFUSED,
            )
        wanted = CLASSES.get(name.lower())
        asks = f"manager show command {name}"
        return problem(
            14,
            f'{name} is answered "{words}"'
            if words is not None
            else f"{name} is not tried, as the actions are not listed",
            f"the account lacks a class to write: {name} needs {wanted or 'one that ' + asks + ' tells'}",
            f"add {wanted or 'it'} to write = in manager.conf below [{self._username}]; then run: "
            'asterisk -rx "manager reload", and log in anew',
            NO_PERMISSION,
        )

    def sees(self, session: Session) -> Iterator[Finding]:
        """Look if an event of our own comes back."""
        token = secrets.token_hex(8)
        answer = session.call("UserEvent", UserEvent="LibamiDoctor", Token=token)
        if answer is None or answer.name != "Success":
            yield note(
                15,
                f'a UserEvent is answered "{_words(answer)}"',
                "so it cannot be seen that events come; that needs the class user to write",
                f"write = user,... in manager.conf below [{self._username}]",
            )
            return

        def came() -> bool:
            return any(event.get("Token") == token for event in session.events)

        if session.wait(came):
            yield well("events come: a UserEvent of our own has come back")
            return
        yield self._unseen(session)

    def _unseen(self, session: Session) -> Finding:
        seen = f"a UserEvent was accepted, and did not come back in {self._patience:g} s"
        # The answers to actions are written to the session directly, past all filters.
        names = sorted({event.name for event in session.events if event.action_id is None})
        if names:
            return problem(
                16,
                f"{seen}; others did: {', '.join(names)}",
                "some classes of events come and some do not: the user does not read the class user, an "
                "eventfilter holds it back, or disabledevents does",
                f"read = all in manager.conf below [{self._username}], no eventfilter there, and no "
                "disabledevents below [general]",
            )
        return problem(
            15,
            f"{seen}, and neither did any other event",
            "the account sees no events: its read = is empty or has other classes, the session has events "
            "off, or an eventfilter holds them back",
            f"read = all in manager.conf below [{self._username}], or the classes that are needed; then run: "
            'asterisk -rx "manager reload", and log in anew',
        )

    def calls(self, session: Session) -> Iterator[Finding]:
        """Look if the events of a call come, where one may be made."""
        if self._arguments.calls is None:
            return
        before = len(session.events)
        channel = f"Local/{self._arguments.calls}"
        answer = session.call(
            "Originate",
            Channel=channel,
            Application="Wait",
            Data="1",
            Async="true",
            Timeout=str(int(self._patience * 1000)),
        )
        if answer is None or answer.name != "Success":
            yield self._denied("Originate", _words(answer))
            return
        wanted = ("Newchannel", "Newexten", "Hangup")

        def come() -> set[tuple[str, str]]:
            """The events of this call, and of which half of its channel they tell."""
            found = ((event.name, event.get("Channel") or "") for event in session.events[before:])
            return {(name, each[-2:]) for name, each in found if each.startswith(f"{channel}-")}

        def missing() -> list[str]:
            names = {name for name, _ in come()}
            return [name for name in wanted if name not in names]

        # It rings, and is then kept for a second.
        session.wait(lambda: not missing() and ("Hangup", ";2") in come(), 2 * self._patience + 1)
        # The second half is the one that runs the extension.
        if ("Newexten", ";1") in come() and ("Newexten", ";2") not in come():
            yield problem(
                16,
                f"the call to {self._arguments.calls} ended before any extension ran",
                "the dialplan has no such extension, so it is not known which events of a call come",
                f"--calls with an extension that there is: asterisk -rx 'dialplan show "
                f"{self._arguments.calls.partition('@')[2]}' lists those of the context",
            )
        elif lacking := missing():
            yield problem(
                16,
                f"of a call's events these did not come: {', '.join(lacking)}",
                "an eventfilter of the user or disabledevents holds them back, the user does not read the "
                "classes call and dialplan, or the call did not come about",
                f"read = call,dialplan,... in manager.conf below [{self._username}], no eventfilter there "
                "that fits them, and no disabledevents below [general]",
            )
        else:
            yield well(f"the events of a call come: {', '.join(wanted)}")

    def listen(self, session: Session) -> Iterator[Finding]:
        """Count the events that come."""
        if self._arguments.listen is None:
            return
        before = len(session.events)
        session.wait(lambda: False, self._arguments.listen)
        count = len(session.events) - before
        yield well(f"{count / self._arguments.listen:.1f} events a second in {self._arguments.listen:g} s")

    def idle(self, session: Session) -> Iterator[Finding]:
        """Look if the connection outlives silence."""
        if self._arguments.idle is None:
            return
        idle = self._arguments.idle
        session.call("Events", EventMask="off")
        self._out.say(f"silent for {idle:g} s")
        time.sleep(idle)
        try:
            answer = session.call("Ping")
        except EndError:
            answer = None
        if answer is not None:
            yield well(f"the connection outlives {idle:g} s of silence")
            return
        yield problem(
            18,
            f"after {idle:g} s of silence the connection is dead: a Ping gets no answer",
            "something between forgets connections that are silent: a NAT router, a firewall or a load "
            "balancer",
            f"keepalive = {max(1, int(idle / 2))} or less, in seconds, where the program makes its client",
            NO_CONNECTION,
        )
        raise Stop

    def itself(self) -> Iterator[Finding]:
        """Look if the library itself gets through, and which dialect a gateway speaks."""
        try:
            if self._arguments.gateway:
                yield self._gateway()
                return
            from libami.client import connect

            with connect(**self._complete, event_mask="off") as client:
                yield well(f"libami itself is logged in, and a Ping takes {client.ping() * 1000:.1f} ms")
        except Error as error:
            yield problem(
                0,
                f"libami itself does not get through: {error}",
                "all that was looked at so far works, and a session of the library's own does not",
                "look at the server's log for this time, and run it again with --json for a report",
                exit_code(error),
            )

    def _gateway(self) -> Finding:
        from libami.gateway import connect

        try:
            with connect(**self._complete) as gateway:
                return well(f"it is a GSM gateway, and speaks the dialect {gateway.dialect}")
        except Error as error:
            # AMI_E_UNSUPPORTED, AMI_E_TIMEOUT: none of the questions was answered as a gateway does.
            if error.code not in (7, 102):
                raise
            return problem(
                21,
                str(error),
                "these were tried: ListCommands for dongle, quectel and yeastar, core show help gsm send for "
                "openvox, core show help allogsm send for allo, gsm show spans for yeastar",
                f"write = command in manager.conf below [{self._username}]; or name the dialect in "
                "config.toml: "
                'dialect = "openvox"; docs/gateways lists them',
            )


def _words(answer: Message | None) -> str:
    """The words of an answer."""
    return shown((answer.get("Message") or answer.name) if answer is not None else "nothing")


def _shutting_down(seen: str) -> Finding:
    return problem(
        12,
        seen,
        "the server stops or restarts, and refuses every action until it has, the login too; gracefully, "
        "that may "
        "take hours",
        "try again later; asterisk -rx 'core abort shutdown' calls it off",
        NO_CONNECTION,
    )
