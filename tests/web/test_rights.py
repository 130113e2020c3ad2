"""Who may do what, in one table of expectations: roles, operations, and things that are the caller's own or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from router.web.operation import EVERYBODY
from router.web.table import OPERATIONS
from tests.helpers.service import Caller, Said, Service, service_on

if TYPE_CHECKING:
    from router.domain.states import Role
    from router.web.operation import Operation
    from tests.helpers.servers import Server

OPERATION = """
dispositions = ["resolved"]
[media.chat]
limits_s.wrap_up = 0
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["chat"], code = "4711" }
boris = { queues = ["private"], media = ["chat"] }
"""


@dataclass(frozen=True)
class Right:
    """Who may call an operation, with what body; `foreign` are those to whom others' things are unknown."""

    roles: str
    foreign: str = ""
    body: Any = None


MANAGERS: Final = "supervisor admin"
READERS: Final = "supervisor observer admin"
CHANNELS: Final = "adapter supervisor admin"
SERVERS: Final = "agent supervisor admin"
ALL: Final = "adapter agent supervisor observer admin"

RIGHTS: dict[str, Right] = {
    "post_contact": Right(CHANNELS, body={"channel": "phone", "external_id": "posted"}),
    "list_contacts": Right(ALL),
    "get_contact": Right(ALL, "adapter agent"),
    "explain_contact": Right(ALL, "adapter agent"),
    "patch_contact": Right("adapter agent supervisor admin", "adapter agent", {"tags": ["seen"]}),
    "left": Right(CHANNELS, "adapter", {}),
    "connected": Right(CHANNELS, "adapter", {}),
    "connect_failed": Right(CHANNELS, "adapter", {"reason": "busy"}),
    "reply": Right(SERVERS, "agent", {}),
    "interrupted": Right(CHANNELS, "adapter", {}),
    "handover": Right(CHANNELS, "adapter", {"agent": "boris"}),
    "complete": Right("adapter agent supervisor admin", "adapter agent", {}),
    "transfer": Right("adapter agent supervisor admin", "adapter agent", {"queue": "private"}),
    "reassign": Right(MANAGERS, body={"agent": "boris"}),
    "requeue": Right(SERVERS, "agent", {}),
    "cancel": Right(CHANNELS, "adapter", {}),
    "reprioritise": Right(MANAGERS, body={"priority": 1}),
    "rating": Right(CHANNELS, "adapter", {"score": 5}),
    "park": Right(SERVERS, "agent", {}),
    "resume": Right(SERVERS, "agent", {}),
    "typing": Right("adapter agent supervisor admin", "adapter agent", {}),
    "list_messages": Right(ALL, "adapter agent"),
    "list_earlier": Right("agent supervisor observer admin", "agent"),
    "list_earlier_messages": Right("agent supervisor observer admin", "agent"),
    "send": Right(SERVERS, "agent", {"text": "Здравствуйте!"}),
    "accept": Right("agent", "agent", {}),
    "decline": Right("agent", "agent", {}),
    "list_agents": Right(READERS),
    "list_colleagues": Right("agent supervisor observer admin"),
    "get_agent": Right("agent supervisor observer admin", "agent"),
    "set_presence": Right(SERVERS, "agent", {"presence": "available"}),
    "set_device": Right(CHANNELS, body={"address": "1001", "state": "idle"}),
    "ready": Right(SERVERS, "agent", {}),
    "work": Right("agent", "agent"),
    "live": Right("agent", "agent"),
    "get_queues": Right("agent supervisor observer admin"),
    "get_queue": Right("agent supervisor observer admin"),
    "patch_queue": Right(MANAGERS, body={"open": True}),
    "patch_agent": Right(MANAGERS, body={"media": ["chat"]}),
    "get_customer": Right(MANAGERS),
    "put_customer": Right(MANAGERS, body={"type": "private"}),
    "delete_customer": Right(MANAGERS),
    "import_customers": Right(MANAGERS, body=b"id\n+7\n"),
    "put_channel": Right("adapter", "adapter", {}),
    "sign_in": Right("adapter", "adapter", {"device": "1001", "code": "4711"}),
    "sign_out": Right("adapter", "adapter", {"device": "1001", "code": "4711"}),
    "put_sessions": Right("adapter", "adapter", {"as_of": 0, "external_ids": []}),
    "channel_live": Right("adapter", "adapter"),
    "channel_work": Right("adapter", "adapter"),
    "post_message": Right("adapter", "adapter", {"thread": "42", "external_id": "1"}),
    "message_state": Right("adapter", "adapter", {"state": "sent"}),
    "post_command": Right(SERVERS, "agent", {"command": "hold"}),
    "list_commands": Right(SERVERS, "agent"),
    "command_state": Right("adapter", "adapter", {"status": "done"}),
    "list_events": Right(READERS),
    "list_contact_events": Right(READERS),
    "events_live": Right(READERS),
    "get_alarms": Right(READERS),
    "get_channels": Right("agent supervisor observer admin"),
    "get_today": Right(READERS),
    "get_agent_today": Right("agent supervisor observer admin", "agent"),
    "me": Right(ALL),
    "get_operation": Right(ALL),
}
"""Operation → who may. An operation that is not here fails."""

TOKENS: dict[Role, dict[str, str]] = {
    "adapter": {"channel": "phone", "account": "main"},
    "agent": {"agent": "anna"},
    "supervisor": {},
    "observer": {},
    "admin": {},
}

OWN = {"agent": "anna", "queue": "private", "customer": "+7", "channel": "phone"}
"""Things of fixed names; contacts and offers are made."""


class House:
    """A router with a caller of each role, and things that are theirs or not."""

    def __init__(self, service: Service, callers: dict[str, Caller]) -> None:
        self.service = service
        self.callers = callers
        self.number = 0
        self.made: list[str] = []

    async def own(self) -> dict[str, str]:
        """A contact of the adapter's channel and account that anna has, offered to her before; and fixed names."""
        return OWN | await self.had_by("anna", channel="phone")

    async def foreign(self) -> list[dict[str, str]]:
        """The same of boris on another channel, of nobody on another account, and what is not there at all."""
        theirs = await self.had_by("boris", channel="telegram")
        await self.callers["admin"].put("/agents/boris/presence", {"presence": "break"})
        nobodys = await self.posted(channel="phone", account="second")
        missing = {"contact": "none", "offer": "none", "agent": "nobody", "channel": "pigeon", "message": "none.m1"}
        missing |= {"command": "none.c1", "earlier": "none"}
        return [
            OWN | theirs | {"agent": "boris", "channel": "telegram"},
            OWN | missing | {"contact": nobodys["id"]},
            OWN | missing,
        ]

    async def had_by(self, agent: str, **fields: str) -> dict[str, str]:
        await self.clear()
        caller = await self.service.caller("agent", agent=agent)
        await caller.get(f"/agents/{agent}/work")
        await self.callers["admin"].put(f"/agents/{agent}/presence", {"presence": "available"})
        customer = {"id": f"+8{self.number}"}  # one alone would be too many at once
        earlier = await self.posted(channel="pbx", not_before="2999-01-01T00:00:00Z", customer=customer)
        contact = await self.posted(**fields, customer=customer)
        accepted = await caller.post(f"/offers/{contact['offer']}/accept")
        assert accepted.status == 200, accepted.body
        written = await caller.post(f"/contacts/{contact['id']}/messages", {"text": "Здравствуйте!"})
        adapter = await self.service.caller("adapter")
        await adapter.put(f"/channels/{contact['channel']}", {"capabilities": ["hold"]})
        asked = await caller.post(f"/contacts/{contact['id']}/commands", {"command": "hold"})
        things = {"contact": contact["id"], "offer": contact["offer"], "earlier": earlier["id"]}
        return things | {"message": written.body["id"], "command": asked.body["id"]}

    async def posted(self, **fields: Any) -> Any:
        self.number += 1
        name = f"made-{self.number}"
        body = {"external_id": name, "thread": name, "medium": "chat", **fields}
        said = await self.callers["admin"].post("/contacts", body)
        assert said.status == 201, said.body
        self.made.append(said.body["id"])
        return said.body

    async def clear(self) -> None:
        """Nothing waits, and nobody waits for it."""
        for agent in ("anna", "boris"):
            await self.callers["admin"].put(f"/agents/{agent}/presence", {"presence": "break"})
        for contact in self.made:
            await self.callers["admin"].post(f"/contacts/{contact}/cancel")
        self.made.clear()

    async def call(self, operation: Operation, caller: Caller, names: dict[str, str]) -> Said:
        """The operation, on things of these names."""
        return await caller.call(operation.method, operation.path.format(**names), RIGHTS[operation.name].body)


async def house_of(service: Service) -> House:
    return House(service, {role: await service.caller(role, **fields) for role, fields in TOKENS.items()})


def test_every_operation_has_its_row() -> None:
    assert {operation.name: operation.roles for operation in OPERATIONS} == {
        name: frozenset(right.roles.split()) for name, right in RIGHTS.items()
    }
    assert set(TOKENS) == EVERYBODY
    for operation in OPERATIONS:
        names_own = (
            set(operation.parameters) & {"contact", "offer", "channel", "message", "command"} or operation.own_agent
        )
        who = {"adapter", "agent"} & operation.roles if names_own else set[str]()
        if "channel" in operation.parameters:
            who &= {"adapter"}
        assert who == set(RIGHTS[operation.name].foreign.split()), operation.name


async def test_who_may_not_is_told_so(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        house = await house_of(service)
        own = await house.own()
        before = service.served.feed.seq
        for operation in OPERATIONS:
            for role, caller in house.callers.items():
                if role not in RIGHTS[operation.name].roles.split():
                    said = await house.call(operation, caller, own)
                    assert (said.status, said.code) == (403, "wrong_role"), (role, operation.name)
        assert (await house.callers["admin"].get(f"/events?after={before}")).body["items"] == []


async def test_without_a_valid_token_nobody_gets_in(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        house = await house_of(service)
        own = await house.own()
        expired = await service.caller("admin", expires_at=service.served.wall_ms() - 1)
        revoked = await service.caller("admin")
        await service.served.tokens.revoke((await service.served.tokens.who(revoked.secret or "")).id)
        nobody = [service.stranger(), Caller(service, "crt_unknown"), Caller(service, ""), expired, revoked]
        for operation in OPERATIONS:
            for caller in nobody:
                said = await house.call(operation, caller, own)
                assert (said.status, said.code) == (401, "unauthorized"), operation.name
                assert said.headers["WWW-Authenticate"] == "Bearer"


async def test_another_workspace_is_unknown(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        house = await house_of(service)
        own = await house.own()
        service.url = service.url.rpartition("/")[0] + "/elsewhere"
        for operation in OPERATIONS:
            for caller in (*house.callers.values(), service.stranger()):
                said = await house.call(operation, caller, own)
                assert (said.status, said.code) == (404, "unknown_workspace"), operation.name


async def test_others_things_are_unknown(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        house = await house_of(service)
        foreign = await house.foreign()
        before = service.served.feed.seq
        for operation in OPERATIONS:
            for role in RIGHTS[operation.name].foreign.split():
                for names in foreign:
                    said = await house.call(operation, house.callers[role], names)
                    unknown = said.status == 404 and said.code.startswith("unknown_")
                    # An offer that another agent took may say so; it names nobody.
                    taken = "offer" in operation.parameters and said.code == "taken"
                    assert unknown or taken, (role, operation.name, names, said.body)
        assert (await house.callers["admin"].get(f"/events?after={before}")).body["items"] == []


async def test_another_account_of_the_channel_is_unknown(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone", account="main")
        calls: tuple[tuple[str, str, Any], ...] = (
            ("POST", "/contacts", {"channel": "phone", "account": "second", "external_id": "1"}),
            ("POST", "/contacts", {"channel": "telegram", "external_id": "1"}),
            ("PUT", "/channels/phone", {"account": "second"}),
            ("PUT", "/channels/phone/sessions", {"account": "second", "as_of": 0, "external_ids": []}),
            ("GET", "/channels/phone/live?account=second", None),
            ("GET", "/channels/phone/work?account=second", None),
        )
        for method, path, body in calls:
            said = await adapter.call(method, path, body)
            assert (said.status, said.code) == (404, "unknown_channel"), path


@pytest.mark.parametrize("role", ["adapter", "agent"])
async def test_lists_show_ones_own_alone(server: Server, role: str) -> None:
    async with service_on(server, OPERATION) as service:
        house = await house_of(service)
        await house.foreign()
        own = await house.own()
        listed = await house.callers[role].get("/contacts")
        assert [contact["id"] for contact in listed.body["items"]] == [own["contact"]]


async def test_who_may_gets_through_to_the_thing(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        house = await house_of(service)
        for operation in OPERATIONS:
            for role in RIGHTS[operation.name].roles.split():
                own = await house.own()
                await house.callers["admin"].put("/customers/+7", {})
                said = await house.call(operation, house.callers[role], own)
                assert said.status not in {401, 403, 404}, (role, operation.name, said.body)
