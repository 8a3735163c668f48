"""The packages of distributions.

packages.py                  checks the recipes in packaging/: their versions, their syntax, and that each
                             file of `make install` goes into one package. Needs `make lib`.
packages.py built FOLDER     builds the packages of Debian from the sources that `make sources` put there, in
                             a root of its own and without a network; installs them in a clean root and runs
                             programs there; and builds those of RPM
"""

from __future__ import annotations

import fnmatch
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import debian_root
from debian_root import Root, RootError

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
sys.path.insert(0, str(ROOT / "tools"))
import crates  # noqa: E402
import source_package  # noqa: E402

DEBIAN_LAYOUT = (
    *("PREFIX=/usr", "LIBDIR=/usr/lib/x86_64-linux-gnu", "PYTHONDIR=/usr/lib/python3/dist-packages"),
    "ZSHDIR=/usr/share/zsh/vendor-completions",
)


class Checks:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def check(self, good: bool, what: str) -> bool:
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(what, flush=True)
        return good

    def runs(self, command: Sequence[str | Path], what: str, **more: str) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.check(done.returncode == 0, f"{what}: {shlex.join(map(str, command))}\n{done.stdout[-4000:]}")
        return done.stdout


def read(name: str) -> str:
    return (PACKAGING / name).read_text(encoding="utf-8")


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else f"nothing for {pattern}"


# -----------------------------------------------------------------------------------------------------------
# The recipes


def versions(checks: Checks) -> str:
    """Each recipe has the version of Cargo.toml, and wants the Rust and the Python that the sources want."""
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version, rust = cargo["version"], cargo["rust-version"]
    python = project["requires-python"].removeprefix(">=")
    spec, alpine, arch = read("libami.spec"), read("APKBUILD"), read("PKGBUILD")
    control = read("debian/control")
    for what, pattern, text, wanted in (
        ("debian/changelog", r"\Alibami \((.*)-\d+~upstream\d+\) ", read("debian/changelog"), version),
        ("debian/control, cargo", r"^ cargo \(>= (.*?)\) \|", control, rust),
        ("debian/control, rustc", r"^ rustc \(>= (.*?)\) \|", control, rust),
        ("debian/control, Python", r"^ python3-dev \(>= (.*)\)", control, python),
        ("debian/control, Python field", r"^X-Python3-Version: >= (.*)$", control, python),
        ("libami.spec", r"^Version: +(.*)$", spec, version),
        ("libami.spec, changelog", r"> - (.*)-\d+$", spec, version),
        ("libami.spec, cargo", r"^BuildRequires: +cargo >= (.*)$", spec, rust),
        ("libami.spec, Python", r"^BuildRequires: +python3-devel >= (.*)$", spec, python),
        ("APKBUILD", r"^pkgver=(.*)$", alpine, version),
        ("APKBUILD, cargo", r"cargo>=(\S+)", alpine, rust),
        ("APKBUILD, sources", r"^SKIP  libami-(.*)\.tar\.gz$", alpine, version),
        ("PKGBUILD", r"^pkgver=(.*)$", arch, version),
    ):
        checks.check(found(pattern, text) == wanted, f"{what} has {found(pattern, text)}, not {wanted}")
    return str(version)


def syntax(checks: Checks) -> str:
    """Each recipe can be read by its own tool. Returns the spec with its macros expanded."""
    checks.runs(["bash", "-n", PACKAGING / "PKGBUILD"], "PKGBUILD")
    checks.runs(["sh", "-n", PACKAGING / "APKBUILD"], "APKBUILD")
    checks.runs(["sh", "-n", PACKAGING / "debian/tests/sms"], "debian/tests/sms")
    compile(read("conanfile.py"), "conanfile.py", "exec")
    expanded = checks.runs(["rpmspec", "--parse", PACKAGING / "libami.spec"], "libami.spec")
    checks.check("%{" not in expanded, "a macro of libami.spec is not known here")
    finished = source_package.with_bundled(read("libami.spec"), [{"name": "some", "version": "1.2.3"}])
    checks.check("\nProvides: bundled(crate(some)) = 1.2.3\n" in finished, "the spec has no place for crates")
    for name, kind in (("APKBUILD", "sha512"), ("PKGBUILD", "sha256")):
        two = [PACKAGING / "APKBUILD", PACKAGING / "PKGBUILD"]
        finished = source_package.with_checksums(read(name), kind, two)
        checks.check("SKIP" not in finished, f"{name} wants more checksums than there are archives")
    return expanded


def licences(checks: Checks) -> None:
    """debian/copyright has the text of each licence that a crate has."""
    own = read("debian/copyright")
    target = source_package.TARGETS[0]
    made = source_package.debian_copyright(own, crates.needed(source_package.FEATURES, [target]).values())
    parts = [part.splitlines() for part in made.split("\n\n")]
    texts = {part[0].removeprefix("License: ") for part in parts if part[0].startswith("License: ")}
    for part in parts:
        if part[0].startswith("Files: "):
            used = found(r"^License: (.*)$", "\n".join(part))
            for name in re.split(r",? (?:and|or) ", used):
                checks.check(name in texts, f"{part[0]} has the licence {name}, which has no text")
    checks.check(len(parts) > 40, f"debian/copyright has only {len(parts)} parts")


def files_in(folder: Path) -> set[str]:
    return {f"/{path.relative_to(folder)}" for path in folder.rglob("*") if not path.is_dir()}


def installed(checks: Checks, folder: Path, layout: Iterable[str], *targets: str) -> set[str]:
    """The files that make installs. The Python module is not built for that: an empty file stands for it."""
    module = folder / "module.so"
    folder.mkdir()
    module.touch()
    stage = folder / "stage"
    words = [*(targets or ("install", "install-python")), f"DESTDIR={stage}", f"MODULE={module}", *layout]
    checks.runs(["make", "--no-print-directory", f"PYTHON={sys.executable}", *words], "make install")
    return files_in(stage)


def matches(path: str, pattern: str) -> bool:
    """A pattern of debhelper or RPM: a star goes for a part of one name, and a folder for all in it."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def shared_out(checks: Checks, what: str, files: set[str], packages: Mapping[str, Sequence[str]]) -> None:
    """Each file goes into one package, and each pattern of a package takes something."""
    for path in sorted(files):
        takers = [
            name for name, patterns in packages.items() if any(matches(path, pattern) for pattern in patterns)
        ]
        checks.check(len(takers) == 1, f"{what}: {path} goes into {takers or 'no package'}")
    for name, patterns in packages.items():
        for pattern in patterns:
            good = any(matches(path, pattern) for path in files)
            checks.check(good, f"{what}: {pattern} of {name} takes no file")


def debian_lists() -> dict[str, list[str]]:
    packages: dict[str, list[str]] = {}
    lists = ("debian/*.install", "debian/*.manpages", "debian/not-installed")
    for path in [path for pattern in lists for path in PACKAGING.glob(pattern)]:
        lines = [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
        packages.setdefault(path.stem, []).extend(f"/{line.removeprefix('debian/tmp/')}" for line in lines)
    return packages


def rpm_lists(expanded: str) -> dict[str, list[str]]:
    packages: dict[str, list[str]] = {}
    name = ""
    for line in expanded.splitlines():
        if section := re.match(r"%(\w+)(.*)", line):
            name = section[2].strip() or "libami" if section[1] == "files" else name
            if section[1] not in ("files", "doc", "license"):
                name = ""
        elif name and line.startswith("/"):
            # Manual pages are packed later.
            packages.setdefault(name, []).append(re.sub(r"(\.\d)\*$", r"\1", line))
    return packages


_ALPINE = """
. ./APKBUILD
amove() {
    mkdir -p "$subpkgdir"
    for each in "$@"; do
        (cd "$pkgdir" && cp -a --parents $each "$subpkgdir" && rm -r $each)
    done
}
pkgdir=$1
for function in simulator python tools; do
    subpkgdir=$2/$function
    $function || exit 1
done
command -v prepare build package > /dev/null
"""
_ARCH = """
. "$1"
make() { command make --no-print-directory "MODULE=$MODULE" "PYTHON=$PYTHON" "$@"; }
cd "$2"
for package in "${pkgname[@]}"; do
    pkgdir=$3/$package
    (pkgname=$package; "package_$package" > /dev/null) || exit 1
done
[[ $(type -t prepare) == function && $(type -t build) == function ]]
"""


def alpine(checks: Checks, folder: Path) -> None:
    files = installed(checks, folder, ["PREFIX=/usr"])
    words: list[str | Path] = [
        "bash",
        "-euc",
        f"cd {PACKAGING}\n{_ALPINE}",
        "alpine",
        folder / "stage",
        folder / "parts",
    ]
    checks.runs(words, "the functions of APKBUILD")
    parts = {name: files_in(folder / "parts" / name) for name in ("simulator", "python", "tools")}
    for name, some in (
        ("simulator", "/usr/lib/libami_simulator.a"),
        ("tools", "/usr/bin/libami"),
        ("tools", "/usr/share/zsh/site-functions/_libami"),
    ):
        checks.check(some in parts[name], f"APKBUILD: {name} has {sorted(parts[name])}, and not {some}")
    checks.check(
        any(path.endswith("/libami/_native.abi3.so") for path in parts["python"]), "APKBUILD: no module"
    )
    left = files - set().union(*parts.values())
    strange = [path for path in left if "simulator" in path and "/man/" not in path]
    checks.check(not strange, f"APKBUILD leaves {strange} in the main package")


def arch(checks: Checks, folder: Path, version: str) -> None:
    files = installed(checks, folder, ["PREFIX=/usr"])
    sources, packages = folder / "sources", folder / "packages"
    sources.mkdir()
    (sources / f"libami-{version}").symlink_to(ROOT)
    words: list[str | Path] = ["bash", "-euc", _ARCH, "arch", PACKAGING / "PKGBUILD", sources, packages]
    checks.runs(words, "the functions of PKGBUILD", MODULE=str(folder / "module.so"), PYTHON=sys.executable)
    parts = [files_in(packages / name) for name in ("libami", "python-libami")]
    both = {path for path in parts[0] | parts[1] if "/licenses/" not in path}
    checks.check(both == files, f"PKGBUILD: {sorted(both ^ files)} are not what make install installs")
    checks.check(not parts[0] & parts[1], f"PKGBUILD: {sorted(parts[0] & parts[1])} are in both packages")
    checks.check("/usr/lib/libami.so.0" in parts[0], "PKGBUILD: libami has no library")


def recipes(checks: Checks) -> None:
    version = versions(checks)
    expanded = syntax(checks)
    licences(checks)
    with tempfile.TemporaryDirectory(prefix="packages-") as temporary:
        folder = Path(temporary)
        files = installed(checks, folder / "debian", DEBIAN_LAYOUT)
        checks.check(len(files) > 200, f"make installs only {sorted(files)}")
        shared_out(checks, "Debian", files, debian_lists())
        # The check sees what is in no package, in two, or in none any more.
        for lists, strange in (
            ({"one": ["/usr/share"]}, {"/usr/lib/other"}),
            ({"one": ["/usr"], "two": ["/usr/lib/*.so"]}, {"/usr/lib/a.so"}),
            ({"one": ["/usr"], "two": ["/opt"]}, {"/usr/lib/other"}),
        ):
            tampered = Checks()
            with redirect_stdout(io.StringIO()):
                shared_out(tampered, "", strange, lists)
            checks.check(tampered.failed > 0, f"{lists} passed for {strange}")
        layout = [
            word
            for word in found(r"^make lib man (.*)$", expanded).split()
            if re.match("(?!PYTHON=)[A-Z]+=", word)
        ]
        files = installed(checks, folder / "rpm", layout)
        shared_out(checks, "RPM", files, rpm_lists(expanded))
        alpine(checks, folder / "alpine")
        arch(checks, folder / "arch", version)


# -----------------------------------------------------------------------------------------------------------
# Built packages

LINTIAN = ["lintian", "--allow-root", "--fail-on", "error,warning", "--show-overrides"]
DEBIAN_PACKAGES = ("libami0", "libami-dev", "libami-simulator-dev", "python3-libami", "libami-tools")


def build_needs() -> list[str]:
    """The packages that building and trying take. Rust is that of Debian's security updates."""
    control = read("debian/control")
    fields = found(r"^Build-Depends:\n((?: .*\n)+)", control)
    named = [line.split("|")[-1].split("(")[0].strip(" ,\n") for line in fields.splitlines()]
    named = ["debhelper" if name == "debhelper-compat" else name for name in named]
    return sorted({*named, "build-essential", "lintian", "pkg-config", "python3"})


def built_debian(checks: Checks, folder: Path) -> None:
    root = debian_root.with_packages(build_needs())
    work = root.folder / "build"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        for path in folder.glob("libami_*"):
            if path.suffix in (".dsc", ".gz", ".xz"):
                shutil.copy2(path, work)
        (source,) = work.glob("*.dsc")
        root.run("dpkg-source", "--extract", source.name, "tree", cwd="/build")
        root.run(
            "dpkg-buildpackage", "--unsigned-source", "--unsigned-changes", cwd="/build/tree", offline=True
        )
        (changes,) = work.glob("*.changes")
        try:
            said = root.run(*LINTIAN, changes.name, cwd="/build")
            checks.check(True, "")
        except RootError as error:
            said = str(error)
            checks.check(False, said)
        print(f"lintian: {said.strip() or 'nothing'}", flush=True)
        debs = {path.name.split("_")[0]: path for path in work.glob("*.deb")}
        wanted = {*DEBIAN_PACKAGES}
        named = {name for name in debs if not name.endswith("-dbgsym")}
        checks.check(named == wanted, f"the packages are {sorted(named)}, not {sorted(wanted)}")
        promised(checks, root, debs["libami0"])
        for path in debs.values():
            shutil.copy2(path, folder)
        program = compiled_by_user(checks, root, debs)
        with debian_root.clean() as user:
            used_by_user(checks, user, debs, program)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def promised(checks: Checks, root: Root, deb: Path) -> None:
    """The package's list of symbols is include/symbols.txt, so users need the right version of it."""
    root.run("dpkg-deb", "--control", deb.name, "control", cwd="/build")
    symbols = (root.folder / "build/control/symbols").read_text(encoding="ascii")
    listed = (ROOT / "include/symbols.txt").read_text(encoding="ascii")
    functions = set(re.findall(r"^(ami_\w+) ", listed, re.MULTILINE))
    in_package = set(re.findall(r"^ (ami_\w+)@LIBAMI_[\d.]+ ", symbols, re.MULTILINE))
    checks.check(functions == in_package, f"libami0's symbols are others: {sorted(functions ^ in_package)}")
    fields = root.run("dpkg-deb", "--field", deb.name, cwd="/build")
    for wanted in ("Multi-Arch: same", "Depends: libc6 (>= 2.", "X-Cargo-Built-Using: rustc"):
        checks.check(f"\n{wanted}" in fields, f"libami0 lacks {wanted}:\n{fields}")


def compiled_by_user(checks: Checks, root: Root, debs: Mapping[str, Path]) -> Path:
    """A program compiled with libami-dev, and what else debian/tests tries. The root is left as it was."""
    chosen = [f"./build/{debs[name].name}" for name in DEBIAN_PACKAGES]
    root.install(*chosen)
    try:
        said = root.run("/build/tree/debian/tests/sms", cwd="/build/tree", AUTOPKGTEST_TMP="/build")
        checks.check(said.count("sent") >= 2, f"debian/tests/sms says {said}")
        root.run("man", "--where", "ami_client_connect")
    except RootError as error:
        checks.check(False, str(error))
    finally:
        root.run("apt-get", "purge", "-q", "-y", *DEBIAN_PACKAGES)
    return root.folder / "build/send_sms"


def used_by_user(checks: Checks, user: Root, debs: Mapping[str, Path], program: Path) -> None:
    """Program and command run where no compiler is, and nothing is left when the packages are gone."""
    names = ("libami0", "python3-libami", "libami-tools")
    place = user.folder / "srv/try"
    shutil.copytree(PACKAGING / "debian/tests", place / "debian/tests")
    for path in (program, *(debs[name] for name in names)):
        shutil.copy2(path, place)
    user.install(*(f"/srv/try/{debs[name].name}" for name in names))
    try:
        said = user.run("/srv/try/debian/tests/sms", cwd="/srv/try", PROGRAM="/srv/try/send_sms")
        checks.check(said.count("sent") >= 2, f"debian/tests/sms in a clean root says {said}")
        said = user.run(
            "python3", "-c", "import importlib.metadata as m; print(m.entry_points(group='pytest11'))"
        )
        checks.check("libami_pytest" in said, f"the plugin of pytest is not found: {said}")
    except RootError as error:
        checks.check(False, str(error))
    user.run("apt-get", "purge", "-q", "-y", *names)
    shutil.rmtree(place)
    left = [str(path) for folder in ("usr", "etc") for path in (user.folder / folder).rglob("*libami*")]
    checks.check(not left, f"purged, the packages left {left}")


def built_rpm(checks: Checks, folder: Path) -> None:
    """The packages of RPM from the libraries of this tree: what they provide and need is found by RPM."""
    with tempfile.TemporaryDirectory(prefix="rpm-") as temporary:
        command = ["rpmbuild", "-bb", "--build-in-place", "--nodeps", "--define", f"_topdir {temporary}"]
        command += ["--define", f"_sourcedir {folder}"]
        checks.runs([*command, folder / "libami.spec"], "rpmbuild")
        rpms = {
            found(r"^(.*)-[^-]+-[^-]+$", path.name): path for path in Path(temporary, "RPMS").rglob("*.rpm")
        }
        wanted = {"libami", *(f"libami-{part}" for part in ("devel", "static", "simulator-devel", "tools"))}
        wanted.add("python3-libami")
        if not checks.check(set(rpms) >= wanted, f"rpmbuild made {sorted(rpms)}, not {sorted(wanted)}"):
            return
        provides = checks.runs(["rpm", "-qp", "--provides", rpms["libami"]], "rpm --provides")
        requires = checks.runs(["rpm", "-qp", "--requires", rpms["libami"]], "rpm --requires")
        print(provides, flush=True)
        for name in ("libami.so.0(LIBAMI_0.1)(64bit)", "libami.so.0()(64bit)", "bundled(crate(ring)) = "):
            checks.check(name in provides, f"the RPM does not provide {name}")
        checks.check("libc.so.6(GLIBC_" in requires, f"the RPM requires {requires}")
        for path in rpms.values():
            shutil.copy2(path, folder)


def built_others(checks: Checks) -> None:
    """The other recipes, read as strictly as their own distributions do."""
    shell = [PACKAGING / "PKGBUILD", PACKAGING / "APKBUILD", PACKAGING / "debian/tests/sms"]
    checks.runs(["shellcheck", *shell], "shellcheck")
    with tempfile.TemporaryDirectory(prefix="conan-") as temporary:
        checks.runs([sys.executable, "-m", "venv", temporary], "an environment for Conan")
        python = Path(temporary, "bin/python")
        checks.runs([python, "-m", "pip", "install", "--quiet", "conan==2.*"], "Conan")
        home = str(Path(temporary, "home"))
        words: list[str | Path] = [Path(temporary, "bin/conan"), "inspect", PACKAGING / "conanfile.py"]
        said = checks.runs(words, "conan inspect", CONAN_HOME=home)
        checks.check("name: libami" in said, f"conan inspect says {said}")


def built(checks: Checks, folder: Path) -> None:
    tools = {
        "rpmbuild": "rpm",
        "shellcheck": "shellcheck",
        "dpkg-source": "dpkg-dev",
        "debootstrap": "debootstrap",
    }
    missing = [package for tool, package in tools.items() if shutil.which(tool) is None]
    if missing:
        debian_root.run(["apt-get", "install", "-q", "-y", *missing], DEBIAN_FRONTEND="noninteractive")
    built_others(checks)
    built_rpm(checks, folder)
    built_debian(checks, folder)


def main(arguments: Sequence[str]) -> int:
    checks = Checks()
    try:
        if arguments[:1] == ["built"]:
            built(checks, Path(arguments[1]).resolve())
        else:
            recipes(checks)
    except RootError as error:
        checks.check(False, str(error))
    print(f"packages: {checks.passed} passed, {checks.failed} failed", flush=True)
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
