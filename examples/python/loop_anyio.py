"""Events and calls in a program that runs on anyio: loop_anyio.py HOST PORT USER SECRET [asyncio or trio]"""

import sys

import anyio
import anyio.to_thread
import libami


async def show(events: libami.EventStream) -> None:
    """Print events as they come."""
    while True:
        await anyio.wait_readable(events)
        try:
            for event in events.drain():
                print(event.name, event.get("Channel", ""), flush=True)
        except libami.Error as error:
            print("the stream has ended:", error)
            return


async def main(host: str, port: str, username: str, secret: str) -> None:
    """Ask something while events come in."""

    def connect() -> libami.Client:
        return libami.connect(host, int(port), username=username, secret=secret)

    client = await anyio.to_thread.run_sync(connect)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(show, client.events("Newchannel", "Hangup"))
            with anyio.move_on_after(10):
                settings = await anyio.to_thread.run_sync(client.action, "CoreSettings")
                print("Asterisk", settings["AsteriskVersion"], flush=True)
                await anyio.sleep_forever()
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(client.close)


if __name__ == "__main__":
    host, port, username, secret, *more = sys.argv[1:]
    anyio.run(main, host, port, username, secret, backend=more[0] if more else "asyncio")
