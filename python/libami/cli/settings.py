"""The settings of a connection, from options, the environment, named contexts in config.toml, or the server's
own manager.conf; and the clients that are made with them."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from libami.cli.output import Failure, Output, UsageError

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
DIALECTS = ("auto", "openvox", "openvox-firmware", "openvox-2013", "allo", "yeastar", "dongle", "quectel")
"""Those of the library, so that the file's section can be named; a test compares the two."""
_PATHS = ("secret_file", "ca_file", "client_certificate", "client_key")
_SECRETS = ("secret", "secret_file", "credential")
"""The settings that bring a secret, the first of them that a place has."""

_LONGEST_SECRET = 4096

_WAYS = "give {} as an option, in the environment ({}), or in a context of {}"


class _Place(NamedTuple):
    """A place that settings come from."""

    settings: Mapping[str, Any]
    called: Callable[[str], str]
    """The name that a setting has there."""

    @property
    def secret(self) -> str | None:
        """The setting that brings its secret."""
        return next((key for key in _SECRETS if key in self.settings), None)


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
            f"{path} has the mode {mode:04o}, so others could read its secrets",
            remedy=f"run: chmod 600 {path}",
        )
    if status.st_uid not in (os.geteuid(), 0):
        raise UsageError(
            f"{path} belongs to another user, who could change it",
            remedy=f"run: chown {os.geteuid()} {path}",
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
        for key in context.keys() & set(_PATHS):
            # A file that is named beside its host is found from wherever the command is run.
            context[key] = str(path.parent / _expanded(context[key]))
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
        if value == "":
            raise UsageError(f"{path}: {key} in [{name}] is empty")
        # Written in another base, a number may be too long to be shown, or for a float.
        if type(value) is int and abs(value) > 1_000_000:
            raise UsageError(f"{path}: {key} in [{name}] is too large")
        if type(value) is str and "\0" in value:
            raise UsageError(f"{path}: {key} in [{name}] has a NUL character")
    if "secret" in context and "secret_file" in context:
        raise UsageError(f"{path}: [{name}] has secret and secret_file; leave one of them out")
    try:
        if "host" in context:
            split_host(context["host"])
        _check_port(context.get("port"))
        if "dialect" in context:
            _check_dialect(context["dialect"])
    except UsageError as error:
        raise UsageError(f"{path}: in [{name}], {error}") from None


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{path}: {error}") from None


def _check_port(port: int | None) -> None:
    if port is not None and not 0 < port < 65536:
        raise UsageError(f"there is no port {port}")


def _check_dialect(dialect: str) -> None:
    # A dialect with {…} in it is a command template, which the library checks.
    if "{" not in dialect and dialect not in DIALECTS:
        raise UsageError(f'there is no dialect "{dialect}"; there are {", ".join(DIALECTS)}, or a command')


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
    _check_port(found.get("port"))
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
        why = Failure(
            f"{place} may not be read by this user", remedy="run libami as root or as the server's user"
        )
        return {"host": "127.0.0.1", "why": why}
    except FileNotFoundError:
        why = Failure(f"there is no {place}, so --local finds nothing", remedy="give --host")
        return {"host": "127.0.0.1", "why": why}
    try:
        address = manager.address
    except UsageError as error:
        return {"host": "127.0.0.1", "why": error}
    found: dict[str, Any] = {"host": address, "port": manager.port}
    if not manager.is_enabled:
        why = UsageError(
            f"{place} has the manager switched off",
            remedy='write enabled = yes below [general], then run: asterisk -rx "manager reload"',
        )
        return {**found, "why": why}
    fitting = [user for user in manager.users if username in (None, user.name)]
    for user in fitting:
        if user.objection(address) is None:
            return {**found, "username": user.name, "secret": user.get("secret")}
    names = ", ".join(user.name for user in manager.users)
    if fitting:
        objections = (f"[{user.name}] {user.objection(address)}" for user in fitting)
        why = UsageError(f"in {place}, {'; '.join(objections)}")
    elif names:
        why = UsageError(f"there is no user {username} in {place}; it has {names}")
    else:
        why = UsageError(
            f"{place} has no user", remedy=f"add a section: [NAME], secret = ..., permit = {address}"
        )
    return {**found, "why": why}


def _environment_name(key: str) -> str:
    return "the credential libami-secret" if key == "credential" else f"LIBAMI_{key.upper()}"


def _places(arguments: argparse.Namespace) -> list[_Place]:
    """The places of settings, the most important first."""
    options = _Place(_of_options(arguments), lambda key: f"--{key.replace('_', '-')}")
    if arguments.local:
        for other in ("host", "context"):
            if getattr(arguments, other) is not None:
                raise UsageError(f"--local is this machine's own server; leave out --{other}, or --local")
        return [options, _Place(_of_manager_conf(arguments.username), lambda key: f"{key} in manager.conf")]
    if arguments.context == "":
        raise UsageError("the name of the context is empty")
    environment = _Place(_of_environment(), _environment_name)
    name = arguments.context or os.environ.get("LIBAMI_CONTEXT")
    # A host that is given stands alone, and takes nothing of what is meant for another one.
    if name is None and ("host" in options.settings or "host" in environment.settings):
        return [options, environment]
    found, default = contexts()
    if name is not None and name not in found:
        there = f"it has {', '.join(found)}" if found else "it has none"
        raise UsageError(f'there is no context "{name}" in {config_file()}; {there}')
    chosen = name or default
    if chosen is None and found:
        why = UsageError(
            f"{config_file()} has {', '.join(found)}",
            remedy=f'name one with -C, or write default = "{next(iter(found))}" at its top',
        )
        return [options, environment, _Place({"why": why}, str)]
    context = _Place(found.get(chosen or "", {}), lambda key: f"{key} in [{chosen}]")
    # A context that is named counts more than what happens to be in the environment.
    return [options, context, environment] if arguments.context else [options, environment, context]


def _same(key: str, one: str, other: str) -> bool:
    if key != "host":
        return one == other
    return split_host(one)[0].casefold() == split_host(other)[0].casefold()


def _stranger(merged: Mapping[str, Any], place: _Place) -> UsageError | None:
    """The reason why the secret of a place is not for the user and host that go before it."""
    given = place.settings
    for key, kind in (("username", "user"), ("host", "host")):
        if key in merged and key in given and not _same(key, merged[key], given[key]):
            return UsageError(
                f"{place.called(place.secret or '')} belongs to the {kind} {given[key]} "
                f"({place.called(key)}), so it is not used for {merged[key]}",
                remedy=f"give the secret for {merged[key]} by --secret-file FILE",
            )
    return None


def _merged(places: Sequence[_Place]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for place in places:
        # A port belongs to its host, a secret to its user and its host.
        skipped = set(merged)
        if "host" in merged and "host" in place.settings:
            skipped.add("port")
        if place.secret is not None:
            stranger = _stranger(merged, place)
            if stranger is not None:
                merged.setdefault("stranger", stranger)
            if stranger is not None or merged.keys() & set(_SECRETS):
                skipped |= set(_SECRETS)
            else:
                merged["secret_of"] = place.called(place.secret)
        merged |= {key: value for key, value in place.settings.items() if key not in skipped}
    return merged


def _secret(found: Mapping[str, Any]) -> str:
    if "secret" in found:
        return str(found["secret"])
    for key in ("secret_file", "credential"):
        if key in found:
            path = _expanded(str(found[key]))
            try:
                # The system itself guards the folder of a service's credentials.
                if key == "secret_file":
                    check_private(path)
                line = _first_line(path)
            except OSError as error:
                raise Failure(f"{path}: {error.strerror} ({found['secret_of']})") from None
            if secret := line.rstrip("\r\n"):
                return secret
            which = f"the first line of {path}" if line else str(path)
            raise UsageError(f"{which} is empty, and is to be the secret ({found['secret_of']})")
    username = found["username"]
    if sys.stdin.isatty():
        import getpass

        with suppress(EOFError):
            secret = getpass.getpass(f"Secret of {username} at {found['host']}: ", sys.stderr)
            if not secret:
                raise UsageError("the secret is empty")
            return secret
    ways = _WAYS.format("--secret-file", "LIBAMI_SECRET or LIBAMI_SECRET_FILE", config_file())
    why = found.get("stranger") or found.get("why")
    raise why or UsageError(f"there is no secret for {username}", remedy=ways)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        line = file.readline(_LONGEST_SECRET + 1)
    if len(line) > _LONGEST_SECRET:
        raise UsageError(f"{path}: its first line has more than {_LONGEST_SECRET} bytes, so it is no secret")
    try:
        # Editors may begin the file with a mark.
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8") from None


def address(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that need no secret: those that the arguments name, and the ones behind them. "why" is the
    reason if there is no context or no user of this machine's server to take, "stranger" the reason why a
    secret is not used, and "secret_of" the setting that names the secret."""
    found = _merged(_places(arguments))
    host, port = split_host(found.get("host", "127.0.0.1"))
    found["host"] = host
    if port is not None:
        found["port"] = port
    found.setdefault("port", None)
    if not found["host"]:
        raise UsageError("the host is empty")
    if found.get("username") == "":
        raise UsageError("the user name is empty")
    if "ca_file" in found:
        found["ca_file"] = str(_expanded(found["ca_file"]))
        found["tls"] = True
    return found


def find(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings with which a `libami.Client` is made."""
    return complete(arguments, address(arguments))


def complete(arguments: argparse.Namespace, found: Mapping[str, Any]) -> dict[str, Any]:
    """The same of settings that `address` has found; asks for the secret if need be."""
    if arguments.local and "why" in found:
        raise found["why"]
    if "username" not in found:
        ways = _WAYS.format("--username", "LIBAMI_USERNAME", config_file())
        raise found.get("why") or UsageError("there is no user name", remedy=ways)
    made = {
        "host": found["host"],
        "port": found["port"],
        "username": found["username"],
        "secret": _secret(found),
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
    for file in filter(None, (found.get("ca_file"), certificate, key)):
        # The library would call it a wrong value, and here it is a file like others.
        with open(file, "rb"):
            pass
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


def tell_of_outages(out: Output, peer: Client | Gateway) -> None:
    """Say when the connection is lost and tried again, for as long as it is open."""

    def say(marker: Any) -> None:
        if marker.get("State") == "waiting":
            pause = float(marker.get("RetryIn") or 0) / 1000
            out.say(f"no connection: {marker.get('Cause')}; trying again in {pause:.1f} s")

    peer.on("#state", say)
