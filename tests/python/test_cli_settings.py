"""The command's settings: options, environment, contexts, and the server's own manager.conf."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from commands import Commands, simulated
from conftest import SECRET
from libami import InvalidValue
from libami.cli import manager_conf, settings
from libami.gateway import Gateway
from libami.simulator import Simulator


def ping(cli: Commands, *arguments: object) -> Any:
    return cli(*arguments, "ping", "-n", 1)


def test_settings_come_from_the_environment(cli: Commands, gateway: Simulator) -> None:
    cli.set("LIBAMI_HOST", "127.0.0.1")
    cli.set("LIBAMI_PORT", gateway.port)
    cli.set("LIBAMI_USERNAME", "admin")
    cli.set("LIBAMI_SECRET", SECRET)
    assert ping(cli).code == 0
    cli.set("LIBAMI_SECRET", "other")
    assert ping(cli).code == 4


@pytest.mark.parametrize("kind", ["option", "variable", "credentials"])
def test_settings_take_the_secret_from_a_file(cli: Commands, gateway: Simulator, kind: str) -> None:
    file = cli.folder / "libami-secret"
    file.write_text(f"{SECRET}\nnot this\n")
    file.chmod(0o600)
    cli.set("LIBAMI_HOST", f"127.0.0.1:{gateway.port}")
    cli.set("LIBAMI_USERNAME", "admin")
    if kind == "variable":
        cli.set("LIBAMI_SECRET_FILE", file)
    if kind == "credentials":
        # The system shows these to a service alone, whatever the mode says.
        file.chmod(0o444)
        cli.set("CREDENTIALS_DIRECTORY", cli.folder)
    assert ping(cli, *(["--secret-file", file] if kind == "option" else [])).code == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_settings_refuse_files_that_others_can_read(cli: Commands, gateway: Simulator, mode: int) -> None:
    cli.use(gateway.port)
    file = cli.folder / "secret"
    file.write_text(SECRET)
    file.chmod(mode)
    ran = ping(cli, "--secret-file", file)
    assert ran.code == 2
    assert f"chmod 600 {file}" in ran.err
    cli.patch.delenv("LIBAMI_HOST")
    config = cli.config(f'[pbx]\nhost = "127.0.0.1:{gateway.port}"\n', mode)
    ran = ping(cli)
    assert ran.code == 2
    assert f"chmod 600 {config}" in ran.err
    config.chmod(stat.S_IRUSR)
    assert ping(cli).code == 0


def test_settings_take_a_secret_from_a_pipe(cli: Commands, gateway: Simulator) -> None:
    cli.set("LIBAMI_HOST", f"127.0.0.1:{gateway.port}")
    read, write = os.pipe()
    try:
        os.write(write, f"{SECRET}\n".encode())
        os.close(write)
        assert ping(cli, "-u", "admin", "--secret-file", f"/dev/fd/{read}").code == 0
    finally:
        os.close(read)


def test_settings_ask_for_the_secret_on_a_terminal(cli: Commands, gateway: Simulator) -> None:
    asked = []

    def answer(prompt: str, _stream: object) -> str:
        asked.append(prompt)
        return SECRET

    cli.patch.setattr("getpass.getpass", answer)
    cli.set("LIBAMI_HOST", f"127.0.0.1:{gateway.port}")
    with cli.typed(""):
        assert cli.on_terminal("-u", "admin", "ping", "-n", 1).code == 0
    assert asked == ["Secret of admin at 127.0.0.1: "]
    ran = ping(cli, "-u", "admin")
    assert ran.code == 2
    assert "there is no secret for admin" in ran.err
    assert "LIBAMI_SECRET_FILE" in ran.err


def test_settings_never_come_with_a_secret_on_the_command_line(cli: Commands, gateway: Simulator) -> None:
    cli.use(gateway.port)
    for words in (["--secret", SECRET], [f"--secret={SECRET}"]):
        assert ping(cli, *words).code == 2
    assert cli("action", "Login", "Username=admin", f"Secret={SECRET}").code == 2


def test_settings_have_contexts(cli: Commands, gateway: Simulator) -> None:
    cli.config(
        f"""
        default = "gw1"
        [gw1]
        host = "127.0.0.1"
        port = {gateway.port}
        username = "admin"
        secret = "{SECRET}"
        [pbx]
        host = "127.0.0.1:9"
        username = "admin"
        secret = "x"
        """
    )
    assert ping(cli).code == 0
    assert ping(cli, "-C", "gw1").code == 0
    assert ping(cli, "-C", "pbx").code == 3
    assert cli("ping", "-C", "pbx").code == 3, "options may stand behind the command"
    cli.set("LIBAMI_CONTEXT", "pbx")
    assert ping(cli).code == 3
    assert ping(cli, "-C", "gw1").code == 0
    ran = ping(cli, "-C", "gw2")
    assert ran.code == 2
    assert "it has gw1, pbx" in ran.err


def test_settings_of_a_context_that_is_named_count_more_than_the_environment(
    cli: Commands, gateway: Simulator
) -> None:
    cli.config(f'[gw1]\nhost = "127.0.0.1:{gateway.port}"\nusername = "admin"\nsecret = "{SECRET}"\n')
    cli.use(9, "other", "wrong")
    assert ping(cli, "-C", "gw1").code == 0
    cli.set("LIBAMI_CONTEXT", "gw1")
    assert ping(cli).code == 3


def test_settings_send_no_secret_to_another_host_or_user(cli: Commands, gateway: Simulator) -> None:
    cli.config(f'[gw1]\nhost = "127.0.0.1:9"\nusername = "admin"\nsecret = "{SECRET}"\n')
    ran = ping(cli, "--host", f"127.0.0.1:{gateway.port}", "-u", "admin")
    assert ran.code == 2
    assert "there is no secret" in ran.err
    ran = ping(cli, "-C", "gw1", "-u", "somebody")
    assert ran.code == 2
    assert "secret in [gw1] belongs to the user admin (username in [gw1])" in ran.err
    assert "not used for somebody; give the secret for somebody by --secret-file FILE" in ran.err
    # A host that is named as well takes it no further.
    for words in (["-C", "gw1", "--host"], ["--host"]):
        cli.set("LIBAMI_CONTEXT", "gw1")
        ran = ping(cli, *words, f"localhost:{gateway.port}")
        assert ran.code == 2
        assert "secret in [gw1] belongs to the host 127.0.0.1:9" in ran.err
    cli.set("LIBAMI_HOST", f"localhost:{gateway.port}")
    assert "secret in [gw1] belongs to the host 127.0.0.1:9" in ping(cli).err
    cli.patch.delenv("LIBAMI_HOST")
    # Its port is another matter.
    assert ping(cli, "--host", f"127.0.0.1:{gateway.port}").code == 0


def test_settings_send_the_environments_secret_to_its_user_and_host_alone(
    cli: Commands, gateway: Simulator
) -> None:
    cli.use(gateway.port, "nobody")
    ran = ping(cli, "-u", "admin")
    assert ran.code == 2
    assert "LIBAMI_SECRET belongs to the user nobody (LIBAMI_USERNAME)" in ran.err
    cli.use(gateway.port)
    ran = ping(cli, "--host", f"localhost:{gateway.port}")
    assert ran.code == 2
    assert f"LIBAMI_SECRET belongs to the host 127.0.0.1:{gateway.port} (LIBAMI_HOST)" in ran.err
    cli.config(f'[gw1]\nhost = "localhost:{gateway.port}"\nusername = "admin"\n')
    ran = ping(cli, "-C", "gw1")
    assert ran.code == 2
    assert "LIBAMI_SECRET belongs to the host" in ran.err
    cli.patch.delenv("LIBAMI_USERNAME")
    assert "there is no user name" in ping(cli, "--host", f"localhost:{gateway.port}").err
    cli.set("LIBAMI_USERNAME", "admin")
    # One that stands alone is for anybody.
    cli.patch.delenv("LIBAMI_HOST")
    cli.patch.delenv("LIBAMI_USERNAME")
    assert ping(cli, "-C", "gw1").code == 0
    assert ping(cli, "--host", f"127.0.0.1:{gateway.port}", "-u", "admin").code == 0
    # A secret that is given for it is taken.
    cli.use(9, "nobody", "wrong")
    file = cli.folder / "secret"
    file.write_text(SECRET)
    file.chmod(0o600)
    assert ping(cli, "-H", f"127.0.0.1:{gateway.port}", "-u", "admin", "--secret-file", file).code == 0
    cli.patch.delenv("LIBAMI_SECRET")
    cli.set("LIBAMI_SECRET_FILE", file)
    assert "LIBAMI_SECRET_FILE belongs to" in ping(cli, "-u", "admin").err


@pytest.mark.parametrize("text", ["", "\n", "\r\nsecret\n"])
def test_settings_refuse_a_secret_that_is_empty(cli: Commands, gateway: Simulator, text: str) -> None:
    file = cli.folder / "libami-secret"
    file.write_text(text, newline="")
    file.chmod(0o600)
    cli.set("LIBAMI_HOST", f"127.0.0.1:{gateway.port}")
    cli.set("LIBAMI_USERNAME", "admin")
    ran = ping(cli, "--secret-file", file)
    assert ran.code == 2
    which = f"the first line of {file}" if text else str(file)
    assert f"libami: {which} is empty, and is to be the secret" in ran.err
    cli.set("CREDENTIALS_DIRECTORY", cli.folder)
    ran = ping(cli)
    assert ran.code == 2
    assert "(the credential libami-secret)" in ran.err
    cli.config('[gw1]\nsecret = ""\n')
    ran = ping(cli, "-C", "gw1")
    assert ran.code == 2
    assert "secret in [gw1] is empty" in ran.err
    cli.patch.delenv("CREDENTIALS_DIRECTORY")
    cli.patch.setattr("getpass.getpass", lambda *_: "")
    with cli.typed(""):
        ran = cli.on_terminal("ping", "-n", 1)
    assert ran.code == 2
    assert "the secret is empty" in ran.err


def test_settings_name_the_contexts_where_none_is_chosen(cli: Commands, gateway: Simulator) -> None:
    config = cli.config('[gw1]\nusername = "a"\n[gw2]\nusername = "b"\n')
    for words in ([], ["-u", "admin"]):
        ran = ping(cli, *words)
        assert ran.code == 2
        assert f"{config} has gw1, gw2; name one with -C, or write default" in ran.err
    cli.use(gateway.port)
    assert ping(cli).code == 0


def test_settings_have_files_beside_the_context(cli: Commands, gateway: Simulator) -> None:
    home = cli.folder / "home"
    cli.set("HOME", home)
    config = cli.config("")
    pbx = f'[pbx]\nhost = "127.0.0.1:{gateway.port}"\nusername = "admin"\n'
    for name, place in (("pbx.secret", config.parent), ("~/pbx.secret", home)):
        cli.config(f'{pbx}secret_file = "{name}"\n')
        ran = ping(cli)
        assert ran.code == 1
        assert ran.err == f"libami: {place}/pbx.secret: No such file or directory (secret_file in [pbx])\n"
        place.mkdir(exist_ok=True)
        (place / "pbx.secret").write_text(SECRET)
        (place / "pbx.secret").chmod(0o600)
        assert ping(cli).code == 0
    cli.config(f'{pbx}secret = "x"\nca_file = "ca.pem"\nclient_certificate = "~/a"\nclient_key = "/b"\n')
    found = settings.address(parsed("ping"))
    assert found["ca_file"] == str(config.parent / "ca.pem")
    assert found["client_certificate"] == str(home / "a")
    assert found["client_key"] == "/b"
    cli.config(f'{pbx}secret_file = "~nobody-of-this-name/x"\n')
    assert ping(cli).code == 2
    # A word of the command line is a path as for other commands.
    cli.patch.chdir(home)
    cli.set("LIBAMI_HOST", f"127.0.0.1:{gateway.port}")
    assert ping(cli, "-u", "admin", "--secret-file", "pbx.secret").code == 0
    assert ping(cli, "-u", "admin", "--secret-file=~/pbx.secret").code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pbx]\nhostname = 'x'\n", "hostname, which is no setting"),
        ("[pbx]\nport = '5038'\n", "port in [pbx] must be a number"),
        ("[pbx]\ntls = 1\n", "tls in [pbx] must be true or false"),
        ("[pbx]\nport = true\n", "port in [pbx] must be a number"),
        ("host = 'x'\n", '"host" is not in a context'),
        ("default = 'a'\n[b]\n", 'the default is "a"'),
        ("[pbx\n", "line 1"),
        ("[pbx]\nport = 70000\nusername = 'a'\nsecret = 'b'\n", "in [pbx], there is no port 70000"),
        ("[pbx]\nhost = 'x:y'\n", 'in [pbx], "x:y" is not HOST'),
        ("[pbx]\ndialect = 'openvx'\n", 'in [pbx], there is no dialect "openvx"; there are auto, openvox'),
        ("[pbx]\nsecret = 'a'\nsecret_file = 'b'\n", "[pbx] has secret and secret_file"),
        ("[default]\nhost = 'x'\n", "no context can have that name"),
        ("default = ['a']\n[a]\n", "default names a context, as a text in quotes"),
        ("[a]\nx = " + "[" * 100_000 + "\n", "its arrays are too deep"),
        ("[a]\nport = " + "1" * 5000 + "\n", "digits"),
        ("[a]\nport = 0x" + "f" * 5000 + "\n", "port in [a] is too large"),
        ("[a]\nport_rest = 0x" + "f" * 5000 + "\n", "port_rest in [a] is too large"),
        ("[a]\nsecret_file = 'a\\u0000'\n".replace("'", '"'), "secret_file in [a] has a NUL character"),
    ],
)
def test_settings_say_what_is_wrong_with_the_file(cli: Commands, text: str, words: str) -> None:
    cli.config(text)
    ran = ping(cli)
    assert ran.code == 2
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pbx", ("pbx", None)),
        ("pbx:5039", ("pbx", 5039)),
        ("::1", ("::1", None)),
        ("[::1]:5038", ("::1", 5038)),
        ("[::1]", ("::1", None)),
        ("fe80::1%eth0", ("fe80::1%eth0", None)),
    ],
)
def test_settings_read_hosts(text: str, expected: tuple[str, int | None]) -> None:
    assert settings.split_host(text) == expected


@pytest.mark.parametrize(
    "text", ["", ":5038", "pbx:x", "pbx:" + "9" * 5000, "pbx:0", "pbx:65536", "pbx:\uff15"]
)
def test_settings_refuse_hosts(cli: Commands, text: str) -> None:
    assert ping(cli, "--host", text).code == 2


MANAGER = """
; a comment
[general]
enabled = yes ; on
port = {port}
bindaddr = 0.0.0.0

[base](!)
read = all

[closed](base)
secret = nobody
deny = 0.0.0.0/0.0.0.0
permit = 192.0.2.0/255.255.255.0

[admin](base)
secret = {secret}
deny=0.0.0.0/0.0.0.0
permit=127.0.0.1/255.255.255.255
;--
[hidden]
secret = x
--;
#include more.conf
"""


def test_settings_come_from_this_machines_manager_conf(cli: Commands, gateway: Simulator) -> None:
    place = cli.folder / "manager.conf"
    place.write_text(MANAGER.format(port=gateway.port, secret=SECRET))
    assert ping(cli, "--local").code == 0
    ran = ping(cli, "--local", "-u", "closed")
    assert ran.code == 2
    assert "[closed] does not admit 127.0.0.1; add: permit = 127.0.0.1" in ran.err
    ran = ping(cli, "--local", "-u", "bob")
    assert ran.code == 2
    assert f"there is no user bob in {place}; it has closed, admin" in ran.err
    for words in (["--host", "127.0.0.1"], ["-C", "nix"]):
        ran = ping(cli, "--local", *words)
        assert ran.code == 2
        assert "--local is this machine's own server" in ran.err
    text = MANAGER.format(port=gateway.port, secret=SECRET)
    place.write_text(text.replace(f"secret = {SECRET}", ""))
    ran = ping(cli, "--local")
    assert ran.code == 2
    assert "[closed] does not admit 127.0.0.1" in ran.err
    assert "[admin] has no secret" in ran.err
    place.write_text("[general]\nenabled = yes\n")
    assert f"{place} has no user; add a section" in ping(cli, "--local").err
    place.write_text(text.replace("= yes", "= no"))
    ran = ping(cli, "--local")
    assert ran.code == 2
    assert "enabled = yes" in ran.err
    place.unlink()
    ran = ping(cli, "--local")
    assert ran.code == 1
    assert f"there is no {place}" in ran.err


def test_settings_know_the_dialects_of_the_library() -> None:
    with pytest.raises(InvalidValue) as caught:
        Gateway("127.0.0.1", username="a", secret="b", dialect="nonsense")
    assert f"use {', '.join(settings.DIALECTS)} or a command" in str(caught.value)


def test_settings_of_manager_conf_are_read_as_the_server_does(tmp_path: Path) -> None:
    place = tmp_path / "manager.conf"
    place.write_text(MANAGER.format(port=6000, secret="a\\;b"))
    (tmp_path / "more.conf").write_text("[extra](admin)\npermit => 10.0.0.0/8\n#include more.conf\n")
    found = manager_conf.read(place)
    assert found.is_enabled
    assert found.port == 6000
    assert found.address == "127.0.0.1"
    users = {user.name: user for user in found.users}
    assert list(users) == ["closed", "admin", "extra"]
    assert users["admin"].get("secret") == "a;b"
    assert users["admin"].admits("127.0.0.1")
    assert not users["admin"].admits("127.0.0.2")
    assert users["extra"].admits("10.1.2.3")
    assert users["extra"].get("read") == "all"
    assert manager_conf.Section("x").admits("192.0.2.1"), "without rules everybody is admitted"


@pytest.mark.parametrize(
    ("bound", "address"),
    [
        ("", "127.0.0.1"),
        ("*", "127.0.0.1"),
        ("0.0.0.0:5038", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("[::]:5038", "127.0.0.1"),
        ("[::1]:5038", "::1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5038", "192.0.2.1"),
    ],
)
def test_settings_know_the_address_of_manager_conf(tmp_path: Path, bound: str, address: str) -> None:
    place = tmp_path / "manager.conf"
    place.write_text(f"[general]\nenabled = yes\nbindaddr = {bound}\nport = {'9' * 5000}\n")
    found = manager_conf.read(place)
    assert found.address == address
    assert found.port == 5038
    assert manager_conf.Section("x").admits(found.address)


def test_settings_of_manager_conf_may_name_the_host(cli: Commands, gateway: Simulator) -> None:
    place = cli.folder / "manager.conf"
    text = MANAGER.format(port=gateway.port, secret=SECRET).replace("permit=127", "permit=::1\npermit=127")
    place.write_text(text.replace("0.0.0.0\n", "localhost\n"))
    assert manager_conf.read(place).address in ("127.0.0.1", "::1")
    # The simulated gateway is at one address alone.
    ran = ping(cli, "--local", "-u", "admin")
    assert ran.code in (0, 3)
    assert "Traceback" not in ran.err
    place.write_text(text.replace("0.0.0.0\n", "no..name\n"))
    ran = ping(cli, "--local")
    assert ran.code == 2
    assert 'bindaddr = no..name, and "no..name" is no address; give --host' in ran.err


def test_settings_of_manager_conf_end(cli: Commands) -> None:
    place = cli.folder / "manager.conf"
    place.write_text("[general]\nenabled = yes\n" + "#include manager.conf\n" * 6)
    ran = ping(cli, "--local")
    assert ran.code == 1
    assert f"{place}: it includes more than 500 files" in ran.err
    os.mkfifo(cli.folder / "pipe.conf")
    place.write_text("[general]\nenabled = yes\n#include *.conf\n[a]\nsecret = b\n".replace("*", "p*"))
    assert manager_conf.read(place).is_enabled


def test_settings_refuse_a_context_without_a_name(cli: Commands, gateway: Simulator) -> None:
    cli.use(gateway.port)
    ran = ping(cli, "-C", "")
    assert ran.code == 2
    assert "the name of the context is empty" in ran.err


def test_settings_files_may_begin_with_a_mark(cli: Commands, gateway: Simulator) -> None:
    file = cli.folder / "secret"
    file.write_text(f"\ufeff{SECRET}\r\n")
    file.chmod(0o600)
    text = f'\ufeff[a]\nhost = "127.0.0.1:{gateway.port}"\nusername = "admin"\nsecret_file = "{file}"\n'
    cli.config(text)
    assert ping(cli).code == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("geheimnis-\xfc\n".encode("latin-1"), "is not UTF-8"),
        (SECRET.encode("utf-16"), "is not UTF-8"),
        (b"x" * 5000, "more than 4096 bytes"),
    ],
)
def test_settings_say_what_is_wrong_with_a_secrets_file(cli: Commands, data: bytes, words: str) -> None:
    cli.use(9)
    file = cli.folder / "secret"
    file.write_bytes(data)
    file.chmod(0o600)
    ran = ping(cli, "--secret-file", file)
    assert (ran.code, ran.out) == (2, "")
    assert str(file) in ran.err
    assert words in ran.err


def test_settings_end_with_files_that_do_not(cli: Commands) -> None:
    cli.use(9)
    ran = ping(cli, "--secret-file", "/dev/zero")
    assert ran.code == 2
    assert "/dev/zero: its first line has more than 4096 bytes" in ran.err
    assert ping(cli, "--secret-file", "~nobody-of-this-name/x").code == 2
    cli.patch.delenv("LIBAMI_HOST")
    config = cli.config("")
    config.unlink()
    os.mkfifo(config)
    ran = ping(cli)
    assert ran.code == 2
    assert f"{config} is no regular file" in ran.err


def test_settings_connect_through_tls_with_a_named_authority(cli: Commands) -> None:
    cli.use(1)
    found = settings.address(parsed("--ca-file", "/x/ca.pem", "ping"))
    assert found["tls"] is True
    with simulated(cli):
        assert ping(cli, "--tls").code == 3


def test_settings_of_tls_name_a_file_that_cannot_be_read(cli: Commands) -> None:
    cli.use(1)
    ran = ping(cli, "--ca-file", cli.folder / "none.pem")
    assert (ran.code, ran.err) == (1, f"libami: {cli.folder}/none.pem: No such file or directory\n")


def parsed(*words: str) -> Any:
    from libami.cli import parser

    return parser().parse_args(words)
