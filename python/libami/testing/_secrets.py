"""Secrets in what is recorded."""

from __future__ import annotations

import re

from libami.testing._wire import header, headers_of, split_lines

HIDDEN = b"***"
_SHORTEST = 4
"""Bytes that a secret must have to be looked for elsewhere; a shorter one would be found in other words."""
_WORDS = rb"secret|md5secret|remotesecret|vmsecret|password|passwd|md5_cred|md5cred|auth_pass|authpass"
_SUSPECT = re.compile(rb"(?i)" + _WORDS + rb"|challenge|login")
"""Of most messages there is nothing to hide, and events come fast."""
_SETTING = re.compile(rb"(?i)^(line-\d+-\d+[ \t]*:[ \t]*(?:" + _WORDS + rb")[ \t]*=>?[ \t]*)[^\r\n]+")
"""A line of a configuration file, whose value goes up to the end."""
_ASSIGNED = re.compile(
    rb"(?i)(?<![a-z0-9_])((?:" + _WORDS + rb")\"?[ \t]*(?:=>?|:)[ \t]*\"?)[^\s,;&|\"][^\r\n,;&|\"]*"
)
_SECRET_NAMES = re.compile(rb"(?i)(?:" + _WORDS + rb"|challenge)")
_LINE = re.compile(rb"([^:\r\n]*?)(\s*:[ \t]*)(.*?)(\r?\n?)", re.DOTALL)
_SECRET_NAMES_OF_LOGIN = re.compile(rb"(?i)(?:" + _WORDS + rb"|challenge|key)")
_VARIABLES = re.compile(rb"(?im)^var-(\d+)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$")
_VALUE = re.compile(rb"(?i)value-(\d+)")


class Secrets:
    """Replaces secrets, and remembers those of logins, as servers repeat them."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def hide(self, data: bytes) -> bytes:
        """The message without its secrets."""
        whole = self._hide(data) if _SUSPECT.search(data) else data
        for secret in self._known:
            whole = whole.replace(secret, HIDDEN)
        return whole

    def _hide(self, data: bytes) -> bytes:
        headers = headers_of(data)
        is_login = (header(headers, "Action") or "").strip().lower() == "login"
        names = _SECRET_NAMES_OF_LOGIN if is_login else _SECRET_NAMES
        # UpdateConfig has the name of a setting in one header and its value in another.
        numbers = {number for number, name in _VARIABLES.findall(data) if _SECRET_NAMES.fullmatch(name)}
        lines = []
        for line in split_lines(data):
            found = _LINE.fullmatch(line)
            if found is not None and found[3]:
                numbered = _VALUE.fullmatch(found[1])
                name = found[1].strip()
                # ListCommands has the names of actions as headers, and descriptions as values.
                is_action = name.lower() == b"challenge" and b" " in found[3].strip()
                if (names.fullmatch(name) and not is_action) or (numbered and numbered[1] in numbers):
                    if is_login and len(found[3]) >= _SHORTEST:
                        self._known.add(found[3])
                    line = found[1] + found[2] + HIDDEN + found[4]
            line = _SETTING.sub(rb"\g<1>" + HIDDEN, line)
            lines.append(_ASSIGNED.sub(rb"\g<1>" + HIDDEN, line))
        return b"".join(lines)
