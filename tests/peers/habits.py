"""Habits of other libraries that the pages in docs/coming-from tell, and the server that shows them."""

from __future__ import annotations

from collections.abc import Mapping

from libami.testing import ScriptedServer
from pbx import UPTIME, frame

HABITS: Mapping[str, Mapping[str, str]] = {
    "panoramisk": {
        "wrong_secret": "connects again, no answer",
        "silence": "no answer",
        "sent_again": "came twice",
        "refused": "False No such channel ''",
        "order": "1 2 0",
        "handler_raises": "lost",
        "line_end": "there is more",
        "cut_character": "'caf'",
        "added_to_queue": "no answer",
    },
    "pyst2": {
        "silence": "no answer",
        "matched_by_order": "first\nsomebody else's",
        "refused": "Error No such channel",
        "callback_raises": "Success\ncallbacks: False",
        "channel_variables": "no answer",
        "headers_of_the_last_call": "there is more",
        "command_text": "'' Last reload: 4 hours, 2 minutes",
        "line_end": "there is more",
    },
    "asterisk-ami": {
        "wrong_secret": "True",
        "silence": "None",
        "quiet_server": "reading: False",
        "refused": "True No such channel",
        "action_in_a_listener": "None",
        "listener_raises": "reading: False",
        "filter_without_the_header": "0",
        "repeated_header": "{'A': '2', 'D': 'x'}",
        "line_end": "there is more",
    },
}
"""The tasks of the programs of habits, and what they print."""


def troublesome() -> ScriptedServer:
    """Start a server that has a user event for each trouble."""
    server = ScriptedServer(assert_all_called=False, assert_all_expected=False)
    server.on("Login", Secret=server.secret).respond(Message="Authentication accepted").emit("FullyBooted")
    server.on("Getvar", Variable="first").respond(Value="first").send(
        frame("Response: Success", "ActionID: another", "Value: somebody else's")
    )
    server.on("Getvar", Variable="second").respond(Value="second")
    server.on("Command").respond_text(UPTIME)
    server.on("Hangup").refuse("No such channel")
    server.on("QueueAdd").respond(Message="Added interface to queue")
    server.on("UserEvent", More="yes").respond(Message="there is more")
    server.on("UserEvent", UserEvent="Silence").silence()
    server.on("UserEvent", UserEvent="Once").hang_up().times(1)
    server.on("UserEvent", UserEvent="Once").respond(Message="came twice")
    ticks = server.on("UserEvent", UserEvent="Ticks").respond(Message="Success")
    for number in range(3):
        ticks.emit("Tick", Number=number)
    server.on("UserEvent", UserEvent="Tick").respond(Message="Success").emit("Tick", Number=0)
    server.on("UserEvent", UserEvent="ChanVariables").respond().send(
        frame("Event: Newchannel", "ChanVariable: a=1", "ChanVariable: b=2")
    )
    server.on("UserEvent", UserEvent="Headers").respond().send(
        frame("Event: Headers", "A: 1", "A: 2", "B:3", "D: x")
    )
    cut = "Response: Success\r\nActionID: {ActionID}\r\nMessage: café".encode()
    server.on("UserEvent", UserEvent="Cut").send(cut[:-1]).delay(0.3).send(cut[-1:] + b"\r\n\r\n")
    return server
