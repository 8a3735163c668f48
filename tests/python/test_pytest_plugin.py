"""The pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import pytest
from libami.testing import ScriptedServer

pytest_plugins = ["pytester"]

PROGRAM = """
import libami

def call_everybody(host, port, username, secret, channel):
    with libami.connect(host, port, username=username, secret=secret) as client:
        return client.action("Originate", Channel=channel, Context="x", Exten="100", Priority=1)
"""


def run(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(program=PROGRAM)
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-W", "error", *arguments)


def inline(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(program=PROGRAM)
    pytester.makepyfile(test)
    return pytester.runpytest_inprocess("-W", "error", *arguments)


def test_plugin_lends_a_server_a_client_and_a_gateway(pytester: pytest.Pytester) -> None:
    inline(
        pytester,
        """
        import asyncio, libami.aio, libami.gateway, pytest
        from program import call_everybody

        def test_server(ami_server):
            ami_server.on("Originate", Channel="PJSIP/*").respond(Message="queued")
            call_everybody(**ami_server.credentials, channel="PJSIP/1")
            assert ami_server.calls.last("Originate")["Exten"] == "100"

        @pytest.mark.ami(asterisk="13", username="me", secret="mine")
        @pytest.mark.ami_client(event_mask="call")
        def test_client(ami_client, ami_server):
            ami_server.emit("Hangup", Cause=16)
            assert ami_client.action("Ping")["Response"] == "Success"
            assert ami_server.calls.last("Login")["Events"] == "call"
            assert ami_server.calls.last("Login")["Username"] == "me"

        def test_loop(ami_server):
            async def program():
                async with await libami.aio.connect(**ami_server.credentials) as client:
                    events = client.events("Hangup")
                    ami_server.emit("Hangup", Cause=16)
                    return (await anext(events))["Cause"]
            assert asyncio.run(program()) == "16"

        @pytest.mark.ami_gateway(model="yeastar", spans=2)
        def test_gateway(ami_gateway):
            assert len(ami_gateway.spans) == 2
            with libami.gateway.connect(**ami_gateway.credentials) as gateway:
                gateway.send("13632919026", "hello", port=2)
            assert [sms.text for sms in ami_gateway.sent] == ["hello"]
        """,
    ).assert_outcomes(passed=4)


def test_plugin_fails_a_test_for_an_action_without_a_rule(pytester: pytest.Pytester) -> None:
    """The program swallows the error, and the test fails all the same, with the reason."""
    result = inline(
        pytester,
        """
        from program import call_everybody

        def test_call(ami_server):
            ami_server.on("Originate", Channel="PJSIP/*").optional()
            try:
                call_everybody(**ami_server.credentials, channel="SIP/1")
            except Exception:
                pass
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "an action came that no rule fits:",
            "    Action: Originate",
            "    Channel: SIP/1",
            "  on('Originate', Channel='PJSIP/[*]') at test_*.py:4: "
            "Channel is 'SIP/1', and the rule wants 'PJSIP/[*]'",
        ]
    )


def test_plugin_fails_a_test_for_a_late_action(pytester: pytest.Pytester) -> None:
    """It comes when the test is over, as the program ends with a fixture of its own."""
    inline(
        pytester,
        """
        import pytest
        from program import call_everybody

        @pytest.fixture
        def program(ami_server):
            yield
            with pytest.raises(Exception):
                call_everybody(**ami_server.credentials, channel="SIP/1")

        def test_call(program):
            pass
        """,
    ).assert_outcomes(passed=1, errors=1)


def test_plugin_fails_a_test_for_a_rule_that_was_not_used(pytester: pytest.Pytester) -> None:
    result = inline(
        pytester,
        """
        import pytest

        def test_call(ami_server):
            ami_server.on("Originate", Channel="PJSIP/*")

        @pytest.mark.ami(assert_all_called=False)
        def test_other(ami_server):
            ami_server.on("Originate")

        def test_failed(ami_server):
            ami_server.on("Originate")
            assert False

        def test_skipped(ami_server):
            pytest.skip("not now")
        """,
    )
    result.assert_outcomes(passed=2, errors=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "rules that no action fitted:",
            "  on('Originate', Channel='PJSIP/[*]') at test_*.py:4 was used never",
        ]
    )


def test_plugin_takes_switches_from_the_nearest_marker(pytester: pytest.Pytester) -> None:
    inline(
        pytester,
        """
        import pytest
        from program import call_everybody

        pytestmark = pytest.mark.ami(assert_all_expected=False, secret="outer")

        def test_outer(ami_server):
            with pytest.raises(Exception):
                call_everybody(**ami_server.credentials, channel="SIP/1")

        @pytest.mark.ami(assert_all_expected=True)
        def test_inner(ami_server):
            assert ami_server.secret == "outer"
            with pytest.raises(Exception):
                call_everybody(**ami_server.credentials, channel="SIP/1")

        @pytest.mark.ami("22")
        def test_wrong(ami_server):
            pass
        """,
    ).assert_outcomes(passed=1, failed=1, errors=1)


def test_plugin_shows_what_was_said_if_a_test_fails(pytester: pytest.Pytester) -> None:
    result = inline(
        pytester,
        """
        from program import call_everybody

        def test_call(ami_server):
            ami_server.on("Originate", Exten=200)
            call_everybody(**ami_server.credentials, channel="SIP/1")
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ActionError*",
            "*<libami.testing.server.ScriptedServer on 127.0.0.1:*> call*",
            "*Exten is '100', and the rule wants '200'",
            "1 < Asterisk Call Manager/11.0.0*",
            "1 > Key: [*][*][*]",
            "1 < Response: Error",
        ]
    )


def test_plugin_imports_nothing_of_the_package(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import sys

        def test_call():
            assert "libami_pytest" in sys.modules
            assert [name for name in sys.modules if name == "libami" or name.startswith("libami.")] == []
        """,
    ).assert_outcomes(passed=1)


SEVERAL = """
    import pytest
    from program import call_everybody

    @pytest.mark.parametrize("number", range(6))
    def test_call(ami_server, number):
        ami_server.on("Originate", Channel=f"PJSIP/{number}")
        call_everybody(**ami_server.credentials, channel=f"PJSIP/{number}")

    def test_strict(ami_server):
        with pytest.raises(Exception):
            call_everybody(**ami_server.credentials, channel="PJSIP/1")
"""


def test_plugin_works_in_several_processes(pytester: pytest.Pytester) -> None:
    result = run(pytester, SEVERAL, "-n", "2")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["*2 workers*", "*no rule is for Originate: make one with on('Originate')"])


def test_plugin_leaves_coverage_whole(pytester: pytest.Pytester) -> None:
    """A program's lines count from the first one on, those of the server's functions too."""
    result = run(
        pytester,
        """
        from program import call_everybody

        def answer(call):
            return {"Response": "Success"}

        def test_call(ami_server):
            ami_server.on("Originate").run(answer)
            call_everybody(**ami_server.credentials, channel="PJSIP/1")
        """,
        "--cov=.",
        "--cov-report=term-missing",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["program.py * 0 * 100%", "test_*.py * 0 * 100%", "TOTAL * 100%"])


REPLAYED = """
    import libami, pytest

    @pytest.mark.parametrize("channel", ["PJSIP/1", "PJSIP/2"])
    def test_call(ami_replay, channel):
        with libami.connect(**ami_replay.credentials) as client:
            assert client.action("Originate", Channel=channel)["Message"] == f"queued {channel}"
"""


def test_plugin_records_once_and_replays(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(secret="hunt12") as server:
        server.on("Originate").run(
            lambda call: {"Response": "Success", "Message": f"queued {call['Channel']}"}
        )
        result = inline(pytester, REPLAYED)
        result.assert_outcomes(errors=2)
        result.stdout.fnmatch_lines(
            ["there is no recording *PJSIP%2F1[]].ami: make it with --ami-record=once"]
        )
        result = inline(pytester, REPLAYED, "--ami-record=once")
        result.assert_outcomes(errors=2)
        result.stdout.fnmatch_lines(
            ["*needs a server, and these are not set: LIBAMI_HOST, LIBAMI_USERNAME, LIBAMI_SECRET"]
        )
        for name, value in server.credentials.items():
            monkeypatch.setenv(f"LIBAMI_{name.upper()}", str(value))
        inline(pytester, REPLAYED, "--ami-record=once").assert_outcomes(passed=2)
        assert server.calls.count("Originate") == 2
        for mode in ("once", "none"):
            inline(pytester, REPLAYED, f"--ami-record={mode}").assert_outcomes(passed=2)
        assert server.calls.count("Originate") == 2
        monkeypatch.delenv("LIBAMI_PORT")
        monkeypatch.setenv("LIBAMI_HOST", f"{server.host}:{server.port}")
        inline(pytester, REPLAYED, "--ami-record=rewrite").assert_outcomes(passed=2)
        assert server.calls.count("Originate") == 4
        recordings = sorted(pytester.path.rglob("*.ami*"))
        assert [path.name for path in recordings] == ["test_call[PJSIP%2F1].ami", "test_call[PJSIP%2F2].ami"]
        assert "hunt12" not in recordings[0].read_text()


def test_plugin_keeps_the_recording_of_a_test_that_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as server:
        for name, value in server.credentials.items():
            monkeypatch.setenv(f"LIBAMI_{name.upper()}", str(value))
        test = (
            'import pytest\n@pytest.mark.ami_replay("a.ami")\ndef test_call(ami_replay):\n    assert False\n'
        )
        inline(pytester, test, "--ami-record=rewrite").assert_outcomes(failed=1)
        assert list(pytester.path.rglob("*.ami*")) == []


UNDONE = """
    import libami, os, pytest

    @pytest.fixture
    def other(ami_replay):
        if "BREAK" in os.environ:
            raise OSError("the database is not there")

    def test_setup(other, ami_replay):
        libami.connect(**ami_replay.credentials).close()

    def test_skip(ami_replay):
        if "BREAK" in os.environ:
            pytest.skip("not today")
        libami.connect(**ami_replay.credentials).close()
"""


def test_plugin_keeps_the_recording_of_a_test_that_does_not_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as server:
        for name, value in server.credentials.items():
            monkeypatch.setenv(f"LIBAMI_{name.upper()}", str(value))
        inline(pytester, UNDONE, "--ami-record=rewrite").assert_outcomes(passed=2)
        made = {path: path.read_bytes() for path in pytester.path.rglob("*.ami*")}
        assert len(made) == 2
        monkeypatch.setenv("BREAK", "1")
        inline(pytester, UNDONE, "--ami-record=rewrite").assert_outcomes(errors=1, skipped=1)
        assert {path: path.read_bytes() for path in pytester.path.rglob("*.ami*")} == made


ALIKE = """
    import libami, pytest

    def ask(server, name):
        with libami.connect(**server.credentials) as client:
            assert client.action(name)["Response"] == "Success"

    class TestA:
        def test_x(self, ami_replay):
            ask(ami_replay, "CoreStatus")

    class TestB:
        def test_x(self, ami_replay):
            ask(ami_replay, "CoreSettings")

    @pytest.mark.parametrize("value", ["a b", "a/b", "a::b"])
    def test_p(ami_replay, value):
        ask(ami_replay, {"a b": "CoreStatus", "a/b": "CoreSettings", "a::b": "Reload"}[value])
"""


def test_plugin_gives_each_test_its_own_recording(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as server:
        for name in ("CoreStatus", "CoreSettings", "Reload"):
            server.on(name).respond()
        for setting, value in server.credentials.items():
            monkeypatch.setenv(f"LIBAMI_{setting.upper()}", str(value))
        inline(pytester, ALIKE, "--ami-record=once").assert_outcomes(passed=5)
        inline(pytester, ALIKE).assert_outcomes(passed=5)
        recordings = {path.name: path for path in pytester.path.rglob("*.ami")}
        assert len(recordings) == 5
        # One of a time when names were shorter is found.
        recordings["TestA.test_x.ami"].rename(recordings["TestA.test_x.ami"].with_name("test_x.ami"))
        for mode in ("none", "once"):
            inline(pytester, ALIKE, f"--ami-record={mode}").assert_outcomes(passed=5)


def test_plugin_fails_a_test_for_functions_that_raise(pytester: pytest.Pytester) -> None:
    result = inline(
        pytester,
        """
        import libami, pytest

        def ask(client):
            try:
                client.action("A", {"X": "abc"}, deadline=0.3)
            except libami.Error:
                pass

        def test_fail(ami_server, ami_client):
            ami_server.on("A").run(lambda call: pytest.fail("X is wrong"))
            ask(ami_client)

        def test_skip(ami_server, ami_client):
            ami_server.on("A").run(lambda call: pytest.skip("not here"))
            ask(ami_client)

        @pytest.mark.ami(assert_all_called=False, assert_all_expected=False)
        def test_pattern(ami_server, ami_client):
            ami_server.on("A", X=lambda value: int(value) > 3)
            ask(ami_client)
        """,
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*X is wrong*", "*not here*", "*ValueError: invalid literal*"])


def test_plugin_adds_nothing_to_a_test_that_does_not_run(pytester: pytest.Pytester) -> None:
    result = inline(
        pytester,
        """
        import pytest

        @pytest.fixture
        def other(ami_server):
            ami_server.on("A")
            raise OSError("the database is not there")

        def test_setup(other):
            pass

        def test_skip(ami_server):
            ami_server.on("A")
            pytest.importorskip("nobody_has_this")
        """,
    )
    result.assert_outcomes(errors=1, skipped=1)
    result.stdout.no_fnmatch_line("*rules that no action fitted*")


def test_plugin_fails_a_test_for_what_is_not_in_the_recording(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("a.ami").write_text(
        "# libami capture 1\n< +0\nAsterisk Call Manager/11.0.0\n> +1\nAction: CoreStatus\n\n"
        "< +1\nResponse: Success\n\n"
    )
    result = inline(
        pytester,
        """
        import libami, pytest

        @pytest.mark.ami_replay("a.ami")
        def test_call(ami_replay):
            with libami.connect(**ami_replay.credentials) as client:
                with pytest.raises(libami.ActionError):
                    client.action("CoreReload")

        @pytest.mark.ami_replay("a.ami", assert_all_played=True)
        def test_other(ami_replay):
            libami.connect(**ami_replay.credentials).close()
        """,
    )
    result.assert_outcomes(failed=1, passed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        ["*the recording has no CoreReload", "actions of the recording that were not asked:"]
    )
