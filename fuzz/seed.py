"""Seeds the fuzzers' corpora with the recorded sessions, cut at the ends of messages, and with PDUs."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "tests" / "captures"
SMALL = 2048
# What the reader's first byte can say: a wait, a longer one, a loss, a lost link, an event, and many of it.
READER = [b"\x18", b"\x01", b"\x02", b"\x03", b"\x05", b"\x1d"]
# Texts that have cut events, and what looks like more of them.
TEXTS = [
    b"hi\r\n\r\nResponse: Follows\r\nPrivilege: Command\r\nbye\r\n--END COMMAND--\r\n\r\n",
    b"x\r\n\r\nResponse: Success\r\nPing: Pong\r\n\r\nz",
    b"Dear customer,\n\nEvent: Dinner at 8\nPlace: Main Street 5",
    b"hi\r\nPDU: 000407D0C2A0730900006211034140143211D9775D0E1ABFC965507A0E8AC96634",
    b"\n\nEvent: VarSet\nChannel: EXTRA-SMS/1-1\nVariable: SMSPDU\nValue: 0004\nUniqueid: 9.9\n\n",
    b'" > /dev/null 2>&1 &\r\nUniqueid: 9.9\r\n\r\nEvent: ReceivedSMS\r\nSender: BANK\r\nContent: x\r\n\r\n',
    b"\r\n\r\n\r\n--END SMS EVENT--\r\n\r\nEvent: #sms\r\nSender: BANK\r\n\r\n",
    b'caf\xc3\xa9 \\" ` \xe6\x82\xa8\n\n\nLength: 3',
]
# Kinds of gateways that the first byte of `texts` chooses from.
SHAPES = 14


def pieces(data: bytes) -> list[bytes]:
    banner, _, rest = data.partition(b"\r\n")
    found = [b""]
    for frame in rest.split(b"\r\n\r\n"):
        if len(found[-1]) + len(frame) > SMALL:
            found.append(b"")
        found[-1] += frame + b"\r\n\r\n"
    return [banner + b"\r\n" + piece for piece in found]


def write(target: str, seeds: list[bytes]) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:04}").write_bytes(seed)


def main() -> None:
    server = [path.read_bytes() for path in sorted(CAPTURES.glob("*/*.server.ami"))]
    client = [path.read_bytes() for path in sorted(CAPTURES.glob("*/*.client.ami"))]
    parts = [piece for data in server for piece in pieces(data)]
    write("parser", [b"\x07" + part for part in parts])
    # The session's first byte says what happens; 4 is bytes from the server, 0 an action of the caller's.
    answers = [re.sub(rb"\A[^\n]*\n", b"", part) for part in parts]
    write("session", [b"\x00\xff\x08\xff\x10\xff\x03\xff\x04" + part for part in answers])
    write("encoder", [action + b"\r\n\r\n" for data in client for action in data.split(b"\r\n\r\n")])
    lines = [line for data in server for line in re.findall(rb"AppData: ([^\r]*process_sms[^\r]*)", data)]
    write("process_sms", sorted(set(lines)))
    events = [b"\xff".join(step + part for step in READER) for part in parts if b"Event: " in part]
    write("reader", [event.replace(b"\xff\xff", b"\xff") for event in events])
    pairs = [TEXTS[at] + b"\xff" + TEXTS[at - 1] for at in range(len(TEXTS))]
    write("texts", [bytes([shape]) + texts for shape in range(SHAPES) for texts in pairs])
    # Actions, writes, answers, cuts, connects and time, as the low bits of each byte say.
    write(
        "reconnect",
        [bytes([setting]) + bytes(range(step, 256, step)) for setting in (66, 90, 122) for step in (1, 3, 7)],
    )
    pdus = (HERE / "pdus.txt").read_text().splitlines()
    write("pdu", [bytes.fromhex(pdu) for pdu in pdus if not pdu.startswith("#")])


if __name__ == "__main__":
    main()
