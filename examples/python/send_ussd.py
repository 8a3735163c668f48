"""Sends a USSD code and prints the network's reply: send_ussd.py HOST PORT USER SECRET SPAN CODE"""

import sys

import libami


def main() -> int:
    if len(sys.argv) != 7:
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, span, code = sys.argv[1:]
    try:
        with libami.connect(host, int(port), username=user, secret=secret, event_mask="off") as client:
            reply = client.send_ussd(int(span), code, timeout=30)
            print("reply:", reply.text)
            if reply.wants_answer:
                print("the network waits for an answer: send it as another code")
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
