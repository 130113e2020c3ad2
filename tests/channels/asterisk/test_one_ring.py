"""A phone rings for one call at a time, a call at one phone, however slowly Asterisk takes down what is given up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.asterisk.ari import Ari, AsteriskAway
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    import pytest

    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.lab.phone import Phone
    from tests.channels.asterisk.stage import Stage
    from tests.helpers.desk import Desk

LINES = {"611": QUIET}
SLOW_S = 0.5
"""So long a leg is not taken down, unless the phone has rung again meanwhile."""


def is_slow(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Asterisk hangs up on agents late; gives what says that a phone has rung meanwhile."""
    do, rung = Ari.do, asyncio.Event()

    async def slow(self: Ari, method: str, path: str, **fields: Any) -> bytes:
        if method == "DELETE" and ".leg." in path:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), SLOW_S)
        return await do(self, method, path, **fields)

    monkeypatch.setattr(Ari, "do", slow)
    return rung


async def accepts(desk: Desk, contact: str = "") -> str:
    """The agent accepts the next offer, of a contact that is not this one; its contact."""
    while (offer := (await desk.frame("offer"))["offer"])["contact"]["id"] == contact:
        pass
    await desk.ask("accept", offer=offer["id"])
    return offer["contact"]["id"]


@dataclass
class Scene:
    """A phone that rings for a customer, and another one who waits behind him."""

    anna: Phone
    ours: Call
    """Her ring."""
    contact: str
    leaves: Call
    stays: Call


async def she_rings(stage: Stage, desk: Desk) -> Scene:
    """Two customers wait, and she has accepted the first."""
    anna = await stage.lab.phone(stage.asterisk, "1001")
    first = await (await stage.lab.caller(stage.asterisk)).call("611")
    await stage.event("contact.queued")
    second = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("611")
    await stage.event("contact.queued")
    contact = await accepts(desk)
    return Scene(anna, await ring_of(anna), contact, first, second)


async def ring_of(phone: Phone) -> Call:
    """The next ring of a phone, which rings."""
    ring = await phone.rung()
    ring.ring()
    return ring


async def rings_after(phone: Phone, before: Call, slow: asyncio.Event) -> Call:
    """The next ring of a phone, which had none any more when it came."""
    ring = await phone.rung()
    was_over = before.over
    slow.set()
    assert was_over == "cancelled"
    ring.ring()
    return ring


async def talk(ours: Call, theirs: Call) -> None:
    """She picks up, and the customer hears her."""
    await ours.answer()
    ours.say(880)
    await theirs.hears(880)


async def test_the_next_customer_rings_when_the_one_who_left_rings_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = is_slow(monkeypatch)
    async with stage.adapter(lines=LINES), desk_at_work(stage.service, "anna") as desk:
        scene = await she_rings(stage, desk)
        await scene.leaves.hang_up()
        await accepts(desk, scene.contact)
        await talk(await rings_after(scene.anna, scene.ours, slow), scene.stays)


async def test_the_next_customer_rings_when_the_one_whom_the_router_took_away_rings_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = is_slow(monkeypatch)
    async with stage.adapter(lines=LINES), desk_at_work(stage.service, "anna") as desk:
        scene = await she_rings(stage, desk)
        await stage.adapter_caller.post(f"/contacts/{scene.contact}/cancel")
        await accepts(desk, scene.contact)
        await rings_after(scene.anna, scene.ours, slow)


async def test_the_next_customer_rings_when_nobody_picked_up_and_the_phone_rings_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = is_slow(monkeypatch)
    async with stage.adapter(lines=LINES), desk_at_work(stage.service, "anna") as desk:
        scene = await she_rings(stage, desk)
        assert (await stage.event("contact.connect_failed"))["contact"] == scene.contact
        await accepts(desk, scene.contact)
        await rings_after(scene.anna, scene.ours, slow)


async def test_a_customer_rings_at_one_phone_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = is_slow(monkeypatch)
    async with stage.adapter(lines=LINES), desk_at_work(stage.service, "anna") as desk:
        anna, boris = await stage.lab.phone(stage.asterisk, "1001"), await stage.lab.phone(stage.asterisk, "1002")
        await (await stage.lab.caller(stage.asterisk)).call("611")
        await accepts(desk)
        ours = await ring_of(anna)
        async with desk_at_work(stage.service, "boris") as other:
            await stage.event("contact.connect_failed")
            await accepts(other)
            await rings_after(boris, ours, slow)


async def test_a_leg_that_a_killed_adapter_left_rings_no_more_when_the_next_customer_rings(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = is_slow(monkeypatch)
    async with desk_at_work(stage.service, "anna") as desk:
        async with stage.process(lines=LINES) as killed:
            scene = await she_rings(stage, desk)
            await killed.end(signal.SIGKILL)
        await stage.adapter_caller.post(f"/contacts/{scene.contact}/cancel")
        await accepts(desk, scene.contact)
        async with stage.adapter(lines=LINES, stands_by=True):
            await rings_after(scene.anna, scene.ours, slow)


async def test_a_leg_is_hung_up_though_asterisk_was_away_just_then(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    do, was_away = Ari.do, asyncio.Event()

    async def away(self: Ari, method: str, path: str, **fields: Any) -> bytes:
        if method == "DELETE" and ".leg." in path and not was_away.is_set():
            was_away.set()
            raise AsteriskAway("ServerDisconnectedError")
        return await do(self, method, path, **fields)

    monkeypatch.setattr(Ari, "do", away)
    async with stage.adapter(lines=LINES), desk_at_work(stage.service, "anna") as desk:
        scene = await she_rings(stage, desk)
        await scene.leaves.hang_up()
        await accepts(desk, scene.contact)
        again = await rings_after(scene.anna, scene.ours, was_away)
        assert was_away.is_set()
        await talk(again, scene.stays)
