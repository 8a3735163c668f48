"""Sends a USSD code and prints the network's reply: send_ussd.py HOST PORT USER SECRET SPAN CODE"""

import sys

import libami.gateway


def main() -> int:
    if len(sys.argv) != 7 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, span, code = sys.argv[1:]
    try:
        with libami.gateway.connect(host, int(port), username=user, secret=secret) as gateway:
            reply = gateway.send_ussd(span, code, timeout=30)
            print("reply:", reply.text)
            if reply.wants_answer:
                print("the network waits for an answer: send it as another code")
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
