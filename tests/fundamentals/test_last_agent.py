"""Who served a customer last is asked first, for a while: a preference, and never a filter. So is whom a contact is
transferred to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.domain.requirement import Requirement
from router.engine.acts.agents import Disconnect
from router.engine.acts.contacts import Requeue
from router.engine.acts.reading import GetCustomer
from tests.helpers.floor import SUPERVISOR, Floor, as_agent, floor_on, refused

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[skills]
english = "speaks English"
[powers]
refund = "RUB"
[queues.private]
target_s = 40
last_agent_s = 10
[queues.corporate]
target_s = 10
[queues.archive]
target_s = 600
[[routes]]
when.customer.language = "en"
needs.skills.english = 1
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private", "corporate"], media = ["voice"], powers.refund = 300 }
boris = { queues = ["private", "corporate"], media = ["voice"], powers.refund = 300 }
vera = { queues = ["corporate"], media = ["voice"], powers.refund = 5000 }
"""
MARIA = "+79131234567"


async def served_by_anna(floor: Floor) -> None:
    """Anna has served Maria; Boris has been idle longer since."""
    await floor.sign_in("anna")
    await floor.serve(await floor.post(MARIA))
    await floor.choose("anna", "break")
    await floor.sign_in("boris")
    await floor.advance(10)
    await floor.choose("anna", "available")


async def test_a_customer_who_calls_again_gets_the_same_agent(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        assert (await floor.post("somebody else")).agent == "boris"
        again = await floor.post(MARIA)
        assert again.agent == "anna"
        assert [event.data["last_agent"] for event in await floor.events("offer.made")] == [False, False, True]


async def test_he_waits_for_her_while_she_is_busy_but_not_for_long(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        await floor.talk(await floor.post(requirement=Requirement(agents=("anna",))))
        again = await floor.post(MARIA)
        await floor.advance(9.999)
        assert (await floor.contact(again)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(again) == "boris"


async def test_she_gets_him_when_she_is_free_in_time(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        talk = await floor.talk(await floor.post(requirement=Requirement(agents=("anna",))))
        again = await floor.post(MARIA)
        await floor.advance(9)
        await floor.complete(talk)
        assert await floor.offered_to(again) == "anna"


@pytest.mark.parametrize("absence", ["break", "offline", "gone", "leaving", "silent"])
async def test_he_does_not_wait_for_her_when_she_is_not_there(server: Server, absence: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        await make_absent(floor, absence)
        assert (await floor.post(MARIA)).agent == "boris"


@pytest.mark.parametrize("absence", ["break", "offline", "gone", "leaving"])
async def test_he_does_not_wait_any_longer_when_she_goes(server: Server, absence: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        await floor.talk(await floor.post(requirement=Requirement(agents=("anna",))))
        again = await floor.post(MARIA)
        assert again.state == "queued"
        await make_absent(floor, absence)
        assert await floor.offered_to(again) == "boris"


async def make_absent(floor: Floor, absence: str) -> None:
    if absence in {"break", "offline"}:
        await floor.choose("anna", "break" if absence == "break" else "offline")
    elif absence == "gone":
        await floor.do(Disconnect(agent="anna", connection="desk", silent_ms=15_000))
    elif absence == "leaving":
        if not (await floor.agent("anna")).burden.work:
            await floor.talk(await floor.post(requirement=Requirement(agents=("anna",))))
        await floor.choose("anna", "break", after_contact=True)
    else:
        for _ in range(3):
            missed = await floor.post(requirement=Requirement(agents=("anna",)))
            await floor.acknowledge(missed)
            await floor.advance(15)
            await floor.leave(missed)


async def test_he_does_not_wait_for_her_when_she_has_declined(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        again = await floor.post(MARIA)
        await floor.decline(again)
        assert await floor.offered_to(again) == "boris"


async def test_she_is_not_asked_for_what_she_can_not_do(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        assert (await floor.post(MARIA, language="en")).state == "queued"


async def test_a_queue_without_such_a_time_prefers_nobody(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        assert (await floor.post(MARIA, queue="corporate")).agent == "boris"


async def test_who_asks_for_somebody_by_name_gets_whom_he_asks_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        assert (await floor.post(MARIA, requirement=Requirement(agents=("boris",)))).agent == "boris"


async def test_the_last_agent_is_remembered_for_30_days(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served_by_anna(floor)
        since_s = 10
        await floor.advance(30 * 86_400 - since_s - 0.001, router_lives=False)
        assert (await floor.do(GetCustomer(customer=MARIA)))[1] == "anna"
        await floor.advance(0.001, router_lives=False)
        assert (await floor.do(GetCustomer(customer=MARIA)))[1] is None


async def test_only_who_has_answered_is_remembered(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.complete(await floor.accept(await floor.post(MARIA)))
        assert (await floor.do(GetCustomer(customer=MARIA)))[1] is None


# Transfers to one agent


async def given_to_anna(floor: Floor, **fields: Any) -> Contact:
    await floor.sign_in("anna")
    return await floor.talk(await floor.post(**fields))


async def test_a_contact_may_be_transferred_to_one_agent(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.sign_in("boris", "vera")
        answer = await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate", agent="vera")
        assert (answer.result.queue, await floor.offered_to(contact)) == ("corporate", "vera")
        assert (await floor.agent("anna")).burden.work == [], "she is free at once"


async def test_if_he_is_busy_it_waits_30_s_for_him_and_then_for_anybody(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.sign_in("boris")
        await floor.talk(await floor.post())
        await floor.contacts.transfer(contact.id, as_agent("anna"), agent="boris")
        await floor.sign_in("vera")
        await floor.advance(29.999)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "anna", "the one who gave it away rests from it, for 30 s too"


async def test_if_he_declines_it_goes_to_the_queue(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.sign_in("boris", "vera")
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate", agent="boris")
        await floor.decline(contact)
        assert await floor.offered_to(contact) == "vera"


async def test_it_can_not_be_transferred_to_somebody_who_went_home(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        with refused("not_capable"):
            await floor.contacts.transfer(contact.id, as_agent("anna"), agent="boris")
        with refused("unknown_agent"):
            await floor.contacts.transfer(contact.id, as_agent("anna"), agent="nobody")
        with refused("unknown_queue"):
            await floor.contacts.transfer(contact.id, as_agent("anna"), queue="nowhere")
        assert await floor.contact(contact) == contact


async def test_a_supervisor_takes_a_contact_from_one_and_gives_it_to_another(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.sign_in("boris")
        await floor.contacts.transfer(contact.id, SUPERVISOR, agent="boris", reason="reassigned")
        assert await floor.offered_to(contact) == "boris"
        (event,) = await floor.events("contact.transferred")
        assert (event.agent, event.data["to_agent"], event.data["reason"]) == ("anna", "boris", "reassigned")


async def test_what_is_asked_for_on_the_way_is_added_to_what_was_needed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor, requirement=Requirement(powers={"refund": 200}))
        await floor.sign_in("boris", "vera")
        harder = Requirement(powers={"refund": 3000})
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate", requirement=harder, note="angry")
        assert await floor.offered_to(contact) == "vera"
        found = await floor.contact(contact)
        assert found.body is not None
        assert (found.body.requirement.powers, found.body.notes) == ({"refund": 3000}, ("angry",))
        (event,) = await floor.events("contact.transferred")
        assert event.data["escalated"] == ["refund"]
        figures = await floor.figures()
        assert figures["escalated|private|phone|private|refund"] == 1
        assert figures["transferred|private|phone|private|corporate"] == 1


async def test_a_transfer_that_asks_for_no_more_than_she_may_decide_is_no_escalation(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.contacts.transfer(contact.id, as_agent("anna"), requirement=Requirement(powers={"refund": 300}))
        (event,) = await floor.events("contact.transferred")
        assert event.data["escalated"] == []
        assert not [name for name in await floor.figures() if name.startswith("escalated")]


async def test_a_transfer_keeps_the_arrival_and_begins_a_new_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.advance(100)
        other = await floor.post(queue="corporate")
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate")
        moved = await floor.contact(contact)
        assert (moved.arrived, moved.queued_at) == (contact.arrived, floor.now)
        assert other.agent == "anna" or (await floor.place(moved)) == 1


async def test_a_requeued_contact_does_not_go_back_to_whom_it_was_transferred(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await given_to_anna(floor)
        await floor.sign_in("boris", "vera")
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate", agent="boris")
        await floor.talk(contact)
        await floor.do(Requeue(contact=contact.id), as_agent("boris"))
        assert await floor.offered_to(contact) == "vera"
