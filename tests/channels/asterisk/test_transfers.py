"""The transfer keys of an agent's own phone end as the router's transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.channels.asterisk.commanding import NUMBER, OUTSIDE
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.test_hangups import nothing_is_left, talking
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from tests.channels.asterisk.stage import Stage

LINES: dict[str, Any] = {"611": QUIET, "636": {**QUIET, "queue": "corporate"}}


async def test_the_number_of_a_line_is_its_queue(stage: Stage) -> None:
    async with talking(stage, lines=LINES) as (theirs, ours, _desk, contact):
        assert await ours.refer("636") == 202
        assert await ours.transferred() == 200
        assert await ours.ended() == "they hung up"
        transferred = await stage.event("contact.transferred")
        assert (transferred["contact"], transferred["agent"]) == (contact, "anna")
        assert (await stage.contact(contact))["queue"] == "corporate"
        await theirs.hears(MUSIC_HZ)


async def test_a_phone_that_hangs_up_at_once_has_still_transferred(stage: Stage) -> None:
    async with talking(stage, lines=LINES) as (theirs, ours, _desk, contact):
        stage.router.shut()
        assert await ours.refer("636") == 202
        await ours.hang_up()
        await theirs.hears(MUSIC_HZ)
        stage.router.open()
        await stage.event("contact.transferred")
        found = await stage.contact(contact)
        assert (found["state"], found["queue"]) == ("queued", "corporate")


async def test_the_number_of_a_phone_is_its_agent(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, _desk, contact):
        await stage.lab.phone(stage.asterisk, "1002")
        async with desk_at_work(stage.service, "boris") as his_desk:
            assert await ours.refer("1002") == 202
            assert await ours.transferred() == 200
            await theirs.hears(MUSIC_HZ)
            offer = (await his_desk.frame("offer"))["offer"]
            assert offer["contact"]["id"] == contact


async def test_an_agent_who_cannot_have_it_is_refused_and_the_talk_goes_on(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, _desk, contact):
        assert await ours.refer("1002") == 202  # he is not signed in
        assert await ours.transferred() >= 400
        ours.say(880)
        await theirs.hears(880)
        assert (await stage.contact(contact))["agent"] == "anna"


@pytest.mark.parametrize("holds", [False, True])
async def test_any_other_number_is_outside(stage: Stage, holds: bool) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, _desk, _contact):
        if holds:
            await ours.hold()
        assert await ours.refer(NUMBER) == 202
        far = await world.rung()
        assert far.dialled == NUMBER
        far.ring()
        await theirs.hears(MUSIC_HZ)
        far.say(1200)
        await far.answer()
        assert await ours.transferred() == 200
        await theirs.hears(1200)
        assert await ours.ended() == "they hung up"
        assert (await stage.event("contact.closed"))["data"]["outcome"] == "answered"
        await theirs.hang_up()
        assert await far.ended() == "they hung up"
        await nothing_is_left(stage)


@pytest.mark.parametrize("number", [NUMBER, "anna"])
@pytest.mark.parametrize("holds", [False, True])
async def test_who_cannot_be_reached_gives_the_customer_back(stage: Stage, number: str, holds: bool) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, _desk, contact):
        if holds:
            await ours.hold()
        assert await ours.refer(number) == 202
        if number == NUMBER:
            (await world.rung()).refuse(486)
        assert await ours.transferred() >= 400
        if holds:
            await ours.resume()
        ours.say(880)
        await theirs.hears(880)
        await ours.hears(440)
        assert (await stage.contact(contact))["agent"] == "anna"


@pytest.mark.parametrize("holds", [False, True])
async def test_a_colleague_on_the_other_line_has_the_customer(stage: Stage, holds: bool) -> None:
    boris = await stage.lab.phone(stage.asterisk, "1002")
    async with talking(stage) as (theirs, ours, _desk, contact):
        await ours.hold()
        second = await ours.phone.call("1002")
        his = await boris.picks_up()
        await second.answered()
        his.say(1200)
        await second.hears(1200)
        if holds:
            await second.hold()
        assert await ours.refer_to_call(second) == 202
        assert await ours.transferred() == 200
        await theirs.hears(1200)
        await his.hears(440)
        assert await ours.ended() == "they hung up"
        assert await second.ended() == "they hung up"
        await stage.event("contact.handed_over")
        assert (await stage.contact(contact))["agent"] == "boris"
        await theirs.hang_up()
        assert await his.ended() == "they hung up"
        await nothing_is_left(stage)


async def test_somebody_outside_on_the_other_line_has_the_customer(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage) as (theirs, ours, _desk, _contact):
        await ours.hold()
        second = await ours.phone.call(f"9{NUMBER}")
        far = await world.picks_up()
        await second.answered()
        far.say(1200)
        await second.hears(1200)
        assert await ours.refer_to_call(second) == 202
        assert await ours.transferred() == 200
        await theirs.hears(1200)
        await far.hears(440)
        assert await ours.ended() == "they hung up"
        closed = await stage.event("contact.closed")
        assert (closed["data"]["outcome"], closed["data"]["ended_by"]) == ("answered", "agent")
        await far.hang_up()
        assert await theirs.ended() == "they hung up"
        await nothing_is_left(stage)
