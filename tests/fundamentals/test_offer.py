"""A contact is offered to one agent at a time, and an offer that he does not take goes on to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.acts.agents import Accept, Connect, Decline, Ready
from router.engine.acts.contacts import Requeue
from tests.helpers.floor import SUPERVISOR, as_agent, floor_on, refused

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private"], media = ["voice"] }
"""


async def test_an_idle_agent_gets_a_contact_that_arrives(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        assert (contact.state, contact.agent) == ("offered", "anna")


async def test_a_waiting_contact_gets_an_agent_who_signs_in(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        assert contact.state == "queued"
        await floor.sign_in("anna")
        assert await floor.offered_to(contact) == "anna"


async def test_an_agent_who_is_free_again_gets_the_oldest_that_waits_not_the_newest(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        first, waiting = await floor.post(), await floor.post()
        await floor.serve(first)
        newest = await floor.post()
        assert await floor.offered_to(waiting) == "anna"
        assert await floor.offered_to(newest) is None


async def test_an_agent_has_one_offer_at_a_time(server: Server) -> None:
    async with floor_on(server, OPERATION.replace('"voice"', '"chat"')) as floor:
        await floor.sign_in("anna")
        first = await floor.post(channel="telegram")
        second = await floor.post(channel="telegram")
        assert (first.state, second.state) == ("offered", "queued")
        await floor.accept(first)
        assert await floor.offered_to(second) == "anna"


async def test_an_offer_that_the_desk_does_not_acknowledge_in_3_s_goes_on(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.sign_in("boris")
        await floor.advance(2.999)
        assert await floor.offered_to(contact) == "anna"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "boris"
        anna = await floor.agent("anna")
        assert (anna.state, anna.unresponsive, anna.misses) == ("not_responding", "undelivered", None)


async def test_a_desk_that_is_heard_from_again_gets_offers_again(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.advance(3)
        assert (await floor.contact(contact)).state == "queued"
        await floor.connect("anna")
        assert await floor.offered_to(await floor.post()) == "anna"


async def test_the_limit_runs_from_the_acknowledgement(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.advance(2)
        acknowledged = await floor.acknowledge(contact)
        assert acknowledged.delivered_at == floor.now
        await floor.advance(14.999)
        assert await floor.offered_to(contact) == "anna"
        await floor.advance(0.001)
        assert (await floor.contact(contact)).state == "queued"
        assert (await floor.agent("anna")).misses == 1


async def test_a_second_acknowledgement_wins_no_time(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.acknowledge(contact)
        await floor.advance(10)
        await floor.acknowledge(contact)
        await floor.advance(5)
        assert (await floor.contact(contact)).state == "queued"


async def test_three_misses_in_a_row_end_the_offers_until_he_says_that_he_is_there(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        for _ in range(3):
            await floor.acknowledge(await floor.post())
            await floor.advance(15)
        anna = await floor.agent("anna")
        assert (anna.state, anna.presence, anna.unresponsive) == ("not_responding", "available", "missed")
        assert [event.data["cause"] for event in await floor.events("agent.not_responding")] == ["missed"]
        await floor.connect("anna", "another desk")
        contact = await floor.post()
        assert contact.state == "queued"
        await floor.do(Ready(agent="anna"))
        assert (await floor.agent("anna")).state == "reserved"


async def test_an_accepted_offer_clears_the_misses(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        for misses in (1, 2, None, 1, 2):
            contact = await floor.post()
            if misses is None:
                await floor.complete(await floor.talk(contact))
                await floor.advance(15)
            else:
                await floor.acknowledge(contact)
                await floor.advance(15)
                await floor.leave(contact)
            assert (await floor.agent("anna")).misses == misses
        assert (await floor.agent("anna")).state == "idle"


async def test_a_declined_contact_goes_to_the_next_and_rests_from_the_one_who_declined(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.decline(await floor.post())
        assert contact.state == "queued"
        await floor.advance(29.999)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "anna"


async def test_a_decline_tells_why_and_is_counted(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.do(Decline(offer=contact.offer_id or "", reason="busy"), as_agent("anna"))
        assert [event.data["reason"] for event in await floor.events("offer.declined")] == ["busy"]
        assert (await floor.figures())["offers_declined|private|phone|private"] == 1


async def test_resting_from_one_contact_is_not_resting_from_another(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.decline(await floor.post())
        assert (await floor.post()).agent == "anna"


async def test_a_contact_that_comes_back_keeps_its_place_before_those_who_came_later(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.advance(1)
        later = await floor.post()
        await floor.acknowledge(contact)
        await floor.advance(15)
        assert await floor.offered_to(later) == "anna"
        assert await floor.place(contact) == 1
        await floor.sign_in("boris")
        assert await floor.offered_to(contact) == "boris"


async def test_an_offer_goes_round_until_somebody_takes_it(server: Server) -> None:
    async with floor_on(server, OPERATION + "[media.voice]\nlimits_s = { rest = 10 }") as floor:
        await floor.sign_in("anna", "boris")
        contact = await floor.post()
        offered: list[str | None] = []
        for _ in range(4):
            await floor.acknowledge(contact)
            offered.append(await floor.offered_to(contact))
            await floor.advance(15)
        assert offered == ["anna", "boris", "anna", "boris"]
        assert (await floor.talk(contact)).agent == "anna"


async def test_an_agent_who_rests_from_8_contacts_is_offered_nothing_until_he_is_ready(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        for number in range(8):
            contact = await floor.post()
            assert contact.agent == "anna", number
            await floor.decline(contact)
        anna = await floor.agent("anna")
        assert (anna.state, anna.unresponsive) == ("not_responding", "rests")
        assert (await floor.post()).state == "queued"
        await floor.do(Ready(agent="anna"))
        assert (await floor.agent("anna")).state == "reserved"


async def test_he_does_not_rest_from_what_is_over(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        for _ in range(12):
            await floor.leave(await floor.decline(await floor.post()))
        assert (await floor.post()).agent == "anna"


async def test_a_contact_rests_from_its_16_latest_agents(server: Server) -> None:
    names = [f"agent-{number:02}" for number in range(17)]
    agents = "\n".join(f'{name} = {{ queues = ["private"], media = ["voice"] }}' for name in names)
    head, _, _ = OPERATION.partition("[agents]")
    async with floor_on(server, f"{head}[agents]\n{agents}") as floor:
        contact = await floor.post()
        for name in names[:16]:
            await floor.sign_in(name)
            assert await floor.offered_to(contact) == name
            await floor.decline(contact)
        assert (await floor.contact(contact)).state == "queued"
        await floor.sign_in(names[16])
        await floor.decline(contact)
        assert await floor.offered_to(contact) == names[0], "the seventeenth rest has ended the first"


async def test_a_withdrawn_offer_says_why_and_takes_no_capacity(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.leave(contact)
        assert [event.data["reason"] for event in await floor.events("offer.withdrawn")] == ["customer_left"]
        with refused("offer_gone") as refusal:
            await floor.do(Accept(offer=f"{contact.id}.1"), as_agent("anna"))
        assert refusal.value.detail == "customer_left"
        anna = await floor.agent("anna")
        assert (anna.state, anna.burden.load) == ("idle", 0)


async def test_a_supervisor_takes_an_offer_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        contact = await floor.do(Requeue(contact=contact.id), SUPERVISOR)
        assert contact.state == "queued", "not at once to the same agent"
        await floor.sign_in("boris")
        assert await floor.offered_to(contact) == "boris"


async def test_nothing_that_a_desk_does_again_changes_an_offer(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        version = contact.version
        for _ in range(3):
            await floor.do(Connect(agent="anna", connection="desk", process="router-1"))
        assert (await floor.contact(contact)).version == version
