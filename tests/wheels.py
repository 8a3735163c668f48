"""The distributions of the Python package: `wheels.py [TARGET...]`; without one, all.

They are built into build/wheels, audited, and tried: a wheel of this machine with CPython of three suites of
Debian, those of ARM under qemu-user, one for musl with a CPython that is built here, and the source
distribution by building it. The tools are those of wheels.txt; as root on Debian the rest is installed. `make
wheels` runs this.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import debian_root
import metadata

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "asterisk"))
import servers  # noqa: E402

WHEELS = ROOT / "build" / "wheels"
BIN = Path(sys.executable).parent
INSTALLED = ROOT / "tests" / "installed.py"
# The module has all of the core and the simulator.
LARGEST = 8 << 20
# Of one command; a build of the module takes some minutes.
PATIENCE = 3600
Words = list[str | Path]


class Failed(Exception):
    """A step that failed, and what was said."""


@dataclass(frozen=True)
class Target:
    """A kind of machine that a wheel is for."""

    rust: str
    # The oldest C library that it runs with, and the machine.
    libc: str
    machine: str
    # If its Python runs under qemu-user: Debian's name for the machine, and the program that emulates it.
    debian: str = ""
    qemu: str = ""

    @property
    def tag(self) -> str:
        return f"{self.libc}_{self.machine}"


NATIVE = Target("x86_64-unknown-linux-gnu", "manylinux_2_17", "x86_64")
MUSL = Target("x86_64-unknown-linux-musl", "musllinux_1_2", "x86_64")
TARGETS = (
    NATIVE,
    Target("aarch64-unknown-linux-gnu", "manylinux_2_17", "aarch64", "arm64", "qemu-aarch64"),
    Target("armv7-unknown-linux-gnueabihf", "manylinux_2_17", "armv7l", "armhf", "qemu-arm"),
    MUSL,
    Target("aarch64-unknown-linux-musl", "musllinux_1_2", "aarch64"),
)
# What a wheel may need, by the beginning of the name.
LIBRARIES = ("libc.", "libm.", "libdl.", "libpthread.", "librt.", "libgcc_s.", "ld-linux", "ld-musl")
SUITES = {"bookworm": "3.11", "trixie": "3.13", "sid": "3.14"}
"""The suites of Debian that have CPython of these versions; sid moves on, and may have a later one."""
EMULATED_SUITE = "bookworm"
VERSION = str(tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"])


def run(command: Sequence[str | Path], folder: Path = ROOT, more: Mapping[str, str] | None = None) -> str:
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{' '.join(words)}: {error}") from error
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


# -----------------------------------------------------------------------------------------------------------
# Building


def build(target: Target) -> str:
    run(["rustup", "target", "add", target.rust])
    for old in WHEELS.glob(f"*{target.tag}*.whl"):
        old.unlink()
    # No path of this machine gets in.
    cargo_home = os.environ.get("CARGO_HOME") or Path.home() / ".cargo"
    remap = f"--remap-path-prefix={cargo_home}=/cargo --remap-path-prefix={ROOT}=/libami"
    command: Words = [BIN / "maturin", "build", "--release", "--zig", "--target", target.rust]
    more: Words = ["--compatibility", target.libc, "--out", WHEELS, "--target-dir", "target/wheels"]
    # maturin looks for zig in the Python that is found first.
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    flags = f"{os.environ.get('RUSTFLAGS', '')} {remap}"
    run([*command, *more], more={"PATH": path, "RUSTFLAGS": flags})
    wheel = wheel_of(target)
    return f"{wheel.name}, {wheel.stat().st_size:,} bytes"


def wheel_of(target: Target) -> Path:
    found = list(WHEELS.glob(f"libami-{VERSION}-cp311-abi3-*{target.tag}*.whl"))
    if len(found) != 1:
        raise Failed(f"there are {len(found)} wheels for {target.tag} in {WHEELS}")
    return found[0]


def build_source() -> str:
    for old in WHEELS.glob("*.tar.gz"):
        old.unlink()
    run([BIN / "maturin", "sdist", "--out", WHEELS])
    return f"{source_distribution().name}, {source_distribution().stat().st_size:,} bytes"


def source_distribution() -> Path:
    (found,) = WHEELS.glob(f"libami-{VERSION}.tar.gz")
    return found


# -----------------------------------------------------------------------------------------------------------
# Auditing


def audit(target: Target) -> str:
    """What the wheel has, what it needs, and that it keeps to the stable ABI."""
    wheel = wheel_of(target)
    auditwheel = audit_musl(target) if target.libc.startswith("musl") else audit_glibc(target)
    report = json.loads(run([BIN / "abi3audit", "--strict", "--report", wheel]))
    audits = [found["result"] for spec in report["specs"].values() for found in spec["wheel"]]
    if not audits or any(not each["is_abi3"] or each["non_abi3_symbols"] for each in audits):
        raise Failed(f"abi3audit: {report}")
    run([BIN / "check-wheel-contents", "--toplevel", "libami,libami_pytest", wheel])
    contents(wheel)
    return f"auditwheel: {auditwheel}, abi3audit: {audits[0]['baseline']}, contents: good"


def audit_glibc(target: Target) -> str:
    shown = run([BIN / "auditwheel", "show", wheel_of(target)])
    found = re.search(r'following\s+platform\s+tag:\s+"([^"]+)"', shown)
    if found is None or found[1] != target.tag:
        raise Failed(f"auditwheel finds another tag than {target.tag}:\n{shown}")
    return found[1]


def audit_musl(target: Target) -> str:
    """zig names musl `libc.so`, and auditwheel wants the name of the distribution Alpine. musl's loader takes
    itself for both, as every name that begins with `libc.`; so this is all that auditwheel may find."""
    with tempfile.TemporaryDirectory() as folder:
        # auditwheel looks for that file, and the one of this machine is for another C library.
        Path(folder, "empty.c").touch()
        zig = [sys.executable, "-m", "ziglang", "cc", "-target", f"{target.machine}-linux-musl"]
        run([*zig, "-shared", "-nostdlib", "-o", "libc.so", "empty.c"], Path(folder))
        shown = run([BIN / "auditwheel", "show", "--ldpaths", folder, wheel_of(target)])
    wanted = rf"tag\s+'{target.tag}'\s+the\s+following\s.*eliminated:\s+libc\.so\s*$"
    if not re.search(wanted, shown, re.DOTALL):
        raise Failed(f"auditwheel finds more than the name of libc.so:\n{shown}")
    return f"{target.tag}, but for the name libc.so"


def contents(wheel: Path) -> None:
    """The files of a wheel, and what its module is made of."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        tree = ROOT / "python"
        files = (path for path in tree.glob("*/**/*") if path.is_file())
        sources = (path for path in files if path.suffix not in metadata.NO_SOURCE)
        expected = {str(path.relative_to(tree)) for path in sources}
        expected.add("libami/_native.abi3.so")
        if names != expected:
            raise Failed(f"these files are missing, or should not be there: {sorted(names ^ expected)}")
        described = archive.read(f"libami-{VERSION}.dist-info/METADATA").decode()
        if faults := list(metadata.of_description(described)):
            raise Failed("\n".join(faults))
        module = Path(archive.extract("libami/_native.abi3.so", folder))
        content = module.read_bytes()
        if len(content) > LARGEST:
            raise Failed(f"the module has {len(content):,} bytes, and {LARGEST:,} are the limit")
        for path in (str(ROOT), str(Path.home())):
            if path.encode() in content:
                raise Failed(f"the module has {path}, a path of this machine, in it")
        dynamic = run(["readelf", "-d", "-S", "-W", module])
        needs = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
        if others := [name for name in needs if not name.startswith(LIBRARIES)]:
            raise Failed(f"the module needs {', '.join(others)}")
        if ".debug_" in dynamic or ".symtab" in dynamic:
            raise Failed("the module is not stripped")


def audit_all() -> str:
    """The metadata as an index takes them."""
    classifiers = run([sys.executable, "-m", "trove_classifiers"]).splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if unknown := set(project["classifiers"]) - set(classifiers):
        raise Failed(f"there are no such classifiers: {', '.join(sorted(unknown))}")
    files = sorted(path for path in WHEELS.iterdir() if path.suffix in (".whl", ".gz"))
    run([BIN / "twine", "check", "--strict", *files])
    return f"twine: {len(files)} distributions, classifiers: good"


# -----------------------------------------------------------------------------------------------------------
# Trying


def certificate(folder: Path) -> Path:
    """A folder with the certificate of a server for localhost, its own authority."""
    made = folder / "certificate"
    made.mkdir(exist_ok=True)
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    run([*request, *names, "-keyout", made / "key.pem", "-out", made / "cert.pem"])
    return made


def environment(folder: Path) -> Path:
    """An empty environment; returns its folder of programs."""
    run([sys.executable, "-m", "venv", folder])
    return folder / "bin"


USER = """
from typing import assert_type
import libami, libami.events
from libami.testing import ScriptedServer
client = libami.connect("pbx", username="a", secret="b")
assert_type(client.action("Ping"), libami.Response)
for hangup in client.events(libami.events.Hangup):
    assert_type(hangup, libami.events.Hangup)
ScriptedServer().no_such_thing  # type: ignore[attr-defined]
"""


def try_here(folder: Path) -> str:
    """The wheel in an empty environment, with its extras: all parts, types, and ends of the interpreter."""
    wheel = wheel_of(NATIVE)
    programs = environment(folder / "here")
    run([programs / "pip", "install", "--quiet", f"libami[cli,test] @ {wheel.as_uri()}"])
    said = run([programs / "python", "-I", INSTALLED, VERSION, certificate(folder)], folder).strip()
    if not said.endswith("plugin, rich"):
        raise Failed(f"the extras are not there: {said}")
    if run([programs / "libami", "--version"], folder).strip() != f"libami {VERSION}":
        raise Failed("the command does not tell its version")
    user = folder / "user.py"
    user.write_text(USER, encoding="utf-8")
    # warn_unused_ignores, as a part of strict, shows that types are seen at all.
    run([sys.executable, "-m", "mypy", "--strict", "--python-executable", programs / "python", user], folder)
    # Its unwinder is another than that of a build for this machine alone.
    tests = ["tests/python/test_exit.py", "tests/python/test_imports.py"]
    run([programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests])
    return f"{said}, types, ends of the interpreter"


def try_source(folder: Path) -> str:
    programs = environment(folder / "source")
    # The crates that it needs are compiled already, by `make python`.
    target = {"CARGO_TARGET_DIR": str(ROOT / "target/python")}
    run([programs / "pip", "install", "--quiet", source_distribution()], more=target)
    return run([programs / "python", "-I", INSTALLED, VERSION, certificate(folder)], folder).strip()


def roots_folder() -> Path:
    given = os.environ.get("AMI_PYTHON_ROOTS")
    return Path(given).resolve() if given else servers.roots_folder().with_name("python")


def make_root(suite: str, architecture: str = "") -> Path:
    """The root of a suite with Python in it, made now if it is not there yet. One for another machine is only
    unpacked."""
    root = roots_folder() / f"{suite}{architecture and '-'}{architecture}"
    if root.exists():
        return root
    if os.geteuid() != 0:
        raise Failed(f"{root} is made by debootstrap, which needs root rights: run this as root")
    unfinished = root.with_name(f"{root.name}.unfinished-{os.getpid()}")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    foreign = ["--foreign", f"--arch={architecture}"] if architecture else []
    command = [servers.find_debootstrap(), "--variant=minbase", "--include=python3,python3-venv", *foreign]
    try:
        run([*command, suite, unfinished])
        packages = list((unfinished / "var/cache/apt/archives").glob("*.deb"))
        for package in packages:
            if architecture:
                unpack(package, unfinished)
            package.unlink()
        unfinished.rename(root)
    finally:
        if unfinished.exists():
            servers.discard(unfinished)
    return root


def unpack(package: Path, root: Path) -> None:
    listed = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    done = subprocess.run(
        ["tar", "-x", "--keep-directory-symlink", "-C", root], stdin=listed.stdout, check=False
    )
    if listed.wait() != 0 or done.returncode != 0:
        raise Failed(f"{package.name} cannot be unpacked")


def try_suite(suite: str, folder: Path) -> str:
    """The wheel in an empty environment of a suite's own Python, without anything else."""
    root = make_root(suite)
    with tempfile.TemporaryDirectory(prefix="try-", dir=root / "tmp") as made:
        place = Path(made)
        inside = Path("/", place.relative_to(root))
        wheel = wheel_of(NATIVE)
        for file in (wheel, INSTALLED):
            shutil.copy(file, place)
        shutil.copytree(certificate(folder), place / "certificate")
        home = {"HOME": str(inside), "LC_ALL": "C.UTF-8", "PIP_CONFIG_FILE": "/dev/null"}
        run(["chroot", root, "python3", "-m", "venv", inside / "venv"], more=home)
        python = str(inside / "venv/bin/python")
        install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-cache-dir"]
        run(["chroot", root, python, *install, inside / wheel.name], more=home)
        if VERSION not in run(["chroot", root, inside / "venv/bin/libami", "--version"], more=home):
            raise Failed("the command does not tell its version")
        script: Words = [inside / INSTALLED.name, VERSION, inside / "certificate"]
        said = run(["chroot", root, python, "-I", *script], more=home).strip()
    if tuple(map(int, python_of(said).split("."))) < tuple(map(int, SUITES[suite].split("."))):
        raise Failed(f"{suite} should have Python {SUITES[suite]}: {said}")
    return said


def python_of(said: str) -> str:
    found = re.search(r"Python (3\.\d+)", said)
    if found is None:
        raise Failed(f"installed.py does not tell the version of Python: {said}")
    return found[1]


def try_emulated(target: Target, folder: Path) -> str:
    """The wheel of another machine, unpacked, with that machine's Python."""
    if not shutil.which(target.qemu):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise Failed(f"{target.qemu} is missing: install qemu-user")
        for words in (["update"], ["install", "-y", "qemu-user"]):
            run(["apt-get", "-q", *words], more={"DEBIAN_FRONTEND": "noninteractive"})
    root = make_root(EMULATED_SUITE, target.debian)
    place = folder / target.debian
    unpack_wheel(target, place)
    python = root / f"usr/bin/python{SUITES[EMULATED_SUITE]}"
    command: Words = [target.qemu, "-L", root, python, "-B", INSTALLED, VERSION, certificate(folder)]
    return run(command, folder, {"PYTHONPATH": str(place)}).strip()


# Debian has no Python for musl. Its compiler for musl names the folder of glibc's libraries, which configure
# refuses.
BUILD_MUSL_PYTHON = """
sed -n '1s/^deb /deb-src /p' /etc/apt/sources.list > /etc/apt/sources.list.d/sources.list
apt-get update -q
mkdir -p /opt/build && cd /opt/build
apt-get source -q --download-only python3.11
tar -x --strip-components=1 -f python3.11_*.orig.tar.*
cat > cc <<'END'
#!/bin/sh
case "$*" in
*-print-multiarch*) echo x86_64-linux-musl ;;
*) exec musl-gcc "$@" ;;
esac
END
chmod +x cc
./configure CC="$PWD/cc" --prefix=/opt/python --disable-test-modules --without-ensurepip
make -j2
make install
cd / && rm -rf /opt/build
"""


def try_musl() -> str:
    """The wheel with a Python for musl, which has no TLS of its own."""
    root = debian_root.with_packages(["build-essential", "musl-tools"])
    python = "/opt/python/bin/python3.11"
    if not (root.folder / python[1:]).exists():
        root.run("sh", "-ec", BUILD_MUSL_PYTHON)
    with tempfile.TemporaryDirectory(prefix="try-", dir=root.folder / "tmp") as made:
        place = Path(made)
        unpack_wheel(MUSL, place / "site")
        shutil.copy(INSTALLED, place)
        inside = Path("/", place.relative_to(root.folder))
        script = str(inside / INSTALLED.name)
        return root.run(python, "-B", script, VERSION, PYTHONPATH=str(inside / "site")).strip()


def unpack_wheel(target: Target, place: Path) -> None:
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--only-binary", ":all:"]
    only = ["--platform", target.tag, "--python-version", SUITES[EMULATED_SUITE]]
    run([sys.executable, *install, *only, "--target", place, wheel_of(target)])


# -----------------------------------------------------------------------------------------------------------

Step = tuple[str, Callable[[], str]]


def steps(chosen: Sequence[Target], folder: Path) -> Iterator[Step]:
    everything = len(chosen) == len(TARGETS)
    yield "source distribution: built", build_source
    for target in chosen:
        yield f"{target.tag}: built", partial(build, target)
        yield f"{target.tag}: audited", partial(audit, target)
        if target == NATIVE:
            yield f"{target.tag}: tried here", partial(try_here, folder)
            for suite in SUITES:
                yield f"{target.tag}: tried in {suite}", partial(try_suite, suite, folder)
        elif target.qemu:
            yield f"{target.tag}: tried under qemu", partial(try_emulated, target, folder)
        elif target == MUSL:
            yield f"{target.tag}: tried with a Python for musl", try_musl
    if everything:
        yield "all: audited", audit_all
        yield "source distribution: tried", partial(try_source, folder)


def main(names: Sequence[str]) -> int:
    chosen = [target for target in TARGETS if not names or target.rust in names]
    if len(chosen) < len(set(names)) or not chosen:
        raise SystemExit(f"choose of {', '.join(target.rust for target in TARGETS)}")
    WHEELS.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="wheels-") as folder:
        for name, step in steps(chosen, Path(folder)):
            try:
                print(f"ok: {name}: {step()}", flush=True)
                passed += 1
            except (Failed, servers.RootsError, debian_root.RootError) as error:
                print(f"FAILED: {name}: {error}", flush=True)
                failed += 1
    for target in chosen:
        if target not in (NATIVE, MUSL) and not target.qemu:
            print(
                f"{target.tag}: not run: musl is tried on x86_64, and {target.machine} with glibc",
                flush=True,
            )
    print(f"wheels: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
