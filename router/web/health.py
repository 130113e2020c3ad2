"""Whether the process lives, and whether it takes requests. At the root, for whoever may reach the port.

No token is asked for: who asks is a supervisor of processes or a load balancer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from router.domain.wire.answers import Readiness
from router.web.problems import RETRY_AFTER_S, SAFE

if TYPE_CHECKING:
    from router.service.served import Served


def add_health(application: web.Application, served: Served) -> None:
    """Serve `/healthz` and `/readyz`."""

    async def alive(_request: web.Request) -> web.Response:
        """200 as long as the process answers at all: what else is wrong, a restart would not mend."""
        if served.died.is_set():
            return web.Response(text="a task has died\n", status=503, headers=SAFE)
        return web.Response(text="alive\n", headers=SAFE)

    async def ready(_request: web.Request) -> web.Response:
        """200 where requests are welcome, else 503 with everything that is wrong."""
        wrong = served.health.wrong()
        if served.closing.is_set():
            wrong.insert(0, "the process is shutting down")
        said = Readiness(ready=not wrong, wrong=wrong)
        return web.Response(
            body=msgspec.json.encode(said),
            status=503 if wrong else 200,
            content_type="application/json",
            headers=SAFE | {"Retry-After": RETRY_AFTER_S} if wrong else SAFE,
        )

    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", ready)
