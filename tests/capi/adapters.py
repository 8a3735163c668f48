"""Programs with the loops of other libraries: their adapters in C and C++, and a server that they meet."""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from harness import C_STRICT, ROOT, WARNINGS, Checks, Totals, output_of

ADAPTERS = ROOT / "include/ami/adapters"
# The loop of each example: its module for pkg-config, and the package that has it.
LIBRARIES = {
    "loop_uv": ("libuv", "libuv1-dev"),
    "loop_event": ("libevent_core", "libevent-dev"),
    "loop_glib": ("glib-2.0", "libglib2.0-dev"),
    "loop_qt": ("Qt5Core", "qtbase5-dev"),
}
COMPILERS = (
    ("gcc", C_STRICT),
    ("g++", ("-xc++", "-std=c++11", *WARNINGS)),
    ("g++", ("-xc++", "-std=c++20", *WARNINGS)),
)
SAID = ["connecting ", "open ", "Hangup SIP/100-1"]
SECONDS = 60.0


def flags_of(module: str) -> list[str] | None:
    """The flags of a library, with headers that may warn; None if pkg-config cannot find it."""
    done = output_of(["pkg-config", "--cflags", "--libs", module])
    if done.returncode != 0:
        return None
    flags = [re.sub("^-I", "-isystem", flag) for flag in done.stdout.split()]
    # pkg-config does not tell what the headers of Qt ask for.
    return [*flags, "-fPIC"] if module == "Qt5Core" else flags


class Server:
    """An Asterisk that lets one client in, answers its actions up to the one of this name, sends an event and
    hangs up."""

    def __init__(self, last: bytes, event: bytes) -> None:
        self.last = b"action: " + last
        self.event = event
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(SECONDS)
        self.port = str(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        with self.listener, self.listener.accept()[0] as link:
            link.settimeout(SECONDS)
            link.sendall(b"Asterisk Call Manager/5.0.0\r\n")
            received = b""
            while self.last not in received.lower() or not received.endswith(b"\r\n\r\n"):
                if not (more := link.recv(4096)):
                    return
                received += more
                if received.endswith(b"\r\n\r\n"):
                    link.sendall(self.answer(received))
            link.sendall(self.event)
            link.shutdown(socket.SHUT_WR)
            while link.recv(4096):
                pass

    def answer(self, received: bytes) -> bytes:
        """The answer to the last action."""
        ids: list[bytes] = re.findall(rb"(?i)\r\nActionID: (\S+)", received)
        return b"Response: Success\r\nActionID: " + ids[-1] + b"\r\nChallenge: 1234\r\n\r\n"


def meets_a_call(checks: Checks, name: str, run: Callable[[str], str]) -> None:
    """Runs a program with a port of a server, where it is called on its loop for each step."""
    server = Server(b"login", b"Event: Hangup\r\nChannel: SIP/100-1\r\n\r\n")
    said = run(server.port)
    server.thread.join()
    lines = said.splitlines()
    checks.check(lines[:3] == SAID, f"{name} says {said!r}")
    checks.check(
        len(lines) == 4 and lines[3].startswith("closed ") and len(lines[3]) > 10,
        f"{name} does not tell why it ends: {said!r}",
    )


def originates_a_call(checks: Checks, name: str, run: Callable[[str], str]) -> None:
    """Runs a program that originates a call on its loop: one that is answered, and one that is not."""
    for response, outcome in ((b"Success", "answered"), (b"Failure", "failed")):
        told = b"Event: OriginateResponse\r\nActionID: %s\r\nResponse: " + response + b"\r\n\r\n"
        server = Server(b"originate", told % b"somebody-else" + told % b"call-1")
        said = run(server.port)
        server.thread.join()
        # In any order; and it may see that the server hangs up.
        said_calls = {line for line in said.splitlines() if not line.startswith("closed ")}
        checks.check(said_calls == {"accepted", f"call {outcome}"}, f"{name} says {said!r}")


def adapters(totals: Totals) -> None:
    """Each adapter in C99, C++11 and C++20, with warnings as errors."""
    checks = Checks()
    include = f"-I{ROOT / 'include'}"
    with tempfile.TemporaryDirectory(prefix="capi-") as temporary:
        folder = Path(temporary)
        for name, (module, package) in LIBRARIES.items():
            flags = flags_of(module)
            if flags is None:
                checks.check(False, f"{module} cannot be found; install {package}")
                continue
            source = folder / f"{name}.c"
            header = f"#include <ami/adapters/{name.removeprefix('loop_')}.h>\n"
            source.write_text(f"{header}{header}int main(void) {{ return 0; }}\n", encoding="ascii")
            for compiler, options in COMPILERS:
                if compiler == "gcc" and name == "loop_qt":  # It is C++ alone.
                    continue
                command = [compiler, *options, include, "-fsyntax-only", str(source), *flags]
                checks.runs(command, f"{name} by {compiler} {options[-1]}")
        known = {path.stem for path in ADAPTERS.glob("*.h")}
        checks.check(
            known == {name.removeprefix("loop_") for name in LIBRARIES},
            f"there are adapters for {known}",
        )
        checks.check(shutil.which("pkg-config") is not None, "pkg-config cannot be found; install it")
    checks.report(totals, "adapters")
