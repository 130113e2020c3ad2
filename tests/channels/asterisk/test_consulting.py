"""A colleague or a number outside is asked into a talk, or given the customer."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.channels.asterisk.commanding import NUMBER, OUTSIDE, commands, does, outcome
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.test_hangups import nothing_is_left, talking
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.stage import Stage
    from tests.helpers.commands import Running
    from tests.helpers.desk import Desk


async def test_the_customer_is_given_to_a_number_outside(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, desk, contact):
        asked = await commands(desk, contact, "transfer", to=NUMBER)
        far = await world.rung()
        assert far.dialled == NUMBER
        assert far.caller_number == "611"
        far.ring()
        await theirs.hears(MUSIC_HZ)
        await ours.hears_silence()
        assert not ours.over
        far.say(1200)
        await far.answer()
        assert await outcome(desk, asked) == "done"
        await theirs.hears(1200)
        await far.hears(440)
        assert await ours.ended() == "they hung up"
        closed = await stage.event("contact.closed")
        assert (closed["data"]["outcome"], closed["data"]["ended_by"]) == ("answered", "agent")
        assert (await stage.agent("anna"))["load"] == 0
        since_ms = CLOCK.monotonic_ms()
        await far.hears(440)
        assert far.media.longest_gap_ms(440, since_ms) < 1000
        await theirs.hang_up()
        assert await far.ended() == "they hung up"
        await nothing_is_left(stage)


async def test_when_the_number_outside_hangs_up_the_dialplan_goes_on(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, _ours, desk, contact):
        asked = await commands(desk, contact, "transfer", to=NUMBER)
        far = await world.picks_up()
        assert await outcome(desk, asked) == "done"
        await far.hears(440)
        await far.hang_up()
        assert await theirs.ended() == "they hung up"
        await stage.asterisk.logs("contact-router-left,answered")
        await nothing_is_left(stage)


@pytest.mark.parametrize(("status", "code"), [(486, "busy"), (603, "refused"), (404, "unreachable"), (488, "channel")])
@pytest.mark.parametrize("command", ["transfer", "consult"])
async def test_why_nobody_outside_was_reached(stage: Stage, command: str, status: int, code: str) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, desk, contact):
        asked = await commands(desk, contact, command, to=NUMBER)
        (await world.rung()).refuse(status)
        assert await outcome(desk, asked) == code
        ours.say(880)
        await theirs.hears(880)
        await ours.hears(440)
        assert (await stage.contact(contact))["state"] == "assigned"


async def test_nobody_outside_answers(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, talks={"outside": "PJSIP/{number}@provider", "ring_s": 1}) as (
        theirs,
        ours,
        desk,
        contact,
    ):
        asked = await commands(desk, contact, "transfer", to=NUMBER)
        far = await world.rung()
        far.ring()
        await theirs.hears(MUSIC_HZ)
        assert await outcome(desk, asked) == "no_answer"
        assert await far.ended() == "cancelled"
        await ours.hears(440)


async def test_a_number_outside_is_consulted_and_then_has_the_customer(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, desk, contact):
        asked = await commands(desk, contact, "consult", to=NUMBER)
        far = await world.rung()
        far.ring()
        assert await does(desk, contact, "complete_consult") == "not_answered"
        assert await does(desk, contact, "consult", to=NUMBER) == "consulting"
        await far.answer()
        assert await outcome(desk, asked) == "done"
        far.say(1200)
        ours.say(880)
        await ours.hears(1200)
        await far.hears(880)
        await theirs.hears(MUSIC_HZ)
        assert not theirs.media.has_heard(1200)
        assert not far.media.has_heard(440)
        assert await does(desk, contact, "resume") == "consulting"
        assert await does(desk, contact, "complete_consult") == "done"
        await theirs.hears(1200)
        await far.hears(440)
        assert await ours.ended() == "they hung up"
        assert (await stage.event("contact.closed"))["data"]["outcome"] == "answered"
        await far.hang_up()
        assert await theirs.ended() == "they hung up"
        await nothing_is_left(stage)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("held", [False, True])
async def test_a_consultation_is_given_up(stage: Stage, answered: bool, held: bool) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, desk, contact):
        if held:
            await does(desk, contact, "hold")
        asked = await commands(desk, contact, "consult", to=NUMBER)
        far = await world.rung()
        far.ring()
        if answered:
            await far.answer()
            assert await outcome(desk, asked) == "done"
        given_up = await commands(desk, contact, "cancel_consult")
        if not answered:
            assert await outcome(desk, asked) == "cancelled"
        assert await outcome(desk, given_up) == "done"
        assert await far.ended() == ("they hung up" if answered else "cancelled")
        if held:  # as it was before
            await theirs.hears(MUSIC_HZ)
            await does(desk, contact, "resume")
        await ours.hears(440)


async def test_who_was_consulted_hangs_up_and_the_customer_is_back(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (_theirs, ours, desk, contact):
        asked = await commands(desk, contact, "consult", to=NUMBER)
        far = await world.picks_up()
        assert await outcome(desk, asked) == "done"
        await far.hang_up()
        await ours.hears(440)


async def test_a_colleague_is_consulted_and_then_has_the_customer(stage: Stage) -> None:
    boris = await stage.lab.phone(stage.asterisk, "1002")
    async with talking(stage) as (theirs, ours, desk, contact):
        asked = await commands(desk, contact, "consult", agent="boris")
        his = await boris.rung()
        his.ring()
        assert his.caller_number == "+73912000001"
        await his.answer()
        assert await outcome(desk, asked) == "done"
        his.say(1200)
        ours.say(880)
        await ours.hears(1200)
        await his.hears(880)
        await theirs.hears(MUSIC_HZ)
        assert await does(desk, contact, "complete_consult") == "done"
        await theirs.hears(1200)
        await his.hears(440)
        assert await ours.ended() == "they hung up"
        found = await stage.contact(contact)
        assert (found["state"], found["agent"]) == ("assigned", "boris")
        assert (await stage.agent("anna"))["load"] == 0
        await his.hang_up()
        assert await theirs.ended() == "they hung up"
        closed = await stage.event("contact.closed")
        assert (closed["contact"], closed["data"]["outcome"]) == (contact, "answered")
        await nothing_is_left(stage)


async def test_who_is_consulted_is_not_offered_a_call_meanwhile(stage: Stage) -> None:
    boris = await stage.lab.phone(stage.asterisk, "1002")
    async with talking(stage) as (theirs, ours, desk, contact), desk_at_work(stage.service, "boris") as his_desk:
        asked = await commands(desk, contact, "consult", agent="boris")
        his = await boris.picks_up()
        assert await outcome(desk, asked) == "done"
        while (await stage.agent("boris"))["device"]["state"] != "in_use":
            await stage.event("agent.device")
        waits = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("611")
        await waits.hears(MUSIC_HZ)
        assert await does(desk, contact, "cancel_consult") == "done"
        assert await his.ended() == "they hung up"
        assert (await his_desk.frame("offer"))["offer"]["contact"]["customer"]["id"] == "+73912000002"
        await ours.hears(440)
        assert not theirs.over


async def test_who_hangs_up_while_he_consults_leaves_the_customer_to_his_colleague(stage: Stage) -> None:
    boris = await stage.lab.phone(stage.asterisk, "1002")
    async with talking(stage) as (theirs, ours, desk, contact):
        asked = await commands(desk, contact, "consult", agent="boris")
        his = await boris.picks_up()
        assert await outcome(desk, asked) == "done"
        await ours.hang_up()
        his.say(1200)
        await theirs.hears(1200)
        await stage.event("contact.handed_over")
        assert (await stage.contact(contact))["agent"] == "boris"


@pytest.mark.parametrize("command", ["consult", "transfer"])
async def test_who_hangs_up_before_anybody_answers_loses_no_customer(stage: Stage, command: str) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, desk, contact):
        await commands(desk, contact, command, to=NUMBER)
        far = await world.rung()
        far.ring()
        await theirs.hears(MUSIC_HZ)
        await ours.hang_up()
        if command == "consult":
            assert await far.ended() == "cancelled"
        else:  # that one goes on without him
            far.refuse(486)
        assert (await stage.event("contact.interrupted"))["contact"] == contact
        await theirs.hears(MUSIC_HZ)


@pytest.mark.parametrize("command", ["consult", "transfer"])
async def test_who_hangs_up_as_the_other_one_refuses_has_not_heard_of_it(stage: Stage, command: str) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (_theirs, ours, desk, contact):
        asked = await commands(desk, contact, command, to=NUMBER)
        (await world.rung()).refuse(486)
        assert await outcome(desk, asked) == "busy"
        await ours.hang_up()
        assert (await stage.event("contact.interrupted"))["contact"] == contact


async def test_the_customer_hangs_up_during_a_consultation(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking(stage, **OUTSIDE) as (theirs, ours, desk, contact):
        asked = await commands(desk, contact, "consult", to=NUMBER)
        far = await world.picks_up()
        assert await outcome(desk, asked) == "done"
        await theirs.hang_up()
        assert await far.ended() == "they hung up"
        assert await ours.ended() == "they hung up"
        assert (await stage.event("contact.closed"))["contact"] == contact
        await nothing_is_left(stage)


# The adapter dies, and another one goes on.

LINES: dict[str, Any] = {"lines": {"611": QUIET}, **OUTSIDE}


@asynccontextmanager
async def talking_by_a_process(stage: Stage) -> AsyncGenerator[tuple[Call, Call, Desk, str, Running]]:
    """(customer's call, agent's call, the agent's desk, contact, the adapter's process) of a talk that goes on."""
    async with stage.process(**LINES) as process, desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        theirs.say(440)
        await ours.hears(440)
        yield theirs, ours, desk, contact, process


async def test_whom_the_dead_adapter_rang_is_joined_by_the_next(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking_by_a_process(stage) as (theirs, ours, desk, contact, process):
        asked = await commands(desk, contact, "transfer", to=NUMBER)
        far = await world.rung()
        far.ring()
        await theirs.hears(MUSIC_HZ)
        await process.end(signal.SIGKILL)
        async with stage.process(**LINES):
            far.say(1200)
            await far.answer()
            assert await outcome(desk, asked) == "done"
            await theirs.hears(1200)
            assert await ours.ended() == "they hung up"
            await stage.event("contact.closed")
            assert world.is_quiet()


@pytest.mark.parametrize("who", ["colleague", "outside"])
async def test_a_consultation_outlives_the_adapter(stage: Stage, who: str) -> None:
    far_phone = await (
        stage.lab.outside(stage.asterisk) if who == "outside" else stage.lab.phone(stage.asterisk, "1002")
    )
    to = {"to": NUMBER} if who == "outside" else {"agent": "boris"}
    async with talking_by_a_process(stage) as (theirs, ours, desk, contact, process):
        asked = await commands(desk, contact, "consult", **to)
        far = await far_phone.picks_up()
        assert await outcome(desk, asked) == "done"
        far.say(1200)
        await ours.hears(1200)
        since_ms = CLOCK.monotonic_ms()
        await process.end(signal.SIGKILL)
        async with stage.process(**LINES):
            await ours.hears(1200)
            assert ours.media.longest_gap_ms(1200, since_ms) < 1000
            assert not theirs.media.has_heard(1200)
            assert await does(desk, contact, "complete_consult") == "done"
            await theirs.hears(1200)
            await far.hears(440)
            assert await ours.ended() == "they hung up"
            await theirs.hang_up()
            assert await far.ended() == "they hung up"
            await nothing_is_left(stage)


async def test_who_talks_outside_goes_on_without_any_adapter(stage: Stage) -> None:
    world = await stage.lab.outside(stage.asterisk)
    async with talking_by_a_process(stage) as (theirs, ours, desk, contact, process):
        asked = await commands(desk, contact, "transfer", to=NUMBER)
        far = await world.picks_up()
        assert await outcome(desk, asked) == "done"
        assert await ours.ended() == "they hung up"
        await stage.event("contact.closed")
        far.say(1200)
        await theirs.hears(1200)
        since_ms = CLOCK.monotonic_ms()
        await process.end(signal.SIGKILL)
        async with stage.process(**LINES) as again:
            await theirs.hears(1200)
            assert theirs.media.longest_gap_ms(1200, since_ms) < 1000
            assert len((await stage.supervisor.get("/contacts")).body["items"]) == 1  # it is no new contact
            await again.end(signal.SIGKILL)
            await far.hang_up()
        async with stage.process(**LINES):
            assert await theirs.ended() == "they hung up"
            await nothing_is_left(stage)
