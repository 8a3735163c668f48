"""`libami doctor` tells its 23 findings apart, each by what is on the wire; the numbers are those of
`libami.cli.finding.NAMES`."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import configuration
import libami
import pytest
from commands import Commands, Ran, simulated
from conftest import SECRET, WAIT, Asterisk
from libami.cli import account, finding, probe
from scripted import SUCCESS, Headers, Script

PATIENCE = 0.3
"""Long enough for a busy machine where something comes, and short where nothing does."""


def doctor(cli: Commands, *arguments: object, patience: float = PATIENCE) -> Ran:
    return cli("doctor", "--json", "--patience", patience, "--again-after", 0.01, *arguments)


def found(ran: Ran) -> list[int]:
    """The numbers of what was found, but for what is well."""
    return [each["number"] for each in ran.documents if each["level"] != "ok"]


def the(number: int, ran: Ran, *levels: str) -> dict[str, Any]:
    """The finding with a number, which must have all of its words."""
    levels = levels or ("problem", "note")
    fitting = (each for each in ran.documents if each["number"] == number and each["level"] in levels)
    each = next(fitting, None)
    assert each is not None, (ran.out, ran.err)
    assert each["name"] == finding.NAMES.get(number, "library")
    assert each["seen"]
    assert each["means"]
    assert each["change"]
    return dict(each)


@contextmanager
def service(talk: Callable[[socket.socket], object], host: str = "127.0.0.1") -> Iterator[int]:
    """A server that says what it likes to each client; yields its port."""
    with socket.create_server((host, 0)) as listener, ExitStack() as threads:

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                connection.settimeout(WAIT)
                talk(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    thread = threading.Thread(target=serve, args=(listener.accept()[0],))
                    thread.start()
                    threads.callback(thread.join, WAIT)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(WAIT)


def user_event(script: Script, _name: str, headers: Headers) -> list[str]:
    """The answer to a UserEvent, and the event that it makes."""
    mine = "".join(f"{key}: {value}\r\n" for key, value in headers if key not in ("Action", "ActionID"))
    return [SUCCESS, f"Event: UserEvent\r\n{mine}\r\n"]


def healthy(cli: Commands, script: Script) -> None:
    """A server that has nothing wrong with it."""
    cli.use(script.port)
    script.on("Login", SUCCESS, "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n")
    script.answers["UserEvent"] = user_event
    script.on(
        "ListCommands",
        "Response: Success\r\nActionID: {id}\r\nPing: Keepalive  (Priv: <none>)\r\n"
        "UserEvent: Send an event  (Priv: user,all)\r\n\r\n",
    )


def error(message: str) -> str:
    return f"Response: Error\r\nActionID: {{id}}\r\nMessage: {message}\r\n\r\n"


def test_doctor_finds_nothing_wrong_with_a_server_that_is_well(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (0, [])
    assert len(ran.documents) == 8
    script.hang_up_on("Logoff")
    assert found(doctor(cli)) == [], "some servers say no farewell"
    ran = cli("doctor")
    assert all(line.startswith("ok        ") for line in ran.out.splitlines())
    assert ran.err == "0 problems\n"


def test_doctor_says_what_was_seen_what_it_means_and_the_line_to_change(
    cli: Commands, script: Script
) -> None:
    healthy(cli, script)
    script.on("Login", error("Authentication failed"))
    ran = cli("doctor")
    lines = ran.out.splitlines()
    assert lines[3] == "problem   login refused (10)"
    labels = [line[:8].strip() for line in lines[4:] if line[:8].strip()]
    assert labels == ["seen", "means", "change"]
    assert "manager.conf" in ran.out.partition("change")[2]
    assert max(map(len, lines)) <= 80


def test_doctor_23_tells_what_the_account_lacks(cli: Commands, script: Script) -> None:
    cli.set("LIBAMI_HOST", f"127.0.0.1:{script.port}")
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (2, [23])
    assert "no user name" in the(23, ran)["seen"]
    assert "login, permissions and events are not looked at" in the(23, ran)["means"]
    assert "LIBAMI_USERNAME" in the(23, ran)["change"]
    ran = doctor(cli, "-u", "admin")
    assert (ran.code, found(ran)) == (2, [23])
    assert "no secret for admin" in the(23, ran)["seen"]
    assert "--secret-file" in the(23, ran)["change"]
    cli.use(script.port, "other")
    ran = doctor(cli, "-u", "admin")
    assert (ran.code, found(ran)) == (2, [23])
    assert "LIBAMI_SECRET belongs to the user other" in the(23, ran)["seen"]
    assert script.count("Login") == 0


def test_doctor_23_tells_a_file_that_is_not_used(cli: Commands, script: Script) -> None:
    cli.set("LIBAMI_HOST", f"127.0.0.1:{script.port}")
    file = cli.folder / "secret"
    ran = doctor(cli, "-u", "admin", "--secret-file", file)
    assert (ran.code, found(ran)) == (1, [23])
    assert "No such file" in the(23, ran)["seen"]
    file.write_text(SECRET)
    file.chmod(0o644)
    ran = doctor(cli, "-u", "admin", "--secret-file", file)
    assert (ran.code, found(ran)) == (2, [23])
    assert "mode 0644" in the(23, ran)["seen"]
    assert the(23, ran)["change"] == f"run: chmod 600 {file}"
    # Of the file with the contexts nothing is used, and the host may be there.
    cli.patch.delenv("LIBAMI_HOST")
    config = cli.config(f'[pbx]\nhost = "127.0.0.1:{script.port}"\n', 0o644)
    ran = doctor(cli)
    assert (ran.code, found(ran), len(ran.documents)) == (2, [23], 1)
    assert the(23, ran)["change"] == f"run: chmod 600 {config}"


def test_doctor_23_looks_at_the_local_server_though_its_file_has_no_user(
    cli: Commands, script: Script
) -> None:
    healthy(cli, script)
    general = f"[general]\nenabled = yes\nport = {script.port}\n"
    place = cli.folder / "manager.conf"
    place.write_text(f"{general}[admin]\nread = all\n")
    ran = doctor(cli, "--local")
    assert (ran.code, found(ran)) == (2, [23])
    assert "Asterisk Call Manager" in ran.out
    assert "[admin] has no secret" in the(23, ran)["seen"]
    ran = doctor(cli, "--local", "-u", "bob")
    assert "there is no user bob" in the(23, ran)["seen"]
    place.write_text(f"{general.replace('yes', 'no')}[admin]\nsecret = {SECRET}\n")
    ran = doctor(cli, "--local")
    assert found(ran) == [23]
    assert "enabled = yes" in the(23, ran)["change"]
    place.write_text(f"{general}[admin]\nsecret = {SECRET}\n")
    assert found(doctor(cli, "--local")) == []


@pytest.mark.parametrize(
    ("number", "words"), [(socket.EAI_NONAME, "misspelt"), (socket.EAI_AGAIN, "resolv.conf")]
)
def test_doctor_1_tells_a_name_that_does_not_resolve(cli: Commands, number: int, words: str) -> None:
    def fail(*_: object) -> None:
        raise socket.gaierror(number, "it says no")

    cli.patch.setattr("socket.getaddrinfo", fail)
    ran = doctor(cli, "--host", "pbx.invalid")
    assert (ran.code, found(ran)) == (3, [1])
    assert "A: it says no; AAAA: it says no" in the(1, ran)["seen"]
    assert words in the(1, ran)["means"]


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example"])
def test_doctor_1_tells_a_text_that_is_no_name(cli: Commands, host: str) -> None:
    ran = doctor(cli, "--host", host)
    assert (ran.code, found(ran)) == (3, [1])
    assert "this is no name" in the(1, ran)["seen"]


def test_doctor_2_tells_a_port_at_which_nothing_listens(cli: Commands) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        cli.use(bound.getsockname()[1])
        (cli.folder / "manager.conf").write_text("[general]\nport = 5038\n")
        ran = doctor(cli)
        assert (ran.code, found(ran)) == (3, [2])
        seen = the(2, ran)["seen"]
        assert "Connection refused" in seen
        assert "process asterisk" in seen
        assert "has not enabled = yes" in seen
        (cli.folder / "manager.conf").write_text("[general]\nenabled = yes\nbindaddr = 192.0.2.1\n")
        assert "bindaddr = 192.0.2.1" in the(2, doctor(cli))["seen"]
        cli.patch.setattr("libami.cli.probe.is_open", lambda address, _: address[1][1] == 5038)
        ran = doctor(cli)
        assert "open on the same host: 5038" in the(2, ran)["seen"]
        assert "127.0.0.1:5038" in the(2, ran)["change"]


def test_doctor_3_tells_a_firewall_that_drops(cli: Commands) -> None:
    # With its queue full, the system drops what asks for more.
    with socket.socket() as listener, ExitStack() as clients:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        cli.use(listener.getsockname()[1])
        ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [3])
    assert "firewall drops" in the(3, ran)["means"]
    assert "0.3 s" in the(3, ran)["seen"]


@pytest.mark.parametrize("number", [errno.EHOSTUNREACH, errno.ENETUNREACH])
def test_doctor_3_tells_a_router_that_knows_no_way(cli: Commands, number: int) -> None:
    cli.use(5038)
    cli.patch.setattr("libami.cli.probe.attempt", lambda address, _: probe.Attempt(address, number, 0.0))
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [3])
    assert "ip route get 127.0.0.1" in the(3, ran)["change"]


def reset(connection: socket.socket) -> None:
    """Hang up by RST in place of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("end", [lambda _: None, reset], ids=["FIN", "RST"])
def test_doctor_4_tells_a_proxy_with_nothing_behind_it(
    cli: Commands, end: Callable[[socket.socket], object]
) -> None:
    with service(end) as port:
        cli.use(port)
        ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [4])
    assert "something before Asterisk" in the(4, ran)["means"]
    assert "trying again in 0.01 s" in ran.err


def test_doctor_4_tells_a_reset_that_comes_with_the_connection(cli: Commands) -> None:
    cli.use(5038)
    cli.patch.setattr(
        "libami.cli.probe.attempt", lambda address, _: probe.Attempt(address, errno.ECONNRESET, 0.0)
    )
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [4])


def test_doctor_4_tells_too_many_logins_that_wait(cli: Commands) -> None:
    count = iter(range(100))

    def talk(connection: socket.socket) -> None:
        if next(count):
            connection.sendall(b"Asterisk Call Manager/5.0.4\r\n")

    with service(talk) as port:
        cli.use(port)
        ran = doctor(cli)
    assert found(ran) == [4]
    assert "authlimit" in the(4, ran)["means"]
    assert "authlimit = 200" in the(4, ran)["change"]


@contextmanager
def certificate(folder: Path, name: str = "localhost", days: int = 30) -> Iterator[ssl.SSLContext]:
    """A server's side of TLS, with a certificate that has signed itself."""
    key, made = folder / "server.key", folder / "server.pem"
    request = folder / "request.pem"
    assert shutil.which("openssl"), "openssl is missing: install it"
    for command in (
        f"req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} "
        f"-addext subjectAltName=DNS:{name} -keyout {key} -out {request}",
        f"x509 -req -in {request} -signkey {key} -copy_extensions copy -out {made} -days {days}",
    ):
        subprocess.run(["openssl", *command.split()], capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    yield context


@contextmanager
def tls_service(context: ssl.SSLContext) -> Iterator[int]:
    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.sendall(b"Asterisk Call Manager/5.0.4\r\n")
            encrypted.recv(1)

    with service(talk) as port:
        yield port


def test_doctor_5_tells_a_port_that_wants_tls(cli: Commands) -> None:
    with certificate(cli.folder) as context, tls_service(context) as port:
        cli.use(port)
        ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [5])
    assert "tls = true" in the(5, ran)["change"]


def test_doctor_5_tells_an_alert_in_tls(cli: Commands) -> None:
    with service(lambda connection: connection.sendall(b"\x15\x03\x01\x00\x02\x02\x0a")) as port:
        cli.use(port)
        assert found(doctor(cli)) == [5]


@pytest.mark.parametrize("asterisk", [22], indirect=True)
def test_doctor_5_tells_the_tls_port_of_a_real_server(cli: Commands, asterisk: Asterisk) -> None:
    cli.set("LIBAMI_HOST", os.environ[f"AMI_ASTERISK_{asterisk.generation}_TLS"])
    assert found(doctor(cli, patience=0.5)) == [5]


def test_doctor_6_tells_a_port_without_tls(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    ran = doctor(cli, "--tls", patience=0.5)
    assert (ran.code, found(ran)) == (3, [6])
    assert "Asterisk Call Manager" in the(6, ran)["seen"]


def web(connection: socket.socket) -> None:
    """A web server: silent until it is spoken to."""
    if connection.recv(1024):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: Asterisk\r\n\r\n")


def fussy(connection: socket.socket) -> None:
    """A web server that tells of itself only where it is asked in its own way."""
    is_asked = connection.recv(1024).startswith(b"GET ")
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" if is_asked else b"<html>no</html>\r\n")


@pytest.mark.parametrize("server", [web, fussy])
@pytest.mark.parametrize("tls", [[], ["--tls"]])
def test_doctor_7_tells_a_web_server(
    cli: Commands, tls: list[str], server: Callable[[socket.socket], object]
) -> None:
    with service(server) as port:
        cli.use(port)
        ran = doctor(cli, *tls)
    assert (ran.code, found(ran)) == (3, [7])
    assert "HTTP/1.1 400 Bad Request" in the(7, ran)["seen"]


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"220 mail.example.com ESMTP\r\n", b"\x00\xff\x1b[2J"]
)
def test_doctor_8_tells_another_service(cli: Commands, said: bytes) -> None:
    with service(lambda connection: connection.sendall(said)) as port:
        cli.use(port)
        ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [8])
    if said.startswith(b"SSH"):
        assert "SSH-2.0-OpenSSH_9.2p1" in the(8, ran)["seen"]
    assert the(8, ran)["seen"].isprintable()


def hang(connection: socket.socket) -> None:
    connection.recv(10_000)
    time.sleep(3 * PATIENCE)


def test_doctor_8_tells_what_is_no_ami_after_all(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.on("Login", "x" * 100_000)
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [8])
    assert "no AMI" in the(8, ran)["seen"]


def test_doctor_8_tells_a_server_that_hangs(cli: Commands) -> None:
    with service(hang) as port:
        cli.use(port)
        ran = doctor(cli, patience=PATIENCE / 2)
    assert (ran.code, found(ran)) == (3, [8])
    assert "hangs" in the(8, ran)["means"]


def test_doctor_9_tells_a_certificate_that_nobody_trusts(cli: Commands) -> None:
    with certificate(cli.folder) as context, tls_service(context) as port:
        ran = doctor(cli, "--tls", "--host", f"localhost:{port}")
        assert (ran.code, found(ran)) == (3, [9])
        assert "it is for localhost, signed by localhost, until" in the(9, ran)["seen"]
        assert "ca_file" in the(9, ran)["change"]
        # Another authority was named already.
        (cli.folder / "other").mkdir()
        with certificate(cli.folder / "other", name="other"):
            file = cli.folder / "other" / "server.pem"
            ran = doctor(cli, "--ca-file", file, "--host", f"localhost:{port}")
        assert found(ran) == [9]
        assert f"no authority in {file} has signed it" in the(9, ran)["means"]
        assert f"put it into {file}" in the(9, ran)["change"]
        # Named as its own authority it is trusted.
        ran = doctor(cli, "--ca-file", cli.folder / "server.pem", "--host", f"localhost:{port}")
        assert found(ran) == [23], "there is only no user name"


def test_doctor_9_tells_files_that_cannot_be_read(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    (cli.folder / "empty.pem").touch()
    for name in ("none.pem", "empty.pem"):
        ran = doctor(cli, "--ca-file", cli.folder / name)
        assert (ran.code, found(ran)) == (3, [9])
        assert name in the(9, ran)["seen"]


def test_doctor_9_leaves_a_certificate_alone_where_it_is_told_to(cli: Commands) -> None:
    with certificate(cli.folder) as context, tls_service(context) as port:
        cli.config(f'[a]\nhost = "localhost:{port}"\ntls = true\ndanger_accept_any_certificate = true\n')
        ran = doctor(cli)
    assert found(ran) == [23], "there is only no user name"
    assert any("is not looked at" in each["seen"] for each in ran.documents)


def test_doctor_9_tells_a_certificate_for_another_name(cli: Commands) -> None:
    with certificate(cli.folder, name="pbx.example.com") as context, tls_service(context) as port:
        for host in ("localhost", "127.0.0.1"):
            ran = doctor(cli, "--ca-file", cli.folder / "server.pem", "--host", f"{host}:{port}")
            assert (ran.code, found(ran)) == (3, [9])
            assert "pbx.example.com" in the(9, ran)["seen"]
            assert f'for other names than "{host}"' in the(9, ran)["means"]
            assert "server_name" in the(9, ran)["change"]
            assert "ca_file" not in the(9, ran)["change"]


def test_doctor_9_tells_a_certificate_whose_time_is_over(cli: Commands) -> None:
    with certificate(cli.folder, days=-1) as context, tls_service(context) as port:
        ran = doctor(cli, "--ca-file", cli.folder / "server.pem", "--host", f"localhost:{port}")
    assert (ran.code, found(ran)) == (3, [9])
    assert "time is over" in the(9, ran)["means"]
    assert "clock" in the(9, ran)["change"]


def test_doctor_9_tells_a_server_that_has_old_tls_alone(cli: Commands) -> None:
    with certificate(cli.folder) as context:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with tls_service(context) as port:
            ran = doctor(cli, "--ca-file", cli.folder / "server.pem", "--host", f"localhost:{port}")
    assert (ran.code, found(ran)) == (3, [9])
    assert "it speaks TLSv1.1 at most" in the(9, ran)["seen"]


def test_doctor_10_tells_a_login_that_a_real_server_refuses(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, configuration.ADMIN[0], "wrong")
    ran = doctor(cli, patience=0.5)
    assert (ran.code, found(ran)) == (4, [10])
    assert "from 127.0.0.1" in the(10, ran)["seen"]
    assert "failed to pass IP ACL" in the(10, ran)["means"]
    assert f"[{configuration.ADMIN[0]}]" in the(10, ran)["change"]
    assert "wrong" not in ran.out.replace("is wrong", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[other]\nsecret=x\n", "has no section [admin]"),
        ("[admin]\nread=all\n", "has no secret"),
        ("[admin]\nsecret=x\n", "has another secret"),
        (f"[admin]\nsecret={SECRET}\ndeny=0.0.0.0/0\npermit=192.0.2.0/24\n", "add: permit = 127.0.0.1"),
    ],
)
def test_doctor_10_tells_the_reason_where_manager_conf_is_here(
    cli: Commands, script: Script, text: str, words: str
) -> None:
    healthy(cli, script)
    script.on("Login", error("Authentication failed"))
    (cli.folder / "manager.conf").write_text(f"[general]\nenabled=yes\n{text}")
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (4, [10])
    assert words in the(10, ran)["seen"]
    assert SECRET not in ran.out


def test_doctor_10_tells_a_user_that_is_admitted_from_loopback_alone(cli: Commands) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"Asterisk Call Manager/5.0.4\r\n")
        is_admitted = connection.getsockname()[0] == "127.0.0.1"
        with connection.makefile("rb") as lines:
            headers: dict[str, str] = {}
            for line in lines:
                name, _, value = line.decode().strip().partition(": ")
                headers[name] = value
                if name:
                    continue
                answer = SUCCESS if is_admitted or "Key" not in headers else error("Authentication failed")
                if "Key" not in headers:
                    answer = answer.replace("\r\n\r\n", "\r\nChallenge: 1\r\n\r\n")
                connection.sendall(answer.replace("{id}", headers["ActionID"]).encode())
                headers = {}

    with service(talk, "") as port:
        cli.use(port)
        cli.set("LIBAMI_HOST", f"127.0.0.2:{port}")
        ran = doctor(cli)
    assert (ran.code, found(ran)) == (4, [10])
    assert "from 127.0.0.1 the same login works" in the(10, ran)["seen"]
    assert 'host = "127.0.0.1"' in the(10, ran)["change"]


def test_doctor_10_tells_a_server_without_a_challenge(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.on("Challenge", error("Must specify AuthType"))
    assert found(doctor(cli)) == [], "the secret may go in the clear within a machine"
    cli.patch.setattr("libami.cli.account.is_loopback", lambda _: False)
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (4, [10])
    assert "allow_plain_login" in the(10, ran)["change"]


@pytest.mark.parametrize("asterisk", [22], indirect=True)
def test_doctor_11_tells_a_user_that_is_logged_in_already(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.SINGLE)
    with asterisk.connect(configuration.SINGLE):
        ran = doctor(cli, patience=0.5)
    assert (ran.code, found(ran)) == (4, [11])
    assert "allowmultiplelogin = yes" in the(11, ran)["change"]


@pytest.mark.parametrize("action", ["Challenge", "Login", "QueueStatus"])
def test_doctor_12_tells_a_server_that_is_shutting_down(cli: Commands, script: Script, action: str) -> None:
    healthy(cli, script)
    script.on(action, error("Asterisk is shutting down"))
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [12])
    assert "core abort shutdown" in the(12, ran)["change"]


def test_doctor_13_tells_a_server_that_is_still_starting(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.on("Login", SUCCESS)
    script.on("QueueStatus", error("Invalid/unknown command: QueueStatus."))
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (0, [13])
    assert "FullyBooted" in the(13, ran)["change"]


def test_doctor_14_tells_a_class_that_a_real_account_lacks(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.READER)
    ran = doctor(cli, "--needs", "Originate", "--needs", "CoreStatus", "--needs", "Nonsense", patience=0.5)
    assert ran.code == 5
    lacking = [each for each in ran.documents if each["number"] == 14]
    assert "Permission denied" in lacking[0]["seen"]
    assert "add originate to write =" in lacking[0]["change"]
    assert "has no such action" in lacking[1]["means"]
    assert any("CoreStatus is allowed" in each["seen"] for each in ran.documents)


def test_doctor_14_knows_the_classes_of_actions(asterisk: Asterisk) -> None:
    with asterisk.connect() as client:
        listed = {name.lower(): text for name, text in client.action("ListCommands").multi_items()}
    known = {name: wanted for name, wanted in account.CLASSES.items() if name in listed}
    assert len(known) > 20
    for name, wanted in known.items():
        classes = listed[name].partition("(Priv: ")[2].rstrip(")").split(",")
        assert set(re.findall(r"\w+", wanted)) - {"or"} == set(classes) - {"all"}, name


def test_doctor_15_tells_a_real_account_that_sees_no_events(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.BLIND)
    ran = doctor(cli, patience=0.5)
    assert (ran.code, found(ran)) == (1, [15])
    assert "read = all" in the(15, ran)["change"]


def test_doctor_15_tells_an_account_that_may_not_send_what_would_show_it(
    cli: Commands, asterisk: Asterisk
) -> None:
    cli.use(asterisk.port, *configuration.READER)
    ran = doctor(cli, patience=0.5)
    assert (ran.code, found(ran)) == (0, [15])
    assert "Permission denied" in the(15, ran)["seen"]


def test_doctor_16_tells_a_filter_of_a_real_server(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.FILTERED)
    ran = doctor(cli, patience=0.5)
    assert ran.code == 1
    assert "eventfilter" in the(16, ran)["means"]
    assert "others did: FullyBooted" in the(16, ran)["seen"]


def test_doctor_16_tells_events_that_are_disabled(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.on("UserEvent", SUCCESS)
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (1, [16])
    assert "others did: FullyBooted" in the(16, ran)["seen"]
    assert "disabledevents" in the(16, ran)["change"]


def test_doctor_16_makes_a_call_when_asked(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.ADMIN)
    ran = doctor(cli, "--calls", "short@default", patience=0.5)
    assert (ran.code, found(ran)) == (0, [])
    assert any("the events of a call come" in each["seen"] for each in ran.documents)


def test_doctor_16_tells_which_events_of_a_call_are_missing(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    half = "Channel: Local/1@x-00000001;"
    events = [f"Event: {name}\r\n{half}2\r\n\r\n" for name in ("Newchannel", "Hangup")]
    # Those of other calls do not count.
    script.on("Originate", SUCCESS, *events, "Event: Newexten\r\nChannel: Local/11@x-1;2\r\n\r\n")
    ran = doctor(cli, "--calls", "1@x", patience=0.1)
    assert (ran.code, found(ran)) == (1, [16])
    assert "did not come: Newexten" in the(16, ran)["seen"]
    script.on("Originate", error("Permission denied"))
    ran = doctor(cli, "--calls", "1@x")
    assert (ran.code, found(ran)) == (5, [14])
    assert "add originate to write =" in the(14, ran)["change"]


def test_doctor_16_tells_an_extension_that_is_not_there(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.ADMIN)
    for place in ("nothere@default", "nothere@nowhere"):
        ran = doctor(cli, "--calls", place, patience=1)
        assert (ran.code, found(ran)) == (1, [16])
        assert "no such extension" in the(16, ran)["means"]


def test_doctor_says_the_same_of_an_action_whoever_needs_it(cli: Commands) -> None:
    with simulated(cli):
        needed = the(14, doctor(cli, "--needs", "Originate"))
        ran = doctor(cli, "--calls", "100@default")
    assert ran.code == 1
    assert the(14, ran) == needed
    assert "has no such action" in needed["means"]


@pytest.mark.parametrize("place", ["100", "@default", "100@"])
def test_doctor_calls_an_extension_in_a_context(cli: Commands, place: str) -> None:
    ran = doctor(cli, "--calls", place)
    assert ran.code == 2
    assert f'"{place}" is not EXTEN@CONTEXT' in ran.err


def test_doctor_17_tells_a_connection_that_was_too_slow(cli: Commands, script: Script) -> None:
    healthy(cli, script)

    def burst(script: Script, *_: object) -> None:
        script.say("Event: Newexten\r\nChannel: a\r\n\r\n" * 500 + "Event: Newexten\r\nChan")

    script.answers["UserEvent"] = burst
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [17])
    assert "writetimeout" in the(17, ran)["change"]
    assert "501 events" in the(17, ran)["seen"], "with FullyBooted"


def test_doctor_17_counts_events(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    ran = doctor(cli, "--listen", 0.1)
    assert any("events a second in 0.1 s" in each["seen"] for each in ran.documents)


def test_doctor_18_tells_a_router_that_forgets_idle_connections(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.on("Ping")
    ran = doctor(cli, "--idle", 0.05)
    assert (ran.code, found(ran)) == (3, [18])
    assert "keepalive" in the(18, ran)["change"]
    script.on("Ping", SUCCESS)
    assert found(doctor(cli, "--idle", 0.05)) == []


def test_doctor_18_tells_a_connection_that_is_cut(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.hang_up_on("UserEvent")
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (3, [18])


def test_doctor_19_tells_a_login_that_does_not_arrive(cli: Commands) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"Asterisk Call Manager/5.0.4\r\n")
        connection.recv(1)

    with service(talk) as port:
        cli.use(port)
        ran = doctor(cli)
    assert (ran.code, found(ran)) == (4, [19])
    assert "authtimeout" in the(19, ran)["change"]
    assert "CR LF" in the(19, ran)["means"]


def test_doctor_19_tells_a_login_that_is_not_answered(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.on("Login")
    cli.patch.setattr("libami.cli.account.REFUSAL_TIME", 0.1)
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (7, [19])


def test_doctor_20_tells_an_old_server(cli: Commands) -> None:
    with simulated(cli):
        ran = doctor(cli, "--gateway")
    assert (ran.code, found(ran)) == (0, [20])
    assert "Asterisk Call Manager/1.1" in the(20, ran)["seen"]
    assert any("speaks the dialect openvox" in each["seen"] for each in ran.documents)


def test_doctor_21_tells_a_server_that_is_no_gateway(cli: Commands, asterisk: Asterisk) -> None:
    cli.use(asterisk.port, *configuration.ADMIN)
    ran = doctor(cli, "--gateway", patience=0.5)
    assert (ran.code, found(ran)) == (1, [21])
    assert "gsm show spans" in the(21, ran)["means"]


def test_doctor_21_tells_a_gateway_whose_account_lacks_command(cli: Commands) -> None:
    with simulated(cli, write="system"):
        ran = doctor(cli, "--gateway")
    assert ran.code == 5
    assert "Command" in the(14, ran)["seen"]
    assert "add command to write =" in the(14, ran)["change"]


def test_doctor_22_tells_which_family_works(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    addresses = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", script.port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", script.port)),
    ]
    cli.patch.setattr("socket.getaddrinfo", lambda *_: addresses)
    ran = doctor(cli)
    assert (ran.code, found(ran)) == (0, [22])
    assert "127.0.0.1" in the(22, ran)["change"]
    assert f"[::1]:{script.port}: " in the(22, ran)["seen"]


def test_doctor_tells_what_only_the_library_sees(cli: Commands, script: Script) -> None:
    healthy(cli, script)
    script.answers["Logoff"] = lambda script, *_: script.on("Login", error("Try again")) or [SUCCESS]
    ran = doctor(cli)
    assert ran.code == 3
    assert "libami itself does not get through" in the(0, ran, "problem")["seen"]


def test_doctor_has_a_test_for_each_finding() -> None:
    text = Path(__file__).read_text()
    for number in finding.NAMES:
        assert f"def test_doctor_{number}_" in text, number
    assert libami.cli.COMMANDS[0] == "doctor"
