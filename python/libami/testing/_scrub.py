"""Numbers and texts of people in what is recorded."""

from __future__ import annotations

import re
from collections.abc import Callable

from libami.testing._wire import CODEC, headers_of, split_lines

# A percent sign and its code stay. Whatever stands beside a number, it may be somebody's; all else of five
# digits and more, such as a Uniqueid, is replaced the same way everywhere, and so stays what it was: a name.
_NUMBERS = re.compile(
    rb"%[0-9A-Fa-f]{2}|((?<![0-9A-Za-z])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{12,}(?![0-9A-Za-z])|[0-9]{5,})"
)
_QUOTED = re.compile(rb"\"((?:[^\"\\]|\\.)*)(\"|\\?$)")
"""Without its end, too: it may have been cut."""
_NUMBER = re.compile(rb"[+*#]*[0-9*#]*")
_LINE = re.compile(rb"([^:\r\n]*)(:[ \t]*)(.*?)(\r?\n?)", re.DOTALL)
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9_()./-]*[ \t]*")
"""The name of a header, as opposed to a text with a colon."""
_SMS_HEADER = re.compile(rb"(?i)(?:actionid|id|gsmspan|sender|recvtime|index|total|smsc|pdu)[ \t]*")
"""The headers that may stand behind the text of an SMS."""
_BANNER = re.compile(rb"[^\r\n:]*/[0-9.]+\s*")
_END_OF_TEXT = re.compile(rb"--END [A-Z ]+--\s*")
_NUMBERED = re.compile(rb"[A-Za-z]+(?:-[0-9]{6}){1,2}")
"""Headers of configurations, such as Line-000000-000001, whose numbers count."""

_KEPT = re.compile(rb"(?i)action|event|response|privilege|sequencenumber|listitems|authtype|challenge|secret")
_TIMES = re.compile(rb"(?i)timestamp|eventtv|sessiontv|.*time|.*duration|billableseconds")
_TIME = re.compile(rb"1[0-9]{9}(?:[.-][0-9]+)?|[0-9]{1,7}")
_NAMES = (
    rb"|.*(?:callerid|connectedline|caller|called|member|full|first|last|sur|customer|contact|display|agent|cid)"
    rb"[-_ ]?\(?name\)?"
)
_TEXTS = re.compile(
    rb"(?i)_{0,2}(?:text|(?:.*[-_ ])?(?:sms|ussd|message|msg)[-_ ]?(?:te?xt|body|content|message)?|body"
    rb"|content|subject|messageline\d+|reply|ussd.*|val|.*e-?mail" + _NAMES + rb"|/\S*)"
)
_PERSONS = re.compile(rb"(?i).*name")
"""Headers that have a name of a person, if it has a blank in it."""
_CALLERS = re.compile(rb"(?i).*(?:callerid|clid)(?:\(all\))?|from|to|contact")
_CALLER = re.compile(rb"([^<]*?)(\s*<.*)", re.DOTALL)
_WIRES = re.compile(rb"(?i)_{0,2}(?:.*pdu|.*base64|payload|raw|userdata)")
"""Headers and variables whose values are a message in hex or Base64."""
_DATA = re.compile(rb"(?i)data|value|val")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){4,}")
_QUOTING = re.compile(rb"(?i)(?:data|appdata|applicationdata|output|(?:chan)?variable(?:\(.*\))?)")
_ASSIGNED = re.compile(rb"(?:^|(?<=[,|(]))([A-Za-z_][A-Za-z0-9_()]*)=")
_SMS = re.compile(rb"(?i)([^\"]*?\bsms[ \t]+\S+[ \t]+\S+[ \t]+)([^\"].*)", re.DOTALL)
"""The command of a driver that takes the rest of its line for the text."""
_PAIR = re.compile(rb"(?<!\\)\"((?:[^\"\\]|\\.)*)(\"[ \t]*:[ \t]*\")((?:[^\"\\]|\\.)*)")
_SETTING = re.compile(rb"([^=\r\n]*?)([ \t]*=>?[ \t]*)(.*)", re.DOTALL)
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_LETTERS = re.compile(rb"[^\r\n]")


class Scrubber:
    """Replaces numbers of five digits and more, each by the same other one throughout, and texts by letters x
    of the same shape."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, bytes] = {}

    def scrub(self, data: bytes) -> bytes:
        """The message without numbers and texts."""
        if _BANNER.fullmatch(data):
            return data
        headers = {name.strip().lower(): value for name, value in headers_of(data)}
        variable = headers.get("variable", "").strip().encode(*CODEC)
        is_response = "response" in headers
        # A text with an empty line in it looks like further messages.
        is_text = not headers.keys() & {"action", "event", "response"}
        # The lines of an SMS may look like headers.
        is_sms = "sms" in headers.get("event", "").lower()
        continues = is_content = False
        lines = []
        for line in split_lines(data):
            name, colon, _ = line.partition(b":")
            is_header = colon and (_SMS_HEADER if is_content else _HEADER).fullmatch(name) is not None
            if _END_OF_TEXT.fullmatch(line):
                lines.append(line)
            elif is_text or (continues and not is_header):
                lines.append(_shape(line))
            else:
                lines.append(self._line(line, is_response, variable))
                bare = name.strip().lower()
                continues = continues or (not is_response and _is_text(bare, is_response))
                is_content = is_content or (is_sms and bare == b"content")
        return b"".join(lines)

    def _line(self, line: bytes, is_response: bool, variable: bytes) -> bytes:
        found = _LINE.fullmatch(line)
        if found is None:
            return self._value(line)
        name, colon, value, end = found.groups()
        bare = name.strip()
        shown = name if _NUMBERED.fullmatch(bare) else self._value(name)
        return shown + colon + self._named(bare, value, is_response, variable) + end

    def _named(self, name: bytes, value: bytes, is_response: bool = False, variable: bytes = b"") -> bytes:
        """The value of a header, a variable or a setting of this name."""
        lower = name.lower()
        if lower == b"value" and variable:
            return self._named(variable, value)
        if _KEPT.fullmatch(name) or (_TIMES.fullmatch(name) and _TIME.fullmatch(value)):
            return value
        if _WIRES.fullmatch(name):
            return re.sub(rb"[0-9A-Za-z]", b"0", value)
        if _DATA.fullmatch(name) and _HEX.fullmatch(value) and not value.isdigit():
            return self._other(value)
        if _NUMBER.fullmatch(value):
            return self._value(value)
        if _is_text(lower, is_response) or (_PERSONS.fullmatch(name) and b" " in value):
            return _shape(value)
        if _CALLERS.fullmatch(name) and (caller := _CALLER.fullmatch(value)):
            return _shape(caller[1]) + self._value(caller[2])
        if lower.endswith((b"callerid", b"clid", b"callerid(all)")):
            return _shape(value)
        if lower == b"command":
            sent = _SMS.fullmatch(value)
            return self._value(sent[1]) + _shape(sent[2]) if sent else self._quoting(value)
        if lower == b"output":
            # The lines of a text may be like headers.
            return self._line(value, True, b"") if b":" in value else self._quoting(value)
        if lower.startswith(b"line-") and (setting := _SETTING.fullmatch(value)):
            return self._setting(*setting.groups())
        if lower == b"json":
            return self._apart(_PAIR, value, lambda pair: b'"' + self._setting(*pair.groups()))
        if not _QUOTING.fullmatch(name):
            return self._value(value)
        for assigned in _ASSIGNED.finditer(value):
            if _is_text(assigned[1].lower(), False) or _WIRES.fullmatch(assigned[1]):
                text = self._named(assigned[1], value[assigned.end() :])
                return self._quoting(value[: assigned.end()]) + text
        return self._quoting(value)

    def _setting(self, name: bytes, between: bytes, value: bytes) -> bytes:
        # A mailbox has the name of its owner behind the password.
        shown = _shape(value) if name.isdigit() else self._named(name.strip(), value)
        return self._value(name) + between + shown

    def _quoting(self, value: bytes) -> bytes:
        return self._apart(_QUOTED, value, lambda found: b'"' + self._quoted(found[1]) + found[2])

    def _quoted(self, text: bytes) -> bytes:
        return self._value(text) if _NUMBER.fullmatch(text) else _shape(text)

    def _apart(
        self, pattern: re.Pattern[bytes], value: bytes, inside: Callable[[re.Match[bytes]], bytes]
    ) -> bytes:
        """A value with what fits shown by a function, and without the numbers of the rest."""
        done = 0
        pieces = []
        for found in pattern.finditer(value):
            pieces += [self._value(value[done : found.start()]), inside(found)]
            done = found.end()
        return b"".join([*pieces, self._value(value[done:])])

    def _value(self, value: bytes) -> bytes:
        return _NUMBERS.sub(self._number, value)

    def _number(self, found: re.Match[bytes]) -> bytes:
        return found[0] if found[1] is None else self._other(found[1])

    def _other(self, number: bytes) -> bytes:
        """The number, or number in hex, that stands for this one."""
        known = self._numbers.get(number)
        if known is None:
            first = b"5" if number.isdigit() else b"0"
            known = first + b"%0*d" % (len(number) - 1, len(self._numbers) + 1)
            self._numbers[number] = known
        return known


def _is_text(name: bytes, is_response: bool) -> bool:
    return _TEXTS.fullmatch(name) is not None and not (is_response and name == b"message")


def _shape(text: bytes) -> bytes:
    try:
        letters = _PERCENT.sub(b"x", text).decode()
    except UnicodeDecodeError:
        return _LETTERS.sub(b"x", text)
    return "".join(
        "0" if letter.isdigit() else "x" if not letter.isascii() or letter.isalpha() else letter
        for letter in letters
    ).encode()
