"""Logs in through TLS, to a server whose certificate an authority of a file has signed:

tls.py HOST PORT USER SECRET CA-FILE
"""

import sys

import libami


def main() -> int:
    if len(sys.argv) != 6 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, ca_file = sys.argv[1:]
    tls = libami.TLS(ca_file=ca_file)  # or tls=True: the authorities that the system trusts
    try:
        with libami.connect(host, int(port), username=user, secret=secret, tls=tls):
            print("logged in through TLS")
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
