"""Secrets in what is recorded."""

from __future__ import annotations

import re

from libami.testing._wire import header, headers_of, split_lines

HIDDEN = b"***"
_SHORTEST = 4
"""Bytes that a secret must have to be looked for elsewhere; a shorter one would be found in other words."""
_WORDS = rb"secret|md5secret|remotesecret|vmsecret|password|passwd|md5_cred|md5cred|auth_pass|authpass"
_ASSIGNED = re.compile(rb"(?i)(?<![a-z0-9_])((?:" + _WORDS + rb")\"?\s*(?:=>?|:)\s*\"?)([^\s,;&|\"]+)")
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
                # ListCommands has the names of actions as headers, and descriptions as values.
                is_named = names.fullmatch(found[1].strip()) and b" " not in found[3].strip()
                if is_named or (numbered and numbered[1] in numbers):
                    if is_login and len(found[3]) >= _SHORTEST:
                        self._known.add(found[3])
                    line = found[1] + found[2] + HIDDEN + found[4]
            lines.append(_ASSIGNED.sub(rb"\g<1>" + HIDDEN, line))
        whole = b"".join(lines)
        for secret in self._known:
            whole = whole.replace(secret, HIDDEN)
        return whole
