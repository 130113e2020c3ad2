"""The figures for Prometheus at the API's port, for a reader's token. A listener of their own asks for none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.kit.errors import Refusal
from router.service.metrics import metrics
from router.web.access import TOKEN
from router.web.calling import authenticate
from router.web.operation import READERS
from router.web.problems import SAFE

if TYPE_CHECKING:
    from router.service.served import Served

PATH: Final = "/metrics"


def add_metrics(application: web.Application, served: Served) -> None:
    """Serve `/metrics` to whoever may read everything."""

    async def figures(request: web.Request) -> web.Response:
        known = await authenticate(served, request)
        request[TOKEN] = known.id
        if known.token.role not in READERS:
            raise Refusal("wrong_role", f"{known.token.role} may not GET {PATH}")
        return await figures_for(served, request)

    application.router.add_get(PATH, figures)


async def figures_for(served: Served, request: web.Request) -> web.Response:
    """200 also while the store is away, then without what is known of the workspace."""
    body, content_type = await metrics(served, request.headers.get("Accept", ""))
    return web.Response(body=body, headers=SAFE | {"Content-Type": content_type})
