"""An agent is there as long as one of his connections is; a connection belongs to a router process, or is a poll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.acts.agents import Connect, Disconnect, Renew
from router.engine.acts.reading import GetWork
from router.engine.acts.workspace import Due
from tests.helpers.floor import ROUTER, Floor, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private"], media = ["voice", "chat"] }
"""


async def lose(floor: Floor, agent: str) -> None:
    """His only connection closes, and he had been silent on it for all of his grace."""
    await floor.do(Disconnect(agent=agent, connection="desk", silent_ms=15_000))


async def test_one_of_two_windows_closed_changes_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.connect("anna", "second window")
        await lose(floor, "anna")
        await floor.advance(60)
        assert (await floor.post()).agent == "anna"
        assert await floor.events("agent.disconnected") == []


async def test_for_15_s_after_the_last_sign_of_life_he_keeps_what_he_has(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post(channel="telegram"))
        await floor.do(Disconnect(agent="anna", connection="desk", silent_ms=4_000))
        await floor.advance(10.999)
        assert (await floor.contact(contact)).agent == "anna"
        assert (await floor.post()).state == "queued", "but he gets nothing new"
        await floor.advance(0.001)
        assert (await floor.contact(contact)).agent is None
        assert len(await floor.events("agent.lost")) == 1


async def test_who_is_back_in_time_has_lost_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.acknowledge(contact)
        await floor.do(Disconnect(agent="anna", connection="desk"))
        await floor.advance(14.9)
        await floor.connect("anna", "desk again")
        assert (await floor.accept(contact)).state == "assigned"
        await floor.advance(10)
        assert await floor.events("agent.lost") == []


async def test_who_connects_again_is_told_all_that_he_has_without_having_seen_an_event(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        chat = await floor.talk(await floor.post(channel="telegram"))
        offered = await floor.post(channel="telegram")
        await floor.do(Disconnect(agent="anna", connection="desk"))
        await floor.connect("anna", "another desk")
        anna, contacts = await floor.do(GetWork(agent="anna"))
        assert {contact.id: contact.state for contact in contacts} == {chat.id: "assigned", offered.id: "offered"}
        assert (anna.presence, anna.burden.load) == ("available", 50)


async def test_a_poll_from_the_background_once_a_minute_keeps_him(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.choose("anna", "available")
        for _ in range(10):
            await floor.connect("anna", "poll", hold_s=75)
            await floor.advance(60)
        assert (await floor.agent("anna")).state == "idle"
        assert len(await floor.events("agent.connected")) == 1
        await floor.advance(14.999)
        assert (await floor.agent("anna")).state == "idle"
        await floor.advance(0.001)
        assert (await floor.agent("anna")).state == "offline"


async def test_a_poll_does_not_hang_on_the_process_that_answered_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.choose("anna", "available")
        await floor.connect("anna")
        await floor.connect("anna", "desk", hold_s=75)
        await floor.advance(74, router_lives=False)
        assert (await floor.post()).agent == "anna"


# What a lost agent leaves


async def test_a_lost_agent_s_offer_goes_back_to_the_front(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.acknowledge(contact)
        await lose(floor, "anna")
        back = await floor.contact(contact)
        assert (back.state, back.arrived) == ("queued", contact.arrived)
        assert await floor.story(contact) == [
            "contact.queued",
            "offer.made",
            "offer.acknowledged",
            "offer.withdrawn",
        ]


async def test_a_lost_agent_s_chat_goes_back_to_the_queue(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        chat = await floor.talk(await floor.post(channel="telegram"))
        await floor.sign_in("boris")
        await lose(floor, "anna")
        assert await floor.offered_to(chat) == "boris"
        (event,) = await floor.events("contact.requeued")
        assert (event.agent, event.data["reason"], event.data["answered"]) == ("anna", "agent_lost", True)


async def test_a_lost_agent_s_call_goes_on_over_the_channel(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        call = await floor.talk(await floor.post(channel="pbx"))
        await lose(floor, "anna")
        talking = await floor.contact(call)
        assert (talking.state, talking.agent) == ("assigned", "anna")
        assert (await floor.agent("anna")).state == "draining"
        await floor.connect("anna")
        assert (await floor.agent("anna")).state == "busy"
        assert (await floor.leave(call)).ended_by == "customer"


async def test_a_lost_agent_s_call_that_nobody_has_answered_goes_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        call = await floor.accept(await floor.post(channel="pbx"))
        await floor.sign_in("boris")
        await lose(floor, "anna")
        assert await floor.offered_to(call) == "boris"


# Processes


async def test_a_process_that_renews_its_lease_keeps_its_connections(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.advance(120)
        assert (await floor.post()).agent == "anna"


async def test_the_agents_of_a_process_that_is_gone_are_lost_with_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.advance(14.999, router_lives=False)
        assert (await floor.agent("anna")).state == "idle"
        await floor.advance(0.001, router_lives=False)
        anna = await floor.agent("anna")
        assert (anna.state, anna.presence, anna.burden.connections) == ("offline", "available", 0)


async def test_a_lease_that_has_lapsed_is_not_taken_up_again_unnoticed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        assert await floor.do(Renew(process=ROUTER)) is True
        await floor.advance(15, router_lives=False)
        assert await floor.do(Renew(process=ROUTER)) is False, "its connections are gone, and it must open them anew"
        assert await floor.do(Renew(process=ROUTER)) is True
        await floor.connect("anna")
        await floor.advance(60)
        assert (await floor.post()).agent == "anna"


async def test_a_process_comes_too_late_also_while_its_many_connections_are_being_dropped(server: Server) -> None:
    names = [f"agent-{number}" for number in range(50)]
    agents = "".join(f'{name} = {{ queues = ["private"], media = ["voice"] }}\n' for name in names)
    async with floor_on(server, OPERATION + agents) as floor:
        for name in names:
            await floor.connect(name)
        floor.jump(15)
        await floor.do(Due(most=1))
        assert await floor.do(Renew(process=ROUTER)) is False
        await floor.run_due()
        connected = [name for name in names if (await floor.agent(name)).burden.connections]
        assert connected == [], "what it was told is true of all of them"


async def test_a_connection_that_moves_to_another_process_is_not_lost_with_the_first(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.do(Connect(agent="anna", connection="desk", process="router-0"))
        await floor.sign_in("anna")
        await floor.advance(20)
        assert (await floor.agent("anna")).burden.connections == 1
        assert await floor.events("agent.lost") == []
