"""What the tests beside it are of: three small programs."""

from typing import Unpack

import libami.gateway
from libami.testing import Credentials


def channels(**server: Unpack[Credentials]) -> list[str]:
    """The channels of a server."""
    with libami.connect(**server) as client:
        return [entry["Channel"] for entry in client.action("CoreShowChannels").events]


def call(extension: str, **server: Unpack[Credentials]) -> None:
    """Connect a phone to an extension."""
    with libami.connect(**server) as client:
        client.action("Originate", Channel="PJSIP/100", Context="default", Exten=extension, Priority=1)


def greet(number: str, **server: Unpack[Credentials]) -> None:
    """Send an SMS."""
    with libami.gateway.connect(**server) as gateway:
        gateway.send(number, "hello", port=2)
