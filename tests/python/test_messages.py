"""Events and responses as mappings."""

from __future__ import annotations

from collections.abc import Mapping

import libami
import pytest
from conftest import WAIT
from libami.simulator import Simulator

FRAME = (
    b"Event: Thing\r\nPrivilege: user,all\r\nVariable: A=1\r\nvariable: B=2\r\nEmpty: \r\n"
    b"Raw: caf\xe9\r\nText: \xe6\x82\xa8\xe5\xa5\xbd\r\nVARIABLE: C=3\r\n\r\n"
)


def receive(gateway: Simulator, client: libami.Client, frame: bytes = FRAME) -> libami.Event:
    with client.events("Thing", timeout=WAIT) as events:
        gateway.emit("user", frame)
        return next(events)


@pytest.fixture
def event(gateway: Simulator, client: libami.Client) -> libami.Event:
    return receive(gateway, client)


def test_event_is_a_mapping(event: libami.Event) -> None:
    assert isinstance(event, Mapping)
    assert isinstance(event, libami.Message)
    match event:
        case {"Event": name, "Empty": empty}:
            assert (name, empty) == ("Thing", "")
        case _:
            pytest.fail("a mapping pattern does not match")


def test_names_are_compared_without_case(event: libami.Event) -> None:
    assert event["Variable"] == event["VARIABLE"] == event["vArIaBlE"] == "A=1"
    assert "text" in event
    assert "Missing" not in event
    others: list[object] = [1, None, b"Text"]
    assert not any(other in event for other in others)
    assert "\udce9" not in event


def test_header_that_is_missing_is_a_key_error(event: libami.Event) -> None:
    with pytest.raises(KeyError) as raised:
        event["Missing"]
    assert raised.value.args == ("Missing",)
    with pytest.raises(KeyError):
        event[1]  # type: ignore[index]
    assert event.get("Missing") is None
    assert event.get("Missing", "default") == "default"
    assert event.get("Missing", 7) == 7
    assert event.get("Empty", "default") == ""


def test_header_names_count_once_in_order(event: libami.Event) -> None:
    names = ["Event", "Privilege", "Variable", "Empty", "Raw", "Text"]
    assert len(event) == 6
    assert list(event) == names
    assert list(event.keys()) == names
    assert list(event.values()) == ["Thing", "user,all", "A=1", "", "caf\udce9", "您好"]
    assert list(event.items()) == list(zip(names, event.values(), strict=True))
    assert dict(event) == dict(event.items())
    assert "Variable" in event.keys()  # noqa: SIM118


def test_duplicates_are_kept(event: libami.Event) -> None:
    assert event.get_all("Variable") == ["A=1", "B=2", "C=3"]
    assert event.get_all("Missing") == []
    assert event.multi_items() == [
        ("Event", "Thing"),
        ("Privilege", "user,all"),
        ("Variable", "A=1"),
        ("variable", "B=2"),
        ("Empty", ""),
        ("Raw", "caf\udce9"),
        ("Text", "您好"),
        ("VARIABLE", "C=3"),
    ]


def test_bytes_are_those_of_the_wire(event: libami.Event) -> None:
    assert event.get_bytes("Raw") == b"caf\xe9"
    assert event.get_bytes("Text") == "您好".encode()
    assert event.get_bytes("Missing") is None


def test_repr_shows_values_that_are_nobodys_secret(gateway: Simulator, client: libami.Client) -> None:
    frame = (
        b'Event: Thing\r\nChannel: SIP/136\r\nUniqueid: 17.1\r\nCause: 16\r\nCause-txt: a\xff"\x1b\r\n'
        b"CallerIDNum: 136\r\nSecret: x\r\nState: " + 50 * b"s" + b"\r\n\r\n"
    )
    shown = [
        "Event",
        "Channel",
        'Uniqueid="17.1"',
        'Cause="16"',
        'Cause-txt="a\ufffd\\"\\u{1b}"',
        "CallerIDNum",
        "Secret",
        f'State="{40 * "s"}"...',
    ]
    assert repr(receive(gateway, client, frame)) == f"<libami.Event Thing: {', '.join(shown)}>"


def test_repr_shows_names_and_no_values(event: libami.Event, client: libami.Client) -> None:
    assert repr(event) == "<libami.Event Thing: Event, Privilege, Variable, Empty, Raw, Text>"
    assert repr(client.action("Ping")) == "<libami.Response Success: Response, ActionID, Ping, Timestamp>"


def test_equality(gateway: Simulator, client: libami.Client, event: libami.Event) -> None:
    assert event == receive(gateway, client)
    assert event == receive(gateway, client, FRAME.replace(b"Variable", b"VARiable"))
    assert event != receive(gateway, client, FRAME.replace(b"C=3", b"C=4"))
    assert event != receive(gateway, client, FRAME.replace(b"Empty: \r\n", b""))
    assert event == dict(event)
    assert dict(event) == event
    assert event != {"Event": "Thing"}
    assert event != "Thing"
    assert event != None  # noqa: E711
    assert hash(event) == hash(receive(gateway, client))


def test_event_cannot_be_changed(event: libami.Event) -> None:
    with pytest.raises(AttributeError):
        event.name = "Other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        event.extra = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        event["Event"] = "Other"  # type: ignore[index]
    with pytest.raises(TypeError):
        libami.Event()


def test_event_has_a_name_a_kind_and_a_loss(event: libami.Event) -> None:
    assert (event.name, event.kind, event.lost) == ("Thing", "server", 0)


def test_event_that_lies_about_its_loss_is_of_the_server(gateway: Simulator, client: libami.Client) -> None:
    with client.events(timeout=WAIT) as events:
        gateway.emit("user", "Event: #lagged\r\nLost: 7\r\n\r\n")
        event = next(event for event in events if event.name == "#lagged")
    assert (event.kind, event.lost) == ("server", 0)


def test_answer_that_is_no_list_has_no_events(client: libami.Client) -> None:
    response = client.action("CoreSettings")
    assert response["asteriskversion"] == "1.8.20.0"
    assert response.events == []
    assert response.end_event is None
    assert response.output is None


def test_answer_with_events_keeps_them_apart(gateway: Simulator, client: libami.Client) -> None:
    response = client.action("WaitEvent", Timeout=1)
    assert response["Message"] == "Waiting for Event completed."
    assert response.end_event is not None
    assert response.end_event.name == "WaitEventComplete"
    assert [event is other for event, other in zip(response.events, response.events, strict=True)] == []


def test_command_text_is_its_output(client: libami.Client) -> None:
    response = client.action("Command", Command="gsm show spans")
    assert response.output is not None
    assert len(response.output.splitlines()) == 4
    assert response.output == client.command("gsm show spans")
