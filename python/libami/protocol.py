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

What goes wrong raises the package's ProtocolError, and is final. docs/parser.md says what is accepted,
refused and guaranteed.
"""

from __future__ import annotations

from libami._native import ParsedMessage as Message
from libami._native import Parser, escapes_values, unescape

__all__ = ["Message", "Parser", "escapes_values", "unescape"]
