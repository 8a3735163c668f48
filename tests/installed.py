"""Tries a libami that is installed, with any interpreter and nothing else: `installed.py VERSION [FOLDER]`.

FOLDER has cert.pem and key.pem of a server named localhost, its own authority. What needs another package is
tried where that is there. `wheels.py` runs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import os
import pkgutil
import platform
import queue
import subprocess
import sys
import tempfile
from pathlib import Path

import libami
import libami.aio
import libami.cli
import libami.gateway
from libami import events
from libami.simulator import Simulator
from libami.testing import ScriptedServer

# An emulated processor takes its time.
PATIENCE = 120
FILES = (
    *("libami/py.typed", "libami/_native.abi3.so", "libami/_native.pyi", "libami/_actions.pyi"),
    *("libami/events.pyi", "libami/_catalogue.txt", "libami_pytest/__init__.py", "libami_pytest/py.typed"),
)


def check_files(version: str) -> None:
    """The distribution has all that belongs to it, and nothing of the tests."""
    installed = importlib.metadata.distribution("libami")
    assert installed.version == libami.__version__ == version, installed.version
    names = {str(each) for each in installed.files or ()}
    missing = [name for name in FILES if name not in names]
    assert not missing, f"{', '.join(missing)} is missing"
    tops = {name.partition("/")[0] for name in names if not name.startswith(("..", "bin/"))}
    assert tops == {"libami", "libami_pytest", f"libami-{version}.dist-info"}, tops
    assert [name for name in names if name.endswith(".so")] == ["libami/_native.abi3.so"]
    entries = {(entry.group, entry.name, entry.value) for entry in installed.entry_points}
    assert entries == {
        ("console_scripts", "libami", "libami.cli:main"),
        ("pytest11", "libami", "libami_pytest"),
    }, entries
    needs = installed.requires or []
    assert needs, "there are no extras"
    assert all("extra ==" in need for need in needs), needs


def check_modules() -> None:
    """Every module can be imported, and is where the others are."""
    for module in pkgutil.walk_packages(libami.__path__, "libami."):
        if module.name == "libami.__main__":
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            # Python may be built without TLS; the modules of `libami doctor` look at certificates.
            if error.name != "_ssl" or not module.name.startswith("libami.cli."):
                raise
    names: dict[str, object] = {}
    exec("from libami import *", names)
    assert names["Client"] is libami.Client


def check_calls() -> None:
    """A thread's client: an action, a command, events, a callback."""
    came = queue.SimpleQueue[events.Hangup]()
    with Simulator() as simulator, libami.connect(**simulator.credentials) as client:
        assert client.action("Ping")["Response"] == "Success"
        assert "Asterisk" in client.command("core show version")
        assert client.submit("Ping").result(PATIENCE)["Response"] == "Success"
        with client.events("Hangup", timeout=PATIENCE) as stream:
            client.on(events.Hangup, came.put)
            frame = b"Event: Hangup\r\nPrivilege: call,all\r\nChannel: SIP/1-2\r\nCause: 16\r\n\r\n"
            simulator.emit("call", frame)
            assert next(stream)["Channel"] == "SIP/1-2"
        assert came.get(timeout=PATIENCE).cause == 16


def check_sms() -> None:
    """A gateway: one of its ports receives what another has sent."""
    numbers = ["13800000001", "13800000002"]
    with (
        Simulator(numbers=numbers) as simulator,
        libami.gateway.connect(**simulator.credentials) as gateway,
    ):
        inbox = gateway.inbox(timeout=PATIENCE)
        receipt = gateway.send(numbers[1], "hello, 您好", port=1)
        assert receipt.outcome == "sent", receipt
        sms = next(inbox)
        assert isinstance(sms, libami.Sms)
        assert (sms.sender, sms.text) == (numbers[0], "hello, 您好"), sms


def check_loop() -> None:
    """An event loop's client."""

    async def program(simulator: Simulator) -> None:
        async with libami.aio.connect(**simulator.credentials) as client:
            answers = await asyncio.gather(*(client.action("Ping") for _ in range(10)))
            assert all(answer["Response"] == "Success" for answer in answers)

    with Simulator() as simulator:
        asyncio.run(asyncio.wait_for(program(simulator), PATIENCE))


def check_tls(folder: Path) -> None:
    """A certificate that is good, and one that is for another server."""
    import ssl  # Not each Python has it.

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with ScriptedServer(tls=context) as server:
        username, secret = server.credentials["username"], server.credentials["secret"]

        def connect(name: str) -> libami.Client:
            tls = libami.TLS(ca_file=folder / "cert.pem", server_name=name)
            return libami.connect("127.0.0.1", server.port, username=username, secret=secret, tls=tls)

        with connect("localhost") as client:
            assert client.ping() > 0
        refused = ""
        try:
            connect("elsewhere.example")
        except libami.ConnectError as error:
            refused = error.name
        assert refused == "AMI_E_TLS", f"the certificate of another server: {refused or 'accepted'}"


def check_command() -> None:
    """The command, in this process."""
    with Simulator() as simulator:
        os.environ["LIBAMI_SECRET"] = simulator.credentials["secret"]
        server = ["-H", f"127.0.0.1:{simulator.port}", "-u", "admin"]
        for words, expected in (
            (["sms", "parts", "hello"], "1"),
            ([*server, "command", "core show version"], "Asterisk"),
        ):
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                code = libami.cli.main(words)
            assert code == 0, f"{words}: {code}"
            assert expected in output.getvalue(), output.getvalue()


def check_plugin() -> None:
    """The plugin, which pytest finds by itself."""
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder, "test_plugin.py")
        test.write_text("def test_ping(ami_client):\n    assert ami_client.ping() > 0\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=folder
        )
        assert "1 passed" in ran.stdout, ran.stdout + ran.stderr


def main() -> int:
    version, *folder = sys.argv[1:]
    tried = ["files", "modules", "calls", "sms", "loop", "command"]
    check_files(version)
    check_modules()
    check_calls()
    check_sms()
    check_loop()
    check_command()
    if folder:
        check_tls(Path(folder[0]))
        tried.append("TLS")
    if importlib.util.find_spec("pytest"):
        check_plugin()
        tried.append("plugin")
    tried += [name for name in ("rich",) if importlib.util.find_spec(name)]
    libc = " ".join(filter(None, platform.libc_ver())) or "no glibc"
    print(f"{platform.machine()}, Python {platform.python_version()}, {libc}: {', '.join(tried)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
