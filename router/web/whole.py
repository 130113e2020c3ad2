"""A response that is all there: its head and its body leave as one piece.

aiohttp makes a response step by step, since it may be compressed, come in chunks, or have a body still to be read. An
answer of the API is JSON of a known length, and nothing else.
"""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import SERVER_SOFTWARE, HttpVersion11

from router.web.problems import SAFE

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

_encode = msgspec.json.Encoder().encode


class Whole(web.StreamResponse):
    """A struct as JSON, with `Event-Seq`: how far this process has heard of the events."""

    def __init__(self, body: msgspec.Struct, status: int, seq: int) -> None:
        super().__init__(status=status)
        self._said = body
        self._seq = seq
        self._stays = False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open, once it is written."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Write all of it."""
        self._stays = super().keep_alive is None and request.keep_alive  # nobody said `force_close`
        is_new = request.version >= HttpVersion11
        body = _encode(self._said)
        head = (
            f"HTTP/1.{is_new:d} {_fixed(self.status)}Event-Seq: {self._seq}\r\nContent-Length: {len(body)}\r\n"
            f"Date: {rfc822_formatted_time()}\r\n{_CONNECTION[self._stays, is_new]}\r\n"
        )
        await request.writer.write(head.encode() + body)
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """All is written."""
        del data


_CONNECTION = {
    (True, True): "",
    (True, False): "Connection: keep-alive\r\n",
    (False, True): "Connection: close\r\n",
    (False, False): "",
}
"""(whether the connection stays, whether it is HTTP 1.1) → what must be said of that."""


@functools.cache
def _fixed(status: int) -> str:
    """What the heads of all answers of a status have in common."""
    same: dict[str, Any] = {**SAFE, "Content-Type": "application/json", "Server": SERVER_SOFTWARE}
    return f"{status} {HTTPStatus(status).phrase}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in same.items())
