"""The client for asyncio.

    import libami.aio

    async with libami.aio.connect("127.0.0.1", username="admin", secret="...") as client:
        print((await client.action("CoreSettings"))["AsteriskVersion"])
        async for event in client.events("Newchannel", "Hangup", timeout=60):
            print(event.name, event["Channel"])

With a simulated gateway of `libami.simulator`:

    >>> import asyncio
    >>> async def version() -> str:
    ...     async with libami.aio.connect(**simulator.credentials) as client:
    ...         return (await client.action("CoreSettings"))["AsteriskVersion"]
    >>> asyncio.run(version())
    '1.8.20.0'

The names, arguments and exceptions are those of `libami`; calls that wait there are awaited here. A client
belongs to the event loop that it is first used on. A call that is cancelled leaves nothing behind here, but
the server still carries out actions that were written.
"""

from libami.aio import gateway as gateway
from libami.aio._loop import Subscription
from libami.aio._stream import EventStream, ViewStream
from libami.aio.client import Client, EventCallback, connect

__all__ = ["Client", "EventCallback", "EventStream", "Subscription", "ViewStream", "connect"]
