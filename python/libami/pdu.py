"""SMS as they are on the wire (3GPP TS 23.040 and 23.038), without a client.

For example::

    from libami import pdu

    sms = pdu.decode("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
    print(sms.sender, sms.time, sms.user_data.text)

    for hex in pdu.encode("+8613632919026", "hello", status_report=True):
        print(f"AT+CMGS={len(hex) // 2 - 1}", hex)
"""

from __future__ import annotations

from libami import _native
from libami._native import Deliver, Part, StatusReport, Submit, UserData

__all__ = ["Deliver", "Part", "StatusReport", "Submit", "UserData", "decode", "encode"]


def decode(pdu: str | bytes | bytearray, *, smsc: bool = True) -> Deliver | StatusReport | Submit:
    """Read a PDU: hex in a str, or its octets in bytes.

    It has the SMS centre's number in front, as modems and gateways give it, unless `smsc` is False. Octets
    behind its end are ignored.

    Raises InvalidValue, whose text says at which octet it is wrong, counted from 0.
    """
    try:
        return _native.decode_pdu(pdu, smsc)
    finally:
        # Some show local variables in tracebacks.
        del pdu


def encode(
    to: str,
    text: str,
    *,
    flash: bool = False,
    validity: float | None = None,
    status_report: bool = False,
    reference: int = 0,
    wide_reference: bool = False,
) -> tuple[str, ...]:
    """Make the PDUs that send a text, in upper-case hex: one, or one for each part of a long text. The first
    octet of each says that the SIM's own SMS centre is to be used; `AT+CMGS` does not count it.

    to                1 to 20 digits, with a + before a country code; `*`, `#`, `a`, `b`, `c` are digits too
    flash             phones show it at once and do not keep it (class 0)
    validity          how many seconds the network tries, 63 weeks at most, rounded up to a step of the
                      standard; None: the network decides
    status_report     a report of what became of each part is wanted
    reference         what the parts have in common, up to 255; another number for each text of the last hours
    wide_reference    the reference may be up to 65535, and a part holds one character less

    Raises InvalidValue for what cannot be sent so, such as a text that takes more than 255 parts.
    """
    try:
        return tuple(_native.encode_pdu(to, text, flash, validity, status_report, reference, wide_reference))
    finally:
        # Some show local variables in tracebacks.
        del to, text
