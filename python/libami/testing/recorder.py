"""A recording of what a program and a server say, made between them.

    from libami.testing import Recorder

    with Recorder("calls.ami", "pbx.example.com") as recorder:
        run_program(recorder.host, recorder.port)

The program may be written in any language: it connects to the recorder as to a server. `libami record` runs
one.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Self

from libami._arguments import Credentials
from libami.testing._listener import HOST, PATIENCE, later
from libami.testing._wire import header, headers_of
from libami.testing.recording import RecordingWriter, Speaker, Splitter

if TYPE_CHECKING:
    import ssl

__all__ = ["Recorder"]

_READ_SIZE = 65536
"""More than a record of TLS has, so that nothing is left in it that the system does not tell of."""
_MOST = 1 << 20
"""Bytes that may wait for one side until the other is read no more."""


class Recorder:
    """Passes on what a client and a server say, and writes it down, until it is closed.

    It listens on 127.0.0.1 without TLS. To the server it speaks TLS if told: so a session through TLS is
    recorded without the server's key. A client sends its secret in the clear to a server on loopback that
    knows no MD5 challenge; here that would go on over the network, so such a login ends the connection,
    unless `allow_plain_login`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        host: str,
        port: int | None = None,
        *,
        listen_port: int = 0,
        tls: bool | ssl.SSLContext = False,
        allow_plain_login: bool = False,
        scrub: bool = False,
        overwrite: bool = False,
        connect_timeout: float = PATIENCE,
        username: str = "",
        secret: str = "",
        on_error: Callable[[OSError], object] | None = None,
    ) -> None:
        """Start it; FileExistsError if there is such a file, unless `overwrite`; OSError if the port is
        taken; ValueError if there can be no such host or port.

        host, port           the server; the port is 5038, or 5039 through TLS, unless given
        listen_port          0 takes any free one
        tls                  True checks the server by the system's authorities; or a context for clients
        allow_plain_login    pass on a secret in the clear to another machine
        scrub                replace numbers and texts of people, see `RecordingWriter`
        connect_timeout      seconds that connecting to the server may take
        username, secret     an account of the server, for `credentials` alone
        on_error             called on a thread of the recorder with what ended a connection: the server could
                             not be reached, or the file not be written
        """
        self.host = HOST
        self._username, self._secret = username, secret
        self._server = _address(host, (5039 if tls else 5038) if port is None else port)
        self._tls = _context() if tls is True else tls or None
        self._allows_plain = allow_plain_login
        self._timeout = connect_timeout
        self._lock = threading.Lock()
        self._on_error = on_error
        self._count = 0
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._is_closed = False
        self._listening = socket.create_server((HOST, listen_port))
        self.port: int = self._listening.getsockname()[1]
        try:
            self._writer = RecordingWriter(path, scrub=scrub, overwrite=overwrite)
        except OSError:
            self._listening.close()
            raise
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def credentials(self) -> Credentials:
        """Host and port of the recorder, and the account that it was given."""
        return Credentials(host=self.host, port=self.port, username=self._username, secret=self._secret)

    def close(self) -> None:
        """End the connections, and finish the file. OSError if it could not be written."""
        with self._lock:
            self._is_closed = True
            connections, threads = tuple(self._open), self._threads
        for one in (self._listening, *connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in threads:
            thread.join(PATIENCE)
        self._writer.close()

    def _start(self, target: Callable[..., object], *arguments: object) -> None:
        # Daemons, so that a program that forgets to close it ends all the same.
        thread = threading.Thread(target=target, args=arguments, name="libami-record", daemon=True)
        with self._lock:
            self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
            # Within the lock, as one that has not begun is not alive.
            thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                self._count += 1
                self._start(self._pass_on, client, self._count)

    @contextmanager
    def _kept(self, one: socket.socket) -> Iterator[socket.socket]:
        """Have `close` end it meanwhile."""
        with self._lock:
            self._open.append(one)
            if self._is_closed:
                one.shutdown(socket.SHUT_RDWR)
        try:
            yield one
        finally:
            with self._lock:
                self._open.remove(one)

    def _pass_on(self, client: socket.socket, number: int) -> None:
        with client:
            try:
                with self._kept(client), self._connect() as server, self._kept(server):
                    _Exchange(self._writer, number, client, server, self._is_exposed(server)).run()
            except OSError as error:
                # Before the client sees the end.
                if self._on_error is not None and not self._is_closed:
                    self._on_error(error)

    def _connect(self) -> socket.socket:
        server = socket.create_connection(self._server, self._timeout)
        if self._tls is None:
            return server
        try:
            return self._tls.wrap_socket(server, server_hostname=self._server[0])
        except BaseException:
            server.close()
            raise

    def _is_exposed(self, server: socket.socket) -> bool:
        """True if others can read what goes to the server, and may not read secrets."""
        if self._allows_plain or self._tls is not None:
            return False
        return not ip_address(server.getpeername()[0]).is_loopback


def _address(host: str, port: int) -> tuple[str, int]:
    """The address, if it may be one: its first use is on a thread, which nobody hears."""
    try:
        is_name = host.encode("idna") != b"" and "\0" not in host
    except UnicodeError:
        is_name = False
    if not is_name:
        raise ValueError(f"{host!r} is no host")
    if not 0 < port < 65536:
        raise ValueError(f"there is no port {port}")
    return host, port


def _context() -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context()


class _Side:
    """One end of an exchange."""

    def __init__(self, speaker: Speaker, sock: socket.socket) -> None:
        self.speaker = speaker
        self.socket = sock
        self._later = later(sock)
        self.waiting = b""
        """Bytes that this side has not taken yet."""
        sock.setblocking(False)

    def read(self) -> bytes | None:
        """What it says; nothing for now, or None at the end."""
        try:
            return self.socket.recv(_READ_SIZE) or None
        except self._later:
            return b""
        except OSError:
            return None

    def write(self, data: bytes) -> bool:
        """Say what waits and more; False if it has gone."""
        self.waiting += data
        try:
            while self.waiting:
                self.waiting = self.waiting[self.socket.send(self.waiting) :]
        except self._later:
            pass
        except OSError:
            return False
        return True


class _Exchange:
    """One connection of a client and its connection to the server, in one thread."""

    def __init__(
        self,
        writer: RecordingWriter,
        number: int,
        client: socket.socket,
        server: socket.socket,
        is_exposed: bool,
    ) -> None:
        self._writer = writer
        self._number = number
        self._client = _Side("client", client)
        self._server = _Side("server", server)
        self._is_exposed = is_exposed
        self._messages = Splitter("client")

    def run(self) -> None:
        """Pass on until one side ends; OSError if it cannot be written down."""
        pairs = (self._client, self._server), (self._server, self._client)
        while True:
            self._wait(pairs)
            for speaker, listener in pairs:
                if not listener.write(b""):
                    self._writer.end(listener.speaker, self._number)
                    return
                data = speaker.read() if len(listener.waiting) < _MOST else b""
                if data is None:
                    self._writer.end(speaker.speaker, self._number)
                    self._finish(listener)
                    return
                if data:
                    # First, so that no answer is written before what it answers.
                    self._writer.add(speaker.speaker, data, self._number)
                    listener.write(self._checked(data) if speaker is self._client else data)

    def _checked(self, data: bytes) -> bytes:
        """What may go to the server: without TLS whole messages only, as a secret must not go to another
        machine."""
        if not self._is_exposed:
            return data
        messages = list(self._messages.feed(data))
        for message in messages:
            headers = headers_of(message)
            # Of a piece of a message too long nobody knows what it is.
            name = (header(headers, "Action") or "login").strip().lower()
            if name == "login" and header(headers, "Secret"):
                raise PermissionError(
                    "the client logs in with its secret in the clear, and others could read it on the way "
                    "to the server: use tls, or allow_plain_login"
                )
        return b"".join(messages)

    def _wait(self, pairs: tuple[tuple[_Side, _Side], tuple[_Side, _Side]]) -> None:
        poll = select.poll()
        for side, other in pairs:
            reads = select.POLLIN if len(other.waiting) < _MOST else 0
            poll.register(side.socket, reads | (select.POLLOUT if side.waiting else 0))
        poll.poll()

    def _finish(self, listener: _Side) -> None:
        """Have the other side take what was said to it."""
        with suppress(OSError):
            listener.socket.settimeout(PATIENCE)
            listener.socket.sendall(listener.waiting)
