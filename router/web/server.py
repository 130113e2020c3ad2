"""The HTTP server: every operation is a route below `/v1/{workspace}`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.kit.errors import Fault, Refusal
from router.web.access import BASE, TOKEN, access_log
from router.web.calling import authenticate, call_operation, open_socket
from router.web.documentation import add_documentation
from router.web.health import add_health
from router.web.metrics import add_metrics
from router.web.options import WebOptions
from router.web.pages import add_pages
from router.web.problems import SAFE, problem, problem_of, problem_of_http
from router.web.slow import Runner
from router.web.table import OPERATIONS
from router.web.whole import Whole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.service.served import Served
    from router.web.operation import Operation

NAME_MAX: Final = 200
OWN_WORKSPACE: Final = "-"
"""In a path in place of the workspace: the one that the token is for."""
SUBPROTOCOL: Final = "contact-router.v1"


def web_application(served: Served, options: WebOptions | None = None) -> web.Application:
    """The API of one workspace."""
    options = options or WebOptions()
    waiting = frozenset(BASE + operation.path for operation in OPERATIONS if operation.waits)
    around = [access_log(served, options, waiting), _problems(served)]
    application = web.Application(middlewares=around, client_max_size=options.body_max)
    for operation in OPERATIONS:
        handle = _route(served, operation, options)
        application.router.add_route(operation.method, BASE + operation.path, handle)
    add_documentation(application, served.engine.workspace)
    add_pages(application)
    add_health(application, served)
    add_metrics(application, served)

    async def close(_application: web.Application) -> None:
        """What waits for its callers' sake would else be waited for."""
        served.closing.set()

    application.on_shutdown.append(close)
    return application


def web_runner(application: web.Application, options: WebOptions | None = None) -> web.AppRunner:
    """What serves the application, with the limits of `options` on each connection."""
    return Runner(application, options or WebOptions())


def _route(
    served: Served, operation: Operation, options: WebOptions
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        path = dict(request.match_info)
        _readable(path)
        if path.pop("workspace") not in {served.engine.workspace, OWN_WORKSPACE}:
            raise Refusal("unknown_workspace")
        known = await authenticate(served, request)
        request[TOKEN] = known.id
        if operation.socket is not None:
            _same_site(request, options)
            return await open_socket(served, operation, known, path, request)
        reply = await call_operation(
            served,
            operation,
            known,
            path=path,
            query=request.query,
            raw=await _read(request, operation.body_max or options.body_max, options),
            key=request.headers.get("Idempotency-Key") if operation.method == "POST" else None,
            version=request.headers.get("If-Match"),
        )
        status, seq = reply.status or operation.status, served.feed.seq
        if reply.body is None:
            return web.Response(status=status, headers={**SAFE, "Event-Seq": str(seq)})
        return Whole(reply.body, status, seq)

    return handle


def _readable(path: dict[str, str]) -> None:
    """Names in an address are text of a decent length."""
    for name, value in path.items():
        if not value.isprintable() or len(value) > NAME_MAX:
            raise Refusal("malformed", f"{name} has at most {NAME_MAX} printable characters")


def _same_site(request: web.Request, options: WebOptions) -> None:
    """A browser says which site's page opens a socket. Refuses `foreign_origin`."""
    origin = request.headers.get("Origin")
    if origin is None or origin in options.allow_origins:
        return
    scheme = options.forwarded(request.headers, "X-Forwarded-Proto") or request.scheme
    if origin.lower() != f"{scheme}://{request.host}".lower():
        raise Refusal("foreign_origin", "the server was not told to allow this origin")


async def _read(request: web.Request, most: int, options: WebOptions) -> bytes:
    """The whole body, which has its time and its size."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal("malformed", "a body is sent as it is, not compressed")
    try:
        if request.content.is_eof():  # it has come with its headers
            body = request.content.read_nowait()
        else:
            async with asyncio.timeout(options.body_limit_s):
                body = await request.clone(client_max_size=most).read()
    except TimeoutError:
        raise Refusal("too_slow", f"a body must come within {options.body_limit_s:g} s") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Refusal("malformed", "the body ends before its length") from None
    if len(body) > most:
        raise Refusal("too_large", "the body is too long")
    return body


def _problems(served: Served) -> Any:
    """The middleware by which every refusal, also aiohttp's own, is a problem with a code."""

    @web.middleware
    async def answered(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except (Refusal, Fault) as error:
            served.own.refused[problem_of(error).code] += 1
            return problem(error)
        except web.HTTPException as error:
            return problem_of_http(error)

    return answered
