"""Prints SMS as they come in, COUNT of them or for ever: read_sms.py HOST PORT USER SECRET [COUNT]"""

import itertools
import sys

import libami.gateway


def main() -> int:
    if len(sys.argv) not in (5, 6) or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, *count = sys.argv[1:]
    try:
        with libami.gateway.connect(host, int(port), username=user, secret=secret) as gateway:
            inbox = gateway.inbox()
            print("waiting for SMS", file=sys.stderr, flush=True)
            texts = (item for item in inbox if isinstance(item, libami.Sms))
            for sms in itertools.islice(texts, int(count[0]) if count else None):
                print(f"from {sms.sender} on port {sms.port} at {sms.time}: {sms.text}", flush=True)
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
