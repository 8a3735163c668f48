"""Roots of Debian 12, in which packages are built and tried. They are kept in $AMI_DEBIAN_ROOTS, or in the
user's cache folder. Making and using them needs root on Debian."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUITE = "bookworm"
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}


class RootError(Exception):
    """A root cannot be made, or a command in it failed; the message has the end of what was said."""


def run(command: Sequence[str | Path], **more: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout[-6000:]
        raise RootError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return done.stdout


class Root:
    """The root in a folder. Nothing of it runs, or is mounted, when a command has ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, cwd: str = "/", offline: bool = False, **more: str) -> str:
        """The output of a command that has to succeed."""
        within = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.folder}/proc"]
        if offline:
            within.append("--net")
        set_variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **more}.items()]
        enter = ["chroot", str(self.folder), "env", "-i", "-C", cwd, *set_variables]
        return run([*within, *enter, *command])

    def install(self, *packages: str) -> None:
        """Packages by name, or files by a path that begins with a point or a slash."""
        shutil.copyfile("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        self.run("apt-get", "update", "-q")
        self.run("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)
        self.run("apt-get", "clean")


def _folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("AMI_DEBIAN_ROOTS") or Path(cache, "libami", "debian")).resolve()


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder that gets its name when the block has ended well."""
    made = folder.with_name(f"{folder.name}.unfinished-{os.getpid()}")
    try:
        yield made
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _add_updates(sources: Path) -> None:
    """Takes updates from where debootstrap has its packages from. Rust that is new enough comes with the
    security updates, which are beside them."""
    for line in sources.read_text(encoding="ascii").splitlines():
        match line.split():
            case ["deb", mirror, suite, *_] if suite == SUITE:
                mirror = mirror.rstrip("/")
                lines = (
                    f"deb {mirror} {SUITE} main",
                    f"deb {mirror} {SUITE}-updates main",
                    f"deb {mirror}-security {SUITE}-security main",
                )
                sources.write_text("".join(f"{each}\n" for each in lines), encoding="ascii")
                return
    raise RootError(f"debootstrap has written no line for {SUITE} into {sources}")


def base() -> Root:
    """The smallest Debian, never changed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RootError("packages are built in roots of Debian, which needs root rights on Debian")
    if shutil.which("debootstrap") is None:
        run(["apt-get", "install", "-q", "-y", "debootstrap"], DEBIAN_FRONTEND="noninteractive")
    folder = _folder() / SUITE
    if not folder.exists():
        print(f"making a root of Debian in {folder}", file=sys.stderr)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _unfinished(folder) as made:
            run(["debootstrap", "--variant=minbase", SUITE, made])
            _add_updates(made / "etc/apt/sources.list")
            # No service is started in a root.
            policy = made / "usr/sbin/policy-rc.d"
            policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
            policy.chmod(0o755)
    return Root(folder)


@contextmanager
def clean() -> Iterator[Root]:
    """A copy of the base, for the time of the block."""
    folder = _folder() / f"clean-{os.getpid()}"
    try:
        run(["cp", "-a", base().folder, folder])
        yield Root(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_packages(packages: Sequence[str]) -> Root:
    """A root with these packages, kept for the next time."""
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:8]
    folder = _folder() / f"{SUITE}-{key}"
    if not folder.exists():
        print(f"making a root of Debian for builds in {folder}", file=sys.stderr)
        with _unfinished(folder) as made:
            run(["cp", "-a", base().folder, made])
            Root(made).install(*packages)
    return Root(folder)
