"""The pages for people: `/docs`, `/desk`, `/wall`, and their files. They need nothing from elsewhere."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.web.access import FILES
from router.web.problems import SAFE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from importlib.resources.abc import Traversable

START: Final = "/desk"
"""Where whoever asks for `/` is sent."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: http: blob:; "
    "media-src 'self' https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
"""Nothing runs on a page but what comes from here. Customers' pictures and sounds lie where their channel has them."""

HEADERS: Final = SAFE | {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""A browser asks each time whether a file has changed: a new page must not meet the scripts of the one before."""

TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page_files() -> Iterator[tuple[str, str, bytes]]:
    """(address, media type, content) of each file in `pages/`; a folder's `index.html` is the page of its name."""
    for folder in sorted(files("router.web").joinpath("pages").iterdir(), key=_name):
        for file in sorted(folder.iterdir(), key=_name):
            suffix = file.name[file.name.rindex(".") :]
            address = f"/{folder.name}" if file.name == "index.html" else f"{FILES}{folder.name}/{file.name}"
            yield address, TYPES[suffix], file.read_bytes()


def add_pages(application: web.Application) -> None:
    """Serve them."""
    for address, kind, content in page_files():
        application.router.add_get(address, _served(content, kind), allow_head=False)
    application.router.add_get("/", _start, allow_head=False)


def _served(content: bytes, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    tag = hashlib.blake2b(content, digest_size=12).hexdigest()

    async def handle(request: web.Request) -> web.Response:
        seen = request.if_none_match or ()
        response = (
            web.Response(status=304, headers=HEADERS)
            if any(known.value == tag for known in seen)
            else web.Response(body=content, content_type=kind, charset="utf-8", headers=HEADERS)
        )
        response.etag = tag
        return response

    return handle


async def _start(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers=SAFE | {"Location": START})


def _name(file: Traversable) -> str:
    return file.name
