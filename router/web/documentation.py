"""The API's documentation, for everybody: `/openapi.json`, and `/docs`, a page that shows it without the internet."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from router.web.openapi import openapi_document
from router.web.problems import SAFE
from router.web.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAGE: Final = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.css": ("docs.css", "text/css"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
}
"""Address → file and type."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing runs on the page, and nothing is fetched, but from here."""


def add_documentation(application: web.Application, workspace: str) -> None:
    """Serve it."""
    document = msgspec.json.encode(openapi_document(OPERATIONS, workspace))
    application.router.add_get("/openapi.json", _fixed(document, "application/json"), allow_head=False)
    for address, (name, kind) in PAGE.items():
        content = files("router.web").joinpath("pages", name).read_bytes()
        application.router.add_get(address, _fixed(content, kind), allow_head=False)


def _fixed(content: bytes, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    headers = SAFE | {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}

    async def handle(_request: web.Request) -> web.Response:
        charset = None if kind == "application/json" else "utf-8"
        return web.Response(body=content, content_type=kind, charset=charset, headers=headers)

    return handle
