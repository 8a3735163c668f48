"""The actions of Asterisk as methods, for both faces: made when they are first asked for."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from libami import _table
from libami._arguments import Scalar
from libami._errors import InvalidValue


class _Actions:
    """The base of both: a method for each action, which asks the client's `action`."""

    __slots__ = ("_peer",)

    def __init__(self, peer: Any) -> None:
        self._peer = peer

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row = _table.row("action", name)
        if row is None:
            raise AttributeError(
                f"there is no action {name!r}{_nearest(name, _table.names('action'))} (action() sends one of "
                "any name)"
            )
        method = _method(name, row)
        setattr(_Actions, name, method)
        return getattr(self, name)  # type: ignore[no-any-return]

    def __dir__(self) -> list[str]:
        return _table.names("action")


class Actions(_Actions):
    """Actions of a client, each a call that waits in its thread."""

    __slots__ = ()


class AsyncActions(_Actions):
    """Actions of a client on an event loop."""

    __slots__ = ()


def _nearest(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _method(name: str, row: list[str]) -> Callable[..., Any]:
    action, about, *fields = row
    headers: dict[str, tuple[str, str]] = {}
    required = []
    for field in fields:
        keyword, kind, header = field.split(" ", 2)
        headers[keyword] = kind.removeprefix("*"), header
        if kind.startswith("*"):
            required.append(keyword)

    def method(
        self: _Actions,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
        **given: Any,
    ) -> Any:
        try:
            return self._peer.action(action, listed(headers, given), deadline=deadline)
        finally:
            # Some show local variables in tracebacks; these may be secrets or people's texts.
            del headers, given

    known = headers

    def listed(more: Mapping[str, Scalar] | None, given: dict[str, Any]) -> list[tuple[str, Any]]:
        try:
            for keyword in given:
                if keyword not in known:
                    hint = _nearest(keyword, [*known, "headers", "deadline"]) or (
                        "; headers={...} takes those that libami does not know"
                    )
                    raise TypeError(f"{name}() got an unexpected keyword argument {keyword!r}{hint}")
            missing = [keyword for keyword in required if given.get(keyword) is None]
            if missing:
                raise TypeError(
                    f"{name}() is missing {' and '.join(map(repr, missing))}, which servers need; "
                    f"action({action!r}, ...) sends it without"
                )
            found = [
                (header, _value(header, kind, given[keyword]))
                for keyword, (kind, header) in known.items()
                if given.get(keyword) is not None
            ]
            return [*found, *(more or {}).items()]
        finally:
            del more, given

    parameter = inspect.Parameter
    keywords = [*required, *(keyword for keyword in known if keyword not in required)]
    method.__name__ = name
    method.__qualname__ = f"Actions.{name}"
    method.__doc__ = f"The action {action}. {about}"
    method.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            parameter("self", parameter.POSITIONAL_OR_KEYWORD),
            *(
                parameter(
                    keyword,
                    parameter.KEYWORD_ONLY,
                    default=parameter.empty if keyword in required else None,
                )
                for keyword in keywords
            ),
            parameter("headers", parameter.KEYWORD_ONLY, default=None),
            parameter("deadline", parameter.KEYWORD_ONLY, default=None),
        ]
    )
    return method


def _value(header: str, kind: str, value: Any) -> Any:
    """The value as the header takes it."""
    if isinstance(value, bool) and "/" in kind:
        yes, no = kind.split("/")
        return yes if value else no
    if isinstance(value, timedelta):
        if kind not in ("ms", "s"):
            raise TypeError("a timedelta is only for headers that are a duration")
        if value < timedelta():
            raise InvalidValue(f"the value of {header} is a time that is less than 0")
        # A part of a unit counts as a whole.
        return -(-value // timedelta(milliseconds=1)) if kind == "ms" else -(-value // timedelta(seconds=1))
    return value
