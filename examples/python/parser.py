"""The parser alone, in a program's own loop: logs in, prints messages as they come.

parser.py HOST PORT USER SECRET
"""

import socket
import sys

import libami
from libami.protocol import Parser


def main() -> int:
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret = sys.argv[1:]
    parser = Parser()
    # A program that writes for itself sees to it that nothing here can end a line.
    parser.expect_action_id("1")
    login = f"Action: Login\r\nActionID: 1\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n"
    try:
        with socket.create_connection((host, int(port))) as link:
            link.sendall(login.encode())
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
