"""What leaves by a socket: whole frames of any length, in their order."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from router.web.outbox import OUTBOX_MAX, Outbox

SIZES = (0, 1, 125, 126, 65_535, 65_536, 1_000_000)


async def test_frames_of_any_length_come_whole_and_in_order() -> None:
    async def tell(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        writer = await socket.prepare(request)
        async with asyncio.TaskGroup() as group:
            outbox = Outbox(request, writer, group.create_task)
            outbox.send(WSMsgType.PING, b"there?")
            await outbox.put(WSMsgType.TEXT, (b"%d" % number for number in range(2 * OUTBOX_MAX)))
            for size in SIZES:
                await outbox.put(WSMsgType.TEXT, [b"x" * size])
            await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/", tell)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.make_url("/"), autoping=False, max_msg_size=0) as socket,
    ):
        ping = await socket.receive()
        assert (ping.type, ping.data) == (WSMsgType.PING, b"there?")
        numbers = [str(number) for number in range(2 * OUTBOX_MAX)]
        assert [await socket.receive_str() for _ in numbers] == numbers
        assert [len(await socket.receive_str()) for _ in SIZES] == list(SIZES)
