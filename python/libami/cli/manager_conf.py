"""Reads a server's manager.conf, on the machine where it runs."""

from __future__ import annotations

import errno
import glob
import ipaddress
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from libami.cli.output import UsageError

PLACE = "/etc/asterisk/manager.conf"
_DEEPEST = 8
"""The most files that may include each other, as one may include itself."""
_MOST_FILES = 500
"""The most files that are read: one that includes itself twice doubles them with each step."""

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
        source = ipaddress.ip_address(address)
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
        # An address, [address] or either with :port.
        parts = re.fullmatch(r"\[([^\]]*)\](?::\d*)?|([^:]*)(?::\d*)?", bound)
        host = bound if parts is None else parts[1] or parts[2] or ""
        if host in ("", "*", "0.0.0.0", "::"):
            return "127.0.0.1"
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            pass
        try:
            return str(socket.getaddrinfo(host, None)[0][4][0])
        except (OSError, UnicodeError):
            raise UsageError(
                f'manager.conf has bindaddr = {bound}, and "{host}" is no address; give --host'
            ) from None


def _number(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else default


def read(place: str | Path = PLACE) -> Manager:
    """Read the file, with what it includes. Raises OSError if it cannot be read."""
    sections: dict[str, Section] = {}
    current: Section | None = None
    for line in _lines(Path(place), 0, []):
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


def _lines(path: Path, depth: int, seen: list[Path]) -> Iterator[str]:
    """The lines that say something, without comments."""
    seen.append(path)
    if len(seen) > _MOST_FILES:
        raise OSError(errno.ELOOP, f"it includes more than {_MOST_FILES} files", str(seen[0]))
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    for raw in re.sub(r"^;--.*?--;", "", text, flags=re.DOTALL | re.MULTILINE).splitlines():
        # A semicolon after a backslash is part of a value.
        line = re.sub(r"(?<!\\);.*", "", raw).replace("\\;", ";").strip()
        if match := re.match(r"#(?:try)?include\s+[<\"]?([^>\"]+)", line):
            if depth < _DEEPEST:
                for found in sorted(glob.glob(os.path.join(path.parent, match[1].strip()))):
                    if os.path.isfile(found):
                        yield from _lines(Path(found), depth + 1, seen)
        elif line:
            yield line
