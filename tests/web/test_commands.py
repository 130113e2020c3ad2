"""Commands over HTTP and sockets: an agent asks, the channel does it, and each hears of the other."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from router.domain.wire.moment import wall_ms
from tests.helpers.adapter import arrive, wire_of
from tests.helpers.desk import LIMIT_S, desk_at_work, desk_of
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.helpers.desk import Desk
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], phone = "PJSIP/1001" }
boris = { queues = ["private"], media = ["voice"] }
"""
CAN = ["hold", "digits", "consult", "transfer"]


@asynccontextmanager
async def talking(server: Server) -> AsyncGenerator[tuple[Service, Caller, Desk, str]]:
    """A router, its adapter, and anna's desk, who talks with a customer. Her desk has told of all that."""
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="pbx")
        await adapter.put("/channels/pbx", {"capabilities": CAN})
        contact = (await arrive(adapter))["id"]
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        await adapter.post(f"/contacts/{contact}/connected")
        while (await desk.frame("contact"))["contact"]["answered_at"] is None:
            pass
        yield service, adapter, desk, contact


async def test_an_agent_asks_and_the_channel_does_it(server: Server) -> None:
    async with talking(server) as (_, adapter, desk, contact), wire_of(adapter) as wire:
        await wire.frame("snapshot")
        answer = await desk.ask("command", contact=contact, command="digits", args={"digits": "4711#"})
        command = answer["body"]
        assert answer["status"] == 201
        assert {name: command[name] for name in ("id", "contact", "do", "args", "state", "code", "detail", "by")} == {
            "id": f"{contact}.c1", "contact": contact, "do": "digits", "args": {"digits": "4711#"}, "state": "open",
            "code": None, "detail": None, "by": {"role": "agent", "id": "anna"},
        }  # fmt: skip
        told = await wire.frame()
        assert (told["type"], told["command"]) == ("command", command)
        assert (await desk.frame())["command"] == command
        ended = await adapter.post(f"/commands/{command['id']}", {"status": "done"})
        assert (ended.status, ended.body) == (200, command | {"state": "done"})
        shown = await desk.frame()
        assert (shown["type"], shown["command"], shown["seq"]) == ("command", ended.body, told["seq"] + 1)
        again = await adapter.post(f"/commands/{command['id']}", {"status": "failed", "code": "late"})
        assert (again.status, again.body) == (200, ended.body)


async def test_until_when_an_adapter_may_come_to_it(server: Server) -> None:
    async with talking(server) as (service, _, desk, contact):
        command = (await desk.ask("command", contact=contact, command="hold"))["body"]
        at, until = (wall_ms(datetime.fromisoformat(command[name])) for name in ("at", "until"))
        assert until - at == 15_000
        assert abs(at - service.served.wall_ms()) < 5_000


async def test_a_supervisor_asks_by_http_and_the_agents_desk_hears(server: Server) -> None:
    async with talking(server) as (service, adapter, desk, contact):
        supervisor = await service.caller("supervisor")
        path = f"/contacts/{contact}/commands"
        asked = await supervisor.post(path, {"command": "hold"}, Idempotency_Key="k")
        again = await supervisor.post(path, {"command": "hold"}, Idempotency_Key="k")
        assert (asked.status, again.status, again.body) == (201, 200, asked.body)
        assert asked.body["by"]["role"] == "supervisor"
        assert (await desk.frame())["command"] == asked.body
        failed = {"status": "failed", "code": "no_music", "detail": "there is no class of music default"}
        await adapter.post(f"/commands/{asked.body['id']}", failed)
        shown = (await desk.frame())["command"]
        assert (shown["state"], shown["code"], shown["detail"]) == ("failed", failed["code"], failed["detail"])
        stale = await supervisor.post(path, {"command": "hold"}, If_Match='"1"')
        assert (stale.status, stale.code) == (412, "stale")


async def test_each_command_takes_what_it_takes(server: Server) -> None:
    async with talking(server) as (service, adapter, _, contact):
        words = ["hold", "digits", "consult", "transfer", "cancel_consult"]
        await adapter.put("/channels/pbx", {"capabilities": words})
        anna = await service.caller("agent", agent="anna")
        good: list[tuple[str, dict[str, str]]] = [
            ("hold", {}), ("digits", {"digits": "0*#Ad"}), ("consult", {"agent": "boris"}),
            ("consult", {"to": "+73912345678"}), ("transfer", {"to": "611"}), ("cancel_consult", {}),
        ]  # fmt: skip
        for word, args in good:
            said = await anna.post(f"/contacts/{contact}/commands", {"command": word, "args": args})
            assert (said.status, said.body["args"]) == (201, args), (word, args)
        bad: list[tuple[str, Any]] = [
            ("hold", {"digits": "1"}), ("digits", {}), ("digits", {"digits": ""}), ("digits", {"digits": "12x"}),
            ("digits", {"digits": "1\n"}), ("digits", {"to": "1"}), ("consult", {}), ("transfer", {"agent": "boris"}),
            ("consult", {"agent": "boris", "to": "1"}), ("transfer", {"to": "sip:a@b"}), ("dance", {}),
            ("hold", {"surprise": 1}), ("hold", []),
        ]  # fmt: skip
        for word, args in bad:
            said = await anna.post(f"/contacts/{contact}/commands", {"command": word, "args": args})
            assert (said.status, said.code) == (400, "malformed"), (word, args)


async def test_what_cannot_be_asked_is_refused(server: Server) -> None:
    async with talking(server) as (service, adapter, _, contact):
        anna, boris = [await service.caller("agent", agent=name) for name in ("anna", "boris")]
        path = f"/contacts/{contact}/commands"
        assert (await boris.post(path, {"command": "hold"})).code == "unknown_contact"
        assert (await adapter.post(path, {"command": "hold"})).code == "wrong_role"
        assert (await anna.post(path, {"command": "mute"})).code == "unsupported"
        for _ in range(8):
            assert (await anna.post(path, {"command": "hold"})).status == 201
        full = await anna.post(path, {"command": "hold"})
        assert (full.status, full.code, full.headers["Retry-After"]) == (429, "too_many", "1")
        waiting = (await arrive(adapter, "2"))["id"]
        supervisor = await service.caller("supervisor")
        assert (await supervisor.post(f"/contacts/{waiting}/commands", {"command": "hold"})).code == "wrong_state"


async def test_only_its_own_adapter_ends_a_command(server: Server) -> None:
    async with talking(server) as (service, _, desk, contact):
        command = (await desk.ask("command", contact=contact, command="hold"))["body"]["id"]
        for other in (
            await service.caller("adapter", channel="telegram"),
            await service.caller("adapter", channel="pbx", account="branch"),
        ):
            said = await other.post(f"/commands/{command}", {"status": "done"})
            assert (said.status, said.code) == (404, "unknown_command")
        mine = await service.caller("adapter", channel="pbx", account="main")
        for name in (f"{contact}.c2", f"{contact}.1", f"{contact}.m1", "none", "none.c1", f"{contact}.c1x"):
            assert (await mine.post(f"/commands/{name}", {"status": "done"})).code == "unknown_command", name
        assert (await mine.post(f"/commands/{command}", {"status": "open"})).code == "malformed"
        assert (await mine.post(f"/commands/{command}", {"status": "done"})).status == 200


async def test_an_adapter_that_was_away_finds_what_is_open(server: Server) -> None:
    async with talking(server) as (_, adapter, desk, contact):
        commands = [(await desk.ask("command", contact=contact, command="hold"))["body"] for _ in range(3)]
        first = (await desk.frame("command"))["seq"]
        await adapter.post(f"/commands/{commands[1]['id']}", {"status": "done"})
        async with wire_of(adapter) as wire:
            assert (await wire.frame("snapshot"))["commands"] == [commands[0], commands[2]]
        async with wire_of(adapter, standby=1, after=first - 1) as wire:
            assert (await wire.frame())["commands"] == [commands[0], commands[2]]
            missed = [await wire.frame("command") for _ in range(2)]
            assert [frame["command"] for frame in missed] == [commands[0], commands[2]], "not what is done"


async def test_polls_tell_of_commands_as_sockets_do(server: Server) -> None:
    async with talking(server) as (service, adapter, _, contact):
        anna = await service.caller("agent", agent="anna")
        seq = (await adapter.get("/channels/pbx/work")).body["seq"]
        poll = asyncio.create_task(adapter.get(f"/channels/pbx/work?wait_s=20&after={seq}"))
        command = (await anna.post(f"/contacts/{contact}/commands", {"command": "hold"})).body
        async with asyncio.timeout(LIMIT_S):
            assert [frame["command"] for frame in (await poll).body["frames"]] == [command]
        mine = (await anna.get(f"/agents/anna/work?after={seq}&wait_s=5")).body["frames"]
        assert [frame["command"] for frame in mine if frame["type"] == "command"] == [command]
        first = (await adapter.get("/channels/pbx/work")).body["frames"][0]
        assert first["commands"] == [command]


async def test_with_the_talk_its_commands_end_and_the_desk_is_told(server: Server) -> None:
    async with talking(server) as (_, adapter, desk, contact), wire_of(adapter) as wire:
        await wire.frame("snapshot")
        command = (await desk.ask("command", contact=contact, command="hold"))["body"]
        await wire.frame("command")
        told = await desk.frame("command")
        assert told["command"]["state"] == "open"
        await adapter.post(f"/contacts/{contact}/left")
        told = await desk.frame("command")
        assert (told["command"]["state"], told["command"]["code"]) == ("failed", "ended")
        assert (await desk.frame("contact"))["contact"]["state"] == "closed"
        assert (await wire.frame())["contact"]["state"] == "closed", "the adapter ends it by itself"
        late = await adapter.post(f"/commands/{command['id']}", {"status": "done"})
        assert (late.status, late.body) == (200, told["command"])


async def test_a_desk_that_was_away_hears_what_became_of_its_command(server: Server) -> None:
    async with talking(server) as (service, adapter, desk, contact):
        command = (await desk.ask("command", contact=contact, command="hold"))["body"]
        seq = (await desk.frame("command"))["seq"]
        await adapter.post(f"/commands/{command['id']}", {"status": "done"})
        async with desk_of(await service.caller("agent", agent="anna"), "anna", after=seq) as again:
            assert (await again.frame("command"))["command"] == command | {"state": "done"}


async def test_a_desk_that_comes_back_finds_every_command_of_the_talk(server: Server) -> None:
    async with talking(server) as (service, adapter, desk, contact):
        path = f"/contacts/{contact}/commands"
        anna, boris, olga = [
            await service.caller("agent", agent="anna"),
            await service.caller("agent", agent="boris"),
            await service.caller("supervisor"),
        ]
        assert (await anna.get(path)).body == {"items": [], "next": None}
        asked = [(await desk.ask("command", contact=contact, command="hold"))["body"] for _ in range(3)]
        await adapter.post(f"/commands/{asked[0]['id']}", {"status": "done"})
        await adapter.post(f"/commands/{asked[1]['id']}", {"status": "failed", "code": "no_music"})
        asked[0] |= {"state": "done"}
        asked[1] |= {"state": "failed", "code": "no_music"}
        for caller in (anna, olga):
            assert (await caller.get(path)).body == {"items": asked, "next": None}
        assert (await anna.get(f"{path}?limit=2")).body == {"items": asked[:2], "next": 2}
        assert (await anna.get(f"{path}?limit=2&after=2")).body == {"items": asked[2:], "next": None}
        assert (await boris.get(path)).code == "unknown_contact"
        assert (await olga.get("/contacts/none/commands")).code == "unknown_contact"
        for query in ("limit=0", "limit=201", "after=-1", "state=open"):
            assert (await anna.get(f"{path}?{query}")).code == "malformed", query


async def test_a_command_is_no_news_of_its_contact(server: Server) -> None:
    async with talking(server) as (_, adapter, desk, contact), wire_of(adapter) as wire:
        await wire.frame("snapshot")
        command = (await desk.ask("command", contact=contact, command="hold"))["body"]
        await adapter.post(f"/commands/{command['id']}", {"status": "done"})
        await adapter.patch(f"/contacts/{contact}", {"tags": ["seen"]})
        assert [(await desk.frame())["type"] for _ in range(3)] == ["command", "command", "contact"]
        frames = [await wire.frame() for _ in range(2)]
        assert [frame["type"] for frame in frames if frame["type"] != "command"] == ["contact"]


async def test_a_conversation_in_which_something_new_was_said_is_not_over(server: Server) -> None:
    operation = OPERATION.replace('media = ["voice"]', 'media = ["chat"]')
    async with service_on(server, operation) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter")

        async def write(number: int) -> Any:
            body = {"thread": "42", "external_id": str(number), "text": "Алло"}
            return (await adapter.post("/channels/telegram/messages", body)).body["message"]

        first = await write(1)
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        mine = (await desk.ask("send", contact=first["contact"], text="Да?"))["body"]
        second = await write(2)
        assert (first["n"], mine["n"], second["n"]) == (1, 2, 3)
        for seen in (0, 1, 2):
            refused = await desk.ask("complete", contact=first["contact"], seen=seen)
            assert (refused["status"], refused["body"]["code"]) == (409, "unseen"), seen
        note = (await desk.ask("send", contact=first["contact"], text="спросить", note=True))["body"]
        assert note["n"] == 4
        done = await desk.ask("complete", contact=first["contact"], seen=3)
        assert (done["status"], done["body"]["state"]) == (200, "closed"), "what is ours was seen"
        again = await desk.ask("complete", contact=first["contact"], seen=0)
        assert again["status"] == 200, "it is over"
