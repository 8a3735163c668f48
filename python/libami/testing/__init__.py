"""Servers for the tests of programs: a scripted Asterisk, recordings of real sessions and their replay.

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
