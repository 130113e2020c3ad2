"""The directory of customers: one at a time, or many from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.engine.acts.agents import Connect, SetPresence
from tests.helpers.floor import as_agent
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[queues]
private = { target_s = 40 }
corporate = { target_s = 10 }
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private", "corporate"], media = ["voice"] }
"""
IVAN = "/customers/%2B79131234567"
CALL = {"channel": "phone", "external_id": "1", "customer": {"id": "+79131234567"}}


async def test_what_the_directory_says_routes_the_next_contact(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        admin, adapter = await service.caller("admin"), await service.caller("adapter")
        said = await admin.put(IVAN, {"type": "corporate", "name": "Иван", "segment": "gold"})
        expected = {
            "id": "+79131234567",
            "type": "corporate",
            "name": "Иван",
            "language": None,
            "segment": "gold",
            "blocked": False,
            "last_agent": None,
        }
        assert (said.status, said.body) == (200, expected)
        contact = (await adapter.post("/contacts", CALL)).body
        assert (contact["queue"], contact["customer"]["name"]) == ("corporate", "Иван")
        said = await admin.put(IVAN, {"blocked": True})
        assert (said.body["type"], said.body["blocked"]) == (None, True), "it is all that is known now"
        blocked = (await adapter.post("/contacts", CALL | {"external_id": "2"})).body
        assert (blocked["state"], blocked["outcome"]) == ("rejected", "blocked")


async def test_it_tells_who_served_him_last(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor, adapter = await service.caller("supervisor"), await service.caller("adapter")
        anna, engine = await service.caller("agent", agent="anna"), service.served.engine
        await supervisor.put(IVAN, {})
        await engine.do(Connect(agent="anna", connection="desk", process=service.served.process))
        await engine.do(SetPresence(agent="anna", presence="available"), as_agent("anna"))
        contact = (await adapter.post("/contacts", CALL)).body
        await anna.post(f"/offers/{contact['offer']}/accept")
        await adapter.post(f"/contacts/{contact['id']}/connected")
        await anna.post(f"/contacts/{contact['id']}/complete")
        assert (await supervisor.get(IVAN)).body["last_agent"] == "anna"


async def test_who_is_deleted_is_unknown(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        admin = await service.caller("admin")
        await admin.put(IVAN, {"type": "corporate"})
        for _ in range(2):
            said = await admin.call("DELETE", IVAN)
            assert (said.status, said.body) == (204, b"")
        assert ((await admin.get(IVAN)).status, (await admin.get(IVAN)).code) == (404, "unknown_customer")
        contact = (await (await service.caller("adapter")).post("/contacts", CALL)).body
        assert contact["queue"] == "private"


async def test_a_file_is_imported_whole(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        admin = await service.caller("admin")
        lines = ["id,type,name,blocked", *(f"{number},corporate,Имя {number},{number % 2}" for number in range(1000))]
        said = await admin.post("/customers/import", "\n".join(lines).encode(), Content_Type="text/csv")
        assert (said.status, said.body) == (200, {"stored": 1000})
        found = (await admin.get("/customers/999")).body
        assert (found["type"], found["name"], found["blocked"]) == ("corporate", "Имя 999", True)


async def test_of_a_file_with_bad_lines_nothing_is_stored_and_each_is_named(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        admin = await service.caller("admin")
        content = b"id,type,blocked\n1,corporate,no\n,corporate,no\n3,corporate,perhaps\n4,corporate\n"
        said = await admin.post("/customers/import", content, Content_Type="text/csv")
        assert (said.status, said.code) == (400, "malformed")
        assert said.body["detail"].splitlines() == [
            "line 3: id: is missing",
            "line 4: blocked: must be true or false",
            "line 5: has 2 cells, not 3 as line 1",
        ]
        assert (await admin.get("/customers/1")).status == 404


async def test_a_file_may_be_larger_than_other_bodies_but_not_endless(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        admin = await service.caller("admin")
        large = b"id,name\n" + b"1," + b"\n" * 1024 * 1024
        assert (await admin.post("/customers/import", large, Content_Type="text/csv")).status == 200
        said = await admin.post("/customers/import", large * 10, Content_Type="text/csv")
        assert (said.status, said.code) == (413, "too_large")


@pytest.mark.parametrize("role", ["adapter", "observer", "agent"])
async def test_nobody_else_reads_or_writes_it(server: Server, role: str) -> None:
    async with service_on(server, OPERATION) as service:
        other = await service.caller(role, agent="anna" if role == "agent" else None)  # type: ignore[arg-type]
        said = [
            await other.get(IVAN),
            await other.put(IVAN, {}),
            await other.call("DELETE", IVAN),
            await other.post("/customers/import", b"id\n1\n"),
        ]
        assert {answer.code for answer in said} == {"wrong_role"}
