"""A connection for `libami doctor`, which looks at what comes before it is taken for anything."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from libami.protocol import Message, Parser, encode, login_key

Address = tuple[int, Any]
"""A family, and an address of it as sockets have it."""

_READ = 65_536


class EndError(Exception):
    """The server has closed the connection, or broken it."""


class SilenceError(Exception):
    """The server has said nothing in time."""


def spelled(address: Address) -> str:
    """An address as people write it."""
    host, port = address[1][:2]
    return f"[{host}]:{port}" if address[0] == socket.AF_INET6 else f"{host}:{port}"


@dataclass
class Attempt:
    """The result of connecting to an address."""

    address: Address
    errno: int
    """0 if it is open."""
    seconds: float
    socket: socket.socket | None = None

    def __str__(self) -> str:
        if not self.errno:
            return f"{spelled(self.address)} is open"
        return f"{spelled(self.address)}: {os.strerror(self.errno)} after {self.seconds:.1f} s"


def attempt(address: Address, timeout: float) -> Attempt:
    """Try to connect."""
    import errno

    began = time.monotonic()
    made = None
    try:
        # A machine without IPv6 has no such sockets.
        made = socket.socket(address[0], socket.SOCK_STREAM)
        made.settimeout(timeout)
        made.connect(address[1])
    except OSError as error:
        if made is not None:
            made.close()
        number = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno or errno.EIO
        return Attempt(address, number, time.monotonic() - began)
    return Attempt(address, 0, time.monotonic() - began, made)


def is_open(address: Address, timeout: float) -> bool:
    """True if something listens there."""
    made = attempt(address, timeout)
    if made.socket is not None:
        made.socket.close()
    return not made.errno


def first_bytes(connection: socket.socket, timeout: float, said: bytes = b"") -> bytes | None:
    """The first line that a service says; b"" if it hangs up instead, None if it is silent."""
    until = time.monotonic() + timeout
    received = b""
    try:
        if said:
            connection.sendall(said)
        while b"\n" not in received and len(received) < 1024:
            left = until - time.monotonic()
            if left <= 0:
                break
            connection.settimeout(left)
            data = connection.recv(1024)
            if not data:
                return received
            received += data
    except TimeoutError:
        pass
    except OSError:
        return received
    return received or None


def heard(address: Address, timeout: float, said: bytes = b"") -> bytes | None:
    """The same by a connection of its own."""
    made = attempt(address, timeout)
    if made.socket is None:
        return b""
    with made.socket as connection:
        return first_bytes(connection, timeout, said)


def answers_tls(address: Address, timeout: float) -> bool:
    """True if a ClientHello is answered as TLS."""
    made = attempt(address, timeout)
    if made.socket is None:
        return False
    context = any_context()
    try:
        with made.socket as connection, context.wrap_socket(connection):
            return True
    except ssl.SSLError as error:
        # An alert is an answer in TLS; another service's words are none.
        return "ALERT" in (error.reason or "") or error.reason == "UNSUPPORTED_PROTOCOL"
    except OSError:
        return False


def any_context() -> ssl.SSLContext:
    """TLS of any version that shows what is there and trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(ssl.SSLError, ValueError):
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


@dataclass
class Session:
    """A session of the manager's, on a connection that is open."""

    socket: socket.socket
    timeout: float
    events: list[Message] = field(default_factory=list)
    has_half: bool = False
    """True if the connection ended within a message."""

    def __post_init__(self) -> None:
        self._parser = Parser()
        self._responses: list[Message] = []
        self._count = 0
        self._tail = b""
        self._is_begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.socket.close()

    @property
    def source(self) -> str:
        """Our own address, as the server sees it if nothing between changes it."""
        return str(self.socket.getsockname()[0])

    @property
    def banner(self) -> str | None:
        """The first line, once it has come."""
        return self._parser.banner

    def read(self, until: float) -> None:
        """Read once."""
        left = until - time.monotonic()
        if left <= 0:
            raise SilenceError
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(_READ)
        except TimeoutError:
            raise SilenceError from None
        except OSError:
            data = b""
        if not data:
            self.has_half = self._is_begun and bool(self._tail.strip())
            raise EndError
        self._note(data)
        self._parser.feed(data)
        for message in self._parser:
            (self.events if message.kind == "event" else self._responses).append(message)

    def _note(self, data: bytes) -> None:
        """Keep what has come of a message that has not ended."""
        self._tail += data
        if not self._is_begun:
            _, end, rest = self._tail.partition(b"\n")
            if not end:
                return
            self._is_begun, self._tail = True, rest
        self._tail = self._tail.rpartition(b"\r\n\r\n")[2]

    def wait(self, reached: Callable[[], Any], timeout: float | None = None) -> Any:
        """Read until something is true; None if it did not come in time."""
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            if found := reached():
                return found
            try:
                self.read(until)
            except SilenceError:
                return None

    def call(self, name: str, timeout: float | None = None, **headers: str) -> Message | None:
        """Send an action and return its response; None if none came in time.

        Raises EndError if the connection ends first.
        """
        self._count += 1
        action_id = f"doctor-{self._count}"
        self._parser.expect_action_id(action_id)
        try:
            self.socket.settimeout(self.timeout)
            self.socket.sendall(encode(name, ActionID=action_id, **headers))
        except OSError:
            # It may have said why before it hung up.
            pass

        def answered() -> Message | None:
            # An old server may leave it out.
            found = [each for each in self._responses if each.action_id in (action_id, None)]
            return found[0] if found else None

        found: Message | None = self.wait(answered, timeout)
        if found is not None:
            self._responses.remove(found)
        return found

    def log_in(self, username: str, secret: str, may_be_plain: bool) -> Message | None:
        """Log in by a challenge, or in the clear if that is allowed; return the last answer."""
        answer = self.call("Challenge", AuthType="MD5")
        if answer is None:
            return None
        if challenge := answer.get("Challenge"):
            key = login_key(challenge, secret)
            return self.call("Login", AuthType="MD5", Username=username, Key=key)
        if may_be_plain and "shutting down" not in (answer.get("Message") or ""):
            return self.call("Login", Username=username, Secret=secret)
        return answer

    def names(self) -> Sequence[str]:
        """The names of the events that have come."""
        return [event.name for event in self.events]
