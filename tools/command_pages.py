"""Writes the manual pages and the completions of the command `libami` from its parsers:
`command_pages.py FOLDER`.

libami(1) has what all commands share, and there is a page for each command, as libami-sms(1).
FOLDER/completions has a file for each shell. The native half of the package is not needed: no command runs.
"""

from __future__ import annotations

import argparse
import re
import sys
import types
from collections.abc import Iterable, Iterator
from pathlib import Path

from man_pages import START, escape, marked

ROOT = Path(__file__).resolve().parent.parent
# The groups of options that libami(1) explains for all commands.
SHARED = ("connection", "output")
COMPLETIONS = {"bash": "libami", "zsh": "_libami", "fish": "libami.fish"}
ENVIRONMENT = {
    "LIBAMI_HOST, LIBAMI_PORT": "The server and its port.",
    "LIBAMI_USERNAME": "A user of the server's manager.conf.",
    "LIBAMI_SECRET, LIBAMI_SECRET_FILE": "The secret, or a file whose first line it is.",
    "LIBAMI_CONTEXT": "The settings of this name in config.toml.",
    "LIBAMI_MANAGER_CONF": "The file that --local reads in place of /etc/asterisk/manager.conf.",
    "CREDENTIALS_DIRECTORY": "The folder of a service's credentials: libami-secret in it is the secret.",
    "NO_COLOR, FORCE_COLOR": "Switch colours off, and on.",
    "XDG_CONFIG_HOME": "The folder of the settings; ~/.config by default.",
}
FILES = {
    "$XDG_CONFIG_HOME/libami/config.toml": "Named settings, as [pbx] with host, username and secret_file. "
    "Its mode must be 0600, and that of each file with a secret too."
}


class _Native(types.ModuleType):
    """In place of the native half, of which the parsers need only the version."""

    def __init__(self, version: str) -> None:
        super().__init__("libami._native")
        self.__version__ = version


def version() -> str:
    found = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def load() -> types.ModuleType:
    """The command line's package, without what opens `libami` itself."""
    package = types.ModuleType("libami")
    package.__path__ = [str(ROOT / "python/libami")]
    native = _Native(version())
    vars(package)["_native"] = native
    sys.modules.update({"libami": package, "libami._native": native})
    from libami import cli

    return cli


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def word(action: argparse.Action) -> str:
    """The word that stands for an action's value."""
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest.upper()


def values(action: argparse.Action) -> str:
    """The words behind an option, or in the place of an argument."""
    if action.nargs == 0:
        return ""
    name = word(action)
    return {"?": f"[{name}]", "*": f"[{name}...]", "+": f"{name} [{name}...]"}.get(str(action.nargs), name)


def own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options and arguments that a parser does not share with others."""
    return [
        action
        for group in parser._action_groups
        if group.title not in SHARED
        for action in group._group_actions
        if not isinstance(action, argparse._SubParsersAction)
    ]


def synopsis(parser: argparse.ArgumentParser) -> str:
    """One usage: options in brackets, then arguments."""
    words = [f"\\fB{escape(parser.prog)}\\fR", "[\\fIOPTION\\fR...]"]
    for action in own(parser):
        if not action.option_strings:
            words.append(f"\\fI{escape(values(action))}\\fR")
        elif action.required:
            words.append(f"{escape(action.option_strings[0])} \\fI{escape(values(action))}\\fR")
    return " ".join(words)


def entries(parser: argparse.ArgumentParser, actions: Iterable[argparse.Action]) -> Iterator[str]:
    """The purpose of each option or argument."""
    formatter = parser._get_formatter()
    for action in actions:
        text = formatter._expand_help(action) if action.help else ""
        if text == argparse.SUPPRESS:
            continue
        names = [f"\\fB{escape(name)}\\fR" for name in action.option_strings]
        value = f"\\fI{escape(values(action))}\\fR" if values(action) else ""
        shown = f"{', '.join(names)} {value}".strip()
        yield from (".TP", shown, marked(f"{text[0].upper()}{text[1:]}.") if text else "")


def described(parser: argparse.ArgumentParser) -> Iterator[str]:
    if parser.description:
        yield marked(parser.description)
    if parser.epilog:
        yield from (".PP", ".nf", escape(parser.epilog.rstrip()), ".fi")


def page(name: str, brief: str, body: Iterable[str], also: Iterable[str]) -> str:
    """A page of section 1."""
    lines = [
        f'.TH {name} 1 "" "libami {version()}" "libami"',
        *START,
        ".SH NAME",
        f"{escape(name)} \\- {escape(brief)}",
        *body,
        ".SH SEE ALSO",
        ",\n".join(f"\\fB{escape(other)}\\fR({section})" for other, section in map(str.split, also)),
        "",
    ]
    return "\n".join(lines)


def command_page(name: str, parser: argparse.ArgumentParser, brief: str) -> str:
    below = commands(parser)
    parsers = list(below.values()) or [parser]
    body = [".SH SYNOPSIS", ".nf", *map(synopsis, parsers), ".fi", ".SH DESCRIPTION", *described(parser)]
    for each in parsers:
        if below:
            body += [f".SS {escape(each.prog)}", *described(each)]
        else:
            body += [".SH OPTIONS"]
        body += entries(each, own(each))
    if any(group.title in SHARED for each in parsers for group in each._action_groups):
        body += [".PP", "The options of connection and output are those of \\fBlibami\\fR(1)."]
    return page(f"libami-{name}", brief, body, ["libami 1"])


def main_page(parser: argparse.ArgumentParser, briefs: dict[str, str]) -> str:
    codes = (parser.epilog or "").splitlines()[1:]
    groups = {group.title: group._group_actions for group in parser._action_groups}
    body = [
        ".SH SYNOPSIS",
        "\\fBlibami\\fR [\\fIOPTION\\fR...] \\fICOMMAND\\fR ...",
        ".SH DESCRIPTION",
        marked(parser.description or ""),
        "The data of a command go to the standard output, words to the standard error.",
        ".SH COMMANDS",
    ]
    for name, brief in briefs.items():
        body += [".TP", f"\\fBlibami\\-{name}\\fR(1)", marked(f"{brief[0].upper()}{brief[1:]}.")]
    body += [".SH OPTIONS", *entries(parser, groups["options"])]
    for title in SHARED:
        body += [f".SS {title.capitalize()}", *entries(parser, groups[title])]
    body += [".SH EXIT STATUS", ".nf", *map(escape, codes), ".fi", ".SH ENVIRONMENT"]
    for name, text in ENVIRONMENT.items():
        body += [".TP", f"\\fB{escape(name)}\\fR", marked(text)]
    body += [".SH FILES"]
    for name, text in FILES.items():
        body += [".TP", f"\\fI{escape(name)}\\fR", marked(text)]
    also = [*(f"libami-{name} 1" for name in sorted(briefs)), "libami 7"]
    return page("libami", "tools for the Asterisk Manager Interface and for GSM gateways", body, also)


def write(folder: Path) -> None:
    """Writes all files; what else is in their folders is taken away."""
    cli = load()
    from libami.cli import completion

    pages, scripts = folder / "man1", folder / "completions"
    for each in (pages, scripts):
        each.mkdir(parents=True, exist_ok=True)
        for old in each.iterdir():
            old.unlink()
    parser = cli.parser()
    parsers = commands(parser)
    listed = next(
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )._get_subactions()
    briefs = {action.dest: action.help or "" for action in listed}
    (pages / "libami.1").write_text(main_page(parser, briefs), encoding="ascii")
    for name, brief in briefs.items():
        (pages / f"libami-{name}.1").write_text(command_page(name, parsers[name], brief), encoding="ascii")
    for shell, file in COMPLETIONS.items():
        (scripts / file).write_text(completion.script(shell), encoding="ascii")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
