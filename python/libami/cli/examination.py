"""The steps of `libami doctor`, in their order: each looks at one thing, and the first that fails ends it."""

from __future__ import annotations

import argparse
import errno
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any

from libami.cli import account, certificate, local, probe
from libami.cli.finding import Finding, Stop, note, problem, well
from libami.cli.output import NO_CONNECTION, Output, shown
from libami.cli.probe import Address, Attempt

AMI = b"Asterisk Call Manager/"
_ALERT = b"\x15\x03"
_NO_TLS = ("WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "HTTP_REQUEST")
"""The reasons that OpenSSL gives for an answer that is not TLS."""


def examine(arguments: argparse.Namespace, given: Mapping[str, Any]) -> Iterator[Finding]:
    """All that there is to say about a connection with these settings."""
    examination = Examination(arguments, given)
    try:
        yield from examination.name()
        yield from examination.port()
        yield from examination.service()
        yield from account.examine(arguments, given, examination.connect)
    except Stop:
        return
    finally:
        examination.close()


class Examination:
    """The way to the server."""

    def __init__(self, arguments: argparse.Namespace, given: Mapping[str, Any]) -> None:
        self._out: Output = arguments.output
        self._patience: float = arguments.patience
        self._again_after: float = arguments.again_after
        self._given = given
        self._host: str = given["host"]
        self._has_tls = bool(given.get("tls"))
        self._port: int = given["port"] or (5039 if self._has_tls else 5038)
        self._addresses: list[Address] = []
        self._open: Attempt | None = None

    def close(self) -> None:
        """Leave nothing open."""
        if self._open is not None and self._open.socket is not None:
            self._open.socket.close()

    @property
    def _address(self) -> Address:
        assert self._open is not None
        return self._open.address

    def connect(self) -> socket.socket:
        """Another connection, to the address that works; through TLS if that is on. OSError if it fails."""
        made = probe.attempt(self._address, self._patience)
        if made.socket is None:
            raise OSError(made.errno, str(made))
        if not self._has_tls:
            return made.socket
        return certificate.context(self._given).wrap_socket(
            made.socket, server_hostname=self._given.get("server_name") or self._host
        )

    def name(self) -> Iterator[Finding]:
        """The addresses of the host's name."""
        try:
            self._addresses = _resolved(self._host, self._port, socket.AF_UNSPEC)
        except (socket.gaierror, ValueError) as error:
            each = {
                "A": _families(self._host, self._port, socket.AF_INET),
                "AAAA": _families(self._host, self._port, socket.AF_INET6),
            }
            seen = "; ".join(f"{kind}: {text}" for kind, text in each.items())
            is_passing = isinstance(error, OSError) and error.errno == socket.EAI_AGAIN
            yield problem(
                1,
                f'the name "{self._host}" does not resolve: {seen}',
                "the name servers of this machine do not answer (/etc/resolv.conf)"
                if is_passing
                else "no name server knows this name; it may be misspelt, or known in another network only",
                'write the right name, or the address itself: host = "192.0.2.1" in config.toml, or --host',
                NO_CONNECTION,
            )
            raise Stop from None
        spelled = ", ".join(probe.spelled(each) for each in self._addresses)
        yield well(f"the host is {spelled}")

    def port(self) -> Iterator[Finding]:
        """The addresses at which something listens."""
        failed: list[Attempt] = []
        for address in self._addresses:
            made = probe.attempt(address, self._patience)
            if not made.errno:
                self._open = made
                break
            failed.append(made)
        if self._open is None:
            if reset := [each for each in failed if each.errno == errno.ECONNRESET]:
                # It was accepted, and cut off before anything else.
                self._open = reset[0]
                yield from self._hung_up()
            yield self._closed(failed)
            raise Stop
        if any(each.address[0] != self._address[0] for each in failed):
            yield note(
                22,
                "; ".join(map(str, [*failed, self._open])),
                "the name has addresses of both families, and the server listens on one alone; libami tries "
                "them all, other programs may not, and the first ones take their time to fail",
                f'host = "{self._address[1][0]}" in config.toml, or bindaddr = :: in manager.conf, which is '
                "both",
            )
        yield well(f"something listens on {probe.spelled(self._address)}")

    def _closed(self, failed: list[Attempt]) -> Finding:
        seen = "\n".join(map(str, failed))
        refused = [each for each in failed if each.errno == errno.ECONNREFUSED]
        if refused:
            return self._refused(refused[0], seen)
        unreachable = [each for each in failed if each.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH)]
        if unreachable:
            return problem(
                3,
                seen,
                "a router or this machine itself says that there is no way to this address: the host is off, "
                "the network is another one, or a firewall rejects it",
                f"check the address, and the routes: ip route get {unreachable[0].address[1][0]}",
                NO_CONNECTION,
            )
        return problem(
            3,
            seen,
            "nothing answers at all: a firewall drops it on the way or on the server, or the host is off. A "
            "server without a manager would have refused it at once",
            f"on the server: iptables -I INPUT -p tcp --dport {self._port} -s THIS-HOST -j ACCEPT, or the "
            "same in the firewall between",
            NO_CONNECTION,
        )

    def _refused(self, refused: Attempt, seen: str) -> Finding:
        family, place = refused.address
        others = [
            port
            for port in (5038, 5039, 8088)
            if port != self._port
            and probe.is_open((family, (place[0], port, *place[2:])), min(self._patience, 1.0))
        ]
        facts = []
        if others:
            facts.append(f"open on the same host: {', '.join(map(str, others))}")
        if local.is_here(refused.address):
            facts += local.about_the_server(self._port)
        means = (
            "the host is up and nothing listens there: Asterisk is down, its manager is off (enabled = no is "
            "the default), it listens on another address (bindaddr = 127.0.0.1) or on another port"
        )
        change = (
            f"in manager.conf below [general]: enabled = yes, bindaddr = 0.0.0.0, port = {self._port}; "
            'then run: asterisk -rx "manager reload"'
        )
        if 5038 in others:
            change = f'host = "{self._host}:5038"; or, {change}'
        return problem(2, "\n".join([seen, *facts]), means, change, NO_CONNECTION)

    def service(self) -> Iterator[Finding]:
        """The service that listens."""
        assert self._open is not None
        assert self._open.socket is not None
        if self._has_tls:
            yield from self._behind_tls()
            return
        with self._open.socket as connection:
            said = probe.first_bytes(connection, self._patience)
        if said == b"":
            yield from self._hung_up()
        elif said is None:
            yield self._silent()
            raise Stop
        else:
            yield from self._greeting(said)

    def _greeting(self, said: bytes) -> Iterator[Finding]:
        line = _first_line(said)
        if said.startswith(AMI):
            yield well(f"it says: {line}")
            version = line.removeprefix(AMI.decode())
            if version.startswith("1."):
                yield note(
                    20,
                    f"it says: {line}",
                    "this is Asterisk 1.4 to 11, as many gateways have it: commands are answered in an older "
                    "form, which libami reads; newer actions and events are missing",
                    "nothing, if all works; a newer firmware of the gateway may have a newer Asterisk",
                )
            return
        if said.startswith(b"HTTP/"):
            yield self._http(line)
        elif said.startswith(_ALERT):
            yield self._encrypted("it answers by an alert in TLS")
        else:
            yield self._other(line)
        raise Stop

    def _http(self, line: str) -> Finding:
        return problem(
            7,
            f"it answers: {line}",
            "this is a web server, such as Asterisk's own (http.conf); that webenabled is on in manager.conf "
            "is another thing, libami needs the manager's own port",
            f'host = "{self._host}:5038", or the port that manager.conf has below [general]',
            NO_CONNECTION,
        )

    def _other(self, line: str) -> Finding:
        return problem(
            8,
            f"it says: {line}",
            "this is another service, not Asterisk's manager",
            f'host = "{self._host}:5038", or the port that manager.conf has below [general]',
            NO_CONNECTION,
        )

    def _silent(self) -> Finding:
        seen = f"it accepts connections and says nothing for {self._patience:g} s"
        if probe.answers_tls(self._address, self._patience):
            return self._encrypted(f"{seen}; a ClientHello is answered")
        said = self._asked()
        if said and said.startswith(b"HTTP/"):
            return self._http(_first_line(said))
        if said:
            return self._other(_first_line(said))
        return problem(
            8,
            f"{seen}, neither to AMI nor to TLS",
            "this is another service, or the server hangs: a manager greets at once",
            "look on the server: ss -ltnp, asterisk -rx 'core show uptime'",
            NO_CONNECTION,
        )

    def _encrypted(self, seen: str) -> Finding:
        return problem(
            5,
            seen,
            "the port wants TLS, as tlsbindaddr of manager.conf has it",
            'tls = true in config.toml, or --tls; without TLS, the port is "port" in manager.conf',
            NO_CONNECTION,
        )

    def _asked(self) -> bytes | None:
        """The answer of a service that waits to be asked."""
        for question in (b"GET / HTTP/1.0\r\n\r\n", b"Action: Ping\r\n\r\n"):
            if said := probe.heard(self._address, self._patience, question):
                return said
        return None

    def _hung_up(self) -> Iterator[Finding]:
        seen = "it accepts connections and closes them without a word"
        self._out.say(f"{seen}; trying again in {self._again_after:g} s")
        time.sleep(self._again_after)
        said = probe.heard(self._address, self._patience)
        means = (
            "something before Asterisk accepts them: a proxy with nothing behind it (docker-proxy, ssh -L), "
            "or a device's own list of addresses. It is no permit or deny of manager.conf: that would refuse "
            "the login in words"
        )
        change = "let this address in on the device, or start the server that is behind the proxy"
        if said and said.startswith(AMI):
            seen = f"{seen}; {self._again_after:g} s later it greets"
            means = (
                "too many sessions were waiting for their login (authlimit, 50 by default), and the server "
                "has closed the oldest since: programs connect and do not log in"
            )
            change = (
                "authlimit = 200 in manager.conf below [general]; asterisk -rx 'manager show connected' "
                "shows who it is"
            )
        yield problem(4, seen, means, change, NO_CONNECTION)
        raise Stop

    def _behind_tls(self) -> Iterator[Finding]:
        assert self._open is not None
        assert self._open.socket is not None
        try:
            context = certificate.context(self._given)
        except OSError as error:
            yield certificate.unreadable(error, self._given)
            raise Stop from None
        try:
            with (
                self._open.socket as plain,
                context.wrap_socket(
                    plain, server_hostname=self._given.get("server_name") or self._host
                ) as connection,
            ):
                trust = "is trusted" if context.verify_mode else "is not looked at"
                yield well(f"it speaks {connection.version()}, and its certificate {trust}")
                said = probe.first_bytes(connection, self._patience)
        except OSError as error:
            yield from self._no_tls(error)
            raise Stop from None
        if said == b"":
            yield from self._hung_up()
        yield from self._greeting(said or b"nothing")

    def _no_tls(self, error: OSError) -> Iterator[Finding]:
        is_of_tls = isinstance(error, ssl.SSLError) and error.reason not in _NO_TLS
        if is_of_tls:
            yield certificate.refused(error, self._given, self._address, self._patience)
            return
        said = probe.heard(self._address, self._patience)
        if said is None:
            said = self._asked()
        line = _first_line(said or b"")
        if said == b"":
            yield from self._hung_up()
        elif said and said.startswith(AMI):
            yield problem(
                6,
                f"in place of TLS it says: {line}",
                "this is the manager's port without TLS",
                "tls = false in config.toml, or no --tls; or the port of tlsbindaddr in manager.conf, 5039 "
                "by default, with tlsenable = yes",
                NO_CONNECTION,
            )
        elif said and said.startswith(b"HTTP/"):
            yield self._http(line)
        else:
            yield self._other(line or "nothing, and neither does it speak TLS")


def _first_line(said: bytes) -> str:
    return shown(said.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "backslashreplace"))


def _resolved(host: str, port: int, family: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return list(dict.fromkeys((int(each[0]), each[4]) for each in found))


def _families(host: str, port: int, family: int) -> str:
    try:
        return ", ".join(str(each[1][0]) for each in _resolved(host, port, family))
    except socket.gaierror as error:
        return error.strerror or str(error)
    except ValueError:
        # Its parts are empty or too long, or it has characters that no name has.
        return "this is no name"
