"""Says how many calls there are, and from then on how each one ends: hangups.py HOST PORT USER SECRET"""

import sys

import libami
from libami import events


def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    try:
        with libami.connect(host, int(port), username=user, secret=secret) as client:
            # Each action is a method, each event a class.
            print("calls:", client.actions.core_status()["CoreCurrentCalls"], flush=True)
            hangups = client.events(events.Hangup)
            # The server sends no other events to this session.
            how = client.filter_events(libami.EventFilter().include("Hangup"))
            print("filtered by", how, flush=True)
            for hangup in hangups:
                # None if the server did not say it; what libami does not know is in the event itself.
                print(hangup.channel.name, hangup.cause, hangup.raw.get("Cause-txt"), flush=True)
    except libami.Error as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
