"""Prints SMS as they come in and sends those typed as "SPAN NUMBER TEXT".

sms_center.py HOST PORT USER SECRET
"""

import sys

import libami


def show(sms: libami.Sms) -> None:
    print(f"from {sms.sender} on port {sms.port}: {sms.text}", flush=True)


def send(client: libami.Client, line: str) -> None:
    try:
        span, number, text = line.split(maxsplit=2)
        client.send_sms(int(span), number, text.rstrip("\n"), timeout=20)
        print("sent to", number, flush=True)
    except libami.Error as error:
        print(error, flush=True)
    except ValueError:
        print("write: SPAN NUMBER TEXT", flush=True)


def main() -> int:
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    try:
        with libami.connect(host, int(port), username=user, secret=secret, event_mask="dialplan") as client:
            client.on_sms(show)
            for line in sys.stdin:
                send(client, line)
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
