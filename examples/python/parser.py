"""The parser alone, in a program's own loop: logs in, prints messages as they come.

parser.py HOST PORT USER SECRET
"""

import socket
import sys

import libami
from libami.protocol import Parser, encode


def main() -> int:
    if len(sys.argv) != 5 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    parser = Parser()
    parser.expect_action_id("1")
    try:
        login = encode("Login", ActionID="1", Username=user, Secret=secret)
        with socket.create_connection((host, int(port))) as link:
            link.sendall(login)
            while data := link.recv(4096):
                parser.feed(data)
                for message in parser:
                    print(f"{message.kind}: {message.name}, {len(message)} headers", flush=True)
            parser.finish()
    except (libami.Error, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
