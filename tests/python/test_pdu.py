"""SMS as they are on the wire, held against other implementations, and what a text takes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import gsmcodecs  # type: ignore[import-untyped]  # noqa: F401
import gsmmodem.pdu as gsmmodem  # type: ignore[import-untyped]
import libami
import pytest
from libami import pdu
from smspdudecoder.easy import read_incoming_sms  # type: ignore[import-untyped]
from smspdudecoder.fields import SMSSubmit  # type: ignore[import-untyped]

DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
# gsmmodem has a backquote for the section sign, and a character of its own for the new page.
ODD_IN_GSMMODEM = "§\f`ÿ"
TIME = "41901190637423"
TEXTS = 400


def texts(*, planes: str = "您áж`ç", without: str = "") -> Iterator[tuple[str, str]]:
    """A number and a text, of every length up to some parts, again and again the same."""
    chance = random.Random(23040)
    kinds = ["abc 123", DEFAULT, DEFAULT + EXTENSION, EXTENSION, DEFAULT + planes, planes]
    for turn in range(TEXTS):
        letters = [letter for letter in kinds[turn % len(kinds)] if letter not in without]
        length = chance.choice(
            [1, 7, 8, 69, 70, 71, 134, 135, 153, 159, 160, 161, 306, 307, chance.randrange(700)]
        )
        digits = "".join(chance.choices("0123456789", k=chance.randrange(1, 21)))
        yield chance.choice(["+", ""]) + digits, "".join(chance.choices(letters, k=length))


def submit(hex: str) -> pdu.Submit:
    sms = pdu.decode(hex)
    assert isinstance(sms, pdu.Submit)
    return sms


def deliver(hex: str) -> pdu.Deliver:
    sms = pdu.decode(hex)
    assert isinstance(sms, pdu.Deliver)
    return sms


def as_delivered(hex: str) -> str:
    """The same user data from the same number, as an SMS that came in."""
    octets = bytes.fromhex(hex)
    address = 2 + (octets[3] + 1) // 2
    kind = 0x04 | octets[1] & 0x40
    after = 3 + address
    coding = octets[after : after + 2]
    # The validity stands before the user data.
    rest = octets[after + (3 if octets[1] & 0x10 else 2) :]
    return (bytes([0, kind]) + octets[3:after] + coding + bytes.fromhex(TIME) + rest).hex()


def test_gsmmodem_reads_what_we_write() -> None:
    for reference, (number, text) in enumerate(texts(without=ODD_IN_GSMMODEM)):
        pdus = pdu.encode(number, text, reference=reference % 256)
        for index, (hex, part) in enumerate(zip(pdus, libami.sms_parts(text).parts, strict=True), 1):
            for theirs in (gsmmodem.decodeSmsPdu(hex), gsmmodem.decodeSmsPdu(as_delivered(hex))):
                assert theirs["number"] == number
                header = [(it.reference, it.parts, it.number) for it in theirs.get("udh", ())]
                assert header == ([(reference % 256, len(pdus), index)] if len(pdus) > 1 else [])
                # It takes a last character of seven zero bits for what is left over.
                assert theirs["text"] in (part, part.removesuffix("@"))


def test_smspdudecoder_reads_what_we_write() -> None:
    for number, text in texts(planes="您áж`ç😀"):
        for hex, part in zip(pdu.encode(number, text), libami.sms_parts(text).parts, strict=True):
            came_in = read_incoming_sms(as_delivered(hex))
            assert came_in["sender"].removeprefix("+") == number.removeprefix("+")
            assert came_in["date"] == datetime.fromisoformat("2014-09-11T09:36:47+08:00")
            theirs = SMSSubmit.decode(StringIO(hex))
            assert theirs["user_data"]["data"] == came_in["content"]
            # It takes seven bits that are left over for a character more.
            assert came_in["content"] in (part, part + "@")


def test_we_read_what_gsmmodem_writes() -> None:
    chance = random.Random(9)
    for reference, (number, text) in enumerate(texts(without=ODD_IN_GSMMODEM)):
        hours = chance.choice([None, 1, 12, 24, 72, 24 * 21])
        validity = None if hours is None else timedelta(hours=hours)
        theirs = gsmmodem.encodeSmsSubmitPdu(
            number,
            text,
            reference=0,
            validity=validity,
            requestStatusReport=bool(reference % 2),
            sendFlash=not reference % 3,
        )
        read = ""
        for index, encoded in enumerate(theirs, 1):
            sms = submit(str(encoded))
            data = sms.user_data
            assert (sms.destination, sms.wants_report) == (number, bool(reference % 2))
            assert sms.validity == (None if hours is None else hours * 3600)
            assert data.message_class == (None if reference % 3 else 0)
            part = data.part
            assert (part is None) == (len(theirs) == 1)
            assert part is None or (part.total, part.index) == (len(theirs), index)
            came_in = deliver(as_delivered(str(encoded)))
            assert (came_in.sender, came_in.user_data.text) == (number, data.text)
            read += data.text or ""
        assert read == text


def test_both_write_the_same_octets() -> None:
    for number, text in texts(without=ODD_IN_GSMMODEM):
        # It calls other numbers national ones, which is not known of them.
        number = "+" + number.removeprefix("+")
        ours = pdu.encode(number, text, flash=True, validity=86400, status_report=True)
        theirs = gsmmodem.encodeSmsSubmitPdu(number, text, validity=timedelta(days=1), sendFlash=True)
        assert list(ours) == [str(encoded) for encoded in theirs]
        assert [len(hex) // 2 - 1 for hex in ours] == [encoded.tpduLength for encoded in theirs]


@pytest.mark.parametrize("language", range(4))
def test_pdu_tables_of_languages_are_those_of_the_codec(language: int) -> None:
    """23.038 annex A: each code by itself, after an escape or not, by each kind of table."""
    for kind, codec in ((0x24, f"gsm23.038-0-{language}"), (0x25, f"gsm23.038-{language}-0")):
        for code in range(128):
            septets = bytes([0x1B, code] if kind == 0x24 else [code])
            if code == 0x1B:
                continue
            # The header takes four octets and the text begins with the sixth septet.
            packed = sum(septet << (3 + 7 * at) for at, septet in enumerate(septets)).to_bytes(3, "little")
            carried = bytes([5 + len(septets), 3, kind, 1, language]) + packed
            sms = deliver("00440181F10000" + TIME + carried.hex())
            try:
                expected = septets.decode(codec)
            except UnicodeError:
                # What the extension has not is read without the escape (6.2.1.1).
                expected = bytes([code]).decode("gsm23.038")
            assert sms.user_data.text == expected, f"{code:#x} by {codec}"
            assert sms.user_data.unknown_table is None


def test_status_reports() -> None:
    seen = []
    for status in range(256):
        hex = f"0891683108705505F0062A0D91683136929120F6{TIME}4190119073652A{status:02x}"
        report = pdu.decode(hex)
        theirs = gsmmodem.decodeSmsPdu(hex)
        assert isinstance(report, pdu.StatusReport)
        assert (report.smsc, report.recipient) == (theirs["smsc"], theirs["number"])
        assert (report.reference, report.status) == (theirs["reference"], theirs["status"]) == (42, status)
        assert report.time_text == "2014-09-11T09:36:47+08:00"
        assert report.discharge_time_text == "2014-09-11T09:37:56-05:30"
        assert repr(report) == f"<libami.pdu.StatusReport of 42: {report.delivery}>"
        seen.append(report.delivery)
    assert (seen[0], seen[1], seen[0x20]) == ("delivered", "completed", "trying")
    assert (seen[0x46], seen[0x60], seen[0xFF]) == (
        "failed-permanently",
        "failed-temporarily",
        "failed-temporarily",
    )


def test_pdu_of_an_sms_that_came_in_is_decoded() -> None:
    hex = "0891683108705505F0640DD04F78D96D7DE301007F08FFFFFFFFFFFFFF"
    sms = deliver(hex.replace("007F08", "7FF5") + "0A06050423F00000AABBCC")
    assert (sms.smsc, sms.sender, sms.sender_is_name, sms.time) == ("+8613800755500", "OpenVox", True, None)
    assert (sms.protocol_id, sms.is_reported) == (0x7F, True)
    data = sms.user_data
    assert (data.text, data.encoding, data.message_class, data.coding) == (None, "octets", 1, 0xF5)
    assert (data.port, data.part, data.unknown_table, data.is_compressed) == (0x23F0, None, None, False)
    assert (data.header, data.octets) == (bytes.fromhex("050423F00000"), b"\xaa\xbb\xcc")
    assert repr(sms) == "<libami.pdu.Deliver at no time>"
    assert repr(data) == "<libami.pdu.UserData of 3 octets as octets>"
    assert "OpenVox" not in repr(sms)


def test_with_and_without_the_sms_centre() -> None:
    hex = pdu.encode("10086", "您好")[0]
    for again in (
        pdu.decode(bytes.fromhex(hex)),
        pdu.decode(bytearray.fromhex(hex)),
        pdu.decode(hex[2:], smsc=False),
        pdu.decode(f"\n{hex.lower()} "),
    ):
        assert isinstance(again, pdu.Submit)
        assert (again.destination, again.user_data.text, again.reference, again.protocol_id) == (
            "10086",
            "您好",
            0,
            0,
        )
        assert repr(again) == "<libami.pdu.Submit>"


def test_parts() -> None:
    long = "x" * 200
    first, second = (submit(hex).user_data.part for hex in pdu.encode("1", long, reference=7))
    again = submit(pdu.encode("1", long, reference=7)[0]).user_data.part
    wide = submit(pdu.encode("1", long, reference=0x1234, wide_reference=True)[1]).user_data.part
    assert wide is not None
    assert (wide.reference, wide.total, wide.index) == (0x1234, 2, 2)
    assert repr(first) == "<libami.pdu.Part 1 of 2, reference 7>"
    assert first == again != second
    assert len({first, again, second}) == 2


@pytest.mark.parametrize(
    ("hex", "words"),
    [
        ("00g4", "character 2 is no hex digit"),
        ("000", "half an octet"),
        ("0004", "ends at octet 2, within the sender"),
        ("0004FF", "octet 2 of the PDU says that the sender has 255 digits"),
        ("\udc80", "surrogate"),
    ],
)
def test_pdu_that_is_none_is_refused(hex: str, words: str) -> None:
    with pytest.raises(libami.InvalidValue, match=words):
        pdu.decode(hex)


def test_pdu_that_cannot_be_sent_is_refused() -> None:
    refused: list[tuple[tuple[str, str], dict[str, Any], str]] = [
        (("INFO", "a"), {}, "is no number"),
        (("1", "a" * (255 * 153 + 1)), {}, "takes 256 SMS"),
        (("1", "a"), {"validity": 64 * 7 * 86400}, "63 weeks"),
        (("1", "a"), {"validity": -1}, "must not be negative"),
        (("1", "a"), {"reference": 256}, "from 0 to 255"),
        (("1", "a"), {"reference": -1}, "from 0 to 255"),
        (("1", "a"), {"reference": 65536, "wide_reference": True}, "from 0 to 65535"),
        (("1", "\ud800"), {}, "surrogate"),
    ]
    for arguments, options, words in refused:
        with pytest.raises(libami.InvalidValue, match=words):
            pdu.encode(*arguments, **options)
    with pytest.raises(TypeError, match="hex in a str"):
        pdu.decode(7)  # type: ignore[arg-type]


def test_sms_parts_tell_the_size_of_a_text() -> None:
    parts = libami.sms_parts("hé €")
    assert (parts.encoding, parts.units, parts.count, parts.left) == ("gsm7", 5, 1, 155)
    assert (parts.parts, parts.sizes) == (("hé €",), (5,))
    parts = libami.sms_parts("您" * 66 + "😀" * 3)
    assert (parts.encoding, parts.units, parts.count, parts.left) == ("ucs2", 72, 2, 61)
    assert (parts.parts, parts.sizes) == (("您" * 66, "😀" * 3), (66, 6))
    assert repr(parts) == "<libami.SmsParts: 2 of 72 units in ucs2>"
    with pytest.raises(libami.InvalidValue, match="takes 256 SMS"):
        libami.sms_parts("a" * (255 * 153 + 1))
    with pytest.raises(libami.InvalidValue, match="surrogate"):
        libami.sms_parts("\ud800")


def test_sms_parts_are_those_that_are_sent() -> None:
    for number, text in texts(planes="您áж`ç😀"):
        sent = [submit(hex).user_data for hex in pdu.encode(number, text)]
        parts = libami.sms_parts(text)
        assert parts.parts == tuple(data.text for data in sent)
        assert {parts.encoding} == {data.encoding for data in sent}
        assert parts.units == sum(parts.sizes)
