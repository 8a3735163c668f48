"""Answers the calls that the dialplan hands over by AGI(agi:async), asks each for a digit, and gives them
back with the variable CHOICE:

async_agi.py HOST PORT USER SECRET
"""

import asyncio
import re
import sys
from urllib.parse import unquote

import libami.aio
from libami.events import AsyncAGIEnd, AsyncAGIExec, AsyncAGIStart

AgiEvent = AsyncAGIStart | AsyncAGIExec | AsyncAGIEnd


class Call:
    """A call that waits for commands."""

    def __init__(self, client: libami.aio.Client, channel: str) -> None:
        self.client = client
        # A channel may be renamed; each event has its name of that time.
        self.channel = channel
        self.result: asyncio.Future[str] | None = None

    async def run(self, command: str) -> int:
        """Run a command of AGI and return its result."""
        print(f"{self.channel}: {command}", flush=True)
        self.result = asyncio.get_running_loop().create_future()
        await self.client.actions.agi(channel=self.channel, command=command, command_id="menu")
        # The server has only put the command into the call's queue; an event brings the result.
        said = await self.result
        found = re.match(r"200 result=(-?\d+)", said)
        if found is None:
            raise ValueError(f"{command}: {said.strip()}")
        return int(found[1])


async def talk(call: Call) -> None:
    """What happens in a call."""
    await call.run("ANSWER")
    await call.run('STREAM FILE beep ""')
    digit = await call.run("WAIT FOR DIGIT 5000")
    if digit < 0:
        return  # the caller has hung up
    if digit > 0:
        await call.run(f"SET VARIABLE CHOICE {chr(digit)}")
    await call.run("ASYNCAGI BREAK")  # the dialplan goes on behind AGI(agi:async)


async def serve(client: libami.aio.Client) -> None:
    """Talk to all calls at once."""
    calls: dict[str | None, tuple[Call, asyncio.Task[None]]] = {}
    async with asyncio.TaskGroup() as group:

        async def guarded(call: Call) -> None:
            try:
                await talk(call)
            except (libami.ActionError, ValueError) as error:  # the call is gone, or refuses a command
                print(f"{call.channel}: {error}", file=sys.stderr)

        stream: libami.aio.ViewStream[AgiEvent] = client.events(AsyncAGIStart, AsyncAGIExec, AsyncAGIEnd)
        print("waiting for calls", file=sys.stderr, flush=True)
        async for event in stream:
            uniqueid = event.channel.uniqueid
            if isinstance(event, AsyncAGIStart):
                call = Call(client, event.channel.name or "")
                calls[uniqueid] = call, group.create_task(guarded(call))
            elif uniqueid not in calls:
                continue  # it began before this program did
            elif isinstance(event, AsyncAGIExec):
                call, _ = calls[uniqueid]
                call.channel = event.channel.name or call.channel
                if call.result is not None and not call.result.done() and event.command_id == "menu":
                    call.result.set_result(unquote(event.result or ""))
            else:
                # Of what was still in its queue, no event tells.
                call, task = calls.pop(uniqueid)
                task.cancel()
                print(f"{call.channel}: over", flush=True)


async def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    try:
        async with libami.aio.connect(host, int(port), username=user, secret=secret) as client:
            await serve(client)
    except* libami.Error as errors:
        print(*errors.exceptions, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
