"""What an agent asks for at his desk during a talk is done on the telephone."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from channels.kit.timing import PacedTime
from router.kit.clock import SystemClock
from tests.channels.asterisk.commanding import NUMBER, OUTSIDE, commands, does, outcome
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.test_hangups import nothing_is_left, talking
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from tests.channels.asterisk.stage import Stage


class Ahead(SystemClock):
    """A clock that is ahead, as if all had taken so much longer."""

    ahead_ms = 0

    def monotonic_ms(self) -> int:
        return super().monotonic_ms() + self.ahead_ms


async def test_on_hold_he_hears_music_and_the_agent_nothing(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, desk, contact):
        ours.say(880)
        await theirs.hears(880)
        assert await does(desk, contact, "hold") == "done"
        await theirs.hears(MUSIC_HZ)
        await ours.hears_silence()
        assert not theirs.media.has_heard(880, CLOCK.monotonic_ms() - 60)
        assert await does(desk, contact, "hold") == "done"  # once more changes nothing
        assert await does(desk, contact, "resume") == "done"
        await ours.hears(440)
        await theirs.hears(880)
        assert await does(desk, contact, "resume") == "done"
        assert (await stage.contact(contact))["state"] == "assigned"


async def test_a_muted_agent_hears_and_is_not_heard(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, desk, contact):
        ours.say(880)
        await theirs.hears(880)
        assert await does(desk, contact, "mute") == "done"
        await theirs.hears_silence()
        await ours.hears(440)
        assert await does(desk, contact, "unmute") == "done"
        await theirs.hears(880)


async def test_digits_are_pressed_to_the_customers_side(stage: Stage) -> None:
    async with talking(stage) as (theirs, _ours, desk, contact):
        assert await does(desk, contact, "digits", digits="12#") == "done"
        await theirs.pressed("12#")


@pytest.mark.parametrize("how", ["customer", "agent", "desk"])
async def test_whoever_ends_it_on_hold_ends_it(stage: Stage, how: str) -> None:
    async with talking(stage) as (theirs, ours, desk, contact):
        await does(desk, contact, "hold")
        if how == "customer":
            await theirs.hang_up()
            assert await ours.ended() == "they hung up"
        elif how == "agent":
            await ours.hang_up()
            assert await theirs.ended() == "they hung up"
        else:
            await desk.ask("complete", contact=contact)
            assert await theirs.ended() == "they hung up"
            assert await ours.ended() == "they hung up"
        assert (await stage.event("contact.closed"))["data"]["ended_by"] == (
            "customer" if how == "customer" else "agent"
        )
        await nothing_is_left(stage)


async def test_who_is_on_hold_stays_so_when_the_adapter_dies(stage: Stage) -> None:
    settings: dict[str, Any] = {"lines": {"611": QUIET}}
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        async with stage.process(**settings) as killed:
            theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ours = await anna.picks_up()
            contact = (await stage.event("contact.answered"))["contact"]
            await does(desk, contact, "hold")
            await theirs.hears(MUSIC_HZ)
            since_ms = CLOCK.monotonic_ms()
            await killed.end(signal.SIGKILL)
        asked = await commands(desk, contact, "resume")
        pressed = await commands(desk, contact, "digits", digits="7")
        ours.say(880)
        async with stage.process(**settings):
            assert await outcome(desk, asked) == "done"
            await theirs.hears(880)
            assert await outcome(desk, pressed) == "outcome_unknown"  # the dead one may have pressed it
            assert theirs.media.longest_gap_ms(MUSIC_HZ, since_ms) < 15_000
            assert (await stage.contact(contact))["state"] == "assigned"
            assert not ours.over


async def test_what_the_adapter_comes_to_late_is_not_done(stage: Stage) -> None:
    clock = Ahead()
    async with talking(stage, time=PacedTime(clock=clock)) as (theirs, _ours, desk, contact):
        clock.ahead_ms = 16_000
        asked = await commands(desk, contact, "digits", digits="7")
        assert await outcome(desk, asked) == "too_late"
        assert theirs.media.digits == ""


async def test_a_number_outside_needs_a_way_to_dial_it(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, desk, contact):
        assert await does(desk, contact, "transfer", to=NUMBER) == "not_configured"
        await ours.hears(440)
        assert not theirs.over


async def test_nobody_is_asked_who_cannot_be(stage: Stage) -> None:
    async with talking(stage, **OUTSIDE) as (_theirs, ours, desk, contact):
        assert await does(desk, contact, "consult", agent="nobody") == "no_phone"
        assert await does(desk, contact, "complete_consult") == "not_consulting"
        assert await does(desk, contact, "cancel_consult") == "not_consulting"
        await ours.hears(440)
