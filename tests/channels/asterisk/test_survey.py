"""After the talk the customer is asked for a rating by his keys, and his agent is free meanwhile."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.recorded import hears_for
from tests.channels.asterisk.spoken import TONES, speak_tones
from tests.channels.asterisk.stage import OPERATION, Stage, stage_on
from tests.channels.asterisk.test_hangups import nothing_is_left
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.lab.lab import Lab
    from tests.helpers.servers import Server

QUESTION, THANKS, AGAIN = TONES["custom/corporate"], TONES["auth-thankyou"], TONES["vm-pls-try-again"]
SETTINGS: dict[str, Any] = {"lines": {"611": QUIET}, "queues": {"private": {"survey": "sound:custom/corporate"}}}
ASKING = OPERATION.replace("target_s = 40", "target_s = 40\nask_rating = true")


@pytest.fixture
async def stage(lab: Lab, _servers: Callable[[str], Server]) -> AsyncIterator[Stage]:
    """The router asks for ratings, and each Russian sound is a tone of its own."""
    async with stage_on(lab, _servers("valkey"), ASKING) as stage:
        await speak_tones(stage.asterisk, "ru")
        yield stage


async def hears(call: Call, *tones_hz: int) -> None:
    """Wait until these tones were heard one after the other, from now on."""
    for hz in tones_hz:
        await call.hears(hz, within_s=10)


@asynccontextmanager
async def talking(stage: Stage) -> AsyncGenerator[tuple[Call, Call, str]]:
    """(customer's call, agent's call, contact) of a talk; the adapter is there."""
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        ours.say(3950)
        await theirs.hears(3950)
        yield theirs, ours, contact


async def test_the_agent_hangs_up_and_the_customer_rates_him(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, contact):
        since_ms = CLOCK.monotonic_ms()
        await ours.hang_up()
        await hears(theirs, QUESTION)
        theirs.press("4")
        rated = await stage.event("contact.rated")
        assert (rated["contact"], rated["data"]["score"]) == (contact, 4)
        await hears(theirs, THANKS)
        assert await theirs.ended() == "they hung up"
        await stage.asterisk.logs("contact-router-left,answered")
        assert (await stage.contact(contact))["ended_by"] == "agent"
        assert not theirs.media.has_heard(MUSIC_HZ, since_ms)
        await nothing_is_left(stage)
    queues = {queue["id"]: queue["ratings"] for queue in (await stage.supervisor.get("/queues")).body["items"]}
    assert queues["private"] == {
        "asked": 1, "answers": 1, "fives": 0, "fives_share": 0.0, "response_rate": 1.0,
    }  # fmt: skip


async def test_an_answer_cuts_the_question_off(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, _contact):
        theirs.press("5")
        await ours.pressed("5")
        await hears_for(theirs, 3950, 500)  # before the question it is no answer
        await ours.hang_up()
        await stage.event("contact.rating_asked")
        theirs.press("1")
        assert (await stage.event("contact.rated"))["data"]["score"] == 1


async def test_the_agent_is_free_while_the_customer_is_asked(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, _contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        assert (await stage.agent("anna"))["state"] == "idle"


async def test_another_key_is_answered_by_the_question(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, _contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        theirs.press("7")
        await hears(theirs, AGAIN, QUESTION)
        theirs.press("2")
        assert (await stage.event("contact.rated"))["data"]["score"] == 2


async def test_three_wrong_keys_are_enough(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        for key in ("0", "*"):
            theirs.press(key)
            await hears(theirs, AGAIN, QUESTION)
        theirs.press("9")
        await hears(theirs, THANKS)
        assert await theirs.ended() == "they hung up"
        assert (await stage.contact(contact))["rating"] is None


async def test_who_says_nothing_is_asked_once_more_and_let_go(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        await theirs.hears_silence(1000)
        await hears(theirs, QUESTION, THANKS)
        assert await theirs.ended() == "they hung up"
        assert (await stage.contact(contact))["rating"] is None


async def test_who_answers_and_hangs_up_at_once_has_answered(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        theirs.press("3")
        await hears(theirs, THANKS)
        await theirs.hang_up()
        await stage.event("contact.rated")
        assert (await stage.contact(contact))["rating"] == 3


async def test_who_hangs_up_instead_of_answering_leaves_the_contact_as_it_was(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        await theirs.hang_up()
        await nothing_is_left(stage)
        said = await stage.contact(contact)
    assert (said["outcome"], said["ended_by"], said["rating"]) == ("answered", "agent", None)


async def test_who_hung_up_first_is_not_asked(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, _ours, contact):
        await theirs.hang_up()
        await stage.event("contact.closed")
        said = await stage.contact(contact)
    assert (said["ended_by"], said["rating_until"]) == ("customer", None)


async def test_a_queue_without_a_question_asks_nobody(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}), talking(stage) as (theirs, ours, _contact):
        await ours.hang_up()
        assert await theirs.ended() == "they hung up"


async def test_an_answer_while_the_router_is_away_is_told_later(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, _contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        stage.router.shut()
        theirs.press("5")
        await hears(theirs, THANKS)
        await theirs.hang_up()
        stage.router.open()
        assert (await stage.event("contact.rated"))["data"]["score"] == 5


async def test_a_killed_adapter_leaves_nobody_in_the_survey(stage: Stage) -> None:
    async with stage.process(**SETTINGS) as killed, talking(stage) as (theirs, ours, contact):
        await ours.hang_up()
        await hears(theirs, QUESTION)
        await killed.end(signal.SIGKILL)
        since_ms = CLOCK.monotonic_ms()
        async with stage.adapter(**SETTINGS):
            await hears(theirs, QUESTION)
            theirs.press("5")
            rated = await stage.event("contact.rated")
            assert (rated["contact"], rated["data"]["score"]) == (contact, 5)
            assert await theirs.ended() == "they hung up"
            assert not theirs.media.has_heard(MUSIC_HZ, since_ms)
            await nothing_is_left(stage)
