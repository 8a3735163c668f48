"""Walks through a USSD menu; each line that is typed answers it:

ussd_menu.py HOST PORT USER SECRET GSMPORT CODE
"""

import sys

import libami.gateway


def main() -> int:
    if len(sys.argv) != 7 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, gsm_port, code = sys.argv[1:]
    try:
        with (
            libami.gateway.connect(host, int(port), username=user, secret=secret) as gateway,
            gateway.dial(gsm_port, code) as dialogue,
        ):
            print(dialogue.reply.text, flush=True)
            while dialogue.is_open and (line := sys.stdin.readline()):
                print(dialogue.answer(line.rstrip("\n")).text, flush=True)
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
