"""Events and calls in a program that runs on trio: loop_trio.py HOST PORT USER SECRET"""

import sys

import libami
import trio


async def show(events: libami.EventStream) -> None:
    """Print events as they come."""
    while True:
        await trio.lowlevel.wait_readable(events)
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

    client = await trio.to_thread.run_sync(connect)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(show, client.events("Newchannel", "Hangup"))
            with trio.move_on_after(10):
                settings = await trio.to_thread.run_sync(client.action, "CoreSettings")
                print("Asterisk", settings["AsteriskVersion"], flush=True)
                await trio.sleep_forever()
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(client.close)


if __name__ == "__main__":
    host, port, username, secret = sys.argv[1:5]
    trio.run(main, host, port, username, secret)
