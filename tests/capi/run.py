"""The C library by its C programs: every suite plain, sanitized and under valgrind; and what is installed.

    make lib && python3 tests/asterisk/servers.py exec -- python3 tests/capi/run.py [SUITE…]
    python3 tests/capi/run.py library           only builds the sanitized library

AMI_BUILD names the folder that `make lib` fills; build unless set. AMI_ASAN names a libami.a with both C
interfaces that was built with Rust's address sanitizer; it is made in target/asan unless set.
"""

from __future__ import annotations

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters import LIBRARIES as LOOPS
from adapters import adapters, flags_of, meets_a_call, originates_a_call
from harness import (
    BUILD,
    C_STRICT,
    HERE,
    INCLUDE,
    LIBRARIES,
    ROOT,
    WARNINGS,
    Checks,
    SetupError,
    Totals,
    Words,
    output_of,
)
from installed import CAREFUL_CXX, installed

TARGET = "x86_64-unknown-linux-gnu"
C_FLAGS = [*C_STRICT, INCLUDE, "-O1", "-g", "-pthread"]
CXX_FLAGS = ["-std=c++17", *WARNINGS, INCLUDE, "-O1", "-g", "-pthread"]
# Each with its source and its flags.
CXX_SUITES = {
    "header": ("header.cpp", ()),
    "wrapper": ("wrapper.cpp", CAREFUL_CXX),
    "wrapper_plain": ("wrapper.cpp", (*CAREFUL_CXX, "-fno-exceptions", "-fno-rtti")),
}
# What differs from another suite only in what the compiler may use.
ONLY_PLAIN = ("wrapper_plain",)
SYSTEM_LIBS = ["-lm"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]
VALGRIND = [
    *("valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite", "--fair-sched=try"),
    *("--errors-for-leak-kinds=definite", "--error-exitcode=9", "--child-silent-after-fork=yes"),
    f"--suppressions={HERE / 'valgrind.supp'}",
]
# Two lanes of suites, one after the other in each. What real servers serve must not meet there.
LANES = (
    (
        *("actions", "events", "errors", "outcomes", "settings", "queues", "memory", "sms", "tls", "secrets"),
        *("wrapper", "wrapper_plain"),
    ),
    (
        *(
            "lifecycle",
            "closing",
            "executor",
            "forks",
            "threads",
            "processes",
            "reconnect",
            "originate",
            "parser",
        ),
        *("simulator", "gateway", "incoming", "ports", "catalog", "unload", "log", "header"),
    ),
)
WAYS = ("plain", "sanitized", "valgrind")
SERVERS = ("AMI_ASTERISK_16", "AMI_ASTERISK_22")
# No program may print one of these.
SECRETS = ("amp111", "readsecret", "commandersecret", "Never-Shown", "Another-Hidden-Word", "Wiped-Off")
SUITE_SECONDS = 300.0
EXAMPLE_LINES = 60


# Libraries and programs


def find_libraries() -> None:
    for name in LIBRARIES:
        for end in (".so.0", ".so", ".a", ".map", ".pc"):
            if not (BUILD / f"{name}{end}").exists():
                raise SetupError(f"{BUILD / name}{end} is not there; run: make lib")
    tools = ("gcc", "g++", "clang", "clang++", "valgrind", "nm", "readelf", "make", "awk", "rustc")
    missing = [tool for tool in tools if not shutil.which(tool)]
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
        if suite in CXX_SUITES:
            source, flags = CXX_SUITES[suite]
            command = ["g++", *CXX_FLAGS, *flags, str(HERE / source)]
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
            # Only suites that start simulated gateways need the other library.
            command += [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}", "-Wl,--as-needed", "-lami_simulator"]
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


def listed_symbols() -> Iterator[tuple[str, str, str]]:
    """The names of the list, each with its value (functions have none) and the version it came with."""
    for line in (ROOT / "include/symbols.txt").read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            symbol, version = line.split()
            name, _, value = symbol.partition("=")
            yield name, value, version


def listed_functions() -> list[str]:
    return [name for name, value, _ in listed_symbols() if not value]


def promised_functions() -> list[str]:
    """The functions of the list as nm shows them: each with the node of the release it came with."""
    node = {version: f"LIBAMI_{'.'.join(version.split('.')[:2])}" for _, _, version in listed_symbols()}
    return [f"{name}@@{node[version]}" for name, value, version in listed_symbols() if not value]


def simulator_functions() -> list[str]:
    """The functions that the simulator's header declares, as nm shows them."""
    header = (ROOT / "include/ami_simulator.h").read_text(encoding="utf-8")
    declared = re.findall(r"^[a-z].*?\b(ami_simulator_\w+)\(", header, re.MULTILINE)
    return [f"{name}@@LIBAMI_SIMULATOR" for name in declared]


def exported_functions(library: Path) -> list[str]:
    """The symbols that a shared library exports, each with its node."""
    lines = output_of(["nm", "-D", "--defined-only", "--with-symbol-versions", library]).stdout.splitlines()
    # The nodes themselves are absolute symbols.
    return [fields[2] for fields in map(str.split, lines) if len(fields) == 3 and fields[1] != "A"]


def differences(listed: Sequence[str], exported: Sequence[str]) -> list[str]:
    missing = [f"{name} is listed and not exported" for name in sorted(set(listed) - set(exported))]
    surplus = [f"{name} is exported and not listed" for name in sorted(set(exported) - set(listed))]
    twice = [f"{name} is listed twice" for name in sorted(set(listed)) if listed.count(name) > 1]
    return missing + surplus + twice


def exports(totals: Totals) -> None:
    checks = Checks()
    promised = promised_functions()
    for name, functions, least in (
        ("libami", promised, 50),
        ("libami_simulator", simulator_functions(), 15),
    ):
        library = BUILD / f"{name}.so.0"
        exported = exported_functions(library)
        found = differences(functions, exported)
        checks.check(not found, f"{name}: {'; '.join(found)}")
        checks.check(len(exported) > least, f"{name} exports only {len(exported)} functions")
        # In the static library nothing else is global, so it can meet other Rust code.
        lines = output_of(["nm", "-g", "--defined-only", BUILD / f"{name}.a"]).stdout.splitlines()
        symbols = [fields[2] for fields in map(str.split, lines) if len(fields) == 3]
        found = differences([function.split("@")[0] for function in functions], symbols)
        checks.check(not found, f"{name}.a: {'; '.join(found)}")

        dynamic = output_of(["readelf", "-d", library]).stdout
        checks.check(f"soname: [{name}.so.0]" in dynamic, f"the soname is not {name}.so.0")
        checks.check("NODELETE" in dynamic and "NOW" in dynamic, f"{name} is not linked nodelete and now")
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
        strange = set(needed) - {"libgcc_s.so.1", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"}
        checks.check(not strange, f"{name} needs {strange}")
        # They know no descriptor above 1023.
        used = set(re.findall(r" U (\w+)", output_of(["nm", "-D", "-u", library]).stdout))
        checks.check("epoll_wait" in used, f"nm does not show what {name} uses")
        checks.check(not used & {"select", "pselect", "__fdelt_chk"}, f"{name} waits with select")

    # A library that lacks a function, has one too many or has one in another node is noticed.
    exported = exported_functions(BUILD / "libami.so.0")
    for tampered in (
        promised[1:],
        [*promised, "ami_new_one@@LIBAMI_0.1"],
        [promised[0].replace("LIBAMI_0.1", "LIBAMI_0.2"), *promised[1:]],
        [promised[0].replace("@@LIBAMI_0.1", ""), *promised[1:]],
        [*promised, promised[0]],
    ):
        checks.check(bool(differences(tampered, exported)), "a list that was tampered with passed")
    checks.check(bool(differences(promised, [*exported, "leaked"])), "a symbol too many passed")
    checks.check(
        all(version.endswith(".0") for _, _, version in listed_symbols()),
        "a symbol came with a patch release, which has no node of its own",
    )

    values = (HERE / "values.c").read_text(encoding="ascii")
    for name, value, _ in listed_symbols():
        if value:
            checks.check(f"PIN({name}, {value});" in values, f"values.c does not pin {name} to {value}")
    checks.runs(["gcc", *C_FLAGS, "-fsyntax-only", HERE / "values.c"], "the header's values")
    checks.report(totals, "exports")


_RELEASES = """\
# A library of three releases.
ami_first 0.1.0
AMI_VALUE=1 0.1.0
ami_second 0.2.0
ami_third 0.3.0
"""


def versions(totals: Totals) -> None:
    """Functions of later releases get nodes of their own, and a program needs those that it uses."""
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="capi-") as temporary:
        folder = Path(temporary)
        listed, script, library = folder / "symbols.txt", folder / "map", folder / "libreleases.so"
        listed.write_text(_RELEASES, encoding="ascii")
        made = checks.runs(["awk", "-f", ROOT / "include/version_script.awk", listed], "the version script")
        script.write_text(made or "", encoding="ascii")
        source, program = folder / "releases.c", folder / "program.c"
        names = ("ami_first", "ami_second", "ami_third", "ami_hidden")
        source.write_text("".join(f"void {name}(void) {{}}\n" for name in names), encoding="ascii")
        link: list[str | Path] = ["-shared", f"-Wl,--version-script,{script}", source, "-o", library]
        checks.runs(["gcc", "-fPIC", *link], "a library with three nodes")
        checks.check(
            sorted(exported_functions(library))
            == ["ami_first@@LIBAMI_0.1", "ami_second@@LIBAMI_0.2", "ami_third@@LIBAMI_0.3"],
            f"it exports {exported_functions(library)}",
        )
        program.write_text("void ami_second(void);\nint main(void) { ami_second(); }\n", encoding="ascii")
        checks.runs(["gcc", program, library, "-o", folder / "program"], "a program with a function of 0.2")
        needed = output_of(["readelf", "-V", folder / "program"]).stdout
        checks.check("Name: LIBAMI_0.2" in needed, f"it does not need LIBAMI_0.2:\n{needed}")
        checks.check("LIBAMI_0.1" not in needed and "LIBAMI_0.3" not in needed, "it needs another node too")
    checks.report(totals, "versions")


# Behind host, port, user and secret.
_EXAMPLE_ARGUMENTS = {
    "send_sms": ["1", "10086", "hello"],
    "send_ussd": ["1", "*100#"],
    "gateway": ["10086", "hello"],
    "legacy": ["1", "10086", "hello"],
    "originate": ["SIP/100", "default", "200"],
    "loop_originate": ["SIP/100", "default", "200"],
    "tls": ["/nowhere/ca.pem"],
    "ussd_menu": ["1", "*100#"],
    "edit_config": ["a.conf", "general", "name", "value"],
}


def examples(totals: Totals, ways: Sequence[Way]) -> None:
    for way in ways:
        checks = Checks()
        programs = [*(ROOT / "examples/c").glob("*.c"), *(ROOT / "examples/cpp").glob("*.cpp")]
        for source in sorted(programs):
            # Marks of the pieces that pages show are no lines of the program.
            written = source.read_text(encoding="utf-8").splitlines()
            lines = sum(not re.fullmatch(r" *(//|/\*) \[/?[\w-]+\]( \*/)?", line) for line in written)
            checks.check(lines < EXAMPLE_LINES, f"{source.name} has {lines} lines")
            link: list[str | Path] = [f"-L{BUILD}", "-lami", f"-Wl,-rpath,{BUILD}"]
            if way.library:
                link = [*SANITIZE, way.library, *SYSTEM_LIBS]
            if source.stem in LOOPS:
                module, package = LOOPS[source.stem]
                flags = flags_of(module)
                if not checks.check(flags is not None, f"{module} cannot be found; install {package}"):
                    continue
                link += flags or []
            program = way.folder / f"example-{source.parent.name}-{source.stem}"
            compiling = ["gcc", *C_FLAGS] if source.suffix == ".c" else ["g++", *CXX_FLAGS, *CAREFUL_CXX]
            if checks.runs([*compiling, source, *link, "-o", program], source.name) is None:
                continue
            done = output_of(way.command(program), env=way.environment())
            checks.check(
                done.returncode == 2 and "usage: " in done.stdout, f"{source.name} without arguments"
            )
            more = _EXAMPLE_ARGUMENTS.get(source.stem, [])
            if source.stem != "parser":  # It leaves the port to getaddrinfo.
                done = output_of([*way.command(program), "127.0.0.1", "5x", "admin", "Never-Shown", *more])
                checks.check(done.returncode == 2 and "usage: " in done.stdout, f"{source.name} at 5x")
            # Nobody listens on port 1.
            arguments = ["127.0.0.1", "1", "admin", "Never-Shown", *more]
            done = output_of([*way.command(program), *arguments], env=way.environment())
            good = done.returncode in (1, 2) and done.stdout.strip() and "Never-Shown" not in done.stdout
            checks.check(
                bool(good), f"{source.name} at a closed port ended with {done.returncode}:\n{done.stdout}"
            )
            if source.stem == "login":
                host, _, port = os.environ[SERVERS[-1]].rpartition(":")
                said = checks.runs([*way.command(program), host, port, "admin", "amp111"], "it logs in")
                checks.check((said or "").startswith("logged in: Asterisk 22"), f"{source} says {said!r}")
            if source.stem.startswith("loop_"):
                start = way.command(program)

                def at_port(
                    port: str, start: Words = start, more: Words = tuple(more), way: Way = way
                ) -> str:
                    command = [*start, "127.0.0.1", port, "admin", "Never-Shown", *more]
                    return output_of(command, env=way.environment()).stdout

                meets = originates_a_call if source.stem == "loop_originate" else meets_a_call
                meets(checks, source.name, at_port)
        checks.check(checks.passed > 10, "there are hardly any examples")
        checks.report(totals, "examples", way.name)


# -----------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    if arguments == ["library"]:
        print(sanitized_library())
        return 0
    totals = Totals()
    start = time.monotonic()
    known = {*WAYS, "exports", "versions", "install", "examples", "adapters"}.union(*LANES)
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
                    if way.name == "plain" or suite not in ONLY_PLAIN:
                        run_suite(suite, way, totals)

        others: list[tuple[str, Callable[[], None]]] = [
            ("exports", lambda: exports(totals)),
            ("versions", lambda: versions(totals)),
            ("install", lambda: installed(totals, listed_functions())),
            ("examples", lambda: examples(totals, ways)),
            ("adapters", lambda: adapters(totals)),
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
