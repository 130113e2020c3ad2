"""An agent may be there by his phone alone: ringing is the offer, and picking up is accepting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.agents import Ready, SetDevice, SignIn
from router.engine.acts.contacts import Complete
from router.engine.acts.reading import Explain
from tests.cases.table import rows
from tests.helpers.floor import ADAPTER, floor_on, refused
from tests.helpers.phones import OPERATION, call, fail, hold, phases, pick_up, sign_in, sign_out

if TYPE_CHECKING:
    from tests.helpers.servers import Server

RESTS = OPERATION + "[media.voice]\nrests_s = { no_answer = 20, busy = 60, refused = 50, unreachable = 120 }\n"


# Signing in


async def test_who_signs_in_at_a_phone_needs_no_desk(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        anna = await sign_in(floor, "anna", "PJSIP/1001")
        assert (anna.presence, anna.state, anna.device, anna.device_state) == ("available", "idle", "PJSIP/1001", None)
        assert (anna.phone_at, anna.at_phone, anna.burden.connections) == ("pbx:main", 1, 0)
        assert (await call(floor)).agent == "anna"


async def test_signing_in_twice_changes_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        before = await floor.events()
        answer = await floor.engine.do(
            SignIn(agent="anna", channel="pbx", account="main", device="PJSIP/anna"), ADAPTER
        )
        assert answer.repeated
        assert await floor.events() == before


async def test_what_only_a_desk_can_serve_is_not_offered_to_who_has_none(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        chat = await floor.post(channel="telegram")
        assert chat.state == "queued"
        reasons = {one.agent: one.reason for one in (await floor.do(Explain(contact=chat.id))).agents}
        assert reasons["anna"] == "not_connected"
        await floor.connect("anna")
        assert await floor.offered_to(chat) == "anna"


async def test_only_an_agent_and_a_channel_of_the_operation_sign_in(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        with refused("unknown_agent"):
            await sign_in(floor, "nobody")
        with refused("unknown_agent"):
            await sign_out(floor, "nobody")
        with refused("unknown_channel"):
            await floor.do(SignIn(agent="anna", channel="pigeon", account="main", device="1"), ADAPTER)


async def test_who_signs_out_is_offline_and_his_phone_rings_no_more(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await call(floor)
        anna = await sign_out(floor, "anna")
        assert (anna.presence, anna.state, anna.phone_at, anna.at_phone) == ("offline", "offline", None, None)
        assert (await floor.contact(contact)).state == "queued"
        before = await floor.events()
        await sign_out(floor, "anna")
        assert await floor.events() == before
        assert (await call(floor)).state == "queued"


async def test_a_talk_goes_on_although_its_agent_signs_out(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await pick_up(floor, await call(floor))
        assert (await sign_out(floor, "anna")).state == "draining"
        await floor.advance(60)
        assert (await floor.contact(contact)).state == "assigned"


async def test_a_phone_is_for_one(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna", "PJSIP/1001")
        await sign_in(floor, "boris", "PJSIP/1001")
        anna = await floor.agent("anna")
        assert (anna.presence, anna.at_phone) == ("offline", None)
        assert (await call(floor)).agent == "boris"


async def test_what_was_known_of_a_phone_is_forgotten_with_another_and_kept_with_the_same(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state="in_use"), ADAPTER)
        assert (await sign_in(floor, "anna", "PJSIP/1001")).device_state == "in_use"
        assert (await call(floor)).state == "queued"
        assert (await sign_in(floor, "anna", "PJSIP/1002")).device_state is None
        assert (await call(floor)).state == "queued", "the first call is hers"
        assert await phases(floor, "anna") == ["o"]


async def test_who_moves_to_another_account_is_at_its_phone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        anna = await sign_in(floor, "anna", account="branch")
        assert (anna.phone_at, anna.at_phone) == ("pbx:branch", None), "nobody holds it"
        await hold(floor, "branch")
        assert (await floor.agent("anna")).at_phone == 1


# Ringing is the offer


async def test_ringing_is_the_offer_and_its_limit_runs_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await call(floor)
        assert (contact.state, contact.rings, contact.delivered_at) == ("offered", 1, floor.now)
        await floor.advance(14.999)
        assert await floor.offered_to(contact) == "anna"
        await floor.advance(0.001)
        back = await floor.contact(contact)
        assert (back.state, back.rings) == ("queued", None)
        anna = await floor.agent("anna")
        assert (anna.misses, anna.unresponsive) == (1, None)


async def test_picking_up_is_accepting_and_answers(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await call(floor, customer="maria")
        await floor.advance(4)
        answered = await pick_up(floor, contact, at=floor.now - 1000)
        assert (answered.state, answered.agent, answered.waited, answered.rings) == ("assigned", "anna", 3_000, None)
        story = ["contact.queued", "offer.made", "offer.acknowledged", "contact.assigned", "contact.answered"]
        assert await floor.story(contact) == story
        assert (await pick_up(floor, contact)).version == answered.version, "it was said before"


async def test_at_a_desk_nothing_rings_until_he_has_accepted(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await floor.sign_in("anna")
        contact = await call(floor)
        assert contact.rings is None
        for said in (pick_up(floor, contact), fail(floor, contact, "busy")):
            with refused("wrong_state"):
                await said
        await floor.accept(contact)
        assert (await pick_up(floor, contact)).answered_at == floor.now


async def test_who_has_a_desk_too_may_accept_there_and_is_connected_then(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await floor.connect("anna")
        await sign_in(floor, "anna")
        contact = await floor.accept(await call(floor))
        assert (contact.state, contact.rings, contact.answered_at) == ("assigned", None, None)
        assert contact.due == floor.now + 20_000
        assert (await pick_up(floor, contact)).answered_at == floor.now


async def test_what_is_said_of_an_attempt_is_about_no_other(server: Server) -> None:
    """The first phone is answered in the moment in which its offer ends and the next one begins to ring."""
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await call(floor)
        await sign_in(floor, "boris")
        await floor.advance(15)
        assert await floor.offered_to(contact) == "boris"
        for said in (pick_up(floor, contact, attempt=1), fail(floor, contact, "busy", attempt=1)):
            with refused("wrong_state"):
                await said
        assert (await pick_up(floor, contact, attempt=2)).agent == "boris"
        assert (await floor.engine.do(Complete(contact=contact.id), ADAPTER)).result.ended_by == "agent"


@pytest.mark.parametrize("where", ["at his phone", "at his desk"])
@pytest.mark.parametrize("row", rows("connect_failed"))
async def test_each_failure_rests_him_for_its_own_time(server: Server, row: dict[str, Any], where: str) -> None:
    async with floor_on(server, RESTS) as floor:
        await hold(floor)
        rings = where == "at his phone"
        await (sign_in(floor, "anna") if rings else floor.sign_in("anna"))
        contact = await call(floor)
        back = await fail(floor, contact if rings else await floor.accept(contact), row["reason"])
        assert (back.state, back.queued_at, back.rank) == ("queued", contact.queued_at, contact.rank)
        anna = await floor.agent("anna")
        assert (anna.misses, await phases(floor, "anna")) == (row["misses"] or None, ["b"] if row["phone"] else [])
        declined = [event.data["reason"] for event in await floor.events("offer.declined")]
        assert declined == ([row["reason"]] if rings else [])
        other = await call(floor)
        assert (other.state == "queued") == bool(row["phone"])
        await floor.leave(other)
        await floor.advance(row["rests"] - 0.001)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "anna"


async def test_a_busy_phone_is_not_rung_again_however_small_its_medium(server: Server) -> None:
    async with floor_on(server, OPERATION + "[media.voice]\ncost = 20\nmost = 5\n") as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        await fail(floor, await call(floor), "busy")
        other = await call(floor)
        assert (other.state, (await floor.agent("anna")).burden.load) == ("queued", 20)
        await floor.do(Ready(agent="anna"))
        assert await floor.offered_to(other) == "anna", "she says herself that her phone is free"
