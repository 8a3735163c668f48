"""The format of recordings, and what is kept out of them."""

from __future__ import annotations

import random
import re
import stat
from pathlib import Path

import captures
import pytest
from libami.testing import Block, Recording, RecordingError, RecordingWriter

HEAD = "# libami capture 1\n"


def write(path: Path, *said: tuple[str, bytes], scrub: bool = False) -> str:
    """What a writer makes of what is said."""
    with RecordingWriter(path, scrub=scrub, overwrite=True) as writer:
        for speaker, data in said:
            writer.add("client" if speaker == ">" else "server", data)
    return path.read_text()


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"Event: A\r\n\r\n", ["Event: A", ""]),
        (b"Event: A\n\n", ["Event: A\\n\\", "\\n\\"]),
        (b"cut in the mid", ["cut in the mid\\"]),
        (b"blank \r\n", ["blank\\x20"]),
        (b"blank ", ["blank \\"]),
        (b"# x\r\n> +1\r\n< +1\r\n", ["\\x23 x", "\\x3e +1", "\\x3c +1"]),
        (b"back\\slash\\\r\n", ["back\\\\slash\\\\"]),
        (b"a\rb\tc\x00\x7f\r\n", ["a\\rb\\tc\\x00\\x7f"]),
        ("ünï 你 \u2028\ufeff\r\n".encode(), ["ünï 你 \\xe2\\x80\\xa8\\xef\\xbb\\xbf"]),
        (b"\xff\xfe\r\n", ["\\xff\\xfe"]),
        (b"", []),
    ],
)
def test_recording_keeps_every_byte(data: bytes, lines: list[str]) -> None:
    text = Recording([Block(1.25, "server", data, 2)]).text
    assert text == HEAD + "".join(f"{line}\n" for line in ["< +1.250 2", *lines])
    (block,) = Recording.parse(text).blocks
    assert block == Block(1.25, "server", data, 2)


def test_recording_keeps_anything() -> None:
    """Random pieces of what is hard to write down, a thousand times."""
    chance = random.Random(1)
    pieces = [
        b"\r\n",
        b"\n",
        b"\r",
        b"\\",
        b" ",
        b"#",
        b"<",
        b"> +1",
        b"x",
        b"\\n",
        b"\\x41",
        "ü".encode(),
        b"\xc3",
    ]
    pieces += [b"\xe2\x80\xa8", b"\x00", b"\t", b"end", b"Response: Follows\r\n"]
    blocks = [
        Block(
            round(chance.random() * 100, 3),
            chance.choice(["client", "server"]),
            b"".join(chance.choices(pieces, k=chance.randrange(8))),
            chance.randrange(1, 4),
            chance.random() < 0.1,
        )
        for _ in range(1000)
    ]
    assert Recording.parse(Recording(blocks).text).blocks == blocks
    assert Recording.parse(Recording(blocks).text.replace("\n", "\r\n")).blocks == blocks


def test_recording_may_have_comments() -> None:
    (block,) = Recording.parse(f"{HEAD}# by hand\n< +0\nEvent: A\n# the truth\n\n").blocks
    assert block.data == b"Event: A\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: this is no recording"),
        ("Event: A\n", "line 1: this is no recording; one begins with '# libami capture 1'"),
        ("# libami capture 2\n", "line 1: this is of another version"),
        (f"{HEAD}Event: A\n", "line 2: text before the first block"),
        (f"{HEAD}< +0\nEvent: A\n> 5\n", "line 4: a block begins like"),
        (f"{HEAD}< +0 0\n", "line 2: a block begins like"),
        (f"{HEAD}< +0\na\\qb\n", "line 3: a backslash that escapes nothing"),
        (f"{HEAD}< +0\na\\x4\n", "line 3: a backslash that escapes nothing"),
    ],
)
def test_recording_errors_tell_the_line(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as caught:
        Recording.parse(text)
    assert reason in str(caught.value)
    path = tmp_path / "bad.ami"
    path.write_text(text)
    with pytest.raises(RecordingError, match=r"bad\.ami, line"):
        Recording.read(path)


def test_recording_errors_tell_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / "bad.ami"
    path.write_bytes(HEAD.encode() + b"< +0\nabc\xff\n")
    with pytest.raises(RecordingError, match="byte 27 is no UTF-8"):
        Recording.read(path)
    with pytest.raises(FileNotFoundError):
        Recording.read(tmp_path / "none.ami")


def test_captures_are_recordings_of_the_same_bytes() -> None:
    """All of them, from the files of each side and back."""
    sessions = captures.sessions()
    assert len(sessions) > 700
    for session in sessions:
        recording = Recording.parse(captures.recording(session).text)
        for speaker, data in captures.sides(session).items():
            assert recording.side(speaker) == data, (session, speaker)


def test_captures_stand_in_order() -> None:
    """An answer never stands before what it answers."""
    for session in captures.sessions():
        seen: set[bytes] = set()
        blocks = captures.recording(session).blocks
        asked = {captures.identity(block.data) for block in blocks if block.speaker == "client"} - {None}
        for block in blocks:
            identity = captures.identity(block.data)
            if block.speaker == "client":
                seen.add(identity or b"")
            elif identity in asked:
                assert identity in seen, (session, identity)


def test_captures_hold_no_secret_once_they_are_recorded(tmp_path: Path) -> None:
    session = captures.CAPTURES / "asterisk-22" / "seed-actions"
    with RecordingWriter(tmp_path / "a.ami") as writer:
        for block in captures.recording(session).blocks:
            writer.add(block.speaker, block.data)
    text = (tmp_path / "a.ami").read_text()
    assert "amp111" not in text
    assert "Username: admin\nSecret: ***\n" in text
    recorded = Recording.parse(text)
    for speaker, data in captures.sides(session).items():
        hidden = re.sub(rb"(?m)^Challenge: \d+", b"Challenge: ***", data.replace(b"amp111", b"***"))
        assert recorded.side(speaker) == hidden


LOGIN = b"Action: Login\r\nUsername: me\r\nSecret: hunt12\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ((">", b"Action: Login\r\nSECRET:hunt12\r\n\r\n"), "SECRET:***"),
        ((">", b"Action: Login\r\nSecret: my hunt12, too\r\n\r\n"), "Secret: ***\n"),
        (("<", b"Response: Success\r\nLine-000000-000001: secret=a, hunt12; b\r\n\r\n"), "secret=***\n"),
        (("<", b"Response: Success\r\nOutput: Password : my hunt12\r\n\r\n"), "Password : ***\n"),
        (("<", b"Response: Success\r\nChallenge: Generate Challenge\r\n\r\n"), "Challenge: Generate"),
        ((">", b"action: LOGIN\r\nAuthType: MD5\r\nKey: 0123abcd\r\n\r\n"), "Key: ***"),
        ((">", b"Action: DBGet\r\nFamily: f\r\nKey: hunter\r\n\r\n"), "Key: hunter"),
        (("<", b"Response: Success\r\nChallenge: 123456\r\n\r\n"), "Challenge: ***"),
        (
            ("<", b"Event: AuthDetail\r\nPassword: hunt12\r\nMd5Cred: aa\r\n\r\n"),
            "Password: ***\nMd5Cred: ***",
        ),
        (("<", b"Response: Success\r\nLine-000000-000001: secret=hunt12\r\n\r\n"), "000001: secret=***"),
        (
            ("<", b"Response: Success\r\nOutput: password => hunt12,Me,me@x\r\n\r\n"),
            "password => ***,Me,me@x",
        ),
        (
            ("<", b'Response: Success\r\nJSON: {"secret":"hunt12","a":"b"}\r\n\r\n'),
            '{"secret":"***","a":"b"}',
        ),
        (
            (
                "<",
                b"Response: Follows\r\n  Password : hunt12\n  Md5Secret    : <Set>\n--END COMMAND--\r\n\r\n",
            ),
            "  Password : ***\\n\\\n  Md5Secret    : ***",
        ),
        (
            (
                ">",
                b"Action: UpdateConfig\r\nValue-000001: hunt12\r\nVar-000001: secret\r\n"
                b"Value-000002: b\r\n\r\n",
            ),
            "Value-000001: ***\nVar-000001: secret\nValue-000002: b",
        ),
        ((">", b"Action: Originate\r\nVariable: PASSWORD=hunt12|A=1\r\n\r\n"), "Variable: PASSWORD=***|A=1"),
    ],
)
def test_secrets_are_replaced_when_written(tmp_path: Path, said: tuple[str, bytes], shown: str) -> None:
    text = write(tmp_path / "a.ami", ("<", b"Asterisk Call Manager/5\r\n"), said)
    assert shown in text
    assert "hunt12" not in text


def test_secrets_are_replaced_wherever_they_turn_up(tmp_path: Path) -> None:
    banner, echo = b"Asterisk Call Manager/5\r\n", b"Event: Log\r\nText: user me said hunt12!\r\n\r\n"
    text = write(tmp_path / "a.ami", ("<", banner), (">", LOGIN), ("<", echo))
    assert "user me said ***!" in text
    # In pieces, and cut at the end.
    pieces = [(">", LOGIN[at : at + 5]) for at in range(0, len(LOGIN) - 3, 5)]
    text = write(tmp_path / "a.ami", ("<", banner), *pieces, ("<", echo[:-20]))
    assert "hunt" not in text
    assert "Secret: ***" in text


def test_scrubbing_replaces_numbers_and_texts(tmp_path: Path) -> None:
    said = [
        ("<", b"Asterisk Call Manager/5\r\n"),
        ("<", b"Response: Success\r\nActionID: 1234567\r\nMessage: Originate successfully queued\r\n\r\n"),
        (
            "<",
            b"Event: Newchannel\r\nChannel: PJSIP/13632919026-00000001\r\nCallerIDNum: 13632919026\r\n"
            b"CallerIDName: J\xc3\xb6rg 5\r\nExten: 100\r\nUniqueid: 1795375087.12\r\n"
            b"AppData: 1795375087.12,+33600000031\r\n\r\n",
        ),
        ("<", b"Event: DongleNewSMS\r\nFrom: +33600000031\r\nMessage: call me at 13632919026\r\n\r\n"),
        (">", b'Action: Command\r\nCommand: gsm send sms 1 13632919026 "hello you" 20\r\n\r\n'),
        ("<", b'Event: Newexten\r\nAppData: process_sms "4" "10086" "2014/09/11" "a text"\r\n\r\n'),
        ("<", b"Event: ReceivedSMS\r\nContent: a%20b%E4%BD%A0c+d\r\nPDU: 07913306\r\n\r\n"),
    ]
    text = write(tmp_path / "a.ami", *said, scrub=True)
    for kept in (
        "ActionID: 1234567",
        "Message: Originate successfully queued",
        "Exten: 100",
        "Uniqueid: 1795375087.12",
        "AppData: 1795375087.12,+50000000002",
        "Channel: PJSIP/50000000001-00000001",
        "CallerIDNum: 50000000001",
        "CallerIDName: xxxx 0",
        "From: +50000000002",
        "Message: xxxx xx xx 00000000000",
        'Command: gsm send sms 1 50000000001 "xxxxx xxx" 20',
        'AppData: process_sms "4" "50003" "0000/00/00" "x xxxx"',
        "Content: xxxxxxx+x",
        "PDU: 00000000",
    ):
        assert f"{kept}\n" in text
    for gone in ("13632919026", "33600000031", "10086", "hello", "call me", "rg 5"):
        assert gone not in text


def test_writer_refuses_to_overwrite_and_writes_for_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.ami"
    assert write(path) == HEAD
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        RecordingWriter(path)


def test_writer_keeps_messages_whole_and_connections_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.ami"
    with RecordingWriter(path) as writer:
        writer.add("server", b"Asterisk Call")
        writer.add("server", b" Manager/5\r\nEvent: A\r\n", 2)
        writer.add("server", b" Manager/5\r\nEvent: B\r\n\r\nEve")
        writer.add("server", b"\r\n", 2)
        assert "Event: A" in path.read_text(), "what is whole is in the file at once"
        writer.end("client", 2)
    blocks = Recording.read(path).blocks
    assert [(block.connection, block.speaker, block.data, block.is_end) for block in blocks] == [
        (2, "server", b" Manager/5\r\n", False),
        (1, "server", b"Asterisk Call Manager/5\r\n", False),
        (1, "server", b"Event: B\r\n\r\n", False),
        (2, "server", b"Event: A\r\n\r\n", False),
        (2, "client", b"", True),
        (1, "server", b"Eve", False),
    ]
    assert [block.seconds for block in blocks] == sorted(block.seconds for block in blocks)


def test_writer_tells_of_a_full_disk() -> None:
    writer = RecordingWriter("/dev/null", overwrite=True)
    writer.close()
    with pytest.raises(OSError, match="No space left"):
        RecordingWriter("/dev/full", overwrite=True)
