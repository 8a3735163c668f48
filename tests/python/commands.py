"""Runs the command `libami` in this process, as a shell would."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libami.cli
import pytest
from conftest import SECRET
from libami.simulator import Simulator

CLEARED = (
    "CREDENTIALS_DIRECTORY",
    "FORCE_COLOR",
    "NO_COLOR",
    "LIBAMI_CONTEXT",
    "LIBAMI_HOST",
    "LIBAMI_MANAGER_CONF",
    "LIBAMI_PORT",
    "LIBAMI_SECRET",
    "LIBAMI_SECRET_FILE",
    "LIBAMI_USERNAME",
)


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def written(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


@dataclass(frozen=True)
class Ran:
    """The end of a command."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, Any]:
        return dict(json.loads(self.err.splitlines()[-1])["error"])


class Commands:
    """The command, with an environment of its own."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str], folder: Path) -> None:
        self.patch = patch
        self._capture = capture
        self.folder = folder
        for name in CLEARED:
            patch.delenv(name, raising=False)
        self.set("XDG_CONFIG_HOME", folder)
        self.set("COLUMNS", 80)
        self.set("LIBAMI_MANAGER_CONF", folder / "manager.conf")

    def set(self, name: str, value: object) -> None:
        """Set a variable of the environment."""
        self.patch.setenv(name, str(value))

    def use(self, port: int, username: str = "admin", secret: str = SECRET) -> None:
        """Have it connect to a port of 127.0.0.1."""
        self.set("LIBAMI_HOST", f"127.0.0.1:{port}")
        self.set("LIBAMI_USERNAME", username)
        self.set("LIBAMI_SECRET", secret)

    def config(self, text: str, mode: int = 0o600) -> Path:
        """Write config.toml."""
        path = self.folder / "libami" / "config.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    @contextmanager
    def typed(self, text: str) -> Iterator[None]:
        """Have a terminal on which this is typed."""
        with self.patch.context() as patch:
            patch.setattr("sys.stdin", Terminal(text.encode()))
            yield

    def __call__(self, *arguments: object, stdin: bytes = b"") -> Ran:
        """Run it with these words."""
        self._capture.readouterr()
        with self.patch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            return self.on_terminal(*arguments)

    def on_terminal(self, *arguments: object) -> Ran:
        """Run it with the standard input that there is."""
        try:
            code = libami.cli.main([str(each) for each in arguments])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        read = self._capture.readouterr()
        return Ran(code, read.out, read.err)


@contextmanager
def simulated(commands: Commands, **settings: Any) -> Iterator[Simulator]:
    """A simulated gateway that the command connects to."""
    with Simulator(secret=SECRET, second=0.05, **settings) as gateway:
        commands.use(gateway.port)
        commands.config("[quick]\nport_rest = 0.1\n")
        commands.set("LIBAMI_CONTEXT", "quick")
        yield gateway
