"""The scripted server of `libami.testing`, asked by libami and by bare sockets."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libami
import pytest
from conftest import WAIT
from libami.testing import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


def connect(server: ScriptedServer, **settings: Any) -> libami.Client:
    return libami.connect(**{**server.credentials, "action_timeout": WAIT, **settings})


def problem(server: ScriptedServer) -> str:
    """The text by which the test would fail."""
    with pytest.raises(AssertionError) as caught:
        server.check()
    return str(caught.value)


class Bare:
    """A client that is a socket."""

    def __init__(self, server: ScriptedServer) -> None:
        self.socket = socket.create_connection((server.host, server.port), WAIT)
        self.lines = self.socket.makefile("rb")

    def __enter__(self) -> Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self.lines.close()
        self.socket.close()

    def say(self, *headers: str) -> None:
        self.socket.sendall("".join(f"{line}\r\n" for line in (*headers, "")).encode())

    def hear(self) -> list[str]:
        """The lines up to an empty one or the end."""
        heard = []
        while line := self.lines.readline().decode():
            if line == "\r\n":
                break
            heard.append(line.removesuffix("\r\n"))
        return heard

    def login(self, server: ScriptedServer) -> None:
        assert self.lines.readline().startswith(b"Asterisk Call Manager/")
        self.say("Action: Login", f"Username: {server.username}", f"Secret: {server.secret}")
        assert self.hear()[0] == "Response: Success"


def test_rules_answer_the_actions_that_fit(server: ScriptedServer) -> None:
    server.on("Originate", Channel="PJSIP/*").respond(Message="on its way")
    server.on("originate", Channel=re.compile("SIP/[0-9]+")).refuse("No such peer")
    server.on("Originate", Channel=lambda channel: channel.startswith("Local/")).respond(Queue="a")
    with connect(server) as client:
        assert client.action("Originate", Channel="PJSIP/100")["Message"] == "on its way"
        with pytest.raises(libami.ActionError, match="No such peer"):
            client.action("Originate", Channel="SIP/200")
        assert client.action("Originate", Channel="Local/1@x")["Queue"] == "a"
    assert [call["Channel"] for call in server.calls.all("Originate")] == [
        "PJSIP/100",
        "SIP/200",
        "Local/1@x",
    ]


@pytest.mark.parametrize(
    ("pattern", "given", "reason"),
    [
        ("100", "1000", "Exten is '1000', and the rule wants '100'"),
        ("1*0", "101", "Exten is '101', and the rule wants '1*0'"),
        (100, 101, "Exten is '101', and the rule wants '100'"),
        (True, False, "Exten is 'false', and the rule wants 'true'"),
        (re.compile("[0-9]+"), "12a", "Exten is '12a', and the rule wants a match of '[0-9]+'"),
        (str.isdigit, "12a", "Exten is '12a', and the rule wants a value that str.isdigit accepts"),
        (None, "1", "Exten is '1', and the rule wants no such header"),
        (["1", "2"], ["1", "3"], "Exten is '1', '3', and the rule wants '1', '2'"),
        ("1", None, "there is no header Exten, and the rule wants '1'"),
        ("3", ["1", "2"], "Exten is '1' and '2', and the rule wants '3'"),
    ],
)
def test_rules_say_why_they_do_not_fit(server: ScriptedServer, pattern: Any, given: Any, reason: str) -> None:
    server.on("Originate", Exten=pattern).optional()
    with connect(server) as client, pytest.raises(libami.ActionError, match="unknown command"):
        client.action("Originate", {} if given is None else {"Exten": given})
    text = problem(server)
    assert "at test_scripted_server.py:" in text
    assert reason in text


@pytest.mark.parametrize(
    ("pattern", "given"),
    [("*", ""), ("*97", "*97"), ("a.c", "a.c"), (["1", 2], ["1", "2"]), ("2", ["1", "2"]), (None, None)],
)
def test_rules_take_what_fits(server: ScriptedServer, pattern: Any, given: Any) -> None:
    server.on("Originate", exten=pattern)
    with connect(server) as client:
        client.action("Originate", {} if given is None else {"Exten": given})


def test_rules_are_used_in_order_and_as_often_as_they_say(server: ScriptedServer) -> None:
    server.on("CoreSettings").respond(Turn=1).times(1)
    second = server.on("CoreSettings").respond(Turn=2).times(2)
    with connect(server) as client:
        turns = [client.action("CoreSettings")["Turn"] for _ in range(3)]
        assert (turns, second.call_count) == (["1", "2", "2"], 2)
        with pytest.raises(libami.ActionError):
            client.action("CoreSettings")
    text = problem(server)
    assert "it fits, and has been used once, as often as times(1) allows" in text
    assert "has been used 2 times, as often as times(2) allows" in text


def test_rules_that_are_not_used_fail_the_test(server: ScriptedServer) -> None:
    server.on("Originate", Channel="PJSIP/*")
    server.on("QueueAdd").times(2)
    server.on("QueueRemove").optional()
    with connect(server) as client:
        client.action("QueueAdd")
    text = problem(server)
    assert re.search(r"on\('Originate', Channel='PJSIP/\*'\) at \S+:[0-9]+ was used never", text)
    assert "was used once and not 2 times" in text
    assert "QueueRemove" not in text
    server.on("Originate")
    with connect(server) as client:
        client.action("QueueAdd")
        client.action("Originate", Channel="PJSIP/1")
        client.action("Originate")
    server.check()


def test_rules_for_another_action_are_named(server: ScriptedServer) -> None:
    server.on("Originate").optional()
    with connect(server) as client, pytest.raises(libami.ActionError):
        client.action("Orignate")
    text = problem(server)
    assert "no rule is for Orignate: make one with on('Orignate')" in text
    assert "is Originate meant?" in text
    # It was said, and the rest of the test is judged by itself.
    server.check()


def test_rules_show_no_secret(server: ScriptedServer) -> None:
    server.on("Login", Secret="other").optional()
    with Bare(server) as bare:
        bare.lines.readline()
        bare.say("Action: Login", "Username: admin", "Secret: hunter2")
        assert bare.hear()[0] == "Response: Error"
        assert "hunter2" not in server.said
    assert "Secret: ***" in server.said


def test_rules_with_two_answers_are_refused(server: ScriptedServer) -> None:
    rule = server.on("Ping").respond().optional()
    with pytest.raises(ValueError, match="make another rule"):
        rule.respond()
    with pytest.raises(ValueError, match="not one line"):
        server.on("Status").optional().respond(Message="a\r\nEvent: Forged")
    with pytest.raises(ValueError, match="at least"):
        rule.times(0)


def test_lists_are_whole_in_each_version() -> None:
    entries = [{"Channel": "PJSIP/1-1"}, {"Channel": "PJSIP/2-1"}]
    for version in ("1.8", "13", "16", "22"):
        with ScriptedServer(asterisk=version) as server:
            server.on("Status").respond_list(entries, entry="Status", end="StatusComplete", Chan="so")
            server.on("Command", Command="core show *").respond_text("first\n\nthird")
            with connect(server) as client:
                answer = client.action("Status")
                assert [event["Channel"] for event in answer.events[:2]] == ["PJSIP/1-1", "PJSIP/2-1"]
                assert answer["Chan"] == "so"
                assert client.command("core show channels") == "first\n\nthird"


def test_answers_are_made_by_functions(server: ScriptedServer) -> None:
    server.on("MailboxCount").run(lambda call: {"Response": "Success", "Val": call["Family"] * 2})
    server.on("DBPut").run(lambda call: b"Response: Success\r\nActionID: {ActionID}\r\nRaw: 1\r\n\r\n")
    server.on("DBDel").run(lambda call: {"Response": call["Nothing"]})
    with connect(server, action_timeout=0.2) as client:
        assert client.action("MailboxCount", Family="ab")["Val"] == "abab"
        assert client.action("DBPut")["Raw"] == "1"
        with pytest.raises(libami.OutcomeUnknown):
            client.action("DBDel")
    text = problem(server)
    assert "the function of on('DBDel')" in text
    assert "the action DBDel has no header Nothing; it has Action, ActionID" in text


@pytest.mark.parametrize(
    "outcome", [SystemExit, KeyboardInterrupt, pytest.fail.Exception, pytest.skip.Exception]
)
def test_functions_may_raise_anything(server: ScriptedServer, outcome: type[BaseException]) -> None:
    def raises(_: object) -> None:
        raise outcome("on purpose")

    server.on("DBDel").run(raises)
    server.on("CoreStatus")
    with connect(server, action_timeout=0.2) as client:
        with pytest.raises(libami.OutcomeUnknown):
            client.action("DBDel")
        client.action("CoreStatus")
    text = problem(server)
    assert "the function of on('DBDel')" in text
    assert "Traceback" in text
    assert "on purpose" in text


def test_patterns_that_raise_fail_the_test(server: ScriptedServer) -> None:
    """The connection lives on, and the next rule has its turn."""

    def is_three(value: str) -> bool:
        assert value == "3"
        return True

    server.on("DBPut", Val=lambda value: int(value) > 3).optional()
    server.on("DBPut", Val=is_three).optional()
    server.on("DBPut", Val="x").respond(Turn="last")
    with connect(server, action_timeout=WAIT) as client:
        assert client.action("DBPut", Val="x")["Turn"] == "last"
        text = problem(server)
        assert "a function of on('DBPut', Val=a value that " in text
        assert "ValueError: invalid literal" in text
        assert 'assert value == "3"' in text
        with pytest.raises(libami.ActionError):
            client.action("DBPut", Val="y")
    assert "its function raised ValueError" in problem(server)


def test_threads_that_raise_fail_the_test(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a server does by itself should raise; if it does, it is said."""

    def raises(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(server, "talk", raises)
    with pytest.raises(libami.Error):
        connect(server)
    assert "RuntimeError: on purpose" in problem(server)


def test_action_ids_may_be_no_text(server: ScriptedServer) -> None:
    server.on("CoreStatus").send(b"Response: Success\r\nActionID: {ActionID}\r\n\r\n")
    with Bare(server) as bare:
        bare.login(server)
        bare.socket.sendall(b"Action: CoreStatus\r\nActionID: \xff\r\n\r\n")
        assert bare.lines.readline() == b"Response: Success\r\n"
        assert bare.lines.readline() == b"ActionID: \xff\r\n"


def test_events_reach_every_session_that_wants_them(server: ScriptedServer) -> None:
    with pytest.raises(AssertionError, match="wait_for_login"):
        server.emit("Hangup")
    server.on("Originate").respond().emit("Newchannel", Channel="PJSIP/1-1")
    with connect(server) as client, connect(server) as other, connect(server, event_mask="off") as deaf:
        streams = [one.events(timeout=WAIT) for one in (client, other, deaf)]
        server.wait_for_login(3)
        server.emit("Hangup", {"X-Header": "1"}, Channel="PJSIP/1-1", Cause=16)
        client.action("Originate")
        for stream in streams[:2]:
            hangup = next(stream)
            assert (hangup.name, hangup["Cause"], hangup["X-Header"]) == ("Hangup", "16", "1")
            assert next(stream).name == "Newchannel"
        deaf.ping()
        assert streams[2].counters.received == 0


def test_outcome_of_a_call_has_the_action_id_of_its_rule(server: ScriptedServer) -> None:
    outcome: dict[str, Any] = {
        "Response": "Success",
        "Reason": 4,
        "Channel": "PJSIP/100-1",
        "Uniqueid": "1.1",
    }
    server.on("Originate", Channel="PJSIP/100").respond().emit("OriginateResponse", outcome)
    server.on("originate", Channel="PJSIP/200").respond().emit(
        "originateresponse", Response="Failure", Reason=5
    )
    foreign: dict[str, Any] = {"ActionID": "of-somebody-else", "Response": "Failure", "Reason": 0}
    server.on("Originate", Channel="PJSIP/300").respond().emit("OriginateResponse", foreign)
    server.on("Originate", Channel="PJSIP/400").respond().emit(
        "OriginateResponse", ActionID=None, Response="Failure"
    )
    with connect(server) as client:
        call = client.originate("PJSIP/100", context="default", exten="200")
        assert (call.answered, call.channel, call.uniqueid) == (True, "PJSIP/100-1", "1.1")
        assert client.originate("PJSIP/200", application="Echo").reason == "busy"
        with client.events("OriginateResponse", timeout=WAIT) as events:
            for channel, identity in (("PJSIP/300", "of-somebody-else"), ("PJSIP/400", None)):
                client.originate(channel, application="Echo", wait=False)
                assert next(events).get("ActionID") == identity


def test_versions_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^there is no asterisk='12x'; it is one of 1\.8, 13, 16, 22$"):
        ScriptedServer(asterisk="12x")  # type: ignore[arg-type]


def test_calls_are_waited_for(server: ScriptedServer) -> None:
    server.on("CoreStatus")
    with pytest.raises(AssertionError, match="no CoreStatus came; no action came at all"):
        server.calls.last("CoreStatus")
    with pytest.raises(AssertionError, match=r"0 of 1 sessions are logged in after 0\.01 seconds"):
        server.wait_for_login(timeout=0.01)
    with connect(server) as client:
        thread = threading.Thread(target=client.action, args=("CoreStatus",), kwargs={"Variable": ["a", "b"]})
        thread.start()
        call = server.calls.wait_for("corestatus")
        thread.join(WAIT)
        assert call.get_all("variable") == ["a", "b"]
        assert "Variable" in call
        assert call.get("Exten", "none") == "none"
        with pytest.raises(
            AssertionError, match=r"1 of 2 CoreStatus came within 0\.01 seconds; these came: C"
        ):
            server.calls.wait_for("CoreStatus", 2, timeout=0.01)


def test_logins_are_checked_and_refused_as_told(server: ScriptedServer) -> None:
    with pytest.raises(libami.AuthError):
        connect(server, secret="wrong")
    with pytest.raises(libami.AuthError):
        connect(server, username="nobody")
    server.refuse_logins("Login Already In Use", times=1)
    with pytest.raises(libami.ConnectError, match="Login Already In Use"):
        connect(server)
    connect(server).close()
    server.refuse_logins()
    for _ in range(2):
        with pytest.raises(libami.AuthError):
            connect(server)
    server.accept_logins()
    connect(server).close()
    with Bare(server) as bare:
        bare.lines.readline()
        bare.say("Action: CoreStatus")
        assert bare.hear() == ["Response: Error", "Message: Permission denied"]
    assert problem(server) == "the action CoreStatus came before a login"


def test_faults_of_a_rule(server: ScriptedServer) -> None:
    """Silence, a wrong ActionID, rubbish, a cut, a reset, a delay: each as the client sees it."""
    server.on("A").silence()
    server.on("B").respond(ActionID="other")
    server.on("C").send(b"\x00\xff rubbish\r\n\r\nResponse: Success\r\nActionID: {ActionID}\r\n\r\n")
    server.on("D").respond(Message="never seen").cut_after(20)
    server.on("E").hang_up(abort=True)
    server.on("F").delay(0.05).respond()
    with connect(server, action_timeout=0.3) as client:
        for name in "AB":
            with pytest.raises(libami.OutcomeUnknown):
                client.action(name)
    with connect(server) as client:
        client.action("C")
        began = time.monotonic()
        client.action("F")
        assert time.monotonic() - began >= 0.05
    for name in "DE":
        with connect(server) as client, pytest.raises(libami.OutcomeUnknown):
            client.action(name)
    with Bare(server) as bare:
        bare.login(server)
        bare.say("Action: D", "ActionID: 7")
        assert bare.lines.read() == b"Response: Success\r\nA"
    with Bare(server) as bare:
        bare.login(server)
        bare.say("Action: E")
        with pytest.raises(ConnectionResetError):
            bare.lines.read()


def test_faults_of_the_link_are_survived(server: ScriptedServer) -> None:
    """A client that connects again sees each as a gap."""
    again = libami.Reconnect(min=0.01, max=0.02)
    with connect(server, reconnect=again) as client:
        stream = client.events("#gap", "Hangup", timeout=WAIT)

        def expect_a_gap(connections: int) -> None:
            assert next(stream).name == "#gap"
            server.wait_for_login()
            assert server.connections == connections
            server.emit("Hangup")
            assert next(stream).name == "Hangup"

        server.drop_link()
        expect_a_gap(2)
        server.drop_link(abort=True)
        expect_a_gap(3)
        server.cut_after(10)
        server.emit("Hangup", Channel="never seen whole")
        expect_a_gap(4)
        server.refuse_connections()
        server.drop_link()
        client.wait_for_state("waiting", WAIT)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((server.host, server.port), WAIT)
        server.accept_connections()
        expect_a_gap(5)


def test_faults_of_a_server_that_hangs_end(server: ScriptedServer) -> None:
    server.on("CoreStatus").respond(Turn=1)
    with connect(server) as client:
        stream = client.events(timeout=WAIT)
        server.hang()
        server.emit("Hangup")
        with pytest.raises(libami.OutcomeUnknown):
            client.action("CoreStatus", deadline=0.1)
        with pytest.raises(libami.TimeoutError):
            connect(server, connect_timeout=0.1)
        server.resume()
        assert next(stream).name == "Hangup"
        server.slow(0.1)
        began = time.monotonic()
        client.action("CoreStatus")
        assert time.monotonic() - began >= 0.1
        server.slow(0)


def test_faults_are_cut_at_the_byte(server: ScriptedServer) -> None:
    whole = b"Event: Hangup\r\n\r\n"
    for count in (1, 5, len(whole) - 1, len(whole)):
        with Bare(server) as bare:
            bare.login(server)
            server.cut_after(count)
            server.emit("Hangup")
            assert bare.lines.read() == whole[:count]
    # Nobody is there: it is for the next one, and for no other.
    deadline = time.monotonic() + WAIT
    while server.sessions:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    server.cut_after(10)
    with Bare(server) as bare:
        assert bare.lines.read() == b"Asterisk C"
    with Bare(server) as bare:
        bare.login(server)
    with pytest.raises(ValueError, match="negative"):
        server.cut_after(-1)


def test_tls_is_spoken_if_there_is_a_certificate(certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with ScriptedServer(tls=context) as server:
        server.on("CoreStatus").respond(Message="x" * 300_000)
        with connect(server, tls=libami.TLS(ca_file=certificate[0])) as client:
            stream = client.events(timeout=WAIT)
            assert len(client.action("CoreStatus")["Message"]) == 300_000
            for number in range(1000):
                server.emit("Hangup", Number=number)
            assert [next(stream)["Number"] for _ in range(1000)] == list(map(str, range(1000)))
        with pytest.raises(libami.Error):
            connect(server, connect_timeout=0.2)


def test_servers_may_be_closed_by_a_rule(server: ScriptedServer) -> None:
    server.on("CoreStatus").run(lambda _: server.close())
    with connect(server) as client, pytest.raises(libami.OutcomeUnknown):
        client.action("CoreStatus")


def test_servers_end_with_clients_that_do_not_read(server: ScriptedServer) -> None:
    with Bare(server) as bare:
        bare.login(server)
        began = time.monotonic()
        server.close()
        assert bare.lines.read() == b""
        assert time.monotonic() - began < WAIT / 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), WAIT)
    assert [thread for thread in threading.enumerate() if thread.name == "libami-testing"] == []
