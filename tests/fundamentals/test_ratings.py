"""After a talk its customer is asked how it was: for three days, not twice a day, and not where he has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.engine.acts.contacts import Rate
from router.engine.acts.workspace import PutCustomer
from tests.helpers.floor import ADAPTER, floor_on, refused
from tests.helpers.threads import Thread, messages, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

DAY_S = 86_400
OPERATION = """
[queues.messages]
target_s = 60
ask_rating = true
says.ru = { rate = "Оцените нас" }
[queues.calls]
target_s = 60
[[routes]]
when.channel = "phone"
queue = "calls"
[[routes]]
queue = "messages"
[agents]
anna = { queues = ["messages", "calls"], media = ["chat", "voice"] }
"""


async def ended(floor: Floor, thread: Thread) -> Contact:
    """A conversation that was answered and completed."""
    contact = await floor.accept(await thread.write())
    await send(floor, contact)
    return await floor.complete(contact)


async def rate(floor: Floor, contact: Contact, score: int) -> Contact:
    return await floor.do(Rate(contact=contact.id, score=score), ADAPTER)


async def test_the_question_is_a_message_that_waits_to_be_sent(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await ended(floor, Thread(floor, "ivan"))
        assert contact.rating_until == floor.now + 3 * DAY_S * 1000
        question = (await messages(floor, contact))[-1]
        assert question.content is not None
        assert (question.kind, question.state, question.content.text) == ("rating", "queued", "Оцените нас")
        assert (await floor.story(contact))[-3:] == ["contact.closed", "contact.rating_asked", "message.queued"]


async def test_the_first_score_counts(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await ended(floor, Thread(floor, "ivan"))
        assert (await rate(floor, contact, 5)).rating == 5
        assert (await rate(floor, contact, 1)).rating == 5
        figures = await floor.figures()
        line = "messages|telegram|private"
        assert [figures[f"{name}|{line}"] for name in ("ratings_asked", "ratings", "ratings_five")] == [1, 1, 1]


async def test_after_72_hours_it_comes_too_late(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        one, other = [await ended(floor, Thread(floor, name=name)) for name in "12"]
        floor.jump(3 * DAY_S)
        await rate(floor, one, 4)
        floor.jump(0.001)
        with refused("too_late"):
            await rate(floor, other, 4)
        assert (await rate(floor, one, 4)).rating == 4, "said already"


async def test_one_customer_is_not_asked_twice_a_day(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor, "ivan")
        await ended(floor, thread)
        assert (await ended(floor, thread)).rating_until is None
        assert (await ended(floor, Thread(floor, "maria", name="43"))).rating_until is not None
        await floor.advance(DAY_S, router_lives=False)
        await floor.sign_in("anna")
        assert (await ended(floor, thread)).rating_until is not None


async def test_who_is_forgotten_was_never_asked(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor, "ivan")
        await ended(floor, thread)
        await floor.do(PutCustomer(customer="ivan", record=None))
        assert (await ended(floor, thread)).rating_until is not None


@pytest.mark.parametrize("why", ["not answered", "has left", "another queue", "too late to write"])
async def test_who_is_not_asked(server: Server, why: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        if why == "another queue":
            contact = await floor.complete(await floor.talk(await floor.post()))
        else:
            late = floor.now + 5000 if why == "too late to write" else None
            contact = await floor.accept(await Thread(floor).write(reply_until=late))
            if why != "not answered":
                await send(floor, contact)
            await floor.advance(10)
            contact = await (floor.leave if why == "has left" else floor.complete)(contact)
        assert contact.state == "closed"
        assert await floor.events("contact.rating_asked") == []


async def test_a_caller_is_asked_by_his_channel(server: Server) -> None:
    async with floor_on(
        server, OPERATION.replace("[[routes]]\nwhen.channel", "ask_rating = true\n[[routes]]\nwhen.channel")
    ) as floor:
        await floor.sign_in("anna")
        contact = await floor.complete(await floor.talk(await floor.post()))
        assert contact.rating_until is not None
        assert contact.messages is None
