"""Servers for the tests of programs: a scripted Asterisk, recordings of real sessions and their replay.

    >>> from libami.testing import ScriptedServer
    >>> with ScriptedServer() as server, libami.connect(**server.credentials) as client:
    ...     rule = server.on("Getvar", Variable="LANG").respond(Value="en")
    ...     client.action("Getvar", Variable="LANG")["Value"]
    'en'

With pytest they are fixtures: `ami_server`, `ami_client`, `ami_gateway` and `ami_replay`. Simulated gateways
are in `libami.simulator`.
"""

from __future__ import annotations

from libami.testing.recorder import Recorder
from libami.testing.recording import Block, Recording, RecordingError, RecordingWriter
from libami.testing.replay import ReplayServer
from libami.testing.server import Call, Calls, Credentials, Pattern, Rule, ScriptedServer

__all__ = [
    "Block",
    "Call",
    "Calls",
    "Credentials",
    "Pattern",
    "Recorder",
    "Recording",
    "RecordingError",
    "RecordingWriter",
    "ReplayServer",
    "Rule",
    "ScriptedServer",
]
