"""The pytest plugin of libami: servers for the tests of programs that speak AMI.

It stands beside the package, and imports it in the fixtures: a pytest run that uses none of them does not pay
for it, and the coverage of a program is measured from its first line on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    import libami
    from libami.simulator import Simulator
    from libami.testing import Recorder, ReplayServer, ScriptedServer
    from libami.testing._listener import Listener

_SERVERS = pytest.StashKey[list["Listener"]]()
_HAS_PASSED = pytest.StashKey[bool]()
_MARKERS = (
    "ami(*, asterisk='22', username='admin', secret='amp111', tls=None, assert_all_expected=True, "
    "assert_all_called=True): the settings of the fixture ami_server",
    "ami_client(**settings): further settings of libami.connect for the fixture ami_client",
    "ami_gateway(**settings): the settings of libami.simulator.Simulator for the fixture ami_gateway",
    "ami_replay(path, *, speed=None, repeat=False, assert_all_played=False, scrub=False): the recording of "
    "the fixture ami_replay, relative to the test's folder, and the settings of libami.testing.ReplayServer",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("libami").addoption(
        "--ami-record",
        choices=("none", "once", "rewrite"),
        default="none",
        help="which recordings of the fixture ami_replay are made: none, those that do not exist (once), or "
        "all (rewrite), of the server that LIBAMI_HOST, LIBAMI_PORT, LIBAMI_USERNAME and LIBAMI_SECRET name",
    )


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose program did what the test has no rule for, and show what was said if a test fails."""
    servers = item.stash.get(_SERVERS, [])
    # A test may be run again.
    item.stash[_HAS_PASSED] = False
    try:
        result = yield
    except pytest.skip.Exception:
        raise
    except BaseException:
        for server in servers:
            said = "\n\n".join([*server.unexpected(), server.said])
            item.add_report_section("call", repr(server), said)
        raise
    if text := "\n\n".join(text for server in servers for text in server.unexpected()):
        pytest.fail(text, pytrace=False)
    item.stash[_HAS_PASSED] = True
    return result


@pytest.fixture
def ami_server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """A scripted Asterisk on 127.0.0.1, see `libami.testing.ScriptedServer`. The test fails if an action
    comes that no rule fits, or a rule is not used; the marker `ami` has its settings."""
    from libami.testing import ScriptedServer

    server = ScriptedServer(**_settings(request, "ami"))
    yield from _watched(request, server)


@pytest.fixture
def ami_client(request: pytest.FixtureRequest, ami_server: ScriptedServer) -> Iterator[libami.Client]:
    """A `libami.Client` that is connected to `ami_server`; the marker `ami_client` has its settings."""
    import libami

    settings = {**ami_server.credentials, **_settings(request, "ami_client")}
    with libami.connect(**settings) as client:
        yield client


@pytest.fixture
def ami_gateway(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A simulated GSM gateway on 127.0.0.1, see `libami.simulator.Simulator`; the marker `ami_gateway` has
    its settings, such as `model="yeastar", spans=2`."""
    from libami.simulator import Simulator

    with Simulator(**_settings(request, "ami_gateway")) as gateway:
        yield gateway


@pytest.fixture
def ami_replay(request: pytest.FixtureRequest) -> Iterator[ReplayServer | Recorder]:
    """A recorded session that is served again, see `libami.testing.ReplayServer`. The marker `ami_replay` has
    its file, or else it is `recordings/MODULE/TEST.ami` beside the test; `--ami-record` makes it, of a real
    server."""
    from libami.testing import ReplayServer

    mark = request.node.get_closest_marker("ami_replay") or pytest.mark.ami_replay().mark
    settings = dict(mark.kwargs)
    scrub = settings.pop("scrub", False)
    mode = request.config.getoption("--ami-record")
    path = request.path.parent / mark.args[0] if mark.args else _path(request, mode)
    if mode == "rewrite" or (mode == "once" and not path.exists()):
        yield from _record(request, path, scrub)
        return
    if not path.exists():
        pytest.fail(f"there is no recording {path}: make it with --ami-record=once", pytrace=False)
    yield from _watched(request, ReplayServer(path, **settings))


def _path(request: pytest.FixtureRequest, mode: str) -> Path:
    """The recording of a test that names none. No other test of the module has the same."""
    folder = request.path.parent / "recordings" / request.path.stem
    classes, bracket, values = request.node.nodeid.partition("::")[2].partition("[")
    name = classes.replace("::", ".") + bracket + values
    path = folder / f"{quote(name, '[],=+@')}.ami"
    # Recordings had shorter names, which tests could share.
    short = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    old = folder / f"{short}.ami"
    return old if mode != "rewrite" and old.exists() and not path.exists() else path


def _record(request: pytest.FixtureRequest, path: Path, scrub: bool) -> Iterator[Recorder]:
    """Have a test make its recording, which stays if the test passes, and only then."""
    from libami.testing import Recorder

    names = ("LIBAMI_HOST", "LIBAMI_USERNAME", "LIBAMI_SECRET")
    if missing := [name for name in names if not os.environ.get(name)]:
        pytest.fail(
            f"--ami-record needs a server, and these are not set: {', '.join(missing)}", pytrace=False
        )
    host, username, secret = (os.environ[name] for name in names)
    if host.count(":") == 1:
        host, _, port = host.partition(":")
    else:
        port = os.environ.get("LIBAMI_PORT", "5038")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    recorder = Recorder(new, host, int(port), scrub=scrub, overwrite=True, username=username, secret=secret)
    try:
        yield recorder
    finally:
        recorder.close()
        if request.node.stash.get(_HAS_PASSED, False):
            new.replace(path)
        else:
            new.unlink()


def _settings(request: pytest.FixtureRequest, marker: str) -> dict[str, Any]:
    """The settings of all markers of this name; those nearest to the test win."""
    settings: dict[str, Any] = {}
    for mark in request.node.iter_markers(marker):
        if mark.args:
            raise pytest.UsageError(f"the marker {marker} takes settings by name: {marker}(name=value)")
        settings = {**mark.kwargs, **settings}
    return settings


def _watched(request: pytest.FixtureRequest, server: Any) -> Iterator[Any]:
    """Lend a server to a test, and fail the test for what it has found."""
    request.node.stash.setdefault(_SERVERS, []).append(server)
    try:
        yield server
    finally:
        server.close()
    texts = server.unexpected()
    # A test that was skipped, or whose setup failed, sent no actions, so its rules are unused.
    if request.node.stash.get(_HAS_PASSED, False):
        texts += server.missed()
    if texts:
        pytest.fail("\n\n".join(texts), pytrace=False)
