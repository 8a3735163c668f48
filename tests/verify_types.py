"""The types of the public Python API, as basedpyright counts them: each name must have one, and a known one.
A part of `make release-check`, as basedpyright brings Node, 75 MB in all.

    build/venv/bin/python tests/verify_types.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOL = "basedpyright==1.40.2"
FOLDER = ROOT / "build" / "basedpyright"
PACKAGES = ("libami", "libami.testing", "libami_pytest")


def install() -> None:
    """Install the tool beside the package, whose environment stays as users have it."""
    made = FOLDER / "made"
    if not made.is_file() or made.read_text(encoding="ascii") != TOOL:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        subprocess.run([*pip, "--target", str(FOLDER), TOOL], check=True)
        made.write_text(TOOL, encoding="ascii")


def verified(package: str) -> dict[str, Any]:
    # The package is looked for where the first python of PATH finds it.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--ignoreexternal", "--outputjson", "--verifytypes", package],
        # Where no configuration and no sources are.
        cwd=FOLDER,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(FOLDER)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.startswith("{"):
        raise SystemExit(f"basedpyright ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return dict(json.loads(done.stdout))


def faults(report: Mapping[str, Any]) -> Iterator[str]:
    """The names whose types are not known, and whatever else keeps it from being complete."""
    found = report["typeCompleteness"]
    for symbol in found["symbols"]:
        if symbol["isExported"] and not (symbol["isTypeKnown"] and not symbol["isTypeAmbiguous"]):
            yield symbol["name"]
    if found["completenessScore"] != 1 or not any(symbol["isExported"] for symbol in found["symbols"]):
        yield f"a completeness of {found['completenessScore']:.2%}"


def main() -> int:
    install()
    passed, failed = 0, 0
    for package in PACKAGES:
        report = verified(package)
        wrong = [*faults(report)]
        for name in wrong:
            print(f"FAILED: {package}: {name}")
        for symbol in report["typeCompleteness"]["symbols"]:
            symbol["isTypeKnown"] = False
        is_noticed = len([*faults(report)]) > len(wrong)
        if not is_noticed:
            print(f"FAILED: {package}: types that are not known are not noticed")
        passed += (not wrong) + is_noticed
        failed += bool(wrong) + (not is_noticed)
    print(f"types: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
