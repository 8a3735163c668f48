"""The values that a rule wants, and the words for why a header has another one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from libami._arguments import Scalar
from libami.testing._wire import HIDDEN, Headers, text_of

Pattern: TypeAlias = "Scalar | re.Pattern[str] | Callable[[str], object] | Sequence[Scalar] | None"
"""Of a header's value. A string is the value, where a `*` stands for any characters or none; a regular
expression matches all of it; a function is asked; a list has the values of all headers of that name, in
order; None means that there is no such header."""


def mismatch(name: str, pattern: Pattern, headers: Headers) -> str | None:
    """The reason why the headers do not fit, or None."""
    values = [value for have, value in headers if have.lower() == name.lower()]
    if pattern is None:
        return f"{name} is {_quoted(name, values[0])}, and the rule wants no such header" if values else None
    if not values:
        return f"there is no header {name}, and the rule wants {wanted(pattern)}"
    if isinstance(pattern, Sequence) and not isinstance(pattern, str | bytes):
        if values == [text_of(value) for value in pattern]:
            return None
        have = ", ".join(_quoted(name, value) for value in values)
        return f"{name} is {have}, and the rule wants {wanted(pattern)}"
    if any(_fits(pattern, value) for value in values):
        return None
    have = " and ".join(_quoted(name, value) for value in values)
    return f"{name} is {have}, and the rule wants {wanted(pattern)}"


def wanted(pattern: Pattern) -> str:
    """A pattern for people."""
    if isinstance(pattern, re.Pattern):
        return f"a match of {pattern.pattern!r}"
    if callable(pattern):
        return f"a value that {getattr(pattern, '__qualname__', repr(pattern))} accepts"
    if isinstance(pattern, Sequence) and not isinstance(pattern, str | bytes):
        return ", ".join(repr(text_of(value)) for value in pattern)
    return "no such header" if pattern is None else repr(text_of(pattern))


def _quoted(name: str, value: str) -> str:
    return repr(HIDDEN if name.lower() in ("secret", "key") else value)


def _fits(pattern: Scalar | re.Pattern[str] | Callable[[str], object], value: str) -> bool:
    if isinstance(pattern, re.Pattern):
        return pattern.fullmatch(value) is not None
    if callable(pattern):
        return bool(pattern(value))
    pieces = text_of(pattern).split("*")
    return re.fullmatch(".*".join(map(re.escape, pieces)), value, re.DOTALL) is not None
