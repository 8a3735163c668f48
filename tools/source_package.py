"""Writes the sources that distributions build packages from: `source_package.py FOLDER`, in a clone.

    libami-VERSION.tar.gz             the files of this tree
    libami-VERSION-vendor.tar.xz      the crates, as the folder vendor/; with it nothing is fetched in a build
    libami_VERSION-1.dsc, …           the source package of Debian, where dpkg-source is installed
    libami.spec, APKBUILD, PKGBUILD   finished: with the bundled crates, and with checksums

Of the crates only those are there that `--features capi,simulator,python` needs on Linux. The others, which
cargo still wants to know of, are empty ones with the same name, version and needs.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import crates

ROOT = crates.ROOT
FEATURES = "capi,simulator,python"
TARGETS = (
    *("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"),
    *("i686-unknown-linux-gnu", "riscv64gc-unknown-linux-gnu", "powerpc64le-unknown-linux-gnu"),
    *("s390x-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"),
)
# Compiled already, for systems other than Linux: distributions refuse them.
COMPILED = {".a", ".dll", ".lib", ".o", ".obj"}
CONFIG = """\
# Read by `cargo --config vendor/config.toml`, as the Makefile calls it: all crates are in this folder.
[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "vendor"
"""


class SourceError(Exception):
    """The sources cannot be written; the message says why."""


# -----------------------------------------------------------------------------------------------------------
# Files and archives


def output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SourceError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def tracked() -> list[Path]:
    """The files of the tree, as they are now."""
    names = [name for name in output("git", "ls-files", "-z").split("\0") if name]
    return [Path(name) for name in names if (ROOT / name).is_file()]


def archive(path: Path, files: Mapping[str, bytes | Path], time: int) -> None:
    """An archive that is the same wherever it is made: no owner, one time, sorted."""
    kind = path.suffix.removeprefix(".")
    with tempfile.TemporaryFile() as plain:
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, content in sorted(files.items()):
                data = content.read_bytes() if isinstance(content, Path) else content
                entry = tarfile.TarInfo(name)
                executable = isinstance(content, Path) and content.stat().st_mode & 0o100
                entry.mode = 0o755 if executable else 0o644
                entry.size, entry.mtime = len(data), time
                tar.addfile(entry, io.BytesIO(data))
        plain.seek(0)
        with path.open("wb") as packed:
            # gzip would note the time.
            command = {"gz": ["gzip", "-9n"], "xz": ["xz", "-T1"]}[kind]
            subprocess.run(command, stdin=plain, stdout=packed, check=True)


# -----------------------------------------------------------------------------------------------------------
# Crates


def checksums() -> dict[tuple[str, str], str]:
    """The checksum of each crate in Cargo.lock."""
    locked = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".*"\nchecksum = "(.+)"')
    return {(name, version): checksum for name, version, checksum in entry.findall(locked)}


def toml(value: Any) -> str:
    """A value in one line: JSON's texts and lists are TOML's too."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


def needs(package: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The table, the name and the description of each crate that a crate needs."""
    for need in package["dependencies"]:
        # Those for tests are not looked for, but a feature may name one.
        table = f"{need['kind']}-dependencies" if need["kind"] else "dependencies"
        if need["target"]:
            table = f"target.{json.dumps(need['target'])}.{table}"
        described = {"version": need["req"], "features": need["features"]}
        if need["optional"]:
            described["optional"] = True
        if not need["uses_default_features"]:
            described["default-features"] = False
        if need["rename"]:
            described["package"] = need["name"]
        yield table, need["rename"] or need["name"], described


def empty(package: Mapping[str, Any]) -> str:
    """The manifest of an empty crate, with which cargo resolves as with the true one."""
    tables: dict[str, list[str]] = {}
    for table, name, described in needs(package):
        tables.setdefault(table, []).append(f"{json.dumps(name)} = {toml(described)}")
    tables["features"] = [
        f"{json.dumps(name)} = {toml(value)}" for name, value in package["features"].items()
    ]
    head = {key: package[key] for key in ("name", "version", "edition", "license", "description")}
    lines = ["# Not needed on Linux, or by tests alone: an empty crate in its place.", "[package]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in head.items() if value]
    for table, entries in tables.items():
        lines += ["", f"[{table}]", *entries]
    return "\n".join([*lines, ""])


def vendored() -> tuple[dict[str, bytes | Path], list[Mapping[str, Any]]]:
    """The files of vendor/, and the crates in it that are not empty."""
    needed = crates.needed(FEATURES, TARGETS)
    known = checksums()
    files: dict[str, bytes | Path] = {"vendor/config.toml": CONFIG.encode()}
    for package in crates.metadata("--all-features")["packages"]:
        if not package["source"]:
            continue
        name, version = package["name"], package["version"]
        folder = f"vendor/{name}-{version}"
        if package["id"] in needed:
            source = Path(package["manifest_path"]).parent
            for path in filter(Path.is_file, source.rglob("*")):
                if path.suffix not in COMPILED and not path.relative_to(source).parts[0].startswith("."):
                    files[f"{folder}/{path.relative_to(source)}"] = path
            # Cargo does not read it, and tools of distributions take it for a left-over.
            files.pop(f"{folder}/Cargo.toml.orig", None)
        else:
            files[f"{folder}/Cargo.toml"] = empty(package).encode()
            files[f"{folder}/src/lib.rs"] = b""
        sums = {"package": known[name, version], "files": {}}
        files[f"{folder}/.cargo-checksum.json"] = json.dumps(sums).encode()
    lacking = [
        f"{name} {version}" for name, version in known if f"vendor/{name}-{version}/Cargo.toml" not in files
    ]
    if lacking:
        raise SourceError(f"Cargo.lock has what cargo metadata does not name: {', '.join(lacking)}")
    found = sorted(needed.values(), key=lambda package: (package["name"], package["version"]))
    return files, found


# -----------------------------------------------------------------------------------------------------------
# The files of distributions


def copyright_holders(package: Mapping[str, Any]) -> list[str]:
    """The names in a crate's licence files, or its authors."""
    folder = Path(package["manifest_path"]).parent
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and re.match(r"(?i)licen[cs]e|copying|copyright|notice", path.name):
            text = path.read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                holder = re.match(
                    r"\W*(?:Copyright|\(c\)|©)(?: \(c\)| ©)?:? *(.*\d{4}.*)", line, re.IGNORECASE
                )
                if holder and "yyyy" not in line and "owner" not in line:
                    found.append(" ".join(holder[1].split()))
    named = [author.split(" <")[0] for author in package["authors"]]
    return list(dict.fromkeys(found)) or named or [f"the authors of {package['name']}"]


def debian_licence(expression: str) -> str:
    """An SPDX expression in the words of debian/copyright."""
    words = re.sub(r"\((.*?)\) AND", r"\1, AND", expression.replace("/", " OR "))
    words = words.replace(" WITH LLVM-exception", " with LLVM-exception exception")
    return words.replace(" OR ", " or ").replace(" AND ", " and ")


def debian_copyright(own: str, bundled: Iterable[Mapping[str, Any]]) -> str:
    """Our own part, and one for each crate."""
    parts = [own.rstrip("\n")]
    for package in bundled:
        holders = "\n".join(f"           {holder}" for holder in copyright_holders(package)).lstrip()
        parts.append(
            f"Files: vendor/{package['name']}-{package['version']}/*\n"
            f"Copyright: {holders}\n"
            f"License: {debian_licence(package['license'])}"
        )
    return "\n\n".join(parts) + "\n"


def debian(folder: Path, version: str, bundled: Iterable[Mapping[str, Any]]) -> None:
    """The source package, from the two archives."""
    links = {
        f"libami_{version}.orig.tar.gz": f"libami-{version}.tar.gz",
        f"libami_{version}.orig-vendor.tar.xz": f"libami-{version}-vendor.tar.xz",
    }
    with tempfile.TemporaryDirectory(prefix="libami-source-") as temporary:
        work = Path(temporary)
        tree = work / f"libami-{version}"
        for link, target in links.items():
            shutil.copy2(folder / target, work / link)
        for name, where in zip(links, (work, tree), strict=True):
            subprocess.run(["tar", "-xf", work / name, "-C", where], check=True)
        shutil.copytree(ROOT / "packaging/debian", tree / "debian")
        own = (tree / "debian/copyright").read_text(encoding="utf-8")
        (tree / "debian/copyright").write_text(debian_copyright(own, bundled), encoding="utf-8")
        done = subprocess.run(
            ["dpkg-source", "--build", tree.name], cwd=work, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SourceError(f"dpkg-source ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        for made in work.glob("libami_*"):
            shutil.copy2(made, folder / made.name)


def with_bundled(spec: str, bundled: Iterable[Mapping[str, Any]]) -> str:
    lines = [f"Provides: bundled(crate({each['name']})) = {each['version']}" for each in bundled]
    mark = re.search(r"^# The crates that are linked in\b.*\n", spec, re.MULTILINE)
    assert mark is not None
    return spec[: mark.end()] + "\n".join(lines) + "\n" + spec[mark.end() :]


def with_checksums(text: str, kind: str, files: Sequence[Path]) -> str:
    """The lines SKIP of a recipe, each as the checksum of a file."""
    for file in files:
        said = hashlib.new(kind, file.read_bytes()).hexdigest()
        assert "SKIP" in text, f"no room for the checksum of {file.name}"
        text = text.replace("SKIP", said, 1)
    return text


def write(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    version = next(
        each["version"] for each in crates.metadata("--no-deps")["packages"] if each["name"] == "libami"
    )
    time = int(output("git", "log", "-1", "--format=%ct"))
    source, crates_of_it = folder / f"libami-{version}.tar.gz", folder / f"libami-{version}-vendor.tar.xz"
    archive(source, {f"libami-{version}/{path}": ROOT / path for path in tracked()}, time)
    files, bundled = vendored()
    archive(crates_of_it, files, time)
    packaging = ROOT / "packaging"
    spec = (packaging / "libami.spec").read_text(encoding="utf-8")
    (folder / "libami.spec").write_text(with_bundled(spec, bundled), encoding="utf-8")
    for name, kind in (("APKBUILD", "sha512"), ("PKGBUILD", "sha256")):
        recipe = (packaging / name).read_text(encoding="utf-8")
        (folder / name).write_text(with_checksums(recipe, kind, [source, crates_of_it]), encoding="utf-8")
    if shutil.which("dpkg-source"):
        debian(folder, version, bundled)
    else:
        print("dpkg-source is not installed: no source package of Debian is written")
    return sorted(folder.iterdir())


def main(arguments: Sequence[str]) -> int:
    try:
        for path in write(Path(arguments[0])):
            print(path)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
