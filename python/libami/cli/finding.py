"""The findings of `libami doctor`, and their words."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import dataclass
from typing import Any, Literal

from libami.cli.output import DONE, REFUSED, Failure, Output

Level = Literal["ok", "note", "problem"]

NAMES = {
    1: "name",
    2: "refused",
    3: "no answer",
    4: "closed without a word",
    5: "TLS expected",
    6: "no TLS here",
    7: "HTTP",
    8: "another service",
    9: "certificate",
    10: "login refused",
    11: "login in use",
    12: "shutting down",
    13: "starting",
    14: "permission",
    15: "no events",
    16: "some events",
    17: "too slow",
    18: "idle",
    19: "login timeout",
    20: "old server",
    21: "gateway",
    22: "address family",
    23: "settings",
}
"""The things that it tells apart, by their numbers. Programs may go by these."""

_COLOURS: dict[Level, int] = {"ok": 32, "note": 33, "problem": 31}


class Stop(Exception):
    """There is nothing more to look at."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    number: int
    """That of NAMES; 0 for what is just well."""
    level: Level
    seen: str
    means: str = ""
    change: str = ""
    """The line to change, and where."""
    code: int = DONE
    """The exit code that it stands for."""

    @property
    def name(self) -> str:
        """That of NAMES; "library" for what the library alone has met."""
        return NAMES.get(self.number, "well" if self.level == "ok" else "library")

    def document(self) -> dict[str, Any]:
        """It for JSON."""
        return {
            "number": self.number,
            "name": self.name,
            "level": self.level,
            "seen": self.seen,
            "means": self.means,
            "change": self.change,
        }

    def show(self, out: Output) -> None:
        """Write it."""
        if out.is_json:
            out.json(self.document())
        elif self.level == "ok":
            out.marked(_COLOURS[self.level], "ok", f"        {self.seen}")
        else:
            out.marked(_COLOURS[self.level], f"{self.level:8}", f"  {self.name} ({self.number})")
            for label, text in (("seen", self.seen), ("means", self.means), ("change", self.change)):
                for number, line in enumerate(_wrapped(text)):
                    out.line(f"  {label if not number else '':6}  {line}")
        out.flush()


def _wrapped(text: str) -> list[str]:
    width = max(shutil.get_terminal_size().columns - 10, 40)
    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return [line for each in text.splitlines() for line in wrapper.wrap(each)]


def well(seen: str) -> Finding:
    """A finding that is as it should be."""
    return Finding(0, "ok", seen)


def note(number: int, seen: str, means: str, change: str = "") -> Finding:
    """A finding that is good to know."""
    return Finding(number, "note", seen, means, change)


def problem(number: int, seen: str, means: str, change: str, code: int = REFUSED) -> Finding:
    """A finding that keeps things from working."""
    return Finding(number, "problem", seen, means, change, code)


def unusable(error: Failure, means: str) -> Finding:
    """The settings lack something, or cannot be used."""
    change = error.remedy or "correct that on the command line, in the environment or in config.toml"
    return problem(23, error.seen, means, change, error.code)
