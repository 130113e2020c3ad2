"""Answers leave whole, and say whether the connection stays: every version of HTTP has its own words for that."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers.service import service_on
from tests.web.test_contacts import OPERATION
from tests.web.test_slow import PATIENCE_S, wire_to

if TYPE_CHECKING:
    from tests.helpers.servers import Server


@pytest.mark.parametrize(
    ("version", "asked", "said"),
    [
        ("1.1", None, None),
        ("1.1", "close", "close"),
        ("1.0", None, None),
        ("1.0", "keep-alive", "keep-alive"),
    ],
)
async def test_what_is_said_of_the_connection_is_what_happens(
    server: Server, version: str, asked: str | None, said: str | None
) -> None:
    stays = asked != "close" if version == "1.1" else asked == "keep-alive"
    async with service_on(server, OPERATION) as service, wire_to(service) as wire:
        who = await service.caller("adapter", channel="phone")
        request = [
            f"GET /v1/-/me HTTP/{version}", "Host: here", f"Authorization: Bearer {who.secret}",
            *([] if asked is None else [f"Connection: {asked}"]), "",
        ]  # fmt: skip
        for _ in range(2 if stays else 1):
            wire.send(*request)
            async with asyncio.timeout(PATIENCE_S):
                first, *lines = (await wire.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = json.loads(await wire.reader.readexactly(int(headers["content-length"])))
            assert first == f"HTTP/{version} 200 OK"
            assert headers["content-type"] == "application/json"
            assert headers["event-seq"].isdigit()
            assert headers.get("connection") == said
            assert {"date", "server", "cache-control", "x-content-type-options"} <= headers.keys()
            assert len(headers) == len(lines), "each header stands once"
            assert body["role"] == "adapter"
        assert stays or await wire.end() == b""
