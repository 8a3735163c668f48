"""What a server may send at most, as Python sets it."""

from __future__ import annotations

import inspect
from typing import Any

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import SECRET, WAIT, Face
from libami import protocol
from scripted import Script

DEFAULTS = {
    "banner": 256,
    "line": 65535,
    "headers": 4096,
    "message": 1 << 20,
    "response": 20 << 20,
    "output": 16 << 20,
    "list": 1_000_000,
    "list_bytes": 128 << 20,
}


def connected(face: Face, script: Script, **limits: int) -> Any:
    settings: dict[str, Any] = {"username": "admin", "secret": SECRET, "action_timeout": WAIT}
    return face.connect("127.0.0.1", script.port, limits=libami.Limits(**limits), **settings)


def test_limits_have_the_defaults_of_the_core() -> None:
    limits = libami.Limits()
    assert {name: getattr(limits, name) for name in DEFAULTS} == DEFAULTS
    parameters = inspect.signature(libami.Limits).parameters.values()
    assert {parameter.name: parameter.default for parameter in parameters} == DEFAULTS
    assert (
        repr(limits) == f"libami.Limits({', '.join(f'{name}={value}' for name, value in DEFAULTS.items())})"
    )


@pytest.mark.parametrize("name", DEFAULTS)
def test_limit_is_set_by_its_name_and_checked(name: str) -> None:
    assert getattr(libami.Limits(**{name: 1}), name) == 1
    assert getattr(libami.Limits(**{name: 2**70}), name) > 2**60
    for wrong in (0, -1, -(2**70)):
        with pytest.raises(ValueError, match=rf"the limit {name} must be at least 1"):
            libami.Limits(**{name: wrong})
    others: list[Any] = ["7", 1.5, True, b"7"]
    for other in others:
        with pytest.raises(TypeError, match=f"the limit {name} must be an int"):
            libami.Limits(**{name: other})
    with pytest.raises(AttributeError):
        setattr(libami.Limits(), name, 7)


def test_unknown_limits_are_refused() -> None:
    with pytest.raises(TypeError, match="frame"):
        libami.Limits(frame=7)  # type: ignore[call-arg]


LONG = "Response: Success\r\nActionID: {id}\r\n" + f"Line: {'x' * 1000}\r\n" * 3000 + "\r\n"
ENTRIES = (
    "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n",
    *("Event: Entry\r\nActionID: {id}\r\n\r\n" for _ in range(20)),
    "Event: Done\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n",
)
TEXT = "Response: Success\r\nActionID: {id}\r\n" + "Output: 0123456789\r\n" * 500 + "\r\n"


@pytest.mark.parametrize(
    ("limits", "pieces"),
    [
        ({"response": 2 << 20}, (LONG,)),
        ({"headers": 100}, (LONG,)),
        ({"message": 10_000}, (LONG,)),
        ({"line": 100}, ("Response: Success\r\nActionID: {id}\r\nLine: " + "x" * 200 + "\r\n\r\n",)),
        ({"output": 1000, "message": 1000}, (TEXT,)),
        ({"list": 10}, ENTRIES),
        ({"list_bytes": 500}, ENTRIES),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_answer_over_a_limit_fails_its_own_call(
    face: Face, script: Script, limits: dict[str, int], pieces: tuple[str, ...]
) -> None:
    script.on("Command", *pieces)
    client = connected(face, script, **limits)
    with pytest.raises(libami.ProtocolError, match=r"is too large|list of more than") as raised:
        face.do(lambda: client.action("Command", Command="x"))
    assert (raised.value.code, raised.value.name) == (202, "AMI_E_LIMIT")
    assert isinstance(face.do(client.ping), float)
    assert client.state == "open"
    face.do(client.close)
    free = connected(face, script)
    assert face.do(lambda: free.action("Command", Command="x"))["Response"] == "Success"
    face.do(free.close)


def test_banner_over_its_limit_is_refused(face: Face, script: Script) -> None:
    with pytest.raises(libami.ProtocolError):
        connected(face, script, banner=10)


def test_gateways_take_limits(face: Face, script: Script) -> None:
    script.on("Long", LONG)
    module: Any = libami.aio.gateway if face.runner else libami.gateway
    limits = libami.Limits(response=2 << 20)
    gateway = module.Gateway(
        "127.0.0.1", script.port, username="admin", secret=SECRET, dialect="openvox", limits=limits
    )
    face.do(gateway.open)
    with pytest.raises(libami.ProtocolError) as raised:
        face.do(lambda: gateway.action("Long"))
    assert raised.value.code == 202
    assert isinstance(face.do(gateway.ping), float)
    face.do(gateway.close)


def test_parser_limits_responses() -> None:
    long = b"Response: Success\r\nActionID: own\r\n" + b"Line: %s\r\n" % (b"x" * 1000) * 3000 + b"\r\n"
    for limits, is_over in (({"response": 2 << 20}, True), ({"response": 4 << 20}, False), ({}, False)):
        parser = protocol.Parser()
        parser.set_limits(**limits)
        parser.expect_action_id("own")
        parser.feed(b"Asterisk Call Manager/5.0.4\r\n" + long)
        if is_over:
            with pytest.raises(libami.ProtocolError) as raised:
                list(parser)
            assert raised.value.code == 202
        else:
            assert len(list(parser)) == 1
    with pytest.raises(ValueError, match="the limit response must be at least 1"):
        protocol.Parser().set_limits(response=0)
