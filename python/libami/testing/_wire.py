"""Messages of the wire, read by the plainest rules and written.

The client, which is tested with them, has a parser of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from libami._arguments import Scalar

Headers: TypeAlias = list[tuple[str, str]]
HeadersGiven: TypeAlias = Mapping[str, "Given"] | Sequence[tuple[str, "Given"]]
Given: TypeAlias = Scalar | Sequence[Scalar] | None
"""The value of a header; a list stands for several headers of that name, None for none."""

CODEC = ("utf-8", "surrogateescape")
HIDDEN = "***"
_EMPTY = re.compile(rb"(?:\r?\n)+")
_SECRETS = frozenset({"secret", "key", "challenge"})


def split_lines(data: bytes) -> Iterator[bytes]:
    """The lines of a message with their ends."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def end_of_message(data: bytes | bytearray, start: int = 0, looked: int = 0) -> int:
    """The place behind the empty line that ends the first message, or 0. Empty lines before belong to it. Up
    to `looked` there is none."""
    if begin := _EMPTY.match(data, start):
        start = begin.end()
    at = max(start, looked)
    end = data.find(b"\n\r\n", at)
    sooner = data.find(b"\n\n", at, end + 1 if end >= 0 else len(data))
    if sooner >= 0:
        return sooner + 2
    return end + 3 if end >= 0 else 0


def headers_of(message: bytes) -> Headers:
    """The headers of a message in order; a line without a colon is a header without a value."""
    found = []
    for line in split_lines(message):
        text = line.rstrip(b"\r\n").decode(*CODEC)
        if text:
            name, _, value = text.partition(":")
            found.append((name, value.removeprefix(" ")))
    return found


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, whose name has no case."""
    return next((value for have, value in headers if have.lower() == name.lower()), None)


def text_of(value: Scalar) -> str:
    """A value as it goes over the wire."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode(*CODEC)
    return str(value)


def listed(*given: HeadersGiven | None) -> Headers:
    """Headers as they were given, in order."""
    found: Headers = []
    for headers in given:
        for name, value in headers.items() if isinstance(headers, Mapping) else headers or ():
            if value is None:
                continue
            several = [value] if isinstance(value, str | bytes | int | float) else value
            found += [(name, text_of(one)) for one in several]
    return found


def message(headers: Headers) -> bytes:
    """The bytes of a message; ValueError for a header that would be more than one line."""
    for name, value in headers:
        if not name or any(end in name + value for end in "\r\n"):
            raise ValueError(f"the header {name!r} is not one line: send() sends bytes as they are")
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    return "".join([*lines, "\r\n"]).encode(*CODEC)


def shown(headers: Headers) -> list[str]:
    """The lines of a message for people, with secrets hidden."""
    return [f"{name}: {HIDDEN if name.lower() in _SECRETS else value}" for name, value in headers]
