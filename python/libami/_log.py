"""The library's own log, on its way to `logging`."""

from __future__ import annotations

from libami import _errors, _native

_LEVELS = {"CRITICAL": 40, "ERROR": 40, "WARNING": 30, "WARN": 30, "INFO": 20, "DEBUG": 10}


def set_log_level(level: int | str | None) -> None:
    """Have the library log to `logging` what is of this level or more urgent; None turns it off, as it is at
    first.

        logging.basicConfig()
        logging.getLogger("libami").setLevel(logging.DEBUG)
        libami.set_log_level(logging.DEBUG)

    The level is one of `logging`, as a number or as a name. The loggers are "libami.client" and others below
    "libami", whose own levels count too. A line names servers and the names of actions, but no secret, number
    or text. "ERROR" is a server that does not speak AMI, "WARNING" a lost connection or an action without an
    answer, "INFO" the steps of a connection, "DEBUG" details for people who look for a fault.

    Lines come by a thread of their own, so that nothing in the library waits for a handler. At most 1,000
    lines wait for handlers that are slow; more are lost, and a line of "libami.log" then tells how many. When
    `set_log_level` has returned, all lines up to then have been handled, unless a handler called it. The log
    does not go on in the child of a fork, which can call it for itself.

    Raises InvalidValue for a name that is no level, and Error with code 3 if a handler does not return within
    10 seconds: the log goes where it should nevertheless.
    """
    if isinstance(level, str):
        number = _LEVELS.get(level.upper())
        if number is None:
            raise _errors.make(
                1, f"there is no level {level!r}: take one of {', '.join(_LEVELS)}, or a number"
            )
        level = number
    _native.set_log_level(level or 0)


# Users find it there, and tracebacks and documentation show it.
set_log_level.__module__ = "libami"
