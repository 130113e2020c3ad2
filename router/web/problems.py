"""What is not an answer: every refusal and fault as an RFC 9457 problem."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from router.domain.refusals import REFUSALS
from router.domain.wire.answers import Problem
from router.kit.errors import Fault, NotReplicated, Refusal, RouterError

RETRY_AFTER_S: Final = "1"
"""When to come again: the pump and the links look for the server more often than that."""

PROBLEM: Final = "application/problem+json"

SAFE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of every answer: it is about customers, and is what it says it is."""

COME_AGAIN: Final = frozenset({429, 503})
"""Statuses that say when to come again."""


def problem_of(error: RouterError) -> Problem:
    """The problem that an error of ours is; what is not expected is a fault of the server."""
    if isinstance(error, Refusal):
        kind = REFUSALS[error.code]
        # It may quote an address that was no text.
        detail = None if error.detail is None else error.detail.encode(errors="replace").decode()
        return Problem(
            type=f"/problems/{kind.code}", title=kind.meaning, status=kind.status, code=kind.code, detail=detail
        )
    if isinstance(error, NotReplicated):
        return problem_of(Refusal("not_replicated"))
    if isinstance(error, Fault):
        return problem_of(Refusal("store_away"))
    raise error


def malformed(error: Exception) -> Refusal:
    """A body that is not of the documented form. Says where; never what stood there, which may be a customer's."""
    return Refusal("malformed", str(error))


def problem(error: RouterError) -> web.Response:
    """A refusal or fault as the response."""
    said = problem_of(error)
    body = msgspec.json.encode(said)
    return web.Response(body=body, status=said.status, content_type=PROBLEM, headers=_headers(said.status))


def problem_of_http(error: web.HTTPException) -> web.Response:
    """What aiohttp refuses by itself, in our words."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        response = problem(Refusal("wrong_method", f"there is {allowed}"))
        response.headers["Allow"] = allowed
        return response
    if isinstance(error, web.HTTPNotFound):
        return problem(Refusal("unknown_path"))
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return problem(Refusal("too_large", "the body is too long"))
    return problem(Refusal("malformed", error.reason))


def raw_problem(refusal: Refusal) -> bytes:
    """The same as bytes, for a connection whose request never became one. It closes afterwards."""
    said = problem_of(refusal)
    body = msgspec.json.encode(said)
    lines = [
        f"HTTP/1.1 {said.status} {HTTPStatus(said.status).phrase}",
        f"Content-Type: {PROBLEM}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in _headers(said.status).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _headers(status: int) -> dict[str, str]:
    headers = dict(SAFE)
    if status in COME_AGAIN:
        headers["Retry-After"] = RETRY_AFTER_S
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers
