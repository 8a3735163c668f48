"""The crates that the library is made of, as cargo knows them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def metadata(*options: str) -> Mapping[str, Any]:
    """The words of `cargo metadata` on this tree and all its crates."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", *options]
    return dict(json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout))


def made_of(everything: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The packages that the library itself needs, not its tests."""
    nodes = {node["id"]: node for node in everything["resolve"]["nodes"]}
    wanted = {everything["resolve"]["root"]}
    waiting = list(wanted)
    while waiting:
        for other in nodes[waiting.pop()]["deps"]:
            kinds = {kind["kind"] for kind in other["dep_kinds"]}
            if kinds != {"dev"} and other["pkg"] not in wanted:
                wanted.add(other["pkg"])
                waiting.append(other["pkg"])
    return [package for package in everything["packages"] if package["id"] in wanted]


def needed(features: str, targets: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The crates that these features need on any of these targets, by their ids."""
    found = {}
    for target in targets:
        everything = metadata("--features", features, "--filter-platform", target)
        found.update({package["id"]: package for package in made_of(everything) if package["source"]})
    return found
