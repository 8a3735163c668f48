"""Prints SMS as they come in and sends those typed as "PORT NUMBER TEXT".

sms_center.py HOST PORT USER SECRET
"""

import sys

import libami
from libami.gateway import Gateway


def show(sms: libami.Sms) -> None:
    print(f"from {sms.sender} on port {sms.port}: {sms.text}", flush=True)


def missed(marker: libami.Event) -> None:
    print(f"there was no connection for {marker.outage:.0f} s; SMS of that time are missing", flush=True)


def turned(state: libami.Event) -> None:
    if state["State"] == "closed":
        print(f"no more SMS come: {state['Cause']}", flush=True)


def send(gateway: Gateway, line: str) -> None:
    try:
        port, number, text = line.split(maxsplit=2)
        receipt = gateway.send(number, text.rstrip("\n"), port=port, timeout=20)
        # "sent", or "queued" where a gateway does not tell the network's answer.
        print(receipt.outcome, "to", number, flush=True)
    except libami.Error as error:
        print(error, flush=True)
    except ValueError:
        print("write: PORT NUMBER TEXT", flush=True)


def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    try:
        again = libami.Reconnect()
        with libami.gateway.connect(
            host, int(port), username=user, secret=secret, reconnect=again
        ) as gateway:
            gateway.on_sms(show)
            gateway.on("#gap", missed)
            gateway.on("#state", turned)
            for line in sys.stdin:
                send(gateway, line)
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
