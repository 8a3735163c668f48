"""The rules for connecting again, in a module of their own: `dataclasses` takes longer to import than all of
libami, and most programs that start often do without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Reconnect:
    """The rules by which a client connects again after it has lost its connection. A login that is refused is
    not tried again.

    The client restores its subscriptions and the event mask before the first event comes, and a marker of
    kind "gap" stands in the stream of events for all that was missed. Nothing is sent twice: an action that
    was written when the connection was lost ends with OutcomeUnknown.

    min             seconds before the first attempt. Each further wait is twice as long. The client waits for
                    a random time between half of it and all of it, so that the clients of a server do not
                    come back all at once
    max             the longest wait between attempts, in seconds
    attempts        the number of attempts in a row that may fail before the client is closed; None: no limit
    stable_after    a connection that lasted for this many seconds resets the waits and the count; one that
                    breaks sooner counts as a failed attempt
    wait            True: actions that were not written, or are called while there is no connection, wait for
                    the next one, within their deadlines. False: they fail at once with ConnectError
    first           True: the first connection is retried too, for services that start before their server
                    does. Opening then waits until a connection holds, for at most `attempts` attempts. A
                    login that is refused ends it, and so does `close` in another thread or task
    """

    min: float = 1.0
    max: float = 60.0
    attempts: int | None = None
    stable_after: float = 10.0
    wait: bool = False
    first: bool = False


# Users find it there, and tracebacks and documentation show it.
Reconnect.__module__ = "libami"
