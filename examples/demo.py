"""Shows libami at work: the C and the Python programs against a gateway, by default a simulated one.

    demo.py C_PROGRAMS [HOST:PORT USER SECRET SPAN NUMBER]

C_PROGRAMS is the folder with the compiled examples/c. Each check is one line and is counted. WIRE=1 in the
environment also shows each program's command line and every line on the wire.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PYTHON_PROGRAMS = Path(__file__).parent / "python"
TIMEOUT = 60
WIRE = os.environ.get("WIRE", "0") not in ("", "0")


@dataclass
class Gateway:
    host: str
    port: int
    user: str
    secret: str
    span: str
    number: str

    def arguments(self) -> list[str]:
        return [self.host, str(self.port), self.user, self.secret]


class Simulated:
    """A simulated gateway in a process of its own."""

    # Of its first two ports.
    numbers = ("13800000001", "13800000002")

    def __init__(self) -> None:
        numbers = ",".join(self.numbers)
        command = [sys.executable, "-m", "libami", "simulate", "--port", "0", "--numbers", numbers]
        if WIRE:
            command.append("--verbose")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = ""
        ready = threading.Event()
        self.reader = threading.Thread(target=self._show, args=(ready,))
        self.reader.start()
        if not ready.wait(TIMEOUT) or not self.address:
            self.process.kill()
            raise SystemExit("the simulated gateway did not start")

    def _show(self, ready: threading.Event) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.address = line.split()[-1]
                ready.set()
            elif WIRE:
                print("    " + line, end="", flush=True)
        ready.set()

    def deliver(self, sender: str, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"sms 1 {sender} {text}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)


class Demo:
    def __init__(self, programs: Path, gateway: Gateway) -> None:
        self.gateway = gateway
        self.passed = 0
        self.failed = 0
        self.faces: dict[str, Callable[[str], list[str]]] = {
            "C": lambda name: [str(programs / name)],
            "Python": lambda name: [sys.executable, str(PYTHON_PROGRAMS / f"{name}.py")],
        }

    def check(self, what: str, good: bool, said: str) -> None:
        """Counts a check and shows the last line of the program's output; all of it if the check failed."""
        self.passed += good
        self.failed += not good
        lines = said.strip().splitlines() or [""]
        shown = lines[-1] if good and not WIRE else "\n".join(lines)
        print(f"{'ok' if good else 'FAILED'}: {what:<24}  {shown}", flush=True)

    def show(self, name: str, *arguments: str) -> None:
        """Shows the command line of a program, without the secret."""
        if WIRE:
            print(f"$ {name} {' '.join(self.gateway.arguments()[:3])} *** {' '.join(arguments)}", flush=True)

    def run(self, face: str, name: str, *arguments: str) -> tuple[int, str]:
        command = [*self.faces[face](name), *self.gateway.arguments(), *arguments]
        self.show(name, *arguments)
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        return done.returncode, done.stdout + done.stderr

    def send_and_ask(self, face: str) -> None:
        gateway = self.gateway
        code, said = self.run(face, "login")
        self.check(f"{face}: logged in", code == 0 and said.startswith("logged in: Asterisk"), said)
        code, said = self.run(face, "send_sms", gateway.span, gateway.number, f'hello "{face}" \\ 您好')
        self.check(f"{face}: SMS sent", code == 0 and said.startswith("sent:"), said)
        code, said = self.run(face, "send_ussd", gateway.span, "*100#")
        good = code == 0 and said.startswith("reply: ") and len(said) > 8
        # A reply that is a menu has more lines.
        self.check(f"{face}: USSD answered", good, said.partition("\n")[0] if good and not WIRE else said)

    def receive(self, face: str, simulated: Simulated) -> None:
        command = [*self.faces[face]("read_sms"), *self.gateway.arguments(), "1"]
        self.show("read_sms", "1")
        reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert reader.stderr is not None
        text = f'your code is 4711, said "{face}"; 您当前帐户余额0元'
        if "waiting" in reader.stderr.readline():
            simulated.deliver("10086", text)
        said, errors = reader.communicate(timeout=TIMEOUT)
        good = reader.returncode == 0 and "from 10086 on port 1" in said and said.rstrip("\n").endswith(text)
        self.check(f"{face}: SMS received", good, said + errors)

    def keep_the_flow(self, simulated: Simulated) -> None:
        """The program that keeps the functions of one that wrote to the socket: it texts, and is answered."""
        first = simulated.numbers[0]
        code, said = self.run("C", "legacy", "2", first, "hello")
        good = code == 0 and said.startswith("sent") and said.rstrip("\n").endswith(": hello")
        self.check("C: the old flow", good, said)

    def two_ports(self, numbers: tuple[str, str]) -> None:
        first, second = numbers
        code, said = self.run("Python", "gateway", "1", "2", second)
        came = [line for line in said.splitlines() if line.startswith(f"port 2: from {first}")]
        self.check("port 1 texts port 2", code == 0 and bool(came), came[0] if came else said)
        self.check("port 2 answers", said.rstrip("\n").endswith(f"port 1: from {second}: I am here"), said)


def main() -> int:
    if len(sys.argv) not in (2, 7):
        print(__doc__, file=sys.stderr)
        return 2
    programs = Path(sys.argv[1])
    simulated = None
    if len(sys.argv) == 7:
        address, user, secret, span, number = sys.argv[2:]
        host, _, port = address.rpartition(":")
        gateway = Gateway(host or port, int(port) if host else 5038, user, secret, span, number)
        print(
            f"This sends real SMS to {number} through port {span} of {address}, and they cost money.",
            flush=True,
        )
    else:
        simulated = Simulated()
        host, _, port = simulated.address.rpartition(":")
        gateway = Gateway(host, int(port), "admin", "amp111", "1", "13632919026")
        print(
            f"a simulated gateway listens on {simulated.address}; WIRE=1 shows what is said on the wire",
            flush=True,
        )
    demo = Demo(programs, gateway)
    try:
        for face in demo.faces:
            demo.send_and_ask(face)
            if simulated:
                demo.receive(face, simulated)
        if simulated:
            demo.keep_the_flow(simulated)
            demo.two_ports(simulated.numbers)
    finally:
        if simulated:
            simulated.stop()
    print(f"demo: {demo.passed} passed, {demo.failed} failed", flush=True)
    return 1 if demo.failed else 0


if __name__ == "__main__":
    sys.exit(main())
