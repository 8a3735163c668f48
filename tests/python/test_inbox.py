"""Messages as a gateway's driver brings them, on real servers whose dialplan does what it does: variables
of a channel, then a command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import libami
import pytest
from conftest import WAIT, texts
from libami import pdu
from libami.gateway import Gateway

TIME = "2014/09/11 09:36:47"


def escaped(text: str) -> str:
    """As the driver does it, for a dialplan and a shell that will each undo some of it."""
    return "".join(rf"\\\{character}" if character in '"\\`' else character for character in text)


def delivered(text: str, *, number: str = "+8613632919026", reference: int = 0) -> list[str]:
    """The PDUs in which a text comes in."""
    return [_turned(submitted) for submitted in pdu.encode(number, text, reference=reference)]


def _turned(submitted: str) -> str:
    """What is submitted, as it is delivered (TS 23.040, 9.2.2.1 and 9.2.2.2)."""
    octets = bytes.fromhex(submitted)
    has_header = octets[1] & 0x40
    number = octets[3 : 5 + (octets[3] + 1) // 2]
    coding = octets[3 + len(number) : 5 + len(number)]
    rest = octets[5 + len(number) :]
    centre = bytes.fromhex("0891683108705505F0")
    time = bytes.fromhex("41901190637423")
    return (centre + bytes([0x04 | has_header]) + number + coding + time + rest).hex().upper()


@contextmanager
def call(admin: libami.Client) -> Iterator[str]:
    """A call whose far end waits to be an SMS; yields that end."""
    with admin.events("OriginateResponse", timeout=WAIT) as events:
        admin.action("Originate", Channel="Local/hold@gsm-9", Application="Wait", Data=60, Async="true")
        near = next(events)["Channel"]
    yield near.removesuffix("1") + "2"
    # It may have ended by itself.
    with suppress(libami.ActionError):
        admin.action("Hangup", Channel=near)


def comes_in(admin: libami.Client, text: libami.Value, coded: str = "", *, sender: str = "10086") -> None:
    with call(admin) as channel:
        for name, value in {
            "SMSSRC": sender,
            "SMSTXT": text,
            "SMSPDU": coded,
            "SMSTIME": TIME,
            "SMSTZ": "GMT+8",
            "DIALSTATUS": "SMS_END",
        }.items():
            admin.action("Setvar", Channel=channel, Variable=name, Value=value)
        with admin.events("Hangup", timeout=WAIT) as events:
            admin.action("Redirect", Channel=channel, Context="gsm-9", Exten="sms", Priority=1)
            assert any(event["Channel"] == channel for event in events)


TEXTS = [
    "hello",
    "say \"hi\" \\ back `tick` 'single' $HOME %41 ; | & #",
    "ends in a back-slash \\",
    "您当前帐户余额0元, café, 😀",
    "a,b(c){d}[e]=f",
]


@pytest.mark.parametrize("text", TEXTS)
def test_by_the_text(admin: libami.Client, receiver: Gateway, text: str) -> None:
    with receiver.inbox(timeout=WAIT) as inbox:
        comes_in(admin, escaped(text))
        sms = next(texts(inbox))
        assert (sms.span, sms.sender, sms.text) == (9, "10086", text)
        assert sms.time_text == "2014-09-11T09:36:47+08:00"


def test_by_the_pdu_whatever_the_text_says(admin: libami.Client, receiver: Gateway) -> None:
    with receiver.inbox(timeout=WAIT) as inbox:
        for text in (*TEXTS, "two\nlines\n\nand Event: Newexten"):
            (whole,) = delivered(text)
            comes_in(admin, "garbled", whole)
            sms = next(texts(inbox))
            assert (sms.span, sms.sender, sms.text) == (9, "+8613632919026", text)
            assert sms.time_text == "2014-09-11T09:36:47+08:00"


def test_bytes_of_latin_1(admin: libami.Client, receiver: Gateway) -> None:
    with receiver.inbox(timeout=WAIT) as inbox:
        comes_in(admin, "café".encode("latin-1"))
        assert next(texts(inbox)).text == "café"


def test_ten_parts_out_of_order(admin: libami.Client, receiver: Gateway) -> None:
    text = "".join(f"{number:03}" for number in range(500))
    parts = delivered(text, reference=77)
    assert len(parts) == 10
    with receiver.inbox(timeout=WAIT) as inbox:
        for index in (6, 2, 9, 0, 8, 1, 7, 3, 5, 4):
            comes_in(admin, "a part", parts[index])
        assert next(texts(inbox)).text == text
        comes_in(admin, "and no more")
        assert next(texts(inbox)).text == "and no more"


def test_line_ends_in_a_command_line(admin: libami.Client, receiver: Gateway) -> None:
    """They come as they are, and an empty line cuts the event in two."""
    with receiver.inbox(timeout=WAIT) as inbox, call(admin) as channel:
        admin.action("Redirect", Channel=channel, Context="gsm-8", Exten="sms", Priority=1)
        sms = next(texts(inbox))
        assert (sms.span, sms.text) == (8, "Dear customer,\r\n\r\nyour code:\n4711")
