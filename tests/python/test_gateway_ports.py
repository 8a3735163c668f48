"""USSD sessions and ports of a gateway."""

from __future__ import annotations

import asyncio
from typing import Any

import libami
import libami.aio.gateway
import libami.gateway
import pytest
from conftest import LOOPS, SECRET, WAIT, Face
from gateways import DONGLES, MODELS, first_port, opened, settings
from libami.simulator import Model, Simulator, SpanState

# USSD


@pytest.mark.parametrize("model", MODELS)
def test_ussd_session(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET) as sim, opened(face, sim) as gateway:
        sim.set_ussd_menu("*100#", ("1 余额\n2 offers", {"2": ("which?", {"9": "thanks"})}))
        port = first_port(model)
        with face.do(lambda: gateway.dial(port, "*100#")) as dialogue:
            assert (dialogue.reply.text, dialogue.is_open) == ("1 余额\n2 offers", True)
            assert face.do(lambda: dialogue.answer("2")).text == dialogue.reply.text == "which?"
            with pytest.raises(libami.InvalidValue):
                face.do(lambda: dialogue.answer(""))
            assert dialogue.is_open
            assert repr(dialogue) == f"<{gateway.__module__}.UssdDialogue (open)>"
            last = face.do(lambda: dialogue.answer("9"))
            assert (last.text, last.wants_answer, dialogue.is_open) == ("thanks", False, False)
            with pytest.raises(libami.Error, match="waits for no answer") as raised:
                face.do(lambda: dialogue.answer("1"))
            assert raised.value.code == 2
        with face.do(lambda: gateway.dial(port, "*100#")) as dialogue:
            assert dialogue.is_open
        assert not dialogue.is_open
        # The network does not know, and takes it for an answer.
        assert not face.do(lambda: gateway.send_ussd(port, "*100#", timeout=5)).wants_answer


@pytest.mark.parametrize("loop", LOOPS)
def test_ussd_answer_that_is_cancelled_ends_the_session(gateway: Simulator, loop: Any) -> None:
    async def program() -> None:
        async with libami.aio.gateway.connect(**settings(gateway)) as asked:
            dialogue = await asked.dial(1, "*100#")
            gateway.set_latency(1, 0.5)
            answering = asyncio.create_task(dialogue.answer("1"))
            async with asyncio.timeout(WAIT):
                while dialogue.is_open:
                    await asyncio.sleep(0.001)
            with pytest.raises(libami.Error, match="under way") as raised:
                await dialogue.answer("1")
            assert raised.value.code == 2
            answering.cancel()
            with pytest.raises(asyncio.CancelledError):
                await answering
            assert (dialogue.is_open, dialogue.reply.text) == (False, "menu")

    gateway.set_ussd_menu("*100#", ("menu", {"1": ("more", {})}))
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(program())


# Ports


@pytest.mark.parametrize("model", MODELS)
def test_ports_are_shown_and_switched(face: Face, model: Model) -> None:
    with Simulator(model=model, secret=SECRET, numbers=["100"]) as sim, opened(face, sim) as gateway:
        sim.set_state(sim.spans[1], SpanState(sim="missing"))
        ports = face.do(gateway.ports)
        port = first_port(model)
        assert [type(port) for port in ports] == [libami.gateway.PortStatus] * 4
        first, second = ports[:2]
        assert (first.port, first.span) == (str(port), port if isinstance(port, int) else 0)
        assert (first.is_up, first.has_power, first.has_sim, first.is_registered) == (True, True, True, True)
        assert not second.is_up
        assert first.operator == "SIMULATED"
        assert first.signal == 23 or model in DONGLES
        assert -113 <= first.dbm <= -51
        assert 0 <= first.bars <= 5
        assert isinstance(first.details, dict)
        for name in ("network_status", "imsi", "imei", "smsc", "own_number", "last_event", "state", "words"):
            assert isinstance(getattr(first, name), str | None)
        assert repr(first) == f"<libami.gateway.PortStatus of port {port}: {first.words}>"
        assert str(first.imsi) not in repr(first)
        if model == "openvox":
            assert (first.state, first.own_number, first.last_event) == ("READY", "100", None)
            assert first.details["Network Name"] == "SIMULATED"

        def power(how: str) -> None:
            face.do(lambda: gateway.power(port, how))

        with pytest.raises(libami.InvalidValue):
            power("up")
        if model in ("yeastar", "openvox-2013"):
            with pytest.raises(libami.Error) as raised:
                power("off")
            assert raised.value.code == (7 if model == "yeastar" else 302)
            return
        power("off")
        assert not sim.state(sim.spans[0]).power
        assert not face.do(gateway.ports)[0].is_up
        power("on")
        power("reset")
        assert sim.state(sim.spans[0]).power
        face.do(lambda: gateway.reload(port))


def test_actions_of_all_kinds(face: Face, gateway: Simulator) -> None:
    with opened(face, gateway) as asked:
        assert face.do(lambda: asked.action("CoreSettings"))["AsteriskVersion"]
        assert face.do(lambda: asked.command("core show version")).startswith("Asterisk ")
        with pytest.raises(libami.CommandError):
            face.do(lambda: asked.command("no such"))
        with pytest.raises(libami.InvalidValue):
            asked.parts("x" * 40_000)
