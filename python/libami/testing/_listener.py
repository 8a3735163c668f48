"""A TCP server on loopback with a thread for each connection, and the faults of links."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from libami._arguments import Credentials
from libami.testing._wire import Headers, end_of_message, headers_of, shown

if TYPE_CHECKING:
    import ssl

HOST = "127.0.0.1"
PATIENCE = 10.0
"""Seconds in which a client should read, shake hands, or end."""
_READ_SIZE = 65536
_REMEMBERED = 400


def later(sock: socket.socket) -> tuple[type[OSError], ...]:
    """The errors of a socket that does not wait, and would have to. Only TLS needs `ssl`, which some builds
    of Python have not."""
    if type(sock) is socket.socket:
        return (BlockingIOError,)
    import ssl

    return BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError


class Connection:
    """One connection of a client, read by one thread and written by any."""

    def __init__(self, listener: Listener, sock: socket.socket, number: int) -> None:
        self.number = number
        self.is_logged_in = False
        self.wants_events = True
        self._listener = listener
        self._socket = sock
        self._later = later(sock)
        self._lock = threading.Lock()
        self._data = b""
        self._held = b""
        self.is_over: bool = False
        self.bytes_left: int | None = None
        """The number of bytes until the link is cut, if it is to be."""

    def greet(self, context: ssl.SSLContext | None) -> None:
        """Shake hands, if there is TLS, and never wait in a call of the socket from here on: TLS allows no
        reading and writing at once, and so both hold the lock."""
        self._socket.settimeout(PATIENCE)
        if context is not None:
            # In two steps, so that it can be hung up meanwhile.
            self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
            self._later = later(self._socket)
            self._socket.do_handshake()
        self._socket.setblocking(False)

    def read(self, until: float | None = None) -> bytes | None:
        """The bytes of the next message; nothing if the time has come before; None at the end."""
        while not (end := end_of_message(self._data)):
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return b""
            try:
                with self._lock:
                    more = self._socket.recv(_READ_SIZE)
            except self._later:
                self._wait(select.POLLIN, left)
                continue
            except OSError:
                return None
            if not more:
                return None
            self._data += more
        message, self._data = self._data[:end], self._data[end:]
        return message

    def send(self, data: bytes) -> None:
        """Send bytes, or keep them while the server hangs. A client that has gone is no error."""
        with self._lock:
            self._held += data
            if not self._listener.is_hung:
                held, self._held = self._held, b""
                self._write(held)

    def hang_up(self, abort: bool = False) -> None:
        """End it; with a reset if it is to be aborted."""
        with suppress(OSError):
            if abort:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The reading thread wakes, and closes it.
            self._socket.shutdown(socket.SHUT_RD if abort else socket.SHUT_RDWR)
        self.is_over = True

    def close(self) -> None:
        """Close it, by the thread that reads."""
        with self._lock:
            self.is_over = True
            self._socket.close()

    def _write(self, data: bytes) -> None:
        left = self.bytes_left
        is_cut = left is not None and data != b"" and len(data) >= left
        if left is not None:
            self.bytes_left = None if is_cut else left - len(data)
        rest = data[:left] if is_cut else data
        until = time.monotonic() + PATIENCE
        while rest and not self.is_over:
            try:
                rest = rest[self._socket.send(rest) :]
            except self._later:
                if time.monotonic() > until:
                    self._listener.complain(f"a client did not read for {PATIENCE:g} seconds")
                    self.hang_up(abort=True)
                    return
                self._wait(select.POLLOUT, until - time.monotonic())
            except OSError:
                return
        if is_cut:
            self.hang_up()

    def _wait(self, events: int, seconds: float | None) -> None:
        if self.is_over and events == select.POLLOUT:
            return
        poll = select.poll()
        try:
            poll.register(self._socket, events)
        except (OSError, ValueError):
            return
        poll.poll(None if seconds is None else max(0.0, seconds) * 1000)


class Listener(ABC):
    """The base of servers for tests, which differ in what they say."""

    def __init__(self, username: str, secret: str, tls: ssl.SSLContext | None) -> None:
        self.host = HOST
        self.port: int = 0
        self.username = username
        self.secret = secret
        self._tls = tls
        self._changed = threading.Condition()
        self._connections: list[Connection] = []
        self._threads: list[threading.Thread] = []
        self._problems: list[str] = []
        self._said: deque[str] = deque(maxlen=_REMEMBERED)
        self._accepted = 0
        self._next_bytes: int | None = None
        self._is_hung = False
        self._is_closed = threading.Event()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if kind is None:
            self.check()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} on {self.host}:{self.port}>"

    @property
    def credentials(self) -> Credentials:
        """Host, port, username and secret: `libami.connect(**server.credentials)`."""
        return Credentials(host=self.host, port=self.port, username=self.username, secret=self.secret)

    @property
    def sessions(self) -> int:
        """The connections that are logged in."""
        with self._changed:
            return sum(connection.is_logged_in for connection in self._connections)

    @property
    def connections(self) -> int:
        """The connections that were accepted so far."""
        with self._changed:
            return self._accepted

    def wait_for_login(self, count: int = 1, timeout: float = PATIENCE) -> None:
        """Wait until so many sessions are logged in; AssertionError after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._count_sessions() >= count, timeout):
                have = self._count_sessions()
                raise AssertionError(f"{have} of {count} sessions are logged in after {timeout:g} seconds")

    # Faults.

    def drop_link(self, abort: bool = False) -> None:
        """Hang up on everybody; with `abort` by a reset, as a server that has crashed. Clients may come
        again."""
        with self._changed:
            connections = tuple(self._connections)
        for connection in connections:
            connection.hang_up(abort)

    def hang(self) -> None:
        """Say nothing from now on, to new connections either, and keep all open, as a server that is
        stuck."""
        self._is_hung = True

    def resume(self) -> None:
        """End `hang`: everything that was not said comes now."""
        self._is_hung = False
        with self._changed:
            connections = tuple(self._connections)
        for connection in connections:
            connection.send(b"")

    def cut_after(self, count: int) -> None:
        """Send `count` bytes more on each connection and hang up, be it in the middle of a message. If nobody
        is connected, it happens to the next one that comes. Those that come later are served."""
        if count < 0:
            raise ValueError("the number of bytes is negative")
        with self._changed:
            open_ones = [one for one in self._connections if not one.is_over]
            for connection in open_ones:
                connection.bytes_left = count
            self._next_bytes = None if open_ones else count

    def refuse_connections(self) -> None:
        """Stop listening, so that connecting is refused. Connections that exist live on."""
        with self._changed:
            listening, self._socket = self._socket, None
        if listening is not None:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()

    def accept_connections(self) -> None:
        """Listen again, on the same port."""
        if self._socket is None and not self._is_closed.is_set():
            self.listen(self.port)

    def close(self) -> None:
        """Hang up on everybody and stop. The second time it does nothing."""
        self._is_closed.set()
        self.refuse_connections()
        self.drop_link()
        with self._changed:
            threads = self._threads
        for thread in threads:
            # A function of a rule may close it.
            if thread is not threading.current_thread():
                thread.join(PATIENCE)

    # What it found.

    def check(self) -> None:
        """Raise AssertionError for what `unexpected` and `missed` say."""
        if text := "\n\n".join([*self.unexpected(), *self.missed()]):
            raise AssertionError(text)

    def unexpected(self) -> list[str]:
        """The texts of what should not have happened, once each."""
        with self._changed:
            problems, self._problems = self._problems, []
        return problems

    @abstractmethod
    def missed(self) -> list[str]:
        """The texts of what should have happened and has not."""

    @property
    def said(self) -> str:
        """The last of what was said, a line each, with secrets hidden: `1 >` by the client of connection 1,
        and `1 <` to it."""
        with self._changed:
            return "\n".join(self._said)

    @property
    def is_hung(self) -> bool:
        """True between `hang` and `resume`."""
        return self._is_hung

    def complain(self, problem: str) -> None:
        """Note what should not have happened, for `check`."""
        with self._changed:
            self._problems.append(problem)

    def note(self, connection: Connection, arrow: str, headers: Headers) -> None:
        """Remember what was said."""
        with self._changed:
            self._said.extend(f"{connection.number} {arrow} {line}" for line in shown(headers))
            self._said.append("")

    def say(self, connection: Connection, data: bytes) -> None:
        """Send bytes, and remember them."""
        self.note(connection, "<", headers_of(data))
        connection.send(data)

    # What a kind of server adds to and uses.

    def listen(self, port: int) -> None:
        """Begin, once the server is made."""
        listening = socket.create_server((HOST, port))
        self._socket = listening
        self.port = listening.getsockname()[1]
        self._start(self._accept, listening)

    @abstractmethod
    def talk(self, connection: Connection) -> None:
        """Serve a connection until it ends."""

    def logged_in(self, connection: Connection, is_logged_in: bool = True) -> None:
        """Note the session's state, for those who wait for it."""
        with self._changed:
            connection.is_logged_in = is_logged_in
            self._changed.notify_all()

    def _count_sessions(self) -> int:
        return sum(connection.is_logged_in for connection in self._connections)

    def _start(self, target: Callable[..., object], *arguments: object) -> None:
        # Daemons, so that a test that forgets to close it ends all the same.
        thread = threading.Thread(target=target, args=arguments, name="libami-testing", daemon=True)
        with self._changed:
            self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
            # Within the lock, as one that has not begun is not alive.
            thread.start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                accepted = listening.accept()[0]
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._changed:
                    self._accepted += 1
                    connection = Connection(self, accepted, self._accepted)
                    connection.bytes_left, self._next_bytes = self._next_bytes, None
                    self._connections.append(connection)
                self._start(self._serve, connection)
                if self._is_closed.is_set():
                    connection.hang_up()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.greet(self._tls)
            self.talk(connection)
        except OSError:
            # The client has gone, or speaks no TLS: it is the one that says so.
            pass
        except BaseException:
            # Nobody else would say so, and a test that should fail would pass.
            self.complain(f"the server's thread raised\n{traceback.format_exc()}")
        finally:
            with self._changed:
                self._connections.remove(connection)
                connection.is_logged_in = False
                self._changed.notify_all()
            connection.close()
