"""A rule of a scripted server: the actions that it is for, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Self, TypeAlias

from libami.testing._calls import Call
from libami.testing._patterns import Pattern, mismatch, wanted
from libami.testing._wire import CODEC, Given, Headers, HeadersGiven, header, listed, message

Style: TypeAlias = Literal["follows", "output"]
"""The formats of a command's text, before and since Asterisk 14."""


class Send:
    """A message of an answer. It gets the ActionID of the action, unless it was given one, or none."""

    def __init__(self, headers: HeadersGiven, more: Mapping[str, Given], has_id: bool = True) -> None:
        given = [*(headers.items() if isinstance(headers, Mapping) else headers), *more.items()]
        self._has_id = has_id and all(name.lower() != "actionid" for name, _ in given)
        self._headers = listed(given)
        # What cannot be sent is said to the test, and not to the server's thread.
        message(self._headers)

    def headers(self, call: Call) -> Headers:
        """The message for this call."""
        if not self._has_id or call.action_id is None:
            return self._headers
        return [*self._headers[:1], ("ActionID", call.action_id), *self._headers[1:]]


class Emit(Send):
    """An event for everybody."""


class SendBytes:
    """Bytes of an answer, as they are but for `{ActionID}`."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def bytes(self, call: Call) -> bytes:
        """The bytes for this call."""
        return self._data.replace(b"{ActionID}", (call.action_id or "").encode(*CODEC))


class Text:
    """The text of a command."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def bytes(self, call: Call, style: Style) -> bytes:
        """The answer in the format of the server's version."""
        identity = [] if call.action_id is None else [("ActionID", call.action_id)]
        if style == "follows":
            begin = message([("Response", "Follows"), ("Privilege", "Command"), *identity])[:-2]
            text = "".join(f"{line}\n" for line in self._lines)
            return begin + text.encode(*CODEC) + b"--END COMMAND--\r\n\r\n"
        said = ("Message", "Command output follows")
        return message(
            [("Response", "Success"), *identity, said, *(("Output", line) for line in self._lines)]
        )


class Wait:
    """Time that passes before the rest of an answer."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class HangUp:
    """The end of the connection."""

    def __init__(self, abort: bool) -> None:
        self.abort = abort


Step: TypeAlias = Send | Emit | SendBytes | Text | Wait | HangUp
Function: TypeAlias = Callable[[Call], "HeadersGiven | bytes | None"]


class Rule:
    """The answer to the actions that fit. Each method adds to it and returns the rule; the steps are taken in
    order. A rule without any answers `Response: Success`.

    Rules are tried in the order in which they were made, and the first that fits answers. One that was used
    `times` times fits no more, so the next one's turn comes.
    """

    def __init__(self, action: str, headers: Mapping[str, Pattern], where: str, has_lists: bool) -> None:
        self.action = action
        self.call_count = 0
        """The number of actions that it has answered."""
        self._headers = headers
        self._where = where
        self._has_lists = has_lists
        self._limit: int | None = None
        self._is_optional = False
        self._is_answered = False
        self.steps: list[Step] = []
        self.function: Function | None = None
        self.cut: int | None = None

    def __repr__(self) -> str:
        wants = [f"{name}={wanted(pattern)}" for name, pattern in self._headers.items()]
        return f"on({', '.join([repr(self.action), *wants])})"

    def respond(self, headers: HeadersGiven = (), /, *, Response: str = "Success", **more: Given) -> Self:  # noqa: N803
        """Answer with a response of these headers.

        It has the ActionID of the action. `ActionID="other"` gives it a wrong one, `ActionID=None` none.
        """
        self._answer()
        self.steps.append(Send([("Response", Response), *listed_pairs(headers)], more))
        return self

    def respond_list(
        self,
        entries: Sequence[HeadersGiven],
        /,
        *,
        entry: str,
        end: str,
        headers: HeadersGiven = (),
        **more: Given,
    ) -> Self:
        """Answer with a list: the response, an event `entry` for each of the entries, and the event `end`.

        `headers` and `more` are further headers of the response. Its `Message` says that a list will follow,
        as clients of old servers look at that. The headers that frame the list are those of the server's
        version.
        """
        self._answer()
        framing: dict[str, Given] = {"EventList": "start"} if self._has_lists else {}
        given = [*listed_pairs(headers), *more.items()]
        if all(name.lower() != "message" for name, _ in given):
            given.append(("Message", "A list will follow"))
        self.steps.append(Send([("Response", "Success"), *framing.items(), *given], {}))
        for one in entries:
            self.steps.append(Send([("Event", entry), *listed_pairs(one)], {}))
        framing = {"EventList": "Complete", "ListItems": len(entries)} if self._has_lists else {}
        self.steps.append(Send([("Event", end), *framing.items()], {}))
        return self

    def respond_text(self, text: str) -> Self:
        """Answer a command with the text that the CLI prints, in the format of the server's version."""
        self._answer()
        self.steps.append(Text(text))
        return self

    def refuse(self, message: str, /, headers: HeadersGiven = (), **more: Given) -> Self:
        """Answer with an error and the server's words for it."""
        return self.respond([("Message", message), *listed_pairs(headers)], Response="Error", **more)

    def run(self, function: Function, /) -> Self:
        """Call a function with the action's `Call` for each answer. It returns the headers of a message, the
        first of them `Response`; or bytes, as for `send`; or None for no answer. It runs on the server's
        thread."""
        self._answer()
        self.function = function
        return self

    def send(self, data: bytes) -> Self:
        """Send bytes as they are, be they rubbish; `{ActionID}` in them stands for the action's."""
        self._is_answered = True
        self.steps.append(SendBytes(data))
        return self

    def emit(self, event: str, headers: HeadersGiven = (), /, **more: Given) -> Self:
        """Then send an event to every session.

        The OriginateResponse of an Originate has the ActionID of the action, as every server sends it, so it
        ends `libami.Client.originate`; `ActionID=None` leaves it out. Other events have none: those of a list
        come by `respond_list`.
        """
        has_id = self.is_for("Originate") and event.lower() == "originateresponse"
        self.steps.append(Emit([("Event", event), *listed_pairs(headers)], more, has_id=has_id))
        return self

    def delay(self, seconds: float) -> Self:
        """Wait before what follows. Other connections are served meanwhile, this one is not."""
        self.steps.append(Wait(seconds))
        return self

    def silence(self) -> Self:
        """Do not answer."""
        self._answer()
        return self

    def hang_up(self, abort: bool = False) -> Self:
        """Hang up, without an answer if none stands before it; with `abort` by a reset."""
        self._is_answered = True
        self.steps.append(HangUp(abort))
        return self

    def cut_after(self, count: int) -> Self:
        """Send the first `count` bytes of the answer and hang up."""
        self.cut = count
        return self

    def times(self, count: int) -> Self:
        """Answer so many actions and no more; the test fails if they are fewer."""
        if count < 1:
            raise ValueError("a rule is for one action at least")
        self._limit = count
        return self

    def optional(self) -> Self:
        """Let the test pass if no action fits."""
        self._is_optional = True
        return self

    @property
    def called(self) -> bool:
        """True if it has answered an action."""
        return self.call_count > 0

    @property
    def has_answer(self) -> bool:
        """True if it was told what to answer."""
        return self._is_answered

    @property
    def is_missed(self) -> bool:
        """True if it should have been called more often."""
        return not self._is_optional and self.call_count < (self._limit or 1)

    def is_for(self, action: str) -> bool:
        """True if it is for actions of this name."""
        return self.action.lower() == action.lower()

    def misfit(self, headers: Headers) -> str | None:
        """The reason why an action does not fit, or None."""
        if not self.is_for(name := header(headers, "Action") or ""):
            return f"it is for another action than {name}"
        for wants, pattern in self._headers.items():
            if reason := mismatch(wants, pattern, headers):
                return reason
        if self._limit is not None and self.call_count >= self._limit:
            used = _times(self.call_count)
            return f"it fits, and has been used {used}, as often as times({self._limit}) allows"
        return None

    @property
    def shown(self) -> str:
        """The rule and its place in the test."""
        return f"{self!r} at {self._where}"

    @property
    def missed(self) -> str:
        """The words for one that was called too seldom."""
        often = f"{_times(self.call_count)} and not {_times(self._limit)}" if self._limit else "never"
        return f"{self.shown} was used {often}"

    def _answer(self) -> None:
        if self._is_answered:
            raise ValueError(
                f"{self!r} has an answer: make another rule for the next one, and limit this one by times(1)"
            )
        self._is_answered = True


def listed_pairs(headers: HeadersGiven) -> list[tuple[str, Given]]:
    """Headers as pairs."""
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
