"""One line in the log for each request: what was asked of whom, and how it went. Never what was in it. And a count."""

from __future__ import annotations

import asyncio
import functools
import logging
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.service.served import Served
    from router.web.options import WebOptions

BASE: Final = "/v1/{workspace}"
"""What the address of every operation begins with."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
TOKEN: Final = web.RequestKey("token", str)
"""The id of the caller's token, once it is known."""
CLIENT_GONE: Final = 499
FILES: Final = "/pages/"
"""What the address of every file of a page begins with."""


def access_log(served: Served, options: WebOptions, waiting: frozenset[str]) -> Any:
    """The middleware around all others. While the process closes, it also asks clients to connect anew.

    `waiting` are the routes whose time says nothing, because they wait for their callers' sake.
    """
    log: Any = structlog.get_logger().bind()

    @web.middleware
    async def logged(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        started, status = served.clock.monotonic_ms(), 500
        try:
            response = await handler(request)
            status = response.status
            if served.closing.is_set() and not response.prepared:
                response.force_close()
            return response
        except asyncio.CancelledError:
            status = CLIENT_GONE
            raise
        finally:
            resource = request.match_info.route.resource
            # A path's values, a query and an unheard-of method are the caller's words.
            method = request.method if request.method in METHODS else "other"
            route = resource.canonical if resource else None
            ms = served.clock.monotonic_ms() - started
            served.own.requests[method, _counted_as(route), f"{status // 100}xx"] += 1
            if route not in waiting:
                served.own.took.add(ms)
            # A page is thirty files; what it asks for of the API says that somebody is there.
            level = logging.DEBUG if route is not None and route.startswith(FILES) else logging.INFO
            if log.is_enabled_for(level):
                token, remote = request.get(TOKEN), _remote(request, options)
                log.log(level, "request", method=method, route=route, status=status, ms=ms, token=token, remote=remote)

    return logged


@functools.cache  # there are no more than the server has routes
def _counted_as(route: str | None) -> str:
    return "none" if route is None else route.removeprefix(BASE)


def _remote(request: web.Request, options: WebOptions) -> str | None:
    """The caller's address; behind a proxy, the one that the proxy saw."""
    forwarded = options.forwarded(request.headers, "X-Forwarded-For")
    return (_address(forwarded) if forwarded else None) or request.remote


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
