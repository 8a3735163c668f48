"""Writes what the Python reference has of the catalogue: `python_reference.py FOLDER`, a page of actions and
one of events, from the stubs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "python" / "libami"


def classes(stub: str) -> list[ast.ClassDef]:
    tree = ast.parse((PACKAGE / stub).read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def head(title: str, *paragraphs: str) -> Iterator[str]:
    yield from (title, "=" * len(title), "")
    for paragraph in paragraphs:
        yield from (paragraph, "")


def said(node: ast.ClassDef | ast.FunctionDef) -> str:
    """The docstring, in one line."""
    return " ".join((ast.get_docstring(node) or "").split())


def actions() -> Iterator[str]:
    """Each action with its headers."""
    [found] = [node for node in classes("_actions.pyi") if node.name == "Actions"]
    yield from head(
        "Actions",
        "``client.actions`` and ``gateway.actions`` have a method for each action of Asterisk, whose "
        "keywords are the action's headers. Those without a default are required. With "
        ":py:mod:`libami.aio` they are awaited.",
        ".. py:currentmodule:: libami",
    )
    for method in found.body:
        if not isinstance(method, ast.FunctionDef) or method.name.startswith("_"):
            continue
        arguments = method.args
        shown = [
            argument.arg if default is None else f"{argument.arg}=None"
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]
        yield f".. py:method:: Client.actions.{method.name}({', '.join(['*', *shown])})"
        yield ""
        yield f"   {said(method)}"
        yield ""


def events() -> Iterator[str]:
    """Each view with its properties."""
    yield from head(
        "Events",
        "``libami.events`` has a view of each event: ``client.on(events.Hangup, function)`` calls the "
        "function with it, and ``client.events(events.Hangup)`` iterates over them. A property is None if "
        "the server did not send the header, or sent something else than its type. ``view.raw`` is the "
        "event itself.",
        ".. py:module:: libami.events",
    )
    for node in classes("events.pyi"):
        properties = [
            f"``{item.name}`` ({ast.unparse(item.returns).removesuffix(' | None')})"
            for item in node.body
            if isinstance(item, ast.FunctionDef)
            and not item.name.startswith("_")
            and item.returns is not None
        ]
        yield f".. py:class:: {node.name}"
        yield ""
        yield f"   {said(node)}"
        yield ""
        if properties:
            yield f"   {', '.join(properties)}"
            yield ""


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (("actions", actions()), ("events", events())):
        (folder / f"{name}.rst").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
