"""Sessions that are recorded between a client and a server, and served again."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import captures
import libami
import libami.cli
import libami.gateway
import pytest
from conftest import WAIT, Asterisk, fake_server, run_python
from libami.simulator import Simulator
from libami.testing import Recorder, Recording, RecordingWriter, ReplayServer, ScriptedServer

HEAD = "# libami capture 1\n"
LOGGED_IN = """\
< +0.000
Asterisk Call Manager/11.0.0
> +0.010
Action: Login
Username: recorded
Secret: ***

< +0.020
Response: Success
Message: Authentication accepted

"""


def connect(server: ReplayServer | Recorder | ScriptedServer, **settings: Any) -> libami.Client:
    return libami.connect(**{**server.credentials, "action_timeout": WAIT, **settings})


def replay(text: str, **settings: Any) -> ReplayServer:
    return ReplayServer(Recording.parse(HEAD + LOGGED_IN + text), **settings)


def problem(server: ReplayServer) -> str:
    with pytest.raises(AssertionError) as caught:
        server.check()
    return str(caught.value)


def test_replay_answers_as_recorded(tmp_path: Path) -> None:
    """Recorded of a scripted server, and played to a program that logs in otherwise."""
    path = tmp_path / "a.ami"
    with ScriptedServer(secret="s3cret-of-yours") as server:
        server.on("Originate").respond(Message="queued").emit("Newchannel", Channel="PJSIP/1-1")
        server.on("Status").respond_list(
            [{"Channel": "a"}, {"Channel": "b"}], entry="Status", end="StatusComplete"
        )
        server.on("Command").respond_text("one\ntwo")
        server.on("QueueAdd").refuse("Unable to add interface: No such queue")
        account: dict[str, Any] = {"username": server.username, "secret": server.secret}
        with Recorder(path, server.host, server.port, **account) as recorder, connect(recorder) as client:
            live = program(client)
    assert "s3cret" not in path.read_text()
    several: list[dict[str, Any]] = [{}, {"event_mask": "call"}, {"secret": "another"}]
    for settings in several:
        with ReplayServer(path, assert_all_played=True) as played, connect(played, **settings) as client:
            assert program(client) == live
    # Every connection may have the session with `repeat`, and the first one alone without.
    with ReplayServer(path, repeat=True) as played:
        for _ in range(2):
            with connect(played) as client:
                assert program(client) == live
                assert client.command("core show channels") == "one\ntwo"


def program(client: libami.Client) -> list[object]:
    """A program's findings."""
    events = client.events("Newchannel", timeout=WAIT)
    found: list[object] = [client.action("Originate", Channel="PJSIP/1", Variable={"A": 1})["Message"]]
    found.append(next(events)["Channel"])
    found += [event["Channel"] for event in client.action("Status").events[:2]]
    found.append(client.command("core show channels"))
    with pytest.raises(libami.ActionError, match="No such queue") as caught:
        client.action("QueueAdd", Queue="x", Interface="PJSIP/1")
    return [*found, type(caught.value).__name__]


def test_replay_gives_the_actions_their_own_ids() -> None:
    text = """\
> +1.000
Action: Originate
ActionID: recorded-1
Async: true

< +1.000
Response: Success
ActionID: recorded-1

< +2.000
Event: OriginateResponse
ActionID: recorded-1
Reason: 4

> +3.000
Action: CoreStatus

< +3.000
Response: Success
CoreCurrentCalls: 2

"""
    with replay(text) as server, connect(server) as client:
        assert client.state == "open"
        assert server.username == "recorded"
        events = client.events("OriginateResponse", timeout=WAIT)
        client.action("Originate", ActionID="mine-1", Async="true")
        assert next(events)["ActionID"] == "mine-1"
        # The recorded client gave none, and this one does.
        assert client.action("CoreStatus", ActionID="mine-2")["ActionID"] == "mine-2"


EVENTS = """\
< +1.000
Event: First

> +2.000
Action: CoreStatus
ActionID: 1

< +2.500
Event: Second

> +2.600
Action: Ping
ActionID: 2

< +2.700
Event: Third

< +3.000
Response: Success
ActionID: 1

> +4.000
Action: CoreSettings
ActionID: 3

< +4.000
Event: Fourth

< +4.100
Response: Success
ActionID: 3

"""


def test_replay_keeps_events_in_their_place() -> None:
    with replay(EVENTS) as server:
        client = libami.Client(**server.credentials)
        events = client.events(timeout=WAIT)
        with client:
            client.open()
            assert next(events).name == "First"
            client.action("CoreStatus")
            # Nobody has to send the Ping that stood there.
            assert [next(events).name for _ in range(2)] == ["Second", "Third"]
            client.action("CoreSettings")
            assert next(events).name == "Fourth"
    with replay(EVENTS) as server, connect(server) as client:
        events = client.events("Second", timeout=WAIT)
        for _ in range(2):
            client.ping()
        assert events.counters.received == 0


def test_replay_keeps_the_outcome_of_a_call_in_its_place() -> None:
    """It has the ActionID of the first action, and came behind the second."""
    text = """\
> +1.000
Action: Originate
ActionID: 1

< +1.000
Response: Success
ActionID: 1

> +2.000
Action: CoreStatus
ActionID: 2

< +2.000
Response: Success
ActionID: 2

< +2.000
Event: OriginateResponse
ActionID: 1

"""
    with replay(text) as server, connect(server) as client:
        events = client.events(timeout=WAIT)
        client.action("Originate", ActionID="mine")
        client.ping()
        assert events.counters.received == 0
        client.action("CoreStatus")
        assert next(events)["ActionID"] == "mine"


def test_replay_catches_up_if_an_action_is_left_out() -> None:
    with replay(EVENTS) as server, connect(server) as client:
        events = client.events("Second", "Third", "Fourth", timeout=WAIT)
        client.action("CoreSettings")
        assert [next(events).name for _ in range(3)] == ["Second", "Third", "Fourth"]
    with replay(EVENTS, assert_all_played=True) as server, connect(server) as client:
        client.action("CoreSettings")
        assert problem(server) == (
            "actions of the recording that were not asked:\n  Action: CoreStatus, ActionID: 1"
        )
        client.action("CoreStatus")


def test_replay_keeps_the_pace_if_told() -> None:
    with replay(EVENTS, speed=10) as server, connect(server) as client:
        events = client.events("Second", "Third", timeout=WAIT)
        began = time.monotonic()
        client.action("CoreStatus")
        taken = time.monotonic() - began
        assert taken >= 0.1
        assert [next(events).name for _ in range(2)] == ["Second", "Third"]
    with pytest.raises(ValueError, match="more than 0"):
        replay(EVENTS, speed=0)


def test_replay_says_why_an_action_is_not_in_the_recording() -> None:
    text = """\
> +1.000
Action: Originate
ActionID: 1
Channel: PJSIP/1
Exten: 100

< +1.000
Response: Success
ActionID: 1

"""
    with replay(text) as server, connect(server) as client:
        with pytest.raises(libami.ActionError, match="unknown command"):
            client.action("Originate", Channel="PJSIP/2", Exten=100)
        text = problem(server)
        assert "an action came that is not in the recording:\n\n    Action: Originate\n" in text
        assert "at +1.000: Channel is 'PJSIP/2', and the recording wants 'PJSIP/1'" in text
        with pytest.raises(libami.ActionError):
            client.action("Originate", Channel="PJSIP/1")
        assert "there is no header Exten, and the recording wants '100'" in problem(server)
        with pytest.raises(libami.ActionError):
            client.action("Originate", Channel="PJSIP/1", Exten=100, Priority=1)
        assert "Priority is '1', and the recording wants no such header" in problem(server)
        client.action("Originate", Channel="PJSIP/1", Exten=100)
        with pytest.raises(libami.ActionError):
            client.action("Originate", Channel="PJSIP/1", Exten=100)
        assert "it fits, and was played already" in problem(server)
        with pytest.raises(libami.ActionError):
            client.action("CoreStatus")
        assert "the recording has no CoreStatus" in problem(server)
        with pytest.raises(libami.Error):
            connect(server)
        assert problem(server) == "connection 2 came, and the recording has 1 connections"


def test_replay_takes_a_hidden_value_for_any() -> None:
    text = "> +1.000\nAction: Originate\nVariable: PASSWORD=***\n\n< +1.000\nResponse: Success\n\n"
    with replay(text) as server, connect(server) as client:
        client.action("Originate", Variable="PASSWORD=hunt12")


def test_replay_takes_a_value_that_contains_stars_for_itself() -> None:
    text = """\
> +1.000
Action: Originate
Data: call***now
Variable: A=***
Variable: B=***,PASSWORD=***

< +1.000
Response: Success

> +2.000
Action: Setvar
Variable: SECRET
Value: ***

< +2.000
Response: Success

> +3.000
Action: UserEvent
Text: ***
Text: b

< +3.000
Response: Success

"""
    with replay(text) as server, connect(server) as client:
        for data, a, b in (
            ("something else", "A=***", "B=***,PASSWORD=x"),
            ("call***now", "A=1", "B=***,PASSWORD=x"),
            ("call***now", "A=***", "B=1,PASSWORD=hunt12"),
        ):
            with pytest.raises(libami.ActionError):
                client.action("Originate", Data=data, Variable=[a, b])
            assert "hunt12" not in problem(server)
        client.action("Originate", Data="call***now", Variable=["A=***", "B=***,PASSWORD=x"])
        client.action("Setvar", Variable="SECRET", Value="any")
        with pytest.raises(libami.ActionError):
            client.action("UserEvent", Text=["any", "c"])
        assert "Text is 'any', 'c', and the recording wants '***', 'b'" in problem(server)
        client.action("UserEvent", Text=["any", "b"])


def test_replay_compares_what_repeats_the_secret_of_a_login() -> None:
    text = "> +1.000\nAction: UserEvent\nText: a PJSIP\n\n< +1.000\nResponse: Success\n\n"
    with replay(text) as server, socket.create_connection((server.host, server.port), WAIT) as client:
        client.sendall(b"Action: Login\r\nUsername: a\r\nSecret: PJSIP\r\n\r\n")
        client.sendall(b"Action: UserEvent\r\nText: a PJSIP\r\n\r\nAction: Logoff\r\n\r\n")
        while client.recv(65536):
            pass
        server.check()


def test_replay_ends_where_the_server_did() -> None:
    text = "> +1.000\nAction: CoreStatus\n\n< +1.000\nResponse: Succ\\\n< +1.000 end\n"
    with replay(text) as server, connect(server) as client:
        events = client.events()
        with pytest.raises(libami.OutcomeUnknown):
            client.action("CoreStatus")
        with pytest.raises(libami.ConnectError):
            next(events)


def frames(data: bytes) -> list[bytes]:
    """Messages, in an order of their own."""
    return sorted(data.replace(b"\n", b"").split(b"\r\r"))


@pytest.mark.parametrize("folder", ["asterisk-1.8", "asterisk-13", "asterisk-16", "asterisk-22"])
def test_replay_of_captures_says_every_byte(folder: str) -> None:
    """A client that sends what was sent gets what came, with the answers behind their actions."""
    for session in captures.sessions():
        if session.parent.name != folder:
            continue
        said = captures.sides(session)
        with ReplayServer(captures.recording(session)) as server:
            with socket.create_connection((server.host, server.port), WAIT) as connection:
                connection.sendall(said["client"])
                heard = b""
                while len(heard) < len(said["server"]) and (data := connection.recv(65536)):
                    heard += data
            assert frames(heard) == frames(said["server"]), session
            assert server.unexpected() == []


@pytest.mark.parametrize("folder", ["dongle-2019", "dongle-bg", "dongle-head", "quectel"])
def test_replay_of_driver_captures_says_every_byte(folder: str) -> None:
    sessions = [session for session in captures.sessions() if session.parent.name == folder]
    for session in sessions[::8]:
        said = captures.sides(session)
        with ReplayServer(captures.recording(session)) as server:
            with socket.create_connection((server.host, server.port), WAIT) as connection:
                connection.sendall(said["client"])
                heard = b""
                while len(heard) < len(said["server"]) and (data := connection.recv(65536)):
                    heard += data
            assert frames(heard) == frames(said["server"]), session


@pytest.mark.parametrize("folder", ["asterisk-1.8", "asterisk-13", "asterisk-16", "asterisk-22", "quectel"])
def test_replay_of_captures_without_people_says_every_byte(folder: str, tmp_path: Path) -> None:
    """Numbers and texts are replaced on both sides alike, so the answers still find their actions."""
    sessions = [session for session in captures.sessions() if session.parent.name == folder]
    for session in sessions[:: 8 if folder == "quectel" else 1]:
        path = tmp_path / "a.ami"
        with RecordingWriter(path, scrub=True, overwrite=True) as writer:
            for block in captures.recording(session).blocks:
                writer.add(block.speaker, block.data)
        recording = Recording.read(path)
        expected = recording.side("server")
        with ReplayServer(path) as server:
            with socket.create_connection((server.host, server.port), WAIT) as connection:
                connection.sendall(recording.side("client"))
                heard = b""
                while len(heard) < len(expected) and (data := connection.recv(65536)):
                    heard += data
            assert frames(heard) == frames(expected), session
            assert server.unexpected() == []


def outcome(client: libami.Client, name: str, pairs: list[tuple[str, str]]) -> libami.Response | None:
    """The answer, be it a refusal; None if there is none."""
    try:
        return client.action(name, pairs)
    except libami.ActionError as error:
        return error.response
    except libami.OutcomeUnknown:
        return None


@pytest.mark.parametrize("version", ["1.8", "13", "16", "22"])
def test_replay_of_captures_serves_a_client(version: str) -> None:
    """Each action of the manual, asked by libami, gets the answer that the real server gave."""
    session = captures.CAPTURES / f"asterisk-{version}" / "seed-actions"
    recording = captures.recording(session)
    answers = {
        captures.identity(block.data): block.data
        for block in reversed(recording.blocks)
        if block.speaker == "server" and block.data.startswith(b"Response:")
    }
    played = 0
    with ReplayServer(recording) as server, connect(server, action_timeout=0.5) as client:
        for block in recording.blocks:
            lines = block.data.decode().split("\r\n")
            name = lines[0].removeprefix("Action: ")
            identity = captures.identity(block.data)
            if block.speaker != "client" or identity is None or name in ("Logoff", "Events", "Login"):
                continue
            headers = [tuple(line.split(": ", 1)) for line in lines[1:] if line]
            pairs = [(name, value) for name, value in headers if name != "ActionID"]
            answer = answers.get(identity, b"").decode("utf-8", "surrogateescape")
            response = outcome(client, name, pairs)
            if response is None:
                continue
            # 1.8 leaves some ActionIDs out, so those answers are not found here.
            assert not answer or answer.startswith(f"Response: {response['Response']}"), block
            played += bool(answer)
        assert server.unexpected() == []
    assert played > 40


@contextmanager
def recorded(tmp_path: Path, port: int, **settings: Any) -> Iterator[Recorder]:
    with Recorder(tmp_path / "a.ami", "127.0.0.1", port, **settings) as recorder:
        yield recorder


def test_recorder_writes_down_both_sides_in_order(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        server.on("Originate").respond(Message="queued")
        with recorded(tmp_path, server.port, username="admin", secret="amp111") as recorder:
            with connect(recorder) as client:
                client.action("Originate", Channel="PJSIP/1")
            with connect(recorder) as client:
                server.drop_link()
                client.wait_for_state("closed", WAIT)
    recording = Recording.read(tmp_path / "a.ami")
    assert recording.connections == [1, 2]
    told = [(block.speaker, block.data.split(b"\r\n")[0].decode(), block.is_end) for block in recording.of(1)]
    assert told == [
        ("server", "Asterisk Call Manager/11.0.0", False),
        ("client", "Action: Challenge", False),
        ("server", "Response: Success", False),
        ("client", "Action: Login", False),
        ("server", "Response: Success", False),
        ("client", "Action: Originate", False),
        ("server", "Response: Success", False),
        ("client", "Action: Logoff", False),
        ("server", "Response: Goodbye", False),
        (told[-1][0], "", True),
    ]
    last = recording.of(2)[-1]
    assert (last.speaker, last.is_end) == ("server", True)
    assert b"Key: ***" in recording.side("client")


def test_recorder_passes_on_what_is_large_and_what_is_odd(tmp_path: Path) -> None:
    """Megabytes both ways at once, and bytes that are no messages."""
    sent = os.urandom(200_000) + b"Event: A\r\nText: \xc3\xbc\r\n\r\n" * 20_000

    def echo(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            connection.sendall(data)

    with (
        fake_server(echo) as port,
        recorded(tmp_path, port) as recorder,
        socket.create_connection((recorder.host, recorder.port), WAIT) as client,
    ):
        sender = threading.Thread(target=client.sendall, args=(sent,))
        sender.start()
        heard = bytearray()
        while len(heard) < len(sent):
            heard += client.recv(65536)
        sender.join(WAIT)
        assert heard == sent
    recording = Recording.read(tmp_path / "a.ami")
    assert recording.side("client") == recording.side("server") == sent


def test_recorder_waits_for_a_client_that_does_not_read(tmp_path: Path) -> None:
    """What it holds for a client is bounded: the server has to wait."""
    line, sent = b"x" * 65534 + b"\r\n", 0
    is_full = threading.Event()

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.settimeout(0.3)
        try:
            while sent < 100_000_000:
                sent += connection.send(line)
        except TimeoutError:
            is_full.set()

    with (
        fake_server(flood) as port,
        recorded(tmp_path, port) as recorder,
        socket.create_connection((recorder.host, recorder.port), WAIT),
    ):
        assert is_full.wait(WAIT), f"{sent} bytes were taken"


def test_recorder_speaks_tls_to_the_server(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=certificate[0])
    with ScriptedServer(tls=context) as server:
        server.on("CoreStatus").respond(Message="x" * 200_000)
        account = {"username": server.username, "secret": server.secret}
        with (
            recorded(tmp_path, server.port, tls=trusting, **account) as recorder,
            connect(recorder) as client,
        ):
            assert len(client.action("CoreStatus")["Message"]) == 200_000
        errors: list[OSError] = []
        strict: dict[str, Any] = {"tls": True, "overwrite": True, "on_error": errors.append, **account}
        with recorded(tmp_path, server.port, **strict) as recorder, pytest.raises(libami.Error):
            connect(recorder)
        assert "certificate verify failed" in str(errors[0])


def test_recorder_sends_no_secret_in_the_clear_to_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client thinks it speaks to loopback, and gives its secret to a server that knows no challenge."""
    from libami.testing import recorder as module

    class Elsewhere:
        is_loopback = False

    monkeypatch.setattr(module, "ip_address", lambda _: Elsewhere())
    with ScriptedServer(secret="hunt12") as server:
        server.on("Challenge").refuse("Must specify AuthType").optional()
        errors: list[OSError] = []
        more: dict[str, Any] = {"username": "admin", "secret": "hunt12", "on_error": errors.append}
        with recorded(tmp_path, server.port, **more) as recorder, pytest.raises(libami.Error):
            connect(recorder)
        assert "in the clear" in str(errors[0])
        assert server.calls.count("Login") == 0
        more |= {"overwrite": True, "allow_plain_login": True}
        with recorded(tmp_path, server.port, **more) as recorder:
            connect(recorder).close()
        assert server.calls.last("Login")["Secret"] == "hunt12"
        assert "hunt12" not in (tmp_path / "a.ami").read_text()


def test_recorder_tells_that_there_is_no_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    errors: list[OSError] = []
    with recorded(tmp_path, port, on_error=errors.append) as recorder, pytest.raises(libami.Error):
        libami.connect("127.0.0.1", recorder.port, username="a", secret="b")
    assert isinstance(errors[0], ConnectionRefusedError)
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "a.ami", "127.0.0.1", port)


def test_recorder_and_replay_of_a_gateway(tmp_path: Path) -> None:
    """An SMS through several sessions at once, and the same program again without the gateway."""

    def send(credentials: dict[str, Any]) -> str:
        with libami.gateway.connect(**credentials, dialect="openvox", port_rest=0) as gateway:
            return gateway.send("13632919026", "hello", port=1).outcome

    with Simulator() as simulator:
        account = {"username": "admin", "secret": "amp111"}
        with recorded(tmp_path, simulator.port, **account) as recorder:
            outcome = send(dict(recorder.credentials))
        assert [sms.text for sms in simulator.sent] == ["hello"]
    with ReplayServer(tmp_path / "a.ami") as server:
        assert send(dict(server.credentials)) == outcome


def test_recorder_and_replay_of_a_real_server(tmp_path: Path, asterisk: Asterisk) -> None:
    import configuration

    def ask(credentials: dict[str, Any]) -> list[Any]:
        with libami.connect(**credentials) as client:
            events = client.events("UserEvent", timeout=WAIT)
            client.action("UserEvent", UserEvent="Recorded", Text="ünï")
            found: list[Any] = [next(events)["Text"], client.action("CoreSettings")["AsteriskVersion"]]
            found += [client.command("core show version"), len(client.action("ListCommands").keys())]
            return [*found, [event.name for event in client.action("CoreShowChannels").events][-1:]]

    username, secret = configuration.ADMIN
    with Recorder(
        tmp_path / "a.ami", asterisk.host, asterisk.port, username=username, secret=secret
    ) as recorder:
        live = ask(dict(recorder.credentials))
    with ReplayServer(tmp_path / "a.ami", assert_all_played=True) as server:
        assert ask(dict(server.credentials)) == live
    assert secret not in (tmp_path / "a.ami").read_text()


def test_servers_need_ssl_for_tls_alone() -> None:
    code = """
import sys
sys.modules["ssl"] = sys.modules["_ssl"] = None
import libami, tempfile
from libami.testing import Recorder, ReplayServer, ScriptedServer
with tempfile.TemporaryDirectory() as folder:
    with ScriptedServer() as server:
        account = {"username": server.username, "secret": server.secret}
        with Recorder(folder + "/a.ami", server.host, server.port, **account) as recorder:
            libami.connect(**recorder.credentials).close()
    with ReplayServer(folder + "/a.ami") as server:
        libami.connect(**server.credentials).close()
"""
    ran = run_python(code)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example", "\udcff", "a\0b", ""])
def test_recorder_refuses_what_can_be_no_host(tmp_path: Path, host: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        Recorder(tmp_path / "a.ami", host)
    assert not (tmp_path / "a.ami").exists()


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_recorder_refuses_what_can_be_no_port(tmp_path: Path, port: int) -> None:
    with pytest.raises(ValueError, match=f"there is no port {port}"):
        Recorder(tmp_path / "a.ami", "127.0.0.1", port)
    assert not (tmp_path / "a.ami").exists()


@contextmanager
def command(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A command that runs until SIGINT, and its port."""
    program = [sys.executable, "-W", "error", "-m", "libami", *map(str, arguments)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline().rpartition(":")[2])
            process.send_signal(signal.SIGINT)
            process.wait(WAIT)
        finally:
            process.kill()


def test_record_and_replay_from_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.ami"
    with ScriptedServer() as server:
        server.on("CoreStatus").respond(Calls=3)
        account: dict[str, Any] = {"username": "admin", "secret": "amp111"}
        recording = command("record", path, f"127.0.0.1:{server.port}", "--scrub")
        with recording as (process, port), libami.connect("127.0.0.1", port, **account) as client:
            client.action("CoreStatus")
        assert process.returncode == 0
    with command("replay", path, "--port", 0) as (process, port):
        for _ in range(2):
            with libami.connect("127.0.0.1", port, username="any", secret="thing") as client:
                assert client.action("CoreStatus")["Calls"] == "3"
                with pytest.raises(libami.ActionError):
                    client.action("CoreReload")
        client = libami.connect("127.0.0.1", port, username="any", secret="thing")
        with client, pytest.raises(libami.ActionError):
            client.action("CoreReload", {"Module": "x\x1b]0;x\x9b2J"})
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        assert "the recording has no CoreReload" in said
        assert "Module: x\\x1b]0;x\\x9b2J" in said
        assert "\x1b" not in said
        assert "\x9b" not in said
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["record", "a.ami"], 2, "no server: name it behind the file, or in LIBAMI_HOST"),
        (["record", "a.ami", "h:x"], 2, "'h:x' is no HOST or HOST:PORT"),
        (["record", "a.ami", "h:0"], 2, "there is no port 0"),
        (["record", "a.ami", "h:99999"], 2, "there is no port 99999"),
        (["record", "a.ami", "a..b"], 2, "'a..b' is no host"),
        (["replay", "behind.ami"], 2, "connection 1 has ended before its block at +1.000"),
        (["replay", "long.ami"], 2, "long.ami, line 2: a block begins like"),
        (["record", "exists.ami", "h"], 2, "exists.ami exists: --force overwrites it"),
        (["record", "/nowhere/a.ami", "h"], 1, "libami: /nowhere/a.ami: No such file"),
        (["replay", "none.ami"], 1, "libami: none.ami: No such file"),
        (["replay", "exists.ami"], 2, "exists.ami, line 1: this is no recording"),
    ],
)
def test_record_and_replay_say_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIBAMI_HOST", raising=False)
    Path("exists.ami").write_text("not this")
    Path("behind.ami").write_text("# libami capture 1\n< +0 end\n< +1\nEvent: A\n\n")
    Path("long.ami").write_text(f"# libami capture 1\n< +0 {'9' * 5000}\n")
    assert libami.cli.main(arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
