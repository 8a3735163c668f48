"""What run.py counts of the Python package.

measured.py parser CAPTURE TIMES         goes TIMES over the recording
measured.py client PORT CALLS EVENTS     each call brings so many events, to be had from an iterator
measured.py aio PORT CALLS EVENTS        the same on an event loop
measured.py window PORT CALLS            so many calls on an event loop, all under way at once
measured.py dict CAPTURE TIMES           as parser, with dicts that are there already: Python alone

Two headers are looked up in each message.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

READ = 64 * 1024


def look_up(messages: Iterable[Mapping[str, str]]) -> int:
    checked = 0
    for message in messages:
        checked += len(message.get("Channel", "")) + len(message.get("Uniqueid", ""))
    return checked


def parser(capture: str, times: int) -> int:
    from libami.protocol import Parser

    banner, messages = Path(capture).read_bytes().split(b"\n", 1)
    pieces = [messages[at : at + READ] for at in range(0, len(messages), READ)]
    parser = Parser()
    parser.feed(banner + b"\n")
    checked = 0
    for _ in range(times):
        for piece in pieces:
            parser.feed(piece)
            checked += look_up(parser)
    return checked


def client(port: int, calls: int, events: int) -> int:
    import libami

    checked = 0
    with libami.connect("127.0.0.1", port, username="count", secret="count", action_timeout=60.0) as client:
        subscription = client.events()
        for _ in range(calls):
            # A thread that calls again at once does what else another one does.
            time.sleep(0.003)
            client.action("Replay", Count=str(events))
            checked += look_up(islice(subscription, events))
    return checked


async def aio(port: int, calls: int, events: int) -> int:
    from libami import aio

    checked = 0
    async with aio.connect(
        "127.0.0.1", port, username="count", secret="count", action_timeout=60.0
    ) as client:
        subscription = client.events()
        for _ in range(calls):
            await client.action("Replay", Count=str(events))
            for _ in range(events):
                checked += look_up([await anext(subscription)])
    return checked


async def window(port: int, calls: int) -> int:
    from libami import aio

    async with aio.connect(
        "127.0.0.1", port, username="count", secret="count", action_timeout=60.0
    ) as client:
        answers = await asyncio.gather(*(client.action("Together", Count=str(calls)) for _ in range(calls)))
    return sum(len(answer["Response"]) for answer in answers)


def plain(capture: str, times: int) -> int:
    text = Path(capture).read_text()
    messages = [
        dict(line.split(": ", 1) for line in message.splitlines() if ": " in line)
        for message in text.split("\n\n")
    ]
    return sum(look_up(messages) for _ in range(times))


def main(what: str, *arguments: str) -> int:
    if what == "client":
        return client(*map(int, arguments))
    if what == "aio":
        return asyncio.run(aio(*map(int, arguments)))
    if what == "window":
        return asyncio.run(window(*map(int, arguments)))
    goes = {"parser": parser, "dict": plain}[what]
    return goes(arguments[0], int(arguments[1]))


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
