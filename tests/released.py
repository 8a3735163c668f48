"""Compares the C ABI and the Python API with those of each release in include/released, and shows that each
gate fails.

    released.py          compares; `make test` and `make check` run this
    released.py write    stores what this tree has as the release of its version: `make baseline`

A release's folder has ami.h, symbols.txt, the ABI as abidw reads it from a stub of the header (libami.abi),
and the Python package as griffe reads it (libami.json). Additions pass; removals and changes do not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import griffe

ROOT = Path(__file__).resolve().parent.parent
RELEASED = ROOT / "include/released"
# The names of a release's files.
HEADER, SYMBOLS, ABI, PYTHON = "ami.h", "symbols.txt", "libami.abi", "libami.json"


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def declarations(header: str) -> dict[str, str]:
    """The types and functions of a header, each with its declaration in one line."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*|^#[^\n]*", "", header, flags=re.DOTALL | re.MULTILINE)
    found = {}
    for statement in re.sub(r'extern "C" \{|\}\s*$', "", code).split(";"):
        words = " ".join(statement.split())
        if words:
            name = re.search(r"\(\*(\w+)\)|\b(\w+)\(|\b(\w+)$", words)
            assert name is not None, f"ami.h has {words!r}"
            assert "{" not in words, f"ami.h has {words!r}"
            found[next(filter(None, name.groups()))] = words
    return found


def functions(header: str) -> dict[str, str]:
    found = declarations(header).items()
    return {name: words for name, words in found if not words.startswith("typedef")}


def types(declaration: str) -> str:
    """A declaration without the names of its parameters, which callers do not see."""
    before, bracket, parameters = declaration.removesuffix(")").rpartition("(")
    if not bracket:
        return declaration
    kinds = [re.sub(r"(?<=[\s*])\w+$", "", each.strip()).strip() for each in parameters.split(",")]
    return f"{before}({', '.join(kinds)})"


def constants(header: str) -> dict[str, str]:
    """The constants of a header and their values; those of the version change with each release."""
    found = re.findall(r"^#define (AMI_\w+) +(\S.*)$", header, re.MULTILINE)
    return {name: value.strip() for name, value in found if not name.startswith("AMI_VERSION_")}


def abi(header: str) -> str:
    """The ABI of a library with the functions of this header, which do nothing.

    The real library's debug information has no types of C; a stub's has nothing else."""
    with tempfile.TemporaryDirectory(prefix="released-") as temporary:
        folder = Path(temporary)
        (folder / HEADER).write_text(header, encoding="utf-8")
        bodies = (f"{each} {{ __builtin_trap(); }}\n" for each in functions(header).values())
        (folder / "stub.c").write_text(f'#include "{HEADER}"\n{"".join(bodies)}', encoding="utf-8")
        link = [
            "gcc",
            "-w",
            "-g",
            "-shared",
            "-fPIC",
            "-Wl,-soname,libami.so.0",
            "stub.c",
            "-o",
            "libami.so.0",
        ]
        run(link, folder)
        return run(
            ["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "libami.so.0"], folder
        )


def slim(value: Any) -> Any:
    """The dump of griffe without texts and places, which are no part of an API."""
    if isinstance(value, Mapping):
        kept = {key: each for key, each in value.items() if key not in ("docstring", "git_info", "filepath")}
        return {key: None if key in ("lineno", "endlineno") else slim(each) for key, each in kept.items()}
    return [slim(each) for each in value] if isinstance(value, list) else value


def package() -> griffe.Module:
    loaded = griffe.load("libami", search_paths=[ROOT / "python"], allow_inspection=False)
    assert isinstance(loaded, griffe.Module)
    # The command's own modules are no API.
    loaded.del_member("cli")
    return loaded


def dumped(module: griffe.Module) -> str:
    return json.dumps(slim(json.loads(module.as_json(full=False))), separators=(",", ":")) + "\n"


def restored(dump: str) -> griffe.Module:
    module = griffe.Module.from_json(dump)
    modules = griffe.ModulesCollection()
    modules[module.name] = module
    module._modules_collection = modules
    return module


@dataclass(frozen=True)
class Release:
    header: str
    symbols: str
    abi: str
    python: str

    @staticmethod
    def of_tree() -> Release:
        header = (ROOT / "include" / HEADER).read_text(encoding="utf-8")
        symbols = (ROOT / "include" / SYMBOLS).read_text(encoding="ascii")
        return Release(header, symbols, abi(header), dumped(package()))

    @staticmethod
    def stored(folder: Path) -> Release:
        return Release(
            *((folder / name).read_text(encoding="utf-8") for name in (HEADER, SYMBOLS, ABI, PYTHON))
        )

    def store(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (
            (HEADER, self.header),
            (SYMBOLS, self.symbols),
            (ABI, self.abi),
            (PYTHON, self.python),
        ):
            (folder / name).write_text(text, encoding="utf-8")


# ---- the gates: each yields the parts of the old release that are gone or changed in the new one ----


def symbols_kept(old: Release, new: Release) -> Iterator[str]:
    """The list of symbols only grows, at its end."""
    listed = [[line for line in each.symbols.splitlines() if line and line[0] != "#"] for each in (old, new)]
    for at, line in enumerate(listed[0]):
        if listed[1][at : at + 1] != [line]:
            yield f"symbols.txt has not {line!r} as its entry {at + 1}"
            return


def constants_kept(old: Release, new: Release) -> Iterator[str]:
    now = constants(new.header)
    for name, value in constants(old.header).items():
        if now.get(name) != value:
            yield f"{name} was {value} and is {now.get(name, 'gone')}"


def declarations_kept(old: Release, new: Release) -> Iterator[str]:
    """Declarations stay as they are: so programs still compile, which const decides as well."""
    now = declarations(new.header)
    for name, declared in declarations(old.header).items():
        if name not in now:
            yield f"{name} is gone from ami.h"
        elif types(now[name]) != types(declared):
            yield f"{name} was declared {declared!r} and is {now[name]!r}"


def abi_kept(old: Release, new: Release) -> Iterator[str]:
    """Programs that are compiled still run: abidiff finds nothing removed and nothing changed."""
    with tempfile.TemporaryDirectory(prefix="released-") as temporary:
        for name, each in (("old.abi", old), ("new.abi", new)):
            Path(temporary, name).write_text(each.abi, encoding="utf-8")
        command = ["abidiff", "old.abi", "new.abi"]
        done = subprocess.run(command, cwd=temporary, capture_output=True, text=True, check=False)
    # 1 and 2 are errors; 4 is any change, be it an addition.
    if done.returncode & 3:
        yield f"abidiff ended with {done.returncode}: {done.stdout}{done.stderr}"
    for summary in re.findall(
        r"^\w+ (?:symbols )?changes summary: .*$", done.stdout, re.MULTILINE | re.IGNORECASE
    ):
        if any(int(count) for count in re.findall(r"(\d+) (?:Removed|Changed)", summary)):
            yield f"abidiff: {done.stdout}"
            return
    if done.returncode & 8:
        yield f"abidiff: {done.stdout}"


def python_kept(old: Release, new: Release) -> Iterator[str]:
    for breakage in griffe.find_breaking_changes(restored(old.python), restored(new.python)):
        yield f"{breakage.kind.value}: {breakage.obj.path} {breakage.details}".rstrip()


GATES = (symbols_kept, constants_kept, declarations_kept, abi_kept, python_kept)


# ---- changes that a gate must notice ----


def of_header(tree: Release, pattern: str, by: str) -> Release:
    """The tree with its header changed once."""
    header, count = re.subn(pattern, by, tree.header, count=1, flags=re.MULTILINE)
    assert count == 1, f"ami.h has no {pattern}"
    return replace(tree, header=header, abi=abi(header))


def without_method(tree: Release) -> Release:
    """The tree without one public method of its gateways."""
    module = package()
    methods = module["gateway.Gateway"].members
    del methods[next(name for name, each in methods.items() if each.is_function and each.is_public)]
    return replace(tree, python=dumped(module))


def with_required_parameter(tree: Release) -> Release:
    module = package()
    methods = module["gateway.Gateway"].members.values()
    method = next(each for each in methods if each.is_function and each.is_public)
    method.parameters.add(griffe.Parameter("more", kind=griffe.ParameterKind.keyword_only))
    return replace(tree, python=dumped(module))


def samples(tree: Release) -> Iterator[tuple[str, Release, set[str]]]:
    """Trees that are changed somewhere, and the gates that have to notice."""
    function = next(iter(functions(tree.header)))
    lines = tree.symbols.splitlines(keepends=True)
    listed = next(at for at, line in enumerate(lines) if line.startswith("ami_"))
    yield (
        "a parameter's type",
        of_header(tree, r"\buint32_t (\w+)(?=[,)])", r"uint64_t \1"),
        {"declarations_kept", "abi_kept"},
    )
    yield (
        "the type of results",
        of_header(tree, "^typedef int32_t ami_status;", "typedef int64_t ami_status;"),
        {"declarations_kept", "abi_kept"},
    )
    yield (
        "a function's result",
        of_header(tree, r"^uint16_t |^uint64_t ", "uint32_t "),
        {"declarations_kept", "abi_kept"},
    )
    for where in ("typedef void .*", r"ami_status \w+"):
        changed = of_header(tree, rf"^({where}\()const (ami_\w+ \*)", r"\1\2")
        yield "const of an object", changed, {"declarations_kept"}
    yield (
        "a removed function",
        of_header(tree, rf"^[a-z][^;{{}}]*\b{function}\([^;]*;", ""),
        {"declarations_kept", "abi_kept"},
    )
    yield (
        "a renumbered constant",
        of_header(tree, r"^#define AMI_E_INVALID 1$", "#define AMI_E_INVALID 9"),
        {"constants_kept"},
    )
    yield "a removed constant", of_header(tree, r"^#define AMI_E_INVALID 1$", ""), {"constants_kept"}
    without = "".join(lines[:listed] + lines[listed + 1 :])
    yield "a removed symbol", replace(tree, symbols=without), {"symbols_kept"}
    moved = "".join(lines[:listed] + lines[listed + 1 :] + lines[listed : listed + 1])
    yield "a moved symbol", replace(tree, symbols=moved), {"symbols_kept"}
    newer = tree.symbols.replace(lines[listed], lines[listed].replace(" 0.1.0", " 0.2.0"))
    yield "a symbol of another version", replace(tree, symbols=newer), {"symbols_kept"}
    yield "a removed method", without_method(tree), {"python_kept"}
    yield "a parameter that is required", with_required_parameter(tree), {"python_kept"}


def grown(tree: Release) -> Release:
    """The tree with an addition everywhere, which passes."""
    header = tree.header.replace(
        "#ifdef __cplusplus\n}", "void ami_new_one(int number);\n\n#ifdef __cplusplus\n}", 1
    )
    assert header != tree.header
    header = header.replace(
        "#define AMI_E_INVALID 1\n", "#define AMI_E_INVALID 1\n#define AMI_E_NEW 999\n", 1
    )
    module = package()
    module["gateway.Gateway"].set_member("new_one", griffe.Function("new_one", lineno=1))
    return Release(header, tree.symbols + "ami_new_one 0.2.0\n", abi(header), dumped(module))


def main(arguments: list[str]) -> int:
    version = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
    tree = Release.of_tree()
    if arguments == ["write"]:
        folder = RELEASED / ".".join(version.split(".")[:2])
        tree.store(folder)
        print(f"{folder.relative_to(ROOT)} is the contract of {version} now")
        return 0
    faults: list[str] = []
    passed = 0

    def check(good: bool, what: str) -> None:
        nonlocal passed
        passed += good
        if not good:
            faults.append(what)

    releases = sorted(path for path in RELEASED.glob("*") if path.is_dir())
    check(bool(releases), f"{RELEASED} has no release; `make baseline` writes one")
    check(len(functions(tree.header)) > 50, "hardly any function is found in ami.h")
    listed = {line.split()[0] for line in tree.symbols.splitlines() if line.startswith("ami_")}
    check(
        set(functions(tree.header)) == listed,
        "the functions that are found in ami.h are not those of symbols.txt",
    )
    for folder in releases:
        old = Release.stored(folder)
        for gate in GATES:
            found = list(gate(old, tree))
            check(not found, f"{folder.name}, {gate.__name__}: {'; '.join(found)}")
    for what, changed, wanted in samples(tree):
        noticed = {gate.__name__ for gate in GATES if list(gate(tree, changed))}
        check(noticed == wanted, f"{what} is noticed by {sorted(noticed)}, not by {sorted(wanted)}")
    more = grown(tree)
    for gate in GATES:
        found = list(gate(tree, more))
        check(not found, f"{gate.__name__} refuses an addition: {'; '.join(found)}")
    for fault in faults:
        print(fault)
    print(f"released: {passed} passed, {len(faults)} failed", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
