"""What the library is made of: licences, versions and sources of the crates that it pulls in, by deny.toml.

cargo-deny knows more and takes minutes to build: `make release-check` runs it by the same file.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import crates  # noqa: E402

REGISTRY = re.compile(r"registry\+\S*crates\.io-index$")


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied with these licences."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def primary() -> bool:
        nonlocal position
        word = words[position]
        position += 1
        if word == "(":
            good = either()
            position += 1
            return good
        if words[position : position + 1] == ["WITH"]:
            word = f"{word} WITH {words[position + 1]}"
            position += 2
        return word in allowed

    def both() -> bool:
        nonlocal position
        good = primary()
        while words[position : position + 1] == ["AND"]:
            position += 1
            good = primary() and good
        return good

    def either() -> bool:
        nonlocal position
        good = both()
        while words[position : position + 1] == ["OR"]:
            position += 1
            good = both() or good
        return good

    return either()


def faults(packages: list[Mapping[str, Any]], allowed: set[str]) -> Iterator[str]:
    versions = defaultdict(list)
    for package in packages:
        name = f"{package['name']} {package['version']}"
        versions[package["name"]].append(package["version"])
        licence = package["license"]
        if not licence or not is_allowed(licence, allowed):
            yield f"{name} has the licence {licence}, which deny.toml does not allow"
        if package["source"] and not REGISTRY.match(package["source"]):
            yield f"{name} comes from {package['source']}"
        for need in package["dependencies"]:
            is_own_test_library = need["kind"] == "dev" and "path" in need
            if not package["source"] and need["req"] == "*" and not is_own_test_library:
                yield f"{name} needs any version of {need['name']}: say which"
    for name, several in versions.items():
        if len(several) > 1:
            yield f"{name} is there {len(several)} times: {', '.join(several)}"


def main() -> int:
    rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    allowed = set(rules["licenses"]["allow"])
    # The check can fail.
    assert is_allowed("MIT OR GPL-3.0", {"MIT"})
    assert not is_allowed("(MIT OR X) AND GPL-3.0", {"MIT"})
    assert is_allowed("A WITH B AND (C OR D)", {"A WITH B", "D"})
    assert not is_allowed("A WITH B", {"A", "B"})
    packages = crates.made_of(
        crates.metadata("--all-features", "--filter-platform", rules["graph"]["targets"][0])
    )
    found = list(faults(packages, allowed))
    assert list(faults(packages, {"none"})), "nothing is refused"
    for fault in found:
        print(fault)
    print(f"supply: {len(packages) - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
