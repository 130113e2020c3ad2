"""How a slot of a cluster is moved from one primary to another: at once, or in the old way, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.helpers.replicas import Node

KEYS_AT_A_TIME = 10
"""As the servers' own tools have it."""
ENDS = {b"success", b"failed", b"cancelled"}
"""How a move at once may end."""


async def move_at_once(source: Node, target: Node, slot: int) -> None:
    """By Valkey's atomic migration, of version 9."""
    await source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", await _name(target))
    moves = await source.replies(lambda moves: _state_of_last(moves) in ENDS, "CLUSTER", "GETSLOTMIGRATIONS")
    assert _state_of_last(moves) == b"success", moves[0]


async def move_key_by_key(source: Node, target: Node, slot: int) -> None:
    """As all versions can."""
    await begin_move(source, target, slot)
    await move_keys(source, target, slot)
    await end_move(source, target, slot)


async def begin_move(source: Node, target: Node, slot: int) -> None:
    """From now on the source knows only the keys that are still there, and sends who asks for another one on."""
    await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", await _name(source))
    await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", await _name(target))


async def move_keys(source: Node, target: Node, slot: int) -> int:
    """Move the keys until none is left, and say how many they were."""
    moved = 0
    while keys := await source.ask("CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_A_TIME):
        await source.ask("MIGRATE", target.host, target.port, "", 0, 5_000, "KEYS", *keys)
        moved += len(keys)
    return moved


async def end_move(source: Node, target: Node, slot: int) -> None:
    """The slot is the target's; who else is in the cluster hears it from these two."""
    name = await _name(target)
    for node in (target, source):
        await node.ask("CLUSTER", "SETSLOT", slot, "NODE", name)


async def _name(node: Node) -> str:
    return (await node.ask("CLUSTER", "MYID")).decode()


def _state_of_last(moves: list[list[bytes]]) -> bytes:
    return moves[0][moves[0].index(b"state") + 1]
