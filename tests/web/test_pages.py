"""The pages are served to everybody, need nothing from elsewhere, and run nothing but their own files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from router.web.pages import page_files
from tests.helpers.service import service_on
from tests.web.test_contacts import OPERATION

if TYPE_CHECKING:
    from tests.helpers.servers import Server

FILES = {address: (kind, content.decode()) for address, kind, content in page_files()}


async def test_they_are_served_to_everybody(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        root = service.url.partition("/v1/")[0]
        for address, (kind, content) in FILES.items():
            async with service.session.get(root + address) as page:
                assert (page.status, page.content_type, await page.text()) == (200, kind, content)
                assert "default-src 'none'" in page.headers["Content-Security-Policy"]
                assert "unsafe" not in page.headers["Content-Security-Policy"]
            async with service.session.get(root + address, headers={"If-None-Match": page.headers["ETag"]}) as again:
                assert (again.status, await again.read()) == (304, b"")
            async with service.session.get(root + address, headers={"If-None-Match": '"another"'}) as changed:
                assert changed.status == 200


async def test_who_asks_for_nothing_comes_to_the_desk(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        root = service.url.partition("/v1/")[0]
        async with service.session.get(root + "/", allow_redirects=False) as said:
            assert (said.status, said.headers["Location"]) == (302, "/desk")


async def test_who_asks_whose_his_token_is_hears_the_time(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        me = (await (await service.caller("agent", agent="anna")).get("/me")).body
        assert (me["role"], me["agent"], me["pace"]) == ("agent", "anna", 1)
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", me["now"])


def test_they_need_nothing_from_elsewhere() -> None:
    for name, (_kind, text) in FILES.items():
        named = text.replace("http://www.w3.org/2000/svg", "")  # a name, not a place
        assert not re.search(r"https?://\w|//[a-z]+\.", named), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\bon\w+=|style=", text), (
            name
        )
        for address in re.findall(r'(?:src|href)="([^"#$]+)"', text):
            assert address == "/openapi.json" or address in FILES, (name, address)
        for address in re.findall(r'(?:from|import) "([^"]+)"', text):
            assert address in FILES, (name, address)


def test_every_file_is_used() -> None:
    told = {found for _kind, text in FILES.values() for found in re.findall(r'"(/pages/[^"]+)"', text)}
    pages = {address for address in FILES if not address.startswith("/pages/")}
    assert pages == {"/docs", "/desk", "/wall"}
    assert set(FILES) - pages == told
