"""An agent who is there by his phone alone is so as long as the account of that phone is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.acts.agents import Disconnect
from tests.helpers.floor import SUPERVISOR, floor_on
from tests.helpers.phones import OPERATION, call, hold, let_go, phases, pick_up, sign_in

if TYPE_CHECKING:
    from tests.helpers.servers import Server


async def test_while_nobody_rings_he_misses_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        await floor.advance(10)
        await let_go(floor)
        contact = await floor.post(channel="phone")  # nobody has ever held that one
        await floor.advance(14.999)
        assert await floor.offered_to(contact) == "anna"
        await hold(floor)
        await floor.advance(0.001)
        anna = await floor.agent("anna")
        assert (anna.misses, await phases(floor, "anna")) == (None, ["o"]), "it rings again"
        reasons = [event.data["reason"] for event in await floor.events("offer.withdrawn")]
        assert reasons == ["channel_silent"]


async def test_he_is_lost_with_his_account_and_back_with_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await call(floor)
        await let_go(floor)
        await floor.advance(14.999)
        assert (await floor.agent("anna")).at_phone == 1
        await floor.advance(0.001)
        anna = await floor.agent("anna")
        assert (anna.phone_at, anna.at_phone, anna.presence, anna.state) == ("pbx:main", None, "available", "offline")
        assert (await floor.contact(contact)).state == "queued"
        assert len(await floor.events("agent.lost")) == 1
        await hold(floor)
        assert (await floor.agent("anna")).state == "reserved"
        assert await floor.offered_to(contact) == "anna"
        told = [(event.data["phone_at"], event.data["at_phone"]) for event in await floor.events("agent.phone")]
        assert told == [("pbx:main", True), ("pbx:main", False), ("pbx:main", True)]


async def test_a_talk_survives_the_loss_of_the_account(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        contact = await pick_up(floor, await call(floor))
        await let_go(floor)
        await floor.advance(60)
        await hold(floor)
        assert (await floor.contact(contact)).state == "assigned"
        assert (await floor.agent("anna")).state == "busy"


async def test_before_anybody_holds_the_account_he_is_not_at_his_phone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        anna = await sign_in(floor, "anna")
        assert (anna.presence, anna.at_phone, anna.state) == ("available", None, "offline")
        assert (await call(floor)).state == "queued"
        await hold(floor)
        assert await phases(floor, "anna") == ["o"]


async def test_every_phone_of_a_large_account_is_lost_and_comes_back(server: Server) -> None:
    names = [f"a{number}" for number in range(45)]
    agents = "".join(f'{name} = {{ queues = ["private"], media = ["voice"] }}\n' for name in names)
    async with floor_on(server, OPERATION + agents) as floor:
        for name in names[:30]:
            await sign_in(floor, name)
        await hold(floor)
        for name in names[30:]:
            await sign_in(floor, name)
        assert [(await floor.agent(name)).at_phone for name in names] == [1] * 45
        await let_go(floor)
        await floor.advance(15)
        assert [(await floor.agent(name)).state for name in names] == ["offline"] * 45
        await hold(floor)
        assert [(await floor.agent(name)).state for name in names] == ["idle"] * 45


async def test_with_a_desk_the_loss_of_his_phone_leaves_him_there(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await floor.connect("anna")
        await sign_in(floor, "anna")
        await let_go(floor)
        await floor.advance(15)
        anna = await floor.agent("anna")
        assert (anna.state, anna.at_phone) == ("idle", None)
        assert (await floor.post()).rings is None, "it is offered at her desk"


async def test_the_loss_of_his_desk_takes_what_only_that_can_serve(server: Server) -> None:
    operation = OPERATION + "[media.voice]\ncost = 50\n"
    async with floor_on(server, operation) as floor:
        await hold(floor)
        await floor.sign_in("anna")
        chat = await floor.accept(await floor.post(channel="telegram"))
        await sign_in(floor, "anna")
        ringing = await call(floor)
        await floor.do(Disconnect(agent="anna", connection="desk", silent_ms=15_000))
        assert (await floor.contact(chat)).state == "queued"
        assert await floor.offered_to(ringing) == "anna"
        assert (await floor.agent("anna")).state == "reserved"
        taken = await pick_up(floor, ringing)
        assert taken.agent == "anna"


async def test_nobody_waits_for_his_desk_while_he_is_at_his_phone_alone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await floor.sign_in("anna")
        await sign_in(floor, "anna")
        await pick_up(floor, await call(floor))
        await floor.sign_in("boris")
        chat = await floor.post(channel="telegram")
        await floor.contacts.transfer(chat.id, SUPERVISOR, agent="anna")
        assert (await floor.contact(chat)).state == "queued", "it waits for her"
        await floor.do(Disconnect(agent="anna", connection="desk"))
        assert await floor.offered_to(chat) == "boris"


async def test_the_death_of_the_process_that_held_the_account_is_the_loss_of_the_account(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        await floor.advance(15, router_lives=False)
        assert (await floor.agent("anna")).at_phone == 1, "silent from here"
        await floor.advance(15, router_lives=False)
        assert (await floor.agent("anna")).at_phone is None


async def test_who_is_removed_is_at_no_phone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        await floor.apply(OPERATION.replace("anna =", "clara ="))
        assert "phones:pbx:main" not in await floor.keys()
        await floor.apply(OPERATION)
        anna = await floor.agent("anna")
        assert (anna.phone_at, anna.at_phone) == (None, None)


async def test_his_break_keeps_him_at_his_phone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        await floor.choose("anna", "break")
        assert (await call(floor)).state == "queued"
        await floor.choose("anna", "available")
        assert await phases(floor, "anna") == ["o"]


async def test_a_desk_that_connects_and_goes_leaves_him_at_his_phone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "anna")
        await floor.connect("anna")
        await floor.advance(16, router_lives=False)
        await hold(floor)
        anna = await floor.agent("anna")
        assert (anna.burden.connections, anna.at_phone) == (0, 1)
        assert (await call(floor)).rings == 1
