"""Slow and broken clients: they are told so in time, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from structlog.testing import capture_logs

from router.web.options import WebOptions
from tests.helpers.service import Caller, Service, service_on
from tests.helpers.turns import turn
from tests.web.test_contacts import CALL, OPERATION

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import pytest

    from tests.helpers.servers import Server

SHORT = WebOptions(header_limit_s=0.2, body_limit_s=0.2, idle_limit_s=0.3)
PATIENCE_S = 10.0


class Wire:
    """A connection on which a test writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *lines: str, body: bytes = b"") -> None:
        """Send lines, each with its end, and what follows them."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode(errors="surrogateescape") + body)

    async def answer(self) -> tuple[int, str | None]:
        """The status of the next answer, and its code where it is a problem."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].split("\r\n")[0])
            body = json.loads(await self.reader.readexactly(length))
        status = int(head.split()[1])
        assert ("application/problem+json" in head) == (status >= 400), head
        return status, body.get("code")

    async def end(self) -> bytes:
        """What still comes before the server closes."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()


@asynccontextmanager
async def wire_to(service: Service) -> AsyncGenerator[Wire]:
    """A raw connection to the service."""
    url = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def path(service: Service) -> str:
    return urlsplit(service.url).path


def post(service: Service, caller: Caller, length: int) -> list[str]:
    """The head of a posted contact."""
    token = f"Authorization: Bearer {caller.secret}"
    return [f"POST {path(service)}/contacts HTTP/1.1", "Host: x", token, f"Content-Length: {length}", ""]


async def test_headers_must_come_in_time(server: Server) -> None:
    async with service_on(server, OPERATION, SHORT) as service, wire_to(service) as wire, wire_to(service) as silent:
        wire.send(f"GET {path(service)}/me HTTP/1.1", "Host: x")
        assert await wire.answer() == (408, "too_slow")
        assert await wire.end() == b""
        assert await silent.end() == b""


async def test_the_next_requests_headers_must_come_in_time_too(server: Server) -> None:
    async with service_on(server, OPERATION, SHORT) as service, wire_to(service) as wire:
        adapter = await service.caller("adapter")
        request = [f"GET {path(service)}/me HTTP/1.1", "Host: x", f"Authorization: Bearer {adapter.secret}"]
        for _ in range(3):
            wire.send(*request, "")
            assert await wire.answer() == (200, None)
        wire.send(*request)
        assert await wire.answer() == (408, "too_slow")
        assert await wire.end() == b""


async def test_headers_that_trickle_are_no_better(server: Server) -> None:
    async with service_on(server, OPERATION, SHORT) as service, wire_to(service) as wire:
        wire.send(f"GET {path(service)}/me HTTP/1.1", "Host: x")
        answer = asyncio.create_task(wire.answer())
        number = 0
        while not answer.done():
            number += 1
            wire.send(f"X-{number}: drop")
            await asyncio.wait([answer], timeout=0.02)
        assert await answer == (408, "too_slow")
        assert number > 3


async def test_an_idle_connection_is_closed(server: Server) -> None:
    async with service_on(server, OPERATION, SHORT) as service, wire_to(service) as wire:
        adapter = await service.caller("adapter")
        wire.send(f"GET {path(service)}/me HTTP/1.1", "Host: x", f"Authorization: Bearer {adapter.secret}", "")
        assert await wire.answer() == (200, None)
        assert await wire.end() == b""


async def test_a_body_must_come_in_time(server: Server) -> None:
    async with service_on(server, OPERATION, SHORT) as service, wire_to(service) as wire:
        adapter = await service.caller("adapter")
        wire.send(*post(service, adapter, 1000), body=b'{"channel":')
        assert await wire.answer() == (408, "too_slow")
        assert await wire.end() == b""


async def test_a_body_that_is_too_long_is_not_read(server: Server) -> None:
    async with service_on(server, OPERATION) as service, wire_to(service) as wire:
        adapter = await service.caller("adapter")
        wire.send(*post(service, adapter, 10**9), body=b" " * (300 * 1024))
        assert await wire.answer() == (413, "too_large")
        said = await adapter.post("/contacts", b" " * (300 * 1024))
        assert (said.status, said.code) == (413, "too_large")


async def test_a_client_that_goes_away_in_its_body_harms_nobody(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        with capture_logs() as lines:
            async with wire_to(service) as wire:
                wire.send(*post(service, adapter, 1000), body=b"{")
            while not any(line["event"] == "request" for line in lines):
                await turn()
        assert not any(line["event"] == "request_broke" for line in lines)
        assert (await adapter.post("/contacts", CALL)).status == 201


async def test_a_compressed_body_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        said = await adapter.post("/contacts", b"\x1f\x8b", Content_Encoding="gzip")
        assert (said.status, said.code) == (400, "malformed")


LONG = "a" * 9000
JUNK: dict[tuple[int, str], list[list[str]]] = {
    (413, "too_large"): [
        [f"GET /{LONG} HTTP/1.1", "Host: x", ""],
        ["GET / HTTP/1.1", "Host: x", f"X-Long: {LONG}", ""],
    ],
    (400, "malformed"): [
        ["GET / HTTP/1.1", "Host: x", *(f"X-{number}: 1" for number in range(100)), ""],
        ["GET / HTTP/1.1", ""],
        ["GET / HTTP/1.1", "Host: x", "Host: y", ""],
        ["GET / HTTP/1.1", "Host: x", "Content-Length: 1", "Content-Length: 2", ""],
        ["GET / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "Content-Length: 2", ""],
        ["GET / HTTP/1.1", "Host: x", "Bad Name: 1", ""],
        ["GET / HTTP/1.1", "Host: x", "Expect: miracles", ""],
        ["GET / HTTP/9.9", "Host: x", ""],
        ["GET /\x00 HTTP/1.1", "Host: x", ""],
        ["GET /\udcff\udcfe HTTP/1.1", "Host: x", ""],
        ["GET http:/// HTTP/1.1", "Host: x", ""],
        ["WHAT is this", ""],
        ["\x16\x03\x01\x02\x00\x01\x00\x01", ""],
    ],
    (404, "unknown_path"): [
        ["GET /nothing HTTP/1.1", "Host: x", ""],
        ["GET /%ff%00 HTTP/1.1", "Host: x", ""],
        ["GET /../../etc/passwd HTTP/1.1", "Host: x", ""],
        ["OPTIONS * HTTP/1.1", "Host: x", ""],
        ["CONNECT x:1 HTTP/1.1", "Host: x", ""],
    ],
    (405, "wrong_method"): [["DELETE /openapi.json HTTP/1.1", "Host: x", ""]],
}


async def test_whatever_is_no_request_is_a_problem(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        for expected, requests in JUNK.items():
            for lines in requests:
                async with wire_to(service) as wire:
                    wire.send(*lines)
                    assert await wire.answer() == expected, lines


async def test_a_name_that_is_no_text_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        token = f"Authorization: Bearer {adapter.secret}"
        for name in ("\udcff", "%00", "%F0%9F%92%A9%0A", "a" * 201):
            async with wire_to(service) as wire:
                wire.send(f"GET {path(service)}/contacts/{name} HTTP/1.1", "Host: x", token, "")
                assert await wire.answer() == (400, "malformed"), name


async def test_a_token_that_is_no_text_is_unknown(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        for secret in ("\udcff", "é"):
            async with wire_to(service) as wire:
                wire.send(f"GET {path(service)}/me HTTP/1.1", "Host: x", f"Authorization: Bearer {secret}", "")
                assert await wire.answer() == (401, "unauthorized")


async def test_500_slow_clients_do_not_stop_the_others(server: Server) -> None:
    async with service_on(server, OPERATION, WebOptions(header_limit_s=PATIENCE_S)) as service:
        adapter = await service.caller("adapter", channel="phone")
        url = urlsplit(service.url)
        slow = await asyncio.gather(*(asyncio.open_connection(url.hostname, url.port) for _ in range(500)))
        try:
            for number, (_reader, writer) in enumerate(slow):
                head = [f"GET {path(service)}/me HTTP/1.1", "Host: x"] if number % 2 else post(service, adapter, 1000)
                writer.write("\r\n".join([*head, ""]).encode())
            async with asyncio.timeout(PATIENCE_S / 2):
                for number in range(20):
                    assert (await adapter.post("/contacts", CALL | {"external_id": str(number)})).status == 201
        finally:
            for _reader, writer in slow:
                writer.close()


async def test_a_fault_of_ours_says_nothing_of_the_request(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")

        def broken(*_: object) -> None:
            raise ValueError(CALL["customer"])

        monkeypatch.setattr(service.served.limits, "take", broken)
        with capture_logs() as lines:
            said = await adapter.post("/contacts", CALL)
        assert (said.status, said.code, said.body["detail"]) == (500, "internal", None)
        assert said.headers["Content-Type"] == "application/problem+json"
        [line] = [line for line in lines if line["event"] == "request_broke"]
        assert set(line) == {"event", "log_level", "exc_info"}


async def test_a_client_that_goes_away_before_its_socket_is_open_harms_nobody(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        with capture_logs() as lines:
            async with wire_to(service) as wire:
                wire.send(
                    f"GET {path(service)}/channels/phone/live HTTP/1.1", "Host: x", "Connection: Upgrade",
                    "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {'x' * 22}==",
                    f"Authorization: Bearer {adapter.secret}", "",
                )  # fmt: skip
                await wire.writer.drain()
                wire.writer.transport.abort()
            while not any(line["event"] == "request" for line in lines):
                await turn()
        assert not any(line["event"] == "request_broke" for line in lines)
        async with adapter.socket("/channels/phone/live") as socket:
            assert (await socket.receive_json())["type"] == "snapshot"


async def test_the_log_says_who_came_by_the_word_of_the_proxy_alone(server: Server) -> None:
    for behind_proxy, expected in ((False, "127.0.0.1"), (True, "203.0.113.9")):
        async with service_on(server, OPERATION, WebOptions(behind_proxy=behind_proxy)) as service:
            with capture_logs() as lines:
                await service.stranger().get("/me", X_Forwarded_For="198.51.100.1, 203.0.113.9")
                await service.stranger().get("/me", X_Forwarded_For="Anna")
                # A proxy may as well add a header of its own below the caller's.
                twice = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.9")]
                async with service.session.get(service.url + "/me", headers=twice):
                    pass
            found = [line["remote"] for line in lines if line["event"] == "request"]
            assert found == [expected, "127.0.0.1", expected]
