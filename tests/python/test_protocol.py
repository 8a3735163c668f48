"""The parser alone."""

from __future__ import annotations

import socket

import libami
import pytest
from conftest import SECRET, WAIT
from libami.protocol import Message, Parser, encode, escapes_values, login_key, unescape
from libami.simulator import Simulator

STREAM = (
    b"Asterisk Call Manager/1.1\r\n"
    b"Response: Success\r\nActionID: 1\r\nMessage: Caf\xe9\r\n\r\n"
    b"Event: Hangup\r\nCause: 16\r\nCause: 17\n\r\n"
    b"Response: Follows\r\nPrivilege: Command\r\nActionID: 2\r\n"
    b"ActionID: 3\nEvent: no\n\n--END COMMAND--\r\n\r\n"
    b"Response: Success\r\nOutput: one\r\nOutput: two\r\n\r\n"
    b"Something: else\r\n\r\n"
)


def seen(message: Message) -> tuple[str, str, str | None, str | None]:
    return message.kind, message.name, message.action_id, message.output


EXPECTED = [
    ("response", "Success", "1", None),
    ("event", "Hangup", None, None),
    ("response", "Follows", "2", "ActionID: 3\nEvent: no\n"),
    ("response", "Success", None, "one\ntwo"),
    ("other", "", None, None),
]


@pytest.mark.parametrize("size", [1, 2, 7, len(STREAM)])
def test_parser_gives_the_same_messages_however_the_bytes_are_cut(size: int) -> None:
    parser = Parser()
    parser.expect_action_id("1")
    parser.expect_action_id(b"2")
    assert parser.banner is None
    messages: list[Message] = []
    for start in range(0, len(STREAM), size):
        parser.feed(STREAM[start : start + size])
        messages.extend(parser)
    assert parser.banner == "Asterisk Call Manager/1.1"
    assert [seen(message) for message in messages] == EXPECTED
    assert parser.next() is None
    parser.finish()
    assert messages[0]["message"] == "Caf\udce9"
    assert messages[0].get_bytes("Message") == b"Caf\xe9"
    assert messages[1].get_all("cause") == ["16", "17"]
    assert isinstance(messages[1], libami.Message)
    assert repr(messages[1]) == '<libami.ParsedMessage Hangup: Event, Cause="16">'


def test_parser_keeps_the_bytes_of_a_value_with_raw_line_ends() -> None:
    parser = Parser(encoding="latin-1")
    parser.feed(bytearray(b"Asterisk Call Manager/1.1\r\nEvent: X\r\nText: caf\xe9\r\nSecond: line\r\n\r\n"))
    message = parser.next()
    assert message is not None
    assert message["Text"] == "café"
    assert message.rest(1).startswith(b"caf\xe9\r\nSecond: line\r\n")


def test_parser_error_is_final_and_comes_last() -> None:
    parser = Parser()
    parser.set_limits(line=50)
    parser.feed(b"Asterisk Call Manager/1.1\r\nEvent: A\r\n\r\nEvent: " + 100 * b"B")
    first = parser.next()
    assert first is not None
    assert first.name == "A"
    for call in (parser.next, parser.finish, lambda: next(parser), lambda: parser.feed(b"\r\n")):
        with pytest.raises(libami.ProtocolError, match="more than 50 bytes") as raised:
            call()
        assert raised.value.code == 202


def test_parser_refuses_the_banner_of_another_protocol() -> None:
    parser = Parser()
    parser.feed(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    with pytest.raises(libami.ProtocolError, match="no Asterisk manager port") as raised:
        parser.next()
    assert raised.value.code == 200


def test_parser_refuses_an_end_within_a_message() -> None:
    parser = Parser()
    parser.feed(b"Asterisk Call Manager/1.1\r\nEvent: A\r\n")
    assert list(parser) == []
    with pytest.raises(libami.ProtocolError, match="ended within a message") as raised:
        parser.finish()
    assert raised.value.code == 201


def test_arguments_that_are_refused() -> None:
    parser = Parser()
    for value in (0, -1):
        with pytest.raises(libami.InvalidValue, match="must be at least 1"):
            parser.set_limits(frame=value)
    with pytest.raises(TypeError, match="str or bytes"):
        parser.expect_action_id(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        parser.feed("text")  # type: ignore[arg-type]
    with pytest.raises(libami.InvalidValue, match="no encoding"):
        Parser(encoding="nonsense")


ESCAPES = [
    (rb"\a\b\t\n\v\f\r\\\'\"\?", b"\a\b\t\n\v\f\r\\'\"?"),
    (rb"a\nb\r\\c\"d\q", b'a\nb\r\\c"d\\q'),
    (rb"\\n", rb"\n"),
    (rb"\\\n", b"\\\n"),
    (rb"\x41 \0 \z", rb"\x41 \0 \z"),
    (b"ends in \\", b"ends in \\"),
    (b"", b""),
    (b"plain", b"plain"),
    (b"a\0b\\n\0", b"a\0b\n\0"),
    ("您\\n好".encode(), "您\n好".encode()),
    (b"\xff\\\xff\\n\xe9", b"\xff\\\xff\n\xe9"),
]


@pytest.mark.parametrize(("escaped", "plain"), ESCAPES)
def test_escapes_are_undone_in_bytes_and_in_text(escaped: bytes, plain: bytes) -> None:
    assert unescape(escaped) == plain
    assert unescape(bytearray(escaped)) == plain
    for encoding, errors in (("utf-8", "surrogateescape"), ("latin-1", "strict")):
        assert unescape(escaped.decode(encoding, errors)) == plain.decode(encoding, errors)


def test_only_values_can_be_unescaped() -> None:
    for value in (None, 1, ["a"]):
        with pytest.raises(TypeError, match="str, bytes or bytearray"):
            unescape(value)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("version", "escapes"),
    [
        ("13.5.0", True),
        ("16.28.0~dfsg-0+deb11u4", True),
        ("22.10.1", True),
        ("13.4.0", False),
        ("1.8.20.0", False),
        ("", False),
        ("\ud800", False),
    ],
)
def test_which_servers_escape(version: str, escapes: bool) -> None:
    assert escapes_values(version) is escapes


def test_actions_are_made_as_the_client_makes_them() -> None:
    assert encode("Ping") == b"Action: Ping\r\n\r\n"
    made = encode("Login", {"AuthType": "MD5"}, username="admin", secret="x", ActionID="7")
    assert made == b"Action: Login\r\nActionID: 7\r\nAuthType: MD5\r\nusername: admin\r\nsecret: x\r\n\r\n"
    several = encode(
        "Originate", [("Variable", "A=1"), ("Channel", "x")], Variable={"C": "x, y"}, async_=True
    )
    lines = [b"Action: Originate", b"Variable: A=1", b"Channel: x", b"Variable: C=x\\, y", b"async: true"]
    assert several.split(b"\r\n") == [*lines, b"", b""]
    for name, value in (("Ping", "a\r\nAction: Logoff"), ("", "x"), ("Ping", 1022 * "x")):
        with pytest.raises(libami.InvalidValue):
            encode(name, X=value)
    # printf 138536221amp111 | md5sum
    assert login_key("138536221", "amp111") == "03e8eb953301e07d1c0b77c59a4d76bd"


def test_login_by_the_parser_alone_succeeds(gateway: Simulator) -> None:
    parser = Parser()

    def answer(sent: bytes) -> Message:
        parser.expect_action_id("1")
        link.sendall(sent)
        while True:
            for message in parser:
                if message.action_id == "1":
                    return message
            parser.feed(link.recv(4096))

    with socket.create_connection(("127.0.0.1", gateway.port), timeout=WAIT) as link:
        challenge = answer(encode("Challenge", AuthType="MD5", ActionID=1))["Challenge"]
        login = {"AuthType": "MD5", "Username": "admin", "Key": login_key(challenge, SECRET)}
        assert answer(encode("Login", login, ActionID=1)).name == "Success"
