"""A contact's story: all its events and nobody else's, however much happened between them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.agents import SetPresence
from router.engine.acts.reading import GetMoment
from router.engine.stream import read_events
from router.service import feed
from tests.helpers.adapter import arrive
from tests.helpers.desk import desk_at_work
from tests.helpers.floor import as_agent
from tests.helpers.service import service_on
from tests.web.test_events import OPERATION, happen, trim

if TYPE_CHECKING:
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service


async def pages(reader: Caller, contact: str, limit: int, after: int | None = None) -> list[list[Any]]:
    """All pages of a contact's story."""
    found: list[list[Any]] = []
    while True:
        query = f"limit={limit}" + ("" if after is None else f"&after={after}")
        said = await reader.get(f"/contacts/{contact}/events?{query}")
        assert said.status == 200, said.body
        found.append(said.body["items"])
        if (after := said.body["next"]) is None:
            return found


async def his(service: Service, contact: str) -> list[int]:
    """The numbers of a contact's events, of all that there are."""
    engine, found, after = service.served.engine, list[int](), 0
    while events := await read_events(engine.connection, engine.workspace, after):
        found += [event.seq for event in events if event.contact == contact]
        after = events[-1].seq
    return found


async def served(service: Service, adapter: Caller, number: str) -> str:
    """A contact that somebody served; its id."""
    async with desk_at_work(service, "anna") as desk:
        await arrive(adapter, number)
        offer = (await desk.frame("offer"))["offer"]
        contact = (await desk.ask("accept", offer=offer["id"]))["body"]["id"]
        await adapter.post(f"/contacts/{contact}/connected")
        await desk.ask("complete", contact=contact)
        await desk.ask("ready")
        await desk.ask("presence", presence="break")
    return contact


async def test_it_is_whole_and_in_order(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "LOOKED_AT", 7)
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await happen(adapter, 3)
        contact = await served(service, adapter, "his")
        await happen(adapter, 9, "later")
        await adapter.post(f"/contacts/{contact}/rating", {"score": 5})
        await happen(adapter, 9, "last")
        whole = await his(service, contact)
        for limit in (1, 2, len(whole), len(whole) + 1):
            found = await pages(observer, contact, limit)
            assert [event["seq"] for page in found for event in page] == whole, limit
            assert max(map(len, found)) <= limit
        told = [event for page in await pages(observer, contact, 100) for event in page]
        assert {event["contact"] for event in told} == {contact}
        types = [event["type"] for event in told]
        assert (types[0], types[-1]) == ("contact.queued", "contact.rated")
        assert {"offer.made", "offer.acknowledged", "contact.assigned", "contact.answered", "contact.closed"} <= {
            *types
        }
        rest = await pages(observer, contact, 100, after=whole[2])
        assert [event["seq"] for page in rest for event in page] == whole[3:]
        assert next(event for event in told if event["type"] == "contact.assigned")["by"] == {
            "role": "agent",
            "id": "anna",
        }


@pytest.mark.timeout(120)
async def test_twenty_thousand_events_of_others_are_passed_over(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        engine, anna = service.served.engine, as_agent("anna")
        contact = (await arrive(adapter))["id"]
        to_and_fro = (SetPresence(agent="anna", presence="break"), SetPresence(agent="anna", presence="available"))
        while (await engine.do(GetMoment())).seq < feed.LOOKED_AT + 2_000:
            await asyncio.gather(*(engine.do(act, anna) for act in to_and_fro * 100))
        await adapter.post(f"/contacts/{contact}/left")
        (first, *rest) = await pages(observer, contact, 100)
        assert len(rest) >= 1
        assert [event["type"] for event in first] == ["contact.queued"]
        assert [event["seq"] for page in (first, *rest) for event in page] == await his(service, contact)
        assert rest[-1][-1]["type"] == "contact.abandoned"


async def test_of_what_is_no_longer_kept_the_rest_is_told(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        contact = await served(service, adapter, "his")
        whole = await his(service, contact)
        await trim(service, whole[2])
        (left,) = await pages(observer, contact, 100)
        assert [event["seq"] for event in left] == whole[2:]
        said = await observer.get(f"/contacts/{contact}/events?after=99999")
        assert (said.status, said.code) == (410, "events_trimmed")
        said = await observer.get("/contacts/none/events")
        assert (said.status, said.code) == (404, "unknown_contact")
        assert (await observer.get(f"/contacts/{contact}/events?limit=1001")).code == "malformed"
