"""The format of recordings, and what is kept out of them."""

from __future__ import annotations

import random
import re
import stat
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import captures
import libami.gateway
import pytest
from conftest import WAIT
from libami.simulator import Simulator
from libami.testing import Block, Recorder, Recording, RecordingError, RecordingWriter
from libami.testing._scrub import Scrubber
from libami.testing._secrets import Secrets

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
            "password => ***\n",
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
        (
            (">", b"Action: Originate\r\nVariable: A=1,API_SECRET=hunt12,B=2\r\n\r\n"),
            "A=1,API_SECRET=***,B=2",
        ),
        (
            (">", b"Action: UpdateConfig\r\nVar-000000: secret\r\nMatch-000000: hunt12\r\n\r\n"),
            "Match-000000: ***",
        ),
        (
            (">", b"Action: UpdateConfig\r\nVar-000000: 100\r\nValue-000000: hunt12,Me\r\n\r\n"),
            "Value-000000: ***,Me",
        ),
        (("<", b"Response: Success\r\nOutput: secret = pa,ss;hunt12\r\n\r\n"), "Output: secret = ***\n"),
        (("<", b"Response: Success\r\nOutput: secret=&hunt12\r\n\r\n"), "Output: secret=***\n"),
        (("<", b'Response: Success\r\nOutput: secret="x y,|hunt12"\r\n\r\n'), "Output: secret=***\n"),
        (("<", b"Response: Success\r\nOutput: secret=pa'\"hunt12\r\n\r\n"), "Output: secret=***\n"),
        (
            ("<", b'Response: Success\r\nJSON: {"password":"a\\"b,hunt12","a":"b"}\r\n\r\n'),
            '{"password":"***","a":"b"}',
        ),
        (
            ("<", b'Response: Success\r\nJSON: {"default":{"100":"hunt12,Me"}}\r\n\r\n'),
            '{"default":{"100":"***,Me"}}',
        ),
        (
            ("<", b"Response: Success\r\nLine-000000-000000: register=tls://1000:hunt12@host/1000\r\n\r\n"),
            "register=tls://1000:***@host/1000\n",
        ),
        (
            ("<", b"Response: Success\r\nLine-000000-000000: auth=md5:hunt12@realm\r\n\r\n"),
            "auth=md5:***@realm",
        ),
        (("<", b"Response: Success\r\nLine-000000-000000: 100=hunt12,Me,me@x\r\n\r\n"), "100=***,Me,me@x"),
        (("<", b"Response: Success\r\nLine-000000-000000: oauth_secret=hunt12\r\n\r\n"), "oauth_secret=***"),
        (
            ("<", b"Response: Success\r\nLine-000000-000000: refresh_token=hunt12\r\n\r\n"),
            "refresh_token=***",
        ),
        (("<", b"Response: Success\r\nLine-000000-000000: dbpass => hunt12\r\n\r\n"), "dbpass => ***"),
        (
            ("<", b"Response: Success\r\nLine-000000-000000: dsn=pg://me:hunt12@db/x\r\n\r\n"),
            "dsn=pg://me:***@db/x",
        ),
        (
            (
                "<",
                b"Event: AuthDetail\r\nOauthSecret: hunt12\r\nRefreshToken: hunt12\r\n"
                b"PasswordDigest: hunt12\r\nUsingPassword: 0\r\n\r\n",
            ),
            "OauthSecret: ***\nRefreshToken: ***\nPasswordDigest: ***\nUsingPassword: 0",
        ),
        (
            ("<", b"Event: InvalidPassword\r\nReceivedChallenge: hunt12\r\nReceivedHash: hunt12\r\n\r\n"),
            "ReceivedChallenge: ***\nReceivedHash: ***",
        ),
        (
            (
                "<",
                b"Event: ChallengeResponseFailed\r\nResponse: hunt12\r\nExpectedResponse: hunt12\r\n\r\n",
            ),
            "Response: ***\nExpectedResponse: ***",
        ),
        (("<", b"Event: VarSet\r\nVariable: PASSWORD\r\nValue: hunt12\r\n\r\n"), "PASSWORD\nValue: ***"),
        ((">", b"Action: Setvar\r\nVariable: SIP_SECRET\r\nValue: hunt12\r\n\r\n"), "SECRET\nValue: ***"),
        (("<", b"Event: VarSet\r\nVariable: X\r\nValue: password=hunt12\r\n\r\n"), "Value: password=***"),
        ((">", b"Action: DBPut\r\nFamily: f\r\nKey: secret\r\nVal: hunt12\r\n\r\n"), "Key: secret\nVal: ***"),
        ((">", b"Key: hunt12\r\nAuthType: MD5\r\n"), "Key: ***"),
        ((">", b"Action: Ping\r\nAction: Login\r\nKey: hunt12\r\n\r\n"), "Key: ***"),
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


@pytest.mark.parametrize(
    ("secret", "repeated"),
    [
        ("hunt12 ", "(hunt12)"),
        ('hun"t\\12/ü', '{"a":"hun\\"t\\\\12/ü"}'),
        ('hun"t\\12/ü', '{"a":"hun\\"t\\\\12\\/\\u00fc"}'),
        ("hun&t 12ü", "secret%20is:hun%26t%2012%C3%BC"),
        ("hun&t 12ü", "hun%26t+12%c3%bc"),
        ("hunter22", "YWRtaW46aHVudGVyMjI="),
        ("hunter22", "Basic bWU6aHVudGVyMjI6eA=="),
        ("hunter22", "eHh4aHVudGVyMjI"),
    ],
)
def test_secrets_are_found_in_other_forms(tmp_path: Path, secret: str, repeated: str) -> None:
    login = f"Action: Login\r\nSecret: {secret}\r\n\r\n".encode()
    echo = f"Event: Log\r\nText: {repeated}\r\n\r\n".encode()
    text = write(tmp_path / "a.ami", ("<", b"Asterisk Call Manager/5\r\n"), (">", login), ("<", echo))
    shown = text.rpartition("Text: ")[2]
    assert "***" in shown
    assert not any(piece in shown for piece in ("hun", "12", "aHVu", "VudGVy", "odW50", "dW50"))


def test_secrets_are_hidden_once() -> None:
    """What a writer has shown stays as it is."""
    for data in (
        b"Output: secret => ***\r\n",
        b"Line-000000-000000: 100=***,Me\r\n",
        b'JSON: {"pin":"***"}\r\n',
    ):
        assert Secrets().hide(b"Response: Success\r\n" + data) == b"Response: Success\r\n" + data


def is_linear(work: Callable[[int], object], size: int) -> bool:
    """True if eight times as much takes eight times as long, and not 64 times: by the processor's time, which
    does not depend on what else the machine does."""

    def cost(size: int) -> float:
        began = time.process_time()
        work(size)
        return time.process_time() - began

    return cost(8 * size) < 24 * cost(size)


def test_privacy_takes_linear_time() -> None:
    """Lines that are made to be slow to look through."""
    pieces = (b'\\"', b'"', b"a-", b" ", b":", b"=secret", b"sip:", b"a,", b"secret:\n", b"sms ", b"0")
    names = (b"X", b"JSON", b"Line-000000-000000", b"Variable", b"Command", b"CallerID")

    def look_through(size: int) -> None:
        for piece, name in product(pieces, names):
            line = name + b": " + piece * (size // len(piece))
            Scrubber().scrub(Secrets().hide(b"Event: a\r\nLogin: secret\r\n" + line + b"\r\n"))

    assert is_linear(look_through, 1 << 13)


NUMBER = "13632919026"
OTHER = "50000000001"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Action: Originate\nCallerID: Max Muster <{}>", "CallerID: xxx xxxxxx <{}>"),
        ('Action: Originate\nCallerID: "Max Muster" <{}>', 'CallerID: "xxx xxxxxx" <{}>'),
        ("Action: Originate\nCallerID: Max Muster", "CallerID: xxx xxxxxx"),
        ("Event: BlindTransfer\nTransfererCallerIDName: Max Muster", "TransfererCallerIDName: xxx xxxxxx"),
        (
            "Event: A\nTransfereeConnectedLineName: Max\nParkeeCallerIDName: Max",
            "Name: xxx\nParkeeCallerIDName: xxx",
        ),
        ("Event: ChanSpyStart\nSpyerCallerIDName: Max", "SpyerCallerIDName: xxx"),
        ("Event: QueueMember\nMemberName: Max\nName: Max Muster", "MemberName: xxx\nName: xxx xxxxxx"),
        ("Action: DBPut\nFamily: cidname\nKey: {}\nVal: Max", "Key: {}\nVal: xxx"),
        ("Event: DBGetResponse\nKey: {}\nVal: {}", "Key: {}\nVal: {}"),
        ('Response: Success\nJSON: {{"callerid":"Max <{}>","a":"b"}}', '{{"callerid":"xxx <{}>","a":"b"}}'),
        ("Response: Success\nLine-000000-000000: callerid=Max <{}>", "Line-000000-000000: callerid=xxx <{}>"),
        ("Response: Success\nLine-000000-000000: {}=1,Max,m@x.de", "{}=***,xxx,x@x.xx"),
        ("Response: Success\nOutput:   Callerid     : Max <{}>", "Output:   Callerid     : xxx <{}>"),
        ("Response: Success\nOutput: /cidname/{} : Max", "Output: /cidname/{} : xxx"),
        ("Action: MixMonitor\nFile: /rec/{}.wav", "File: /rec/{}.wav"),
        ("Action: Ping\nActionID: sms-{}", "ActionID: sms-{}"),
        ("Event: X\nCallTime: {}\nStartTime: 1796084990", "CallTime: {}\nStartTime: 1796084990"),
        ("Response: Success\nMessage: Originated to {}.", "Message: Originated to {}."),
        ("Event: Newchannel\nChannel: PJSIP/trunk_{}-0000001a", "Channel: PJSIP/trunk_{}-5000002a"),
        ("Event: Newchannel\nChannel: PJSIP/u{}x-0000001a", "Channel: PJSIP/u{}x-5000002a"),
        ("Event: ReceivedSMS\nSender: %2B{}%0A", "Sender: %2B{}%0A"),
        ("Event: Newstate\nExten: 0571-88012345", "Exten: 0571-50000001"),
        ("Event: X\nY: 1363291902.5", "Y: 5000000001.5"),
        (
            "Event: X\nUniqueid: 1796084990.145619\nY: a,1796084990.145619",
            "Uniqueid: 5000000001.500002\nY: a,5000000001.500002",
        ),
        ("Action: Command\nCommand: dongle sms dongle0 +{} Hello all", "dongle sms dongle0 +{} xxxxx xxx"),
        (
            "Action: Command\nCommand: dongle pdu d0 0001000B913136921920F6",
            "dongle pdu d0 0000000000000000000001",
        ),
        ("Response: Success\nOutput: 07913108705505F0040B", "Output: 00000000000000000001"),
        (
            "Event: X\nSMSPDU: 3136921920F6\nData: 0A3136921920F6AA",
            "SMSPDU: 000000000000\nData: 0000000000000001",
        ),
        ("Event: VarSet\nVariable: SMSTXT\nValue: Hello {}", "Variable: SMSTXT\nValue: xxxxx 00000000000"),
        ("Event: VarSet\nVariable: SMSPDU\nValue: 3136921920F6", "Variable: SMSPDU\nValue: 000000000000"),
        ("Event: VarSet\nVariable: SMSSRC\nValue: {}", "Variable: SMSSRC\nValue: {}"),
        ("Event: VarSet\nVariable: CALLERID(name)\nValue: Max", "Variable: CALLERID(name)\nValue: xxx"),
        ("Event: Newexten\nApplication: Set\nAppData: SMSTXT=Hello, you", "AppData: SMSTXT=xxxxx, xxx"),
        ("Event: DongleNewSMS\nMessageLine0: Hello\nsecond: line one\nlast", "xxxxx\nsecond: line one\nxxxx"),
        (
            "Event: ReceivedSMS\nContent: Hello\nsecond line\nthird: line\n--END SMS EVENT--",
            "Content: xxxxx\nxxxxxx xxxx\nxxxxx: xxxx\n--END SMS EVENT--",
        ),
        (
            "the rest of a text\nand: more\n--END SMS EVENT--",
            "xxx xxxx xx x xxxx\nxxx: xxxx\n--END SMS EVENT--",
        ),
    ],
)
def test_scrubbing_finds_people(tmp_path: Path, given: str, shown: str) -> None:
    data = given.format(*[NUMBER] * 3).replace("\n", "\r\n").encode() + b"\r\n\r\n"
    text = write(tmp_path / "a.ami", ("<", b"Asterisk Call Manager/5\r\n"), ("<", data), scrub=True)
    assert f"{shown.format(*[OTHER] * 3)}\n" in text
    assert "Asterisk Call Manager/5\n" in text


@pytest.mark.parametrize("model", ["openvox", "openvox-firmware", "allo", "yeastar", "dongle", "quectel"])
def test_scrubbing_leaves_nothing_of_an_sms(tmp_path: Path, model: Any) -> None:
    """Of all gateways, in each of the forms in which they pass on a text and its sender."""
    path, words = tmp_path / "a.ami", "Geheimer Brief"
    account: dict[str, Any] = {"username": "admin", "secret": "amp111"}
    with (
        Simulator(model=model, second=0.05) as gateway,
        Recorder(path, "127.0.0.1", gateway.port, scrub=True, **account) as recorder,
        libami.gateway.connect(**recorder.credentials) as sender,
        sender.inbox(timeout=WAIT) as inbox,
    ):
        gateway.deliver_sms(gateway.spans[0], NUMBER, words)
        gateway.deliver_sms(gateway.spans[0], NUMBER, "秘密")
        received = [next(inbox), next(inbox)]
        assert {sms.text for sms in received if isinstance(sms, libami.Sms)} == {words, "秘密"}
    text = path.read_text()
    swapped = "3136921920F6"
    for gone in (NUMBER, swapped, "Geheimer", "秘密", "79D8", "R2VoZWltZXI", words.encode().hex().upper()):
        assert gone.lower() not in text.lower(), gone


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
        "ActionID: 5000001",
        "Message: Originate successfully queued",
        "Exten: 100",
        "Uniqueid: 5000000004.12",
        "AppData: 5000000004.12,+50000000005",
        "Channel: PJSIP/50000000002-50000003",
        "CallerIDNum: 50000000002",
        "CallerIDName: xxxx 0",
        "From: +50000000005",
        "Message: xxxx xx xx 00000000000",
        'Command: gsm send sms 1 50000000002 "xxxxx xxx" 20',
        'AppData: process_sms "4" "50006" "0000/00/00" "x xxxx"',
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


def test_writer_does_not_wait_for_the_end_of_a_message_for_ever(tmp_path: Path) -> None:
    """An answer that never ends is written in pieces, in linear time."""
    path = tmp_path / "a.ami"
    head, line = b"Response: Follows\r\nPrivilege: Command\r\n", b"x" * 65535 + b"\n"

    def write(count: int) -> None:
        with RecordingWriter(path, overwrite=True) as writer:
            writer.add("server", b"Asterisk Call Manager/5\r\n")
            writer.add("server", head)
            for _ in range(count):
                writer.add("server", line)
            assert path.stat().st_size > (count - 32) << 16

    assert is_linear(write, 40)
    blocks = Recording.read(path).blocks[1:]
    assert b"".join(block.data for block in blocks) == head + line * 40
    assert all(block.data.endswith(b"\n") and len(block.data) < 2 << 20 for block in blocks)


def test_writer_tells_of_a_full_disk() -> None:
    writer = RecordingWriter("/dev/null", overwrite=True)
    writer.close()
    with pytest.raises(OSError, match="No space left"):
        RecordingWriter("/dev/full", overwrite=True)
