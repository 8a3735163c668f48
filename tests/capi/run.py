"""The C library by its C programs: every suite plain, sanitized and under valgrind; and what is installed.

    make lib && python3 tests/asterisk/servers.py exec -- python3 tests/capi/run.py [SUITE…]
    python3 tests/capi/run.py library           only builds the sanitized library

AMI_BUILD names the folder with libami.so.0 and libami.a; build unless set. AMI_ASAN names a libami.a that was
built with Rust's address sanitizer; it is made in target/asan unless set.
"""

from __future__ import annotations

import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("AMI_BUILD", ROOT / "build")).resolve()
TARGET = "x86_64-unknown-linux-gnu"
INCLUDE = f"-I{ROOT / 'include'}"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
C_STRICT = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", *WARNINGS]
C_FLAGS = [*C_STRICT, INCLUDE, "-O1", "-g", "-pthread"]
CXX_FLAGS = ["-std=c++17", *WARNINGS, INCLUDE, "-O1", "-g", "-pthread"]
SYSTEM_LIBS = ["-lgcc_s", "-lm", "-lc"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]
VALGRIND = [
    *("valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite", "--fair-sched=try"),
    *("--errors-for-leak-kinds=definite", "--error-exitcode=9", "--child-silent-after-fork=yes"),
    f"--suppressions={HERE / 'valgrind.supp'}",
]
# Two lanes of suites, one after the other in each. What real servers serve must not meet there.
LANES = (
    ("actions", "events", "errors", "outcomes", "settings", "queues", "memory", "sms", "tls", "secrets"),
    (
        *("lifecycle", "closing", "forks", "threads", "processes", "reconnect", "originate", "parser"),
        *("simulator", "gateway", "incoming", "ports", "unload", "header"),
    ),
)
WAYS = ("plain", "sanitized", "valgrind")
SERVERS = ("AMI_ASTERISK_16", "AMI_ASTERISK_22")
# No program may print one of these.
SECRETS = ("amp111", "readsecret", "commandersecret", "Never-Shown", "Another-Hidden-Word", "Wiped-Off")
SUITE_SECONDS = 300.0
EXAMPLE_LINES = 60


class SetupError(Exception):
    """Something that the tests need is not there; the message says how to have it."""


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    # What was said of each suite that failed, to be read at the end.
    details: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, name: str, way: str, passed: int, failed: int, details: str = "") -> None:
        with self.lock:
            self.passed += passed
            self.failed += failed
            line = f"capi {name} ({way}): {passed} passed, {failed} failed"
            if failed:
                self.details.append(f"{details.rstrip()}\n{line}")
            elif details:
                print(details.rstrip("\n"))
            print(line, flush=True)


class Checks:
    """Named checks that are counted together."""

    def __init__(self) -> None:
        self.passed = 0
        self.failures: list[str] = []

    def check(self, good: bool, what: str) -> bool:
        if good:
            self.passed += 1
        else:
            self.failures.append(what)
        return good

    def runs(self, command: Words, what: str, **more: str) -> str | None:
        """The output of a command that has to succeed."""
        done = output_of(command, env={**os.environ, **more})
        self.check(done.returncode == 0, f"{what}: {shlex.join(map(str, command))}\n{done.stdout}")
        return done.stdout if done.returncode == 0 else None

    def report(self, totals: Totals, name: str, way: str = "plain") -> None:
        details = "\n".join(f"{name}: {failure}" for failure in self.failures)
        totals.report(name, way, self.passed, len(self.failures), details)


Words = Sequence[str | Path]


def output_of(
    command: Words, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


# -----------------------------------------------------------------------------------------------------------
# Libraries and programs


def find_libraries() -> None:
    for name in ("libami.so.0", "libami.so", "libami.a", "libami.map", "libami.pc"):
        if not (BUILD / name).exists():
            raise SetupError(f"{BUILD / name} is not there; run: make lib")
    missing = [tool for tool in ("gcc", "g++", "valgrind", "nm", "readelf", "make") if not shutil.which(tool)]
    if missing:
        raise SetupError(f"{', '.join(missing)} cannot be found; install it")
    for name in SERVERS:
        if not re.fullmatch(r"[^:]+:\d+", os.environ.get(name, "")):
            raise SetupError(
                f"{name} does not say where a real Asterisk is; run: "
                "python3 tests/asterisk/servers.py exec -- python3 tests/capi/run.py"
            )


def sanitized_library() -> Path:
    given = os.environ.get("AMI_ASAN")
    if given:
        return Path(given).resolve()
    folder = ROOT / "target/asan"
    command = [
        "cargo",
        "rustc",
        "--quiet",
        "--release",
        "--lib",
        "--crate-type",
        "staticlib",
        "--target",
        TARGET,
    ]
    command += ["--no-default-features", "--features", "capi,simulator", "--target-dir", str(folder)]
    flags = {"RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": "-Zsanitizer=address"}
    done = output_of(command, cwd=ROOT, env={**os.environ, **flags})
    library = folder / TARGET / "release/libami.a"
    if done.returncode != 0 or not library.exists():
        raise SetupError(f"libami.a could not be built with the address sanitizer:\n{done.stdout}")
    return library


def shared_of(library: Path, to: Path) -> None:
    """A shared library of a sanitized static one, linked as the Makefile links the plain one."""
    script = BUILD / "libami.map"
    wanted = [f"-Wl,-u,{name}" for name in listed_functions()]
    link: list[str | Path] = ["gcc", "-shared", *SANITIZE, "-o", to, f"-Wl,--version-script,{script}"]
    link += ["-Wl,-soname,libami.so.0", "-Wl,--gc-sections", "-Wl,-z,nodelete", *wanted]
    done = output_of([*link, library, *SYSTEM_LIBS])
    if done.returncode != 0:
        raise SetupError(f"the sanitized library cannot be linked:\n{done.stdout}")


@dataclass(frozen=True)
class Way:
    """How programs are compiled and run."""

    name: str
    folder: Path
    library: Path | None = None

    def compile(self, suite: str) -> Path:
        program = self.folder / suite
        if suite == "header":
            command = ["g++", *CXX_FLAGS, str(HERE / "header.cpp")]
        else:
            # The one that loads the library by itself must not be linked with it.
            helpers = ["check.c", "fake.c"]
            if suite != "unload":
                helpers += ["child.c", "common.c", "real.c", "simulated.c", "watch.c"]
            command = ["gcc", *C_FLAGS, *(str(HERE / name) for name in (f"{suite}.c", *helpers))]
        if self.library:
            command += SANITIZE
        if suite == "unload":
            command += ["-ldl"]
        elif self.library:
            command += [str(self.library), *SYSTEM_LIBS]
        else:
            command += [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}"]
        done = output_of([*command, "-o", program])
        if done.returncode != 0:
            raise SetupError(f"{suite} does not compile:\n{done.stdout}")
        return program

    def environment(self) -> Mapping[str, str]:
        shared = self.folder / "libami.so.0" if self.library else BUILD / "libami.so.0"
        own = {"AMI_LIBRARY": str(shared), "AMI_CAPTURES": str(ROOT / "tests/captures")}
        if self.library:
            own["ASAN_OPTIONS"] = "detect_leaks=1:detect_stack_use_after_return=1"
            own["UBSAN_OPTIONS"] = "print_stacktrace=1"
        if self.name == "valgrind":
            own["AMI_TEST_SLOW"] = "1"
        return {**os.environ, **own}

    def command(self, program: Path) -> list[str]:
        if self.name != "valgrind":
            return [str(program)]
        # The one that ends with ami_shutdown leaves nothing that a thread of the library's has had.
        kinds = ["--show-leak-kinds=all", "--errors-for-leak-kinds=all"] if program.name == "threads" else []
        return [*VALGRIND, *kinds, str(program)]


def run_suite(suite: str, way: Way, totals: Totals) -> None:
    """Compile and run one suite. Beside its tests it must end well, say nothing else and tell no secret."""
    checks = Checks()
    try:
        program = way.compile(suite)
    except SetupError as error:
        totals.report(suite, way.name, 0, 1, str(error))
        return
    # Each output goes to a file of its own: a child that is left behind cannot keep this one waiting.
    out, err = way.folder / f"{suite}.out", way.folder / f"{suite}.err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        try:
            command = way.command(program)
            environment = way.environment()
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment, check=False,
                timeout=SUITE_SECONDS,
            )  # fmt: skip
            ended: int | str = done.returncode
        except subprocess.TimeoutExpired:
            ended = "not at all"
    text = out.read_text(encoding="utf-8", errors="replace")
    noise = err.read_text(encoding="utf-8", errors="replace")
    counts = re.search(rf"^{suite}: (\d+) passed, (\d+) failed$", text, re.MULTILINE)
    passed, failed = (int(counts[1]), int(counts[2])) if counts else (0, 0)
    said = text[: counts.start()] if counts else text
    if not counts:
        checks.check(False, "it printed no counts")
    expected = 1 if failed else 0
    # Those that the watchdog ended end with 3.
    checks.check(ended == expected or (failed > 0 and ended == 3), f"it ended with {ended}")
    checks.check(not noise, f"it wrote to the standard error:\n{noise[-6000:]}")
    checks.check(not any(secret in text + noise for secret in SECRETS), "it printed a secret")
    details = "\n".join([said.rstrip("\n"), *(f"{suite}: {each}" for each in checks.failures)]).strip("\n")
    totals.report(suite, way.name, passed + checks.passed, failed + len(checks.failures), details)


# -----------------------------------------------------------------------------------------------------------
# What the library exports


def listed_symbols() -> Iterator[tuple[str, str]]:
    """The names of the list, each with its value; functions have none."""
    for line in (ROOT / "include/symbols.txt").read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.split()[0].partition("=")
            yield name, value


def listed_functions() -> list[str]:
    return [name for name, value in listed_symbols() if not value]


def exported_functions() -> list[str]:
    """What is exported as part of the promise, or without any version."""
    lines = output_of(["nm", "-D", "--defined-only", BUILD / "libami.so.0"]).stdout.splitlines()
    # Each with its version; the versions themselves are absolute symbols.
    symbols = [fields[2] for fields in map(str.split, lines) if len(fields) == 3 and fields[1] != "A"]
    return [symbol.removesuffix("@@LIBAMI_0") for symbol in symbols]


def simulator_functions() -> list[str]:
    """What the header of the simulator declares, as it is to be exported."""
    header = (ROOT / "include/ami_simulator.h").read_text(encoding="utf-8")
    declared = re.findall(r"^[a-z].*?\b(ami_simulator_\w+)\(", header, re.MULTILINE)
    return [f"{name}@@LIBAMI_SIMULATOR" for name in declared]


def differences(listed: Sequence[str], exported: Sequence[str]) -> list[str]:
    missing = [f"{name} is listed and not exported" for name in sorted(set(listed) - set(exported))]
    surplus = [f"{name} is exported and not listed" for name in sorted(set(exported) - set(listed))]
    twice = [f"{name} is listed twice" for name in sorted(set(listed)) if listed.count(name) > 1]
    return missing + surplus + twice


def exports(totals: Totals) -> None:
    checks = Checks()
    promised, unpromised = listed_functions(), simulator_functions()
    checks.check(len(unpromised) > 15, f"only {len(unpromised)} functions of the simulator are declared")
    listed, exported = promised + unpromised, exported_functions()
    found = differences(listed, exported)
    checks.check(not found, "; ".join(found))
    checks.check(len(exported) > 50, f"only {len(exported)} functions are exported")
    checks.check(
        all(re.fullmatch(r"ami_\w+(@@LIBAMI_SIMULATOR)?", name) for name in exported),
        "a function has no version or another prefix",
    )
    # A list that was tampered with is noticed.
    for tampered in (
        listed[1:],
        [*listed, "ami_new_one"],
        [f"{listed[0]}x", *listed[1:]],
        [*listed, listed[0]],
    ):
        checks.check(bool(differences(tampered, exported)), "a list that was tampered with passed")
    checks.check(bool(differences(listed, [*exported, "leaked"])), "a symbol too many passed")

    dynamic = output_of(["readelf", "-d", BUILD / "libami.so.0"]).stdout
    checks.check("soname: [libami.so.0]" in dynamic, "the soname is not libami.so.0")
    checks.check("NODELETE" in dynamic and "NOW" in dynamic, "it is not linked nodelete and now")
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    strange = set(needed) - {"libgcc_s.so.1", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"}
    checks.check(not strange, f"it needs {strange}")
    # They know no descriptor above 1023.
    used = set(re.findall(r" U (\w+)", output_of(["nm", "-D", "-u", BUILD / "libami.so.0"]).stdout))
    checks.check("epoll_wait" in used, "what it uses cannot be told")
    checks.check(not used & {"select", "pselect", "__fdelt_chk"}, "it waits with select")

    values = (HERE / "values.c").read_text(encoding="ascii")
    for name, value in listed_symbols():
        if value:
            checks.check(f"PIN({name}, {value});" in values, f"values.c does not pin {name} to {value}")
    checks.runs(["gcc", *C_FLAGS, "-fsyntax-only", HERE / "values.c"], "the header's values")
    checks.report(totals, "exports")


# -----------------------------------------------------------------------------------------------------------
# What is installed

_VERSION_PROGRAM = """\
#include <ami.h>
#include <stdio.h>
int main(void) {
    printf("%s\\n", ami_version());
    return 0;
}
"""


def pkg_config(stage: Path, *options: str) -> list[str]:
    """What pkg-config says, or the file itself where there is none."""
    folder = stage / "usr/lib/pkgconfig"
    if shutil.which("pkg-config"):
        found = {"PKG_CONFIG_LIBDIR": str(folder), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
        allowed = {"PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"}
        said = output_of(["pkg-config", *options, "libami"], env={**os.environ, **found, **allowed})
        return shlex.split(said.stdout)
    lines = (folder / "libami.pc").read_text(encoding="utf-8").splitlines()
    variables = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    fields = dict(line.split(": ", 1) for line in lines if re.match(r"[\w.]+: ", line))
    wanted = fields["Cflags"] if "--cflags" in options else fields["Libs"]
    if "--static" in options:
        wanted += f" {fields['Libs.private']}"
    for _ in variables:
        wanted = re.sub(r"\$\{(\w+)\}", lambda match: variables[match[1]], wanted)
    return [re.sub(r"^(-[IL])(/.*)", rf"\1{stage}\2", word) for word in shlex.split(wanted)]


def installed(totals: Totals) -> None:
    checks = Checks()
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    with tempfile.TemporaryDirectory(prefix="capi-") as temporary:
        folder = Path(temporary)
        stage, build, lib = folder / "stage", folder / "build", folder / "stage/usr/lib"
        # A copy, so that nothing of the build folder is made anew here; its age stays.
        build.mkdir()
        for name in ("libami.a", "libami.so.0", "libami.map", "libami.pc"):
            shutil.copy2(BUILD / name, build / name)
        (build / "libami.so").symlink_to("libami.so.0")
        make: list[str | Path] = ["make", "--no-print-directory", "-C", ROOT]
        make += [f"BUILD={build}", f"DESTDIR={stage}", "PREFIX=/usr"]
        make += ["-o", build / "libami.a", "-o", build / "libami.so.0", "-o", build / "libami.map"]
        checks.runs([*make, "install"], "make install")
        expected = {
            *("include/ami.h", "include/ami_simulator.h", "lib/libami.a", "lib/libami.so", "lib/libami.so.0"),
            *(f"lib/libami.so.{version[1]}", "lib/pkgconfig/libami.pc"),
        }
        have = {str(path.relative_to(stage / "usr")) for path in stage.rglob("*") if not path.is_dir()}
        checks.check(have == expected, f"installed is {sorted(have)}, not {sorted(expected)}")
        checks.check(
            os.path.realpath(lib / "libami.so") == str((lib / f"libami.so.{version[1]}").resolve()), "links"
        )
        text = (lib / "pkgconfig/libami.pc").read_text(encoding="utf-8")
        checks.check("prefix=/usr\n" in text, f"libami.pc was made for another prefix:\n{text}")
        checks.check(f"Version: {version[1]}\n" in text, f"libami.pc has another version:\n{text}")

        source = folder / "version.c"
        source.write_text(_VERSION_PROGRAM, encoding="ascii")
        compile_it: list[str | Path] = ["gcc", *C_STRICT, source, *pkg_config(stage, "--cflags")]
        shared, static = folder / "shared", folder / "static"
        checks.runs([*compile_it, *pkg_config(stage, "--libs"), "-o", shared], "shared by pkg-config")
        said = checks.runs([shared], "the shared program", LD_LIBRARY_PATH=str(lib))
        checks.check(said == f"{version[1]}\n", f"the shared program says {said!r}")
        needed = output_of(["readelf", "-d", shared]).stdout
        checks.check("[libami.so.0]" in needed, "the shared program does not need libami.so.0")
        # Without the shared one the linker takes the static one.
        for link in lib.glob("libami.so*"):
            link.unlink()
        checks.runs(
            [*compile_it, *pkg_config(stage, "--static", "--libs"), "-o", static], "static by pkg-config"
        )
        said = checks.runs([static], "the static program")
        checks.check(said == f"{version[1]}\n", f"the static program says {said!r}")
        checks.runs([*make, "uninstall"], "make uninstall")
        left = [str(path) for path in stage.rglob("*") if not path.is_dir()]
        checks.check(not left, f"make uninstall left {left}")
    checks.report(totals, "install")


# Behind host, port, user and secret.
_EXAMPLE_ARGUMENTS = {
    "send_sms": ["1", "10086", "hello"],
    "send_ussd": ["1", "*100#"],
    "gateway": ["10086", "hello"],
    "ussd_menu": ["1", "*100#"],
}


def examples(totals: Totals, ways: Sequence[Way]) -> None:
    for way in ways:
        checks = Checks()
        for source in sorted((ROOT / "examples/c").glob("*.c")):
            lines = len(source.read_text(encoding="utf-8").splitlines())
            checks.check(lines < EXAMPLE_LINES, f"{source.name} has {lines} lines")
            link: list[str | Path] = [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}"]
            if way.library:
                link = [*SANITIZE, way.library, *SYSTEM_LIBS]
            program = way.folder / f"example-{source.stem}"
            if checks.runs(["gcc", *C_FLAGS, source, *link, "-o", program], source.name) is None:
                continue
            done = output_of(way.command(program), env=way.environment())
            checks.check(
                done.returncode == 2 and "usage: " in done.stdout, f"{source.name} without arguments"
            )
            # Nobody listens on port 1.
            more = _EXAMPLE_ARGUMENTS.get(source.stem, [])
            arguments = ["127.0.0.1", "1", "admin", "Never-Shown", *more]
            done = output_of([*way.command(program), *arguments], env=way.environment())
            good = done.returncode in (1, 2) and done.stdout.strip() and "Never-Shown" not in done.stdout
            checks.check(
                bool(good), f"{source.name} at a closed port ended with {done.returncode}:\n{done.stdout}"
            )
        checks.check(checks.passed > 10, "there are hardly any examples")
        checks.report(totals, "examples", way.name)


# -----------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    if arguments == ["library"]:
        print(sanitized_library())
        return 0
    totals = Totals()
    start = time.monotonic()
    known = {*WAYS, "exports", "install", "examples"}.union(*LANES)
    unknown = set(arguments) - known
    chosen = set(arguments) - set(WAYS)
    wanted_ways = [name for name in WAYS if name in arguments] or list(WAYS)

    def wanted(name: str) -> bool:
        return not chosen or name in chosen

    try:
        if unknown:
            raise SetupError(f"there is no suite {', '.join(sorted(unknown))}")
        find_libraries()
        sanitized = sanitized_library() if "sanitized" in wanted_ways else None
    except SetupError as error:
        print(error)
        print("total: 0 passed, 1 failed", flush=True)
        return 1
    with tempfile.TemporaryDirectory(prefix="capi-") as temporary:
        ways = []
        for name in wanted_ways:
            folder = Path(temporary, name)
            folder.mkdir()
            ways.append(Way(name, folder, sanitized if name == "sanitized" else None))
            if name == "sanitized" and sanitized and wanted("unload"):
                shared_of(sanitized, folder / "libami.so.0")

        def lane(suites: Sequence[str]) -> None:
            for way in ways:
                for suite in filter(wanted, suites):
                    run_suite(suite, way, totals)

        others: list[tuple[str, Callable[[], None]]] = [
            ("exports", lambda: exports(totals)),
            ("install", lambda: installed(totals)),
            ("examples", lambda: examples(totals, ways)),
        ]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            running = [pool.submit(lane, suites) for suites in LANES]
            running += [pool.submit(run) for name, run in others if wanted(name)]
            for each in running:
                each.result()
    for said in totals.details:
        print(said)
    print(f"{time.monotonic() - start:.0f} s")
    print(f"total: {totals.passed} passed, {totals.failed} failed", flush=True)
    return 1 if totals.failed or not totals.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
