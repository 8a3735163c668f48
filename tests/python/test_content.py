"""Events and responses are compared, hashed, copied, pickled and turned into JSON by what they say."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
from typing import Any

import libami
import pytest
from conftest import SECRET, WAIT
from libami.simulator import Simulator
from scripted import Script
from test_messages import FRAME, receive


def shown(message: libami.Message) -> tuple[object, ...]:
    """Everything that a message says."""
    own = (message.kind, message.name) if isinstance(message, libami.Event) else ()
    return (*own, message.multi_items(), message.get_bytes("Raw"), type(message))


@pytest.fixture
def event(gateway: Simulator, client: libami.Client) -> libami.Event:
    return receive(gateway, client)


def test_events_are_pickled_with_all_their_headers(event: libami.Event) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(event, protocol))
        assert shown(again) == shown(event)
        assert again == event
        assert hash(again) == hash(event)
        assert again.get_all("variable") == ["A=1", "B=2", "C=3"]
        assert again["Text"] == "您好"
        assert pickle.loads(pickle.dumps(again)) == event


def name_of(event: libami.Event) -> tuple[str, list[str]]:
    return event.name, event.get_all("Variable")


def test_events_go_to_other_processes(event: libami.Event) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(name_of, (event,)) == ("Thing", ["A=1", "B=2", "C=3"])


def test_pickles_keep_the_encoding(gateway: Simulator) -> None:
    settings: dict[str, Any] = {"username": "admin", "secret": "s3cret-amp111"}
    with libami.connect("127.0.0.1", gateway.port, encoding="latin-1", **settings) as client:
        event = receive(gateway, client)
        assert pickle.loads(pickle.dumps(event))["Raw"] == event["Raw"] == "café"


def test_markers_are_pickled_as_markers(gateway: Simulator) -> None:
    client = libami.Client("127.0.0.1", gateway.port, username="admin", secret="s3cret-amp111")
    with client, client.events("#state", timeout=WAIT) as states:
        client.open()
        state = next(states)
        again = pickle.loads(pickle.dumps(state))
        assert (again.kind, again.name, again["State"]) == ("state", "#state", state["State"])
        assert again == state


def test_copies_are_the_same_object(event: libami.Event, client: libami.Client) -> None:
    response = client.action("Ping")
    for message in (event, response):
        assert copy.copy(message) is message
        assert copy.deepcopy([message])[0] is message


LIST = (
    "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n",
    "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: Local/1\r\nVariable: A\r\nVariable: B\r\n\r\n",
    "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: Local/2\r\n\r\n",
    "Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 2\r\n\r\n",
)
TEXTS = {
    "new": (
        "Response: Success\r\nActionID: {id}\r\nMessage: Command output follows\r\n"
        "Output: first\r\nOutput: \r\nOutput: caf\udce9\r\n\r\n"
    ),
    "old": (
        "Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\n"
        "first\n\ncaf\udce9\n--END COMMAND--\r\n\r\n"
    ),
}


@pytest.fixture
def answers(script: Script) -> dict[str, libami.Response]:
    """A plain answer, a list, and the texts of new and old servers."""
    script.on("CoreShowChannels", *LIST)
    script.answers["Command"] = lambda _script, _name, headers: [TEXTS[dict(headers)["Command"]]]
    with libami.connect("127.0.0.1", script.port, username="admin", secret="x") as client:
        texts = {name: client.action("Command", Command=name) for name in TEXTS}
        return {"plain": client.action("Ping"), "list": client.action("CoreShowChannels"), **texts}


def test_responses_are_pickled_whole(answers: dict[str, libami.Response]) -> None:
    assert len(answers["list"].events) == 2
    for response in answers.values():
        again = pickle.loads(pickle.dumps(response))
        assert again == response
        assert hash(again) == hash(response)
        assert again.output == response.output
        assert again.events == response.events
        assert again.end_event == response.end_event
        assert again.multi_items() == response.multi_items()
        assert type(again) is libami.Response
        assert len({*answers.values(), again}) == len(answers)


def test_equal_events_are_one_in_a_set(gateway: Simulator, client: libami.Client) -> None:
    first, second = receive(gateway, client), receive(gateway, client)
    assert first is not second
    assert first == second
    assert len({first, second}) == 1
    cased = receive(gateway, client, FRAME.replace(b"Empty", b"EMPTY"))
    assert cased == first
    assert hash(cased) == hash(first)
    for frame in (
        FRAME.replace(b"A=1", b"A=2"),
        FRAME.replace(b"Empty: \r\n", b""),
        FRAME.replace(b"Empty: \r\nRaw: caf\xe9\r\n", b"Raw: caf\xe9\r\nEmpty: \r\n"),
    ):
        other = receive(gateway, client, frame)
        assert other != first
        assert len({first, other}) == 2


def changed(message: Any, old: bytes, new: bytes) -> Any:
    pickled = pickle.dumps(message)
    assert len(old) == len(new)
    assert old in pickled
    return pickle.loads(pickled.replace(old, new))


def test_responses_differ_by_their_entries_and_their_text(answers: dict[str, libami.Response]) -> None:
    for name, old, new in (
        ("new", b"first", b"other"),
        ("old", b"first", b"other"),
        ("list", b"Local/2", b"Local/3"),
        ("list", b"ListItems", b"ListTimes"),
    ):
        message = answers[name]
        assert changed(message, old, old) == message
        assert changed(message, old, new) != message
        assert len({changed(message, old, new), message}) == 2
    fewer = pickle.loads(pickle.dumps(answers["list"])).events
    assert fewer == answers["list"].events != [*answers["list"].events, fewer[0]]


def test_to_dict_keeps_repeated_headers(event: libami.Event) -> None:
    assert event.to_dict() == {
        "Event": "Thing",
        "Privilege": "user,all",
        "Variable": ["A=1", "B=2", "C=3"],
        "Empty": "",
        "Raw": "caf\udce9",
        "Text": "您好",
    }
    assert json.loads(json.dumps(event.to_dict())) == event.to_dict()
    event.to_dict()["Event"] = "Other"
    assert event["Event"] == "Thing"


def test_to_dict_of_a_response_has_all_of_it(answers: dict[str, libami.Response]) -> None:
    dicts = {name: response.to_dict() for name, response in answers.items()}
    assert dicts["list"]["Response"] == "Success"
    assert [event["Channel"] for event in dicts["list"]["events"]] == ["Local/1", "Local/2"]
    assert dicts["list"]["events"][0]["Variable"] == ["A", "B"]
    assert dicts["list"]["end_event"]["ListItems"] == "2"
    for name in TEXTS:
        assert dicts[name]["output"] == "first\n\ncaf\udce9"
        assert "events" not in dicts[name]
    assert dicts["new"]["Output"] == ["first", "", "caf\udce9"]
    assert not {"events", "end_event", "output"} & set(dicts["plain"])
    assert json.loads(json.dumps(dicts)) == dicts


def test_repr_is_bounded(gateway: Simulator, client: libami.Client) -> None:
    headers = b"".join(b"Name%d: secret\r\n" % number for number in range(1000))
    many = receive(gateway, client, b"Event: Thing\r\n" + headers + b"\r\n")
    assert len(repr(many)) < 500
    assert "977 more" in repr(many)
    assert "secret" not in repr(many)


def test_bytes_of_no_encoding_go_into_json_as_their_handler_says(gateway: Simulator) -> None:
    frame = b"Event: Thing\r\nText: caf\xe9\r\n\r\n"
    for errors, text in (
        ("surrogateescape", "caf\udce9"),
        ("replace", "caf\ufffd"),
        ("backslashreplace", "caf\\xe9"),
    ):
        settings: dict[str, Any] = {"username": "admin", "secret": SECRET, "errors": errors}
        with libami.connect("127.0.0.1", gateway.port, **settings) as client:
            events = client.events("Thing", timeout=WAIT)
            gateway.emit("user", frame)
            dumped = json.dumps(next(events).to_dict())
            assert json.loads(dumped)["Text"] == text
