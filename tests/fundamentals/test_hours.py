"""A queue keeps its hours at the door, by the clock on the wall of its own zone; nobody inside is touched by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from router.engine.acts.contacts import Requeue
from router.engine.acts.reading import GetQueue
from router.service.operations import set_hours
from tests.helpers.floor import SUPERVISOR, Floor, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
timezone = "Europe/Berlin"
[hours]
office = { mon-fri = ["09:00-13:00", "14:00-18:00"], sun = ["02:30-04:00", "09:00-10:00"], closed = [2027-01-01] }
[queues]
office = { target_s = 40, hours = "office", closed = { then = CLOSED } }
always.target_s = 40
[[routes]]
queue = "office"
[agents]
anna = { queues = ["office", "always"], media = ["voice"] }
"""
REJECT, WAIT = OPERATION.replace("CLOSED", '"reject"'), OPERATION.replace("CLOSED", '"wait"')
OVERFLOW = OPERATION.replace("CLOSED", '{ overflow = "always" }')


def utc(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


async def pass_until(floor: Floor, text: str) -> None:
    await floor.advance((utc(text) - floor.now) / 1000, router_lives=False)


MONDAY_NOON = utc("2026-11-23 11:00")  # 12:00 in Berlin
MONDAY_NIGHT = utc("2026-11-23 22:00")


async def test_an_open_queue_takes_contacts(server: Server) -> None:
    async with floor_on(server, REJECT, start_ms=MONDAY_NOON) as floor:
        assert (await floor.post()).state == "queued"


async def test_a_closed_queue_rejects_with_its_reason(server: Server) -> None:
    async with floor_on(server, REJECT, start_ms=MONDAY_NIGHT) as floor:
        rejected = await floor.post()
        assert (rejected.state, rejected.outcome) == ("rejected", "rejected")
        (event,) = await floor.events("contact.rejected")
        assert event.data["reason"] == "closed"


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-11-23 07:59:59.999", "rejected"),
        ("2026-11-23 08:00", "queued"),
        ("2026-11-23 11:59:59.999", "queued"),
        ("2026-11-23 12:00", "rejected"),
        ("2026-11-23 13:00", "queued"),
        ("2026-11-23 17:00", "rejected"),
        ("2026-11-28 10:00", "rejected"),
        ("2026-12-31 10:00", "queued"),
        ("2027-01-01 10:00", "rejected"),
    ],
)
async def test_it_opens_and_closes_at_the_moment(server: Server, moment: str, state: str) -> None:
    async with floor_on(server, REJECT, start_ms=utc("2026-11-23 04:00")) as floor:
        await pass_until(floor, moment)
        assert (await floor.post()).state == state


async def test_a_closed_queue_may_send_contacts_elsewhere(server: Server) -> None:
    async with floor_on(server, OVERFLOW, start_ms=MONDAY_NIGHT) as floor:
        contact = await floor.post()
        assert (contact.queue, contact.state) == ("always", "queued")
        assert [event.data["reason"] for event in await floor.events("contact.overflowed")] == ["closed"]


async def test_it_may_let_them_wait_for_the_opening(server: Server) -> None:
    async with floor_on(server, WAIT, start_ms=MONDAY_NIGHT) as floor:
        await floor.sign_in("anna")
        await floor.connect("anna", hold_s=86_400)
        contact = await floor.post()
        opening = utc("2026-11-24 08:00")
        assert (contact.state, contact.not_before) == ("scheduled", opening)
        await floor.advance((opening - floor.now) / 1000 - 0.001, router_lives=False)
        assert (await floor.contact(contact)).state == "scheduled"
        await floor.advance(0.001, router_lives=False)
        opened = await floor.contact(contact)
        assert (opened.state, opened.agent, opened.queued_at) == ("offered", "anna", opening)


async def test_a_wait_counts_open_time_only(server: Server) -> None:
    async with floor_on(server, WAIT, start_ms=MONDAY_NIGHT) as floor:
        contact = await floor.post()
        await pass_until(floor, "2026-11-24 08:00:30")
        await floor.sign_in("anna")
        assert (await floor.talk(contact)).waited == 30_000
        assert await floor.events("contact.target_missed") == []


async def test_who_waited_for_the_opening_is_served_in_the_order_of_coming(server: Server) -> None:
    async with floor_on(server, WAIT, start_ms=MONDAY_NIGHT) as floor:
        contacts = [await floor.post() for _ in range(3)]
        await pass_until(floor, "2026-11-24 08:00")
        assert [await floor.place(contact) for contact in contacts] == [1, 2, 3]


@pytest.mark.parametrize(
    ("before", "opening"),
    [
        # Clocks go forward from 02:00 to 03:00: half past two does not exist, the gap ends at 03:00 summer time.
        ("2027-03-27 22:00", "2027-03-28 01:00"),
        ("2027-03-28 02:00", "2027-03-28 07:00"),
        # Clocks go back from 03:00 to 02:00: half past two comes twice, the first counts.
        ("2027-10-30 22:00", "2027-10-31 00:30"),
        ("2027-10-31 03:00", "2027-10-31 08:00"),
    ],
)
async def test_the_opening_is_right_where_clocks_change(server: Server, before: str, opening: str) -> None:
    async with floor_on(server, WAIT, start_ms=utc(before)) as floor:
        contact = await floor.post()
        assert contact.not_before == utc(opening)
        await pass_until(floor, opening)
        assert (await floor.contact(contact)).state == "queued"


async def test_a_contact_for_later_whose_time_comes_while_it_is_closed_waits_for_the_opening(server: Server) -> None:
    async with floor_on(server, WAIT, start_ms=MONDAY_NOON) as floor:
        contact = await floor.post(not_before=utc("2026-11-23 20:00"))
        assert contact.state == "scheduled"
        await pass_until(floor, "2026-11-23 20:00")
        put_off = await floor.contact(contact)
        assert (put_off.state, put_off.not_before) == ("scheduled", utc("2026-11-24 08:00"))
        await pass_until(floor, "2026-11-24 08:00")
        assert (await floor.contact(contact)).state == "queued"


async def test_who_is_in_when_it_closes_is_still_served(server: Server) -> None:
    async with floor_on(server, REJECT, start_ms=utc("2026-11-23 16:59")) as floor:
        contact = await floor.post()
        await pass_until(floor, "2026-11-23 17:01")
        assert (await floor.do(GetQueue(queue="office")))[3], "it is closed"
        await floor.sign_in("anna")
        assert await floor.offered_to(contact) == "anna"
        await floor.talk(contact)
        await floor.do(Requeue(contact=contact.id), SUPERVISOR)
        assert (await floor.contact(contact)).state == "queued"


async def test_hours_never_touch_an_agent(server: Server) -> None:
    async with floor_on(server, REJECT, start_ms=utc("2026-11-23 16:59")) as floor:
        await floor.sign_in("anna")
        await floor.connect("anna", hold_s=86_400)
        before = await floor.agent("anna")
        events = len(await floor.events())
        await floor.advance(16 * 3600, router_lives=False)
        assert await floor.agent("anna") == before
        assert len(await floor.events()) == events


async def test_where_the_known_hours_end_it_is_asked_again_every_hour(server: Server) -> None:
    """A router tells the workspace its hours for 90 days ahead; if none does for so long, still nobody is lost."""
    async with floor_on(server, WAIT, start_ms=MONDAY_NIGHT) as floor:
        await floor.advance(91 * 86_400, router_lives=False)
        contact = await floor.post()
        assert (contact.state, contact.not_before) == ("scheduled", floor.now + 3_600_000)
        await floor.advance(3_600, router_lives=False)
        assert (await floor.contact(contact)).not_before == floor.now + 3_600_000
        await pass_until(floor, "2027-02-23 11:30")
        await set_hours(floor.engine, floor.current.operation, floor.now)
        await floor.advance(7_200, router_lives=False)
        assert (await floor.contact(contact)).state == "queued"
