"""Logs in and says which Asterisk answered: login.py HOST PORT USER SECRET"""

import sys

import libami


def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    try:
        with libami.connect(host, int(port), username=user, secret=secret) as client:
            print("logged in: Asterisk", client.action("CoreSettings")["AsteriskVersion"])
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
