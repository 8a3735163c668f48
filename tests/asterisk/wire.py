"""The manager interface over a raw socket: just enough to await a server and to look at what it says, with
nothing of the library that the servers are there to test."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Self


class Frame:
    """One response or event: its headers in order, or the banner's single line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.headers = [(name, value[1:] if value[:1] == " " else value) for name, value in _split(text)]

    def get(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def is_event(self, event: str, **headers: str) -> bool:
        """Whether this is that event, with these headers among its own."""
        wanted = {"Event": event, **headers}
        return all(self.get(name) == value for name, value in wanted.items())

    def __repr__(self) -> str:
        return f"Frame({self.text!r})"


def _split(text: str) -> list[tuple[str, str]]:
    lines = (line.partition(":") for line in text.split("\r\n"))
    return [(name, value) for name, colon, value in lines if colon]


class Connection:
    """A connection to 127.0.0.1:`port`. Whatever waits gives up after `timeout` seconds with TimeoutError; a
    server that hangs up is a ConnectionError."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self.events: list[Frame] = []
        self._received = b""
        self._next_id = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        try:
            self.banner = self._take(b"\r\n", time.monotonic() + timeout)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()

    def send(self, action: str, *headers: tuple[str, str]) -> str:
        """Send an action and return its ActionID."""
        self._next_id += 1
        action_id = f"wire-{self._next_id}"
        lines = [("Action", action), ("ActionID", action_id), *headers]
        self._socket.settimeout(self.timeout)
        self._socket.sendall("".join(f"{name}: {value}\r\n" for name, value in lines).encode() + b"\r\n")
        return action_id

    def call(self, action: str, *headers: tuple[str, str], timeout: float | None = None) -> Frame:
        """Send an action and return the response to it. Events that come before it are kept in `events`."""
        action_id = self.send(action, *headers)
        deadline = self._deadline(timeout)
        while True:
            frame = self._next(deadline)
            # An event may carry the ActionID too, and OriginateResponse even a Response.
            if frame.get("Event") is None and frame.get("ActionID") == action_id:
                return frame
            self.events.append(frame)

    def listing(self, action: str, *headers: tuple[str, str]) -> list[Frame]:
        """Send an action that answers with a list: the response, the items, and the closing event."""
        answer = [self.call(action, *headers)]
        action_id = answer[0].get("ActionID")
        if (answer[0].get("EventList") or "").lower() == "start":
            deadline = self._deadline(None)
            while (answer[-1].get("EventList") or "").lower() != "complete":
                frame = self._next(deadline)
                (answer if frame.get("ActionID") == action_id else self.events).append(frame)
        return answer

    def login(self, account: tuple[str, str]) -> Frame:
        return self.call("Login", ("Username", account[0]), ("Secret", account[1]))

    def await_event(self, wanted: Callable[[Frame], bool], timeout: float | None = None) -> Frame:
        """The first event that is `wanted`, of those kept in `events` and those still to come."""
        deadline = self._deadline(timeout)
        seen = 0
        while True:
            for frame in self.events[seen:]:
                if wanted(frame):
                    return frame
            seen = len(self.events)
            self.events.append(self._next(deadline))

    def _deadline(self, timeout: float | None) -> float:
        return time.monotonic() + (self.timeout if timeout is None else timeout)

    def _next(self, deadline: float) -> Frame:
        while True:
            text = self._take(b"\r\n\r\n", deadline)
            if text:
                return Frame(text)

    def _take(self, end: bytes, deadline: float) -> str:
        while end not in self._received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer in time; what came: {self._received[-200:]!r}")
            self._socket.settimeout(left)
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the server hung up")
            self._received += data
        taken, _, self._received = self._received.partition(end)
        return taken.decode("utf-8", "surrogateescape")


def originate(connection: Connection, extension: str, application: str = "Wait", data: str = "600") -> str:
    """A call to that extension, whose near end runs the application; returns the channel at that end."""
    action_id = connection.send(
        "Originate",
        ("Channel", f"Local/{extension}@default"),
        ("Application", application),
        ("Data", data),
        ("Async", "true"),
    )
    answer = connection.await_event(lambda frame: frame.is_event("OriginateResponse", ActionID=action_id))
    channel = answer.get("Channel")
    assert answer.get("Response") == "Success", answer
    assert channel is not None
    return channel
