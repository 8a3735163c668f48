"""The parser alone, for programs with their own loop: bytes in, messages out.

For example::

    from libami.protocol import Parser

    parser = Parser()
    while data := connection.recv(65536):
        parser.feed(data)
        for message in parser:
            print(message.kind, message.name)
    parser.finish()

From Asterisk 13.5 on the values of VarSet and ChanVariable and the names of callers are escaped as C does::

    if escapes_values(settings["AsteriskVersion"]):
        value = unescape(event["Value"])

Actions are made of a name and headers, as in `libami.Client.action`; the secret need not cross the network::

    connection.sendall(encode("Challenge", ActionID="1", AuthType="MD5"))
    key = login_key(challenge, secret)
    connection.sendall(encode("Login", ActionID="2", AuthType="MD5", Username="admin", Key=key))

What goes wrong raises the package's ProtocolError, and is final. docs/parser.md says what is accepted,
refused and guaranteed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from libami import _arguments, _native
from libami._arguments import Value
from libami._native import ParsedMessage as Message
from libami._native import Parser, escapes_values, login_key, unescape

__all__ = ["Message", "Parser", "encode", "escapes_values", "login_key", "unescape"]


def encode(
    name: str,
    headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None = None,
    /,
    **more: Value,
) -> bytes:
    """Make of an action the bytes that go over the wire. Headers are given as to `libami.Client.action`; an
    ActionID goes out only if one is among them, and `Parser.expect_action_id` wants it too.

    Raises InvalidValue for what would end a line, for a line over 1022 bytes and for more than 128 headers.
    """
    try:
        return _native.encode_action(name, _arguments.listed(headers, more))
    finally:
        # Some show local variables in tracebacks; these may be secrets or people's texts.
        del headers, more
