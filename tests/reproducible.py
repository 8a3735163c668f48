"""Two builds in two folders are the same: what this tree installs is compared with what a copy of it
installs, which is built in another folder, with another folder of cargo's, another umask and time zone.

Takes as long as a build of the C libraries and of the Python module. A part of `make release-check`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import source_package  # noqa: E402

OTHER = {"TZ": "Pacific/Chatham", "LC_ALL": "C", "CARGO_BUILD_JOBS": "1"}


def install(tree: Path, stage: Path, environment: Mapping[str, str], umask: int) -> None:
    words = ["install", "install-python", "PREFIX=/usr", f"DESTDIR={stage}", f"PYTHON={sys.executable}"]
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(tree), *words],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        umask=umask,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"make install in {tree} ended with {done.returncode}:\n{done.stdout[-4000:]}")


def linked_or_copied(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


# The target of a link, or the bytes of a file and if it can be run.
Content = str | tuple[bytes, bool]


def contents(stage: Path) -> dict[str, Content]:
    found: dict[str, Content] = {}
    for path in stage.rglob("*"):
        name = str(path.relative_to(stage))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
    return found


def difference(one: Content, other: Content) -> str:
    if isinstance(one, tuple) and isinstance(other, tuple):
        if len(one[0]) != len(other[0]):
            return f"{len(one[0])} and {len(other[0])} bytes"
        at = next((at for at, (a, b) in enumerate(zip(one[0], other[0], strict=True)) if a != b), -1)
        around = slice(max(0, at - 40), at + 40)
        return f"from byte {at} on: {one[0][around]!r} and {other[0][around]!r}"
    return f"{one!r} and {other!r}"


def main() -> int:
    passed, failed = 0, 0

    def check(good: bool, what: str) -> None:
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(what, flush=True)

    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    with tempfile.TemporaryDirectory(prefix="reproducible-") as temporary:
        folder = Path(temporary)
        copy, home = folder / "another-and-longer-name" / "libami", folder / "cargo"
        for path in source_package.tracked():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, copy / path)
        # Another place of the same crates: nothing is fetched again.
        shutil.copytree(cargo / "registry", home / "registry", copy_function=linked_or_copied)
        rust = os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))
        install(ROOT, folder / "one", {}, 0o022)
        install(copy, folder / "two", {**OTHER, "CARGO_HOME": str(home), "RUSTUP_HOME": rust}, 0o002)
        one, two = contents(folder / "one"), contents(folder / "two")
        check(set(one) == set(two), f"only one of both has {sorted(set(one) ^ set(two))}")
        check(len(one) > 250, f"only {len(one)} files are installed")
        places = [bytes(place) for place in (ROOT, folder, cargo)]
        for name in sorted(set(one) & set(two)):
            check(one[name] == two[name], f"{name} differs: {difference(one[name], two[name])}")
            content = one[name]
            # The script of the command names the interpreter that it was installed for.
            if isinstance(content, tuple) and name != "usr/bin/libami":
                named = [place for place in places if place in content[0]]
                check(not named, f"{name} names {named}")
    print(f"reproducible: {passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
