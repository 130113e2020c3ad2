"""Agents over HTTP: who sees and moves whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.helpers.desk import desk_at_work
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[powers]
refund = "EUR"
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
vera = { queues = ["private"], media = ["voice"] }
anna = { name = "Анна Белова", queues = ["private"], media = ["voice"], phone = "PJSIP/1001", powers.refund = 300 }
boris = { queues = ["private"], media = ["voice"] }
"""


async def test_agents_are_listed_in_the_operations_order(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        for role in ("supervisor", "observer", "admin"):
            caller = await service.caller(role)
            said = await caller.get("/agents")
            assert (said.status, said.body["next"]) == (200, None)
            assert [agent["id"] for agent in said.body["items"]] == ["vera", "anna", "boris"]
        anna = said.body["items"][1]
        assert (anna["name"], anna["queues"], anna["media"]) == ("Анна Белова", ["private"], ["voice"])
        assert anna["powers"] == {"refund": 300}
        assert (anna["device"]["address"], anna["device"]["state"]) == ("PJSIP/1001", None)
        assert (anna["presence"], anna["state"], anna["connections"], anna["contacts"]) == ("offline", "offline", 0, [])


async def test_an_agent_sees_and_moves_only_himself(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        assert (await anna.get("/agents/anna")).body["id"] == "anna"
        assert (await anna.get("/agents")).code == "wrong_role"
        for method, path, body in (
            ("GET", "/agents/boris", None),
            ("GET", "/agents/boris/work", None),
            ("PUT", "/agents/boris/presence", {"presence": "available"}),
            ("POST", "/agents/boris/ready", {}),
        ):
            said = await anna.call(method, path, body)
            assert (said.status, said.code) == (404, "unknown_agent"), path
        said = await anna.put("/agents/anna/device", {"address": "PJSIP/1001", "state": "idle"})
        assert (said.status, said.code) == (403, "wrong_role")


async def test_presence_is_chosen_now_or_after_the_present_contact(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        anna = await service.caller("agent", agent="anna")
        supervisor = await service.caller("supervisor")
        adapter = await service.caller("adapter")
        contact = (await adapter.post("/contacts", {"channel": "phone", "external_id": "1"})).body
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        await adapter.post(f"/contacts/{contact['id']}/connected")
        later = await anna.put(
            "/agents/anna/presence", {"presence": "break", "reason": "lunch", "when": "after_contact"}
        )
        assert (later.body["presence"], later.body["next"]) == ("available", {"presence": "break", "reason": "lunch"})
        assert (later.body["state"], later.body["contacts"]) == ("draining", [contact["id"]])
        await adapter.post(f"/contacts/{contact['id']}/left")
        wrapping = (await anna.get("/agents/anna")).body
        assert (wrapping["state"], wrapping["wrap_up_until"] is not None) == ("wrap_up", True)
        done = (await anna.post("/agents/anna/ready")).body
        assert (done["presence"], done["reason"], done["next"], done["state"]) == ("break", "lunch", None, "break")
        forced = await supervisor.put("/agents/anna/presence", {"presence": "offline"})
        assert (forced.status, forced.body["state"]) == (200, "offline")
        told: Any = {}
        while told.get("presence") != "offline":
            told = (await desk.frame("agent"))["agent"]


async def test_a_busy_phone_is_offered_nothing(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="phone")
        said = await adapter.put("/agents/anna/device", {"address": "PJSIP/1001", "state": "in_use"})
        assert (said.status, said.body["device"]["state"]) == (200, "in_use")
        await adapter.post("/contacts", {"channel": "phone", "external_id": "1"})
        assert (await adapter.get("/contacts/none")).status == 404
        told = await desk.frame("agent", "offer")
        while told["type"] == "agent" and told["agent"]["device"]["state"] != "in_use":
            told = await desk.frame("agent", "offer")
        assert told["type"] == "agent"
        await adapter.put("/agents/anna/device", {"address": "PJSIP/1001", "state": "idle"})
        assert (await desk.frame("offer"))["offer"]["agent"] == "anna"


async def test_what_is_not_documented_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor = await service.caller("supervisor")
        for body in ({}, {"presence": "asleep"}, {"presence": "available", "surprise": 1}, {"presence": None}):
            said = await supervisor.put("/agents/anna/presence", body)
            assert (said.status, said.code) == (400, "malformed"), body
        for path, body in (
            ("/agents/nobody/presence", {"presence": "break"}),
            ("/agents/nobody/device", {"address": "x", "state": "idle"}),
        ):
            said = await supervisor.put(path, body)
            assert (said.status, said.code) == (404, "unknown_agent")
        assert (await supervisor.get("/agents/nobody")).code == "unknown_agent"
        assert (await supervisor.post("/agents/nobody/ready")).code == "unknown_agent"
        assert (await supervisor.get("/agents/anna/work")).code == "wrong_role"
        assert (await supervisor.get("/agents/anna/live")).code == "wrong_role"


async def test_colleagues_see_who_is_there_and_nothing_of_their_work(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="phone")
        assert (await adapter.post("/contacts", {"channel": "phone", "external_id": "1"})).status == 201
        await desk.frame("offer")
        supervisor = await service.caller("supervisor")
        await supervisor.put("/agents/vera/presence", {"presence": "break", "reason": "lunch"})
        said = await (await service.caller("agent", agent="boris")).get("/colleagues")
        assert (said.status, said.body["next"]) == (200, None)
        vera, anna, boris = said.body["items"]
        assert {**anna, "since": None} == {
            "id": "anna", "name": "Анна Белова", "group": None, "automatic": False, "presence": "available",
            "reason": None, "state": "reserved", "since": None, "queues": ["private"], "media": ["voice"],
        }  # fmt: skip
        known = (await supervisor.get("/agents/anna")).body
        assert anna == {name: known[name] for name in anna}
        assert (vera["id"], vera["presence"], vera["reason"], boris["id"]) == ("vera", "break", "lunch", "boris")
