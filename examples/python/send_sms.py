"""Sends an SMS and prints its outcome: send_sms.py HOST PORT USER SECRET SPAN NUMBER TEXT

With "any" as SPAN the gateway chooses the port.
"""

import sys

import libami.gateway


def main() -> int:
    if len(sys.argv) != 8 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, span, number, text = sys.argv[1:]
    try:
        with libami.gateway.connect(host, int(port), username=user, secret=secret) as gateway:
            receipt = gateway.send(number, text, port=None if span == "any" else span, timeout=20)
            print(f"{receipt.outcome}: through port {receipt.port}: {receipt.words}")
    except libami.OutcomeUnknown as error:
        # It may still go out, so a program must not just send it again.
        print("unknown:", error)
        return 1
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
