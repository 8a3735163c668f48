"""Keeps src/catalog/asterisk.txt, the actions and events of Asterisk, and the files that are made of it.

    catalogue.py                            make the files anew from the catalogue
    catalogue.py GENERATION=SOURCE ...      take in sources, such as 24=core-en_US.xml, and say what is new
    catalogue.py --check [...]              change nothing; fail if anything would change

A source is an installed core-en_US.xml, a source tree of Asterisk, or what a server said in a recorded
session, ListCommands among it. A generation is the major version. The head of the catalogue tells the form
of its lines. Only names, flags and numbers are taken from the sources, which are under the GPL; never a
sentence.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import faces
import scan
from facts import Catalogue, order
from merge import changes, merge, summary

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "src/catalog/asterisk.txt"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Keeps the catalogue of Asterisk's actions and events.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if anything would change")
    parser.add_argument("sources", nargs="*", metavar="GENERATION=SOURCE")
    chosen = parser.parse_args(arguments)
    catalogue = Catalogue.read(CATALOGUE.read_text(encoding="utf-8"))
    sources = []
    for given in chosen.sources:
        generation, equals, path = given.partition("=")
        if not equals or not generation[:1].isdigit() or not Path(path).exists():
            parser.error(f"{given}: GENERATION=SOURCE is needed, such as 24=core-en_US.xml")
        sources.append((generation, scan.read(Path(path))))
    # What describes a generation goes before what was recorded of it, which does not show what is gone.
    sources.sort(key=lambda source: (order(source[0]), not source[1].shows))
    for generation, group in itertools.groupby(sources, key=lambda source: source[0]):
        before = summary(catalogue)
        for _, source in group:
            merge(catalogue, generation, source)
        for line in changes(before, summary(catalogue)):
            print(f"{generation}: {line}")
    made = {CATALOGUE: catalogue.text(), **{ROOT / name: text for name, text in faces.all_of(catalogue)}}
    stale = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'would change' if chosen.check else 'wrote'} {path.relative_to(ROOT)}")
        if not chosen.check:
            path.write_text(made[path], encoding="utf-8")
    return 1 if chosen.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
