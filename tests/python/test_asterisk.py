"""The client on real servers, an old one and a current one."""

from __future__ import annotations

import itertools
import os
import threading
import time
from datetime import datetime

import configuration
import libami
import pytest
from conftest import SECRET, WAIT, Asterisk, Collected, texts
from libami.gateway import Gateway
from libami.protocol import escapes_values, unescape


def originate(client: libami.Client, extension: str, **headers: libami.Value) -> libami.Response:
    """Start a call to an extension of the dialplan, and do not wait for it."""
    settings: dict[str, libami.Value] = {
        "Channel": f"Local/{extension}@default",
        "Application": "Wait",
        "Data": 600,
        "Async": True,
        **headers,
    }
    return client.action("Originate", settings)


def hang_up(client: libami.Client, channel: str) -> None:
    """A Local channel has two halves, and each ends the other."""
    client.action("Hangup", Channel=channel)


def test_settings(asterisk: Asterisk, admin: libami.Client) -> None:
    settings = admin.action("CoreSettings")
    assert settings["AsteriskVersion"].startswith(f"{asterisk.generation}.")
    assert settings["response"] == "Success"
    assert len(settings) == len(settings.multi_items())
    assert admin.banner is not None
    assert admin.banner.startswith("Asterisk Call Manager/")
    assert admin.ping() < WAIT


def test_list_comes_whole(admin: libami.Client) -> None:
    with admin.events("OriginateResponse", timeout=WAIT) as events:
        originate(admin, "hold", ActionID="list-1")
        channel = next(events)["Channel"]
    response = admin.action("CoreShowChannels")
    assert response["EventList"] == "start"
    assert {event.name for event in response.events} == {"CoreShowChannel"}
    channels = [event["Channel"] for event in response.events]
    assert channel in channels
    assert response.end_event is not None
    assert response.end_event.name == "CoreShowChannelsComplete"
    assert int(response.end_event["ListItems"]) == len(channels)
    # The entries are the same objects each time.
    assert response.events[0] is response.events[0]
    hang_up(admin, channel)


def test_database_keeps_what_is_put(admin: libami.Client) -> None:
    family = f"libami{os.getpid()}"
    value = 'quote " and 您好'
    assert admin.action("DBPut", Family=family, Key="k", Val=value)["Response"] == "Success"
    response = admin.action("DBGet", Family=family, Key="k")
    (event,) = response.events
    assert event.name == "DBGetResponse"
    assert (event["Family"], event["Key"], event["Val"]) == (family, "k", value)
    assert admin.action("DBDel", Family=family, Key="k")["Response"] == "Success"
    with pytest.raises(libami.ActionError, match="Database entry not found") as raised:
        admin.action("DBGet", Family=family, Key="k")
    assert raised.value.code == 300
    assert raised.value.response is not None
    assert raised.value.response["Message"] == raised.value.peer_message == "Database entry not found"


def test_escapes_of_a_server_are_undone(admin: libami.Client) -> None:
    name = f"LIBAMI_{os.getpid()}"
    value = "a \"quote\", a back\\slash, a '\\n' that is none, 您好"
    with admin.events("VarSet", timeout=WAIT) as events:
        admin.action("Setvar", Variable=name, Value=value)
        escaped = next(event["Value"] for event in events if event["Variable"] == name)
    assert escapes_values(admin.action("CoreSettings")["AsteriskVersion"])
    assert escaped != value
    assert unescape(escaped) == value
    # An answer's value is as it was set.
    assert admin.action("Getvar", Variable=name)["Value"] == value


def test_command_text_comes_without_its_framing(asterisk: Asterisk, admin: libami.Client) -> None:
    assert admin.command("core show version").startswith(f"Asterisk {asterisk.generation}.")
    lines = admin.command("core show help core show").splitlines()
    assert len(lines) > 10
    assert not any(line.startswith(("Output:", "--END")) for line in lines)


@pytest.mark.parametrize("cli", ["no such thing", "core show nothing"])
def test_command_unknown_to_the_cli_is_a_command_error(admin: libami.Client, cli: str) -> None:
    with pytest.raises(libami.CommandError, match="no such CLI command") as raised:
        admin.command(cli)
    assert raised.value.code == 302
    assert raised.value.peer_message is not None
    assert raised.value.peer_message.startswith(f"No such command '{cli}'")


def test_action_unknown_to_the_server_is_an_action_error(admin: libami.Client) -> None:
    with pytest.raises(libami.ActionError, match="the server refused NoSuchAction") as raised:
        admin.action("NoSuchAction")
    assert raised.value.code == 300


def test_account_without_a_class_gets_a_permission_error(asterisk: Asterisk) -> None:
    with asterisk.connect(configuration.READER) as reader:
        assert reader.action("CoreStatus")["CoreCurrentCalls"] is not None
        for call in (lambda: reader.command("core show version"), lambda: originate(reader, "hold")):
            needed = r"give the account the class (command|originate) \(write="
            with pytest.raises(libami.PermissionError, match=needed) as raised:
                call()
            assert raised.value.code == 301
    with asterisk.connect(configuration.COMMANDER) as commander:
        assert commander.command("core show version")
        with pytest.raises(libami.PermissionError):
            commander.action("CoreStatus")


def test_login_with_a_wrong_secret_is_an_auth_error(asterisk: Asterisk) -> None:
    with pytest.raises(libami.AuthError, match="check user name, secret") as raised:
        asterisk.connect(("admin", SECRET))
    assert raised.value.code == 203
    assert SECRET not in f"{raised.value} {raised.value!r} {raised.value.peer_message}"


def test_call_is_seen_from_its_start_to_its_end(admin: libami.Client) -> None:
    with admin.events("OriginateResponse", "Newchannel", "Hangup", timeout=WAIT) as events:
        response = originate(admin, "hold", ActionID="call-1", Variable=["LIBAMI_A=1", "LIBAMI_B=2"])
        assert response["Message"] == "Originate successfully queued"
        seen: dict[str, list[libami.Event]] = {"OriginateResponse": [], "Newchannel": [], "Hangup": []}
        # Asterisk tells of the channels and of the answer by threads of their own, in either order.
        while not seen["OriginateResponse"] or len(seen["Newchannel"]) < 2:
            event = next(events)
            seen[event.name].append(event)
        (answer,) = seen["OriginateResponse"]
        assert (answer["ActionID"], answer["Response"]) == ("call-1", "Success")
        assert len(seen["Newchannel"]) == 2
        channel = answer["Channel"]
        for name, value in (("LIBAMI_A", "1"), ("LIBAMI_B", "2")):
            assert admin.action("Getvar", Channel=channel, Variable=name)["Value"] == value
        hang_up(admin, channel)
        ended = {event["Channel"] for event in itertools.islice(events, 2) if event.name == "Hangup"}
        assert len(ended) == 2
        assert channel in ended


def test_sms_comes_in_by_inbox_and_callback(admin: libami.Client, receiver: Gateway) -> None:
    by_callback: Collected[libami.Sms] = Collected()
    receiver.on_sms(by_callback)
    with receiver.inbox(timeout=WAIT) as inbox:
        originate(admin, "sms", Data=0)
        sms = next(texts(inbox))
        for each in (sms, by_callback.next()):
            assert (each.span, each.port, each.sender) == (4, "4", "10086")
            assert (each.time, each.text) == (datetime(2014, 9, 11, 9, 36, 47), "hello gateway")


def test_escapes_of_a_gateway_are_undone(admin: libami.Client, receiver: Gateway) -> None:
    with receiver.inbox(timeout=WAIT) as inbox:
        originate(admin, "sms", Channel="Local/sms@gsm-2", Data=0)
        sms = next(texts(inbox))
        assert (sms.span, sms.sender, sms.text) == (2, "+8613632919026", configuration.SMS2_TEXT)


def test_account_for_gateways_sees_sms(asterisk: Asterisk, admin: libami.Client) -> None:
    with asterisk.gateway(configuration.COMMANDER) as commander, commander.inbox(timeout=WAIT) as inbox:
        originate(admin, "sms", Data=0)
        assert next(texts(inbox)).text == "hello gateway"


def test_gateway_without_gsm_commands_says_so(receiver: Gateway) -> None:
    with pytest.raises(libami.Error, match="knows no GSM commands") as raised:
        receiver.send("13632919026", "hello", port=1)
    assert raised.value.code == 7
    assert raised.value.receipt is not None
    assert raised.value.receipt.outcome == "failed"
    with pytest.raises(libami.UssdError, match="knows no GSM commands"):
        receiver.send_ussd(1, "*100#")
    with pytest.raises(libami.Error, match="name the port") as raised:
        receiver.send("13632919026", "hello")
    assert raised.value.code == 7


def test_events_and_idle_time(admin: libami.Client) -> None:
    with admin.events("UserEvent", timeout=0.3) as events:
        start = time.monotonic()
        assert list(events) == []
        assert 0.3 <= time.monotonic() - start < WAIT
        for number in range(100):
            admin.action("UserEvent", UserEvent="Mine", Number=number, Text="您好")
        mine = [event for event in events if event["UserEvent"] == "Mine"]
        assert [event["Number"] for event in mine] == [str(number) for number in range(100)]
        assert mine[0]["Text"] == "您好"


def test_event_that_an_action_waits_for_comes_in_the_stream_too(
    asterisk: Asterisk, admin: libami.Client
) -> None:
    name = f"During{os.getpid()}"
    events = admin.events("UserEvent", timeout=WAIT)
    with asterisk.connect() as other:
        # Something else may happen on the server and end the wait first; then it waits once more.
        for _ in range(20):
            timer = threading.Timer(0.2, other.action, ("UserEvent",), {"UserEvent": name})
            timer.start()
            response = admin.action("WaitEvent", Timeout=5)
            timer.join(WAIT)
            assert response.end_event is not None
            assert response.end_event.name == "WaitEventComplete"
            if name in [event.get("UserEvent") for event in response.events]:
                break
        else:
            pytest.fail("the event is among those that were waited for")
    assert any(event["UserEvent"] == name for event in events)
    events.close()


def test_callback_can_use_the_client(asterisk: Asterisk, admin: libami.Client) -> None:
    answers: Collected[str] = Collected()

    @admin.on("UserEvent")
    def ask(event: libami.Event) -> None:
        if event["UserEvent"] == f"Ask{os.getpid()}":
            answers(admin.command("core show version"))

    admin.action("UserEvent", UserEvent=f"Ask{os.getpid()}")
    assert answers.next().startswith(f"Asterisk {asterisk.generation}.")


def test_event_mask_off_lets_no_event_through(asterisk: Asterisk, admin: libami.Client) -> None:
    name, secret = configuration.ADMIN
    with libami.connect(
        asterisk.host, asterisk.port, username=name, secret=secret, event_mask="off"
    ) as masked:
        events = masked.events(timeout=0)
        admin.action("UserEvent", UserEvent="Unseen")
        masked.ping()
        assert list(events) == []


def test_many_clients_at_once(asterisk: Asterisk) -> None:
    clients = [asterisk.connect() for _ in range(20)]
    streams = [client.events("UserEvent", timeout=WAIT) for client in clients]
    mark = f"All{os.getpid()}"
    clients[0].action("UserEvent", UserEvent=mark)
    for stream in streams:
        assert next(event for event in stream if event["UserEvent"] == mark)
    for client in clients:
        client.close()
    assert [list(stream) for stream in streams] == [[]] * 20


def test_originate_tells_the_outcome_of_a_call(admin: libami.Client) -> None:
    values = {"A": 'one, "two" \\three (four', "B": "2", "CALLERID(name)": "Ann, B."}
    call = admin.originate(
        "Local/hold@default", application="Wait", data="600", variable=values, timeout=WAIT
    )
    assert (call.answered, call.reason) == (True, "answered")
    assert call.channel is not None
    assert call.channel.startswith("Local/hold@default")
    assert call.uniqueid == call.event["Uniqueid"]
    for name, value in values.items():
        assert admin.action("Getvar", Channel=call.channel, Variable=name)["Value"] == value, name
    hang_up(admin, call.channel)
    for extension in ("hold@nowhere", "nowhere@default"):
        failed = admin.originate(f"Local/{extension}", application="Wait", data="1", timeout=WAIT)
        assert (failed.answered, failed.reason) == (False, "failed")
    hung_up = admin.originate("Local/short@default", application="Wait", data="1", timeout=WAIT)
    assert not hung_up.answered
    response = admin.originate("Local/hold@nowhere", application="Wait", data="1", wait=False)
    assert response["Response"] == "Success"


def test_originate_to_no_extension_is_refused(admin: libami.Client) -> None:
    with pytest.raises(libami.ActionError, match="does not exist"):
        admin.originate("Local/hold@default", context="default", exten="nowhere", timeout=WAIT)
