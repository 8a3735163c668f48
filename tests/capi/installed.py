"""What `make install` installs, and programs that use it in every way that a C library is used."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import BUILD, C_STRICT, HERE, LIBRARIES, ROOT, Checks, Totals, Words, output_of

# Objects of both libraries in one program. The secret is not the gateway's, so the login is refused.
_BOTH_PROGRAM = """\
#include <ami_simulator.h>
#include <stdio.h>
#ifdef OTHER
int other(int number);
#endif
int main(void) {
    ami_simulator *gateway = NULL;
    ami_client *client = NULL;
    if (ami_simulator_start(NULL, &gateway) != AMI_OK)
        return 1;
    ami_config *config = ami_config_new();
    ami_config_set_host(config, "127.0.0.1");
    ami_config_set_port(config, ami_simulator_port(gateway));
    ami_config_set_username(config, "admin");
    ami_config_set_secret(config, "another");
    ami_status status = ami_client_connect(config, &client, NULL);
    ami_config_free(config);
    ami_simulator_free(gateway);
    printf("%s %d\\n", ami_version(), status == AMI_E_AUTH);
#ifdef OTHER
    return other(1) - 2;
#else
    return 0;
#endif
}
"""
# A static library of another Rust program, with Rust's runtime in it.
_OTHER_LIBRARY = """\
#[unsafe(no_mangle)]
pub extern "C" fn other(number: i32) -> i32 {
    std::panic::catch_unwind(|| format!("{number}").parse::<i32>().unwrap() + 1).unwrap_or(0)
}
"""

# A program that CMake builds; the simulator has no package for it.
_CMAKE_PROJECT = """\
cmake_minimum_required(VERSION 3.13)
project(program C)
find_package(libami ${WANTED} REQUIRED)
add_executable(program program.c)
target_link_libraries(program PRIVATE libami::@TARGET@@SIMULATOR@)
"""
# A program that only has the names of functions.
_LOADING_PROGRAM = """\
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
int main(void) {
    void *library = dlopen("libami.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return 1;
    const char *(*version)(void) = NULL;
    void *found = dlsym(library, "ami_version");
    memcpy(&version, &found, sizeof version);
    printf("%s %d\\n", version(), dlsym(library, "ami_client_connect") != NULL);
    return dlclose(library);
}
"""


COMMANDS = [
    path.stem
    for path in sorted((ROOT / "python/libami/cli").glob("*.py"))
    if "\ndef add(" in path.read_text(encoding="utf-8") and path.stem != "bulk"
]
"""The commands of `libami`; bulk is below another one."""


def pkg_config(stage: Path, name: str, *options: str) -> list[str]:
    """The flags that pkg-config gives, or the file itself where there is none."""
    folder = stage / "usr/lib/pkgconfig"
    if shutil.which("pkg-config"):
        found = {"PKG_CONFIG_LIBDIR": str(folder), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
        allowed = {"PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"}
        said = output_of(["pkg-config", *options, name], env={**os.environ, **found, **allowed})
        return shlex.split(said.stdout)
    lines = (folder / f"{name}.pc").read_text(encoding="utf-8").splitlines()
    variables = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    fields = dict(line.split(": ", 1) for line in lines if re.match(r"[\w.]+: ", line))
    wanted = fields["Cflags"] if "--cflags" in options else fields["Libs"]
    if "--static" in options:
        wanted += f" {fields.get('Libs.private', '')}"
    for _ in variables:
        wanted = re.sub(r"\$\{(\w+)\}", lambda match: variables[match[1]], wanted)
    return [re.sub(r"^(-[IL])(/.*)", rf"\1{stage}\2", word) for word in shlex.split(wanted)]


@dataclass
class Installed:
    """An installation in a folder of its own, and the checks of it."""

    folder: Path
    version: str
    checks: Checks
    make: Words

    @property
    def stage(self) -> Path:
        return self.folder / "stage"

    @property
    def lib(self) -> Path:
        return self.stage / "usr/lib"

    def files(self) -> set[str]:
        return {
            str(path.relative_to(self.stage / "usr")) for path in self.stage.rglob("*") if not path.is_dir()
        }

    def program(self, name: str, compiling: Words, *arguments: str, **more: str) -> None:
        """Compiles and links a program, and runs it."""
        program = self.folder / "program"
        program.unlink(missing_ok=True)
        if self.checks.runs([*compiling, "-o", program], name) is not None:
            said = self.checks.runs([program, *arguments], f"the program, {name}", **more)
            self.checks.check(said == f"{self.version} 1\n", f"the program, {name}, says {said!r}")


# The files that the shells read for completions.
COMPLETIONS = {
    "bash": "share/bash-completion/completions/libami",
    "zsh": "share/zsh/site-functions/_libami",
    "fish": "share/fish/vendor_completions.d/libami.fish",
}


def in_place(it: Installed) -> None:
    """Every file is there, no other, and each says where it is."""
    expected = {
        "include/ami.h",
        "include/ami.hpp",
        "include/ami_names.h",
        "include/ami_simulator.h",
        "share/man/man1/libami.1",
        "share/man/man7/libami.7",
        *COMPLETIONS.values(),
    }
    expected |= {f"share/man/man1/libami-{name}.1" for name in COMMANDS}
    expected |= {f"include/ami/adapters/{loop}.h" for loop in ("uv", "event", "glib", "qt")}
    expected |= {f"lib/cmake/libami/libami-config{end}.cmake" for end in ("", "-version")}
    for name in LIBRARIES:
        expected |= {f"lib/{name}{end}" for end in (".a", ".so", ".so.0", f".so.{it.version}")}
        expected |= {f"lib/pkgconfig/{name}.pc"}
    have = it.files()
    others = {name for name in have if not name.startswith("share/man/man3/")}
    it.checks.check(others == expected, f"installed is {sorted(others)}, not {sorted(expected)}")
    for name in LIBRARIES:
        file = (it.lib / f"{name}.so.{it.version}").resolve()
        it.checks.check((it.lib / f"{name}.so").resolve() == file, f"{name}.so leads elsewhere")
        text = (it.lib / f"pkgconfig/{name}.pc").read_text(encoding="utf-8")
        it.checks.check("prefix=/usr\n" in text, f"{name}.pc was made for another prefix:\n{text}")
        it.checks.check(f"Version: {it.version}\n" in text, f"{name}.pc has another version:\n{text}")


def manual_pages(it: Installed, functions: Sequence[str]) -> None:
    """Each function has a page, and the pages are sound."""
    pages = it.stage / "usr/share/man/man3"
    for name in functions:
        page = pages / f"{name}.3"
        text = page.read_text(encoding="ascii") if page.exists() else ""
        if refers := re.fullmatch(r"\.so man3/(\w+\.3)\n", text):
            text = (pages / refers[1]).read_text(encoding="ascii")
        it.checks.check(f".SS {name}\n" in text, f"no manual page describes {name}")
    real = [page for page in pages.iterdir() if not page.read_text(encoding="ascii").startswith(".so ")]
    real += (it.stage / "usr/share/man/man1").iterdir()
    real.append(it.stage / "usr/share/man/man7/libami.7")
    # Without a date two builds are the same.
    faults = [
        line
        for line in output_of(["mandoc", "-Tlint", "-W", "warning", *real]).stdout.splitlines()
        if "missing date" not in line
    ]
    it.checks.check(not faults, f"the manual pages have faults: {faults[:5]}")
    it.checks.check(len(real) > 30, f"there are only {len(real)} manual pages")


def of_the_command(it: Installed) -> None:
    """The manual pages of the command name each option and variable, and the completions are its own."""
    it.checks.check(len(COMMANDS) > 10, f"the command has only {COMMANDS}")
    for name in ("", *(f"-{name}" for name in COMMANDS)):
        page = (it.stage / f"usr/share/man/man1/libami{name}.1").read_text(encoding="ascii")
        shared = (it.stage / "usr/share/man/man1/libami.1").read_text(encoding="ascii")
        said = it.checks.runs([sys.executable, "-m", "libami", *name.split("-")[1:], "--help"], "the help")
        for option in set(re.findall(r"(?<![\w-])--[a-z-]+", said or "")):
            told = f"\\fB{option.replace('-', chr(92) + '-')}\\fR"
            it.checks.check(told in page or told in shared, f"libami{name}(1) does not tell of {option}")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "python/libami/cli").glob("*.py"))
    variables = {*re.findall(r"\bLIBAMI_[A-Z_]*[A-Z]\b", sources), "LIBAMI_PORT", "LIBAMI_SECRET"}
    for variable in variables:
        it.checks.check(variable in shared, f"libami(1) does not tell of {variable}")
    for shell, file in COMPLETIONS.items():
        said = it.checks.runs([sys.executable, "-m", "libami", "completion", shell], f"completion {shell}")
        installed_file = (it.stage / "usr" / file).read_text(encoding="ascii")
        it.checks.check(said == installed_file, f"{file} is not what the command writes for {shell}")


def by_each_compiler(it: Installed, source: Path) -> None:
    """A program in each standard, linked with the shared libraries by each compiler."""
    flags = [*pkg_config(it.stage, "libami", "--cflags")]
    flags += [word for name in LIBRARIES for word in pkg_config(it.stage, name, "--libs")]
    for compiler, standard in LANGUAGES:
        words: Words = [compiler, *language(standard), "-Wall", "-Wextra", "-Werror", source, "-x", "none"]
        it.program(f"{standard} by {compiler}", [*words, *flags], LD_LIBRARY_PATH=str(it.lib))


def of_past_releases(it: Installed) -> None:
    """A program of each release in include/released runs with the library of today."""
    host, _, port = os.environ["AMI_ASTERISK_22"].rpartition(":")
    releases = sorted((ROOT / "include/released").iterdir())
    it.checks.check(bool(releases), "there is no release to be compared with")
    for release in releases:
        listed = (release / "symbols.txt").read_text(encoding="ascii")
        functions = re.findall(r"^(ami_\w+) ", listed, re.MULTILINE)
        old = it.folder / f"released-{release.name}"
        old.mkdir()
        # A library with the functions of then, which do nothing.
        script = it.checks.runs(
            ["awk", "-f", ROOT / "include/version_script.awk", release / "symbols.txt"], "its version script"
        )
        (old / "map").write_text(script or "", encoding="ascii")
        (old / "library.c").write_text("".join(f"void {name}(void) {{}}\n" for name in functions))
        table = ", ".join(f"(void (*)(void)){name}" for name in functions)
        (old / "every.c").write_text(
            f"#include <ami.h>\nvoid (*const every[])(void) = {{{table}}};\n", encoding="ascii"
        )
        shared = ["-shared", "-fPIC", "-Wl,-soname,libami.so.0", f"-Wl,--version-script,{old / 'map'}"]
        it.checks.runs(["gcc", *shared, old / "library.c", "-o", old / "libami.so"], "the old library")
        # All functions are looked for when it starts.
        compiling: Words = ["gcc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror"]
        compiling = [*compiling, f"-I{release}", HERE / "baseline.c", old / "every.c", "-Wl,-z,now"]
        link: Words = [f"-L{old}", "-lami"]
        name = f"a program of release {release.name}"
        it.program(name, [*compiling, *link], host, port, LD_LIBRARY_PATH=str(it.lib))
        needed = output_of(["readelf", "--dyn-syms", "-W", it.folder / "program"]).stdout
        it.checks.check(
            len(set(re.findall(r"\bami_\w+@LIBAMI_[\d.]+", needed))) == len(functions),
            f"{name} does not need all {len(functions)} functions of its release",
        )


def by_pkg_config(it: Installed, source: Path, other: Path) -> None:
    rust: list[str | Path] = ["rustc", "--edition", "2024", "--crate-type", "staticlib", other]
    it.checks.runs([*rust, "-o", it.folder / "libother.a"], "another static library in Rust")
    compile_it: list[str | Path] = ["gcc", *C_STRICT, source, *pkg_config(it.stage, "libami", "--cflags")]
    shared = [word for name in LIBRARIES for word in pkg_config(it.stage, name, "--libs")]
    it.program("shared, by pkg-config", [*compile_it, *shared], LD_LIBRARY_PATH=str(it.lib))
    needed = output_of(["readelf", "-d", it.folder / "program"]).stdout
    for name in LIBRARIES:
        it.checks.check(f"[{name}.so.0]" in needed, f"the shared program does not need {name}.so.0")
    # Without the shared ones the linker takes the static ones.
    for link in it.lib.glob("*.so*"):
        link.unlink()
    static = {name: pkg_config(it.stage, name, "--static", "--libs") for name in LIBRARIES}
    both = [*static["libami"], *static["libami_simulator"]]
    for name, words in (
        ("static", both),
        ("static, the other order", [*static["libami_simulator"], *static["libami"]]),
        ("static, C library too", ["-static", *both]),
        ("static, before another Rust library", ["-DOTHER", *both, it.folder / "libother.a"]),
        ("static, behind another Rust library", ["-DOTHER", it.folder / "libother.a", *both]),
    ):
        it.program(f"{name}, by pkg-config", [*compile_it, *words])
    it.program("static, by clang", ["clang", *compile_it[1:], *both])


def moved(it: Installed, source: Path) -> None:
    """What is installed works from another folder too, as that of a Conan package or of a cross build."""
    place = it.folder / "elsewhere"
    shutil.copytree(it.stage / "usr", place, symlinks=True)
    found = {"PKG_CONFIG_LIBDIR": str(place / "lib/pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": ""}
    words = ["pkg-config", "--define-prefix", "--cflags", "--libs", *LIBRARIES]
    flags = shlex.split(output_of(words, env={**os.environ, **found}).stdout)
    it.checks.check(f"-I{place}/include" in flags, f"--define-prefix gives {flags}")
    it.program("moved", ["gcc", *C_STRICT, source, *flags], LD_LIBRARY_PATH=str(place / "lib"))


def by_cmake(it: Installed, source: Path) -> None:
    for target in ("ami", "ami_static"):
        project = it.folder / f"cmake-{target}"
        project.mkdir()
        shutil.copy2(source, project / "program.c")
        simulator = "".join(f' "{it.lib}/libami_simulator.so.{it.version}"')
        (project / "CMakeLists.txt").write_text(
            _CMAKE_PROJECT.replace("@TARGET@", target).replace("@SIMULATOR@", simulator), encoding="ascii"
        )
        made = project / "made"
        configure: Words = ["cmake", "-S", project, "-B", made, f"-DCMAKE_PREFIX_PATH={it.stage}/usr"]
        version = ".".join(it.version.split(".")[:2])
        if it.checks.runs([*configure, f"-DWANTED={version}"], f"CMake with {target}") is None:
            continue
        it.checks.runs(["cmake", "--build", made], f"CMake builds with {target}")
        said = it.checks.runs(
            [made / "program"], f"CMake's program with {target}", LD_LIBRARY_PATH=str(it.lib)
        )
        it.checks.check(said == f"{it.version} 1\n", f"CMake's program with {target} says {said!r}")
        for wanted in ("0.999", "999"):
            done = output_of([*configure, f"-DWANTED={wanted}"])
            good = done.returncode != 0 and "compatible with requested version" in " ".join(
                done.stdout.split()
            )
            it.checks.check(good, f"CMake took {it.version} for {wanted}:\n{done.stdout}")


def loaded(it: Installed) -> None:
    """A program that has no header, and finds the functions when it runs."""
    source = it.folder / "loading.c"
    source.write_text(_LOADING_PROGRAM, encoding="ascii")
    compiling: Words = ["gcc", *C_STRICT, source, "-ldl"]
    it.program("dlopen", compiling, LD_LIBRARY_PATH=str(it.lib))


# The warnings of a careful program. A header of ours causes none.
_CAREFUL = (
    *("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wsign-conversion", "-Wshadow"),
    *("-Wundef", "-Wcast-align", "-Wcast-qual", "-Wwrite-strings", "-Wdouble-promotion", "-Wformat=2"),
)
_CAREFUL_C = ("-Wstrict-prototypes", "-Wmissing-prototypes", "-Wold-style-definition", "-Wc++-compat")
CAREFUL_CXX = ("-Wold-style-cast", "-Wuseless-cast", "-Wzero-as-null-pointer-constant", "-Wnon-virtual-dtor")
# All that clang has, but for what tells of older standards, of the layout of objects, and that a header alone
# has no other file for its classes.
_EVERYTHING = (
    *("-Weverything", "-Werror", "-Wno-padded", "-Wno-weak-vtables"),
    *("-Wno-c++98-compat", "-Wno-c++98-compat-pedantic"),
)
# The older ones of C++ know ami.h alone: ami.hpp needs C++17.
LANGUAGES = [
    (compiler, standard)
    for compilers, names in (
        (("gcc", "clang"), ("c99", "c11", "c17")),
        (("g++", "clang++"), ("c++11", "c++17", "c++20")),
    )
    for compiler in compilers
    for standard in names
]


def language(standard: str) -> list[str]:
    return ["-x", "c++" if standard.startswith("c++") else "c", f"-std={standard}"]


def standards(it: Installed) -> None:
    """The headers in each standard, by each compiler, with all warnings as errors."""
    source = it.folder / "standards.c"
    names = ("ami.h", "ami_names.h", "ami_simulator.h", "ami.h")
    headers = "".join(f"#include <{name}>\n" for name in names)
    source.write_text(
        f"{headers}#if defined(__cplusplus) && __cplusplus >= 201703L\n#include <ami.hpp>\n#endif\n"
        "#if defined(__cplusplus) && __cplusplus >= 202002L\n#include <ranges>\n"
        'static_assert(std::ranges::input_range<ami::Response>, "its headers are a range");\n#endif\n'
        "int main(void) { return ami_version()[0] == 0; }\n",
        encoding="ascii",
    )
    for compiler, standard in LANGUAGES:
        careful = [*_CAREFUL, *(CAREFUL_CXX if standard.startswith("c++") else _CAREFUL_C)]
        if compiler.startswith("clang"):
            careful = [*_EVERYTHING]
        # Not -isystem: it would hide what the headers cause.
        words: Words = [compiler, *language(standard), *careful, f"-I{it.stage}/usr/include"]
        it.checks.runs([*words, "-fsyntax-only", source], f"the headers in {standard} by {compiler}")


def stripped(it: Installed) -> None:
    """Stripped libraries are small, and debuggers still find the rest."""
    it.checks.runs([*it.make, "install-strip"], "make install-strip")
    for name in LIBRARIES:
        file = it.lib / f"{name}.so.{it.version}"
        sections = output_of(["readelf", "-SW", file]).stdout
        it.checks.check(".gnu_debuglink" in sections, f"{name} names no file for debuggers")
        it.checks.check(".debug_info" not in sections, f"{name} is not stripped")
        debug = file.with_name(f"{file.name}.debug")
        it.checks.check(debug.exists(), f"{debug.name} is not there")
        it.checks.check(file.stat().st_size < 5_000_000, f"{name} has {file.stat().st_size} bytes")


def removed(it: Installed) -> None:
    """All that was installed goes, its own folders too, and files of others stay."""
    others = {"include/other.h", "lib/libother.so.1", "lib/cmake/other/other.cmake", "share/man/man3/other.3"}
    for name in others:
        file = it.stage / "usr" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="ascii")
    it.checks.runs([*it.make, "uninstall"], "make uninstall")
    it.checks.check(it.files() == others, f"make uninstall left {sorted(it.files() - others)}")
    folders = [path for path in it.stage.rglob("*") if path.is_dir() and not any(path.iterdir())]
    it.checks.check(not folders, f"make uninstall left the folders {folders}")
    # Of a prefix that is libami's alone nothing stays, and every system's own folders do.
    for prefix, stays in (("/opt/ami", ["opt"]), ("/usr/local", ["include", "lib", "man"])):
        shutil.rmtree(it.stage)
        for target in ("install", "uninstall"):
            it.checks.runs([*it.make, target, f"PREFIX={prefix}"], f"make {target} PREFIX={prefix}")
        left = sorted(path.name for path in it.stage.rglob("*") if not any(path.iterdir()))
        it.checks.check(left == stays, f"make uninstall PREFIX={prefix} left {left}")


def refused(it: Installed) -> None:
    """A relative folder is no place where pkg-config or a loader could look."""
    for setting in ("PREFIX=some/where", "LIBDIR=lib"):
        done = output_of([*it.make, "install", setting])
        said = f"{setting} is not an absolute path" in done.stdout
        it.checks.check(done.returncode != 0 and said, f"make install {setting} says {done.stdout}")


def installed(totals: Totals, functions: Sequence[str]) -> None:
    checks = Checks()
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    with tempfile.TemporaryDirectory(prefix="capi-") as temporary:
        folder = Path(temporary)
        build = folder / "build"
        # A copy, so that nothing of the build folder is made anew here; its age stays.
        build.mkdir()
        make: list[str | Path] = ["make", "--no-print-directory", "-C", ROOT]
        make += [f"BUILD={build}", f"DESTDIR={folder / 'stage'}", "PREFIX=/usr"]
        make += ["-o", "target/capi/release/libami.a"]
        for name in LIBRARIES:
            for end in (".a", ".so.0", ".map", ".pc"):
                shutil.copy2(BUILD / f"{name}{end}", build / f"{name}{end}")
            (build / f"{name}.so").symlink_to(f"{name}.so.0")
            make += [word for end in (".a", ".so.0", ".map") for word in ("-o", build / f"{name}{end}")]
        it = Installed(folder, version[1], checks, make)
        source, other = folder / "both.c", folder / "other.rs"
        source.write_text(_BOTH_PROGRAM, encoding="ascii")
        other.write_text(_OTHER_LIBRARY, encoding="ascii")
        checks.runs([*make, "install"], "make install")
        in_place(it)
        manual_pages(it, functions)
        of_the_command(it)
        standards(it)
        by_each_compiler(it, source)
        of_past_releases(it)
        loaded(it)
        moved(it, source)
        by_cmake(it, source)
        # This one takes the shared libraries away.
        by_pkg_config(it, source, other)
        stripped(it)
        removed(it)
        refused(it)
    checks.report(totals, "install")
