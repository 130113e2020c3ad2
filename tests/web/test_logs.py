"""Nothing of a customer gets into the logs: marked data goes through every operation, then they are searched."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import msgspec

from router.web.table import OPERATIONS
from tests.helpers.logs import logged_to
from tests.helpers.service import Caller, service_on

if TYPE_CHECKING:
    import pytest

    from router.web.operation import Operation
    from tests.helpers.servers import Server
    from tests.helpers.service import Service

MARK = "q7zx"
NUMBER = "+79131234567"

OPERATION = """
[powers]
refund = "EUR"
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], powers.refund = 300 }
"""

CUSTOMER = {"id": NUMBER, "type": f"{MARK}-type", "name": f"{MARK} name", "language": "ru", "segment": f"{MARK}-seg"}
FACTS = {f"{MARK}-fact": f"{MARK} value", "number": NUMBER}
SAID: dict[str, Any] = {
    "channel": "phone", "external_id": f"{MARK}-external", "thread": f"{MARK}-thread", "customer": CUSTOMER,
    "attributes": FACTS, "metadata": FACTS, "tags": [f"{MARK}-tag"], "queue": "private", "agent": "anna",
    "note": f"{MARK} note {NUMBER}", "comment": f"{MARK} comment", "score": 5, "priority": 1, "presence": "available",
    "reason": f"{MARK} reason", "disposition": f"{MARK}-disposition", "notice": f"{MARK} notice", "account": "main",
    "detail": f"{MARK} detail", "external_ids": [f"{MARK}-session"], "as_of": 0, "address": f"{MARK}-address",
    "name": f"{MARK} name", "type": f"{MARK}-type", "language": "ru", "segment": f"{MARK}-seg",
}  # fmt: skip
"""What a field of this name says, in whatever request it is."""


def body_of(operation: Operation) -> dict[str, Any]:
    """A request of the operation, all of it marked."""
    if operation.body is None:
        return {}
    fields = msgspec.structs.fields(operation.body)
    return {field.name: SAID[field.name] for field in fields if field.name in SAID}


def path_of(operation: Operation, **values: str) -> str:
    """The operation's path; a parameter that has no value is marked."""
    known = {"channel": "phone", "queue": "private", "agent": "anna"} | values
    return "/".join(
        known.get(part[1:-1], f"{MARK}-{NUMBER}") if part.startswith("{") else part
        for part in operation.path.split("/")
    )


async def everything(caller: Caller, operation: Operation, contact: str) -> None:
    """Call it well, badly, and about things that are not there."""
    body = body_of(operation)
    bodies: list[Any] = [
        body, {}, {name: {MARK: NUMBER} for name in body}, body | {f"{MARK}-field": NUMBER},
        f'{{"{MARK}": "{NUMBER}'.encode(), f"id,name\n{NUMBER},{MARK} name\n{NUMBER}\n".encode(),
        MARK.encode() + b"\xff",
    ]  # fmt: skip
    for path in (path_of(operation, contact=contact), path_of(operation), path_of(operation, agent=MARK, queue=MARK)):
        for said in bodies if operation.method != "GET" else [None]:
            await caller.call(operation.method, path, said, Idempotency_Key=f"{MARK}-key", If_Match=MARK)
            await caller.call(operation.method, f"{path}?{MARK}={NUMBER}", said)
            await caller.call(operation.method, path, said, Content_Type="text/csv")


async def a_life(service: Service) -> str:
    """One contact with everything that can be said of it, at a desk too. Gives its id."""
    adapter = await service.caller("adapter", channel="phone")
    anna = await service.caller("agent", agent="anna")
    fields = {name: SAID[name] for name in ("channel", "external_id", "thread", "customer", "attributes", "metadata")}
    async with anna.socket("/agents/anna/live") as socket:
        await socket.send_json({"id": "1", "do": "presence", "presence": "available", "reason": f"{MARK} reason"})
        posted = await adapter.post("/contacts", fields | {"tags": SAID["tags"]}, Idempotency_Key=f"{MARK}-key")
        assert posted.status == 201
        contact = posted.body["id"]
        while (frame := await socket.receive_json())["type"] != "offer":
            pass
        for number, said in enumerate((
            {"do": "accept", "offer": frame["offer"]["id"], "key": f"{MARK}-key"},
            {"do": "patch", "contact": contact, "customer": CUSTOMER, "attributes": FACTS},
            {"do": "transfer", "contact": contact, "queue": MARK, "note": SAID["note"]},
            {"do": MARK, MARK: NUMBER},
            {"do": "complete", "contact": contact, "disposition": "resolved", "tags": SAID["tags"]},
        )):  # fmt: skip
            await socket.send_json({"id": f"{MARK}-{number}", **said})
        await socket.send_str(f'{{"{MARK}": "{NUMBER}')
        while (frame := await socket.receive_json()).get("to") != f"{MARK}-4":
            pass
    rated = await adapter.post(f"/contacts/{contact}/rating", {"score": 5, "comment": f"{MARK} {NUMBER}"})
    assert rated.status in {200, 409}
    return contact


async def nonsense(service: Service) -> None:
    """What is no HTTP at all."""
    host, port = service.url.removeprefix("http://").partition("/")[0].split(":")
    for raw in (
        f"{MARK} /{NUMBER} HTTP/9\r\n\r\n",
        f"GET /{MARK} HTTP/1.1\r\n{MARK} {NUMBER}\r\n\r\n",
        f"{MARK}\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw.encode())
        await reader.read()
        writer.close()


async def test_no_line_says_who_a_customer_is(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with logged_to(io.StringIO()) as out:
        async with service_on(server, OPERATION) as service:
            contact = await a_life(service)
            admin = await service.caller("admin")
            callers = [
                admin,
                await service.caller("agent", agent="anna"),
                await service.caller("adapter"),
                service.stranger(),
            ]
            for operation in OPERATIONS:
                for caller in callers:
                    if operation.socket is None or caller is callers[-1]:
                        await everything(caller, operation, contact)
            await admin.call("GET", f"/{MARK}/{NUMBER}")
            await admin.call(MARK.upper(), f"/contacts/{MARK}")
            await nonsense(service)

            async def broken(*_arguments: Any) -> None:
                raise ValueError(f"{MARK} {NUMBER}") from KeyError(NUMBER)

            monkeypatch.setattr(service.served.engine, "do", broken)
            broke = await admin.get(f"/customers/{NUMBER}")
            assert broke.status == 500
            monkeypatch.undo()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    routes = {line["route"] for line in lines if line["event"] == "request"}
    assert {f"/v1/{{workspace}}{operation.path}" for operation in OPERATIONS} <= routes
    assert any("ValueError" in json.dumps(line) for line in lines)
    assert {line["status"] for line in lines if line["event"] == "request"} >= {200, 201, 400, 401, 403, 404, 500}
    found = [line for line in out.getvalue().splitlines() if MARK in line.lower() or NUMBER[2:] in line]
    assert not found, found[:3]


async def test_a_request_is_one_line_that_says_how_it_went(server: Server) -> None:
    with logged_to(io.StringIO()) as out:
        async with service_on(server, OPERATION) as service:
            admin = await service.caller("admin")
            await admin.get("/contacts/none")
    (line,) = [one for one in map(json.loads, out.getvalue().splitlines()) if one["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/{workspace}/contacts/{contact}", 404)
    assert len(line["token"]) == 12
    assert line["ms"] >= 0
