"""Connections that are slow, or speak no HTTP: they are told so, and do not last.

aiohttp waits for ever for the headers of a request, and answers nonsense in words of its own. This is its protocol with
both mended.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from router.kit.clock import SystemClock
from router.kit.errors import Refusal
from router.web.problems import problem, problem_of_http, raw_problem

if TYPE_CHECKING:
    import asyncio

    from router.web.options import WebOptions

FINISH_S: Final = 10.0
"""So long requests under way may take when the server stops."""
LINGER_S: Final = 2.0
"""So long the rest of a refused body is read and thrown away, so that its sender sees why."""

_log: Any = structlog.get_logger()


class Runner(web.AppRunner):
    """Serves an application by `Connection`."""

    def __init__(self, application: web.Application, options: WebOptions) -> None:
        super().__init__(application, access_log=None, shutdown_timeout=FINISH_S)
        self._options = options

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made, self._options)


class _Server(web.Server):
    def __init__(self, made: web.Server, options: WebOptions) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory)
        self._options = options

    def __call__(self) -> web.RequestHandler:
        return Connection(self, self._options, self._loop)


class Connection(web.RequestHandler):
    """One connection, whose requests must be there in time."""

    def __init__(self, server: web.Server, options: WebOptions, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=options.idle_limit_s,
            lingering_time=LINGER_S,
            max_line_size=options.line_max,
            max_field_size=options.line_max,
            max_headers=options.headers_max,
            auto_decompress=False,
        )
        self._clock = SystemClock()
        self._limit_s = options.header_limit_s
        self._timer: asyncio.TimerHandle | None = None
        self._due_ms: int | None = None
        """When the awaited headers must be there.

        The timer may ring before: most requests are there at once, and one for each would cost more than a look now
        and then.
        """
        self._begun = False
        """Something of the awaited request has come."""
        self._idle = True
        """Between requests."""
        factory = self._request_factory
        assert factory is not None

        def complete(*parts: Any) -> Any:
            self._due_ms = None
            self._idle = self._begun = False
            return factory(*parts)

        self._request_factory = complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connects; its first request is awaited."""
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        """Bytes come; the first of a request sets its time."""
        if self._idle and data:
            self._begun = True
            if self._due_ms is None:
                self._await_headers()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client is gone."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; what aiohttp refuses by itself is a problem too."""
        if isinstance(resp, web.HTTPException):
            resp = problem_of_http(resp)
        if resp.status == HTTPStatus.REQUEST_TIMEOUT:
            self._lingering_time = 0.0  # whoever was too slow has had his time
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._idle = True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  (it quotes the request)
    ) -> web.StreamResponse:
        """What is no HTTP, or broke a handler. The request is not logged."""
        if isinstance(exc, LineTooLong):
            refusal = Refusal("too_large", "the address or a header is too long")
        elif isinstance(exc, HttpProcessingError) or status < 500:
            refusal = Refusal("malformed", "this is not an HTTP request")
        else:
            refusal = Refusal("internal")
            _log.error("request_broke", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        response = problem(refusal)
        response.force_close()
        return response

    def _await_headers(self) -> None:
        self._due_ms = self._clock.monotonic_ms() + round(self._limit_s * 1000)
        if self._timer is None:
            self._timer = self._loop.call_later(self._limit_s, self._look)

    def _look(self) -> None:
        """Whether the headers have come in time."""
        self._timer = None
        if self._due_ms is None:
            return
        left_ms = self._due_ms - self._clock.monotonic_ms()
        if left_ms > 0:
            self._timer = self._loop.call_later(left_ms / 1000, self._look)
            return
        if self._begun and self.transport is not None:
            self.transport.write(raw_problem(Refusal("too_slow", f"headers must come within {self._limit_s:g} s")))
        self.force_close()
