"""The waits that the figures are made of: how long, whose, and in which target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.engine.acts.contacts import ConnectFailed, Requeue
from tests.helpers.floor import ADAPTER, as_agent, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[queues]
private = { target_s = 40, late = { wait_s = 90, then = { overflow = "second" } } }
second = { target_s = 40 }
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private", "second"], media = ["voice"] }
"""


@pytest.mark.parametrize(("target_s", "in_target"), [(20, "false"), (60, "true")])
async def test_a_wait_is_judged_by_the_target_in_force_when_it_ends(
    server: Server, target_s: int, in_target: str
) -> None:
    """Whichever it began under, and whether or not that one had passed."""
    async with floor_on(server, OPERATION) as floor:
        answered, abandoned = await floor.post(), await floor.post()
        await floor.advance(50)
        await floor.apply(OPERATION.replace("target_s = 40, late", f"target_s = {target_s}, late"))
        await floor.sign_in("anna")
        await floor.talk(answered)
        await floor.leave(abandoned)
        figures = await floor.figures()
        assert figures[f"answered|private|phone|private|{in_target}"] == 1
        assert figures[f"abandoned|private|phone|private|{in_target}|false"] == 1
        assert figures["target_missed|private|phone|private"] == 2, "what was missed stays so"


async def test_a_wait_goes_on_through_whatever_failed_in_it(server: Server) -> None:
    """Declined, given back and not connected: the customer knows of one wait, and so does the average."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.advance(2)
        await floor.decline(contact)
        await floor.advance(30)
        await floor.accept(contact)
        await floor.do(Requeue(contact=contact.id), as_agent("anna"))
        await floor.advance(30)
        await floor.accept(contact)
        await floor.advance(1)
        await floor.do(ConnectFailed(contact=contact.id, reason="channel"), ADAPTER)
        await floor.sign_in("boris")
        await floor.talk(contact)
        figures = await floor.figures()
        assert figures["wait_answered|private|phone|sum"] == 63_000
        assert figures["answered|private|phone|private|false"] == 1
        assert figures["offered|private|phone|private"] == 1
        (event,) = await floor.events("contact.answered")
        assert event.agent == "boris", "who answers has answered, not who had it before"


async def test_each_wait_is_counted_where_it_was_and_the_contact_has_them_all(server: Server) -> None:
    """On its way to the second queue, in it, and again after a talk that was cut short."""
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.advance(90)
        await floor.advance(10)
        await floor.sign_in("boris")
        await floor.talk(contact)
        await floor.advance(20)
        await floor.do(Requeue(contact=contact.id), as_agent("boris"))
        await floor.advance(30)
        await floor.talk(contact)
        await floor.complete(contact)
        figures = await floor.figures()
        assert figures["flowed_out|private|phone|private|late"] == 1
        assert "wait_answered|private|phone|sum" not in figures, "nobody was answered there"
        assert figures["wait_answered|second|phone|sum"] == 10_000 + 30_000
        assert figures["answered|second|phone|private|true"] == figures["offered|second|phone|private"] == 2
        assert (await floor.contact(contact)).waited == 130_000
        (event,) = await floor.events("contact.closed")
        assert event.data["waited"] == 130_000
