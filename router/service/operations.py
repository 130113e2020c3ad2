"""The operation a router process works from, and applying another to a running workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.hours import is_open, transitions
from router.domain.pools import pools_of
from router.domain.revision import operation_digest
from router.engine.acts.reading import GetOperation
from router.engine.acts.workspace import ApplyOperation, Create, Due, SetHours, StageOperation
from router.engine.compile import Stored, compile_operation
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.domain.operation import Operation
    from router.engine.engine import Actor, Engine

STAGED_AT_ONCE = 500
HOURS_AHEAD_MS = 90 * 86_400_000
_DAY_MS = 86_400_000


class Current:
    """The workspace's operation as this process knows it. An act that answers `old_operation` says to `reload`."""

    def __init__(self, revision: int, pending: int, stored: Stored) -> None:
        self.revision = revision
        self.pending = pending
        """How many agents were still to be brought to it."""
        self.operation = stored.operation
        self.retired = stored.retired
        self.pools = pools_of(stored.operation)

    async def reload(self, engine: Engine) -> None:
        """Take over what the workspace has now."""
        revision, pending, stored = (await engine.do(GetOperation())).result
        if revision != self.revision:
            self.__init__(revision, pending, stored)


async def current_operation(engine: Engine) -> Current | None:
    """The workspace's operation, or None where none has been applied."""
    try:
        answer = await engine.do(GetOperation())
    except Refusal as refusal:
        if refusal.code != "unknown_workspace":
            raise
        return None
    return Current(*answer.result)


async def apply_operation(engine: Engine, operation: Operation, by: Actor) -> Current:
    """Make `operation` the workspace's; one that is in force already changes nothing.

    When this returns, every new contact is routed by it and every agent has its profile. Waiting contacts follow in
    steps, and agents too if this process dies: any process that runs `Due` goes on with them.

    Raises `Refusal` (`stale`) where somebody else applied another operation meanwhile.
    """
    clock = "server" if engine.given_ms is None else "given"
    wall = (await engine.do(Create(clock=clock), by)).wall
    await set_hours(engine, operation, wall)
    current = await current_operation(engine)
    if current is None or operation_digest(current.operation) != operation_digest(operation):
        try:
            await _replace(engine, current, operation, by)
        except Refusal as refusal:
            # Processes that start together apply the same file together; one of them was first.
            if refusal.code != "stale":
                raise
    while (current := await current_operation(engine)) and current.pending:
        await engine.do(Due())
    if current is None or operation_digest(current.operation) != operation_digest(operation):
        raise Refusal("stale", "another operation was applied meanwhile")
    return current


async def _replace(engine: Engine, current: Current | None, operation: Operation, by: Actor) -> None:
    pools = pools_of(operation)
    retired = {**current.retired, **current.operation.media} if current else {}
    compiled = compile_operation(Stored(operation, retired), pools)
    same_indexes = current is not None and (
        compile_operation(Stored(current.operation, retired), current.pools).indexes == compiled.indexes
    )
    known = current.pools.of_agent if current else {}
    changed = [
        agent for agent in known | pools.of_agent if not same_indexes or known.get(agent) != pools.of_agent.get(agent)
    ]
    await engine.do(StageOperation(digest=compiled.digest, operation=compiled.packed, source=compiled.source), by)
    await _stage(engine, compiled.digest, list(pools.of_agent.items()), changed)
    queues = tuple(sorted((current.operation.queues if current else {}) | operation.queues))
    revision = current.revision if current else 0
    await engine.do(ApplyOperation(digest=compiled.digest, revision=revision, queues=queues), by)


async def _stage(engine: Engine, digest: str, profiles: list[tuple[str, str]], changed: list[str]) -> None:
    for start in range(0, max(len(profiles), len(changed)), STAGED_AT_ONCE):
        end = start + STAGED_AT_ONCE
        await engine.do(
            StageOperation(digest=digest, profiles=tuple(profiles[start:end]), changed=tuple(changed[start:end]))
        )


async def set_hours(engine: Engine, operation: Operation, wall: int) -> None:
    """Tell the workspace when its hours open and close from `wall` on for `HOURS_AHEAD_MS`; repeat it well before."""
    start = wall - _DAY_MS
    for name, schedule in operation.hours.items():
        later = transitions(schedule, start + 1, wall + HOURS_AHEAD_MS)
        await engine.do(SetHours(hours=name, transitions=((start, is_open(schedule, start)), *later)))
