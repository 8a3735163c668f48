"""What is private is in no exception, traceback, repr or log line: secrets and what is made of them, numbers,
texts, codes."""

from __future__ import annotations

import hashlib
import io
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import WAIT, Face
from libami import pdu
from libami.simulator import Simulator

SECRET = "Never-Shown-7731"
CHALLENGE = "138536221"
KEY = hashlib.md5(f"{CHALLENGE}{SECRET}".encode()).hexdigest()
OTHER = "Another-Hidden-Word"
NUMBER, TEXT, CODE = "13632919026", "people's own words", "*4711*99#"
# The text as it stands in the hex digits of a PDU.
PACKED = pdu.encode(NUMBER, TEXT)[0][-2 * (len(TEXT) * 7 // 8) :]
PRIVATE = (SECRET, CHALLENGE, KEY, OTHER, NUMBER, TEXT, CODE, PACKED)


def check(shown: str) -> None:
    for private in PRIVATE:
        at = shown.find(private)
        assert at < 0, f"{private} is shown: {shown[max(0, at - 300) : at + 60]}"


def shown_of(error: BaseException) -> str:
    """Everything that can be seen of an error without asking for the server's words."""
    details = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The test's own frames hold what it tests with.
    stack = [frame for frame in details.stack if "site-packages/libami" in frame.filename]
    parts = [str(error), repr(error), repr(error.args), *traceback.StackSummary.from_list(stack).format()]
    assert not isinstance(error, libami.Error) or stack
    for frame in stack:
        parts += [frame.name, repr(frame.locals)]
    if isinstance(error, libami.Error):
        parts += [repr(error.response), repr(error.receipt)]
    for cause in (error.__cause__, error.__context__):
        if cause is not None:
            parts.append(shown_of(cause) if isinstance(cause, libami.Error) else repr(cause))
    return "\n".join(parts)


def check_error(error: BaseException) -> None:
    check(shown_of(error))
    if isinstance(error, libami.Error):
        # These words may be asked for, but a secret is not among them.
        words = error.peer_message or ""
        assert not any(secret in words for secret in (SECRET, CHALLENGE, KEY, OTHER)), words


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What is logged, with tracebacks, at every level and by everybody, meanwhile."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        check(text.getvalue())


REFUSAL = "Response: Error\r\nActionID: {id}\r\nMessage: {said}\r\n\r\n"
SUCCESS = "Response: Success\r\nActionID: {id}\r\n\r\n"
CHALLENGED = f"Response: Success\r\nActionID: {{id}}\r\nChallenge: {CHALLENGE}\r\n\r\n"
OUTPUT = "Response: Success\r\nActionID: {id}\r\nMessage: Command output follows\r\nOutput: "
PLAIN = "Response: Error\r\nActionID: {id}\r\nMessage: Must specify AuthType\r\n\r\n"

Answers = dict[str, str | None]


@contextmanager
def server(answers: Answers) -> Iterator[int]:
    """Answers each action by its name, or by the beginning of its command; None hangs up, "" says nothing."""

    def answer(action: dict[str, str]) -> str | None:
        name = action.get("Action", "")
        found = [key for key in answers if action.get("Command", name).startswith(key)]
        if not found:
            return {"Challenge": CHALLENGED, "Login": SUCCESS, "Logoff": SUCCESS}.get(name, REFUSAL)
        return answers[max(found, key=len)]

    def serve(connection: socket.socket) -> None:
        connection.settimeout(2 * WAIT)
        with suppress(OSError), connection, connection.makefile("rwb") as stream:
            stream.write(b"Asterisk Call Manager/5.0.4\r\n")
            stream.flush()
            action: dict[str, str] = {}
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text:
                    name, _, value = text.partition(": ")
                    action[name] = value
                    continue
                reply = answer(action)
                if reply is None:
                    return
                said = " ".join(action.values())
                stream.write(
                    reply.replace("{id}", action.get("ActionID", "")).replace("{said}", said).encode()
                )
                stream.flush()
                action = {}

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def settings(**more: Any) -> dict[str, Any]:
    return {"username": "admin", "secret": SECRET, "connect_timeout": WAIT, "action_timeout": WAIT, **more}


LOGINS: dict[str, tuple[Answers, int]] = {
    "refused": ({"Login": REFUSAL}, 203),
    "refused and told as it is": ({"Challenge": PLAIN, "Login": REFUSAL}, 203),
    "refused with all": (
        {
            "Login": REFUSAL.replace("{said}", f"{{said}} {SECRET} {CHALLENGE} {KEY}"),
        },
        203,
    ),
    "cut": ({"Login": None}, 103),
    "cut as it is": ({"Challenge": PLAIN, "Login": None}, 103),
    "late": ({"Login": ""}, 102),
    "said back": ({"Login": "{said}\r\n\r\n{said}: {said}\r\n\r\n"}, 102),
    "no challenge": ({"Challenge": None}, 103),
}


@pytest.mark.parametrize("login", LOGINS)
def test_logins_that_fail(face: Face, login: str) -> None:
    answers, code = LOGINS[login]
    timeout = 0.3 if code == 102 else WAIT
    with logged(), server(answers) as port:
        with pytest.raises(libami.Error) as raised:
            face.connect("127.0.0.1", port, **settings(connect_timeout=timeout))
        assert raised.value.code == code
        check_error(raised.value)
        module = libami.aio if face.runner else libami
        with pytest.raises(libami.Error) as raised:
            face.do(lambda: module.connect("127.0.0.1", port, **settings(connect_timeout=timeout)))
        check_error(raised.value)


def test_tls_that_fails(face: Face) -> None:
    with server({}) as port, pytest.raises(libami.ConnectError) as raised:
        face.connect("127.0.0.1", port, **settings(tls=libami.TLS(danger_accept_any_certificate=True)))
    check_error(raised.value)


def test_reconnect_whose_login_is_refused_shows_nothing_private(face: Face) -> None:
    answers: Answers = {"Cut": None}
    with logged(), server(answers) as port:
        client = face.connect("127.0.0.1", port, **settings(reconnect=libami.Reconnect(min=0.01)))
        answers["Login"] = f"Response: Error\r\nActionID: {{id}}\r\nMessage: {{said}} {SECRET}\r\n\r\n"
        with pytest.raises(libami.Error) as raised:
            face.do(lambda: client.action("Cut", Secret=OTHER))
        check_error(raised.value)
        face.do(lambda: client.wait_for_state("closed", WAIT))
        with pytest.raises(libami.AuthError) as refused:
            face.do(lambda: client.wait_for_state("open", WAIT))
        check_error(refused.value)
        check(repr(client))


Calls = Callable[[Any], Any]
FAILURES: dict[str, tuple[Answers, Calls]] = {
    "refused": ({}, lambda client: client.action("Other", Secret=OTHER)),
    "refused, by a mapping": ({}, lambda client: client.action("Other", {"Secret": OTHER})),
    "refused with the own secret": (
        {"Other": f"Response: Error\r\nActionID: {{id}}\r\nMessage: no {SECRET}\r\n\r\n"},
        lambda client: client.action("Other"),
    ),
    "late": ({"Other": ""}, lambda client: client.action("Other", Secret=OTHER)),
    "cut": ({"Other": None}, lambda client: client.action("Other", Secret=OTHER)),
    "a line end": ({}, lambda client: client.action("Other", Secret=f"{OTHER}\r\n")),
    "what no header is": ({}, lambda client: client.action("Other", [("Secret", OTHER), ("More", object())])),
    "what no headers are": ({}, lambda client: client.action("Other", [OTHER, 7], Secret=OTHER)),
    "what cannot be encoded": ({}, lambda client: client.action("Other", Secret=f"{OTHER}\udfff\ud800")),
    "a command": (
        {"say": REFUSAL.replace("{said}", "Command output follows\r\nOutput: No such command '{said}'")},
        lambda client: client.command(f"say {TEXT}"),
    ),
    "a command, cut": ({"say": None}, lambda client: client.command(f"say {TEXT}")),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_actions_that_fail(face: Face, failure: str) -> None:
    answers, call = FAILURES[failure]
    with logged(), server(answers) as port:
        timeout = 0.1 if failure == "late" else WAIT
        client = face.connect("127.0.0.1", port, **settings(action_timeout=timeout))
        with pytest.raises((libami.Error, TypeError, ValueError)) as raised:
            face.do(lambda: call(client))
        check_error(raised.value)
        check(repr(client))
        face.do(client.close)


GATEWAY_FAILURES: dict[str, tuple[Answers, Calls]] = {
    "sms, failed": (
        {"gsm": OUTPUT + "SPAN:1 SEND SMS TO {said} WAS FAILED\r\n\r\n"},
        lambda gateway: gateway.send(NUMBER, TEXT, port=1),
    ),
    "sms, busy": (
        {"gsm": OUTPUT + "SPAN:1 SEND SMS TO {said} WAS USING\r\n\r\n"},
        lambda gateway: gateway.send(NUMBER, TEXT, port=1, within=0.01),
    ),
    "sms, unknown": (
        {"gsm": OUTPUT + "SPAN:1 SEND SMS TO {said} TIMEOUT\r\n\r\n"},
        lambda gateway: gateway.send(NUMBER, TEXT, port=1, id="mine"),
    ),
    "sms, not understood": (
        {"gsm": OUTPUT + "{said}\r\n\r\n"},
        lambda gateway: gateway.send(to=NUMBER, text=TEXT, port=1),
    ),
    "sms, refused": ({"gsm": REFUSAL}, lambda gateway: gateway.send(NUMBER, TEXT, port=1)),
    "sms, refused by the CLI": (
        {
            "gsm": REFUSAL.replace("{said}", "Command output follows\r\nOutput: {said}"),
        },
        lambda gateway: gateway.send(NUMBER, TEXT, port=1),
    ),
    "sms, no port told": ({"gsm": REFUSAL}, lambda gateway: gateway.send(NUMBER, TEXT)),
    "sms, handed over, refused": (
        {"gsm": REFUSAL},
        lambda gateway: gateway.send(NUMBER, TEXT, port=1, pdu=True),
    ),
    "sms, cut": ({"gsm": None}, lambda gateway: gateway.send(NUMBER, TEXT, port=1)),
    "sms, bad number": ({}, lambda gateway: gateway.send(f"{NUMBER};", TEXT)),
    "sms, bad text": ({}, lambda gateway: gateway.send(NUMBER, f"{TEXT}\ud800")),
    "sms, no text": ({}, lambda gateway: gateway.send(NUMBER, 7)),
    "sms, text that cannot be sent": ({}, lambda gateway: gateway.submit(NUMBER, f"{TEXT}\ud800")),
    "sms, text without end": ({}, lambda gateway: gateway.submit(NUMBER, TEXT * 5000)),
    "sms, more than it takes": ({}, lambda gateway: gateway.submit(NUMBER, TEXT, 7)),
    "text without end": ({}, lambda gateway: gateway.parts(TEXT * 5000)),
    "ussd": ({"gsm": OUTPUT + "{said}\r\n\r\n"}, lambda gateway: gateway.send_ussd(1, CODE)),
    "ussd, refused": ({"gsm": REFUSAL}, lambda gateway: gateway.send_ussd(1, CODE)),
    "ussd, cut": ({"gsm": None}, lambda gateway: gateway.send_ussd(1, CODE)),
    "a ussd session, refused": ({"gsm": REFUSAL}, lambda gateway: gateway.dial(1, CODE)),
    "ussd, bad": ({}, lambda gateway: gateway.dial(1, f"{CODE} {TEXT}")),
    "refused": ({}, lambda gateway: gateway.action("Other", Secret=OTHER)),
    "a command": (
        {"say": REFUSAL.replace("{said}", "Command output follows\r\nOutput: No such command '{said}'")},
        lambda gateway: gateway.command(f"say {TEXT}"),
    ),
}


@pytest.mark.parametrize("failure", GATEWAY_FAILURES)
def test_gateway_failures_show_nothing_private(face: Face, failure: str) -> None:
    answers, call = GATEWAY_FAILURES[failure]
    module = libami.aio.gateway if face.runner else libami.gateway
    with logged(), server(answers) as port:
        gateway = module.Gateway("127.0.0.1", port, **settings(dialect="openvox"))
        face.do(gateway.open)
        with pytest.raises((libami.Error, TypeError)) as raised:
            face.do(lambda: call(gateway))
        check_error(raised.value)
        check(repr(gateway))
        face.do(gateway.close)


def test_future_that_fails_shows_nothing_private(face: Face) -> None:
    module = libami.aio.gateway if face.runner else libami.gateway
    with logged(), server({"gsm": REFUSAL}) as port:
        gateway = module.Gateway("127.0.0.1", port, **settings(dialect="openvox"))
        face.do(gateway.open)
        future = face.do(lambda: [gateway.submit(NUMBER, TEXT, port=1)])[0]
        with pytest.raises(libami.SmsFailed) as raised:
            face.do(lambda: future if face.runner else future.result(WAIT))
        # No call of libami's is in the traceback of a thread's.
        check(f"{raised.value} {raised.value!r} {raised.value.receipt!r} {future!r}")
        face.do(gateway.close)


def test_gateway_results_show_nothing_private(face: Face) -> None:
    module = libami.aio.gateway if face.runner else libami.gateway
    with logged(), Simulator(secret=SECRET, second=0.05, model="dongle", numbers=[NUMBER]) as sim:
        sim.set_ussd_menu(CODE, (TEXT, {"1": TEXT}))
        gateway = module.Gateway("127.0.0.1", sim.port, **settings())
        face.do(gateway.open)
        inbox = face.do(lambda: gateway.inbox(timeout=WAIT))
        sim.deliver_sms(1, NUMBER, TEXT)
        sim.deliver_ussd(1, TEXT)
        sim.deliver_report(1, "p-1")
        things = [gateway, inbox, *(face.next(inbox) for _ in range(3))]
        things.append(face.do(lambda: gateway.send(NUMBER, TEXT, port="dongle1")))
        things += things[-1].each_part
        things.append(gateway.parts(TEXT))
        dialogue = face.do(lambda: gateway.dial("dongle0", CODE))
        things += [dialogue, dialogue.reply, *face.do(gateway.ports)]
        assert dialogue.reply.text == TEXT
        for thing in things:
            check(repr(thing))
            check(str(thing))
        face.do(gateway.close)


def test_repr_of_open_objects_shows_nothing_private(face: Face) -> None:
    with logged(), Simulator(secret=SECRET, second=0.05) as gateway:
        gateway.set_ussd(CODE, TEXT)
        client = face.connect("127.0.0.1", gateway.port, **settings())
        sender = face.open_gateway("127.0.0.1", gateway.port, **settings())
        stream = face.do(client.events)
        inbox = face.do(lambda: sender.inbox(timeout=WAIT))
        gateway.deliver_sms(1, NUMBER, TEXT)
        sms = face.next(inbox)
        assert (sms.sender, sms.text) == (NUMBER, TEXT)
        receipt = face.do(lambda: sender.send(NUMBER, TEXT, timeout=1))
        assert receipt.destination == NUMBER
        reply = face.do(lambda: sender.send_ussd(1, CODE, timeout=1))
        assert reply.text == TEXT
        answer = face.do(lambda: client.action("UserEvent", UserEvent="Go", Secret=OTHER))
        event = face.next(stream)
        things = (client, stream, sender, inbox, sms, receipt, reply, answer, event, client.stats(), gateway)
        for thing in things:
            check(repr(thing))
            check(str(thing))
            check(f"{thing!r:>10}")
        face.do(client.close)
        face.do(sender.close)


def test_callbacks_that_raise_show_no_event(face: Face) -> None:
    with logged() as log, Simulator(secret=SECRET) as sim:
        gateway = face.open_gateway("127.0.0.1", sim.port, **settings())
        called = []

        def raises(sms: libami.Sms) -> None:
            called.append(sms)
            raise ValueError("what a program says is its own")

        face.do(lambda: gateway.on_sms(raises))
        face.do(gateway.ping)
        sim.deliver_sms(1, NUMBER, TEXT)
        while not called:
            face.do(gateway.ping)
        face.do(gateway.close)
        assert "what a program says is its own" in log.getvalue()


def test_settings_that_are_refused(face: Face) -> None:
    module = libami.aio if face.runner else libami
    for changes in ({"port": 0}, {"secret": f"{SECRET}\n"}, {"secret": 7}, {"dialect": "x"}):
        with pytest.raises((libami.Error, TypeError)) as raised:
            module.Client("127.0.0.1", **{**settings(), **changes})
        check_error(raised.value)
