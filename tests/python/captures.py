"""The captures of real servers, as recordings.

The files of `tests/captures` are the truth, as most tests want the bytes of one side. Here both sides are put
in order: by the time line of a driver's session, else each action before its first answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from libami.testing import Block, Recording
from libami.testing.recording import Speaker, Splitter

CAPTURES = Path(__file__).parent.parent / "captures"
_FRAME = re.compile(r" *([0-9.]+) +([cs])[<>] @([0-9]+)( .*)?")
_IDENTITY = re.compile(rb"(?m)^ActionID: ?(.*?)\r?$")


def sessions() -> list[Path]:
    """Each session, without the end of its files' names."""
    return [
        path.with_name(path.name.removesuffix(".server.ami"))
        for path in sorted(CAPTURES.rglob("*.server.ami"))
    ]


def sides(session: Path) -> dict[Speaker, bytes]:
    """What client and server sent."""
    found: dict[Speaker, bytes] = {}
    for speaker in ("client", "server"):
        path = Path(f"{session}.{speaker}.ami")
        # Of the sessions that only listen there is no client's side.
        found[speaker] = path.read_bytes() if path.exists() else b""
    return found


def recording(session: Path) -> Recording:
    """A session as a recording."""
    modem = Path(f"{session}.modem.txt")
    said = sides(session)
    return Recording(_by_times(said, modem.read_text()) if modem.exists() else _by_answers(said))


def _by_times(said: dict[Speaker, bytes], modem: str) -> Iterator[Block]:
    lines = filter(None, map(_FRAME.fullmatch, modem.splitlines()))
    frames: list[tuple[float, Speaker, int]] = [
        (float(line[1]), "client" if line[2] == "c" else "server", int(line[3])) for line in lines
    ]
    for at, (seconds, speaker, start) in enumerate(frames):
        ends = (offset for _, other, offset in frames[at + 1 :] if other == speaker)
        yield Block(seconds, speaker, said[speaker][start : next(ends, len(said[speaker]))])


def _by_answers(said: dict[Speaker, bytes]) -> Iterator[Block]:
    splitters = {speaker: Splitter(speaker) for speaker in said}
    messages = {speaker: list(splitters[speaker].feed(said[speaker])) for speaker in said}
    for speaker in said:
        if rest := splitters[speaker].rest():
            messages[speaker].append(rest)
    waiting = messages["client"]
    for message in messages["server"]:
        yield from (Block(0.0, "client", asked) for asked in _asked_before(message, waiting))
        yield Block(0.0, "server", message)
    yield from (Block(0.0, "client", asked) for asked in waiting)


def _asked_before(message: bytes, waiting: list[bytes]) -> list[bytes]:
    """The actions that stand before a message of the server, taken from those that wait."""
    wanted = identity(message)
    identities = [identity(asked) for asked in waiting]
    count = 0
    if wanted is not None and wanted in identities:
        count = identities.index(wanted) + 1
    elif message.startswith(b"Response:") and identities[:1] == [None]:
        count = 1
    asked, waiting[:count] = waiting[:count], []
    return asked


def identity(message: bytes) -> bytes | None:
    """The ActionID of a message."""
    found = _IDENTITY.search(message)
    return found[1] if found else None
