"""`libami completion`, as a shell uses it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import libami.cli
import pytest
from commands import Commands
from conftest import WAIT


def completed(script: str, line: str, folder: Path) -> set[str]:
    """The words that bash offers at the end of a line."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    begin = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}"
    program = f"{script}\n{begin}; _libami; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    command = ["bash", "--norc", "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=True, cwd=folder)
    assert ran.stderr == ""
    return set(ran.stdout.split())


def test_completion_in_bash_offers_what_fits(cli: Commands) -> None:
    script = cli("completion", "bash").out
    folder = cli.folder
    (folder / "list.csv").touch()
    assert completed(script, "libami ", folder) == set(libami.cli.COMMANDS)
    assert completed(script, "libami e", folder) == {"events", "endpoints"}
    assert completed(script, "libami -C gw1 s", folder) == {"sms", "simulate"}
    assert completed(script, "libami sms ", folder) == {"send", "inbox", "parts", "bulk"}
    assert completed(script, "libami sms bulk l", folder) == {"list.csv"}
    assert completed(script, "libami sms bulk --retry", folder) == {"--retry-failed"}
    assert completed(script, "libami events --w", folder) == {"--where"}
    assert completed(script, "libami completion ", folder) == {"bash", "zsh", "fish"}
    assert "--host" in completed(script, "libami --", folder)
    for option in ("--secret-file", "--ca-file", "events --record", "sms bulk --journal"):
        assert completed(script, f"libami {option} l", folder) == {"list.csv"}
    assert completed(script, "libami simulate --model y", folder) == {"yeastar"}
    assert "openvox" in completed(script, "libami simulate --model ", folder)
    # Nobody knows the hosts, and they are no commands.
    for option in ("-H", "--username", "sms send -p"):
        assert completed(script, f"libami {option} ", folder) == set()


@pytest.mark.parametrize("option", ["-C", "--context", "ping -C"])
def test_completion_in_bash_offers_contexts(cli: Commands, option: str) -> None:
    script = cli("completion", "bash").out
    assert completed(script, f"libami {option} ", cli.folder) == set()
    cli.config('default = "gw1"\n[gw1]\nhost = "[x]"\n[gw2]\n[pbx-1] # one\n')
    assert completed(script, f"libami {option} ", cli.folder) == {"gw1", "gw2", "pbx-1"}
    assert completed(script, f"libami {option} g", cli.folder) == {"gw1", "gw2"}
    for shell in ("zsh", "fish"):
        assert "libami/config.toml" in cli("completion", shell).out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_every_command(cli: Commands, shell: str) -> None:
    ran = cli("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    for name in [*libami.cli.COMMANDS, "inbox", "retry-failed", "ca-file"]:
        assert name in ran.out
    # A shell that is not installed cannot say more.
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=ran.out, text=True, timeout=WAIT, check=True)


def test_completion_of_an_unknown_shell_is_refused(cli: Commands) -> None:
    assert cli("completion", "csh").code == 2
