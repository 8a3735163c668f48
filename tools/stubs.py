"""Writes the docstrings of libami's native half into its stub, for editors. The module is the one place of
each text.

    build/venv/bin/python tools/stubs.py                  after a docstring in src/python has changed; if one
                                                          has gone, `ruff format` closes the gap
    build/venv/bin/python tools/stubs.py --check [STUB]   change nothing; fail if anything would change
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path
from types import WrapperDescriptorType

from libami import _native

STUB = Path(__file__).resolve().parent.parent / "python/libami/_native.pyi"
WIDTH = 110


def text_of(found: object) -> str | None:
    """The docstring of something in the module. Python's own words for `__new__` and `__len__` are none."""
    if isinstance(found, type):
        found = vars(found).get("__doc__")
    elif isinstance(found, WrapperDescriptorType) or getattr(found, "__name__", "") == "__new__":
        return None
    else:
        found = getattr(found, "__doc__", None)
    return inspect.cleandoc(found) if isinstance(found, str) and found else None


def is_aligned(paragraph: str) -> bool:
    """True for columns and code, which stay as they are."""
    return re.search(r"^ |\S {2,}\S", paragraph, re.MULTILINE) is not None


def docstring(text: str, indent: str) -> str:
    """The docstring as it stands in the stub."""
    open_quotes = '""" ' if text.startswith('"') else '"""'
    close_quotes = ' """' if text.endswith('"') else '"""'
    # The last line has room for the quotes.
    width = WIDTH - len(indent) - len(close_quotes)
    whole = open_quotes + text.replace("\\", "\\\\")
    paragraphs = [
        paragraph
        if is_aligned(paragraph)
        else textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)
        for paragraph in whole.split("\n\n")
    ]
    lines = "\n\n".join(paragraphs) + ('\n"""' if len(paragraphs) > 1 else close_quotes)
    return textwrap.indent(lines, indent)


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is not ...


class Stub:
    """The lines of a stub, which docstrings are put into from the end on."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()

    def put(self, node: ast.ClassDef | ast.FunctionDef, text: str | None) -> None:
        indent = " " * (node.col_offset + 4)
        first, *rest = node.body
        had = is_docstring(first)
        decorators = getattr(first, "decorator_list", [])
        line = min(part.lineno for part in [first, *decorators]) - 1
        end = first.end_lineno or first.lineno
        if had or not isinstance(first, ast.Expr):
            head, after = [], end if had else line
        else:
            # An ellipsis, behind the colon.
            head, after = [self.lines[line][: first.col_offset].rstrip()], end
        is_more = bool(rest) or not (had or head)
        if text is None:
            if had and not is_more:
                self.lines[line - 1 : after] = [f"{self.lines[line - 1]} ..."]
            elif had:
                del self.lines[line:after]
            return
        made = [*head, *docstring(text, indent).splitlines()]
        if after < len(self.lines) and self.lines[after].strip():
            made.append("")
        self.lines[line:after] = made


def with_docstrings(stub: str) -> str:
    """The stub with the docstrings of the module."""
    made = Stub(stub)

    def put(nodes: list[ast.stmt], owner: object) -> None:
        seen: set[str] = set()
        found = [node for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        texts = []
        for node in found:
            # Of overloads, the first has it.
            known = inspect.getattr_static(owner, node.name, None)
            texts.append(None if node.name in seen else text_of(known))
            seen.add(node.name)
        for node, text in reversed([*zip(found, texts, strict=True)]):
            if isinstance(node, ast.ClassDef):
                put(node.body, getattr(owner, node.name, None))
            made.put(node, text)

    put(ast.parse(stub).body, _native)
    return "\n".join([*made.lines, ""])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(".")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail if anything would change")
    parser.add_argument("stub", nargs="?", type=Path, default=STUB)
    given = parser.parse_args(arguments)
    stub = given.stub.read_text(encoding="utf-8")
    made = with_docstrings(stub)
    if made == stub:
        return 0
    print(f"{given.stub} {'lacks docstrings of the module' if given.check else 'has new docstrings'}")
    if not given.check:
        given.stub.write_text(made, encoding="utf-8")
    return int(given.check)


if __name__ == "__main__":
    sys.exit(main())
