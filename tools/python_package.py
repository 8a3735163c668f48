"""Installs the Python package where a distribution wants it: `python_package.py MODULE FOLDER BINDIR`.

MODULE is the native half, built by cargo. FOLDER gets both packages and their metadata, as pip would write
them, and BINDIR the command. Neither pip nor maturin is needed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("libami", "libami_pytest")
_SCRIPT = """\
#!{python}
import sys

from {module} import {function}

sys.exit({function}())
"""


def version() -> str:
    """The version that pip would show: Cargo's."""
    return str(tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"])


def metadata(project: Mapping[str, Any]) -> Iterator[str]:
    """The lines of METADATA; texts of the project's page are left out."""
    yield "Metadata-Version: 2.1"
    yield f"Name: {project['name']}"
    yield f"Version: {version()}"
    yield f"Summary: {project['description']}"
    yield f"License: {project['license']}"
    yield f"Requires-Python: {project['requires-python']}"
    yield f"Keywords: {','.join(project['keywords'])}"
    yield from (f"Classifier: {each}" for each in project["classifiers"])
    yield from (f"Project-URL: {name}, {url}" for name, url in project.get("urls", {}).items())
    yield from (f"Requires-Dist: {each}" for each in project.get("dependencies", ()))
    for extra, needs in project.get("optional-dependencies", {}).items():
        yield f"Provides-Extra: {extra}"
        for need in needs:
            what, _, when = need.partition(";")
            condition = f'({when.strip()}) and extra == "{extra}"' if when else f'extra == "{extra}"'
            yield f"Requires-Dist: {what.strip()} ; {condition}"


def entry_points(project: Mapping[str, Any]) -> Iterator[str]:
    for group, points in {"console_scripts": project["scripts"], **project["entry-points"]}.items():
        yield f"[{group}]"
        yield from (f"{name} = {where}" for name, where in points.items())
        yield ""


def install(module: Path, folder: Path, commands: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in PACKAGES:
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(
            ROOT / "python" / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
    native = folder / "libami/_native.abi3.so"
    shutil.copyfile(module, native)
    native.chmod(0o755)
    info = folder / f"libami-{version()}.dist-info"
    info.mkdir(exist_ok=True)
    for file, lines in (("METADATA", metadata(project)), ("entry_points.txt", entry_points(project))):
        (info / file).write_text("\n".join([*lines, ""]), encoding="utf-8")
    commands.mkdir(parents=True, exist_ok=True)
    for name, where in project["scripts"].items():
        matched = re.fullmatch(r"([\w.]+):(\w+)", where)
        assert matched is not None, where
        script = commands / name
        script.write_text(
            _SCRIPT.format(python=sys.executable, module=matched[1], function=matched[2]), encoding="ascii"
        )
        script.chmod(0o755)


def main(arguments: Sequence[str]) -> int:
    module, folder, commands = map(Path, arguments)
    install(module, folder, commands)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
