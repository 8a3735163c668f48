"""Events and calls in a program that runs on gevent, where nothing has to be patched:
loop_gevent.py HOST PORT USER SECRET"""

import sys

import gevent
import gevent.socket
import libami


def show(events: libami.EventStream) -> None:
    """Print events as they come."""
    while True:
        gevent.socket.wait_read(events.fileno())
        try:
            for event in events.drain():
                print(event.name, event.get("Channel", ""), flush=True)
        except libami.Error as error:
            print("the stream has ended:", error)
            return


def main(host: str, port: str, username: str, secret: str) -> None:
    """Ask something while events come in."""

    def connect() -> libami.Client:
        return libami.connect(host, int(port), username=username, secret=secret)

    # Calls wait in a thread, and the other greenlets go on.
    pool = gevent.get_hub().threadpool
    client = pool.apply(connect)
    try:
        reader = gevent.spawn(show, client.events("Newchannel", "Hangup"))
        settings = pool.apply(client.action, ("CoreSettings",))
        print("Asterisk", settings["AsteriskVersion"], flush=True)
        reader.join(timeout=10)
        reader.kill()
    finally:
        pool.apply(client.close)


if __name__ == "__main__":
    main(*sys.argv[1:5])
