"""Numbers and texts of people in what is recorded."""

from __future__ import annotations

import re

from libami.testing._wire import header, headers_of, split_lines

_SHORTEST = 5
"""Digits that a number must have to be somebody's; shorter ones are extensions and codes."""
# A Uniqueid, and the end of a channel's name, stay; then come the numbers.
_NUMBERS = re.compile(rb"\d{9,10}\.\d+|-[0-9a-f]{8}(?![0-9a-f])|(?<![0-9A-Za-z_.])(\d{5,})(?![0-9A-Za-z_.])")
_QUOTED = re.compile(rb"\"((?:[^\"\\]|\\.)*)\"")
_LINE = re.compile(rb"([^:\r\n]*)(:[ \t]*)(.*?)(\r?\n?)", re.DOTALL)
_KEPT = re.compile(
    rb"(?i)(action|event|response|actionid|privilege|.*uniqueid|.*linkedid|sequencenumber|timestamp|eventtv"
    rb"|authtype|key|challenge|secret|file|line|.*time|duration|billableseconds)"
)
_TEXTS = re.compile(
    rb"(?i)(text|sms|body|content|subject|messageline\d+|reply|ussd.*|calleridname|connectedlinename"
    rb"|destcalleridname|destconnectedlinename|callername)"
)
_WIRES = re.compile(rb"(?i)(pdu|base64|.*base64|payload|raw)")
"""Headers whose values are a message in hex or Base64."""
_QUOTING = re.compile(rb"(?i)(command|data|appdata|applicationdata|output|callerid|variable)")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


class Scrubber:
    """Replaces numbers of five digits and more, each by the same other one throughout, and texts by letters x
    of the same shape."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, bytes] = {}

    def scrub(self, data: bytes) -> bytes:
        """The message without numbers and texts."""
        is_response = header(headers_of(data), "Response") is not None
        return b"".join(self._line(line, is_response) for line in split_lines(data))

    def _line(self, line: bytes, is_response: bool) -> bytes:
        found = _LINE.fullmatch(line)
        if found is None:
            return self._value(line)
        name, colon, value, end = found.groups()
        bare = name.strip()
        if _KEPT.fullmatch(bare):
            return line
        if _WIRES.fullmatch(bare):
            value = re.sub(rb"[0-9A-Za-z]", b"0", value)
        elif _TEXTS.fullmatch(bare) or (bare.lower() == b"message" and not is_response):
            value = _shape(value)
        elif _QUOTING.fullmatch(bare):
            value = self._value(_QUOTED.sub(lambda quoted: self._quoted(quoted[1]), value))
        else:
            value = self._value(value)
        return name + colon + value + end

    def _quoted(self, text: bytes) -> bytes:
        return b'"' + (text if re.fullmatch(rb"\+?\d*", text) else _shape(text)) + b'"'

    def _value(self, value: bytes) -> bytes:
        return _NUMBERS.sub(lambda found: found[0] if found[1] is None else self._number(found[1]), value)

    def _number(self, digits: bytes) -> bytes:
        known = self._numbers.get(digits)
        if known is None:
            known = b"5%0*d" % (len(digits) - 1, len(self._numbers) + 1)
            self._numbers[digits] = known
        return known


def _shape(text: bytes) -> bytes:
    try:
        letters = _PERCENT.sub(b"x", text).decode()
    except UnicodeDecodeError:
        return b"x" * len(text)
    return "".join(
        "0" if letter.isdigit() else "x" if not letter.isascii() or letter.isalpha() else letter
        for letter in letters
    ).encode()
