"""Places whose primary is elected: found, followed, and never left for an older one."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import pytest

from router.engine.address import Address
from router.engine.connection import Connection
from router.engine.elected import Cluster, Sentinels, slot_of
from router.engine.workspaces import workspaces
from router.kit.errors import Fault, ServerUnfit, StoreAway
from tests.helpers.proxy import scripted
from tests.helpers.replicas import (
    HERE,
    Node,
    clustered,
    first_primary_of,
    formed,
    replicated,
    running_all,
    sentinels,
    watched,
)
from tests.helpers.servers import KINDS, free_port
from tests.helpers.slots import begin_move, end_move, move_keys
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

    from router.engine.place import Place


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def place_of(nodes: list[Node], replicas: int = 0) -> Sentinels:
    return Sentinels("heart", tuple(node.address for node in nodes), Address(replicas=replicas))


async def moved(place: Place, before: Address) -> Address:
    """Where the place is as soon as that is elsewhere."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(Fault):
                if (found := await place.locate()) != before:
                    return found
            await turn()


async def persist(connection: Connection, *command: str) -> object:
    """The reply, however long the server is away."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await connection.call(*command)
            except Fault:
                await turn()


async def test_a_connection_follows_the_sentinels_to_the_new_primary(kind: str, tmp_path: Path) -> None:
    primary, replica = replicated(kind, tmp_path)
    watchers = sentinels(kind, tmp_path, primary)
    with running_all(primary, replica):
        await primary.ask_until("PING")
        await primary.followed_by(1)
        with running_all(*watchers):
            await watched(watchers, 1)
            await follow(primary, replica, place_of(watchers))


async def follow(primary: Node, replica: Node, place: Sentinels) -> None:
    assert await place.locate() == primary.address
    connection = await Connection.open(place)
    assert await connection.call("SET", "key", "1") == b"OK"
    await primary.followed_by(1)
    # It answers nobody any more, and closes no connection: only the Sentinels know.
    primary.send(signal.SIGSTOP)
    assert await moved(place, primary.address) == replica.address
    assert await persist(connection, "GET", "key") == b"1"
    assert b"role:master" in await replica.ask("INFO", "replication")
    await connection.close()


async def test_an_older_election_does_not_bring_the_old_primary_back(tmp_path: Path) -> None:
    """Two Sentinels, of which only the second has heard of the last election."""

    def said(command: list[bytes], epoch: int, port: int) -> bytes:
        words = ["10.0.0.1", str(port)] if b"GET" in command[1] else ["name", "heart", "config-epoch", str(epoch)]
        return f"*{len(words)}\r\n".encode() + b"".join(f"${len(word)}\r\n{word}\r\n".encode() for word in words)

    first, second = (Address(path=str(tmp_path / name)) for name in ("first", "second"))
    place = Sentinels("heart", (first, second), Address(user="anna", password="secret", database=2))
    async with scripted(first, lambda command: said(command, 3, 7001)):
        async with scripted(second, lambda command: said(command, 4, 7002)):
            new = Address(host="10.0.0.1", port=7002, user="anna", password="secret", database=2)
            assert await place.locate() == new
        assert await place.locate() == new, "the second is away, and may know better than the first"
        async with scripted(second, lambda command: said(command, 3, 7001)):
            assert (await place.locate()).port == 7001, "all were asked: the Sentinels were set up anew"


async def test_sentinels_that_are_away_or_know_nothing_are_told_apart(tmp_path: Path) -> None:
    (primary,) = replicated("valkey", tmp_path, (HERE,))
    watchers = sentinels("valkey", tmp_path, primary, (HERE,))
    with running_all(primary, *watchers):
        await watchers[0].says("PONG", "PING")
        nowhere = Address(host="127.0.0.1", port=free_port())
        assert await Sentinels("heart", (nowhere, watchers[0].address), Address()).locate() == primary.address
        with pytest.raises(StoreAway, match="nobody there knows a primary"):
            await Sentinels("heart", (nowhere,), Address()).locate()
        with pytest.raises(ServerUnfit, match="No such master"):
            await Sentinels("lungs", (watchers[0].address,), Address()).locate()


async def test_a_workspace_is_where_its_slot_is(kind: str, tmp_path: Path) -> None:
    nodes = clustered(kind, tmp_path)
    with running_all(*nodes):
        await formed(nodes)
        cluster = Cluster((nodes[5].address, Address(host="127.0.0.1", port=free_port())))
        assert set(await cluster.primaries()) == {node.address for node in nodes[:3]}
        for name in ("krasnoyarsk", "omsk", "tomsk"):
            assert slot_of(name) == await nodes[0].ask("CLUSTER", "KEYSLOT", f"{{{name}}}:meta")
            owner = nodes[first_primary_of(slot_of(name))]
            assert await cluster.of(name).locate() == owner.address
            connection = await Connection.open(cluster.of(name))
            await connection.call("HSET", f"{{{name}}}:meta", "seq", "0")
            await connection.close()
        assert await workspaces(cluster) == ["krasnoyarsk", "omsk", "tomsk"]
        # A replica takes over: a connection that stood goes there, and one that asks is sent there.
        owner = nodes[first_primary_of(slot_of("omsk"))]
        connection = await Connection.open(cluster.of("omsk"))
        owner.send(signal.SIGSTOP)
        await moved(cluster.of("omsk"), owner.address)
        assert await persist(connection, "HGET", "{omsk}:meta", "seq") == b"0"
        await connection.close()
        owner.send(signal.SIGCONT)


async def test_an_act_in_a_slot_that_moves_key_by_key_is_put_off(kind: str, tmp_path: Path) -> None:
    """And never follows a redirection: on the other side half of its keys would be missing."""
    nodes = clustered(kind, tmp_path, (HERE,) * 3)
    with running_all(*nodes):
        await formed(nodes, following=())
        slot = slot_of("omsk")
        source = nodes[first_primary_of(slot)]
        target = next(node for node in nodes if node is not source)
        connection = await Connection.open(Cluster((nodes[0].address,)).of("omsk"))
        await connection.call("SET", "{omsk}:there", "1")
        await begin_move(source, target, slot)
        with pytest.raises(StoreAway, match="ASK"):
            await connection.call("EXISTS", "{omsk}:absent")
        assert connection.connected, "it will be served here again, or moved"
        assert await move_keys(source, target, slot) == 1
        await end_move(source, target, slot)
        assert await persist(connection, "GET", "{omsk}:there") == b"1"
        await connection.close()
