"""Agents without a desk: they sign in at their phones, ringing is the offer, and picking up is accepting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.test_waiting import QUIET

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.phone import Phone
    from tests.channels.asterisk.stage import Stage

LINES = {"611": QUIET}


async def signed_in(stage: Stage, user: str = "1001", dialled: str = "*11") -> Phone:
    """An agent's phone at which he has signed in."""
    phone = await stage.lab.phone(stage.asterisk, user)
    call = await phone.call(dialled)
    await call.answered()
    assert await call.ended() == "they hung up"
    presences: list[str] = []
    states: list[str] = []
    # Until he is available, and his phone has been in use for the call and is no more.
    while not ("available" in presences and "in_use" in states and states[-1] == "idle"):
        event = await stage.event("agent.presence", "agent.device")
        told = event["data"]
        (presences if "presence" in told else states).append(told.get("presence") or told["state"])
    return phone


async def test_signing_in_and_out_by_a_code(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        anna = await stage.agent("anna")
        assert (anna["presence"], anna["at_phone"], anna["device"]["address"]) == ("available", True, "PJSIP/1001")
        call = await phone.call("*12")
        await call.media.hears_other_than(0)  # it is confirmed
        await call.ended()
        anna = await stage.agent("anna")
        assert (anna["presence"], anna["at_phone"]) == ("offline", False)


async def test_signing_in_at_a_colleagues_phone_by_ones_own_code(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        await signed_in(stage, "1003", "*11*4712")
        boris = await stage.agent("boris")
        assert (boris["presence"], boris["at_phone"], boris["device"]["address"]) == ("available", True, "PJSIP/1003")


async def test_nobody_is_signed_in_by_a_code_that_nobody_has(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        call = await (await stage.lab.phone(stage.asterisk, "1001")).call("*11*9999")
        await call.media.hears_other_than(0)
        await call.ended()
        assert (await stage.agent("anna"))["presence"] == "offline"


async def test_ringing_is_the_offer_and_picking_up_accepts_it(stage: Stage) -> None:
    async with stage.adapter(lines=LINES, phones={"auto_answer": "Call-Info: <sip:router>;answer-after=0"}):
        phone = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await phone.rung()
        assert ours.invite.header("Call-Info") == ""  # it must not accept by itself
        ours.ring()
        await theirs.hears(MUSIC_HZ)
        await ours.answer()
        ours.say(880)
        await theirs.hears(880)
        answered = await stage.event("contact.answered")
        assert (await stage.contact(answered["contact"]))["agent"] == "anna"
        await ours.hang_up()
        closed = await stage.event("contact.closed")
        assert (closed["data"]["outcome"], closed["data"]["ended_by"]) == ("answered", "agent")
        assert await theirs.ended() == "they hung up"


@pytest.mark.parametrize(("status", "reason"), [(486, "busy"), (603, "refused"), (404, "unreachable")])
async def test_a_phone_that_is_not_picked_up_declines_for_its_reason(stage: Stage, status: int, reason: str) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        since_ms = CLOCK.monotonic_ms()
        (await phone.rung()).refuse(status)
        declined = await stage.event("offer.declined")
        assert declined["data"]["reason"] == reason
        assert (await stage.contact(declined["contact"]))["state"] == "queued"
        assert theirs.media.longest_gap_ms(MUSIC_HZ, since_ms) < 200


async def test_nobody_picks_up_and_the_next_agents_phone_rings(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phones = [await signed_in(stage, "1001"), await signed_in(stage, "1002")]
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        first = await stage.event("offer.made")
        phone, other = phones if first["agent"] == "anna" else reversed(phones)
        ours = await phone.rung()
        ours.ring()
        assert (await stage.event("offer.declined"))["data"]["reason"] == "no_answer"
        assert await ours.ended() == "cancelled"
        later = await other.picks_up()
        later.say(880)
        await theirs.hears(880)
        assert phone.is_quiet()


async def test_a_leg_that_comes_up_after_its_offer_was_withdrawn_is_hung_up(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await phone.rung()
        ours.ring()
        contact = (await stage.event("offer.made"))["contact"]
        await stage.supervisor.put("/agents/anna/presence", {"presence": "offline"})
        await ours.answer()  # crosses the CANCEL
        assert await ours.ended() in {"they hung up", "cancelled"}
        await theirs.hears(MUSIC_HZ)
        assert (await stage.contact(contact))["state"] == "queued"


async def test_an_agent_whose_leg_is_lost_gets_his_customer_back(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await phone.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        ours.media.close()  # Asterisk gives up a leg that brings no sound
        assert (await stage.event("contact.interrupted"))["contact"] == contact
        await theirs.media.hears_other_than(MUSIC_HZ)  # he is asked to stay
        again = await phone.picks_up()
        again.say(880)
        await theirs.hears(880)
        assert (await stage.event("contact.answered"))["contact"] == contact


async def test_who_signed_in_stays_signed_in_when_the_adapter_starts_anew(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
    async with stage.adapter(lines=LINES):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await phone.picks_up()
        ours.say(880)
        await theirs.hears(880)
