"""Tests without a PBX, as docs/testing.md shows them."""

import libami
import program
import pytest
from libami.simulator import Simulator
from libami.testing import ReplayServer, ScriptedServer


# [scripted]
def test_call(ami_server: ScriptedServer) -> None:
    ami_server.on("CoreShowChannels").respond_list(
        [{"Channel": "PJSIP/1-1"}], entry="CoreShowChannel", end="CoreShowChannelsComplete"
    )
    ami_server.on("Originate", Channel="PJSIP/*").respond(Message="Originate successfully queued").emit(
        "OriginateResponse", Response="Failure", Reason=5, Channel="PJSIP/100", Uniqueid="<null>"
    )
    assert program.channels(**ami_server.credentials) == ["PJSIP/1-1"]  # host, port, username, secret
    assert program.call("200", **ami_server.credentials) == "busy"
    assert ami_server.calls.last("Originate")["Exten"] == "200"


def test_hangup(ami_server: ScriptedServer, ami_client: libami.Client) -> None:
    hangups = ami_client.events("Hangup", idle_timeout=10)
    ami_server.emit("Hangup", Channel="PJSIP/1-1", Cause=16)
    assert next(hangups)["Cause"] == "16"
    # [/scripted]


# [fault]
def test_call_without_an_answer(ami_server: ScriptedServer) -> None:
    ami_server.on("Originate").hang_up()
    with pytest.raises(libami.OutcomeUnknown):
        program.call("200", **ami_server.credentials)
    # [/fault]


# [gateway]
@pytest.mark.ami_gateway(model="yeastar", spans=2)
def test_greeting(ami_gateway: Simulator) -> None:
    program.greet("13632919026", **ami_gateway.credentials)
    assert [(sms.destination, sms.text) for sms in ami_gateway.sent] == [("13632919026", "hello")]
    # [/gateway]


# [replay]
@pytest.mark.ami_replay("recordings/channels.ami")
def test_channels_of_a_recorded_server(ami_replay: ReplayServer) -> None:
    assert program.channels(**ami_replay.credentials) == ["PJSIP/2001-00000001"]
    # [/replay]
