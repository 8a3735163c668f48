"""What people write by habit, and are told where it cannot work."""

from __future__ import annotations

import asyncio
import errno
import functools
import inspect
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libami
import libami.aio
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import SECRET, WAIT, Collected, Face, face_client, face_gateway, run_python, wait_for
from libami.simulator import Simulator
from scripted import Script


def settings(**more: Any) -> dict[str, Any]:
    return {"username": "admin", "secret": SECRET, **more}


@pytest.mark.parametrize("keyword", ["timeout", "action_timeout", "idle_timeout"])
def test_action_timeout_is_told_to_be_its_deadline(face: Face, script: Script, keyword: str) -> None:
    client = face.connect("127.0.0.1", script.port, **settings())
    header = "".join(part.capitalize() for part in keyword.split("_"))
    with pytest.raises(TypeError, match=f"deadline=.*{header}="):
        face.do(lambda: client.action("Ping", **{keyword: 5}))
    assert not script.count("Ping")
    face.do(lambda: client.action("Ping", Timeout=5))
    face.do(lambda: client.action("Ping", {"timeout": 5}))
    assert script.last("Ping")[-1] == ("timeout", "5")
    face.do(client.close)


def test_keywords_of_settings_are_no_headers(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    for keyword in {*inspect.signature(libami.Client).parameters, "wait", "within", "caller_id"}:
        with pytest.raises(TypeError, match=rf"action\(\) has no argument {keyword}="):
            face.do(functools.partial(client.action, "Ping", **{keyword: "x"}))
    face.do(client.close)


def test_lower_case_headers_still_go_out(face: Face, script: Script) -> None:
    client = face.connect("127.0.0.1", script.port, **settings())
    face.do(lambda: client.action("Originate", channel="Local/1@x", variable="A=1", async_="true"))
    assert script.last("Originate")[-3:] == [("channel", "Local/1@x"), ("variable", "A=1"), ("async", "true")]
    face.do(client.close)


@pytest.mark.parametrize("names", [["Hangup"], ("Hangup",), {"Hangup"}])
def test_event_names_in_a_list_are_told_to_be_arguments(face: Face, gateway: Simulator, names: Any) -> None:
    client = face_client(face, gateway)
    with pytest.raises(TypeError, match=r'events\("Hangup", "Newchannel"\)'):
        face.do(lambda: client.events(names))
    for wrong in (7, None, b"Hangup"):
        with pytest.raises(TypeError, match="name of an event"):
            face.do(functools.partial(client.events, wrong))
    face.do(client.close)


def test_list_that_the_server_cancels_is_refused_with_what_came(face: Face, script: Script) -> None:
    opening = (
        "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n"
        "Message: Channel status will follow\r\n\r\n"
    )
    entry = "Event: Status\r\nActionID: {id}\r\nChannel: SIP/1\r\n\r\n"
    end = "Event: StatusComplete\r\nActionID: {id}\r\nEventList: cancelled\r\n\r\n"
    script.on("Status", opening, entry, end)
    client = face.connect("127.0.0.1", script.port, **settings())
    with pytest.raises(libami.ActionError, match="cancelled the list of Status") as raised:
        face.do(lambda: client.action("Status"))
    assert raised.value.response is not None
    assert [event["Channel"] for event in raised.value.response.events] == ["SIP/1"]
    face.do(client.close)


def modules(face: Face) -> Any:
    return libami.aio if face.runner else libami


@pytest.mark.parametrize("where", ["client", "gateway"])
def test_on_without_names_says_how(face: Face, gateway: Simulator, where: str) -> None:
    module: Any = modules(face)
    if where == "gateway":
        module = libami.aio.gateway if face.runner else libami.gateway
    kind = module.Gateway if where == "gateway" else module.Client
    peer = kind("127.0.0.1", gateway.port, **settings(dialect="openvox"))
    face.do(peer.open)
    with pytest.raises(TypeError, match=r'@client\.on\("Hangup"\)'):
        peer.on(print)

    with pytest.raises(TypeError, match="names of events"):
        face.do(lambda: peer.on(7))
    face.do(peer.close)


async def plainly_async(_: object) -> None: ...


class CalledAsync:
    async def __call__(self, _: object) -> None: ...

    async def method(self, _: object) -> None: ...


ASYNC: list[Any] = [
    plainly_async,
    functools.partial(plainly_async),
    CalledAsync(),
    CalledAsync().method,
    functools.partial(CalledAsync().method),
]


@pytest.mark.parametrize("callback", ASYNC, ids=range(len(ASYNC)))
def test_async_callbacks_of_blocking_clients_are_refused(gateway: Simulator, callback: Any) -> None:
    with libami.connect("127.0.0.1", gateway.port, **settings()) as client:
        with pytest.raises(TypeError, match=r"libami\.aio"):
            client.on("Hangup", callback)
        with pytest.raises(TypeError, match=r"libami\.aio"):
            client.on("Hangup")(callback)
    with libami.gateway.connect("127.0.0.1", gateway.port, **settings(dialect="openvox")) as whole:
        with pytest.raises(TypeError, match=r"libami\.aio"):
            whole.on(None, callback)
        with pytest.raises(TypeError, match=r"libami\.aio"):
            whole.on_sms(callback)


def test_callbacks_may_be_given_before_there_is_a_loop(gateway: Simulator) -> None:
    client = libami.aio.Client("127.0.0.1", gateway.port, **settings())
    got: list[str] = []

    @client.on("#state")
    async def state(event: libami.Event) -> None:
        got.append(event["State"])

    messages: Collected[libami.Event] = Collected()
    subscription = client.on("Thing", messages)
    closed = client.on("#state", lambda _: got.append("closed before"))
    with pytest.raises(libami.InvalidValue):
        client.on("", print)
    with pytest.raises(libami.Error, match="not used on an event loop") as raised:
        _ = subscription.counters
    assert raised.value.code == 2

    async def program() -> None:
        await closed.close()
        async with client:
            await client.open()
            gateway.emit("user", b"Event: Thing\r\nText: early\r\n\r\n")
            while messages.empty():
                await asyncio.sleep(0.005)
            assert subscription.counters.delivered >= 1
            await subscription.close()

    asyncio.run(program())
    assert got[:2] == ["connecting", "open"]
    assert "closed before" not in got
    assert messages.next()["Text"] == "early"


def test_type_errors_name_what_was_called(face: Face, gateway: Simulator) -> None:
    module = modules(face)
    name = module.__name__
    with pytest.raises(TypeError, match=rf"^{name}\.connect\(\) .*'password'"):
        face.do(lambda: module.connect("127.0.0.1", username="admin", password="x"))
    with pytest.raises(TypeError, match=rf"^{name}\.connect\(\) .*'username'"):
        face.do(lambda: module.connect("127.0.0.1", secret="x"))
    with pytest.raises(TypeError, match=r"^libami\.Client\(\) .*'password'"):
        module.Client("127.0.0.1", username="admin", password="x")
    for setting, wrong in (
        ("secret", None),
        ("port", "5038"),
        ("host", None),
        ("username", 7),
        ("limits", 7),
    ):
        with pytest.raises(TypeError) as raised:
            module.Client(**{"host": "127.0.0.1", **settings(), setting: wrong})
        # Notes are left out of many logs.
        assert setting in str(raised.value)
    gateways: Any = libami.aio.gateway if face.runner else libami.gateway
    peer = gateways.Gateway("127.0.0.1", gateway.port, **settings(dialect="openvox"))
    face.do(peer.open)
    for call in (peer.send, peer.submit):
        for arguments, more, words in (
            (("10086", "x", 1), {}, "positional"),
            (("10086",), {}, "text"),
            (("10086", "x"), {"prot": 1}, "prot"),
        ):
            with pytest.raises(TypeError, match=rf"^{call.__name__}\(\) .*{words}"):
                face.do(functools.partial(call, *arguments, **more))
        with pytest.raises(TypeError) as raised:
            face.do(functools.partial(call, 10086, "x"))
        assert "'to'" in str(raised.value)
        for port in (b"1", 1.5, [1]):
            with pytest.raises(TypeError, match="a port is its number, an int from 1, or its name, a str"):
                face.do(functools.partial(call, "10086", "x", port=port))
    face.do(peer.close)


def test_package_shows_its_public_names_alone() -> None:
    shown = run_python("import libami; print(*dir(libami))").stdout.split()
    assert "functools" not in shown
    assert {"connect", "Client", "Limits", "Reconnect", "aio", "gateway", "simulator"} <= set(shown)
    assert [name for name in shown if name.startswith("_")] == ["__version__"]


def test_client_that_was_not_opened_says_so(gateway: Simulator) -> None:
    with libami.Client("127.0.0.1", gateway.port, **settings()) as client:
        with pytest.raises(libami.Error, match="open") as raised:
            client.action("Ping")
        assert raised.value.code == 2


def test_errors_know_their_names(face: Face, gateway: Simulator) -> None:
    with pytest.raises(libami.AuthError) as raised:
        face.connect("127.0.0.1", gateway.port, username="admin", secret="wrong")
    assert (raised.value.code, raised.value.name) == (203, "AMI_E_AUTH")
    client = face_client(face, gateway)
    with pytest.raises(libami.CommandError) as refused:
        face.do(lambda: client.command("no such command"))
    assert refused.value.name == "AMI_E_COMMAND"
    assert libami.Error().name == "AMI_E_INTERNAL"
    assert libami.QueueFull().name == "AMI_E_OVERFLOW"
    face.do(client.close)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("core shoow channels verbose", "core shoow channels ..."),
        ("core shoow channels", "core shoow channels"),
        ("say 13632919026 hello", "say ..."),
        ("no Suchlike", "no ..."),
        ("13632919026", "..."),
        ("x" * 900, "x" * 60 + " ..."),
    ],
)
def test_command_that_is_refused_shows_its_beginning(
    face: Face, gateway: Simulator, command: str, shown: str
) -> None:
    client = face_client(face, gateway)
    with pytest.raises(libami.CommandError) as raised:
        face.do(lambda: client.command(command))
    (note,) = raised.value.__notes__
    assert note.startswith(f'The command was "{shown}", and the CLI printed: No such command')
    assert len(note) < 400
    assert raised.value.peer_message
    for private in ("13632919026", "hello", "Suchlike", "verbose"):
        assert private not in note
    face.do(client.close)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("Unable to send to 13632919026", None),
        ("The text HELLO is odd", None),
        ("", None),
        ("\n  Usage: gsm send sms <span>\nmore", "Usage: gsm send sms <span>"),
        ("a\tb\x1b[1m", r"a\tb\x1b[1m"),
        ("y" * 500, "y" * 200 + "..."),
    ],
)
def test_command_output_is_shown_unless_it_repeats_private_text(
    face: Face, script: Script, printed: str, shown: str | None
) -> None:
    output = "".join(f"Output: {line}\r\n" for line in printed.split("\n"))
    head = "Response: Error\r\nActionID: {id}\r\nMessage: Command output follows\r\n"
    script.on("Command", f"{head}{output}\r\n")
    client = face.connect("127.0.0.1", script.port, **settings())
    with pytest.raises(libami.CommandError) as raised:
        face.do(lambda: client.command('gsm send sms 2 13632919026 "Hello"'))
    beginning = 'The command was "gsm send sms ...", and '
    ending = "what the CLI printed is in peer_message." if shown is None else f"the CLI printed: {shown}"
    assert raised.value.__notes__ == [beginning + ending]
    face.do(client.close)


MISSING = [
    "No such channel",
    "Database entry not found",
    "Unable to retrieve endpoint nobody",
    "No endpoints found",
]


@pytest.mark.parametrize("words", [*MISSING, "Channel not specified"])
def test_error_not_found_differs_from_other_refusals(face: Face, script: Script, words: str) -> None:
    script.on("Thing", f"Response: Error\r\nActionID: {{id}}\r\nMessage: {words}\r\n\r\n")
    client = face.connect("127.0.0.1", script.port, **settings())
    with pytest.raises(libami.ActionError, match=words) as raised:
        face.do(lambda: client.action("Thing"))
    assert type(raised.value) is (libami.NotFoundError if words in MISSING else libami.ActionError)
    assert (raised.value.code, raised.value.peer_message) == (300, words)
    face.do(client.close)


def test_names_may_be_patterns(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Queue*", "*Hangup", timeout=WAIT))
    called: Collected[libami.Event] = Collected()
    subscription = face.do(lambda: client.on("*member*", called))
    for name in ("QueueMemberAdded", "Hangup", "HangupRequest", "AQueue", "SoftHangup"):
        gateway.emit("user", f"Event: {name}\r\n\r\n".encode())
    assert [face.next(events).name for _ in range(3)] == ["QueueMemberAdded", "Hangup", "SoftHangup"]
    assert wait_for(face, called).name == "QueueMemberAdded"
    face.do(subscription.close)
    for wrong in ("#*", "#ga*"):
        with pytest.raises(libami.InvalidValue, match="in full"):
            face.do(functools.partial(client.events, wrong))
    face.do(client.close)


@pytest.mark.parametrize("name", ["#foo", "#sms", "#report", "Hangup,#lag", "", "Hangup,,Newexten"])
def test_names_that_can_never_come_are_refused(face: Face, gateway: Simulator, name: str) -> None:
    client = face_client(face, gateway)
    for call in (lambda: client.events(name), lambda: client.on(name, print)):
        with pytest.raises(libami.InvalidValue):
            face.do(call)
    face.do(client.close)


def test_connect_that_is_refused_has_the_errno_of_the_system(face: Face) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(libami.ConnectError, match="nothing listens") as raised:
            face.connect("127.0.0.1", held.getsockname()[1], **settings())
    assert raised.value.errno == errno.ECONNREFUSED
    # With a text of the system's beside it, Python would show that in place of ours.
    assert str(raised.value).startswith("nothing listens")


@pytest.mark.parametrize(
    ("bounds", "most"), [({"action_queue": 3}, 3), ({"action_queue_bytes": 250}, 5)], ids=["actions", "bytes"]
)
def test_actions_that_wait_to_be_written_are_bounded(
    face: Face, script: Script, bounds: dict[str, int], most: int
) -> None:
    again = libami.Reconnect(min=0.01, max=0.02, wait=True)
    client = face.connect("127.0.0.1", script.port, **settings(keepalive=None, reconnect=again, **bounds))
    script.close()
    face.do(lambda: client.wait_for_state("waiting", WAIT))

    async def at_once() -> list[BaseException | None]:
        calls = [client.action("Ping", deadline=1) for _ in range(20)]
        return [outcome for outcome in await asyncio.gather(*calls, return_exceptions=True) if outcome]

    if face.runner:
        errors = face.do(at_once)
    else:
        with ThreadPoolExecutor(20) as pool:
            calls = [pool.submit(client.action, "Ping", deadline=1) for _ in range(20)]
            errors = [call.exception() for call in calls]
    refused = [error for error in errors if isinstance(error, libami.QueueFull)]
    assert len(errors) == 20
    assert 20 - most <= len(refused) < 20
    assert "action_queue" in str(refused[0])
    face.do(client.close)


@pytest.mark.parametrize("name", ["action_queue", "action_queue_bytes"])
def test_settings_that_let_no_action_through_are_refused(face: Face, gateway: Simulator, name: str) -> None:
    with pytest.raises(libami.InvalidValue, match="at least one action"):
        face.connect("127.0.0.1", gateway.port, **settings(**{name: 0}))


def test_ping_that_is_not_answered_is_a_timeout(face: Face, script: Script) -> None:
    script.on("Ping")
    client = face.connect("127.0.0.1", script.port, **settings(action_timeout=0.2, keepalive=None))
    with pytest.raises(TimeoutError) as raised:
        face.do(client.ping)
    assert isinstance(raised.value, libami.OutcomeUnknown)
    assert isinstance(raised.value, libami.TimeoutError)
    assert (raised.value.code, raised.value.name) == (400, "AMI_E_OUTCOME_UNKNOWN")
    face.do(client.close)


def test_ping_whose_link_is_lost_is_no_timeout(face: Face, script: Script) -> None:
    script.hang_up_on("Ping")
    client = face.connect("127.0.0.1", script.port, **settings(action_timeout=WAIT))
    with pytest.raises(libami.Error) as raised:
        face.do(client.ping)
    assert not isinstance(raised.value, TimeoutError)
    face.do(client.close)


def test_stream_that_is_idle_can_raise(face: Face, gateway: Simulator) -> None:
    client = face_client(face, gateway)
    events = face.do(lambda: client.events("Thing", idle_timeout=0.1))
    for _ in range(2):
        with pytest.raises(TimeoutError, match=r"0\.1 seconds"):
            face.next(events)
        gateway.emit("user", b"Event: Thing\r\n\r\n")
        assert face.next(events).name == "Thing"
    now = face.do(lambda: client.events("Thing", idle_timeout=0))
    with pytest.raises(libami.TimeoutError):
        face.next(now)
    assert face.all(face.do(lambda: client.events("Thing", timeout=0))) == []
    with pytest.raises(libami.InvalidValue, match="one of them"):
        face.do(lambda: client.events("Thing", timeout=1, idle_timeout=1))
    with pytest.raises(libami.InvalidValue):
        face.do(lambda: client.events("Thing", idle_timeout=-1))
    face.do(client.close)


def test_replies_show_their_size_and_not_their_text(face: Face, gateway: Simulator) -> None:
    gateway.set_ussd("*100#", "Balance: 7")
    client = face_gateway(face, gateway)
    reply = face.do(lambda: client.send_ussd(1, "*100#"))
    assert repr(reply) == "<libami.UssdReply of 10 characters, wants no answer>"
    face.do(client.close)


ENDS = """
import collections.abc, sys, libami
class Last:
    def __init__(self, port):
        self.client = libami.connect("127.0.0.1", port, username="admin", secret="x")
        self.event = self.client.action("Ping")
    def __del__(self):
        try:
            self.client.action("Ping", X="a\\r\\nb")
        except Error as error:
            print(type(error) is InvalidValue, isinstance(self.event, Mapping), list(self.event.keys())[0])
            print(self.event == {}, len(self.event.items()) > 0)
Error, InvalidValue, Mapping = libami.Error, libami.InvalidValue, collections.abc.Mapping
last = Last(int(sys.argv[1]))
sys.modules.clear()
del last
"""


def test_errors_are_the_same_classes_once_the_modules_are_gone(script: Script) -> None:
    command = [sys.executable, "-c", ENDS, str(script.port)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=6 * WAIT, check=False)
    assert ended.stdout.split("\n")[:2] == ["True True Response", "False True"], ended.stderr
