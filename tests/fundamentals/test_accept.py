"""Accepting is compare-and-set: however many try at once, one contact gets one agent."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from router.engine.acts.agents import Accept
from router.kit.errors import Refusal
from tests.helpers.floor import SUPERVISOR, Floor, as_agent, floor_on, process_of, refused

if TYPE_CHECKING:
    from router.engine.engine import Actor, Engine
    from tests.helpers.servers import Server

OPERATION = """
[skills]
english = "speaks English"
[queues.private]
target_s = 40
[[routes]]
when.customer.language = "en"
needs.skills.english = 1
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], skills.english = 5 }
boris = { queues = ["private"], media = ["voice"], skills.english = 6 }
"""
ANNA = 'anna = { queues = ["private"], media = ["voice"], skills.english = 5 }'
ANNA_WITHOUT_ENGLISH = 'anna = { queues = ["private"], media = ["voice"] }'


async def accept_at_once(server: Server, floor: Floor, offer: str, actors: list[Actor]) -> Counter[str]:
    """Every actor accepts the offer, through four processes, all in the same moment. What they were told."""
    told: Counter[str] = Counter()

    async def accept(process: Engine, by: Actor) -> None:
        try:
            answer = await process.do(Accept(offer=offer), by)
        except Refusal as refusal:
            told[refusal.code] += 1
        else:
            told["repeated" if answer.repeated else "accepted"] += 1

    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(process_of(server, floor.engine.workspace, given_ms=floor.now))
            for _ in range(4)
        ]
        await asyncio.gather(*(accept(processes[number % 4], by) for number, by in enumerate(actors)))
    return told


async def test_of_a_thousand_who_accept_one_wins(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        rivals = [as_agent(f"rival-{number}") for number in range(999)]
        told = await accept_at_once(
            server, floor, contact.offer_id or "", [*rivals[:500], as_agent("anna"), *rivals[500:]]
        )
        assert told == {"accepted": 1, "taken": 999}
        assert (await floor.contact(contact)).agent == "anna"
        assert (await floor.agent("anna")).burden.load == 100


async def test_who_accepts_a_thousand_times_has_accepted_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        told = await accept_at_once(server, floor, contact.offer_id or "", [as_agent("anna")] * 1000)
        assert told == {"accepted": 1, "repeated": 999}
        assert len(await floor.events("contact.assigned")) == 1
        assert (await floor.figures())["offers_accepted|private|phone|private"] == 1


async def test_who_comes_second_is_not_told_who_came_first(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        offer = (await floor.accept(contact)).offer_id
        with refused("taken") as refusal:
            await floor.do(Accept(offer=offer or ""), as_agent("boris"))
        assert "anna" not in str(refusal.value)


async def test_who_accepts_what_he_did_not_mean_is_told_that_it_has_changed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.acknowledge(contact)
        with refused("stale"):
            await floor.do(Accept(offer=contact.offer_id or "", version=contact.version), as_agent("anna"))
        assert await floor.offered_to(contact) == "anna", "he may look again and accept"


async def test_who_was_offered_it_and_is_no_longer_fit_for_it_does_not_get_it(server: Server) -> None:
    """Eligibility is checked again by the accept itself, however the offer came about."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post(language="en")
        await floor.apply(OPERATION.replace(ANNA, ANNA_WITHOUT_ENGLISH), applier_dies=True)
        with refused("not_capable"):
            await floor.accept(contact)
        await floor.run_due()
        assert (await floor.contact(contact)).state == "queued"
        await floor.sign_in("boris")
        assert await floor.offered_to(contact) == "boris"


async def test_a_transfer_to_someone_who_may_not_serve_it_changes_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION.replace(ANNA, ANNA_WITHOUT_ENGLISH)) as floor:
        await floor.sign_in("boris", "anna")
        contact = await floor.talk(await floor.post(language="en"))
        with refused("not_capable"):
            await floor.contacts.transfer(contact.id, as_agent("boris"), agent="anna")
        assert await floor.contact(contact) == contact


async def test_two_who_change_a_contact_at_once_do_not_overwrite_each_other(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.contacts.transfer(contact.id, SUPERVISOR, queue="private", version=contact.version)
        with refused("stale"):
            await floor.contacts.transfer(contact.id, SUPERVISOR, queue="private", version=contact.version)
        assert len(await floor.events("contact.transferred")) == 1
