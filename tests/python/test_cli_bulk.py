"""`libami sms bulk`: each message once, whatever happens."""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from commands import Commands, Ran, simulated
from conftest import SECRET, WAIT
from libami.cli import bulk
from libami.cli.journal import Journal
from libami.cli.output import Failure
from libami.simulator import Simulator
from scripted import Script

HEAD = "to,text\n"


def write(cli: Commands, text: str | bytes, name: str = "list.csv") -> Path:
    path = cli.folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def numbers(count: int, first: int = 1) -> str:
    return HEAD + "".join(f"{13600000000 + number},text {number}\n" for number in range(first, first + count))


def journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.journal")


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal_of(path).read_bytes().splitlines()[1:]]


def refused(cli: Commands, text: str | bytes, *words: str) -> Ran:
    """A file that is refused before anything is sent."""
    path = write(cli, text)
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path)
        assert not gateway.sent
    assert ran.code == 2, ran.err
    for each in words:
        assert each in ran.err
    assert "Traceback" not in ran.err
    assert ran.err.endswith("nothing was sent\n")
    return ran


def test_bulk_sends_each_message_once(cli: Commands) -> None:
    path = write(cli, numbers(20))
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path)
        assert (ran.code, ran.out) == (0, "20 sent\n")
        assert Counter(sms.destination for sms in gateway.sent) == Counter(
            str(13600000000 + number) for number in range(1, 21)
        )
        assert len({sms.span for sms in gateway.sent}) == 4, "all ports take part"
        ran = cli("sms", "bulk", path)
        assert (ran.code, ran.out) == (0, "20 sent\n")
        assert len(gateway.sent) == 20
        # More lines in another order: those that are new are sent.
        write(cli, HEAD + "".join(reversed(numbers(22).splitlines(keepends=True)[1:])))
        assert cli("sms", "bulk", path).out == "22 sent\n"
        assert len(gateway.sent) == 22
    assert journal_of(path).stat().st_mode & 0o077 == 0


def test_bulk_takes_port_and_id_from_the_file(cli: Commands) -> None:
    path = write(cli, 'id,port,text,to,name\nA,3,"hello, you\nthere",+1,Ann\nB,,hi,2,Bob\n')
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path, "-p", 2, "--json")
        assert "these columns are not used: name" in ran.err
        found = {each["id"]: each for each in ran.documents[:-1]}
        assert (found["A"]["line"], found["A"]["port"], found["A"]["outcome"]) == (2, "3", "queued")
        assert (found["B"]["line"], found["B"]["port"], found["B"]["outcome"]) == (4, "2", "sent")
        assert ran.documents[-1] == {"summary": {"queued": 1, "sent": 1}}
        assert {sms.destination for sms in gateway.sent} == {"+1", "2"}


@pytest.mark.parametrize("port", ["abc", "9", "0"])
def test_bulk_refuses_a_port_that_the_gateway_has_not(cli: Commands, port: str) -> None:
    path = write(cli, numbers(3))
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path, "-p", port)
        assert (ran.code, ran.out) == (2, "")
        assert f'the gateway has no port "{port}"; it has 1, 2, 3, 4' in ran.err
        assert "nothing was sent" in ran.err
        assert lines_of(path) == []
        # What would have gone out wrongly goes out by the next run.
        assert cli("sms", "bulk", path, "-p", "02").out == "3 sent\n"
        assert {sms.span for sms in gateway.sent} == {2}
    refused(cli, f"to,text,port\n1,a,1\n2,b,{port}\n", f'line 3: the gateway has no port "{port}"')


def test_bulk_does_not_count_as_failed_what_is_refused_here(cli: Commands) -> None:
    path = write(cli, numbers(2))
    with simulated(cli) as gateway:
        # Not each gateway lists its ports.
        with cli.patch.context() as patch:
            patch.setattr("libami.cli.sending._ports", lambda _: [])
            ran = cli("sms", "bulk", path, "-p", "abc")
        assert ran.code == 1
        assert "line 2: not-sent: ports are counted here" in ran.out
        assert "the same command again sends those that were not sent" in ran.err
        assert cli("sms", "bulk", path, "-p", 1).out == "2 sent\n"
        assert len(gateway.sent) == 2


def test_bulk_shows_the_words_of_the_gateway(cli: Commands) -> None:
    path = write(cli, numbers(1))
    with simulated(cli) as gateway:
        gateway.set_outcome(1, "failed")
        ran = cli("sms", "bulk", path, "-p", 1)
        assert "peer message" not in ran.out
        assert "line 2: failed: " in ran.out
        assert "; it said: " in ran.out
        assert "\\n" not in ran.out
        assert ran.err.startswith("1 message, 1 of them to be sent\n")


@pytest.mark.parametrize("name", ["prt", "prot", "ports", "Port.", "ids"])
def test_bulk_refuses_a_column_whose_name_is_misspelt(cli: Commands, name: str) -> None:
    near = "id" if name == "ids" else "port"
    refused(
        cli,
        f"to,text,{name}\n1,a,1\n",
        f'line 1: there is no use for the column "{name.lower()}"',
        f'"{near}"',
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_bulk_reads_what_spreadsheets_write(cli: Commands, delimiter: str) -> None:
    text = f'\ufeffTo{delimiter}Text\r\n123{delimiter}您好\r\n\r\n456{delimiter}"a ""b"""\r\n'
    path = write(cli, text)
    with simulated(cli) as gateway:
        assert cli("sms", "bulk", path).code == 0
        assert {(sms.destination, sms.text) for sms in gateway.sent} == {("123", "您好"), ("456", 'a "b"')}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("123,a\n1.36E+10,b\n", 'line 3: "1.36E+10" is no number'),
        ("123456789012345678901,a\n", "line 2: "),
        ("+,a\n", "line 2: "),
        ("\uff11\uff12,a\n", "line 2: "),
        ("1 2,a\n", "line 2: "),
        (",a\n", "line 2: the number is missing"),
        ("1,\n", "line 2: the text is empty"),
        ("1,a\n2,b,c\n", "line 3: this line has 3 cells, and the file 2 columns"),
        ("1,a\n2\n", "line 3: this line has 1 cell, and the file 2 columns"),
        ('1,"a\nb"\nx,c\n', "line 4: "),
        ('1,a\n2,"b\n3,c\n', "line 3: this is no CSV"),
        ("1,a\n1,a\n", "line 3: it has number and text of line 2"),
        ("1,a\0b\n", "line 2: "),
        ("", "line 1: there are no messages"),
    ],
)
def test_bulk_refuses_wrong_lines_by_their_number(cli: Commands, rows: str, words: str) -> None:
    refused(cli, HEAD + rows, words)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", 'line 1: there is no column "to"'),
        (b"123,hello\n", 'line 1: there is no column "to"'),
        (b"to\n1\n", 'there is no column "text"'),
        (b"to,text,to\n1,a,2\n", 'line 1: there are 2 columns "to"'),
        ("to,text\n1,a\n".encode("utf-16"), "line 1: this is UTF-16"),
        (b"to,text\n1,a\n2,\xfcber\n", "line 3: this is not UTF-8"),
        (b"\xef\xbb\xbfto,text\n1,a\n2,\xfc\n", "line 3: this is not UTF-8"),
        (b"to,text,id\n1,a,x y\n", 'line 2: "x y" is no id'),
        (b"to,text,id\n1,a,x\n2,b,x\n", "line 3: it has the id of line 2"),
    ],
)
def test_bulk_refuses_wrong_files(cli: Commands, data: bytes, words: str) -> None:
    refused(cli, data, words)


def test_bulk_names_every_wrong_line(cli: Commands) -> None:
    ran = refused(cli, HEAD + "".join(f"x{number},a\n" for number in range(30)), "and 10 lines more")
    assert ran.err.count("is no number") == 20


def test_bulk_checks_texts_by_the_gateways_rules(cli: Commands) -> None:
    path = write(cli, HEAD + f"1,short\n2,{'x' * 50_000}\n")
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path)
        assert ran.code == 2
        assert "line 3: " in ran.err
        assert not gateway.sent


def test_bulk_of_a_file_that_is_not_there(cli: Commands) -> None:
    ran = cli("sms", "bulk", cli.folder / "none.csv")
    assert ran.code == 1
    assert ran.err == f"libami: {cli.folder}/none.csv: No such file or directory\n"
    assert not journal_of(cli.folder / "none.csv").exists()


def test_bulk_of_two_runs_at_a_time_is_refused(cli: Commands) -> None:
    path = write(cli, numbers(1))
    with simulated(cli) as gateway:
        with Journal(journal_of(path)):
            ran = cli("sms", "bulk", path)
        assert ran.code == 1
        assert "another run has" in ran.err
        assert not gateway.sent
        assert cli("sms", "bulk", path).code == 0


def test_bulk_dry_run_sends_nothing_and_needs_no_server(cli: Commands) -> None:
    path = write(cli, numbers(3))
    ran = cli("sms", "bulk", path, "--dry-run")
    assert (ran.code, ran.out) == (0, "3 not-sent\n")
    assert "3 of them to be sent" in ran.err


def test_bulk_keeps_to_a_rate(cli: Commands) -> None:
    path = write(cli, numbers(5))
    with simulated(cli):
        began = time.monotonic()
        assert cli("sms", "bulk", path, "--rate", "20/s").code == 0
        assert time.monotonic() - began >= 0.2
    assert [bulk.rate(text) for text in ("2", "2/s", "30/m", "3600/h")] == [0.5, 0.5, 2.0, 1.0]
    for text in ("0/s", "-1/s", "1/d", "x", "nan"):
        assert cli("sms", "bulk", path, "--rate", text).code == 2


def test_bulk_never_sends_again_what_is_unknown(cli: Commands) -> None:
    path = write(cli, numbers(4))
    with simulated(cli) as gateway:
        gateway.next_outcomes(1, ["sent", "timeout", "failed", "sent"])
        words = ("sms", "bulk", path, "-p", 1, "--timeout", 1)
        ran = cli(*words)
        assert ran.code == 6
        assert ran.out.endswith("1 failed, 2 sent, 1 unknown\n")
        assert "line 3: unknown: " in ran.out
        assert "line 4: failed: " in ran.out
        for _ in range(2):
            assert cli(*words).code == 6
        assert len(gateway.sent) == 4
        assert cli(*words, "--retry-failed").out == "3 sent, 1 unknown\n"
        assert len(gateway.sent) == 5
        assert cli(*words, "--resend-unknown").out == "4 sent\n"
        assert len(gateway.sent) == 6


def test_bulk_gives_up_after_failures_in_a_row(cli: Commands) -> None:
    path = write(cli, numbers(50))
    with simulated(cli) as gateway:
        gateway.set_outcome(1, "failed")
        ran = cli("sms", "bulk", path, "-p", 1, "--give-up", 3)
        assert ran.code == 1
        assert 3 <= len(gateway.sent) <= 4
        gateway.set_outcome(1, "sent")
        assert cli("sms", "bulk", path, "-p", 1, "--retry-failed").out == "50 sent\n"


def test_bulk_goes_on_where_a_lost_connection_ended_it(cli: Commands) -> None:
    path = write(cli, numbers(40))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_latency(span, 0.02)

        def cut() -> None:
            until = time.monotonic() + WAIT
            while len(gateway.sent) < 10 and time.monotonic() < until:
                time.sleep(0.002)
            gateway.disconnect_all()

        thread = threading.Thread(target=cut)
        thread.start()
        ran = cli("sms", "bulk", path, "--json", "--timeout", 1)
        thread.join()
        # Sessions for sending may come again by themselves, and then the run goes on.
        assert ran.code in (3, 6), ran.err
        states = Counter(each["state"] for each in lines_of(path) if each["state"] != "begun")
        assert states["unknown"] > 0
        ran = cli("sms", "bulk", path, "--json")
        assert ran.code == 6
        summary = ran.documents[-1]["summary"]
        assert summary["sent"] + summary["unknown"] == 40
        sent = Counter(sms.destination for sms in gateway.sent)
        assert max(sent.values()) == 1, "nothing is sent twice"
        assert len(sent) >= summary["sent"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_bulk_that_is_interrupted_accounts_for_all(cli: Commands, number: signal.Signals, code: int) -> None:
    path = write(cli, numbers(40))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_latency(span, 0.02)

        def interrupt() -> None:
            until = time.monotonic() + WAIT
            while len(gateway.sent) < 10 and time.monotonic() < until:
                time.sleep(0.002)
            signal.raise_signal(number)

        thread = threading.Thread(target=interrupt)
        thread.start()
        ran = cli("sms", "bulk", path)
        thread.join()
        assert ran.code == code
        assert "waiting for the messages that are under way" in ran.err
        assert re.fullmatch(r"\d+ not-sent, \d+ sent\n", ran.out)
        last = {each["key"]: each["state"] for each in lines_of(path)}
        assert set(last.values()) <= {"sent", "not-sent"}
        assert cli("sms", "bulk", path).out == "40 sent\n"
        assert Counter(sms.destination for sms in gateway.sent).most_common(1)[0][1] == 1


def test_bulk_that_is_killed_sends_nothing_twice(cli: Commands) -> None:
    path = write(cli, numbers(200))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_latency(span, 0.005)
        for _ in range(2):
            with subprocess.Popen([sys.executable, "-m", "libami", "-q", "sms", "bulk", path]) as running:
                least, until = len(gateway.sent) + 20, time.monotonic() + WAIT
                while len(gateway.sent) < least and time.monotonic() < until:
                    time.sleep(0.002)
                running.kill()
        assert cli("sms", "bulk", path, "--json").documents[-1]["summary"].keys() == {"sent", "unknown"}
        times = Counter(sms.destination for sms in gateway.sent)
        assert max(times.values()) == 1
        states = {each["line"]: each["state"] for each in lines_of(path)}
        unknown = [line for line, state in states.items() if state == "begun"]
        # Each is accounted for: it was sent, or nobody can tell.
        assert len(times) >= 200 - len(unknown)
        assert 0 < len(unknown) <= 32


def test_bulk_ends_for_what_concerns_all_messages(cli: Commands) -> None:
    path = write(cli, numbers(40))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_state(span, gateway.state(span)._replace(power=False))
        ran = cli("sms", "bulk", path)
        assert ran.code == 1
        assert not gateway.sent
        assert Counter(each["state"] for each in lines_of(path))["not-sent"] <= 4
    with simulated(cli, write="system") as gateway:
        assert cli("sms", "bulk", path).code in (1, 5)


def test_bulk_journal_of_a_run_that_was_killed_is_unknown(cli: Commands) -> None:
    path = write(cli, numbers(3))
    with simulated(cli) as gateway:
        with Journal(journal_of(path)) as journal:
            found = read_messages(path)
            journal.begin([{"key": found[0].key, "digest": found[0].digest, "line": 2}])
        # It was cut off in the middle of a line, which therefore was not sent.
        with journal_of(path).open("ab") as file:
            file.write(b'{"key": "' + found[1].key.encode() + b'", "sta')
        ran = cli("sms", "bulk", path)
        assert ran.code == 6
        assert ran.out == "2 sent, 1 unknown\n"
        assert {sms.destination for sms in gateway.sent} == {found[1].to, found[2].to}


def read_messages(path: Path) -> Sequence[Any]:
    from libami.cli.messages import read

    return read(path)[0]


def test_bulk_journal_that_is_damaged_is_refused(cli: Commands) -> None:
    path = write(cli, numbers(3))
    with simulated(cli) as gateway:
        assert cli("sms", "bulk", path).code == 0
        data = journal_of(path).read_bytes().splitlines(keepends=True)
        for wrong in ([data[0], b"what\n", *data[1:]], [b"{}\n"], [b"text\n"], [b"no line"]):
            journal_of(path).write_bytes(b"".join(wrong))
            ran = cli("sms", "bulk", path)
            assert ran.code == 1
            assert "journal" in ran.err
            assert "line" in ran.err or "is no journal" in ran.err
        assert len(gateway.sent) == 3


def test_bulk_id_with_another_text_is_refused(cli: Commands) -> None:
    path = write(cli, "to,text,id\n1,a,x\n")
    with simulated(cli) as gateway:
        assert cli("sms", "bulk", path).code == 0
        write(cli, "to,text,id\n9,z,w\n1,b,x\n")
        ran = cli("sms", "bulk", path)
        assert ran.code == 2
        assert 'line 3: the journal has the id "x" with another' in ran.err
        assert len(gateway.sent) == 1


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk that is full once a file has so many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_bulk_with_a_full_disk_loses_nothing_and_sends_nothing_twice(cli: Commands) -> None:
    path = write(cli, numbers(600))
    with simulated(cli) as gateway:
        with largest_file(100_000):
            ran = cli("sms", "bulk", path)
        assert ran.code == 1
        assert f"{journal_of(path)}: File too large, so nothing more is sent from line " in ran.err
        assert re.fullmatch(r"\d+ not-sent, \d+ sent\n", ran.out)
        line = int(ran.err.partition("from line ")[2].partition(" ")[0])
        sent = len(gateway.sent)
        assert 0 < sent < 600
        # Each one that went out is in the journal, with its outcome.
        last = {each["key"]: each["state"] for each in lines_of(path)}
        states = Counter(last.values())
        assert states["sent"] == sent
        assert set(states) <= {"sent", "not-sent"}
        assert line == states.total() + 2
        assert cli("sms", "bulk", path).out == "600 sent\n"
        assert max(Counter(sms.destination for sms in gateway.sent).values()) == 1


def test_bulk_tells_outcomes_that_the_journal_cannot_note(cli: Commands) -> None:
    path = write(cli, numbers(40))

    def fail(journal: Journal, _message: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(journal.path))

    with simulated(cli, spans=1) as gateway:
        with cli.patch.context() as patch:
            patch.setattr(Journal, "end", fail)
            ran = cli("sms", "bulk", path)
        assert ran.code == 1
        assert 1 <= len(gateway.sent) <= 2
        for line in range(2, 2 + len(gateway.sent)):
            assert f"does not have that line {line} is sent" in ran.err
        ran = cli("sms", "bulk", path, "--json")
        assert ran.code == 6
        assert sum(ran.documents[-1]["summary"].values()) == 40
        assert max(Counter(sms.destination for sms in gateway.sent).values()) == 1


def test_bulk_with_a_full_disk_at_the_start_sends_nothing(cli: Commands) -> None:
    path = write(cli, numbers(3))
    with simulated(cli) as gateway:
        with largest_file(10):
            ran = cli("sms", "bulk", path)
        assert ran.code == 1
        assert ran.err == f"libami: {journal_of(path)}: File too large\n"
        assert not gateway.sent
        assert cli("sms", "bulk", path).code == 0


def test_bulk_journal_keeps_room_for_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        messages = [{"key": f"k{number}", "line": number} for number in range(100)]
        journal.begin(messages)
        size = path.stat().st_size
        with largest_file(size):
            for each in messages:
                journal.end({**each, "state": "sent", "words": "x" * 2000})
            codes = []
            for number in range(100, 1000):
                try:
                    journal.begin([{"key": f"k{number}", "line": number}])
                except OSError as full:
                    codes.append(full.errno)
                    break
        assert codes == [errno.EFBIG]
        count = len(journal.states)
    with Journal(path) as journal:
        assert len(journal.states) == count
        assert Counter(each["state"] for each in journal.states.values())["sent"] == 100


def test_bulk_journal_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path), pytest.raises(Failure, match="another run"):
        Journal(path)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(Failure, match="another run"):
            Journal(path)


def test_bulk_of_a_hundred_thousand_rows(cli: Commands) -> None:
    path = write(cli, "to,text,id\n" + "".join(f"1360000,text,{line}\n" for line in range(2, 100_002)))
    with Journal(journal_of(path)):
        pass
    # All but twenty are accounted for by earlier runs.
    with journal_of(path).open("a") as file:
        file.writelines(f'{{"key": "id:{line}", "state": "sent"}}\n' for line in range(2, 99_982))
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path)
        assert ran.out == "100000 sent\n"
        assert len(gateway.sent) == 20


def test_bulk_shows_its_progress(cli: Commands, script: Script) -> None:
    from commands import Terminal

    path = write(cli, numbers(30))
    with simulated(cli, spans=2) as gateway:
        for plain in (True, False):
            shown = Terminal()
            journal_of(path).unlink(missing_ok=True)
            with cli.patch.context() as patch:
                patch.setattr("sys.stderr", shown)
                patch.setenv("TERM", "xterm")
                if plain:
                    patch.setenv("NO_COLOR", "1")
                assert cli("sms", "bulk", path).code == 0
            if plain:
                assert "30 of 30: 30 sent (port 1 15, port 2 15)\n" in shown.written()
            else:
                assert "port 2" in shown.written()
                assert "30/30" in shown.written()
        assert len(gateway.sent) == 60


def test_bulk_of_a_server_that_is_no_gateway(cli: Commands, script: Script) -> None:
    cli.use(script.port)
    path = write(cli, numbers(1))
    ran = cli("sms", "bulk", path)
    assert ran.code == 1
    assert "no gateway's commands were found" in ran.err
    assert os.path.getsize(journal_of(path)) > 0


def start(gateway: Simulator, path: Path, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    """A run in a process of its own."""
    settings = {"LIBAMI_HOST": f"127.0.0.1:{gateway.port}", "LIBAMI_USERNAME": "admin"}
    return subprocess.Popen(
        [sys.executable, "-m", "libami", *arguments, "sms", "bulk", str(path)],
        env={**os.environ, **settings, "LIBAMI_SECRET": SECRET},
        **streams,
    )


def until_sent(gateway: Simulator, count: int) -> None:
    until = time.monotonic() + WAIT
    while len(gateway.sent) < count and time.monotonic() < until:
        time.sleep(0.002)
    assert len(gateway.sent) >= count


def states_in(path: Path) -> Counter[str]:
    return Counter({each["key"]: each["state"] for each in lines_of(path)}.values())


@pytest.mark.parametrize("kind", ["pipe", "full"])
def test_bulk_whose_output_cannot_be_written_notes_every_outcome(cli: Commands, kind: str) -> None:
    path = write(cli, numbers(60))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_latency(span, 0.05)
        if kind == "pipe":
            read, written = os.pipe()
        else:
            read, written = os.open("/dev/null", os.O_RDONLY), os.open("/dev/full", os.O_WRONLY)
        os.close(read)
        with start(gateway, path, "--json", stdout=written, stderr=subprocess.PIPE) as running:
            os.close(written)
            said = running.communicate(timeout=6 * WAIT)[1]
        assert running.returncode == (141 if kind == "pipe" else 1), said
        assert b"Traceback" not in said
        assert set(states_in(path)) <= {"sent", "not-sent"}
        assert states_in(path)["sent"] == len(gateway.sent) < 60
        assert cli("sms", "bulk", path).out == "60 sent\n"
        assert len(gateway.sent) == 60


def test_bulk_goes_on_without_anybody_who_reads_its_words(cli: Commands) -> None:
    path = write(cli, numbers(30))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_latency(span, 0.02)
        for force in ("", "1"):
            journal_of(path).unlink(missing_ok=True)
            gateway_sent = len(gateway.sent)
            cli.set("FORCE_COLOR", force)
            read, written = os.pipe()
            with start(gateway, path, "-v", stdout=subprocess.PIPE, stderr=written) as running:
                os.close(written)
                until_sent(gateway, gateway_sent + 2)
                os.close(read)
                out = running.communicate(timeout=6 * WAIT)[0]
            assert (running.returncode, out) == (0, b"30 sent\n")


def test_bulk_whose_terminal_goes_accounts_for_all(cli: Commands) -> None:
    path = write(cli, numbers(60))
    with simulated(cli) as gateway:
        for span in gateway.spans:
            gateway.set_latency(span, 0.05)
        with start(gateway, path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
            until_sent(gateway, 5)
            running.send_signal(signal.SIGHUP)
            said = running.communicate(timeout=6 * WAIT)[1]
        assert running.returncode == 129
        assert b"ended by SIGHUP; run it again to go on" in said
        assert set(states_in(path)) <= {"sent", "not-sent"}
        assert cli("sms", "bulk", path).out == "60 sent\n"
        assert len(gateway.sent) == 60


def test_bulk_knows_messages_that_got_an_id_or_a_port(cli: Commands) -> None:
    path = write(cli, HEAD + "1,a\n2,b\n")
    with simulated(cli) as gateway:
        assert cli("sms", "bulk", path).code == 0
        write(cli, "to,text,port\n1,a,2\n2,b,3\n")
        assert cli("sms", "bulk", path).out == "2 sent\n"
        assert len(gateway.sent) == 2
        # The first of equal lines is the one that was sent, and stays it.
        write(cli, "to,text,id,port\n1,a,x1,1\n2,b,x2,\n1,a,x3,\n")
        ran = cli("sms", "bulk", path)
        assert (ran.out, len(gateway.sent)) == ("3 sent\n", 3)
        assert "1 messages have number and text of others in the journal" in ran.err
        write(cli, "to,text,id\n1,a,x4\n1,a,x3\n1,a,x1\n")
        ran = cli("sms", "bulk", path, "--dry-run")
        assert ran.out == "1 not-sent, 2 sent\n"
        assert "1 messages have number and text of others in the journal" in ran.err
        # Ids that are taken away again leave open which one it is.
        write(cli, "to,text,id\n5,c,y\n")
        assert cli("sms", "bulk", path).code == 0
        write(cli, HEAD + "5,c\n")
        ran = cli("sms", "bulk", path)
        assert ran.code == 2
        assert 'line 2: the journal has this number and text with the id "y"' in ran.err
        assert len(gateway.sent) == 4


def test_bulk_refuses_equal_lines_with_other_ports(cli: Commands) -> None:
    refused(cli, "to,text,port\n1,a,1\n1,a,2\n", "line 3: it has number and text of line 2")


def test_bulk_knows_messages_of_older_journals_by_their_port(cli: Commands) -> None:
    path = write(cli, "to,text,port,id\n1,a,1,\n2,b,2,x\n3,c,1,\n")
    with simulated(cli) as gateway:
        first, second, third = read_messages(path)
        with Journal(journal_of(path)) as journal:
            for each, port in ((first, "1"), (second, "2"), (third, "1")):
                digest = each.digest_with(port)
                key = each.key if each.id else digest
                journal.end({"key": key, "digest": digest, "line": 2, "state": "sent", "port": port})
        assert cli("sms", "bulk", path).out == "3 sent\n"
        write(cli, "to,text,port,id\n1,a,4,\n2,b,2,x\n3,c,,z\n")
        assert cli("sms", "bulk", path).out == "3 sent\n"
        assert not gateway.sent


HEAD_LINE = b'{"journal": "libami sms bulk", "version": 1}\n'
SENT = b'{"key": "id:a", "state": "sent"}'


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b'{"key": "id:a"}\n', "line 2: "),
        (SENT + b'\n{"key": "id:b", "state": "foo"}\n', "line 3: "),
        (b'{"key": "id:a", "state": null}\n', "line 2: "),
        (b'{"key": "id:a", "state": ["sent"]}\n', "line 2: "),
        (b'{"key": ["a"], "state": "sent"}\n', "line 2: "),
        (b"[" * 100_000 + b"\n", "line 2: "),
        (b"\n", "line 2: "),
        (SENT + b'\n\0\0{"key": "id:b", "state": "sent"}\n', "line 3: there are zeros in the middle"),
    ],
)
def test_bulk_journal_with_a_wrong_line_is_refused(cli: Commands, lines: bytes, words: str) -> None:
    path = write(cli, "to,text,id\n1,x,a\n2,y,b\n")
    data = HEAD_LINE + lines
    journal_of(path).write_bytes(data)
    with simulated(cli) as gateway:
        ran = cli("sms", "bulk", path)
        assert (ran.code, ran.out) == (1, "")
        assert words in ran.err
        assert "Traceback" not in ran.err
        assert not gateway.sent
    assert journal_of(path).read_bytes() == data


def test_bulk_journal_may_lack_its_last_line_end(cli: Commands) -> None:
    path = write(cli, "to,text,id\n1,x,a\n2,y,b\n")
    with simulated(cli) as gateway:
        for data in (HEAD_LINE + SENT, HEAD_LINE + SENT + b"\0" * 100, HEAD_LINE[:-1]):
            gateway_sent = len(gateway.sent)
            journal_of(path).write_bytes(data)
            assert cli("sms", "bulk", path).out == "2 sent\n"
            assert len(gateway.sent) - gateway_sent == (1 if SENT in data else 2)
            assert len(lines_of(path)) == (3 if SENT in data else 4)


def test_bulk_journal_is_a_regular_file(cli: Commands) -> None:
    path = write(cli, numbers(1))
    pipe = cli.folder / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, "/dev/full", "/dev/null"):
        for more in ([], ["--dry-run"]):
            ran = cli("sms", "bulk", path, "--journal", place, *more)
            assert ran.code == 1
            assert f"{place} is no regular file" in ran.err


def test_bulk_of_a_pipe_needs_a_name_for_the_journal(cli: Commands) -> None:
    read, written = os.pipe()
    with simulated(cli) as gateway:
        os.write(written, numbers(1).encode())
        os.close(written)
        ran = cli("sms", "bulk", f"/dev/fd/{read}")
        os.close(read)
        assert ran.code == 2
        assert "name one by --journal" in ran.err
        assert not gateway.sent


def test_bulk_dry_run_writes_nothing(cli: Commands) -> None:
    path = write(cli, numbers(3))
    assert cli("sms", "bulk", path, "--dry-run").code == 0
    assert not journal_of(path).exists()
    data = HEAD_LINE + b'{"key": "id:a", "st'
    journal_of(path).write_bytes(data)
    journal_of(path).chmod(0o400)
    assert cli("sms", "bulk", path, "--dry-run").out == "3 not-sent\n"
    assert journal_of(path).read_bytes() == data


def test_bulk_rate_lets_nothing_go_out_in_a_bunch(cli: Commands) -> None:
    path = write(cli, "to,text,port\n" + "".join(f"{100 + number},m,1\n" for number in range(6)))
    with simulated(cli, spans=2) as gateway:
        gateway.set_latency(1, 1.0)
        times: list[float] = []

        def watch() -> None:
            until = time.monotonic() + WAIT
            while len(times) < 6 and time.monotonic() < until:
                if len(gateway.sent) > len(times):
                    times.extend([time.monotonic()] * (len(gateway.sent) - len(times)))
                    gateway.set_latency(1, 0.0)
                time.sleep(0.001)

        thread = threading.Thread(target=watch)
        thread.start()
        assert cli("sms", "bulk", path, "--rate", "5/s", "--timeout", 60).code == 0
        thread.join()
    assert len(times) == 6
    # The look at it is less exact than the rate.
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.15
