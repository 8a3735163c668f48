"""A server whose answers the tests write."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from conftest import WAIT

Headers = list[tuple[str, str]]
Answer = Callable[["Script", str, Headers], "Iterable[str] | None"]

SUCCESS = "Response: Success\r\nActionID: {id}\r\n\r\n"


class Script:
    """Answers each action by its name: with pieces of text in which {id} is its ActionID; None hangs up. What
    is not in the script succeeds."""

    def __init__(self, port: int = 0) -> None:
        self.answers: dict[str, Answer] = {}
        self._seen: list[tuple[str, Headers]] = []
        self._changed = threading.Condition()
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def on(self, name: str, *pieces: str) -> None:
        self.answers[name] = lambda *_: pieces

    def hang_up_on(self, name: str) -> None:
        self.answers[name] = lambda *_: None

    def count(self, name: str) -> int:
        with self._changed:
            return sum(seen == name for seen, _ in self._seen)

    def last(self, name: str) -> Headers:
        with self._changed:
            return [headers for seen, headers in self._seen if seen == name][-1]

    def values(self, name: str, header: str) -> list[str]:
        """A header of each of them."""
        with self._changed:
            return [dict(headers)[header] for seen, headers in self._seen if seen == name]

    def wait_for(self, name: str, count: int = 1) -> Headers:
        """Wait until so many of them have come."""
        deadline = time.monotonic() + WAIT
        while self.count(name) < count:
            assert time.monotonic() < deadline, f"no {name} came"
            time.sleep(0.005)
        return self.last(name)

    def say(self, text: str) -> None:
        """To everybody that is connected."""
        with self._changed:
            connections = tuple(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.sendall(text.encode("utf-8", "surrogateescape"))

    def drop(self) -> None:
        """Hang up on everybody."""
        with self._changed:
            connections, self._connections = self._connections, []
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        for thread in self._threads:
            thread.join(WAIT)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                connection.settimeout(3 * WAIT)
                with self._changed:
                    self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"Asterisk Call Manager/5.0.4\r\n")
            headers: Headers = []
            for line in lines:
                text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
                if text:
                    name, _, value = text.partition(": ")
                    headers.append((name, value))
                    continue
                if not self._answer(connection, headers):
                    return
                headers = []

    def _answer(self, connection: socket.socket, headers: Headers) -> bool:
        action, action_id = dict(headers).get("Action", ""), dict(headers).get("ActionID", "")
        with self._changed:
            self._seen.append((action, headers))
        if action in self.answers:
            pieces = self.answers[action](self, action, headers)
        elif action == "Challenge":
            pieces = [SUCCESS.replace("\r\n\r\n", "\r\nChallenge: 12345\r\n\r\n")]
        else:
            pieces = [SUCCESS]
        if pieces is None:
            return False
        for piece in pieces:
            connection.sendall(piece.replace("{id}", action_id).encode("utf-8", "surrogateescape"))
        return True
