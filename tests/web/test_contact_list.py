"""The list of contacts: every one stands on one page, of all that the caller may see and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.engine.acts.agents import Connect, SetPresence
from router.engine.engine import SYSTEM
from router.service.listing import Listing, Wanted
from router.service.operations import apply_operation
from tests.helpers.floor import Floor, floor_on, operation_of
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
[queues.private]
target_s = 40
[queues.corporate]
target_s = 20
[[routes]]
queue = "private"
[media.voice]
answered_by = "accept"
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def pages(caller: Caller, query: str = "", limit: int = 50) -> list[list[dict[str, Any]]]:
    """All pages of a list."""
    found: list[list[dict[str, Any]]] = []
    after = ""
    while True:
        said = await caller.get(f"/contacts?limit={limit}{query}{after}")
        assert said.status == 200, said.body
        found.append(said.body["items"])
        if said.body["next"] is None:
            return found
        after = f"&after={said.body['next']}"


async def ids(caller: Caller, query: str = "", limit: int = 50) -> list[str]:
    """The external ids of a list, in its order."""
    return [item["external_id"] for page in await pages(caller, query, limit) for item in page]


async def arrive(adapter: Caller, external_id: str, **fields: Any) -> str:
    said = await adapter.post("/contacts", {"channel": "phone", "external_id": external_id, **fields})
    assert said.status == 201, said.body
    return said.body["id"]


async def talk(service: Service, external_id: str, adapter: Caller) -> str:
    """Anna takes a new contact."""
    anna = await sign_in(service)
    contact = await arrive(adapter, external_id)
    offered = await adapter.get(f"/contacts/{contact}")
    taken = await anna.post(f"/offers/{offered.body['offer']}/accept")
    assert taken.status == 200, taken.body
    return contact


async def sign_in(service: Service) -> Caller:
    await service.served.engine.do(Connect(agent="anna", connection="desk", process=service.served.process))
    await service.served.engine.do(SetPresence(agent="anna", presence="available"))
    return await service.caller("agent", agent="anna")


async def test_each_contact_stands_on_one_page_by_its_kind(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await talk(service, "talk", adapter)
        for number in range(3):
            contact = await arrive(adapter, f"ended {number}")
            await adapter.post(f"/contacts/{contact}/left")
        for number in range(4):
            await arrive(adapter, f"private {number}")
            await arrive(adapter, f"corporate {number}", queue="corporate")
        await arrive(adapter, "later", not_before="2999-01-01T00:00:00Z")
        expected = [
            *(f"corporate {number}" for number in range(4)),
            *(f"private {number}" for number in range(4)),
            "talk",
            "later",
            *(f"ended {number}" for number in (2, 1, 0)),
        ]
        for limit in (1, 2, 3, 5, 13, 50):
            assert await ids(observer, limit=limit) == expected, limit
            assert all(len(page) <= limit for page in await pages(observer, limit=limit))


async def test_what_is_asked_for_is_what_comes(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await talk(service, "talk", adapter)
        for number in range(3):
            gone = await arrive(adapter, f"gone {number}", customer={"id": f"c{number}"})
            await adapter.post(f"/contacts/{gone}/left")
        await arrive(adapter, "corporate", queue="corporate", customer={"id": "c1"})
        await arrive(adapter, "later", not_before="2999-01-01T00:00:00Z", customer={"id": "c1"})
        assert await ids(observer, "&state=queued") == ["corporate"]
        assert await ids(observer, "&state=assigned") == ["talk"]
        assert await ids(observer, "&state=scheduled") == ["later"]
        assert await ids(observer, "&state=abandoned") == ["gone 2", "gone 1", "gone 0"]
        assert await ids(observer, "&state=closed") == []
        assert await ids(observer, "&state=parked") == []
        assert await ids(observer, "&queue=corporate") == ["corporate"]
        assert await ids(observer, "&customer=c1") == ["later", "corporate", "gone 1"]
        assert await ids(observer, "&since=2999-01-01T00:00:00Z") == []
        assert len(await ids(observer, "&since=2020-01-01T00:00:00Z")) == 6


async def test_rated_contacts_are_found_by_their_score(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number, score in enumerate((5, 3, 5)):
            contact = await talk(service, f"rated {number}", adapter)
            await adapter.post(f"/contacts/{contact}/left")
            assert (await adapter.post(f"/contacts/{contact}/rating", {"score": score})).status == 200
        assert await ids(observer) == ["rated 2", "rated 1", "rated 0"]
        assert await ids(observer, "&rating=5") == ["rated 2", "rated 0"]
        assert await ids(observer, "&rating=3&state=closed") == ["rated 1"]
        assert await ids(observer, "&rating=3&state=queued") == []


async def test_everybody_sees_only_what_is_his(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        await arrive(adapter, "chat", channel="telegram", queue="corporate")
        await arrive(adapter, "branch", account="branch", queue="corporate")
        gone = await talk(service, "gone", adapter)
        await adapter.post(f"/contacts/{gone}/left")
        await adapter.post(
            f"/contacts/{await arrive(adapter, 'branch gone', account='branch', queue='corporate')}/cancel"
        )
        await talk(service, "talk", adapter)
        main = await service.caller("adapter", channel="phone", account="main")
        phone = await service.caller("adapter", channel="phone")
        anna = await service.caller("agent", agent="anna")
        boris = await service.caller("agent", agent="boris")
        assert set(await ids(adapter)) == {"chat", "branch", "gone", "branch gone", "talk"}
        assert await ids(main, limit=1) == ["talk", "gone"]
        assert set(await ids(phone)) == {"branch", "gone", "branch gone", "talk"}
        assert await ids(anna) == ["talk", "gone"]
        assert (await boris.get("/contacts")).code == "unknown_agent"


async def test_another_callers_cursor_shows_nothing_of_his(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number in range(3):
            await arrive(adapter, str(number))
        cursor = (await observer.get("/contacts?limit=1")).body["next"]
        anna = await service.caller("agent", agent="anna")
        elsewhere = await service.caller("adapter", channel="telegram")
        for caller in (anna, elsewhere):
            said = await caller.get(f"/contacts?after={cursor}")
            assert (said.status, said.body["items"]) == (200, [])
        main = await service.caller("adapter", channel="phone", account="main")
        cursor = (await main.get("/contacts?limit=1")).body["next"]
        assert (await observer.get(f"/contacts?after={cursor}")).code == "malformed"


async def test_a_queue_that_the_operation_has_no_more_still_shows_who_is_in_it(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        anna = await sign_in(service)
        contact = await arrive(adapter, "talk", queue="private")
        offer = (await adapter.get(f"/contacts/{contact}")).body["offer"]
        assert (await anna.post(f"/offers/{offer}/accept")).status == 200
        without = operation_of(OPERATION.replace("anna", "boris"))
        without = msgspec.structs.replace(without, workspace=service.served.engine.workspace)
        await apply_operation(service.served.engine, without, SYSTEM)
        await service.served.contacts.refresh()
        assert await ids(observer) == ["talk"], "the talk of one who is gone goes on"


async def listed(floor: Floor, most: int) -> list[str]:
    """The ids of all pages of all contacts."""
    listing, place, found = Listing(floor.engine, floor.current), None, list[str]()
    while True:
        page, place = await listing.page(Wanted(sees=lambda _contact: True), place, most)
        assert len(page) <= most
        found += [contact.id for _answer, contact in page]
        if place is None:
            return found


async def test_contacts_of_the_same_moment_stand_on_one_page_each(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        waiting = [(await floor.post()).id for _ in range(25)]
        ended = [(await floor.leave(await floor.post())).id for _ in range(25)]
        for most in (1, 7, 12, 50):
            assert await listed(floor, most) == [*waiting, *reversed(ended)], most


async def test_who_waits_in_a_queue_that_is_gone_is_shown_before_he_is_routed_anew(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post(queue="corporate")
        await floor.apply(OPERATION.replace("[queues.corporate]\ntarget_s = 20\n", ""), applier_dies=True)
        assert (await floor.contact(contact)).queue == "corporate"
        assert await listed(floor, 50) == [contact.id]


async def test_a_page_has_its_cost_however_few_are_wanted(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number in range(1200):
            await arrive(adapter, str(number))
        await arrive(adapter, "first in turn, last by arrival", priority=10)
        await sign_in(service)
        assert [len(page) for page in await pages(observer, "&state=offered")] == [0, 1]


async def test_a_customers_contacts_cost_no_more_than_they_are(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number in range(30):
            contact = await arrive(adapter, f"his {number}", customer={"id": "c1"})
            if number % 2:
                await adapter.post(f"/contacts/{contact}/left")
        for number in range(1000):
            await arrive(adapter, str(number))
        found = await pages(observer, "&customer=c1", limit=20)
        assert [item["external_id"] for page in found for item in page] == [f"his {n}" for n in reversed(range(30))]
        assert [len(page) for page in found] == [20, 10]
        assert len(await ids(observer, "&customer=c1&state=queued")) == 15
        assert await ids(observer, "&customer=c2") == []


async def test_nonsense_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        observer = await service.caller("observer")
        for query in (
            "state=waiting", "limit=0", "limit=201", "limit=x", "rating=6", "since=yesterday",
            "since=2026-01-01T00:00:00", "after=x", "after=%C3%A4", "after=kwEC", "surprise=1", "queue=",
            "limit=1&limit=2",
        ):  # fmt: skip
            said = await observer.get(f"/contacts?{query}")
            assert (said.status, said.code) == (400, "malformed"), query
