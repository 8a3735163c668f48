"""Refuses to be imported by an interpreter that is not the main one of its process."""

from __future__ import annotations

import importlib


def _is_main() -> bool:
    # Public only from Python 3.14 on; the names are those of 3.13 and of the ones before.
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            interpreters = importlib.import_module(name)
            return bool(interpreters.get_current() == interpreters.get_main())
        except (ImportError, AttributeError):
            continue
    # The native half finds out as well, but says so less well.
    return True


if not _is_main():
    raise ImportError(
        "libami works in the main interpreter of a process only, and this is a subinterpreter; import it in "
        "the main one, or in a process of its own (for mod_wsgi: WSGIApplicationGroup %{GLOBAL})"
    )
