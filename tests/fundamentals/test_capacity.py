"""What an agent carries at once: each medium has its cost, and nobody is ever given more than fits into 100."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from router.engine.acts.agents import Ready
from router.engine.acts.reading import GetWork
from tests.helpers.floor import Floor, floor_on

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[media.mail]
cost = 10
mode = "least_loaded"
answered_by = "accept"
limits_s = { offer = 60, wrap_up = 0 }
[channels]
post = { medium = "mail" }
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
roman = { queues = ["private"], media = ["voice", "chat", "mail"] }
sofia = { queues = ["private"], media = ["voice", "chat", "mail"] }
"""


async def chat(floor: Floor) -> Contact:
    return await floor.talk(await floor.post(channel="telegram"))


async def test_a_call_leaves_no_room_for_anything(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        await floor.talk(await floor.post())
        assert (await floor.agent("roman")).burden.load == 100
        for channel in ("phone", "telegram", "post"):
            assert (await floor.post(channel=channel)).state == "queued"


async def test_a_chat_leaves_no_room_for_a_call(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        talk = await chat(floor)
        call = await floor.post()
        assert call.state == "queued"
        await floor.complete(talk)
        assert (await floor.contact(call)).state == "queued", "his wrap-up takes the room of the chat"
        await floor.do(Ready(agent="roman"))
        assert await floor.offered_to(call) == "roman"


async def test_a_medium_may_have_a_most_below_what_would_fit(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        for load in (25, 50, 75):
            await chat(floor)
            assert (await floor.agent("roman")).burden.load == load
        assert (await floor.post(channel="telegram")).state == "queued", "three are the most"
        assert (await floor.post(channel="post")).agent == "roman", "but a letter fits beside them"


async def test_media_share_the_room(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        await chat(floor)
        await chat(floor)
        for number in range(5):
            letter = await floor.post(channel="post")
            assert letter.agent == "roman", number
            await floor.accept(letter)
        assert (await floor.agent("roman")).burden.load == 100
        assert (await floor.post(channel="post")).state == "queued"


async def test_what_is_only_offered_takes_its_room(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        offered = await floor.post(channel="telegram")
        assert (await floor.agent("roman")).burden.load == 25
        await floor.leave(offered)
        assert (await floor.agent("roman")).burden.load == 0


@pytest.mark.parametrize("seed", [3, 4])
async def test_nobody_ever_carries_more_than_100(server: Server, seed: int) -> None:
    """Contacts of all media come in bursts; after each, every load is the sum of the work and within the limits."""
    chance = random.Random(seed)
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman", "sofia")
        for _ in range(25):
            burst = [chance.choice(["phone", "telegram", "post"]) for _ in range(chance.randint(1, 4))]
            await asyncio.gather(*(floor.post(channel=channel) for channel in burst))
            for name in ("roman", "sofia"):
                agent, contacts = await floor.do(GetWork(agent=name))
                costs = {"voice": 100, "chat": 25, "mail": 10}
                media = [work.medium for work in agent.burden.work]
                assert agent.burden.load == sum(costs[medium] for medium in media) <= 100
                assert sum(1 for work in agent.burden.work if work.phase in "oa" and work.medium == "chat") <= 3
                for contact in contacts:
                    if contact.state == "offered":
                        await floor.talk(contact) if contact.medium != "mail" else await floor.accept(contact)
                    elif chance.random() < 0.4:
                        await floor.complete(contact)
            await floor.advance(chance.uniform(0, 10))
