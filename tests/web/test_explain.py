"""Why a contact waits, as the wire says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.engine.acts.agents import Connect, SetPresence
from tests.helpers.floor import as_agent
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[skills]
corporate = "serves business customers"
[queues.corporate]
target_s = 10
needs.skills.corporate = 3
steps = [{ after_s = 30, skills.corporate = 1 }]
reserve = { skill = "corporate", agents = 1 }
[queues.private]
target_s = 40
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
queue = "private"
[agents]
inna = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 9 }
kirill = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 9 }
nina = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 1 }
"""


async def test_it_names_the_reserve_and_the_moments_in_the_contracts_form(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, engine = await service.caller("adapter"), service.served.engine
        for agent in ("inna", "kirill", "nina"):
            await engine.do(Connect(agent=agent, connection="desk", process=service.served.process))
            await engine.do(SetPresence(agent=agent, presence="available"), as_agent(agent))
        for number in range(2):
            await adapter.post("/contacts", {"channel": "phone", "external_id": str(number)})
        contact = (await adapter.post("/contacts", {"channel": "phone", "external_id": "last"})).body
        said = await adapter.get(f"/contacts/{contact['id']}/explain")
        assert said.status == 200
        nothing: dict[str, Any] = {"skills": {}, "powers": {}, "teams": [], "agents": []}
        assert {name: said.body[name] for name in ("contact", "state", "queue", "waits_for", "before")} == {
            "contact": contact["id"],
            "state": "queued",
            "queue": "private",
            "waits_for": "agent",
            "before": 0,
        }
        assert said.body["requirement"] == nothing
        (coming,) = said.body["next"]
        assert (coming["what"], coming["requirement"], coming["queue"]) == ("yield", nothing, None)
        assert coming["at"] > contact["queued_at"]
        (kept,) = [obstacle for obstacle in said.body["agents"] if obstacle["reason"] == "reserved"]
        expected: dict[str, Any] = {
            "agent": kept["agent"],
            "reason": "reserved",
            "remedy": "free_carriers",
            "contacts": [],
            "until": coming["at"],
            "reserve": "corporate",
        }
        assert kept == expected
        busy = [obstacle for obstacle in said.body["agents"] if obstacle["reason"] == "offered"]
        assert {len(obstacle["contacts"]) for obstacle in busy} == {1}
        assert {obstacle["until"] for obstacle in busy} == {None}


async def test_a_step_is_announced_with_what_it_asks_for(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        body = {"channel": "phone", "external_id": "1", "customer": {"type": "corporate"}}
        contact = (await adapter.post("/contacts", body)).body
        said = (await adapter.get(f"/contacts/{contact['id']}/explain")).body
        assert [(coming["what"], coming["requirement"]["skills"]) for coming in said["next"]] == [
            ("step", {"corporate": 1})
        ]
        assert {(obstacle["reason"], obstacle["remedy"]) for obstacle in said["agents"]} == {
            ("offline", "choose_available")
        }
        other = await service.caller("adapter", channel="telegram")
        assert (await other.get(f"/contacts/{contact['id']}/explain")).code == "unknown_contact"
