"""A call ends in every way, and router, adapter and Asterisk agree on how."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from channels.asterisk.ari import Ari
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import Desk, desk_at_work

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import pytest

    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.stage import Stage


@asynccontextmanager
async def talking(stage: Stage, **settings: Any) -> AsyncGenerator[tuple[Call, Call, Desk, str]]:
    """(customer's call, agent's call, the agent's desk, contact) of a talk that goes on."""
    given: dict[str, Any] = {"lines": {"611": QUIET}, **settings}
    async with stage.adapter(**given), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        theirs.say(440)
        await ours.hears(440)
        yield theirs, ours, desk, contact


async def nothing_is_left(stage: Stage) -> None:
    """Asterisk has no channel any more, as soon as the last has been taken down."""
    async with asyncio.timeout(10):
        while "0 active channels" not in await stage.asterisk.cli("core show channels"):
            pass


async def test_the_customer_hangs_up_while_he_waits(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        await theirs.hang_up()
        waited_ms = theirs.at_ms["over"] - theirs.at_ms["invite"]
        abandoned = await stage.event("contact.abandoned")
        assert abs(abandoned["data"]["waited"] - waited_ms) < 100
        await nothing_is_left(stage)


async def test_the_customer_hangs_up_while_the_phone_rings(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.rung()
        ours.ring()
        await theirs.answered()
        await theirs.hang_up()
        assert await ours.ended() == "cancelled"
        assert ours.at_ms["over"] - theirs.at_ms["over"] < 100
        await stage.event("contact.abandoned")


async def test_the_customer_cancels_before_he_was_answered(stage: Stage) -> None:
    async with stage.adapter(lines={"611": {"answer": False}}):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.rings()
        await theirs.hang_up()
        assert await theirs.ended() == "cancelled"
        await stage.event("contact.abandoned")


async def test_the_customer_hangs_up_while_they_talk(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, _desk, contact):
        await theirs.hang_up()
        assert await ours.ended() == "they hung up"
        closed = await stage.event("contact.closed")
        assert (closed["contact"], closed["data"]["outcome"], closed["data"]["ended_by"]) == (
            contact, "answered", "customer",
        )  # fmt: skip
        await nothing_is_left(stage)


async def test_the_customer_hangs_up_before_asterisk_has_said_that_they_are_joined(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    do, calls = Ari.do, list["Call"]()

    async def late(self: Ari, method: str, path: str, **fields: Any) -> bytes:
        answer = await do(self, method, path, **fields)
        if path.endswith("/addChannel") and ".talk." in path:
            await calls[0].hang_up()
            await stage.event("contact.closed", "contact.abandoned")
        return answer

    monkeypatch.setattr(Ari, "do", late)
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        calls.append(await (await stage.lab.caller(stage.asterisk)).call("611"))
        offer = (await desk.frame("offer"))["offer"]
        await desk.ask("accept", offer=offer["id"])
        ours = await anna.picks_up()
        assert await ours.ended() == "they hung up"
        contact = await stage.contact(offer["contact"]["id"])
        assert (contact["outcome"], contact["answered_at"] is not None) == ("answered", True)
        await nothing_is_left(stage)


async def test_the_agent_ends_it_at_his_desk(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, desk, contact):
        await desk.ask("complete", contact=contact)
        assert await ours.ended() == "they hung up"
        assert await theirs.ended() == "they hung up"
        await nothing_is_left(stage)


async def test_the_agent_gives_the_customer_back_to_the_queue(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, desk, contact):
        since_ms = CLOCK.monotonic_ms()
        await desk.ask("transfer", contact=contact, queue="corporate")
        assert await ours.ended() == "they hung up"
        assert await theirs.hears(MUSIC_HZ) - since_ms < 200
        assert not theirs.over


async def test_a_cancelled_contact_goes_back_to_the_dialplan(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        contact = (await stage.event("contact.queued"))["contact"]
        await stage.adapter_caller.post(f"/contacts/{contact}/cancel")
        assert await theirs.ended() == "they hung up"
        await stage.asterisk.logs("contact-router-left,cancelled")
