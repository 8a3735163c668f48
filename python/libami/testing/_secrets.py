"""Secrets in what is recorded."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from libami.testing._wire import CODEC, headers_of, split_lines

HIDDEN = b"***"
_SHORTEST = 4
"""Bytes that a secret must have to be looked for elsewhere; a shorter one would be found in other words."""
_SHORTEST_CODE = 5
"""Letters that a piece of Base64 must have to be looked for."""
_NAME = (
    rb"(?:(?!usingpassword)[a-z0-9_.-]*(?:secret|password|passwd|passphrase"
    rb"|(?:md5|password|auth)_?(?:cred|digest)"
    rb"|(?:api|access|secret)[-_]?key|(?:refresh|access|auth|bearer|api)[-_]?token)"
    rb"|(?:[a-z0-9_.-]*[-_.])?(?:pass|token|pin)|(?:db|auth|user|sql|admin)pass|(?:user|admin|sim)pin"
    rb"|receivedhash|expectedresponse)"
)
"""The names of headers, settings and variables whose values are secrets."""
_SUSPECT = re.compile(
    rb"(?i)secret|passw|passphrase|pass\b|cred|digest|token|hash|challenge|expected|pin\b|key\b|login"
    rb"|(?:line|value|match)-\d|json|:[^\s:/@]{0,200}:[^\s@]{0,200}@"
)
"""Of most messages there is nothing to hide, and events come fast."""
_SECRET_NAME = re.compile(rb"(?i)" + _NAME)
_CHALLENGE = re.compile(rb"(?:received)?challenge")
_ASSIGNED = re.compile(
    rb"(?i)((?<![a-z0-9_.-])" + _NAME + rb"(?:\\*[\"'])?[ \t]*(?:=>?+|:)[ \t]*)(?!\\*[\"']?\*\*\*)\S[^\r\n]*"
)
"""A name and its value, which goes up to the end of the line: a secret may have any letter in it."""
_VARIABLE = re.compile(rb"(?i)((?<![a-z0-9_.-])" + _NAME + rb"[ \t]*=[ \t]*)(?!\*\*\*)[^\s,|][^\r\n,|]*")
"""The same for a channel's variables: a comma ends one, or a `|` in old servers."""
_SETTING = re.compile(rb"([^=\r\n]*?)([ \t]*=>?[ \t]*)(.+)", re.DOTALL)
"""A line of a configuration file in the answer to GetConfig."""
_PAIR = re.compile(rb"((?<!\\)\"((?:[^\"\\]|\\.)*)\"[ \t]*:[ \t]*\")((?:[^\"\\]|\\.)*)")
"""A name and a value in JSON."""
_NUMBERED = re.compile(rb"(?:value|match)-(\d+)")
_ACCOUNT = re.compile(rb"(?i)(?:remote_?)?(?:register|auth)")
_ACCOUNT_SECRET = re.compile(rb"((?:\w+://)?[^:#]*[:#])(.*?)(@[^@]*)?", re.DOTALL)
"""user:secret@host, or user#md5@realm."""
_URL_SECRET = re.compile(rb"(?i)((?:\w://|\bsips?:)[^\s:/@]{0,200}:)[^\s@]{1,200}(?=@)")


class Secrets:
    """Replaces secrets, and remembers those of logins, as servers repeat them."""

    def __init__(self) -> None:
        self._known: list[bytes] = []
        """The forms in which they may come again, the longest first."""

    def hide(self, data: bytes) -> bytes:
        """The message without its secrets."""
        whole = self._hide(data) if _SUSPECT.search(data) else data
        for secret in self._known:
            whole = whole.replace(secret, HIDDEN)
        return whole

    def _hide(self, data: bytes) -> bytes:
        headers = [(name.strip().lower(), value.strip()) for name, value in headers_of(data)]
        names = {name for name, _ in headers}
        is_login = any(name == "action" and value.lower() == "login" for name, value in headers)
        secrets = {b"response"} if "expectedresponse" in names else set()
        # A message that broke off may be a login, too.
        if is_login or not names & {"action", "event", "response"}:
            secrets.add(b"key")
        elsewhere = dict(_named_elsewhere(headers))
        lines = []
        for line in split_lines(data):
            name, colon, rest = line.partition(b":")
            bare, value = name.strip().lower(), rest.strip()
            if not colon or not value:
                lines.append(_ASSIGNED.sub(rb"\g<1>" + HIDDEN, line))
                continue
            # ListCommands has the names of actions as headers, and descriptions as values.
            is_secret = _CHALLENGE.fullmatch(bare) is not None and b" " not in value
            if is_secret or bare in secrets or _SECRET_NAME.fullmatch(bare):
                if is_login:
                    self._remember(rest)
                shown = HIDDEN
            elif bare in elsewhere:
                shown = _setting(elsewhere[bare], value, is_file=bare not in (b"value", b"val"))
            elif bare.startswith(b"line-") and (found := _SETTING.fullmatch(value)):
                shown = found[1] + found[2] + _setting(found[1], found[3], is_file=True)
            elif bare == b"json":
                shown = _PAIR.sub(lambda found: found[1] + _setting(found[2], found[3], is_file=True), value)
            elif bare in (b"variable", b"chanvariable"):
                lines.append(name + colon + _VARIABLE.sub(rb"\g<1>" + HIDDEN, rest))
                continue
            else:
                shown = value
            line = line if shown == value else name + colon + _with(rest, value, shown)
            # The text of a command has no headers.
            lines.append(_URL_SECRET.sub(rb"\g<1>" + HIDDEN, _ASSIGNED.sub(rb"\g<1>" + HIDDEN, line)))
        return b"".join(lines)

    def _remember(self, rest: bytes) -> None:
        line = rest.rstrip(b"\r\n").removeprefix(b" ")
        forms = set(self._known)
        for secret in (line, line.strip()):
            if len(secret) >= _SHORTEST:
                forms.update(_forms(secret))
        self._known = sorted(forms, key=len, reverse=True)


def _named_elsewhere(headers: list[tuple[str, str]]) -> Iterator[tuple[bytes, bytes]]:
    """The headers whose value another header names, and the name."""
    for name, value in headers:
        named = value.encode(*CODEC)
        if name.startswith("var-"):
            number = name.removeprefix("var-")
            # UpdateConfig marks objects by a letter.
            yield f"value-{number}".encode(*CODEC), named.strip(b"= \t")
            yield f"match-{number}".encode(*CODEC), named.strip(b"= \t")
        elif name == "variable":
            yield b"value", named
        elif name == "key":
            # Of the database.
            yield b"val", named


def _setting(name: bytes, value: bytes, is_file: bool) -> bytes:
    """The value of a setting or a variable without its secret; `is_file` if it is of a configuration file."""
    if _SECRET_NAME.fullmatch(name.strip()):
        return HIDDEN
    if not is_file:
        return value
    if _ACCOUNT.fullmatch(name.strip()) and (found := _ACCOUNT_SECRET.fullmatch(value)):
        return found[1] + HIDDEN + (found[3] or b"")
    if name.strip().isdigit():
        # A mailbox: its password stands first.
        return HIDDEN + b"".join(value.partition(b",")[1:])
    return value


def _with(rest: bytes, value: bytes, shown: bytes) -> bytes:
    """The rest of a line with another value. Of a secret the blanks at its end are its own."""
    at = rest.index(value)
    behind = rest[at + len(value) :]
    return rest[:at] + shown + (behind.lstrip(b" \t") if shown == HIDDEN else behind)


def _forms(secret: bytes) -> Iterator[bytes]:
    """A secret as others may write it: as it is, in JSON, in a URL, in Base64."""
    yield secret
    text = secret.decode(*CODEC)
    for is_ascii in (True, False):
        inside = json.dumps(text, ensure_ascii=is_ascii)[1:-1].encode(*CODEC)
        yield from (inside, inside.replace(b"/", b"\\/"))
    for coded in (quote(secret, ""), quote(secret), quote(secret, "!'()*"), quote_plus(secret)):
        yield coded.encode()
        yield re.sub("%..", lambda code: code[0].lower(), coded).encode()
    # Of Base64 the letters that are all the secret's, whatever stands around it.
    for before in range(3):
        letters = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        first = (before * 8 + 5) // 6
        whole = letters[first : (before + len(secret)) * 8 // 6]
        if len(whole) >= _SHORTEST_CODE:
            yield from (whole, whole.replace(b"+", b"-").replace(b"/", b"_"))
