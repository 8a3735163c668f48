"""Bad input and bad servers: each a distinct, clear error that says what to do and never shows the secret."""

from __future__ import annotations

import builtins
import pickle
import re
import socket
import traceback
from collections.abc import Callable

import libami
import pytest
from conftest import SECRET, WAIT, Face, connect, fake_server
from libami import _errors, _native
from libami.gateway import Gateway
from libami.simulator import Simulator
from scripted import Script

BANNER = b"Asterisk Call Manager/5.0.5\r\n"


def open_client(port: int, host: str = "127.0.0.1", connect_timeout: float = WAIT) -> libami.Client:
    return libami.connect(
        host, port, username="admin", secret=SECRET, connect_timeout=connect_timeout, action_timeout=0.5
    )


def check(error: libami.Error, code: int, *words: str) -> None:
    """The error is the one that is meant, and is silent about the secret."""
    assert error.code == code
    assert type(error) is _errors.CLASSES[code]
    for word in words:
        assert word in str(error)
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert SECRET not in "".join(shown.format())
    assert SECRET not in f"{error!r} {error.peer_message} {error.response!r}"


# The classes


def test_error_class_exists_for_every_status() -> None:
    assert list(_errors.CLASSES) == list(_native.STATUSES)
    for code, error in _errors.CLASSES.items():
        assert issubclass(error, libami.Error)
        made = _errors.make(code, "what happened", peer_message="said")
        assert type(made) is error
        assert (made.code, str(made), made.peer_message, made.response, made.receipt) == (
            code,
            "what happened",
            "said",
            None,
            None,
        )
        assert error.__module__ == "libami"
        assert getattr(libami, error.__name__) is error


def test_error_of_an_unknown_status_is_a_plain_error() -> None:
    error = _errors.make(999, "new")
    assert type(error) is libami.Error
    assert error.code == 999


def test_they_are_the_errors_that_python_knows() -> None:
    assert issubclass(libami.ConnectError, builtins.ConnectionError)
    assert issubclass(libami.TimeoutError, builtins.TimeoutError)
    assert issubclass(libami.PermissionError, builtins.PermissionError)
    assert issubclass(libami.PermissionError, libami.ActionError)
    assert issubclass(libami.CommandError, libami.ActionError)
    assert issubclass(libami.InvalidValue, ValueError)
    assert issubclass(libami.SmsBusy, libami.SmsError)
    assert not issubclass(libami.OutcomeUnknown, (libami.ActionError, libami.SmsError))


def test_they_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(_errors.make(102, "late", peer_message="said")))
    assert type(error) is libami.TimeoutError
    assert (error.code, str(error), error.peer_message) == (102, "late", "said")


# Connecting


def test_connect_to_an_unknown_host_fails_and_names_it() -> None:
    with pytest.raises(libami.ConnectError) as raised:
        open_client(5038, "no-such-host.invalid")
    check(raised.value, 100, "no-such-host.invalid", "how it is spelt")


def test_connect_to_a_port_where_nothing_listens_fails_and_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionError) as raised:
        open_client(port)
    assert isinstance(raised.value, libami.ConnectError)
    check(raised.value, 101, f"127.0.0.1:{port}", "manager.conf")


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01\r\n"]
)
def test_connect_to_a_server_that_is_not_ami_is_a_protocol_error(greeting: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(greeting)
        connection.recv(1024)

    with fake_server(talk) as port, pytest.raises(libami.ProtocolError) as raised:
        open_client(port)
    check(raised.value, 200, "no Asterisk manager port", "check host and port")


def test_connect_to_a_silent_server_times_out() -> None:
    with fake_server(lambda connection: connection.recv(1024)) as port:
        with pytest.raises(builtins.TimeoutError) as raised:
            open_client(port, connect_timeout=0.3)
        assert isinstance(raised.value, libami.TimeoutError)
        check(raised.value, 102, "said nothing", "manager port")


def test_connect_to_a_server_that_hangs_up_at_once_is_a_connect_error() -> None:
    with fake_server(lambda connection: None) as port, pytest.raises(libami.ConnectError) as raised:
        open_client(port)
    check(raised.value, 103, "without a word", "permit")


def test_login_with_a_wrong_secret_is_an_auth_error() -> None:
    with Simulator(secret="another") as gateway, pytest.raises(libami.AuthError) as raised:
        open_client(gateway.port)
    check(raised.value, 203, '"admin"', "Authentication failed", "check user name, secret")
    assert raised.value.peer_message == "Authentication failed"


def test_secret_goes_in_the_clear_only_if_allowed(face: Face) -> None:
    said: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        with connection.makefile("rwb") as stream:
            stream.write(BANNER)
            stream.flush()
            answers = iter(
                [
                    "Response: Error\r\nActionID: {}\r\nMessage: Must specify AuthType\r\n\r\n",
                    "Response: Success\r\nActionID: {}\r\nMessage: Authentication accepted\r\n\r\n",
                    "Response: Goodbye\r\nActionID: {}\r\n\r\n",
                ]
            )
            for line in stream:
                said.append(line)
                if line.startswith(b"ActionID: "):
                    stream.write(next(answers).format(line.split()[1].decode()).encode())
                    stream.flush()

    def log_in(port: int, allow_plain_login: bool) -> None:
        # Mapped into IPv6 the address is none of those that pass for loopback.
        host = "::ffff:127.0.0.1"
        client = face.connect(
            host, port, username="admin", secret=SECRET, allow_plain_login=allow_plain_login
        )
        face.do(client.close)

    with fake_server(talk) as port, pytest.raises(libami.AuthError) as raised:
        log_in(port, False)
    check(raised.value, 204, "offers no MD5 challenge", "setting allow_plain_login")
    assert raised.value.peer_message == "Must specify AuthType"
    assert said
    assert not any(SECRET.encode() in line for line in said)
    with fake_server(talk) as port:
        log_in(port, True)
    assert f"Secret: {SECRET}\r\n".encode() in said


# What cannot be sent


SETTINGS: list[tuple[dict[str, object], str]] = [
    ({"host": ""}, "no host is set"),
    ({"host": "a\r\nb"}, "the host holds a CR"),
    ({"port": 0}, "1 to 65535"),
    ({"port": 70_000}, "1 to 65535"),
    ({"port": -1}, "1 to 65535"),
    ({"username": ""}, "no user name is set"),
    ({"username": "a\nb"}, "the user name holds an LF"),
    ({"username": "x" * 1100}, "the user name is too long"),
    ({"secret": f"{SECRET}\r\nAction: Logoff"}, "the secret holds a CR"),
    ({"secret": f"{SECRET}\0"}, "the secret holds a NUL"),
    ({"secret": f"{SECRET}{'x' * 1100}"}, "the secret is too long"),
    ({"secret": f"{SECRET}\udcff"}, "the secret holds half a surrogate pair"),
    ({"event_mask": ""}, "the event mask is empty"),
    ({"connect_timeout": 0}, "the connect timeout must be more than 0 seconds"),
    ({"action_timeout": -1.0}, "the action timeout must be more than 0 seconds"),
    ({"action_timeout": float("nan")}, "the action timeout must be more than 0 seconds"),
    ({"keepalive": -1}, "the keepalive must not be negative; 0 or None switches it off"),
    ({"keepalive": float("nan")}, "the keepalive must not be negative"),
    ({"keepalive_timeout": 0}, "the keepalive timeout must be more than 0 seconds"),
    ({"reconnect": libami.Reconnect(min=0)}, "the first wait to reconnect must be more than 0 seconds"),
    ({"reconnect": libami.Reconnect(min=1e-12)}, "the waits before a reconnect must be more than zero"),
    ({"reconnect": libami.Reconnect(max=-1)}, "the longest wait to reconnect must be more than 0 seconds"),
    ({"reconnect": libami.Reconnect(min=2, max=1)}, "the longest no shorter than the first"),
    ({"reconnect": libami.Reconnect(attempts=0)}, "must be at least 1; None for no limit"),
    ({"reconnect": libami.Reconnect(stable_after=-1)}, "until a connection is stable must not be negative"),
    ({"reconnect": libami.Reconnect(stable_after=float("nan"))}, "must not be negative"),
    ({"queue_events": 0}, "at least one event"),
    ({"queue_bytes": -5}, "at least one event"),
    ({"queue_policy": "drop"}, "the queue policy must be"),
    ({"event_mask": "calls"}, "no class of events"),
    ({"event_mask": "System"}, "in lower case"),
    ({"event_mask": ""}, "the event mask is empty"),
    ({"dialect": "klingon"}, 'no dialect named "klingon"'),
    ({"encoding": "klingon"}, 'no encoding named "klingon"'),
    ({"encoding": "hex"}, 'no text encoding named "hex"'),
    ({"errors": "klingon"}, 'no error handler named "klingon"'),
]


@pytest.mark.parametrize(("changes", "words"), SETTINGS)
def test_settings_that_cannot_work(changes: dict[str, object], words: str) -> None:
    settings: dict[str, object] = {"host": "127.0.0.1", "username": "admin", "secret": SECRET, **changes}
    for make in (libami.Client, libami.connect):
        with pytest.raises(ValueError, match=words) as raised:
            make(**settings)  # type: ignore[arg-type]
        assert isinstance(raised.value, libami.InvalidValue)
        settings_shown = traceback.format_exception(raised.value)
        assert SECRET not in "".join(settings_shown)
        assert raised.value.code == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reconnect": True}, "reconnect must be a Reconnect or None, and a bool is not"),
        ({"reconnect": libami.Reconnect(min="1")}, "Reconnect.min"),  # type: ignore[arg-type]
        ({"keepalive": "30"}, "must be real number"),
        ({"name": "x"}, r"libami\.(Client|connect)\(\) got an unexpected keyword argument 'name'"),
    ],
)
def test_settings_of_another_type(changes: dict[str, object], words: str) -> None:
    settings: dict[str, object] = {"host": "127.0.0.1", "username": "admin", "secret": SECRET, **changes}
    for make in (libami.Client, libami.connect):
        with pytest.raises(TypeError, match=words) as raised:
            make(**settings)  # type: ignore[arg-type]
        assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("password", "; did you mean 'secret'?"),
        ("Passwd", "; did you mean 'secret'?"),
        ("user", "; did you mean 'username'?"),
        ("login", "; did you mean 'username'?"),
        ("keep_alive", "; did you mean 'keepalive'?"),
        ("zzz", ""),
    ],
)
def test_settings_of_another_name_are_refused_with_the_name_that_is_meant(name: str, hint: str) -> None:
    for module in (libami, libami.aio, libami.gateway, libami.aio.gateway):
        words = re.escape(f"connect() got an unexpected keyword argument {name!r}{hint}") + "$"
        with pytest.raises(TypeError, match=words):
            module.connect("127.0.0.1", **{name: SECRET})


def test_timeout_that_is_very_long_is_as_good_as_none(gateway: Simulator) -> None:
    with libami.connect(
        "127.0.0.1",
        gateway.port,
        username="admin",
        secret=SECRET,
        connect_timeout=1e300,
        action_timeout=float("inf"),
        keepalive=1e300,
        keepalive_timeout=float("inf"),
        reconnect=libami.Reconnect(min=1e300, max=float("inf"), attempts=1 << 40, stable_after=1e300),
    ) as client:
        assert client.action("Ping", deadline=1e20)["Ping"] == "Pong"
        assert next(client.events("Never", timeout=0), None) is None


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\r\nAction: Logoff", "a\0b"])
def test_line_ends_in_any_value(gateway: Simulator, client: libami.Client, sender: Gateway, bad: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: client.action(bad),
        lambda: client.action("DBPut", Family=bad),
        lambda: client.action("DBPut", Family=bad.encode()),
        lambda: client.action("DBPut", Family=["good", bad]),
        lambda: client.action("DBPut", {bad: "value"}),
        lambda: client.action("Ping", ActionID=bad),
        lambda: client.command(bad),
        lambda: sender.send(bad, "hello", port=1),
        lambda: sender.send("136", "hello", port=1, id=bad),
        lambda: sender.send("136", "hello", port=bad),
        lambda: sender.send_ussd(1, bad),
    ]
    for call in calls:
        with pytest.raises(libami.InvalidValue) as raised:
            call()
        check(raised.value, 1)
    assert gateway.sent == []
    assert client.ping() < WAIT


def test_error_names_the_header_and_not_its_value(client: libami.Client) -> None:
    with pytest.raises(libami.InvalidValue) as raised:
        client.action("Login", Secret=f"{SECRET}\n")
    assert "the value of Secret holds an LF" in str(raised.value)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda client: client.action("DBPut", Family="x" * 1100), "the line of Family is 1108 bytes long"),
        (lambda client: client.action("DBPut", Family="您" * 400), "the line of Family is 1208 bytes long"),
        (lambda client: client.action("x" * 1100), "bytes long"),
        (lambda client: client.command("x" * 1100), "the line of Command"),
        (lambda client: client.action("X", Variable=["A=1"] * 127), "128 headers at most"),
        (lambda client: client.action(""), "no name"),
        (lambda client: client.action("X", {"": "1"}), "a header needs a name"),
        (lambda client: client.action("X", {"A:B": "1"}), "holds a colon"),
        (lambda client: client.action("X", Action="Y"), "add no Action header"),
        (lambda client: client.action("X", ActionID=""), "must not be empty"),
        (lambda client: client.action("Ping", deadline=0), "the deadline must be more than 0 seconds"),
        (lambda client: client.events(timeout=-1), "the timeout must not be negative"),
        (lambda client: client.action("\ud800"), "the name of the action holds half a surrogate pair"),
    ],
)
def test_values_that_cannot_be_sent(
    client: libami.Client, call: Callable[[libami.Client], object], words: str
) -> None:
    with pytest.raises(libami.InvalidValue) as raised:
        call(client)
    check(raised.value, 1, words)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda sender: sender.send("136", "hello", timeout=-1), "the timeout must be more than 0 seconds"),
        (lambda sender: sender.ports(timeout=0), "the timeout must be more than 0 seconds"),
        (lambda sender: sender.command("core show version", timeout=0), "the timeout must be more than 0"),
        (lambda sender: sender.send("", "hello"), "no telephone number"),
        (lambda sender: sender.send("alice", "hello"), "no telephone number"),
        (lambda sender: sender.send("136; core stop now", "hello"), "no telephone number"),
        (lambda sender: sender.send("1" * 21, "hello"), "1 to 20 digits"),
        (lambda sender: sender.send("136", ""), "the text is empty"),
        (lambda sender: sender.send("136", "x" * 40_000), "255"),
        (lambda sender: sender.send("136", "\ud800"), "half a surrogate pair"),
        (lambda sender: sender.send("136", "hello", id="a b"), "the id must be"),
        (lambda sender: sender.send("136", "hello", id="\ud800"), "the id holds half a surrogate pair"),
        (lambda sender: sender.send("136", "hello", port=0), "there is no port 0; ports are counted from 1"),
        (lambda sender: sender.send("136", "hello", port=-1), "ports are counted from 1"),
        (lambda sender: sender.send("136", "hello", port="dongle0"), "ports are counted here"),
        (lambda sender: sender.send("136", "hello", port=1 << 40), "ports are counted from 1"),
        (lambda sender: sender.send_ussd("", "*100#"), "the port's name must be"),
        (lambda sender: sender.send_ussd(1, ""), "must be digits"),
        (lambda sender: sender.send_ussd(1, "hello"), "must be digits"),
    ],
)
def test_sms_and_codes_that_cannot_be_sent(
    gateway: Simulator, sender: Gateway, call: Callable[[Gateway], object], words: str
) -> None:
    with pytest.raises(libami.InvalidValue) as raised:
        call(sender)
    check(raised.value, 1, words)
    assert gateway.sent == []


def test_action_id_can_be_used_again_after_its_answer(gateway: Simulator, client: libami.Client) -> None:
    assert client.action("Ping", ActionID="mine")["ActionID"] == "mine"
    assert client.action("Ping", ActionID="mine")["ActionID"] == "mine"


# Refusals


def test_action_unknown_to_the_server_is_an_action_error(client: libami.Client) -> None:
    with pytest.raises(libami.ActionError) as raised:
        client.action("NoSuchAction")
    check(raised.value, 300, "the server refused NoSuchAction", "Invalid/unknown command")
    assert raised.value.response is not None
    assert raised.value.response["Response"] == "Error"
    assert raised.value.peer_message == raised.value.response["Message"]


def test_command_unknown_to_the_cli_is_a_command_error(client: libami.Client) -> None:
    for call in (
        lambda: client.command("no such thing"),
        lambda: client.action("Command", Command="no such thing"),
    ):
        with pytest.raises(libami.CommandError) as raised:
            call()
        check(raised.value, 302, "no such CLI command", "core show help")
        assert raised.value.peer_message is not None
        assert raised.value.peer_message.startswith("No such command 'no such")
        assert raised.value.response is not None
        assert raised.value.response.output == raised.value.peer_message


def test_words_that_cannot_be_decoded_do_not_hide_the_error(gateway: Simulator) -> None:
    with libami.connect(
        "127.0.0.1", gateway.port, username="admin", secret=SECRET, encoding="ascii", errors="strict"
    ) as client:
        with pytest.raises(libami.CommandError) as raised:
            client.action("Command", Command="您".encode())
        assert raised.value.peer_message is not None
        assert "您" in raised.value.peer_message
        with pytest.raises(UnicodeDecodeError):
            assert raised.value.response is None or raised.value.response.output


def test_account_without_a_class_gets_a_permission_error() -> None:
    with Simulator(secret=SECRET, write="reporting") as gateway, connect(gateway) as client:
        assert client.action("CoreStatus")["CoreCurrentCalls"] == "0"
        sender = libami.gateway.Gateway(
            "127.0.0.1", gateway.port, username="admin", secret=SECRET, dialect="openvox"
        )
        sender.open()
        for call in (
            lambda: client.command("core show version"),
            lambda: sender.send("136", "hello", port=1),
            lambda: sender.send("136", "hello"),
        ):
            with pytest.raises(builtins.PermissionError) as raised:
                call()
            assert isinstance(raised.value, libami.PermissionError)
            check(raised.value, 301, "Permission denied", "write= in manager.conf")
        sender.close()


def test_gateway_without_gsm_commands_says_so(script: Script) -> None:
    script.on(
        "Command",
        "Response: Error\r\nActionID: {id}\r\nMessage: Command output follows\r\n"
        "Output: No such command 'gsm send' (type 'core show help gsm send' for others)\r\n\r\n",
    )
    with libami.gateway.connect(
        "127.0.0.1", script.port, username="admin", secret=SECRET, dialect="openvox"
    ) as other:
        with pytest.raises(libami.Error) as raised:
            other.send("136", "hello", port=1)
        check(raised.value, 7, "knows no GSM commands", "dialect")
        with pytest.raises(libami.Error) as raised:
            other.send("136", "hello")
        check(raised.value, 7, "does not tell its ports", "name the port")
