"""Ceasing to listen loses nobody who was already there."""

from __future__ import annotations

import socket
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from router.app import serving
from router.web.listening import bind, listening
from tests.helpers.floor import operation_of

if TYPE_CHECKING:
    from router.domain.operation import Operation
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""
CLIENTS = 20
_workspaces = count()


def shop() -> Operation:
    return msgspec.structs.replace(operation_of(OPERATION), workspace=f"listening-{next(_workspaces)}")


def connected(listener: socket.socket) -> socket.socket:
    client = socket.create_connection(listener.getsockname(), timeout=10)
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
    return client


async def test_connections_that_nobody_has_taken_yet_are_answered(server: Server) -> None:
    async with serving(shop(), url=f"unix://{server.address.path}") as served:
        listener = bind("127.0.0.1", 0)
        async with listening(served, listener):
            # The loop does not run in between, so the listener ends before anybody has looked.
            clients = [connected(listener) for _ in range(CLIENTS)]
        for client in clients:
            with client:
                said = client.recv(4096)
            assert said.startswith(b"HTTP/1.1 200 ")
            assert b"Connection: close" in said


async def test_processes_may_share_the_listener(server: Server) -> None:
    async with serving(shop(), url=f"unix://{server.address.path}") as served:
        with bind("127.0.0.1", 0) as listener:
            async with listening(served, listener.dup()):
                pass
            served.closing.clear()
            client = connected(listener)
            async with listening(served, listener.dup()):
                pass
            with client:
                assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
