"""What the tests beside it are of: three small programs."""

from typing import Unpack

import libami.gateway
from libami.testing import Credentials


def channels(**server: Unpack[Credentials]) -> list[str]:
    """The channels of a server."""
    with libami.connect(**server) as client:
        return [entry["Channel"] for entry in client.action("CoreShowChannels").events]


def call(extension: str, **server: Unpack[Credentials]) -> str:
    """Connect a phone to an extension, and say what became of it, such as "answered"."""
    with libami.connect(**server) as client:
        return client.originate("PJSIP/100", context="default", exten=extension).reason


def greet(number: str, **server: Unpack[Credentials]) -> None:
    """Send an SMS."""
    with libami.gateway.connect(**server) as gateway:
        gateway.send(number, "hello", port=2)
