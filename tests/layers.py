"""Arrows between the layers only go down, and the protocol alone pulls no tokio in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What each layer may use of this crate, besides itself and the error type that all share.
ALLOWED = {
    "error": {"protocol"},
    "catalog": set[str](),
    "protocol": {"catalog"},
    "client": {"protocol"},
    "gsm": {"client", "protocol"},
    "blocking": {"gsm", "client", "protocol"},
    "capi": {"blocking", "gsm", "client", "protocol", "simulator"},
    "python": {"blocking", "gsm", "client", "protocol", "simulator"},
    "simulator": set[str](),
}


def uses(text: str) -> set[str]:
    """The layers that a source names; examples in comments do not count."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return set(re.findall(r"\bcrate::(" + "|".join(ALLOWED) + r")\b", text))


def violations(layer: str, text: str) -> set[str]:
    return uses(text) - ALLOWED[layer] - {layer, "error"}


def broken_arrows() -> list[str]:
    broken = []
    for layer in ALLOWED:
        folder = ROOT / "src" / layer
        for path in sorted(folder.rglob("*.rs")) if folder.is_dir() else [folder.with_suffix(".rs")]:
            broken += [
                f"{path.relative_to(ROOT)} uses {other}"
                for other in sorted(violations(layer, path.read_text()))
            ]
    return broken


def protocol_dependencies() -> list[str]:
    command = [
        "cargo",
        "tree",
        "--no-default-features",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{lib}",
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def main() -> int:
    dependencies = protocol_dependencies()
    checks = {
        "arrows only go down": not (broken := broken_arrows()),
        "an arrow that goes up is noticed": violations("protocol", "use crate::client::Client;")
        == {"client"},
        "the protocol alone needs no tokio and no TLS": "memchr" in dependencies
        and not {"tokio", "rustls"}.intersection(dependencies),
        "Cargo.toml sets no crate-type": "crate-type =" not in (ROOT / "Cargo.toml").read_text(),
    }
    for arrow in broken:
        print(arrow)
    for check, good in checks.items():
        print(f"{'ok' if good else 'FAILED'}: {check}")
    print(f"layers: {sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
