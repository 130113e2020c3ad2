"""A parked conversation waits for its customer, occupies nobody, and comes back to its agent first, then to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.domain.new import Change
from router.engine.acts.contacts import Cancel
from router.engine.acts.reading import Explain, ListContacts
from tests.helpers.floor import ADAPTER, SUPERVISOR, as_agent, floor_on, refused
from tests.helpers.threads import Thread, park, resume, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
dispositions = ["no_contact"]
[queues.messages]
target_s = 60
[queues.others]
target_s = 60
[[routes]]
when.attributes.topic = "other"
queue = "others"
[[routes]]
queue = "messages"
[media.chat]
cost = 50
parked_disposition = "no_contact"
limits_s = { offer = 30, reply = 120, wrap_up = 10, rest = 60, parked = 3600 }
[agents]
anna = { queues = ["messages", "others"], media = ["chat"] }
boris = { queues = ["messages", "others"], media = ["chat"] }
"""


async def parked(floor: Floor, thread: Thread, agent: str = "anna") -> Contact:
    """Her conversation, which has waited for its customer for a minute."""
    contact = await talk(floor, thread, agent)
    contact = await park(floor, contact)
    await floor.advance(60)
    return contact


async def talk(floor: Floor, thread: Thread, agent: str = "anna") -> Contact:
    """Her conversation, which she has answered."""
    contact = await thread.write()
    assert contact.agent == agent
    await floor.accept(contact)
    await send(floor, contact)
    return await floor.contact(contact)


async def test_it_occupies_nobody_and_nobody_wraps_it_up(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await talk(floor, Thread(floor))
        assert (await floor.agent("anna")).burden.load == 50
        await floor.advance(5)
        contact = await park(floor, contact)
        assert (contact.state, contact.agent, contact.parked_at) == ("parked", "anna", floor.now)
        anna = await floor.agent("anna")
        assert (anna.burden.load, anna.state, anna.idle_since) == (0, "idle", floor.now)
        (event,) = await floor.events("contact.parked")
        assert event.data == {"handled": 5000}
        assert [one.id for one in await floor.do(ListContacts(which="parked"))] == [contact.id]


async def test_the_customers_next_message_brings_it_back_to_its_agent_first(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await parked(floor, thread)
        await floor.sign_in("boris")
        await floor.serve(await Thread(floor, name="7").write())  # whoever it was, boris has been idle for longer
        back = await thread.write("here I am")
        assert back.id == contact.id
        assert await floor.offered_to(contact) == "anna"
        assert await floor.do(ListContacts(which="parked")) == []
        (event,) = await floor.events("contact.resumed")
        assert (event.data["reason"], event.data["requirement"][3]) == ("customer", ["anna"])


async def test_after_a_while_it_is_everybodys_at_its_old_place(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await parked(floor, thread)
        busy = [await talk(floor, Thread(floor, name=name)) for name in ("1", "2")]
        later = await Thread(floor, name="later").write()
        await thread.write()
        assert (await floor.place(contact), await floor.place(later)) == (1, 2)
        await floor.sign_in("boris")
        assert await floor.offered_to(later) == "boris"
        await floor.decline(later)
        await floor.advance(29)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(1.001)
        assert await floor.offered_to(contact) == "boris"
        assert busy


async def test_where_its_agent_is_not_there_it_is_everybodys_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await parked(floor, thread)
        await floor.choose("anna", "break")
        await floor.sign_in("boris")
        await thread.write()
        assert await floor.offered_to(contact) == "boris"


async def test_its_agent_is_still_first_after_another_operation(server: Server) -> None:
    """Parked contacts follow it when they come back, and do not forget who parked them."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await parked(floor, thread)
        await floor.apply(OPERATION.replace("target_s = 60", "target_s = 90"))
        for name in ("1", "2"):
            await talk(floor, Thread(floor, name=name))
        await floor.sign_in("boris")
        await thread.write()
        await floor.run_due()
        assert (await floor.contact(contact)).state == "queued"
        assert (await floor.do(Explain(contact=contact.id))).requirement[3] == ["anna"]


@pytest.mark.parametrize("gone", ["before", "meanwhile"])
async def test_a_queue_that_is_gone_gives_way_to_the_policy(server: Server, gone: str) -> None:
    without = OPERATION.replace('queues = ["messages", "others"]', 'queues = ["others"]')
    without = without.replace("[queues.messages]\ntarget_s = 60\n", "").replace(
        'queue = "messages"', 'queue = "others"'
    )
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        if gone == "before":
            await floor.apply(without)
        await park(floor, contact)
        if gone == "meanwhile":
            await floor.apply(without)
        await thread.write()
        await floor.run_due()
        found = await floor.contact(contact)
        assert (found.queue, found.state, found.agent) == ("others", "offered", "anna")


async def test_an_agent_takes_it_up_again(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await parked(floor, Thread(floor))
        await resume(floor, contact)
        assert await floor.offered_to(contact) == "anna"
        with refused("wrong_state"):
            await resume(floor, contact)


async def test_parked_for_too_long_it_is_closed_with_its_disposition(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await parked(floor, Thread(floor))
        await floor.advance(3600 - 60 - 0.001)
        assert (await floor.contact(contact)).state == "parked"
        await floor.advance(0.001)
        found = await floor.contact(contact)
        assert (found.state, found.outcome, found.ended_by) == ("closed", "answered", "system")
        assert (found.disposition, found.parked_at) == ("no_contact", None)
        assert await floor.do(ListContacts(which="parked")) == []


async def test_the_customer_may_leave_it_and_an_agent_end_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        left, completed, cancelled = [await parked(floor, Thread(floor, name=name)) for name in ("1", "2", "3")]
        assert (await floor.leave(left)).ended_by == "customer"
        assert (await floor.complete(completed)).ended_by == "agent"
        assert (await floor.do(Cancel(contact=cancelled.id), SUPERVISOR)).state == "cancelled"
        assert (await floor.contact(left)).outcome == "answered"


async def test_only_an_answered_conversation_is_parked_and_once(server: Server) -> None:
    async with floor_on(server, OPERATION + 'vera = { queues = ["messages"], media = ["voice"] }\n') as floor:
        await floor.sign_in("anna", "vera")
        contact = await floor.accept(await Thread(floor).write())
        with refused("wrong_state"):
            await park(floor, contact)
        with refused("unknown_contact"):
            await floor.contacts.park(contact.id, as_agent("boris"), None, None)
        await send(floor, contact)
        await park(floor, contact)
        again = await floor.contacts.park(contact.id, as_agent("anna"), None, None)
        assert again.repeated
        with refused("wrong_state"):
            await floor.contacts.transfer(contact.id, as_agent("anna"), queue="others")
        with refused("wrong_state"):
            await park(floor, await floor.talk(await floor.post()))


async def test_parking_ends_what_the_customer_was_waiting_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        await thread.write("and?")
        await park(floor, contact)
        assert (await floor.contact(contact)).asked_at is None
        await floor.advance(150)
        assert (await floor.contact(contact)).state == "parked"


async def test_facts_may_change_meanwhile(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await parked(floor, Thread(floor))
        changed = (await floor.contacts.patch(contact.id, Change(tags=("angry",)), ADAPTER)).result
        assert (changed.state, changed.queue) == ("parked", "messages")
        assert changed.body is not None
        assert changed.body.tags == ("angry",)
