"""Has two ports of a gateway text each other: gateway.py HOST PORT USER SECRET SPAN OTHER NUMBER

SPAN sends to NUMBER, which is OTHER's, and OTHER answers.
"""

import sys

import libami
from libami.gateway import Event, Gateway, Report, Sms

TEXT = "Are you there, 您好吗? " + "This takes several parts. " * 6 + "Answer!"


def talk(gateway: Gateway, port: str, other: str, number: str) -> bool:
    """Return whether the answer came."""
    with gateway.inbox(timeout=60) as inbox:
        receipt = gateway.send(number, TEXT, port=port, id="question")
        print(f"port {receipt.port}: {receipt.outcome}, in {receipt.parts} parts", flush=True)
        for item in inbox:
            match item:
                case Sms(port=at, text=text) if at == other and text == TEXT:
                    print(f"port {at}: from {item.sender} in {item.parts} parts", flush=True)
                    receipt = gateway.send(item.sender, "I am here", port=at, id="answer")
                    print(f"port {receipt.port}: {receipt.outcome}", flush=True)
                case Sms(port=at, text="I am here") if at == port:
                    print(f"port {at}: from {item.sender}: {item.text}", flush=True)
                    return True
                case Report():
                    print(f"port {item.port}: {item.id} is {item.outcome}", flush=True)
                case Event():
                    print(f"something may have been missed: {item.name}", file=sys.stderr, flush=True)
    return False


def main() -> int:
    if len(sys.argv) != 8 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, at, user, secret, port, other, number = sys.argv[1:]
    reconnect = libami.Reconnect()
    try:
        with libami.gateway.connect(
            host, int(at), username=user, secret=secret, reconnect=reconnect
        ) as gateway:
            print("dialect:", gateway.dialect)
            for status in gateway.ports():
                if status.port in (port, other):
                    print(f"port {status.port}: {status.words}; {status.operator}, {status.bars} bars")
            return 0 if talk(gateway, port, other, number) else 1
    except libami.OutcomeUnknown as error:
        # It may still go out, so a program must not just send it again.
        print("unknown:", error, file=sys.stderr)
        return 1
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
