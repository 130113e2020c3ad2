"""The operation a router process works from, and applying another to a running workspace.

What is in force is the operation of the file with the overlays on it: changes that supervisors make while it runs
(`router.domain.overlay`). Both are stored with the operation, so that every process and every `apply` knows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.hours import is_open, transitions
from router.domain.overlay import Overlays, in_force
from router.domain.pools import pools_of
from router.domain.revision import operation_digest
from router.engine.acts.reading import GetOperation
from router.engine.acts.workspace import ApplyOperation, Create, Due, SetHours, StageOperation
from router.engine.compile import Stored, compile_operation
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.operation import Operation
    from router.engine.engine import Actor, Engine

STAGED_AT_ONCE = 500
HOURS_AHEAD_MS = 90 * 86_400_000
_DAY_MS = 86_400_000
_TRIES = 20


class Current:
    """The workspace's operation as this process knows it. An act that answers `old_operation` says to `reload`."""

    def __init__(self, revision: int, pending: int, stored: Stored) -> None:
        self.revision = revision
        self.pending = pending
        """How many agents were still to be brought to it."""
        self.operation = stored.operation
        self.base = stored.base or stored.operation
        """The operation as its file says it, without the overlays."""
        self.overlays = stored.overlays
        self.retired = stored.retired
        self.pools = pools_of(stored.operation)

    async def reload(self, engine: Engine) -> int:
        """Take over what the workspace has now. Gives the wall's time, as the workspace has it."""
        answer = await engine.do(GetOperation())
        revision, pending, stored = answer.result
        if revision != self.revision:
            self.__init__(revision, pending, stored)
        return answer.wall

    def is_of(self, base: Operation) -> bool:
        """Whether the file's operation in force says the same as `base`."""
        return operation_digest(self.base) == operation_digest(base)


async def current_operation(engine: Engine) -> Current | None:
    """The workspace's operation, or None where none has been applied."""
    try:
        answer = await engine.do(GetOperation())
    except Refusal as refusal:
        if refusal.code != "unknown_workspace":
            raise
        return None
    return Current(*answer.result)


async def apply_operation(engine: Engine, operation: Operation, by: Actor, *, reset: bool = False) -> Current:
    """Make `operation` the workspace's; one whose content is in force already changes nothing.

    Overlays stay as far as they fit the operation; with `reset` all of them end. When this returns, every new contact
    is routed by it and every agent has its profile. Waiting contacts follow in steps, and agents too if this process
    dies: any process that runs `Due` goes on with them.

    Raises `Refusal` (`stale`) where somebody else applied another operation meanwhile.
    """
    clock = "server" if engine.given_ms is None else "given"
    wall = (await engine.do(Create(clock=clock), by)).wall
    first = current = await current_operation(engine)
    for _ in range(_TRIES):
        overlays = Overlays() if reset or current is None else current.overlays.at(wall).fitting(operation)
        await set_hours(engine, in_force(operation, overlays), wall)
        if current is None or not current.is_of(operation) or current.overlays != overlays:
            try:
                await _replace(engine, current, operation, overlays, by)
            except Refusal as refusal:
                if refusal.code != "stale":
                    raise
                # Processes that start together apply the same file together; and an overlay is no other operation.
                current = await _worked_off(engine)
                if current.is_of(operation) or (first is not None and current.is_of(first.base)):
                    continue
                break
        current = await _worked_off(engine)
        if not current.is_of(operation):
            break
        return current
    raise Refusal("stale", "another operation was applied meanwhile")


async def change_overlays(
    engine: Engine, current: Current, by: Actor, change: Callable[[Operation, Overlays, int], Overlays]
) -> None:
    """Put other overlays on the operation: `change(base, overlays, wall_ms)` says which, and may refuse.

    It is asked again where somebody else was faster. When this returns, every agent has his profile and `current` is
    what is in force. Refuses `old_operation` where somebody else was faster again and again.
    """
    for _ in range(_TRIES):
        # Its own view of it: `current` may be reloaded meanwhile, and then the revision compared with would be another.
        answer = await engine.do(GetOperation())
        found, wall = Current(*answer.result), answer.wall
        overlays = change(found.base, found.overlays.at(wall), wall)
        if overlays != found.overlays:
            await set_hours(engine, in_force(found.base, overlays), wall)
            try:
                await _replace(engine, found, found.base, overlays, by)
            except Refusal as refusal:
                if refusal.code != "stale":
                    raise
                continue
        await _worked_off(engine)
        await current.reload(engine)
        return
    raise Refusal("old_operation", "the operation changes faster than it can be changed")


async def _worked_off(engine: Engine) -> Current:
    """The operation in force, once every agent has been brought to it."""
    while (current := await current_operation(engine)) and current.pending:
        await engine.do(Due())
    assert current is not None
    return current


async def _replace(engine: Engine, current: Current | None, base: Operation, overlays: Overlays, by: Actor) -> None:
    operation = in_force(base, overlays)
    pools = pools_of(operation)
    retired = {**current.retired, **current.operation.media} if current else {}
    stored = Stored(operation, retired, base, overlays) if overlays != Overlays() else Stored(operation, retired)
    compiled = compile_operation(stored, pools)
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
