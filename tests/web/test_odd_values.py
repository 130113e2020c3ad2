"""Values that are JSON and yet odd: taken as they are, or refused; never the end of anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.helpers.service import service_on
from tests.web.test_contacts import CALL, OPERATION

if TYPE_CHECKING:
    from tests.helpers.servers import Server

NESTED = "[" * 90 + "]" * 90

TAKEN = [
    '""',
    "null",
    "[]",
    "{}",
    '{"":{"":[]}}',
    '"\\u0000"',
    '"\\ud83d\\ude00"',
    '"\\u2028\\u202e\\ufeff"',
    "9007199254740993",
    "18446744073709551615",
    "-9223372036854775808",
    "1e308",
    "-0.0",
    "1e-400",
    NESTED,
]
REFUSED = [
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\x01"',
    "18446744073709551616",
    "-9223372036854775809",
    "1" * 5000,
    "1e999",
    "NaN",
    "-Infinity",
    "01",
    "[" * 30_000,
    "[" * 15_000 + "]" * 15_000,
    *("[" * depth + "]" * depth for depth in (101, 500, 900, 960, 980, 1_000)),
    "{} {}",
]


def posted(number: int, value: str) -> bytes:
    """A contact with this JSON as an attribute and as metadata."""
    return json.dumps(CALL | {"external_id": str(number)}).encode()[:-1] + (
        f', "attributes": {{"a": {value}, "n": [{value}]}}, "metadata": {{"m": {value}}}}}'.encode()
    )


async def test_odd_values_are_kept_as_they_came(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        for number, value in enumerate(TAKEN):
            body = posted(number, value)
            for expected in (201, 200):
                said = await adapter.post("/contacts", body, Idempotency_Key=f"k-{number}-{expected}")
                assert said.status == expected, (value[:60], said.body)
                assert said.body["attributes"]["a"] == json.loads(value), value
            patched = await adapter.patch(f"/contacts/{said.body['id']}", {"metadata": {"m": json.loads(value)}})
            assert (patched.status, patched.body["metadata"]) == (200, {"m": json.loads(value)}), value
            read = await adapter.get(f"/contacts/{said.body['id']}")
            assert read.body["attributes"] == {"a": json.loads(value), "n": [json.loads(value)]}, value


async def test_values_that_could_not_be_kept_are_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        for number, value in enumerate(REFUSED):
            for key in ({}, {"Idempotency_Key": str(number)}):
                said = await adapter.post("/contacts", posted(number, value), **key)
                assert (said.status, said.code) == (400, "malformed"), (value[:60], said.body)
        assert (await adapter.get("/contacts")).body["items"] == []


async def test_too_many_facts_and_too_long_names_are_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        for field, value in {
            "attributes": {"a" * 101: 1},
            "metadata": {str(number): 1 for number in range(201)},
            "tags": ["a"] * 51,
            "external_id": "a" * 201,
            "customer": {"id": ""},
        }.items():
            said = await adapter.post("/contacts", CALL | {field: value})
            assert (said.status, said.code) == (400, "malformed"), field


async def test_a_query_is_given_once_with_a_value_or_left_out(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        admin = await service.caller("admin")
        for query in ("after=null", "after=NULL", "after=", "after=1&after=1", "limit=0", "limit=1001", "sort=up"):
            said = await admin.get(f"/events?{query}")
            assert (said.status, said.code) == (400, "malformed"), query
        assert (await admin.get("/events?after=0&limit=1")).status == 200
        assert (await admin.get("/contacts?customer=null")).body["items"] == []
