"""What time does: any process does it, one does it once, and when it is late the order is still that of the moments."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from router.engine.acts.workspace import Due
from tests.helpers.floor import floor_on, process_of

if TYPE_CHECKING:
    from tests.helpers.servers import Server

NAMES = [f"agent-{number:02}" for number in range(30)]
OPERATION = """
[skills]
corporate = "serves business customers"
[queues]
private = { target_s = 40, late = { wait_s = 100, then = "expire" } }
corporate = { target_s = 10, reserve = { skill = "corporate", agents = 28, medium = "voice" } }
[[routes]]
queue = "private"
[agents]
""" + "\n".join(f'{name} = {{ queues = ["private"], media = ["voice"], skills.corporate = 1 }}' for name in NAMES)


async def test_what_is_due_happens_once_however_many_run_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor, AsyncExitStack() as stack:
        contacts = [await floor.post() for _ in range(25)]
        await floor.sign_in(*NAMES[:25])
        offered = [contact for contact in contacts if await floor.offered_to(contact)]
        assert len(offered) == 25
        for contact in contacts:
            await floor.acknowledge(contact)
        floor.jump(15)
        processes = [
            await stack.enter_async_context(process_of(server, floor.engine.workspace, given_ms=floor.now))
            for _ in range(4)
        ]
        await asyncio.gather(*(process.do(Due()) for process in processes * 4))
        assert len(await floor.events("offer.missed")) == 25
        assert {(await floor.agent(name)).misses for name in NAMES[:25]} == {1}


async def test_it_answers_when_something_is_due_next(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        assert (await floor.engine.do(Due())).next_due == contact.arrived + 40_001, "when its target passes"
        await floor.sign_in(NAMES[0])
        answer = await floor.engine.do(Due())
        assert answer.next_due == floor.now + 3_000, "when the offer must be acknowledged"


async def test_a_call_does_a_part_and_says_that_there_is_more(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in(*NAMES[:25])
        for _ in range(25):
            await floor.post()
        floor.jump(3)
        answer = await floor.engine.do(Due(most=20))
        assert answer.result[0] == 20
        assert answer.next_due is not None
        assert answer.next_due <= answer.now
        await floor.run_due()
        assert len(await floor.events("offer.undelivered")) == 25


async def test_run_late_it_tells_the_same_story(server: Server) -> None:
    """Nobody ran anything for so long: first the offer was missed, then the caller had waited too long."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in(NAMES[0])
        contact = await floor.post()
        await floor.acknowledge(contact)
        floor.jump(110)
        await floor.run_due()
        assert await floor.story(contact) == [
            "contact.queued",
            "offer.made",
            "offer.acknowledged",
            "offer.missed",
            "contact.target_missed",
            "contact.expired",
        ]


async def test_what_one_call_has_no_room_to_match_is_matched_at_once_by_the_next(server: Server) -> None:
    """A reserve lets thirty agents go at once: one call makes twenty offers, and what is left is due immediately."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in(*NAMES)
        contacts = [await floor.post() for _ in range(30)]
        taken = [contact for contact in contacts if contact.agent]
        assert len(taken) == 2, "28 are kept free"
        await floor.choose(NAMES[29], "offline")
        offered = [contact for contact in contacts if await floor.offered_to(contact)]
        assert len(offered) == 22
        assert (await floor.engine.do(Due(most=1))).result[0] == 1
        offered = [contact for contact in contacts if await floor.offered_to(contact)]
        assert len(offered) == 29, "everybody who is still there"


SPECIAL = (
    OPERATION.replace('agent-29 = { queues = ["private"]', 'agent-29 = { queues = ["private", "special"]').replace(
        "[queues]\n", "[queues]\nspecial = { target_s = 40 }\n"
    )
    + '\nxenia = { queues = ["special"], media = ["voice"] }'
)


async def test_a_contact_that_one_call_has_no_room_to_match_is_matched_at_once_by_the_next(server: Server) -> None:
    """The twenty offers go to agents whom the reserve lets go; who leaves gives a contact back that is for another."""
    async with floor_on(server, SPECIAL) as floor:
        await floor.sign_in(*NAMES)
        special = await floor.post(queue="special")
        assert await floor.offered_to(special) == NAMES[29]
        await floor.sign_in("xenia")
        contacts = [await floor.post() for _ in range(30)]
        await floor.choose(NAMES[29], "offline")
        assert len([contact for contact in contacts if await floor.offered_to(contact)]) >= 20
        assert await floor.offered_to(special) is None
        await floor.engine.do(Due(most=1))
        assert await floor.offered_to(special) == "xenia"
