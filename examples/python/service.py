"""Watches calls on several servers until Ctrl-C or SIGTERM, and then says what it has done:

service.py USER SECRET HOST:PORT ...
"""

import asyncio
import signal
import sys

import libami.aio


async def watch(server: str, user: str, secret: str) -> None:
    """Print the calls that end on one server."""
    host, _, port = server.rpartition(":")
    # A server that is down keeps nobody waiting but this task.
    again = libami.Reconnect(first=True)
    client = libami.aio.Client(host, int(port), username=user, secret=secret, reconnect=again)
    try:
        async with client, client.events("Hangup", "#gap") as calls:
            await client.open()
            print(server, "watching", flush=True)
            async for event in calls:
                print(server, event.name, event.get("Channel", ""), flush=True)
    except libami.Error as error:
        print(server, error, flush=True)
    finally:
        # The same can be asked for at any time, such as by a monitor.
        done = client.stats()
        answers = f"{done.round_trips.count} answers, in {done.round_trips.mean * 1000:.1f} ms"
        print(f"{server} {done.events} events, {done.reconnects} reconnects, {answers}", flush=True)


async def main() -> int:
    servers = sys.argv[3:]
    if not servers or not all(server.rpartition(":")[2].isdecimal() for server in servers):
        print(__doc__, file=sys.stderr)
        return 2
    user, secret = sys.argv[1:3]
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watch(server, user, secret)) for server in servers]

        def stop() -> None:
            for task in tasks:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
