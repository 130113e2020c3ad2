"""The agent's phone rings for the contact that he has accepted, and picking up joins both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from tests.channels.asterisk.stage import Stage

AUTO = "Call-Info: <sip:router.example>;answer-after=0"


async def test_an_accepted_contact_rings_and_joins_both(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611", name="Ольга")
        await theirs.hears(MUSIC_HZ)
        offer = (await desk.frame("offer"))["offer"]
        assert anna.is_quiet()  # with a desk it is there that he accepts
        await desk.ask("accept", offer=offer["id"])
        ours = await anna.rung()
        ours.ring()
        assert ours.caller_number == "+73912000001"
        theirs.say(440)
        ours.say(880)
        await ours.answer()
        picked_up_ms = CLOCK.monotonic_ms()
        assert await ours.hears(440) - picked_up_ms < 200
        assert await theirs.hears(880) - picked_up_ms < 200
        answered = await stage.event("contact.answered")
        assert not theirs.media.has_heard(MUSIC_HZ, CLOCK.monotonic_ms() - 60)
    contact = await stage.contact(answered["contact"])
    assert (contact["state"], contact["agent"]) == ("assigned", "anna")
    assert contact["answered_at"] is not None


async def test_a_line_that_does_not_answer_rings_until_an_agent_does(stage: Stage) -> None:
    async with stage.adapter(lines={"611": {"answer": False}}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.rings()
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.rung()
        ours.ring()
        assert 200 not in theirs.statuses
        await ours.answer()
        await theirs.answered()
        ours.say(880)
        await theirs.hears(880)


async def test_the_phone_may_be_told_to_answer_by_itself(stage: Stage) -> None:
    async with (
        stage.adapter(lines={"611": QUIET}, phones={"auto_answer": AUTO}),
        desk_at_work(stage.service, "anna") as desk,
    ):
        anna = await stage.lab.phone(stage.asterisk, "1001")
        await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        assert (await anna.rung()).invite.header("Call-Info") == "<sip:router.example>;answer-after=0"


@pytest.mark.parametrize(
    ("status", "rings", "reason"),
    [
        (486, True, "busy"),
        (600, False, "busy"),
        (603, True, "refused"),
        (403, False, "refused"),
        (404, False, "unreachable"),
        (480, False, "unreachable"),
        (480, True, "no_answer"),
        (488, False, "channel"),
    ],
)
async def test_why_a_phone_was_not_picked_up(stage: Stage, status: int, rings: bool, reason: str) -> None:
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        since_ms = CLOCK.monotonic_ms()
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.rung()
        if rings:
            ours.ring()
        ours.refuse(status)
        failed = await stage.event("contact.connect_failed")
        assert failed["data"]["reason"] == reason
        assert (await stage.contact(failed["contact"]))["state"] == "queued"
        await theirs.hears(MUSIC_HZ)
        assert theirs.media.longest_gap_ms(MUSIC_HZ, since_ms) < 200
        assert anna.is_quiet()


async def test_a_phone_that_is_just_gone_is_unreachable(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        await (await stage.lab.caller(stage.asterisk)).call("611")
        offer = (await desk.frame("offer"))["offer"]
        await anna.unregister()
        await desk.ask("accept", offer=offer["id"])
        assert (await stage.event("contact.connect_failed"))["data"]["reason"] == "unreachable"


@pytest.mark.parametrize(("rings", "reason"), [(True, "no_answer"), (False, "unreachable")])
async def test_a_phone_that_nobody_picks_up_rings_no_longer_than_the_limit(
    stage: Stage, rings: bool, reason: str
) -> None:
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        since_ms = CLOCK.monotonic_ms()
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.rung()
        if rings:
            ours.ring()
        assert (await stage.event("contact.connect_failed"))["data"]["reason"] == reason
        if rings:  # where nothing was answered at all there is nothing to cancel
            assert await ours.ended() == "cancelled"
        assert theirs.media.longest_gap_ms(MUSIC_HZ, since_ms) < 200
