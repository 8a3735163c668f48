"""Prints calls as they begin and end, also after a lost connection: watch_calls.py HOST PORT USER SECRET"""

import sys

import libami


def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    again = libami.Reconnect(min=1, max=60)
    try:
        with (
            libami.connect(host, int(port), username=user, secret=secret, reconnect=again) as client,
            client.events("Newchannel", "Hangup", "#gap", "#lagged") as calls,
        ):
            print("watching", file=sys.stderr, flush=True)
            for event in calls:
                if event.kind == "gap":  # the connection was lost: events of that time are missing
                    print(f"gap of {event.outage:.1f} s: {event['Cause']}", flush=True)
                elif event.kind == "lagged":  # this program was too slow
                    print(f"lost {event.lost} events", flush=True)
                else:
                    print(event.name, event["Channel"], event.get("Cause-txt", "?"), flush=True)
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
