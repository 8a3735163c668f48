"""The actions that a scripted server was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import overload

from libami.testing._wire import Headers, header, shown


class Call:
    """An action: its headers by name, without case. A header that is repeated has its first value there."""

    def __init__(self, headers: Headers, connection: int) -> None:
        self.headers = headers
        """All headers in order, the first of them Action."""
        self.connection = connection
        """The number of the connection that it came by, from 1."""

    @property
    def name(self) -> str:
        """The name of the action."""
        return header(self.headers, "Action") or ""

    @property
    def action_id(self) -> str | None:
        """Its ActionID."""
        return header(self.headers, "ActionID")

    def __getitem__(self, name: str) -> str:
        value = header(self.headers, name)
        if value is None:
            have = ", ".join(dict.fromkeys(have for have, _ in self.headers))
            raise KeyError(f"the action {self.name} has no header {name}; it has {have}")
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and header(self.headers, name) is not None

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a header, or the default."""
        value = header(self.headers, name)
        return default if value is None else value

    def get_all(self, name: str) -> list[str]:
        """All values of a header that is repeated."""
        return [value for have, value in self.headers if have.lower() == name.lower()]

    def __repr__(self) -> str:
        return f"<{', '.join(shown(self.headers))}>"


class Calls:
    """The actions so far, logins included, in order."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Add one, by the server."""
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    def all(self, name: str | None = None) -> list[Call]:
        """Those of this name, or all."""
        with self._changed:
            return [call for call in self._calls if name is None or call.name.lower() == name.lower()]

    def last(self, name: str | None = None) -> Call:
        """The last of this name; AssertionError if there is none."""
        if found := self.all(name):
            return found[-1]
        raise AssertionError(f"no {name or 'action'} came{self._instead()}")

    def count(self, name: str) -> int:
        """The number of those of this name."""
        return len(self.all(name))

    def wait_for(self, name: str, count: int = 1, timeout: float = 10.0) -> Call:
        """Wait until so many of this name have come, and return the last; AssertionError if they do not come
        within `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.count(name) >= count, timeout):
                raise AssertionError(
                    f"{self.count(name)} of {count} {name} came within {timeout:g} seconds{self._instead()}"
                )
            return self.all(name)[count - 1]

    def __len__(self) -> int:
        return len(self.all())

    def __iter__(self) -> Iterator[Call]:
        return iter(self.all())

    def _instead(self) -> str:
        came = ", ".join(dict.fromkeys(call.name for call in self.all()))
        return f"; these came: {came}" if came else "; no action came at all"
