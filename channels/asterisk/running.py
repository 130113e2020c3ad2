"""The adapter at work: every server of the settings, and `/healthz`."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import structlog
from aiohttp import web

from channels.asterisk.server import Server
from channels.kit.failures import Misconfigured
from channels.kit.listener import bind, listening
from router.kit.errors import Died

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from channels.asterisk.devices import Seen
    from channels.asterisk.settings import AsteriskSettings
    from channels.kit.port import Place, Time

_log: Any = structlog.get_logger()


class ServerReport(msgspec.Struct, frozen=True, kw_only=True):
    """How one server is. `detail` is the first thing that is wrong."""

    status: Literal["up", "degraded"]
    detail: str | None
    holds_account: bool
    """This process has the account's lease; another one may."""
    calls: int


class Phones:
    """The adapter, for as long as its context lasts."""

    def __init__(self, servers: list[Server], local_url: str) -> None:
        self.servers = servers
        self.local_url = local_url
        self._work = asyncio.create_task(self._run())

    async def ended(self) -> None:
        """Wait for what ends it by itself. Raises `Misconfigured`, and `Died` for a bug."""
        await asyncio.shield(self._work)

    async def stop(self) -> None:
        """Let another one have the accounts. Calls go on. Raises what it had ended with."""
        self._work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._work

    def report(self) -> dict[str, ServerReport]:
        """How each server is."""
        return {
            server.account: ServerReport(
                status="degraded" if server.health.detail else "up",
                detail=server.health.detail,
                holds_account=server.wire.held.is_set(),
                calls=len(server.calls),
            )
            for server in self.servers
        }

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for server in self.servers:
                    group.create_task(server.run())
        except* Misconfigured as wrong:
            raise _first(wrong) from None
        except* Exception as broken:  # noqa: BLE001 - a bug ends it with a word that has nothing of a customer
            _log.error("adapter_died", exc_info=broken)
            raise Died("the adapter has died; the log says where. Start it again") from None


def _first(group: BaseExceptionGroup[Misconfigured]) -> Misconfigured:
    """The first error of a group, however deep."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


@asynccontextmanager
async def running(
    settings: AsteriskSettings, secrets: Mapping[str, str], place: Place, time: Time
) -> AsyncGenerator[Phones]:
    """The adapter at work while the context lasts. Raises `Misconfigured`, and OSError where it cannot listen."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(bind(settings.host, settings.port))
        seen: Seen = {}
        servers = [Server(account, settings, secrets["password"], place, time, seen) for account in settings.servers]
        phones = Phones(servers, f"http://{settings.host}:{listener.getsockname()[1]}")
        stack.push_async_callback(phones.stop)

        async def health(_request: web.Request) -> web.Response:
            said = phones.report()
            is_up = all(report.status == "up" for report in said.values())
            return web.json_response(body=msgspec.json.encode(said), status=200 if is_up else 503)

        app = web.Application()
        app.router.add_get("/healthz", health)
        await stack.enter_async_context(listening(app, listener))
        yield phones
