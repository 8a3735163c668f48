"""A simulated GSM gateway to test programs with: an OpenVox VoxStack as its manager interface shows it.

For example::

    from libami.simulator import Simulator

    with Simulator() as gateway:
        client = libami.connect("127.0.0.1", gateway.port, username="admin", secret="amp111")
        gateway.deliver_sms(1, "10086", "hello")
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Self, TypeAlias

from libami import _native

__all__ = ["Outcome", "SentSms", "Simulator", "TranscriptLine"]

Outcome: TypeAlias = Literal["sent", "failed", "busy", "timeout"]


class SentSms(NamedTuple):
    """An SMS that the gateway was asked to send."""

    span: int
    destination: str
    text: str
    id: str | None
    sync: bool
    """Whether the command waited for the result."""
    outcome: Outcome


class TranscriptLine(NamedTuple):
    """One line of what was said, with secrets hidden."""

    session: int
    """Counted from 1 in order of connection."""
    speaker: Literal["client", "gateway"]
    text: str


class Simulator:
    """A gateway on a port of 127.0.0.1, running on a thread of its own until it is stopped."""

    def __init__(
        self,
        port: int = 0,
        *,
        username: str = "admin",
        secret: str = "amp111",
        spans: int = 4,
        read: str = "all",
        write: str = "all",
        numbers: Sequence[str] = (),
        second: float = 1.0,
        transcript: Callable[[TranscriptLine], object] | None = None,
    ) -> None:
        """Start it; OSError if the port is taken.

        port           0 takes any free one
        read, write    the classes of the one account, as in manager.conf
        numbers        the ports' own numbers; an SMS sent to one of them comes in there
        second         how long a second of a timeout lasts; less makes tests of timeouts quick
        transcript     called with every line that is said, on the gateway's thread: be brief
        """

        def tell(session: int, speaker: Literal["client", "gateway"], text: str) -> None:
            assert transcript is not None
            transcript(TranscriptLine(session, speaker, text))

        self._native = _native.Simulator(
            port=port,
            username=username,
            secret=secret,
            spans=spans,
            read=read,
            write=write,
            numbers=list(numbers),
            second=second,
            transcript=tell if transcript is not None else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<libami.simulator.Simulator on 127.0.0.1:{self.port}>"

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return self._native.port

    @property
    def sessions(self) -> int:
        """How many connections are open, logged in or not."""
        return self._native.sessions

    @property
    def sent(self) -> list[SentSms]:
        """What it was asked to send so far, in order."""
        return [SentSms(*sms) for sms in self._native.sent()]

    def deliver_sms(self, span: int, sender: str, text: str, time: str | None = None) -> int:
        """Let an SMS come in; return how many sessions were told. `time` is YYYY/MM/DD HH:MM:SS, by default
        now."""
        return self._native.deliver_sms(span, sender, text, time or clock.strftime("%Y/%m/%d %H:%M:%S"))

    def set_outcome(self, span: int, outcome: Outcome) -> None:
        """Set how sends through a port end from now on."""
        self._native.set_outcome(span, outcome)

    def set_latency(self, span: int, seconds: float) -> None:
        """Set how long the network takes for each SMS or USSD code of a port; nothing by default."""
        self._native.set_latency(span, seconds)

    def set_ussd(self, code: str, text: str = "", *, menu: bool = False, outcome: Outcome = "sent") -> None:
        """Set the reply to a USSD code, or how it fails; a menu wants an answer."""
        self._native.set_ussd(code, text, menu, outcome)

    def emit(self, event_class: str, frame: str | bytes) -> int:
        """Send a frame as it is to every session that sees events of this class; return how many those
        are."""
        return self._native.emit(event_class, frame.encode() if isinstance(frame, str) else frame)

    def disconnect_all(self) -> None:
        """Close every connection without a word."""
        self._native.disconnect_all()

    def stop(self) -> None:
        """Close the listener and every connection, and wait until they are. The second time it does
        nothing."""
        self._native.stop()
