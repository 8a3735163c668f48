"""Runs everything that `make test` proves, and counts it; with the word `check`, what `make check` does.

With AMI_SKIP_NOTHING=1 a part that cannot run is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "asterisk"))
import servers  # noqa: E402

BIN = Path(sys.executable).parent
PYTHON_SOURCES = ["python", "tests", "examples", "benches", "fuzz", "tools", "docs", "packaging"]
DEBIAN_PACKAGES = {
    "valgrind": "valgrind",
    "g++": "g++",
    "pkg-config": "pkg-config",
    "openssl": "openssl",
    "abidw": "abigail-tools",
    "cmake": "cmake",
    "man": "man-db",
    "mandoc": "mandoc",
    "clang": "clang",
    "rpmspec": "rpm",
}
# Those of libraries, by the modules of pkg-config.
DEBIAN_LIBRARIES = {
    "libuv": "libuv1-dev",
    "libevent_core": "libevent-dev",
    "glib-2.0": "libglib2.0-dev",
    "Qt5Core": "qtbase5-dev",
}
# "test result: ok. 3 passed; 0 failed; 1 ignored" is cargo's, "3 passed, 1 skipped in 2.0s" pytest's.
COUNTS = {
    "passed": re.compile(r"(\d+) passed"),
    "failed": re.compile(r"(\d+) (?:failed|errors?)\b"),
    "skipped": re.compile(r"(\d+) (?:ignored|skipped|xfailed)\b"),
}


@dataclass
class Part:
    """One command and how its output is counted."""

    name: str
    command: Sequence[str]
    # Lines with results; without, the command itself is one test.
    results: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: Sequence[str] = ()


# Where cargo and pytest begin to tell what failed.
FAILURES = re.compile(r"failures:|=+ (FAILURES|ERRORS)")
EXCERPT_LINES = 80


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    # What the parts that failed said, to be read at the end.
    excerpts: list[str] = field(default_factory=list)
    # Held while something is said and counted, as parts may run side by side.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, passed: int, failed: int, skipped: int = 0) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed or skipped:
            self.notes.append(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")


def run(part: Part, totals: Totals, alone: bool = True) -> bool:
    missing = [tool for tool in part.needs if shutil.which(tool) is None]
    if missing:
        with totals.lock:
            print(f"--- {part.name}: skipped, {', '.join(missing)} is missing: install it", flush=True)
            totals.add(f"{part.name} ({', '.join(missing)} is missing)", 0, 0, 1)
        return False
    print(f"--- {part.name}", flush=True)
    start = time.monotonic()
    process = subprocess.Popen(
        part.command,
        cwd=ROOT,
        env={**os.environ, **part.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    counts = dict.fromkeys(COUNTS, 0)
    lines = []
    for line in process.stdout:
        if alone:
            print(line, end="", flush=True)
        lines.append(line)
        if part.results and re.match(part.results, line):
            for kind, pattern in COUNTS.items():
                counts[kind] += sum(int(number) for number in pattern.findall(line))
    good = process.wait() == 0
    if not part.results:
        counts["passed" if good else "failed"] = 1
    elif not good and counts["failed"] == 0:
        counts["failed"] = 1
    elif good and counts["passed"] == 0:
        print("no test ran", flush=True)
        counts["failed"] = 1
    with totals.lock:
        if not alone:
            print("".join(lines), end="")
        totals.add(part.name, counts["passed"], counts["failed"], counts["skipped"])
        print(f"--- {part.name}: {time.monotonic() - start:.0f} s", flush=True)
        if counts["failed"]:
            totals.excerpts.append(f"--- failed: {part.name}\n{excerpt(lines)}")
    return good and counts["failed"] == 0


def run_lanes(lanes: Sequence[Sequence[Part]], totals: Totals) -> None:
    """Runs lanes side by side, the parts of each in their order."""

    def run_lane(lane: Sequence[Part]) -> None:
        for part in lane:
            run(part, totals, alone=False)

    with ThreadPoolExecutor(len(lanes)) as pool:
        for running in [pool.submit(run_lane, lane) for lane in lanes]:
            running.result()


def excerpt(lines: Sequence[str]) -> str:
    start = next(
        (at for at, line in enumerate(lines) if FAILURES.match(line)), max(0, len(lines) - EXCERPT_LINES)
    )
    return "".join(lines[start : start + EXCERPT_LINES])


def has_library(module: str) -> bool:
    has_tool = shutil.which("pkg-config") is not None
    return has_tool and subprocess.run(["pkg-config", "--exists", module], check=False).returncode == 0


def install_packages() -> None:
    missing = [package for tool, package in DEBIAN_PACKAGES.items() if shutil.which(tool) is None]
    missing += [package for module, package in DEBIAN_LIBRARIES.items() if not has_library(module)]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing]
        for command in (["apt-get", "update", "-q"], install):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    else:
        print(f"missing, and not installed as this is not root on Debian: {', '.join(missing)}", flush=True)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def style() -> list[Part]:
    c_sources = sorted(
        str(path.relative_to(ROOT))
        for folder in ("examples/c", "examples/cpp", "tests/capi", "tests/instructions", "benches")
        for path in (ROOT / folder).glob("*.[ch]*")
        if path.suffix in (".c", ".h", ".cpp")
    )
    c_sources.append("include/ami.hpp")
    c_sources += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "include/ami/adapters").glob("*.h"))
    clippy = ["cargo", "clippy", "--quiet", "--all-targets"]
    both = ["--package", "libami", "--package", "ami_test_support"]
    warnings = ["--", "-D", "warnings"]
    return [
        Part("rustfmt", ["cargo", "fmt", "--all", "--check"]),
        Part(
            "rustfmt, peers of the benchmark",
            ["cargo", "fmt", "--check", "--manifest-path", "benches/peers/rust/Cargo.toml"],
        ),
        Part("clippy, protocol alone", [*clippy, *both, "--no-default-features", *warnings]),
        Part("clippy, C face", [*clippy, *both, "--features", "capi,simulator", *warnings]),
        # Left out of all targets, as they do not run without servers.
        Part(
            "clippy, tests with servers",
            [
                *("cargo", "clippy", "--quiet", "--features", "capi,simulator"),
                *("--test", "faults", "--test", "load", *warnings),
            ],
        ),
        Part("clippy, Python face", ["cargo", "clippy", "--quiet", "--features", "python", *warnings]),
        Part("clang-format", [str(BIN / "clang-format"), "--dry-run", "--Werror", *c_sources]),
        Part("ruff", [str(BIN / "ruff"), "check", *PYTHON_SOURCES]),
        Part("ruff format", [str(BIN / "ruff"), "format", "--check", *PYTHON_SOURCES]),
    ]


def typing() -> list[Part]:
    return [
        Part(
            "mypy",
            python(
                "-m",
                "mypy",
                "python/libami",
                "python/libami_pytest",
                "examples",
                "tests/everything.py",
                "tests/cross.py",
                "tests/debian_root.py",
                "tests/installed.py",
                "tests/metadata.py",
                "tests/packages.py",
                "tests/released.py",
                "tests/reproducible.py",
                "tests/supply.py",
                "tests/systems.py",
                "tests/wheels.py",
                "tests/verify_types.py",
                "tests/instructions",
                "benches",
                "fuzz/seed.py",
                "tools",
            ),
        ),
        Part(
            "mypy, tests",
            python(
                "-m",
                "mypy",
                "tests/python",
                "tests/asterisk",
                "tests/capi",
                "tests/peers/side_by_side.py",
            ),
        ),
        Part("stubtest", python("-m", "mypy.stubtest", "libami._native", "libami.events")),
    ]


def released() -> Part:
    return Part(
        "contract of the releases",
        python("tests/released.py"),
        results="released: ",
        needs=["gcc", "abidw", "abidiff"],
    )


def instructions() -> list[Part]:
    return [
        Part(
            "instruction counts",
            python("tests/instructions/run.py"),
            results="instructions: ",
            needs=["gcc", "valgrind"],
        )
    ]


def recipes() -> list[Part]:
    return [
        Part(
            "recipes of packages",
            python("tests/packages.py"),
            results="packages: ",
            needs=["bash", "rpmspec"],
        )
    ]


FACES = ("--features", "capi,simulator")


def built() -> list[Part]:
    """What has target folders of its own; linking it, for half of the time, keeps but one core busy."""
    return [
        Part("make lib", ["make", "--no-print-directory", "lib"]),
        Part("make python", ["make", "--no-print-directory", "python"]),
        Part("sanitized library", python("tests/capi/run.py", "library")),
    ]


def checked() -> list[Part]:
    """What needs no more than the sources, and the Rust tests, built. It takes as long as the other lane."""
    return [
        *style(),
        Part("what it is made of", python("tests/supply.py"), results="supply: "),
        Part("metadata of the package", python("tests/metadata.py"), results="metadata: "),
        released(),
        Part("rustdoc", ["cargo", "doc", "--no-deps", *FACES], environment={"RUSTDOCFLAGS": "-D warnings"}),
        Part("Rust tests, built", ["cargo", "test", *FACES, "--no-run"]),
        Part(
            "Rust tests with servers, built",
            ["cargo", "test", *FACES, "--test", "faults", "--test", "load", "--no-run"],
        ),
        Part(
            "models of how threads meet",
            [
                *("cargo", "test", "--lib", "--no-default-features", "--features", "blocking"),
                *("--target-dir", "target/loom", "models"),
            ],
            results="test result: ",
            environment={"RUSTFLAGS": "--cfg ami_loom"},
        ),
    ]


def rust() -> list[Part]:
    return [Part("Rust tests", ["cargo", "test", *FACES, "--no-fail-fast"], results="test result: ")]


def with_servers() -> list[Part]:
    result = "test result: "
    return [
        Part(
            "fault tests",
            [
                *("cargo", "test", "--features", "capi,simulator", "--test", "faults"),
                *("--", "--nocapture", "--test-threads", "1"),
            ],
            results=result,
        ),
        Part(
            "load tests",
            ["cargo", "test", "--features", "capi,simulator", "--test", "load"],
            results=result,
        ),
        Part(
            "C tests",
            python("tests/capi/run.py"),
            results="total: ",
            needs=["gcc", "g++", "clang", "valgrind", "cmake", "mandoc", "pkg-config"],
        ),
    ]


def with_pytest() -> list[list[Part]]:
    """Two lanes: one has the real servers for itself."""

    def part(name: str, *arguments: str) -> Part:
        command = python("-m", "pytest", "-q", *arguments)
        return Part(name, command, results=r".*\b(passed|failed|errors?)\b.* in ")

    # Those of whole processes take as long as the others, which makes the lanes even.
    processes = [
        f"tests/python/test_{name}.py" for name in ("exit", "processes", "gateway_processes", "lifecycle")
    ]
    return [
        [
            part("Python tests with servers", "tests/python", "-k", "asterisk-"),
            part("server tests", "tests/asterisk"),
            part("Python tests of processes", *processes, "-k", "not asterisk-"),
        ],
        [
            part(
                "Python tests",
                "tests/python",
                "-k",
                "not asterisk-",
                *(f"--ignore={path}" for path in processes),
            )
        ],
    ]


def quick() -> list[Part]:
    """Format, lint, types and the tests that need neither servers nor libraries: for each change of a day."""
    tests = ["--lib"]
    for test in ("layers", "names", "abi", "protocol", "session", "answers"):
        tests += ["--test", test]
    return [
        *style(),
        *typing()[:1],
        released(),
        Part(
            "Rust unit tests",
            ["cargo", "test", "--quiet", *FACES, *tests],
            results="test result: ",
        ),
    ]


def check() -> int:
    totals = Totals()
    start = time.monotonic()
    for part in quick():
        run(part, totals)
    return report(totals, start)


def report(totals: Totals, start: float) -> int:
    for said in totals.excerpts + totals.notes:
        print(said)
    print(f"{time.monotonic() - start:.0f} s")
    print(f"total: {totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped", flush=True)
    return 1 if totals.failed or (totals.skipped and os.environ.get("AMI_SKIP_NOTHING")) else 0


def main() -> int:
    # Ctrl-C is tested, and a program started in the background would pass on that it is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    totals = Totals()
    start = time.monotonic()
    install_packages()
    packages = python("-m", "pip", "install", "--quiet", "-r", "tests/requirements.txt")
    run(Part("packages for the tests", packages), totals)
    run_lanes([built(), checked()], totals)
    for part in [*typing(), *recipes(), *instructions(), *rust()]:
        run(part, totals)
    try:
        with servers.running() as environment:
            alone, lanes = with_servers(), with_pytest()
            for part in [*alone, *(part for lane in lanes for part in lane)]:
                part.environment = {**part.environment, **environment}
            for part in alone:
                run(part, totals)
            run_lanes(lanes, totals)
    except (servers.RootsError, servers.ServerError) as error:
        print(f"--- tests on real servers: skipped: {error}", flush=True)
        totals.add(f"tests on real servers ({error})", 0, 0, 1)
    run(Part("demo", ["make", "--no-print-directory", "demo"], results="demo: "), totals)
    return report(totals, start)


if __name__ == "__main__":
    sys.exit(check() if sys.argv[1:] == ["check"] else main())
