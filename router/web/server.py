"""The HTTP server: every operation is a route below `/v1/{workspace}`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog
from aiohttp import web

from router.kit.errors import Fault, Refusal, RouterError
from router.web.calling import call_operation
from router.web.problems import COME_AGAIN, RETRY_AFTER_S, problem_of
from router.web.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.service.served import Served
    from router.service.tokens import Known
    from router.web.operation import Operation

BODY_MAX: Final = 256 * 1024
BODY_LIMIT_S: Final = 30.0
SUBPROTOCOL: Final = "contact-router.v1"
_BEARER: Final = "bearer."

_log: Any = structlog.get_logger()


def web_application(served: Served) -> web.Application:
    """The API of one workspace."""
    application = web.Application(middlewares=[_problems], client_max_size=BODY_MAX)
    for operation in OPERATIONS:
        application.router.add_route(operation.method, "/v1/{workspace}" + operation.path, _route(served, operation))
    return application


def _route(served: Served, operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        path = dict(request.match_info)
        if path.pop("workspace") != served.engine.workspace:
            raise Refusal("unknown_workspace")
        known = await authenticate(served, request)
        if operation.socket is not None:
            return await operation.socket(served, operation, known, request, path)
        reply = await call_operation(
            served,
            operation,
            known,
            path=path,
            query=request.query,
            raw=await _read(request),
            key=request.headers.get("Idempotency-Key") if operation.method == "POST" else None,
            version=request.headers.get("If-Match"),
        )
        return answer(reply.body, reply.status or operation.status)

    return handle


async def authenticate(served: Served, request: web.Request) -> Known:
    """Whose token comes with the request: in its header, or from a browser's socket in a subprotocol."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        return await served.tokens.who(secret.strip())
    for protocol in request.headers.get("Sec-WebSocket-Protocol", "").split(","):
        if protocol.strip().startswith(_BEARER):
            return await served.tokens.who(protocol.strip().removeprefix(_BEARER))
    raise Refusal("unauthorized", "send Authorization: Bearer TOKEN")


def answer(body: msgspec.Struct | None, status: int) -> web.Response:
    """A struct as the response."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def problem(error: RouterError) -> web.Response:
    """A refusal or fault as the response."""
    said = problem_of(error)
    headers = {"Retry-After": RETRY_AFTER_S} if said.status in COME_AGAIN else None
    if said.status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return web.Response(
        body=msgspec.json.encode(said), status=said.status, content_type="application/problem+json", headers=headers
    )


async def _read(request: web.Request) -> bytes:
    """The whole body, which has its time and its size."""
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            return await request.read()
    except TimeoutError:
        raise Refusal("malformed", f"the body took longer than {BODY_LIMIT_S:g} s") from None


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every refusal, also aiohttp's own, is a problem with a code."""
    try:
        return await handler(request)
    except (Refusal, Fault) as error:
        return problem(error)
    except web.HTTPRequestEntityTooLarge:
        return problem(Refusal("too_large", f"at most {BODY_MAX} bytes"))
    except web.HTTPMethodNotAllowed as error:
        response = problem(Refusal("wrong_method", f"there is {', '.join(sorted(error.allowed_methods))}"))
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPNotFound:
        return problem(Refusal("unknown_path", request.path))
