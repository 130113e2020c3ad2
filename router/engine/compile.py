"""An operation as the Lua library reads it: only what it needs, in the shape it needs it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.operation import Medium, Operation
from router.domain.overlay import Overlays
from router.domain.plan import head_start_ms, yields
from router.domain.rules import rules_of
from router.engine.limits import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.domain.operation import Action, Queue
    from router.domain.pools import Pool, Pools


class Stored(msgspec.Struct, frozen=True):
    """An operation as it is kept for the routers, and the media that earlier ones had: their contacts may be open.

    `operation` is the one in force. Where overlays change it, `base` is the file's.
    """

    operation: Operation
    retired: dict[str, Medium]
    base: Operation | None = None
    overlays: Overlays = Overlays()


class Compiled(msgspec.Struct, frozen=True):
    """`packed` is what the library reads, `source` a `Stored` for the routers; `digest` names both."""

    digest: str
    packed: bytes
    source: bytes
    indexes: str
    """A hash of what agents' indexes depend on beside their pool: where it differs, every agent is indexed anew."""


def compile_operation(stored: Stored, pools: Pools) -> Compiled:
    """Compile an operation and what is kept of earlier ones."""
    operation = stored.operation
    media = {**stored.retired, **operation.media}
    rules = rules_of(operation, media)
    reserved = sorted({queue.reserve.skill for queue in operation.queues.values() if queue.reserve is not None})
    content = {
        "order": rules.order,
        "language": operation.languages[0],
        "texts": operation.texts_days * DAY_MS,
        "media": rules.media,
        "media_order": sorted(media),
        "channels": dict.fromkeys(operation.channels, True),
        "queues": {name: _queue(operation, queue) for name, queue in operation.queues.items()},
        "queues_with_empty": sorted(name for name, queue in operation.queues.items() if queue.empty is not None),
        "reserves": rules.reserves,
        "rules": rules,
        "pools": {pool.id: _pool(pool, reserved) for pool in pools.pools.values()},
    }
    packed = msgspec.msgpack.encode(content)
    source = msgspec.msgpack.encode(stored)
    return Compiled(
        digest=_digest(packed + source),
        packed=packed,
        source=source,
        indexes=_digest(msgspec.msgpack.encode((rules.media, rules.reserves))),
    )


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=10).hexdigest()


def _queue(operation: Operation, queue: Queue) -> dict[str, Any]:
    # A wait of exactly the target is still within it.
    marks = [(queue.target_ms + 1, "missed")]
    marks += [(after, "stage") for after in sorted({after for after, _ in yields(operation, queue)})]
    if queue.late is not None:
        marks.append((queue.late.wait_ms, "late"))
    return {
        "target": queue.target_ms,
        "head_start": head_start_ms(operation.order, queue.target_ms),
        "short": queue.short_ms,
        "marks": [{"offset": offset, "kind": kind} for offset, kind in sorted(marks)],
        "full": queue.full and {"waiting": queue.full.waiting, "action": _action(queue.full.action)},
        "late": queue.late and {"wait": queue.late.wait_ms, "action": _action(queue.late.action)},
        "empty": queue.empty and _action(queue.empty),
        "closed": _action(queue.closed),
        "hours": queue.hours,
        "reply": queue.reply_ms,
        "ask_rating": queue.ask_rating,
        "says": queue.says,
    }


def _action(action: Action) -> dict[str, Any]:
    return {"kind": action.then, "to": action.overflow}


def _pool(pool: Pool, reserved: Iterable[str]) -> dict[str, Any]:
    return {
        "skills": pool.skills,
        "powers": pool.powers,
        "queues": dict.fromkeys(pool.queues, True),
        "teams": dict.fromkeys(pool.teams, True),
        "media": dict.fromkeys(pool.media, True),
        "automatic": pool.automatic,
        "flexibility": pool.flexibility,
        "reserved": [skill for skill in reserved if skill in pool.skills],
    }
