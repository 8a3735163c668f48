"""Each command, with simulated gateways and scripted servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from commands import Commands, simulated
from conftest import WAIT
from libami.simulator import Simulator
from scripted import Script


@contextmanager
def meanwhile(gateway: Simulator, *happenings: tuple[int, str, str]) -> Iterator[None]:
    """Deliver SMS again and again, as nobody tells when the command listens."""
    is_over = threading.Event()

    def deliver() -> None:
        while not is_over.wait(0.02):
            for span, sender, text in happenings:
                gateway.deliver_sms(span, sender, text)

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_ping_shows_each_answer_and_statistics(cli: Commands) -> None:
    with simulated(cli):
        ran = cli("ping", "-n", 3, "-i", 0.001)
        assert ran.code == 0
        lines = ran.out.splitlines()
        assert [line.partition(":")[0] for line in lines] == ["answer 1", "answer 2", "answer 3", "3 answers"]
        assert "Asterisk" not in ran.out
        found = cli("ping", "-n", 2, "-i", 0.001, "--json").documents
        assert [each.get("number") for each in found] == [1, 2, None]
        assert found[2]["answers"] == 2
        assert found[2]["shortest"] <= found[2]["median"] <= found[2]["longest"]


def test_action_shows_its_whole_answer(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on(
        "QueueStatus",
        "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n",
        "Event: QueueParams\r\nActionID: {id}\r\nQueue: support\r\n\r\n",
        "Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n",
    )
    ran = cli("action", "QueueStatus", "Queue=support", "Member=a=b")
    assert ran.out.count("\n\n") == 2
    assert "Queue: support\n" in ran.out
    assert "ListItems: 1\n" in ran.out
    assert ("Member", "a=b") in script.last("QueueStatus")
    found = cli("action", "QueueStatus", "--json").documents[0]
    assert found["events"][0]["name"] == "QueueParams"
    assert ["Queue", "support"] in found["events"][0]["headers"]
    assert found["end_event"]["name"] == "QueueStatusComplete"
    assert ["ListItems", "1"] in found["end_event"]["headers"]


def test_action_has_a_text_of_its_own(cli: Commands) -> None:
    with simulated(cli, asterisk="22"):
        ran = cli("action", "Command", "Command=gsm show spans")
        assert "\n\nGSM span 1: " in ran.out
        assert (
            cli("action", "Command", "Command=gsm show spans", "--json")
            .documents[0]["output"]
            .startswith("GSM")
        )


def test_command_writes_the_text_as_it_is(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    text = "Channel   x\r\nOutput: \ta  b\x1b[0m \r\n"
    script.on("Command", f"Response: Success\r\nActionID: {{id}}\r\nOutput: {text}\r\n")
    ran = cli("command", "core", "show", "channels")
    assert ran.out == "Channel   x\n\ta  b\x1b[0m \n"
    assert ("Command", "core show channels") in script.last("Command")
    assert cli("command", "core show channels", "--json").documents == [{"output": ran.out[:-1]}]


def test_command_that_is_refused_shows_what_the_cli_says(cli: Commands) -> None:
    with simulated(cli):
        ran = cli("command", "nope")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("libami: No such command 'nope'")


def test_events_are_filtered_and_counted(cli: Commands) -> None:
    with simulated(cli) as gateway:
        with meanwhile(gateway, (1, "10086", "hello"), (2, "10010", "you")):
            ran = cli(
                "events", "-e", "Newchannel", "--where", "Channel=EXTRA-SMS/3*", "-n", 1, "--timeout", WAIT
            )
        assert ran.code == 0
        assert ran.out.startswith("Event: Newchannel\nPrivilege: call,all\nChannel: EXTRA-SMS/3")
        assert ran.out.endswith("\n\n")
        with meanwhile(gateway, (1, "10086", "hello")):
            found = cli("events", "-e", "New*", "-n", 1, "--json").documents
        assert found[0]["name"] == "Newchannel"
        assert found[0]["kind"] == "server"
        assert found[0]["headers"][0] == ["Event", "Newchannel"]


def test_events_end_after_a_time(cli: Commands) -> None:
    with simulated(cli):
        began = time.monotonic()
        assert cli("events", "-e", "Nothing", "--timeout", 0.3).code == 0
        assert 0.3 <= time.monotonic() - began < WAIT
        assert cli("events", "-e", "Nothing", "--timeout", 0.1, "-n", 1).code == 7


def test_events_end_after_a_time_however_many_come(cli: Commands) -> None:
    with simulated(cli) as gateway:
        stop = threading.Event()

        def flood() -> None:
            while not stop.is_set():
                gateway.emit("user", "Event: UserEvent\r\n\r\n")
                stop.wait(0.001)

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            assert cli("events", "--timeout", 0.2).code == 0
        finally:
            stop.set()
            thread.join()


def test_events_are_recorded(cli: Commands) -> None:
    from libami.testing.recording import Recording

    path = cli.folder / "calls.ami"
    with simulated(cli) as gateway, meanwhile(gateway, (1, "10086", "hello")):
        shown = cli("events", "-e", "Newchannel", "-n", 1, "--record", path, "--json").documents[0]
        ran = cli("events", "--record", path)
        assert (ran.code, ran.err) == (1, f"libami: {path}: File exists\n")
    frames = [block.data for block in Recording.read(path).of(1)]
    assert frames[0].startswith(b"Asterisk Call Manager/")
    expected = "".join(f"{name}: {value}\r\n" for name, value in shown["headers"])
    assert frames[1:] == [f"{expected}\r\n".encode()]


def test_events_of_a_lost_connection_end_with_its_code(cli: Commands, script: Script) -> None:
    cli.use(script.port)

    def drop() -> None:
        script.wait_for("Login")
        script.drop()

    thread = threading.Thread(target=drop)
    thread.start()
    assert cli("events").code == 3
    thread.join()


LISTED = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
ENDED = "Event: Complete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n"
UNKNOWN = "Response: Error\r\nActionID: {id}\r\nMessage: Invalid/unknown command\r\n\r\n"


def test_channels_are_listed(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on(
        "CoreShowChannels",
        LISTED,
        "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: PJSIP/a-1\r\nChannelStateDesc: Up\r\nContext: "
        "default\r\n"
        "Exten: 100\r\nPriority: 2\r\nApplication: Dial\r\nApplicationData: PJSIP/b\r\nDuration: "
        "00:01:02\r\n\r\n",
        ENDED,
    )
    ran = cli("channels")
    assert ran.out.splitlines()[1].split() == [
        "PJSIP/a-1",
        "Up",
        "100@default:2",
        "Dial(PJSIP/b)",
        "00:01:02",
    ]
    assert ran.err == "1 channel\n"
    assert cli("channels", "--json").documents[0]["name"] == "CoreShowChannel"


def test_queues_are_listed(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on(
        "QueueStatus",
        LISTED,
        "Event: QueueParams\r\nActionID: {id}\r\nQueue: a\r\nStrategy: ringall\r\nCalls: 1\r\nCompleted: "
        "5\r\n\r\n",
        "Event: QueueMember\r\nActionID: {id}\r\nQueue: a\r\nName: Ann\r\nLocation: PJSIP/1\r\nStatus: "
        "2\r\nPaused: 1\r\n"
        "CallsTaken: 7\r\n\r\n",
        "Event: QueueEntry\r\nActionID: {id}\r\nQueue: a\r\nPosition: 1\r\nChannel: PJSIP/2-1\r\nWait: "
        "33\r\n\r\n",
        ENDED,
    )
    assert cli("queues").out.splitlines()[1].split() == ["a", "ringall", "1", "5"]
    lines = cli("queues", "a").out.splitlines()
    assert lines[1].split("  ")[0] == "member"
    assert "in use, paused" in lines[1]
    assert "waiting at place 1" in lines[2]
    assert ("Queue", "a") in script.last("QueueStatus")
    script.on("QueueStatus", LISTED, ENDED)
    ran = cli("queues", "b")
    assert (ran.code, ran.err) == (1, 'libami: there is no queue "b"\n')


def test_endpoints_of_all_drivers_are_listed(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    script.on(
        "PJSIPShowEndpoints",
        LISTED,
        "Event: EndpointList\r\nActionID: {id}\r\nObjectName: 2001\r\nDeviceState: Unavailable\r\nContacts: "
        "\r\n\r\n",
        ENDED,
    )
    script.on(
        "SIPpeers",
        LISTED,
        "Event: PeerEntry\r\nActionID: {id}\r\nChanneltype: SIP\r\nObjectName: 1001\r\nIPaddress: "
        "192.0.2.7\r\n"
        "IPport: 5060\r\nStatus: OK (3 ms)\r\n\r\n",
        ENDED,
    )
    script.on("IAXpeerlist", UNKNOWN)
    lines = cli("endpoints").out.splitlines()
    assert lines[1].split() == ["PJSIP", "2001", "Unavailable"]
    assert lines[2].split() == ["SIP", "1001", "OK", "(3", "ms)", "192.0.2.7:5060"]
    for name in ("PJSIPShowEndpoints", "SIPpeers"):
        script.on(name, UNKNOWN)
    ran = cli("endpoints")
    assert ran.code == 1
    assert "has none of the actions" in ran.err


@pytest.mark.parametrize("model", ["openvox", "yeastar", "dongle"])
def test_ports_are_listed(cli: Commands, model: str) -> None:
    with simulated(cli, model=model, spans=2):
        ran = cli("ports")
        assert ran.code == 0
        assert len(ran.out.splitlines()) == 3
        found = cli("ports", "--json").documents
        assert [each["is_up"] for each in found] == [True, True]
        assert {"port", "operator", "signal", "imei"} <= set(found[0])


def test_sms_is_sent_and_its_receipt_shown(cli: Commands) -> None:
    with simulated(cli) as gateway:
        ran = cli("sms", "send", "+13632919026", "hello", "-p", 2)
        assert (ran.code, ran.out, ran.err) == (0, "sent through port 2\n", "")
        found = cli(
            "sms", "send", "13632919026", "-", "--id", "order-7", "--json", stdin="您好\n".encode()
        ).documents
        assert found[0]["outcome"] == "sent"
        assert found[0]["id"] == "order-7"
        assert [sms.text for sms in gateway.sent] == ["hello", "您好"]
        assert cli("sms", "send", "1", "x" * 200).out.endswith(" in 2 parts\n")


@pytest.mark.parametrize(("outcome", "code"), [("failed", 1), ("busy", 1), ("timeout", 6)])
def test_sms_that_is_not_known_to_be_sent_has_a_code(cli: Commands, outcome: str, code: int) -> None:
    with simulated(cli) as gateway:
        gateway.set_outcome(1, outcome)  # type: ignore[arg-type]
        ran = cli("sms", "send", "1", "hello", "-p", 1, "--timeout", 1)
        assert ran.code == code
        assert ran.out == f"{'unknown' if outcome == 'timeout' else outcome} through port 1\n"
        assert len(gateway.sent) <= 5


def test_sms_that_cannot_be_sent_is_wrong_usage(cli: Commands) -> None:
    with simulated(cli) as gateway:
        assert cli("sms", "send", "abc", "hello").code == 2
        assert cli("sms", "send", "1", "-", stdin=b"\xff").code == 2
        assert cli("sms").code == 2
        assert not gateway.sent


def test_sms_inbox_shows_what_comes_in(cli: Commands) -> None:
    with simulated(cli) as gateway:
        with meanwhile(gateway, (1, "10086", "hello\nyou \x1b[2J")):
            ran = cli("sms", "inbox", "-n", 2)
        assert ran.code == 0
        lines = ran.out.splitlines()
        assert lines[0].startswith("sms: port 1, sender 10086, time 20")
        assert lines[1:3] == ["    hello", "    you \\x1b[2J"]
        assert len(lines) == 6
        with meanwhile(gateway, (1, "10086", "hello")):
            found = cli("sms", "inbox", "-n", 1, "--json").documents
        assert found[0]["kind"] == "sms"
        assert found[0]["text"] == "hello"
        assert cli("sms", "inbox", "-n", 1, "--timeout", 0.1).code == 7


def test_sms_parts_are_counted_without_a_server(cli: Commands) -> None:
    assert (
        cli("sms", "parts", "hello").out == "1 SMS, 5 septets of the GSM alphabet, 155 left in the last one\n"
    )
    lines = cli("sms", "parts", "您" * 71).out.splitlines()
    assert lines[0].startswith("2 SMS, 71 code units of UCS-2")
    assert len(lines) == 3
    found = cli("sms", "parts", "-", "--json", stdin=b"hello\r\n").documents[0]
    assert found == {"count": 1, "encoding": "gsm7", "units": 5, "left": 155, "parts": ["hello"]}


def test_ussd_walks_through_a_menu(cli: Commands) -> None:
    with simulated(cli, model="yeastar") as gateway:
        gateway.set_ussd_menu(
            "*100#", ("1 balance\n2 tariff", {"1": "12.50", "2": ("A or B", {"A": "done"})})
        )
        ran = cli("ussd", "*100#", "1", "-p", 2)
        assert (ran.code, ran.out, ran.err) == (0, "1 balance\n2 tariff\n12.50\n", "")
        with cli.typed("2\nA\n"):
            assert cli.on_terminal("ussd", "*100#", "-p", 2).out == "1 balance\n2 tariff\nA or B\ndone\n"
        with cli.typed("2\n\n"):
            assert "gets none" in cli.on_terminal("ussd", "*100#", "-p", 2).err
        ran = cli("ussd", "*100#", "1", "7", "-p", 3)
        assert "were not sent: 7" in ran.err
        found = cli("ussd", "*100#", "1", "-p", 4, "--json").documents
        assert [each["wants_answer"] for each in found] == [True, False]
        assert cli("ussd", "*100#").code == 2, "a port is required"
