"""The settings of a connection, from options, the environment, named contexts in config.toml, or the server's
own manager.conf; and the clients that are made with them."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from libami.cli.output import Output, UsageError

if TYPE_CHECKING:
    from libami._native import TLS
    from libami.client import Client
    from libami.gateway import Gateway

_Peer = TypeVar("_Peer", "Client", "Gateway")

_TEXTS = (
    "host",
    "username",
    "secret",
    "secret_file",
    "ca_file",
    "server_name",
    "client_certificate",
    "client_key",
    "dialect",
)
_SWITCHES = ("tls", "allow_plain_login", "danger_accept_any_certificate")
_KINDS: Mapping[str, type] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_SWITCHES, bool),
    "port": int,
    "port_rest": float,
}
"""The settings of a context, and the type of each."""

_LONGEST_SECRET = 4096

_WAYS = "give {} as an option, in the environment ({}), or in a context of {}"


def config_file() -> Path:
    """The file that has the contexts."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    # The rules for these folders want a relative one to be ignored.
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".config"
    return folder / "libami" / "config.toml"


def check_private(path: Path) -> None:
    """Refuse a file with secrets that others may read. A pipe has no others."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise UsageError(
            f"{path} has the mode {mode:04o}, so others could read its secrets; run: chmod 600 {path}"
        )
    if status.st_uid not in (os.geteuid(), 0):
        raise UsageError(
            f"{path} belongs to another user, who could change it; run: chown {os.geteuid()} {path}"
        )


def contexts() -> tuple[dict[str, dict[str, Any]], str | None]:
    """The contexts of config.toml, and the name of the one that is taken when none is named."""
    path = config_file()
    if not path.exists():
        return {}, None
    # A pipe or a device might have no end.
    if not path.is_file():
        raise UsageError(f"{path} is no regular file")
    check_private(path)
    import tomllib

    try:
        # Editors may begin the file with a mark.
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise UsageError(f"{path}: its arrays are too deep") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    default = found.pop("default", None)
    if default is not None and type(default) is not str:
        raise UsageError(
            f"{path}: default names a context, as a text in quotes, so no context can have that name"
        )
    for name, context in found.items():
        if not isinstance(context, dict):
            raise UsageError(f'{path}: "{name}" is not in a context; write it below a line such as [pbx]')
        _check_context(path, name, context)
    if default is None and len(found) == 1:
        default = next(iter(found))
    if default is not None and default not in found:
        raise UsageError(f'{path}: the default is "{default}", and there is no such context')
    return found, default


def _check_context(path: Path, name: str, context: Mapping[str, Any]) -> None:
    for key, value in context.items():
        if key not in _KINDS:
            known = ", ".join(_KINDS)
            raise UsageError(f"{path}: [{name}] has {key}, which is no setting; there are {known}")
        # True would pass for a number.
        kinds = (float, int) if _KINDS[key] is float else (_KINDS[key],)
        if type(value) not in kinds:
            kind = {str: "a text in quotes", bool: "true or false"}.get(_KINDS[key], "a number")
            raise UsageError(f"{path}: {key} in [{name}] must be {kind}")
        # Written in another base, a number may be too long to be shown, or for a float.
        if type(value) is int and abs(value) > 1_000_000:
            raise UsageError(f"{path}: {key} in [{name}] is too large")
        if type(value) is str and "\0" in value:
            raise UsageError(f"{path}: {key} in [{name}] has a NUL character")


def split_host(text: str) -> tuple[str, int | None]:
    """The host and the port of HOST, HOST:PORT, an IPv6 address, or one in brackets with a port."""
    host, colon, port = text.rpartition(":")
    if not colon or (host.count(":") and not host.endswith("]")):
        host, port = text, ""
    if not host or (
        port and not (port.isascii() and port.isdecimal() and len(port) < 10 and 0 < int(port) < 65536)
    ):
        raise UsageError(f'"{text}" is not HOST or HOST:PORT')
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host, int(port) if port else None


def _of_options(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {
        "host": arguments.host,
        "username": arguments.username,
        "secret_file": arguments.secret_file,
        "tls": arguments.tls,
        "ca_file": arguments.ca_file,
    }
    return {key: value for key, value in given.items() if value is not None}


def _of_environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in ("host", "port", "username", "secret", "secret_file"):
        if value := os.environ.get(f"LIBAMI_{key.upper()}"):
            found[key] = value
    if "port" in found:
        if not (found["port"].isascii() and found["port"].isdecimal() and len(found["port"]) < 10):
            raise UsageError(f'LIBAMI_PORT is "{found["port"]}", which is no number of a port')
        found["port"] = int(found["port"])
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and not found.keys() & {"secret", "secret_file"}:
        credential = Path(folder, "libami-secret")
        if credential.exists():
            found["credential"] = credential
    return found


def _of_manager_conf(username: str | None) -> dict[str, Any]:
    from libami.cli import manager_conf

    place = os.environ.get("LIBAMI_MANAGER_CONF") or manager_conf.PLACE
    try:
        manager = manager_conf.read(place)
    except PermissionError:
        raise UsageError(
            f"{place} may not be read by this user; run libami as root or as the server's user"
        ) from None
    except FileNotFoundError:
        raise UsageError(f"there is no {place}, so --local finds nothing; give --host") from None
    if not manager.is_enabled:
        raise UsageError(
            f"{place} has the manager switched off; write enabled = yes below [general], then run: "
            'asterisk -rx "manager reload"'
        )
    address = manager.address
    for user in manager.users:
        if username in (None, user.name) and user.get("secret") and user.admits(address):
            return {
                "host": address,
                "port": manager.port,
                "username": user.name,
                "secret": user.get("secret"),
            }
    whom = f'a user "{username}"' if username else "any user"
    raise UsageError(
        f"{place} has no secret of {whom} that may log in from {address}; add permit = {address} to one"
    )


def _layers(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Settings by their source, the most important first."""
    options, environment = _of_options(arguments), _of_environment()
    if arguments.local:
        return [options, _of_manager_conf(arguments.username)]
    if arguments.context == "":
        raise UsageError("the name of the context is empty")
    name = arguments.context or os.environ.get("LIBAMI_CONTEXT")
    # A host that is given stands alone: the secret of another one must not go there.
    if name is None and ("host" in options or "host" in environment):
        return [options, environment]
    found, default = contexts()
    if name is not None and name not in found:
        there = f"it has {', '.join(found)}" if found else "it has none"
        raise UsageError(f'there is no context "{name}" in {config_file()}; {there}')
    context = found.get(name or default or "", {})
    # A context that is named counts more than what happens to be in the environment.
    return [options, context, environment] if arguments.context else [options, environment, context]


def _merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    secrets = {"secret", "secret_file", "credential"}
    for layer in layers:
        # A port belongs to its host, a secret to its user.
        skipped = set(merged)
        if "host" in merged and "host" in layer:
            skipped.add("port")
        if "username" in merged and "username" in layer and layer["username"] != merged["username"]:
            skipped |= secrets
        if merged.keys() & secrets:
            skipped |= secrets
        merged |= {key: value for key, value in layer.items() if key not in skipped}
    return merged


def _secret(found: Mapping[str, Any], username: str, host: str) -> str:
    if "secret" in found:
        return str(found["secret"])
    for key in ("secret_file", "credential"):
        if key in found:
            path = Path(os.path.expanduser(found[key]))
            try:
                # The system itself guards the folder of a service's credentials.
                if key == "secret_file":
                    check_private(path)
                return _first_line(path)
            except OSError as error:
                raise UsageError(f"{path}: {error.strerror}") from None
    if sys.stdin.isatty():
        import getpass

        try:
            return getpass.getpass(f"Secret of {username} at {host}: ", sys.stderr)
        except EOFError:
            pass
    ways = _WAYS.format("--secret-file", "LIBAMI_SECRET or LIBAMI_SECRET_FILE", config_file())
    raise UsageError(f"there is no secret for {username}: {ways}")


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        line = file.readline(_LONGEST_SECRET + 1)
    if len(line) > _LONGEST_SECRET:
        raise UsageError(f"{path}: its first line has more than {_LONGEST_SECRET} bytes, so it is no secret")
    try:
        # Editors may begin the file with a mark.
        return line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8") from None


def address(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that need no secret: those that the arguments name, and the ones behind them."""
    found = _merged(_layers(arguments))
    host, port = split_host(found.get("host", "127.0.0.1"))
    found["host"] = host
    if port is not None:
        found["port"] = port
    found.setdefault("port", None)
    if not found["host"]:
        raise UsageError("the host is empty")
    if found["port"] is not None and not 0 < found["port"] < 65536:
        raise UsageError(f"there is no port {found['port']}")
    if "ca_file" in found:
        found["tls"] = True
    return found


def is_complete(found: Mapping[str, Any]) -> bool:
    """True if there is somebody to log in as."""
    return "username" in found


def find(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings with which a `libami.Client` is made."""
    return complete(arguments, address(arguments))


def complete(arguments: argparse.Namespace, found: Mapping[str, Any]) -> dict[str, Any]:
    """The same of settings that `address` has found; asks for the secret if need be."""
    if not is_complete(found):
        ways = _WAYS.format("--username", "LIBAMI_USERNAME", config_file())
        raise UsageError(f"there is no user name: {ways}")
    made = {
        "host": found["host"],
        "port": found["port"],
        "username": found["username"],
        "secret": _secret(found, found["username"], found["host"]),
        "tls": tls(found) if found.get("tls") else False,
    }
    for key in ("dialect", "allow_plain_login", "port_rest"):
        if key in found:
            made[key] = found[key]
    if arguments.connect_timeout is not None:
        made["connect_timeout"] = arguments.connect_timeout
    return made


def tls(found: Mapping[str, Any]) -> TLS:
    """The rules for TLS."""
    from libami._native import TLS

    certificate, key = found.get("client_certificate"), found.get("client_key")
    if (certificate is None) != (key is None):
        raise UsageError("client_certificate and client_key go together")
    return TLS(
        ca_file=found.get("ca_file"),
        server_name=found.get("server_name"),
        client_certificate=(certificate, key) if certificate is not None and key is not None else None,
        danger_accept_any_certificate=found.get("danger_accept_any_certificate", False),
    )


def client(arguments: argparse.Namespace, **more: Any) -> Client:
    """A client that is to be opened. Options have the last word over settings that the command wants."""
    from libami.client import Client

    return Client(**{**more, **find(arguments)})


def gateway(arguments: argparse.Namespace, **more: Any) -> Gateway:
    """A gateway that is to be opened."""
    from libami.gateway import Gateway

    return Gateway(**{**more, **find(arguments)})


@contextmanager
def opened(peer: _Peer) -> Iterator[_Peer]:
    """A client or gateway that is logged in, and is closed in the end."""
    with peer:
        peer.open()
        yield peer


def tell(out: Output, peer: Client | Gateway) -> None:
    """Say what it is connected to, before a command that lasts."""
    out.say(f"connected as {peer._name}")
