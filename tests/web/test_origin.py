"""Browsers: which pages may open sockets, and that none may read what is answered to another site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.web.options import WebOptions
from tests.helpers.adapter import upgrade
from tests.helpers.service import Caller, Service, service_on
from tests.web.test_contacts import OPERATION

if TYPE_CHECKING:
    from tests.helpers.servers import Server

DESK = "https://desk.example.org"


async def opened(service: Service, caller: Caller, origin: str, **headers: str) -> int:
    """The status of opening a socket from a page of this origin."""
    url = service.url + "/agents/anna/live"
    sent = caller.headers | {"Origin": origin} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with service.session.ws_connect(url, headers=sent) as socket:
        await socket.receive()
        return 101


async def refused(caller: Caller, origin: str, **headers: str) -> tuple[int, str]:
    said = await caller.get("/agents/anna/live", Origin=origin, **headers)
    return said.status, said.code


async def test_a_page_of_the_server_itself_may_open_a_socket(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        own = service.url.partition("/v1/")[0]
        assert await opened(service, anna, own) == 101
        foreign = (DESK, own.replace("http:", "https:"), "null", own + ".evil.example", "http://127.0.0.1:1", "")
        for origin in foreign:
            assert await refused(anna, origin) == (403, "foreign_origin"), origin


async def test_a_page_that_is_allowed_may_and_no_other(server: Server) -> None:
    async with service_on(server, OPERATION, WebOptions(allow_origins=frozenset({DESK}))) as service:
        anna = await service.caller("agent", agent="anna")
        assert await opened(service, anna, DESK) == 101
        for origin in ("http://desk.example.org", DESK + ":8443", DESK + ".evil.example", "https://example.org"):
            assert await refused(anna, origin) == (403, "foreign_origin"), origin


@pytest.mark.parametrize("behind_proxy", [True, False])
async def test_the_scheme_is_what_the_proxy_says_where_there_is_one(server: Server, behind_proxy: bool) -> None:
    async with service_on(server, OPERATION, WebOptions(behind_proxy=behind_proxy)) as service:
        anna = await service.caller("agent", agent="anna")
        own = service.url.partition("/v1/")[0].replace("http:", "https:")
        if behind_proxy:
            assert await opened(service, anna, own, X_Forwarded_Proto="https") == 101
        else:
            assert await refused(anna, own, X_Forwarded_Proto="https") == (403, "foreign_origin")


async def test_a_program_says_no_origin_and_may(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        assert (await upgrade(anna, "/agents/anna/live?after=1000000")).code == "events_trimmed"


async def test_no_other_sites_page_may_read_an_answer(server: Server) -> None:
    async with service_on(server, OPERATION, WebOptions(allow_origins=frozenset({DESK}))) as service:
        anna = await service.caller("agent", agent="anna")
        said = await anna.get("/me", Origin=DESK)
        asked = await anna.call("OPTIONS", "/me", Origin=DESK, Access_Control_Request_Method="GET")
        assert (said.status, asked.status, asked.code) == (200, 405, "wrong_method")
        for answer in (said, asked):
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
