"""TLS to real servers, in both faces: whom the client believes, and what it says when it does not."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import configuration
import libami
import libami.aio
import pytest
from conftest import WAIT, Asterisk, fake_server

OTHER_NAME = "pbx.example.com"
Log = Callable[..., str]


def authority(generation: int) -> Path:
    return Path(os.environ[f"AMI_ASTERISK_{generation}_CA"])


def tls_port(asterisk: Asterisk) -> int:
    return int(os.environ[f"AMI_ASTERISK_{asterisk.generation}_TLS"].rpartition(":")[2])


def blocking(host: str, port: int | None = None, **settings: Any) -> str:
    name, secret = configuration.ADMIN
    with libami.connect(host, port, username=name, secret=secret, **settings) as client:
        return client.action("CoreSettings")["AsteriskVersion"]


def on_a_loop(host: str, port: int | None = None, **settings: Any) -> str:
    name, secret = configuration.ADMIN

    async def program() -> str:
        async with libami.aio.connect(host, port, username=name, secret=secret, **settings) as client:
            return (await client.action("CoreSettings"))["AsteriskVersion"]

    return asyncio.run(asyncio.wait_for(program(), 6 * WAIT))


@pytest.fixture(params=[blocking, on_a_loop])
def version(request: pytest.FixtureRequest) -> Log:
    """Logs in and asks for the server's version, by each face."""
    face: Log = request.param
    return face


def refuses(version: Log, words: str, asterisk: Asterisk, host: str, tls: bool | libami.TLS) -> None:
    with pytest.raises(libami.ConnectError, match=words) as raised:
        version(host, tls_port(asterisk), tls=tls)
    assert raised.value.code == 104
    assert configuration.ADMIN[1] not in "".join(traceback.format_exception(raised.value))


def test_tls_many_actions_at_once_are_all_answered(asterisk: Asterisk) -> None:
    """Asterisk lets lie what does not fit into its buffer of a TLS record."""
    name, secret = configuration.ADMIN
    tls = libami.TLS(ca_file=authority(asterisk.generation))

    async def program() -> None:
        async with libami.aio.connect(
            "localhost", tls_port(asterisk), username=name, secret=secret, tls=tls
        ) as client:
            for count in (50, 200, 1000):
                answers = await asyncio.gather(*(client.action("Ping") for _ in range(count)))
                assert {answer["Response"] for answer in answers} == {"Success"}

    asyncio.run(asyncio.wait_for(program(), 6 * WAIT))


def test_tls_session_is_made_with_the_authority_of_the_server(version: Log, asterisk: Asterisk) -> None:
    for ca_file in (authority(asterisk.generation), str(authority(asterisk.generation))):
        answer = version("localhost", tls_port(asterisk), tls=libami.TLS(ca_file=ca_file))
        assert answer.startswith(f"{asterisk.generation}.")


def test_tls_refuses_a_server_that_is_not_believed(version: Log, asterisk: Asterisk) -> None:
    stranger = authority(22 if asterisk.generation == 16 else 16)
    refuses(version, "TLS setting ca_file", asterisk, "localhost", libami.TLS(ca_file=stranger))
    refuses(version, "TLS setting ca_file", asterisk, "localhost", True)
    own = authority(asterisk.generation)
    refuses(version, "TLS setting server_name", asterisk, "127.0.0.1", libami.TLS(ca_file=own))
    anyone = libami.TLS(ca_file=stranger, danger_accept_any_certificate=True)
    assert version("127.0.0.1", tls_port(asterisk), tls=anyone)
    named = libami.TLS(ca_file=own, server_name=OTHER_NAME)
    assert version("127.0.0.1", tls_port(asterisk), tls=named)


def test_tls_session_takes_a_certificate_of_the_client(version: Log, asterisk: Asterisk) -> None:
    own = authority(asterisk.generation)
    shown = libami.TLS(ca_file=own, client_certificate=(own, own.with_name("ca.key")))
    assert version("localhost", tls_port(asterisk), tls=shown)


def test_tls_error_tells_the_wrong_one_of_the_two_ports(version: Log, asterisk: Asterisk) -> None:
    with pytest.raises(libami.ConnectError, match="does not speak TLS") as raised:
        version("localhost", asterisk.port, tls=libami.TLS(ca_file=authority(asterisk.generation)))
    assert raised.value.code == 104
    with pytest.raises(libami.TimeoutError, match="the setting tls"):
        version("localhost", tls_port(asterisk), tls=False, connect_timeout=0.3)


def test_settings_that_cannot_work(version: Log, tmp_path: Path, asterisk: Asterisk) -> None:
    own = authority(asterisk.generation)
    for tls, words in (
        (libami.TLS(ca_file=tmp_path / "missing.pem"), "missing.pem"),
        (libami.TLS(ca_file=own, client_certificate=(own, own)), "private key"),
        (libami.TLS(ca_file=own, server_name="no name"), "no name"),
    ):
        with pytest.raises(libami.InvalidValue, match=words):
            version("localhost", tls=tls)
    for bad in ("yes", 1, None):
        with pytest.raises(TypeError, match=r"libami\.TLS"):
            version("localhost", tls=bad)
    with pytest.raises(TypeError):
        libami.TLS(client_certificate=own)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        libami.TLS(own)  # type: ignore[call-arg]


def test_tls_setting_chooses_the_default_port(version: Log) -> None:
    """Nobody need listen on either: a client's name has its port."""
    name, secret = configuration.ADMIN
    anyone = libami.TLS(danger_accept_any_certificate=True)
    for make in (libami.Client, libami.aio.Client):
        for given, tls, port in (
            (None, False, 5038),
            (None, anyone, 5039),
            (77, anyone, 77),
            (77, False, 77),
        ):
            client = make("127.0.0.1", given, username=name, secret=secret, tls=tls)
            assert repr(client).endswith(f"{name}@127.0.0.1:{port}>")
    with fake_server(lambda connection: None) as port, pytest.raises(libami.ConnectError, match="handshake"):
        version("127.0.0.1", port, tls=anyone)
