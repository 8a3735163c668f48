"""Calls a phone, connects it to an extension, and says what became of it:

originate.py HOST PORT USER SECRET CHANNEL CONTEXT EXTENSION
"""

import sys

import libami


def main() -> int:
    if len(sys.argv) != 8 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, channel, context, extension = sys.argv[1:]
    try:
        with libami.connect(host, int(port), username=user, secret=secret) as client:
            call = client.originate(channel, context=context, exten=extension, timeout=20)
            print(f"{call.reason}: {call.channel}")
            return 0 if call.answered else 1
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
