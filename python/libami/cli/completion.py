"""`libami completion`: what shells need to complete the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from libami.cli.output import DONE, Output

_HELP = {
    "bash": 'add to ~/.bashrc:    eval "$(libami completion bash)"',
    "zsh": 'add to ~/.zshrc:    eval "$(libami completion zsh)"',
    "fish": "libami completion fish > ~/.config/fish/completions/libami.fish",
}


def add(subparsers: Any) -> None:
    """Add the command."""
    text = "write what a shell needs to complete this command line"
    parser = subparsers.add_parser(
        "completion",
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog="\n".join(_HELP.values()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=list(_HELP), help="the shell")
    parser.set_defaults(run=run)


# Not a dataclass: this module is imported for `--help`, too, and those take a while.
class _Level:
    """The words that can stand behind some others on the command line."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.commands: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.choices: list[str] = []
        self.files = False
        self.values: dict[str, str] = {}
        """The shell's way to the values of each option that takes one: "contexts", "files", or words."""


def _value(option: argparse.Action) -> str:
    if option.dest == "context":
        return "contexts"
    return "files" if option.metavar == "FILE" else " ".join(map(str, option.choices or ()))


def _by_value(levels: list[_Level]) -> dict[str, list[str]]:
    """The options that take a value, by the way to it."""
    found: dict[str, list[str]] = {}
    for name, way in {name: way for level in levels for name, way in level.values.items()}.items():
        found.setdefault(way, []).append(name)
    return found


def _levels(parser: argparse.ArgumentParser, path: str = "") -> Iterator[_Level]:
    level = _Level(path)
    below: list[tuple[str, argparse.ArgumentParser]] = []
    for each in parser._actions:
        if isinstance(each, argparse._SubParsersAction):
            level.commands = {choice.dest: choice.help or "" for choice in each._get_subactions()}
            below = list(each.choices.items())
        elif each.option_strings:
            # The long form alone, where there is one.
            level.options[each.option_strings[-1]] = each.help or ""
            if each.nargs is None:
                level.values |= dict.fromkeys(each.option_strings, _value(each))
        else:
            level.choices += map(str, each.choices or ())
            level.files = level.files or "FILE" in str(each.metavar)
    yield level
    for name, sub in below:
        yield from _levels(sub, f"{path} {name}".strip())


_CONTEXTS = r"""sed -n 's/^\[\([A-Za-z0-9_-]*\)\].*/\1/p' \
        "${XDG_CONFIG_HOME:-$HOME/.config}/libami/config.toml" 2>/dev/null"""
"""The command that lists the contexts, for shells in which Python would take too long."""

_BASH = """\
# Completes libami.
_libami() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" path="" each i
    COMPREPLY=()
    case "${{COMP_WORDS[COMP_CWORD-1]}}" in
{values}
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        each="${{COMP_WORDS[i]}}"
        case "${{path:+$path }}$each" in
            {paths}) path="${{path:+$path }}$each" ;;
        esac
    done
    case "$path" in
{cases}
    esac
}}
complete -o filenames -F _libami libami
"""


def _bash(levels: list[_Level]) -> str:
    cases = []
    for level in levels:
        words = " ".join([*level.commands, *level.choices])
        then = f'COMPREPLY=($(compgen -W "{words}" -- "$word"))'
        if level.files:
            then = 'COMPREPLY=($(compgen -f -- "$word"))'
        cases.append(
            f'        "{level.path}")\n            if [[ "$word" == -* ]]; then\n                '
            f'COMPREPLY=($(compgen -W "{" ".join(level.options)}" -- "$word"))\n'
            f"            else\n                {then}\n            fi ;;"
        )
    values = []
    for way, names in _by_value(levels).items():
        offered = f'$(compgen -W "{f"$({_CONTEXTS})" if way == "contexts" else way}" -- "$word")'
        if way == "files":
            offered = '$(compgen -f -- "$word")'
        values.append(f"        {'|'.join(names)}) COMPREPLY=({offered if way else ''}); return ;;")
    paths = "|".join(f'"{level.path}"' for level in levels if level.path)
    return _BASH.format(paths=paths, cases="\n".join(cases), values="\n".join(values))


_ZSH = """\
#compdef libami
# Completes libami.
_libami() {{
    local at="" each
    local -a found
    for each in "${{(@)words[2,CURRENT-1]}}"; do
        case "${{at:+$at }}$each" in
            ({paths}) at="${{at:+$at }}$each" ;;
        esac
    done
    case "$words[CURRENT-1]" in
{values}
    esac
    case "$at" in
{cases}
    esac
}}
if [ "$funcstack[1]" = "_libami" ]; then
    _libami "$@"
else
    compdef _libami libami
fi
"""


def _zsh_word(name: str, text: str) -> str:
    described = f"{name}:{text}" if text else name
    return "'" + described.replace("'", "'\\''") + "'"


def _zsh(levels: list[_Level]) -> str:
    cases = []
    for level in levels:
        options = " ".join(_zsh_word(name, text) for name, text in level.options.items())
        words = level.commands or dict.fromkeys(level.choices, "")
        others = " ".join(_zsh_word(name, text) for name, text in words.items())
        then = "_files" if level.files else f"found=({others}); _describe value found"
        cases.append(
            f'        ("{level.path}")\n            if [[ "$words[CURRENT]" == -* ]]; then\n'
            f"                found=({options}); _describe option found\n            else\n                "
            f"{then}\n            fi ;;"
        )
    values = []
    for way, names in _by_value(levels).items():
        offered = f'found=(${{(f)"$({_CONTEXTS})"}})' if way == "contexts" else f"found=({way})"
        then = "_files" if way == "files" else f"{offered}; _describe value found"
        values.append(f"        ({'|'.join(names)}) {then}; return ;;")
    paths = "|".join(f'"{level.path}"' for level in levels if level.path)
    return _ZSH.format(paths=paths, cases="\n".join(cases), values="\n".join(values))


_FISH_CONTEXTS = r"""function __libami_contexts
    set -l folder $HOME/.config
    set -q XDG_CONFIG_HOME; and set folder $XDG_CONFIG_HOME
    sed -n 's/^\[\([A-Za-z0-9_-]*\)\].*/\1/p' $folder/libami/config.toml 2>/dev/null
end"""


def _fish_text(text: str) -> str:
    escaped = text.replace(chr(92), chr(92) * 2).replace("'", chr(92) + "'")
    return f"'{escaped}'"


def _fish(levels: list[_Level]) -> str:
    lines = ["# Completes libami.", _FISH_CONTEXTS, "complete -c libami -f"]
    top = " ".join(levels[0].commands)
    for level in levels:
        if not level.path:
            condition = f"not __fish_seen_subcommand_from {top}"
        else:
            words = level.path.split()
            condition = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words)
            if level.commands:
                condition += f"; and not __fish_seen_subcommand_from {' '.join(level.commands)}"
        begin = f"complete -c libami -n '{condition}'"
        for name, text in level.commands.items():
            lines.append(f"{begin} -a {name} -d {_fish_text(text)}")
        lines += [f"{begin} -a {choice}" for choice in level.choices]
        if level.files:
            lines.append(f"{begin} -F")
        for name, text in level.options.items():
            kind = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
            way = level.values.get(name)
            if way == "files":
                kind += " -r -F"
            elif way is not None:
                kind += f" -x -a '{'(__libami_contexts)' if way == 'contexts' else way}'"
            lines.append(f"{begin} {kind} -d {_fish_text(text)}")
    return "\n".join(lines) + "\n"


def script(shell: str) -> str:
    """The lines that this shell reads."""
    from libami.cli import parser

    levels = list(_levels(parser()))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](levels)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Output = arguments.output
    out.text(script(arguments.shell).removesuffix("\n"))
    return DONE
