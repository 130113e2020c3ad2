"""Whether the process lives, whether it takes requests, and its figures. At the root, for whoever may reach the port.

No token is asked for: who asks is a supervisor of processes, a load balancer or a Prometheus, and what is answered are
numbers of queues, never a customer, an agent or a contact. Where even those are nobody's business, let the proxy in
front keep `/metrics` to itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from prometheus_client.exposition import choose_encoder

from router.domain.wire.answers import Readiness
from router.service.metrics import metrics
from router.web.problems import RETRY_AFTER_S, SAFE

if TYPE_CHECKING:
    from router.service.served import Served


def add_health(application: web.Application, served: Served) -> None:
    """Serve `/healthz`, `/readyz` and `/metrics`."""

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

    async def figures(request: web.Request) -> web.Response:
        """The figures as Prometheus reads them; 200 also while the store is away, then without those that it has."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        registry = await metrics(served)
        return web.Response(body=encode(registry), headers=SAFE | {"Content-Type": content_type})

    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", ready)
    application.router.add_get("/metrics", figures)
