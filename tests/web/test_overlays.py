"""A supervisor changes queues and agents while the router runs, on top of the operation's file."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.domain.hours import Schedule
from router.domain.wire.moment import moment
from router.engine.acts.agents import Connect, SetPresence
from router.engine.acts.reading import GetMoment
from router.engine.engine import SYSTEM
from router.kit.clock import SystemClock
from router.service.operations import apply_operation
from tests.helpers.floor import as_agent, operation_of
from tests.helpers.service import process_on, service_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.operation import Operation
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

LATER = moment(SystemClock().wall_ms() + 86_400_000)

OPERATION = """
[skills]
english = "speaks English"
[queues]
private = { target_s = 40 }
corporate = { target_s = 10, closed = { then = { overflow = "private" } } }
letters = { target_s = 600, closed = { then = "wait" } }
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], phone = "1001" }
boris = { queues = ["private"], media = ["voice"], skills.english = 1 }
"""


numbers = count()


async def post(adapter: Caller, queue: str = "private", **fields: Any) -> Any:
    body = {"channel": "phone", "external_id": str(next(numbers)), "queue": queue, **fields}
    said = await adapter.post("/contacts", body)
    assert said.status == 201
    return said.body


async def comes_true(service: Service, holds: Callable[[], object]) -> None:
    """Wait until something holds in a process, in calls to the store."""
    async with asyncio.timeout(10):
        while not holds():
            await service.served.engine.do(GetMoment())


def loaded(service: Service, text: str) -> Operation:
    return msgspec.structs.replace(operation_of(text), workspace=service.served.engine.workspace)


def soon(service: Service, seconds: float) -> str:
    return moment(service.served.wall_ms() + 1000 * seconds)


# Queues


async def test_a_queue_that_is_closed_turns_new_contacts_away_and_opens_again_at_its_time(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, adapter = await service.caller("supervisor"), await service.caller("adapter")
        waiting = await post(adapter)
        said = await supervisor.patch("/queues/private", {"open": False, "notice": "A fault"})
        assert (said.status, said.body["open"], said.body["notice"]) == (200, False, "A fault")
        assert (await post(adapter))["state"] == "rejected"
        assert (await adapter.get(f"/contacts/{waiting['id']}")).body["state"] == "queued", "who waits is served"
        until = soon(service, 1.5)
        overlay = (await supervisor.patch("/queues/private", {"until": until})).body["overlay"]
        assert (overlay["open"], overlay["until"], overlay["by"]["role"]) == (False, until, "supervisor")
        await comes_true(service, lambda: not service.served.current.overlays.queues)
        assert moment(service.served.wall_ms()) >= until
        assert (await post(adapter))["state"] == "queued"
        again = (await supervisor.get("/queues/private")).body
        assert (again["open"], again["notice"], again["overlay"]) == (True, None, None)


async def test_its_closed_action_decides_and_null_opens_it_again(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, adapter = await service.caller("supervisor"), await service.caller("adapter")
        await supervisor.patch("/queues/corporate", {"open": False})
        assert (await post(adapter, "corporate"))["queue"] == "private"
        await supervisor.patch("/queues/corporate", {"open": None})
        assert (await post(adapter, "corporate"))["queue"] == "corporate"


async def test_who_may_wait_for_the_opening_is_there_when_it_comes(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, adapter = await service.caller("supervisor"), await service.caller("adapter")
        until = soon(service, 2)
        await supervisor.patch("/queues/letters", {"open": False, "until": until})
        contact = await post(adapter, "letters")
        assert (contact["state"], contact["not_before"]) == ("scheduled", until)
        with service.served.feed.listen(lambda event: event.contact == contact["id"]) as heard:
            async with asyncio.timeout(10):
                assert (await heard.next())[0].type == "contact.queued"


async def test_a_queue_can_be_opened_whatever_its_hours_say(server: Server) -> None:
    text = OPERATION.replace("target_s = 40", 'target_s = 40, hours = "never"')
    hours = '[hours]\nnever = { mon = ["00:00-00:01"] }\n'
    operation = operation_of(text.replace("[queues]", hours + "[queues]"))
    shut = msgspec.structs.replace(operation, hours={"never": Schedule("UTC", ((),) * 7)}, workspace="opened")
    async with process_on(server, shut) as service:
        supervisor, adapter = await service.caller("supervisor"), await service.caller("adapter")
        assert (await post(adapter))["state"] == "rejected"
        assert (await supervisor.patch("/queues/private", {"open": True})).body["open"] is True
        assert (await post(adapter))["state"] == "queued"
        assert (await supervisor.patch("/queues/private", {"open": None})).body["open"] is False
        assert (await post(adapter))["state"] == "rejected"


async def test_what_is_left_out_stays_and_what_is_null_ends(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, admin = await service.caller("supervisor"), await service.caller("admin")
        await supervisor.patch("/queues/private", {"open": False, "until": soon(service, 600)})
        said = (await admin.patch("/queues/private", {"notice": "A fault"})).body["overlay"]
        assert (said["open"], said["notice"], said["by"]["role"]) == (False, "A fault", "admin")
        assert said["until"] is not None
        said = (await supervisor.patch("/queues/private", {"open": None, "until": None})).body["overlay"]
        assert (said["open"], said["notice"], said["until"]) == (None, "A fault", None)
        said = (await supervisor.patch("/queues/private", {"notice": None})).body
        assert (said["overlay"], said["notice"], said["open"]) == (None, None, True)


# Agents


async def sign_in(service: Service, agent: str) -> None:
    engine, process = service.served.engine, service.served.process
    await engine.do(Connect(agent=agent, connection="desk", process=process))
    await engine.do(SetPresence(agent=agent, presence="available"), as_agent(agent))


async def test_who_is_given_a_skill_gets_the_contact_that_waits_for_it(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, adapter = await service.caller("supervisor"), await service.caller("adapter")
        await sign_in(service, "anna")
        contact = await post(adapter, requirement={"skills": {"english": 1}})
        assert contact["state"] == "queued"
        said = await supervisor.patch("/agents/anna", {"skills": {"english": 4}, "phone": "1002"})
        assert (said.status, said.body["skills"], said.body["device"]["address"]) == (200, {"english": 4}, "1002")
        assert said.body["overlay"]["skills"] == {"english": 4}
        found = (await adapter.get(f"/contacts/{contact['id']}")).body
        assert (found["state"], found["agent"]) == ("offered", "anna")
        said = await supervisor.patch("/agents/anna", {"skills": None, "phone": None})
        assert (said.body["skills"], said.body["device"]["address"], said.body["overlay"]) == ({}, "1001", None)


async def test_it_ends_at_its_time_for_an_agent_too(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor = await service.caller("supervisor")
        said = await supervisor.patch("/agents/boris", {"queues": ["corporate"], "until": soon(service, 1.5)})
        assert said.body["queues"] == ["corporate"]
        await comes_true(service, lambda: not service.served.current.overlays.agents)
        assert service.served.current.operation.agents["boris"].queues == ("private",)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/agents/anna", {"queues": ["privat"]}, 'did you mean "private"?'),
        ("/agents/anna", {"media": ["fax"]}, "fax"),
        ("/agents/anna", {"skills": {"french": 3}}, "french"),
        ("/agents/anna", {"skills": {"english": 11}}, "skills"),
        ("/agents/anna", {"skills": {"english": 0}}, "english"),
        ("/agents/anna", {"powers": {"refund": 5}}, "refund"),
        ("/agents/anna", {"name": "Anna"}, "name"),
        ("/agents/anna", {"phone": "1002", "until": "2020-01-01T00:00:00Z"}, "past"),
        ("/agents/anna", {"until": LATER}, "no change"),
        ("/agents/anna", {"phone": "1002", "until": "9999-12-31T23:59:59-12:00"}, "year"),
        ("/queues/private", {"open": False, "until": "2020-01-01T00:00:00Z"}, "past"),
        ("/queues/private", {"until": "2030-01-01T00:00:00"}, "until"),
        ("/queues/private", {"open": "no"}, "open"),
        ("/queues/private", {"notice": ""}, "notice"),
    ],
)
async def test_what_the_file_could_not_say_is_refused_and_named(
    server: Server, path: str, body: Any, said: str
) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor = await service.caller("supervisor")
        answer = await supervisor.patch(path, body)
        assert (answer.status, answer.code) == (400, "malformed")
        assert said in answer.body["detail"]
        assert service.served.current.revision == 1, "nothing was stored"


async def test_only_what_there_is_can_be_changed_and_only_by_those_who_may(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor = await service.caller("supervisor")
        assert (await supervisor.patch("/agents/zoe", {"phone": "1"})).code == "unknown_agent"
        assert (await supervisor.patch("/queues/sales", {"open": False})).code == "unknown_queue"
        others = [await service.caller("agent", agent="anna")]
        others += [await service.caller("observer"), await service.caller("adapter")]
        for other in others:
            assert (await other.patch("/agents/anna", {"phone": "1"})).code == "wrong_role"
            assert (await other.patch("/queues/private", {"open": False})).code == "wrong_role"


# The file, and other processes


async def test_it_survives_another_operation_and_its_process_unless_they_are_reset(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, engine = await service.caller("supervisor"), service.served.engine
        await supervisor.patch("/queues/private", {"open": False})
        await supervisor.patch("/agents/boris", {"phone": "1007", "queues": ["corporate"]})
        other = loaded(service, OPERATION.replace("target_s = 40", "target_s = 30").replace("corporate =", "vip ="))
        current = await apply_operation(engine, other, SYSTEM)
        assert (current.base, current.is_of(other)) == (other, True)
        boris = current.operation.agents["boris"]
        assert (boris.phone, boris.queues) == ("1007", ("private",)), "what no longer fits has ended"
        async with process_on(server, other) as restarted:
            assert restarted.served.current.revision == current.revision, "the file is in force already"
            answer = await (await restarted.caller("observer")).get("/queues/private")
            assert (answer.body["open"], answer.body["target_s"]) == (False, 30.0)
            assert (await post(await restarted.caller("adapter")))["state"] == "rejected"
        current = await apply_operation(engine, other, SYSTEM, reset=True)
        assert current.operation == other
        await comes_true(service, lambda: not service.served.current.overlays.queues)
        assert (await post(await service.caller("adapter")))["state"] == "queued"


async def test_what_one_process_is_told_the_others_know(server: Server) -> None:
    async with (
        service_on(server, OPERATION) as service,
        process_on(server, service.served.engine.workspace) as other,
    ):
        supervisor = await service.caller("supervisor")
        await supervisor.patch("/queues/private", {"notice": "A fault"})
        await comes_true(other, lambda: "private" in other.served.current.overlays.queues)
        answer = await (await other.caller("observer")).get("/queues/private")
        assert answer.body["notice"] == "A fault"


async def test_changes_at_the_same_time_are_all_kept(server: Server) -> None:
    async with (
        service_on(server, OPERATION) as service,
        process_on(server, service.served.engine.workspace) as other,
    ):
        callers = [await service.caller("supervisor"), await other.caller("supervisor")]
        said = await asyncio.gather(
            callers[0].patch("/agents/anna", {"phone": "2001"}),
            callers[1].patch("/agents/boris", {"phone": "2002"}),
            callers[0].patch("/queues/private", {"notice": "A fault"}),
            callers[1].patch("/queues/corporate", {"open": False}),
        )
        assert {answer.status for answer in said} == {200}
        await service.served.current.reload(service.served.engine)
        overlays = service.served.current.overlays
        assert (set(overlays.agents), set(overlays.queues)) == ({"anna", "boris"}, {"private", "corporate"})
