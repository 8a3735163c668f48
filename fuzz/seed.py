"""Seeds the fuzzers' corpora with the recorded sessions, cut at the ends of messages, and with PDUs."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "tests" / "captures"
SMALL = 2048


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
    pdus = (HERE / "pdus.txt").read_text().splitlines()
    write("pdu", [bytes.fromhex(pdu) for pdu in pdus if not pdu.startswith("#")])


if __name__ == "__main__":
    main()
