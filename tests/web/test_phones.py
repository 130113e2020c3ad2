"""Agents' phones over HTTP: signing in at one, what an adapter is told of them, and a call from ringing to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.helpers.adapter import Wire, arrive, wire_of
from tests.helpers.desk import desk_at_work
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"], phone = "PJSIP/1001" }
boris = { queues = ["private"], media = ["voice"], phone = "PJSIP/1002", code = "4711" }
vera = { queues = ["private"], media = ["voice"] }
"""


def shown(agent: str, address: str | None = None, *, at_phone: bool = False, signed_in: bool = False) -> Any:
    return {"agent": agent, "address": address, "at_phone": at_phone, "signed_in": signed_in}


async def sign(adapter: Caller, way: str, device: str, **fields: Any) -> Any:
    said = await adapter.post(f"/channels/pbx/sign-{way}", {"device": device, **fields})
    return said.body if said.status == 200 else said.code


async def phone(wire: Wire) -> Any:
    return (await wire.frame("phone"))["phone"]


async def test_a_call_from_ringing_to_its_end(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="pbx", account="main")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            anna = await sign(adapter, "in", "PJSIP/1001")
            assert (anna["id"], anna["at_phone"], anna["presence"], anna["connections"]) == (
                "anna",
                True,
                "available",
                0,
            )
            ringing = await arrive(adapter)
            assert (ringing["state"], ringing["agent"]) == ("offered", "anna")
            connect = ringing["connect"]
            assert (connect["device"], connect["attempt"]) == ("PJSIP/1001", 1)
            told = (await wire.told(ringing["id"], "offered"))["contact"]
            assert told["connect"] == connect, "it is told as it was answered"
            joined = await adapter.post(f"/contacts/{ringing['id']}/connected", {"attempt": 1})
            assert (joined.status, joined.body["state"], joined.body["connect"]) == (200, "assigned", None)
            ended = await adapter.post(f"/contacts/{ringing['id']}/complete", {})
            assert (ended.body["state"], ended.body["ended_by"], ended.body["outcome"]) == (
                "closed",
                "agent",
                "answered",
            )


async def test_who_does_not_pick_up_has_declined(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            await sign(adapter, "in", "PJSIP/1001")
            contact = await arrive(adapter)
            await sign(adapter, "in", "PJSIP/1002")
            said = await adapter.post(
                f"/contacts/{contact['id']}/connect-failed", {"reason": "no_answer", "attempt": 1}
            )
            assert (said.body["state"], said.body["agent"]) == ("offered", "boris")
            assert (said.body["connect"]["device"], said.body["connect"]["attempt"]) == ("PJSIP/1002", 2)
            late = await adapter.post(f"/contacts/{contact['id']}/connected", {"attempt": 1})
            assert late.code == "wrong_state"


async def test_at_a_desk_nothing_rings_before_it_is_accepted(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            contact = await arrive(adapter)
            assert (contact["state"], contact["connect"]) == ("offered", None)
            offer = (await desk.frame("offer"))["offer"]
            accepted = await desk.ask("accept", offer=offer["id"])
            assert accepted["body"]["connect"]["device"] == "PJSIP/1001"


async def test_the_desk_sees_that_its_agent_is_at_his_phone_and_that_it_rings(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            await sign(adapter, "in", "PJSIP/1001")
            while not (await desk.frame("agent"))["agent"]["at_phone"]:
                pass
            await arrive(adapter)
            offer = (await desk.frame("offer"))["offer"]
            assert offer["delivered_at"] == offer["made_at"]
            accepted = await desk.ask("accept", offer=offer["id"])
            assert (accepted["status"], accepted["body"]["connect"]["attempt"]) == (200, 1)


async def test_a_code_signs_in_at_any_phone_and_a_phone_without_one_is_its_owners(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            boris = await sign(adapter, "in", "PJSIP/1009", code="4711")
            assert (boris["id"], boris["device"]["address"]) == ("boris", "PJSIP/1009")
            assert (await sign(adapter, "out", "PJSIP/1009"))["id"] == "boris", "he has chosen it"
            assert await sign(adapter, "in", "PJSIP/1002") == "unknown_agent", "it is his no more"
            assert (await sign(adapter, "in", "PJSIP/1001"))["id"] == "anna"
            await sign(adapter, "in", "PJSIP/1001", code="4711")
            assert (await sign(adapter, "out", "PJSIP/1001"))["id"] == "boris", "who has chosen it last"
            assert await sign(adapter, "in", "PJSIP/1234") == "unknown_agent"
            assert await sign(adapter, "in", "PJSIP/1001", code="4712") == "unknown_agent"
            assert await sign(adapter, "in", "PJSIP/1001", code="47a") == "malformed"
            assert (await sign(adapter, "out", "PJSIP/7777", code="4711"))["presence"] == "offline"


async def test_a_channel_of_another_medium_has_no_phones(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        said = await adapter.post("/channels/telegram/sign-in", {"device": "PJSIP/1001"})
        assert (said.status, said.code) == (404, "unknown_channel")
        async with wire_of(adapter, "telegram") as wire:
            assert (await wire.frame("snapshot"))["phones"] == []


async def test_an_adapter_is_told_of_every_phone_and_of_each_change(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, admin = await service.caller("adapter"), await service.caller("admin")
        async with wire_of(adapter) as wire:
            snapshot = await wire.frame("snapshot")
            everybody = [shown("anna", "PJSIP/1001"), shown("boris", "PJSIP/1002"), shown("vera")]
            assert snapshot["phones"] == everybody
            await sign(adapter, "in", "PJSIP/1001")
            while (told := await phone(wire)) != shown("anna", "PJSIP/1001", at_phone=True, signed_in=True):
                assert told["agent"] == "anna"
            await admin.put("/agents/anna/device", {"address": "PJSIP/1001", "state": "in_use"})
            await admin.put("/agents/vera/presence", {"presence": "available", "device": "PJSIP/1003"})
            assert await phone(wire) == shown("vera", "PJSIP/1003"), "what a phone does is no change of it"
            await sign(adapter, "out", "PJSIP/1001")
            while (told := await phone(wire)) != shown("anna", "PJSIP/1001"):
                assert told["agent"] == "anna"
            await admin.call("PATCH", "/agents/boris", {"phone": "PJSIP/1012"})
            assert await phone(wire) == shown("boris", "PJSIP/1012")


async def test_a_poll_tells_of_phones_too(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        first = (await adapter.get("/channels/pbx/work")).body
        assert [one["agent"] for one in first["frames"][0]["phones"]] == ["anna", "boris", "vera"]
        await sign(adapter, "in", "PJSIP/1001")
        more = (await adapter.get(f"/channels/pbx/work?after={first['seq']}")).body["frames"]
        assert [frame["phone"] for frame in more if frame["type"] == "phone"] == [
            shown("anna", "PJSIP/1001", at_phone=True, signed_in=True)
        ]


async def test_an_interrupted_talk_rings_the_same_agent_first(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            await sign(adapter, "in", "PJSIP/1001")
            contact = (await arrive(adapter))["id"]
            await adapter.post(f"/contacts/{contact}/connected")
            await sign(adapter, "in", "PJSIP/1002")
            said = await adapter.post(f"/contacts/{contact}/interrupted", {})
            assert (said.status, said.body["state"], said.body["agent"]) == (200, "offered", "anna")
            assert (said.body["connect"]["attempt"], said.body["answered_at"]) == (2, None)
            assert (await adapter.post(f"/contacts/{contact}/interrupted")).code == "wrong_state"


async def test_a_consulted_colleague_goes_on_with_the_talk(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            await sign(adapter, "in", "PJSIP/1001")
            contact = (await arrive(adapter))["id"]
            await adapter.post(f"/contacts/{contact}/connected")
            async with desk_at_work(service, "vera") as other:
                handover = f"/contacts/{contact}/handover"
                assert (await adapter.post(handover, {"agent": "nobody"})).code == "unknown_agent"
                said = await adapter.post(handover, {"agent": "vera"})
                assert (said.status, said.body["state"], said.body["agent"]) == (200, "assigned", "vera")
                assert said.body["answered_at"] is not None
                while (await desk.frame("contact"))["contact"]["agent"] != "vera":
                    pass
                assert (await other.frame("contact"))["contact"] == said.body
