"""The servers are what the other tests take them for, and leave nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import configuration
import pytest
import servers
import wire
from wire import originate

COMMAND = [sys.executable, servers.__file__]
Running = dict[int, servers.Server]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with servers.running_servers() as started:
        yield {server.release.generation: server for server in started}


@pytest.fixture(params=[16, 22])
def server(request: pytest.FixtureRequest, running: Running) -> servers.Server:
    return running[request.param]


@pytest.fixture
def admin(server: servers.Server) -> Iterator[wire.Connection]:
    with wire.Connection(server.port) as connection:
        assert connection.login(configuration.ADMIN).get("Response") == "Success"
        yield connection


def test_server_is_of_its_generation(server: servers.Server, admin: wire.Connection) -> None:
    assert admin.banner.startswith("Asterisk Call Manager/")
    version = admin.call("CoreSettings").get("AsteriskVersion")
    assert version == server.version
    assert version.startswith(f"{server.release.generation}.")


def test_environment_names_both(running: Running) -> None:
    assert servers.environment(list(running.values())) == {
        "AMI_ASTERISK_16": f"127.0.0.1:{running[16].port}",
        "AMI_ASTERISK_22": f"127.0.0.1:{running[22].port}",
        "AMI_ASTERISK_16_TLS": f"127.0.0.1:{running[16].tls_port}",
        "AMI_ASTERISK_22_TLS": f"127.0.0.1:{running[22].tls_port}",
        "AMI_ASTERISK_16_CA": str(running[16].authority),
        "AMI_ASTERISK_22_CA": str(running[22].authority),
    }


def test_tls_port_proves_whose_it_is(server: servers.Server, running: Running) -> None:
    def banner(name: str, authority: Path) -> bytes:
        context = ssl.create_default_context(cafile=str(authority))
        with (
            socket.create_connection(("127.0.0.1", server.tls_port), 10) as plain,
            context.wrap_socket(plain, server_hostname=name) as connection,
        ):
            return connection.recv(100)

    for name in configuration.TLS_NAMES:
        assert banner(name, server.authority).startswith(b"Asterisk Call Manager/")
    (other,) = (each for each in running.values() if each is not server)
    for name, authority in ((configuration.TLS_NAMES[0], other.authority), ("127.0.0.1", server.authority)):
        with pytest.raises(ssl.SSLCertVerificationError):
            banner(name, authority)


@pytest.mark.parametrize(
    ("account", "allowed"),
    [
        (configuration.ADMIN, {"Ping", "CoreStatus", "Command", "UserEvent"}),
        (configuration.READER, {"Ping", "CoreStatus"}),
        (configuration.COMMANDER, {"Ping", "Command"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_accounts_may_do_what_they_are_for(
    server: servers.Server, account: tuple[str, str], allowed: set[str]
) -> None:
    headers = {"Command": [("Command", "core show version")], "UserEvent": [("UserEvent", "Test")]}
    with wire.Connection(server.port) as connection:
        assert connection.login(account).get("Message") == "Authentication accepted"
        for action in ("Ping", "CoreStatus", "Command", "UserEvent"):
            answer = connection.call(action, *headers.get(action, []))
            if action in allowed:
                assert answer.get("Response") == "Success", answer
            else:
                assert answer.get("Response") == "Error", answer
                assert answer.get("Message") == "Permission denied", answer


def test_account_of_the_page_may_watch_and_originate(server: servers.Server, admin: wire.Connection) -> None:
    """The page for the first steps shows a manager.conf."""
    page = (Path(__file__).parents[2] / "docs/start.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```ini\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    [name] = re.findall(r"^\[(?!general)(.*)\]$", block, re.MULTILINE)
    [secret] = re.findall(r"^secret = (\S+)", block, re.MULTILINE)
    assert "port = 5038\n" in block
    block = block.replace("port = 5038\n", f"port = {server.port}\n")
    file = server.etc / "manager.conf"
    before = file.read_text(encoding="utf-8")
    try:
        # The accounts of the tests stay.
        file.write_text(f"{block}\n{before[before.index('[admin]') :]}", encoding="utf-8")
        assert admin.call("Command", ("Command", "manager reload")).get("Response") == "Success"
        with wire.Connection(server.port) as connection:
            assert connection.login((name, secret)).get("Response") == "Success"
            channel = originate(connection, "echo")
            there = ("Context", "default"), ("Exten", "hold"), ("Priority", "1")
            assert connection.call("Redirect", ("Channel", channel), *there).get("Response") == "Success"
            channels = [entry.get("Channel") for entry in connection.listing("CoreShowChannels")]
            assert channel in channels
            assert connection.call("CoreSettings").get("AsteriskVersion") == server.version
            connection.send("Hangup", ("Channel", channel))
            connection.await_event(lambda frame: frame.is_event("Hangup", Channel=channel))
            answer = connection.call("Command", ("Command", "core show version"))
            assert answer.get("Message") == "Permission denied"
    finally:
        file.write_text(before, encoding="utf-8")
        assert admin.call("Command", ("Command", "manager reload")).get("Response") == "Success"


@pytest.mark.parametrize(
    ("place", "command"),
    [("sms@default", configuration.SMS_COMMAND), ("sms@gsm-2", configuration.SMS2_COMMAND)],
)
def test_incoming_message_arrives_as_on_a_gateway(
    server: servers.Server, admin: wire.Connection, place: str, command: str
) -> None:
    with wire.Connection(server.port) as gateway_user:
        gateway_user.login(configuration.COMMANDER)
        admin.send("Originate", ("Channel", f"Local/{place}"), ("Application", "Wait"))
        event = gateway_user.await_event(lambda frame: frame.is_event("Newexten", Application="System"))
        assert event.get("Privilege") == "dialplan,all"
        assert event.get("Timestamp")
        assert event.get("AppData") == command


def test_escaped_text_is_what_a_program_would_be_given(
    admin: wire.Connection, server: servers.Server
) -> None:
    target = server.etc / "given"
    program = configuration.SMS2_COMMAND.replace("/bin/true", "/usr/bin/printf '%s\\\\n'").replace(
        "/dev/null 2>&1 &", f"/{target.relative_to(server.root)}"
    )
    channel = originate(admin, "echo", "System", program)
    admin.await_event(lambda frame: frame.is_event("VarSet", Variable="SYSTEMSTATUS", Channel=channel))
    assert target.read_text(encoding="utf-8").splitlines() == [
        "process_sms",
        "2",
        "+8613632919026",
        "2015/03/27 09:44:02",
        configuration.SMS2_TEXT,
    ]


def test_user_event_from_the_dialplan(admin: wire.Connection) -> None:
    admin.send("Originate", ("Channel", "Local/userevent@default"), ("Application", "Wait"))
    event = admin.await_event(lambda frame: frame.is_event("UserEvent", UserEvent="SMS"))
    assert (event.get("Span"), event.get("Sender"), event.get("Text")) == ("4", "10086", "hello gateway")


def test_parking(admin: wire.Connection) -> None:
    channel = originate(admin, "hold")
    assert admin.call("Park", ("Channel", channel)).get("Response") == "Success"
    admin.await_event(lambda frame: frame.is_event("ParkedCall", ParkeeChannel=channel))
    answer, *calls, end = admin.listing("ParkedCalls")
    assert answer.get("Response") == "Success"
    assert [call.get("ParkeeChannel") for call in calls] == [channel]
    assert calls[0].get("ParkingSpace") in {str(space) for space in range(701, 721)}
    assert end.is_event("ParkedCallsComplete", ListItems="1")
    assert admin.call("Hangup", ("Channel", channel)).get("Response") == "Success"
    admin.await_event(lambda frame: frame.is_event("Hangup", Channel=channel))


def transfers(admin: wire.Connection) -> bool:
    """An attended transfer, from the call to its end; false if the server gives it up."""
    # Events of an attempt before this one have the same extension.
    admin.events.clear()
    near = originate(admin, "call")
    transferer = near.removesuffix("1") + "2"
    admin.await_event(lambda frame: frame.is_event("BridgeEnter", Channel=transferer))
    arguments = [("Channel", transferer), ("Exten", "1001"), ("Context", "default")]
    assert admin.call("Atxfer", *arguments).get("Response") == "Success"
    admin.await_event(lambda frame: frame.is_event("Newexten", Exten="1001", Application="Wait"), timeout=20)
    # A transferer that hangs up before the two talk may end the transfer.
    admin.await_event(
        lambda frame: frame.is_event("BridgeEnter") and "/1001@" in (frame.get("Channel") or "")
    )
    # The transferer leaves the other two alone.
    assert admin.call("Hangup", ("Channel", near)).get("Response") == "Success"
    admin.await_event(lambda frame: frame.is_event("Hangup", Channel=near))
    try:
        admin.await_event(lambda frame: frame.is_event("AttendedTransfer", Result="Success"), timeout=10)
    except TimeoutError:
        return False
    finally:
        hung_up = admin.listing("Hangup", ("Channel", "/^Local/(hold|1001)@/"))[-1]
    assert hung_up.is_event("ChannelsHungupListComplete", EventList="Complete")
    return True


def test_attended_transfer(admin: wire.Connection) -> None:
    # Asterisk 16 loses one now and then on a machine that is busy.
    assert any(transfers(admin) for _ in range(3))


def test_async_agi(admin: wire.Connection) -> None:
    channel = originate(admin, "agi").removesuffix("1") + "2"
    admin.await_event(lambda frame: frame.is_event("AsyncAGIStart", Channel=channel))
    answer = admin.call("AGI", ("Channel", channel), ("Command", "HANGUP"), ("CommandID", "7"))
    assert answer.get("Response") == "Success"
    admin.await_event(lambda frame: frame.is_event("AsyncAGIExec", Channel=channel, CommandId="7"))
    admin.await_event(lambda frame: frame.is_event("AsyncAGIEnd", Channel=channel))


def test_chan_sip_is_on_the_old_one_only(running: Running) -> None:
    with wire.Connection(running[16].port) as old:
        old.login(configuration.ADMIN)
        answer, *peers, end = old.listing("SIPpeers")
        assert answer.get("Response") == "Success"
        assert [peer.get("ObjectName") for peer in peers] == ["1001"]
        assert end.is_event("PeerlistComplete", EventList="Complete")
    with wire.Connection(running[22].port) as current:
        current.login(configuration.ADMIN)
        answer = current.call("SIPpeers")
        assert answer.get("Response") == "Error"
        assert (answer.get("Message") or "").startswith("Invalid/unknown command: SIPpeers")


def test_nothing_listens_beyond_loopback(server: servers.Server) -> None:
    listening = listening_sockets(server)
    assert ("tcp", f"127.0.0.1:{server.port}") in listening
    assert [each for each in listening if not each[1].startswith("127.0.0.1:")] == []


def listening_sockets(server: servers.Server) -> list[tuple[str, str]]:
    """What the server's process waits on for others, as the kernel has it."""
    listening = []
    inodes = {str(each.readlink()) for each in Path(f"/proc/{server.pid}/fd").iterdir()}
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path("/proc/net", kind).read_text(encoding="ascii").splitlines()[1:]:
            local, remote, _, inode = (line.split()[field] for field in (1, 2, 3, 9))
            # Neither a listening nor an unconnected socket has a peer.
            if f"socket:[{inode}]" in inodes and remote.endswith(":0000"):
                address, _, port = local.partition(":")
                packed = bytes.fromhex(address)
                # The kernel writes each 32 bits in the order of the machine.
                words = [packed[at : at + 4] for at in range(0, len(packed), 4)]
                packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
                family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
                listening.append((kind, f"{socket.inet_ntop(family, packed)}:{int(port, 16)}"))
    return listening


def test_server_beside_another_in_its_root_lives_and_ends_by_itself(server: servers.Server) -> None:
    stale = server.root / "srv" / f"ami-{ended_process()}-1" / "etc"
    stale.mkdir(parents=True)
    second = servers.Server(server.release, server.root)
    try:
        second.start()
        assert not stale.parent.exists()
        port = second.port
        assert port != server.port
        # What was written to the database survives a restart, and the port stays.
        with wire.Connection(port) as connection:
            connection.login(configuration.ADMIN)
            connection.call("DBPut", ("Family", "f"), ("Key", "k"), ("Val", "v"))
            second.restart()
            assert connection.await_event(lambda frame: frame.is_event("Shutdown"))
        with wire.Connection(port) as connection:
            connection.login(configuration.ADMIN)
            assert connection.listing("DBGet", ("Family", "f"), ("Key", "k"))[1].get("Val") == "v"
        second.kill()
        assert second.pid is None
        assert_refused(port)
        second.start()
        assert second.port == port
        folder = second.etc.parent
    finally:
        second.stop()
    assert_refused(port)
    assert not folder.exists()
    with wire.Connection(server.port) as first:
        assert first.login(configuration.ADMIN).get("Response") == "Success"


def ended_process() -> int:
    process = subprocess.Popen(["true"])
    process.wait(10)
    return process.pid


def assert_refused(port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_exec_hands_over_the_servers_and_returns_the_status() -> None:
    script = 'echo "$AMI_ASTERISK_16 $AMI_ASTERISK_22 $1"; exit 7'
    done = subprocess.run(
        [*COMMAND, "exec", "--", "sh", "-c", script, "--", "--flag"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    *addresses, flag = done.stdout.split()
    assert flag == "--flag"
    for address in addresses:
        assert_refused(int(address.removeprefix("127.0.0.1:")))


# The killed one comes first: the next removes what it left.
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_end_with_whoever_runs_them(how: signal.Signals) -> None:
    with subprocess.Popen([*COMMAND, "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ports = [int(process.stdout.readline().rpartition(":")[2]) for _ in servers.RELEASES]
            process.send_signal(how)
            status = process.wait(60)
        finally:
            process.kill()
    assert status == (-how if how == signal.SIGKILL else 128 + how)
    for port in ports:
        await_refused(port)


def await_refused(port: int) -> None:
    """A server whose keeper was killed may take a moment to be gone."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    pytest.fail(f"something still listens on port {port}")


# -----------------------------------------------------------------------------------------------------------
# Roots that cannot be made


@pytest.fixture
def no_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMI_ASTERISK_ROOTS", str(tmp_path / "roots"))
    return tmp_path / "roots"


def test_root_rights_are_asked_for(no_roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(servers.RootsError, match="root rights"):
        servers.ensure_roots()
    assert not no_roots.exists()


def test_debootstrap_is_asked_for_where_it_cannot_be_installed(
    no_roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(name: str, path: str | None = None) -> None: ...

    monkeypatch.setattr("shutil.which", nothing)
    with pytest.raises(servers.RootsError, match="debootstrap is missing"):
        servers.ensure_roots()
    assert list(no_roots.iterdir()) == [no_roots / ".lock"]


def test_failed_attempts_are_repeated_once_and_leave_nothing(
    no_roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As interrupted ones would: with all of Asterisk in place, but not finished.
    fake = tmp_path / "bin/debootstrap"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\necho "$3" >> {tmp_path}/calls\nmkdir -p "$4/usr/sbin" "$4/debootstrap"\n'
        'touch "$4/usr/sbin/asterisk"\necho "E: the mirror is away"\nexit 1\n',
        encoding="ascii",
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
    left_over = no_roots / ".unfinished-forky-1/root/usr/sbin"
    left_over.mkdir(parents=True)
    (left_over / "asterisk").touch()
    with pytest.raises(servers.RootsError, match="the mirror is away"):
        servers.ensure_roots()
    calls = (tmp_path / "calls").read_text(encoding="ascii").split()
    assert max(calls.count(release.suite) for release in servers.RELEASES) == 2
    assert list(no_roots.iterdir()) == [no_roots / ".lock"]


def test_root_that_is_not_ours_is_left_alone(no_roots: Path) -> None:
    precious = no_roots / "forky/precious"
    precious.mkdir(parents=True)
    with pytest.raises(servers.RootsError, match="in the way"):
        servers.ensure_roots()
    assert precious.exists()
