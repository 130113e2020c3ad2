"""The API's documentation for machines: `/openapi.json`. For people there is `/docs`, one of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from router.web.openapi import openapi_document
from router.web.pages import HEADERS
from router.web.table import OPERATIONS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


def add_documentation(application: web.Application, workspace: str) -> None:
    """Serve it."""
    document = msgspec.json.encode(openapi_document(OPERATIONS, workspace))
    application.router.add_get("/openapi.json", _fixed(document), allow_head=False)


def _fixed(document: bytes) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=document, content_type="application/json", headers=HEADERS)

    return handle
