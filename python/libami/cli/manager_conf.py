"""Reads a server's manager.conf, on the machine where it runs."""

from __future__ import annotations

import glob
import ipaddress
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PLACE = "/etc/asterisk/manager.conf"
_DEEPEST = 8
"""The most files that may include each other, as one may include itself."""
_MOST = 256
"""The most files in all."""

Setting = tuple[str, str]


@dataclass
class Section:
    """A part of the file under a name in brackets."""

    name: str
    settings: list[Setting] = field(default_factory=list)
    is_template: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The last value of a setting."""
        return next((value for key, value in reversed(self.settings) if key == name), default)

    def is_on(self, name: str, default: str = "no") -> bool:
        """True for a setting that the server takes for true."""
        return self.get(name, default).lower() in ("yes", "true", "y", "t", "1", "on")

    def admits(self, address: str) -> bool:
        """True if the user may log in from an address. Of the rules that fit, the last one counts."""
        try:
            source = ipaddress.ip_address(address)
        except ValueError:
            # A name that says no address here may say one to the server.
            return True
        admitted = True
        for key, value in self.settings:
            if key in ("permit", "deny"):
                for rule in value.split(","):
                    if _fits(rule.strip(), source):
                        admitted = key == "permit"
        return admitted

    def objection(self, address: str) -> str | None:
        """The reason why nobody can log in as this user from an address, if the file shows one."""
        if not self.get("secret"):
            return "has no secret"
        if not self.admits(address):
            return f"does not admit {address}; add: permit = {address}"
        return None


def _fits(rule: str, source: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    is_other = rule.startswith("!")
    try:
        network = ipaddress.ip_network(rule.removeprefix("!"), strict=False)
    except ValueError:
        return False
    return (source.version == network.version and source in network) != is_other


@dataclass
class Manager:
    """The whole file."""

    general: Section
    users: list[Section]

    @property
    def is_enabled(self) -> bool:
        return self.general.is_on("enabled")

    @property
    def port(self) -> int:
        return _number(self.general.get("port"), 5038)

    @property
    def tls_port(self) -> int | None:
        """The port with TLS, if that is on."""
        if not self.general.is_on("tlsenable"):
            return None
        return _number(self.general.get("tlsbindaddr").rpartition(":")[2], 5039)

    @property
    def address(self) -> str:
        """An address of this machine at which it listens."""
        bound = self.general.get("bindaddr")
        if match := re.fullmatch(r"\[([^\]]*)\](?::\d*)?|([^:]*):\d*", bound):
            bound = match[1] or match[2] or ""
        if bound in ("", "0.0.0.0", "::", "*"):
            return "127.0.0.1"
        with suppress(ValueError):
            return str(ipaddress.ip_address(bound))
        # The rules of users have addresses, so a name is looked up.
        with suppress(OSError, UnicodeError):
            return str(socket.getaddrinfo(bound, None, type=socket.SOCK_STREAM)[0][4][0])
        return bound


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() else default


def read(place: str | Path = PLACE) -> Manager:
    """Read the file, with what it includes. Raises OSError if it cannot be read."""
    sections: dict[str, Section] = {}
    current: Section | None = None
    for line in _lines(Path(place), 0, [_MOST]):
        if match := re.match(r"\[([^\]]*)\](?:\s*\(([^)]*)\))?", line):
            name, words = match[1].strip(), [each.strip() for each in (match[2] or "").split(",")]
            # A section of the same name goes on with the first, as "+" says, or as the server reads users.
            current = sections.setdefault(name, Section(name))
            current.is_template = current.is_template or "!" in words
            for word in words:
                if word in sections and word != name:
                    current.settings += sections[word].settings
        elif current is not None and "=" in line:
            key, _, value = line.partition("=")
            current.settings.append((key.strip().rstrip("+").lower(), value.removeprefix(">").strip()))
    general = sections.pop("general", Section("general"))
    return Manager(general, [each for each in sections.values() if not each.is_template])


def _lines(path: Path, depth: int, files_left: list[int]) -> Iterator[str]:
    """The lines that say something, without comments."""
    files_left[0] -= 1
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    for raw in re.sub(r"^;--.*?--;", "", text, flags=re.DOTALL | re.MULTILINE).splitlines():
        # A semicolon after a backslash is part of a value.
        line = re.sub(r"(?<!\\);.*", "", raw).replace("\\;", ";").strip()
        if match := re.match(r"#(?:try)?include\s+[<\"]?([^>\"]+)", line):
            for found in sorted(glob.glob(os.path.join(path.parent, match[1].strip()))):
                if depth < _DEEPEST and files_left[0] > 0:
                    yield from _lines(Path(found), depth + 1, files_left)
        elif line:
            yield line
