"""The programs of examples/ about calls, files and TLS, on both servers. `make demo` runs the others."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import configuration
import pytest
import wire
from running import PATIENCE, Running

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("AMI_BUILD", ROOT / "build")).resolve()
SECRET = configuration.ADMIN[1]
NAMES = ("async_agi", "edit_config", "hangups", "live_state", "originate", "tls", "watch_calls")
# The command of each program.
Programs = dict[str, list[str]]


@pytest.fixture(params=[16, 22])
def server(request: pytest.FixtureRequest) -> str:
    name = f"AMI_ASTERISK_{request.param}"
    if name not in os.environ:
        pytest.fail(f"{name} is not set; run: python tests/asterisk/servers.py exec -- pytest tests/asterisk")
    return name


@pytest.fixture
def admin(server: str) -> Iterator[wire.Connection]:
    with wire.Connection(int(arguments(server)[1])) as connection:
        assert connection.login(configuration.ADMIN).get("Response") == "Success"
        yield connection


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Programs]:
    folder = tmp_path_factory.mktemp("examples")
    for name in NAMES:
        source, program = ROOT / f"examples/c/{name}.c", folder / name
        library = [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}"]
        subprocess.run(["cc", f"-I{ROOT / 'include'}", source, "-o", program, *library], check=True)
    # `cargo test` has built these already.
    cargo = ["cargo", "build", "--quiet", "--examples", "--features", "capi,simulator"]
    subprocess.run(cargo, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/examples"
    return {
        "c": {name: [str(folder / name)] for name in NAMES},
        "python": {name: [sys.executable, str(ROOT / f"examples/python/{name}.py")] for name in NAMES},
        "rust": {name: [str(target / name)] for name in NAMES},
    }


@pytest.fixture(params=["c", "python", "rust"])
def programs(request: pytest.FixtureRequest, languages: dict[str, Programs]) -> Programs:
    return languages[request.param]


def arguments(server: str, kind: str = "") -> list[str]:
    host, _, port = os.environ[server + kind].rpartition(":")
    return [host, port, configuration.ADMIN[0], SECRET]


def run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert SECRET not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


class Proxy:
    """The way to a server, which can be cut."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._is_cut = False
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in (*self._open, self._listener):
            end.close()

    def cut(self) -> None:
        with self._lock:
            self._is_cut = True
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with self._lock:
                    if self._is_cut:
                        near.close()
                        continue
                    far = socket.create_connection(("127.0.0.1", self._server))
                    self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=self._pass_on, args=ends))
                    self._threads[-1].start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def test_examples_originate_and_watch(server: str, programs: Programs) -> None:
    with Running([*programs["watch_calls"], *arguments(server)]) as watching:
        watching.says("watching")
        code, said = run(
            [*programs["originate"], *arguments(server), "Local/hold@default", "default", "short"]
        )
        assert code == 0, said
        assert said.lower().startswith("answered: Local/hold@default".lower()), said
        channel = said.split(": ", 1)[1].strip()
        watching.says(f"Newchannel {channel} ")
        watching.says(f"Hangup {channel} Normal Clearing")


def test_examples_hangups(server: str, admin: wire.Connection, programs: Programs) -> None:
    with Running([*programs["hangups"], *arguments(server)]) as watching:
        watching.says("calls: ")
        watching.says(
            "filtered by " + {"AMI_ASTERISK_16": "expressions", "AMI_ASTERISK_22": "criteria"}[server]
        )
        channel = wire.originate(admin, "hold")
        assert admin.call("Hangup", ("Channel", channel), ("Cause", "17")).get("Response") == "Success"
        watching.says(f"{channel} 17 User busy")


def test_examples_originate_says_why_not(server: str, programs: Programs) -> None:
    words = ["Local/nobody@nowhere", "default", "short"]
    code, said = run([*programs["originate"], *arguments(server), *words])
    assert code == 1, said
    assert said.strip(), said


def test_examples_tls(server: str, programs: Programs) -> None:
    # The certificate has a name, and no address.
    words = ["localhost", *arguments(server, "_TLS")[1:]]
    assert run([*programs["tls"], *words, os.environ[f"{server}_CA"]]) == (0, "logged in through TLS\n")
    code, said = run([*programs["tls"], *words, "/nowhere/ca.pem"])
    assert code == 1, said
    assert "/nowhere/ca.pem" in said


def test_examples_leave_the_secret_out(server: str, programs: Programs) -> None:
    """A login that is refused is told without it."""
    words = arguments(server)
    wrong = [*words[:3], SECRET[::-1]]
    code, said = run([*programs["originate"], *wrong, "Local/hold@default", "default", "short"])
    assert code == 1, said
    assert SECRET[::-1] not in said, said


_numbers = itertools.count()


def test_examples_edit_config(server: str, admin: wire.Connection, programs: Programs) -> None:
    file = f"edited{next(_numbers)}.conf"

    def edit(category: str, name: str, value: str) -> tuple[int, list[str]]:
        """Set a variable, and return the lines that the category has then."""
        code, said = run([*programs["edit_config"], *arguments(server), file, category, name, value])
        assert (code == 0) == (f"{name}={value}\n" in said), said
        answer = admin.call("GetConfig", ("Filename", file), ("Category", category))
        numbered = (answer.get(f"Line-000000-{number:06}") for number in range(10))
        return code, [line for line in numbered if line is not None]

    assert admin.call("CreateConfig", ("Filename", file)).get("Response") == "Success"
    names = (("SrcFilename", file), ("DstFilename", file))
    for category in ("other", "general"):
        new = (("Action-000000", "NewCat"), ("Cat-000000", category))
        assert admin.call("UpdateConfig", *names, *new).get("Response") == "Success"
    assert edit("general", "limit", "5") == (0, ["limit=5"])
    assert edit("general", "name", "two words, a = b") == (0, ["limit=5", "name=two words, a = b"])
    assert edit("general", "limit", "7") == (0, ["limit=7", "name=two words, a = b"])
    # A name that another one begins with, and another category.
    assert edit("general", "lim", "1") == (0, ["limit=7", "name=two words, a = b", "lim=1"])
    assert edit("other", "limit", "9") == (0, ["limit=9"])
    assert edit("general", "lim", "8\r\nAction: Logoff") == (1, ["limit=7", "name=two words, a = b", "lim=1"])
    assert edit("general", "lim", "2") == (0, ["limit=7", "name=two words, a = b", "lim=2"])


@pytest.mark.parametrize("language", ["python", "rust"])
def test_examples_edit_config_makes_what_is_missing(
    server: str, languages: dict[str, Programs], language: str
) -> None:
    words = [*arguments(server), f"edited{next(_numbers)}.conf"]
    program = languages[language]["edit_config"]
    assert run([*program, *words, "general", "limit", "5"]) == (0, "limit=5\n")
    assert run([*program, *words, "other", "limit", "9"]) == (0, "limit=9\n")
    assert run([*program, *words, "general", "name", "x"]) == (0, "limit=5\nname=x\n")


def test_examples_edit_config_says_why_not(server: str, programs: Programs) -> None:
    words = ["../outside.conf", "general", "limit", "5"]
    code, said = run([*programs["edit_config"], *arguments(server), *words])
    assert code == 1, said
    assert "the server refused" in said, said


def test_examples_async_agi(server: str, admin: wire.Connection, programs: Programs) -> None:
    with Running([*programs["async_agi"], *arguments(server)]) as serving:
        serving.says("waiting for calls")
        # Two calls at once: one is left while it is asked.
        near, left = (wire.originate(admin, "agi") for _ in range(2))
        far, away = (channel.removesuffix("1") + "2" for channel in (near, left))
        assert serving.has_said(f"{far}: WAIT FOR DIGIT")
        assert serving.has_said(f"{away}: WAIT FOR DIGIT")
        assert admin.call("Hangup", ("Channel", left)).get("Response") == "Success"
        assert serving.has_said(f"{away}: over")

        def press() -> bool:
            admin.call("PlayDTMF", ("Channel", near), ("Digit", "5"))
            return serving.has_said(f"{far}: SET VARIABLE CHOICE 5", within=0.3)

        until(press)
        assert serving.has_said(f"{far}: over")
        admin.await_event(
            lambda frame: frame.is_event("VarSet", Channel=far, Variable="CHOICE", Value="5"), PATIENCE
        )
        admin.await_event(lambda frame: frame.is_event("Hangup", Channel=far), PATIENCE)
        assert not any(line.startswith(f"{away}: SET") for line in serving.seen), serving.seen


def until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end


def test_examples_live_state(server: str, admin: wire.Connection, languages: dict[str, Programs]) -> None:
    host, port, *account = arguments(server)

    def call(action: str, *headers: tuple[str, str]) -> None:
        answer = admin.call(action, *headers)
        assert answer.get("Response") == "Success", answer

    def set_queue(edit: str) -> None:
        files = (("SrcFilename", "queues.conf"), ("DstFilename", "queues.conf"), ("Reload", "app_queue"))
        call("UpdateConfig", *files, ("Action-000000", edit), ("Cat-000000", "support"))

    def has_queue() -> bool:
        params = [frame for frame in admin.listing("QueueStatus") if frame.is_event("QueueParams")]
        return any(frame.get("Queue") == "support" for frame in params)

    def begin() -> tuple[str, str]:
        channel = wire.originate(admin, "hold")
        event = admin.await_event(lambda frame: frame.is_event("Newchannel", Channel=channel))
        return channel, event.get("Uniqueid") or ""

    def set_lamp(state: str) -> None:
        call("Setvar", ("Variable", "DEVICE_STATE(Custom:lamp)"), ("Value", state))

    member = (("Queue", "support"), ("Interface", "Local/hold@default"))
    set_queue("NewCat")
    try:
        until(has_queue)
        with contextlib.ExitStack() as stack:
            proxy = stack.enter_context(Proxy(int(port)))
            words = [host, str(proxy.port), *account]
            all_of_them = [
                stack.enter_context(Running([*programs["live_state"], *words]))
                for programs in languages.values()
            ]

            def all_say(*starts: str, c: tuple[str, ...] = ()) -> None:
                """The program in C has channels alone, and lists them anew after a gap."""
                for language, running in zip(languages, all_of_them, strict=True):
                    running.seen.clear()
                    for start in c if c and language == "c" else starts:
                        assert running.has_said(start), (start, language, running.seen)

            all_say("complete: ")
            first, first_id = begin()
            call("QueueAdd", *member)
            set_lamp("INUSE")
            begun = f"channel {first_id} is {first}"
            member_is = "member support Local/hold@default is "
            all_say(begun, member_is, "device Custom:lamp is INUSE", c=(begun,))
            # Nobody tells them of these: they are in the lists that they ask for afterwards.
            proxy.cut()
            call("Hangup", ("Channel", first))
            admin.await_event(lambda frame: frame.is_event("Hangup", Channel=first))
            second, second_id = begin()
            call("QueueRemove", *member)
            set_lamp("NOT_INUSE")
            proxy.mend()
            gone, begun = f"channel {first_id} is gone", f"channel {second_id} is {second}"
            lamp = "device Custom:lamp is NOT_INUSE"
            all_say(gone, begun, f"{member_is}gone", lamp, "complete: ", c=(begun, "complete: "))
            call("Hangup", ("Channel", second))
            all_say(f"channel {second_id} is gone")
    finally:
        set_queue("DelCat")
        admin.call("DBDel", ("Family", "CustomDevstate"), ("Key", "lamp"))
