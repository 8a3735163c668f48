"""The command with real servers."""

from __future__ import annotations

import json
import time
from threading import Thread

import configuration
import pytest
from commands import Commands
from conftest import WAIT, Asterisk


@pytest.fixture
def real(cli: Commands, asterisk: Asterisk) -> Commands:
    cli.use(asterisk.port, *configuration.ADMIN)
    return cli


def test_command_gives_what_the_cli_of_a_real_server_prints(real: Commands, asterisk: Asterisk) -> None:
    ran = real("command", "core show version")
    assert ran.code == 0
    assert ran.out.startswith(f"Asterisk {asterisk.generation}.")
    ran = real("command", "no such thing")
    assert (ran.code, ran.out) == (1, "")
    assert "No such command" in ran.err


def test_action_gives_what_a_real_server_answers(real: Commands) -> None:
    assert "AsteriskVersion: " in real("action", "CoreSettings").out
    assert real("action", "QueueStatus", "--json").documents[0]["headers"][0] == ["Response", "Success"]
    assert real("action", "Hangup", "Channel=PJSIP/none").code == 1


def test_permissions_of_a_real_account_have_a_code(real: Commands, asterisk: Asterisk) -> None:
    real.use(asterisk.port, *configuration.READER)
    ran = real("action", "Originate", "Channel=Local/short@default", "--json")
    assert ran.code == 5
    assert ran.error["name"] == "AMI_E_PERMISSION"
    # The server refuses the class of the action, whatever the command is.
    assert real("command", "core show version").code == 5


def test_channels_of_a_real_server_are_listed(real: Commands, asterisk: Asterisk) -> None:
    with asterisk.connect() as client:
        call = client.originate("Local/hold@default", application="Wait", data="30")
        assert call.answered
        try:
            ran = real("channels")
            lines = [line for line in ran.out.splitlines() if line.startswith("Local/hold@default-")]
            assert len(lines) >= 2
            assert any(" Up " in line and "hold@default:" in line and "Wait(30)" in line for line in lines)
        finally:
            client.action("Hangup", Channel=call.channel or "")


def test_endpoints_of_a_real_server_are_listed(real: Commands, asterisk: Asterisk) -> None:
    ran = real("endpoints")
    if asterisk.generation == 16:
        assert ran.out.splitlines()[1].split() == ["SIP", "1001", "Unmonitored"]
    else:
        # Neither PJSIP nor chan_sip is loaded.
        assert ran.code == 1
        assert "PJSIPShowEndpoints" in ran.err


def test_queues_of_a_real_server_are_listed(real: Commands) -> None:
    assert real("queues").out.splitlines()[0].startswith("queue")
    assert real("queues", "none").code == 1


def test_events_of_a_real_server_are_shown(real: Commands, asterisk: Asterisk) -> None:
    def send() -> None:
        with asterisk.connect() as client:
            deadline = time.monotonic() + WAIT
            while not seen and time.monotonic() < deadline:
                client.action("UserEvent", UserEvent="Mine", Text="您好", X="1")
                time.sleep(0.02)

    seen: list[str] = []
    thread = Thread(target=send)
    thread.start()
    ran = real("events", "-e", "UserEvent", "--where", "X=1", "-n", 1, "--json", "--timeout", WAIT)
    seen.append(ran.out)
    thread.join()
    assert ["Text", "您好"] in json.loads(ran.out)["headers"]
    assert "您好" in ran.out


def test_sms_of_a_real_server_comes_in(real: Commands, asterisk: Asterisk) -> None:
    real.config('[gateway]\ndialect = "openvox"\n')

    def send() -> None:
        with asterisk.connect() as client:
            deadline = time.monotonic() + WAIT
            while not seen and time.monotonic() < deadline:
                client.originate("Local/sms@default", application="Wait", data="1", wait=False)
                time.sleep(0.1)

    seen: list[str] = []
    thread = Thread(target=send)
    thread.start()
    ran = real("-C", "gateway", "sms", "inbox", "-n", 1, "--timeout", WAIT)
    seen.append(ran.out)
    thread.join()
    assert ran.out.endswith("    hello gateway\n")
    assert "sender 10086" in ran.out
