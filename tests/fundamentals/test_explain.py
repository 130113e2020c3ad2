"""Why a contact waits can be asked, and doing what the answer says would serve the contact serves it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from router.domain.requirement import Requirement
from router.engine.acts.agents import Disconnect, Ready, SetDevice
from router.engine.acts.workspace import CloseChannel, OpenChannel
from router.service.explain import Next, Obstacle, explain
from tests.helpers.floor import ADAPTER, ROUTER, Floor, floor_on, refused
from tests.helpers.workload import play

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from router.service.explain import Explained
    from tests.helpers.servers import Server

OPERATION = """
[skills]
corporate = "serves business customers"
english = "speaks English"
[queues.corporate]
target_s = 10
needs.skills.corporate = 3
steps = [{ after_s = 30, skills.corporate = 1 }]
reserve = { skill = "corporate", agents = 1 }
[queues.private]
target_s = 40
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
queue = "private"
[media]
voice = { limits_s = { wrap_up = 15 } }
chat = { limits_s = { wrap_up = 5, reply = 3600 } }
[agents]
inna = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 9 }
kirill = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 9 }
nina = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 1 }
anna = { queues = ["private"], media = ["voice", "chat"], skills.english = 5 }
"""
ENGLISH = Requirement(skills={"english": 1})


async def ask(floor: Floor, contact: Contact | str) -> Explained:
    return await explain(floor.engine, floor.current, contact if isinstance(contact, str) else contact.id)


async def of_anna(floor: Floor) -> Obstacle:
    """What keeps Anna from a contact that only she can serve."""
    (obstacle,) = (await ask(floor, await floor.post(requirement=ENGLISH))).agents
    return obstacle


async def test_it_says_what_keeps_an_agent_and_what_would_help(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        assert await of_anna(floor) == Obstacle("anna", "offline", "choose_available")
        await floor.choose("anna", "available")
        assert await of_anna(floor) == Obstacle("anna", "not_connected", "connect")
        await floor.choose("anna", "break")
        await floor.connect("anna")
        assert await of_anna(floor) == Obstacle("anna", "break", "choose_available")
        await floor.do(SetDevice(agent="anna", address="1001", state="in_use"), ADAPTER)
        await floor.choose("anna", "available")
        assert await of_anna(floor) == Obstacle("anna", "device", "free_phone")


async def test_it_names_the_contacts_that_occupy_him_and_the_end_of_a_pause(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        first = await floor.post()
        assert await of_anna(floor) == Obstacle("anna", "offered", "answer_offer", contacts=(first.id,))
        await floor.talk(first)
        assert await of_anna(floor) == Obstacle("anna", "most", "end_contacts", contacts=(first.id,))
        await floor.choose("anna", "break", after_contact=True)
        assert (await of_anna(floor)).reason == "draining"
        await floor.choose("anna", "available")
        await floor.complete(first)
        until_ms = floor.now + 15_000
        assert await of_anna(floor) == Obstacle("anna", "no_capacity", "be_ready", until_ms=until_ms)


async def test_it_tells_until_when_he_rests(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.decline(await floor.post(requirement=ENGLISH))
        await floor.leave(await floor.post())
        (obstacle,) = (await ask(floor, contact)).agents
        assert obstacle == Obstacle("anna", "resting", "wait", until_ms=floor.now + 30_000)


async def test_it_says_that_he_is_kept_for_a_call(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        chat = await floor.talk(await floor.post(channel="telegram"))
        call = await floor.post(requirement=ENGLISH)
        await floor.advance(80)
        small = await floor.post(channel="telegram")
        (obstacle,) = (await ask(floor, small)).agents
        assert obstacle == Obstacle("anna", "holding", "end_contacts", contacts=(chat.id,))
        await floor.complete(chat)
        await floor.do(Ready(agent="anna"))
        await floor.serve(call)
        assert await floor.offered_to(small) == "anna"


async def test_it_names_the_reserve_and_when_it_yields(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "nina")
        for _ in range(2):
            await floor.talk(await floor.post())
        contact = await floor.post()
        explained = await ask(floor, contact)
        yields_at = contact.arrived + 120_000
        kept = Obstacle("kirill", "reserved", "free_carriers", until_ms=yields_at, reserve="corporate")
        assert kept in explained.agents
        assert explained.next == (Next(yields_at, "yield", requirement=Requirement()),)


async def test_it_tells_what_comes_next(server: Server) -> None:
    late = 'needs.skills.corporate = 3\nlate = { wait_s = 60, then = { overflow = "private" } }'
    async with floor_on(server, OPERATION.replace("needs.skills.corporate = 3", late)) as floor:
        contact = await floor.post(customer_type="corporate")
        explained = await ask(floor, contact)
        assert explained.requirement == Requirement(skills={"corporate": 9}), "as it is rounded up"
        assert explained.next == (
            Next(contact.arrived + 30_000, "step", requirement=Requirement(skills={"corporate": 1})),
            Next(contact.arrived + 60_000, "overflow", queue="private"),
        )
        await floor.advance(30)
        assert [event.what for event in (await ask(floor, contact)).next] == ["overflow"]


async def test_it_says_what_the_contact_waits_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        waiting = await floor.post()
        behind = await floor.post()
        assert ((await ask(floor, waiting)).waits_for, (await ask(floor, waiting)).before) == ("agent", 0)
        assert (await ask(floor, behind)).before == 1
        nobody = await floor.post(requirement=Requirement(skills={"english": 9}))
        assert ((await ask(floor, nobody)).waits_for, (await ask(floor, nobody)).agents) == ("nobody", ())
        later = await floor.post(not_before=floor.now + 60_000)
        assert (await ask(floor, later)).waits_for == "its_time"
        await floor.sign_in("anna")
        assert (await ask(floor, waiting)).waits_for == "answer"
        await floor.talk(waiting)
        assert (await ask(floor, waiting)).waits_for == "nothing"
        with refused("unknown_contact"):
            await ask(floor, "nobody's")


async def test_a_step_may_be_what_it_waits_for(server: Server) -> None:
    without = "\n".join(line for line in OPERATION.splitlines() if not line.startswith(("inna", "kirill")))
    async with floor_on(server, without) as floor:
        explained = await ask(floor, await floor.post(customer_type="corporate"))
        assert (explained.waits_for, explained.agents) == ("step", ())


async def test_so_may_its_channel(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.do(OpenChannel(channel="pbx", account="main", connection="1", process=ROUTER))
        await floor.do(CloseChannel(channel="pbx", account="main", connection="1"))
        await floor.advance(15)
        explained = await ask(floor, await floor.post(channel="pbx"))
        assert explained.waits_for == "channel"
        assert {obstacle.reason for obstacle in explained.agents if obstacle.agent == "anna"} == {""}


# Doing what it says


async def do_what_it_says(floor: Floor, obstacle: Obstacle) -> None:
    agent = obstacle.agent
    if obstacle.remedy == "connect":
        await floor.connect(agent)
    elif obstacle.remedy == "choose_available":
        await floor.choose(agent, "available")
    elif obstacle.remedy == "be_ready":
        await floor.do(Ready(agent=agent))
    elif obstacle.remedy == "free_phone":
        await floor.do(SetDevice(agent=agent, address="1001", state="idle"), ADAPTER)
    elif obstacle.remedy == "answer_offer":
        await floor.talk(obstacle.contacts[0])
    elif obstacle.remedy == "end_contacts":
        for contact in obstacle.contacts:
            await floor.complete(contact)
    else:
        assert obstacle.until_ms is not None
        await floor.advance((obstacle.until_ms - floor.now) / 1000)


@pytest.mark.parametrize("seed", range(20, 28))
async def test_doing_what_it_says_serves_the_contact(server: Server, seed: int) -> None:
    """Whoever waits last after a story at random is served by doing only what is said of one agent who is named."""
    chance = random.Random(seed)
    async with floor_on(server, OPERATION) as floor:
        await play(floor, chance, moves=80)
        await floor.do(SetDevice(agent="anna", address="1001", state="in_use"), ADAPTER)
        await floor.do(Disconnect(agent="nina", connection="desk", silent_ms=15_000))
        contact = await floor.post(requirement=ENGLISH if chance.random() < 0.5 else None)
        agent = None
        for _ in range(100):
            explained = await ask(floor, contact)
            if explained.waits_for == "answer":
                break
            assert explained.waits_for == "agent"
            named = {obstacle.agent: obstacle for obstacle in explained.agents}
            agent = agent or chance.choice([*named])
            await do_what_it_says(floor, named[agent])
        assert (await floor.contact(contact)).state == "offered"
