"""The router knows what agents' phones do beside our calls, and offers nobody a call that he could not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.channels.asterisk.test_at_the_phone import LINES, signed_in
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from tests.channels.asterisk.stage import Stage


async def told(stage: Stage, agent: str, state: str) -> None:
    """Return when the router has been told so of the agent's phone."""
    while True:
        event = await stage.event("agent.device")
        if (event["agent"], event["data"]["state"]) == (agent, state):
            return


async def test_a_phone_in_use_elsewhere_is_not_offered_a_call_until_it_is_free(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        echo = await phone.call("600")
        await told(stage, "anna", "in_use")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        contact = (await stage.event("contact.queued"))["contact"]
        await theirs.answered()
        assert (await stage.contact(contact))["state"] == "queued"
        assert phone.is_quiet()
        await echo.hang_up()
        ours = await phone.rung()
        assert ours.caller_number == "+73912000001"


async def test_our_own_calls_do_not_count(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await phone.picks_up()
        await stage.event("contact.answered")
        ours.say(880)
        await theirs.hears(880)
        assert (await stage.agent("anna"))["device"]["state"] == "idle"
        await ours.hang_up()
        await stage.event("contact.closed")
        again = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("611")
        await phone.picks_up()
        await again.answered()
        assert (await stage.agent("anna"))["device"]["state"] == "idle"


async def test_an_unreachable_phone_is_not_offered_a_call(stage: Stage) -> None:
    async with stage.adapter(lines=LINES):
        phone = await signed_in(stage)
        await phone.unregister()
        await told(stage, "anna", "unreachable")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        contact = (await stage.event("contact.queued"))["contact"]
        await theirs.answered()
        assert (await stage.contact(contact))["state"] == "queued"
        await phone.register()
        await phone.picks_up()
        await theirs.answered()


async def test_another_phone_is_chosen_at_sign_in(stage: Stage) -> None:
    async with stage.adapter(lines=LINES), desk_at_work(stage.service, "anna") as desk:
        phone = await stage.lab.phone(stage.asterisk, "1003")
        echo = await phone.call("600")
        await desk.ask("presence", presence="available", device="PJSIP/1003")
        await told(stage, "anna", "in_use")
        await echo.hang_up()
        await told(stage, "anna", "idle")
        await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        assert (await phone.rung()).caller_number == "+73912000001"
