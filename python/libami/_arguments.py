"""Arguments of calls in all faces, checked and put in order: headers, names of events, callbacks."""

from __future__ import annotations

import keyword
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypedDict, TypeGuard

from libami._errors import CommandError, OutcomeUnknown, PingTimeout
from libami._native import View

Scalar: TypeAlias = str | bytes | int | float
"""A header's value; True and False are sent as "true" and "false"."""
Value: TypeAlias = Scalar | Sequence[Scalar] | Mapping[str, Scalar]
"""A list or tuple stands for several headers of the same name. For the header Variable, where it sets channel
variables, a mapping from names to values stands for one header each, escaped as the server splits it."""

Names: TypeAlias = str | type[View] | Iterable[str | type[View]]
"""Names of events, or views in place of them."""


class Credentials(TypedDict):
    """The arguments of `connect` and of the clients for one server, as servers for tests give them."""

    host: str
    port: int
    username: str
    secret: str


_DEADLINES = frozenset({"timeout", "action_timeout", "connect_timeout", "idle_timeout"})
_OTHERS = frozenset(
    {
        "action_queue",
        "action_queue_bytes",
        "allow_plain_login",
        "caller_id",
        "dialect",
        "encoding",
        "errors",
        "event_mask",
        "host",
        "keepalive",
        "keepalive_timeout",
        "limits",
        "parts_timeout",
        "port",
        "port_rest",
        "queue_bytes",
        "queue_events",
        "queue_policy",
        "reconnect",
        "secret",
        "send_queue",
        "tls",
        "username",
        "wait",
        "within",
    }
)
"""Keywords of other calls than actions'. Nobody means them as headers, which servers would not look at."""
_NO_HEADERS = _DEADLINES | _OTHERS


def pairs(
    headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None, more: Mapping[str, Value]
) -> list[tuple[str, Value]]:
    """The headers of a client's action, in order."""
    try:
        if not _NO_HEADERS.isdisjoint(more):
            raise _no_header(next(key for key in more if key in _NO_HEADERS))
        if headers is None and "_" not in "".join(more):
            # The usual case, in a fraction of the time: no keyword stands for another name.
            return list(more.items())
        return listed(headers, more)
    finally:
        # Some show local variables in tracebacks; these may be secrets or people's texts.
        del headers, more


def listed(
    headers: Mapping[str, Value] | Sequence[tuple[str, Value]] | None, more: Mapping[str, Value]
) -> list[tuple[str, Value]]:
    """An action's headers in order, whatever their names are."""
    found: list[tuple[str, Value]] = []
    try:
        if headers is not None:
            found.extend(headers.items() if isinstance(headers, Mapping) else headers)
        found += [(_header_name(key) if key.endswith("_") else key, more[key]) for key in more]
        return found
    finally:
        del headers, more, found


def _no_header(key: str) -> TypeError:
    header = "".join(part.capitalize() for part in key.split("_"))
    if key in _DEADLINES:
        return TypeError(
            f"action() has no argument {key}=: deadline= says how long the call may take, and the action's "
            f"header is {header}="
        )
    return TypeError(f"action() has no argument {key}=; for a header of the action write {header}=")


def _header_name(key: str) -> str:
    bare = key.removesuffix("_")
    return bare if keyword.iskeyword(bare) else key


def names(given: Names | None) -> list[str] | None:
    """Names of events, one by one; None for all. A view stands for the name of its event."""
    if given is None:
        return None
    lists = [given] if isinstance(given, str | type) else given
    return [name.strip() for listed in lists for name in _text(listed).split(",")]


def _text(name: object) -> str:
    if isinstance(name, str):
        return name
    if _is_view(name):
        return name.NAME
    kind = type(name).__name__
    if isinstance(name, list | tuple | set | frozenset):
        raise TypeError(
            f'each name is an argument of its own, as in events("Hangup", "Newchannel"), and not in a {kind}'
        )
    raise TypeError(f"the name of an event is a str, and a {kind} is not")


def _is_view(given: object) -> TypeGuard[type[View]]:
    return isinstance(given, type) and issubclass(given, View)


def views(given: Names | None) -> list[type[View]]:
    """The views among these names."""
    listed = [given] if isinstance(given, str | type) else given or ()
    return [kind for kind in listed if _is_view(kind)]


def names_or_all(given: tuple[str | type[View], ...]) -> list[str] | None:
    """Names of events that are arguments of their own; without any, all."""
    return names(given or None)


def check_on(given: object) -> None:
    """Refuse a callback where names belong: `@client.on` without parentheses, and `on(f)`."""
    if callable(given) and not _is_view(given):
        raise TypeError(
            'on() takes names first: write @client.on("Hangup") above a function, or on("Hangup", function); '
            "None in place of the names stands for every event"
        )
    if given is not None and not isinstance(given, Iterable) and not _is_view(given):
        raise TypeError(f"on() takes names of events first, and a {type(given).__name__} is none")


def check_callback(callback: object) -> None:
    """Refuse what cannot be called."""
    if not callable(callback):
        raise TypeError(f"a callback must be callable, and a {type(callback).__name__} is not")


def check_plain(callback: object) -> None:
    """Refuse what cannot be called without an event loop."""
    check_callback(callback)
    if _is_async(callback) or _is_async(getattr(type(callback), _CALL)):
        raise TypeError(
            "an async function would never run here, as nobody awaits it: use libami.aio, or a plain function"
        )


_CALL = "__call__"


def _is_async(function: object) -> bool:
    import inspect

    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def check(function: Callable[..., object], name: str, /, *given: object, **more: object) -> None:
    """Refuse arguments that a function does not take, by the name that users know it by."""
    import inspect

    try:
        signature = inspect.signature(function)
        for key in more:
            if key not in signature.parameters:
                hint = _meant(key, list(signature.parameters))
                raise TypeError(f"got an unexpected keyword argument {key!r}{hint}")
        signature.bind(*given, **more)
    except TypeError as error:
        raise TypeError(f"{name}() {error}") from None
    finally:
        del given, more


_OTHER_WORDS = {
    "login": "username",
    "pass": "secret",
    "passwd": "secret",
    "password": "secret",
    "pwd": "secret",
    "user": "username",
}
"""Words of other libraries for what `connect` takes."""


def _meant(key: str, names: list[str]) -> str:
    import difflib

    lower = key.lower()
    word = _OTHER_WORDS.get(lower)
    close = [word] if word in names else difflib.get_close_matches(lower, names, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def named(error: TypeError) -> TypeError:
    """The same with the argument in its text, which the native half tells in a note."""
    for note in getattr(error, "__notes__", ()):
        argument = note.removeprefix("while processing ")
        if argument != note:
            return TypeError(f"the argument {argument}: {error}")
    return error


_GLANCE = 200
"""Characters of what a CLI printed that are shown."""


def explain(error: CommandError, cli: str) -> None:
    """Have a command that was not accepted show how it began, and what the CLI said to that. What follows may
    be people's own, and is not shown."""
    given = cli.split()
    words: list[str] = []
    for word in given[:3]:
        if not (word.isascii() and word.replace("-", "").isalpha() and word.islower()):
            break
        words.append(word)
    shown = " ".join(words)[:60]
    if shown != cli.strip():
        shown = f"{shown} ...".lstrip()
    hidden = re.findall(r"\w+", " ".join(given[len(words) :]).lower())
    lines = (error.peer_message or "").replace(cli, shown).strip().splitlines()
    printed = lines[0].strip() if lines else ""
    if not printed or any(word in printed.lower() for word in hidden):
        error.add_note(f'The command was "{shown}", and what the CLI printed is in peer_message.')
        return
    if len(printed) > _GLANCE:
        printed = printed[:_GLANCE] + "..."
    printed = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in printed)
    error.add_note(f'The command was "{shown}", and the CLI printed: {printed}')


def late_ping(error: OutcomeUnknown, began: float, timeout: float) -> OutcomeUnknown:
    """The error of a Ping: one that was not answered in time has no outcome that would matter."""
    if time.monotonic() - began < timeout:
        return error
    late = PingTimeout(*error.args)
    late.peer_message = error.peer_message
    return late
