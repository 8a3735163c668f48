"""Facts that `libami doctor` sees only on the machine of the server."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

from libami.cli import manager_conf
from libami.cli.probe import Address


def is_here(address: Address) -> bool:
    """True if an address is one of this machine's."""
    host = str(address[1][0]).partition("%")[0]
    if ipaddress.ip_address(host).is_loopback:
        return True
    try:
        with socket.socket(address[0], socket.SOCK_DGRAM) as trial:
            trial.bind((address[1][0], 0, *address[1][2:]))
    except OSError:
        return False
    return True


def place() -> Path:
    """The server's manager.conf."""
    return Path(os.environ.get("LIBAMI_MANAGER_CONF") or manager_conf.PLACE)


def about_the_server(port: int) -> list[str]:
    """Facts about the server on this machine."""
    facts = []
    running = [path.parent.name for path in Path("/proc").glob("[0-9]*/comm") if _name(path) == "asterisk"]
    facts.append(
        f"a process asterisk runs here ({running[0]})" if running else "no process asterisk runs here"
    )
    try:
        manager = manager_conf.read(place())
    except OSError as error:
        facts.append(f"{place()}: {error.strerror}")
        return facts
    if not manager.is_enabled:
        facts.append(f"{place()} has not enabled = yes below [general]")
    else:
        bound = manager.general.get("bindaddr", "0.0.0.0")
        facts.append(f"{place()} has the manager on, with bindaddr = {bound}, port = {manager.port}")
    return facts


def _name(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def about_the_user(username: str, secret: str, source: str) -> str | None:
    """The reason why manager.conf of this machine refuses a login, if it can be read and shows one."""
    try:
        manager = manager_conf.read(place())
    except OSError:
        return None
    user = next((each for each in manager.users if each.name == username), None)
    if user is None:
        return f"{place()} has no section [{username}]"
    if objection := user.objection(source):
        return f"[{username}] in {place()} {objection}"
    if user.get("secret") != secret:
        return f"[{username}] in {place()} has another secret"
    return None
