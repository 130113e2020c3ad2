"""Queues as those who run the floor see them, and how they kept their promise in the last half hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.domain.requirement import Requirement
from router.domain.waits import Waits
from router.engine.acts.agents import Connect, SetPresence
from router.service.recent import RecentWaits
from tests.helpers.floor import SUPERVISOR, as_agent, floor_on
from tests.helpers.scraping import floor_of
from tests.helpers.service import process_on, service_on

if TYPE_CHECKING:
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server
    from tests.helpers.service import Service

OPERATION = """
[queues]
private = { target_s = 40, late = { wait_s = 120, then = { overflow = "night" } } }
corporate = { target_s = 10 }
night = { target_s = 600, late = { wait_s = 120, then = "expire" } }
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private", "corporate"], media = ["voice"] }
vera = { queues = ["corporate"], media = ["voice"] }
"""


async def sign_in(service: Service, agent: str) -> None:
    engine, process = service.served.engine, service.served.process
    await engine.do(Connect(agent=agent, connection="desk", process=process))
    await engine.do(SetPresence(agent=agent, presence="available"), as_agent(agent))


async def queues(service: Service) -> dict[str, Any]:
    said = await (await service.caller("observer")).get("/queues")
    assert (said.status, said.body["next"]) == (200, None)
    assert [queue["id"] for queue in said.body["items"]] == ["private", "corporate", "night"]
    return {queue["id"]: queue for queue in said.body["items"]}


async def test_a_queue_shows_who_waits_and_who_could_serve(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        await sign_in(service, "boris")
        for number in range(3):
            await adapter.post("/contacts", {"channel": "phone", "external_id": str(number)})
        found = await queues(service)
        private, corporate = found["private"], found["corporate"]
        assert (private["waiting"], private["target_s"], private["objective"], private["open"]) == (3, 40.0, 0.8, True)
        assert 0 <= private["longest_wait_s"] < 30
        assert (private["signed_in"], corporate["signed_in"]) == (1, 1)
        states = {state: count for state, count in private["agents"].items() if count}
        assert states == {"offline": 1, "reserved": 1}, "each agent who may take from it, Boris of both queues too"
        assert {state: count for state, count in corporate["agents"].items() if count} == states
        assert set(private["agents"]) == {
            "offline", "break", "idle", "reserved", "busy", "draining", "wrap_up", "not_responding",
        }  # fmt: skip
        assert (corporate["waiting"], corporate["longest_wait_s"], corporate["service_level"]) == (0, None, None)
        assert (private["notice"], private["overlay"]) == (None, None)
        one = await (await service.caller("agent", agent="anna")).get("/queues/corporate")
        assert (one.status, one.body) == (200, corporate)


async def test_there_is_no_other_queue_and_no_other_reader(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        said = await (await service.caller("admin")).get("/queues/sales")
        assert (said.status, said.code) == (404, "unknown_queue")
        said = await (await service.caller("adapter")).get("/queues")
        assert (said.status, said.code) == (403, "wrong_role")


async def test_the_service_level_is_counted_over_http_and_every_process_says_the_same(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, anna = await service.caller("adapter"), await service.caller("agent", agent="anna")
        await sign_in(service, "anna")
        with service.served.feed.listen(lambda event: event.type in {"contact.answered", "contact.abandoned"}) as heard:
            contact = (await adapter.post("/contacts", {"channel": "phone", "external_id": "1"})).body
            await anna.post(f"/offers/{contact['offer']}/accept")
            assert (await adapter.post(f"/contacts/{contact['id']}/connected")).status == 200
            gone = (await adapter.post("/contacts", {"channel": "phone", "external_id": "2"})).body
            await adapter.post(f"/contacts/{gone['id']}/left")
            events = await heard.next()
            while len(events) < 2:
                events += await heard.next()
        private = (await queues(service))["private"]
        assert private["service_level"] == 1.0, "who left within the target was not let down"
        assert private["recent"] == {
            "offered": 2,
            "answered": 1,
            "answered_in_target": 1,
            "abandoned": 1,
            "abandoned_in_target": 1,
            "flowed_out": 0,
            "expired": 0,
            "replied": 0,
            "average_reply_s": None,
            "average_speed_of_answer_s": 0.0,
        }
        async with process_on(server, service.served.engine.workspace) as other:
            assert (await queues(other))["private"]["recent"] == private["recent"]


async def test_a_queue_says_how_long_who_came_now_would_wait_and_how_long_the_answered_did(server: Server) -> None:
    async with service_on(server, OPERATION, pace=1) as service, floor_of(server, service) as floor:
        found = await queues(service)
        estimates = {name: (queue["estimated_wait_s"], queue["estimated_wait_reason"]) for name, queue in found.items()}
        assert estimates == dict.fromkeys(found, (None, "nobody_signed_in"))
        waiting = await floor.post()
        await floor.advance(20)
        await floor.sign_in("anna")
        with service.served.feed.listen(lambda event: event.type == "contact.answered") as heard:
            await floor.talk(waiting)
            await heard.next()
        private = (await queues(service))["private"]
        assert private["recent"]["average_speed_of_answer_s"] == 20
        assert (private["estimated_wait_s"], private["estimated_wait_reason"]) == (None, "too_little_data")
        await floor.complete(waiting)
        await floor.advance(1.001)
        private = (await queues(service))["private"]
        assert (private["estimated_wait_s"], private["estimated_wait_reason"]) == ([0, 0], None)


async def seeded(floor: Floor) -> RecentWaits:
    """What a process that starts now knows."""
    recent = RecentWaits(floor.engine)
    await recent.seed(len(await floor.events()))
    return recent


async def test_every_end_of_a_wait_counts_for_the_queue_that_it_was_in(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.serve(await floor.post())  # answered in target
        nobodys = Requirement(agents=("vera",))
        late = await floor.post(requirement=nobodys)
        await floor.advance(41)
        await floor.leave(late)  # abandoned after the target
        await floor.leave(await floor.post(requirement=nobodys))  # abandoned within it
        await floor.contacts.transfer((await floor.post(requirement=nobodys)).id, SUPERVISOR, queue="corporate")
        await floor.post(requirement=nobodys)
        await floor.advance(240)  # overflows to the night, where it is too late again
        recent = await seeded(floor)
        private = recent.of("private", floor.now)
        assert private == Waits(
            answered=1, answered_in_target=1, abandoned=2, abandoned_in_target=1, flowed_out=2, expired=0
        )
        assert (private.offered, private.service_level) == (5, 1 / 4)
        assert recent.of("night", floor.now) == Waits(expired=1)
        assert recent.of("corporate", floor.now) == Waits()
        assert recent.of("corporate", floor.now).service_level is None


async def test_what_is_half_an_hour_old_no_longer_counts(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.leave(await floor.post())
        await floor.advance(1_700, router_lives=False)
        await floor.leave(await floor.post())
        recent = await seeded(floor)
        assert recent.of("private", floor.now).abandoned == 2
        floor.jump(120)
        assert recent.of("private", floor.now).abandoned == 1
        await floor.leave(await floor.post())
        assert (await seeded(floor)).of("private", floor.now).abandoned == 2
