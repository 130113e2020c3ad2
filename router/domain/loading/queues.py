"""The `[queues]` of an operation file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from router.domain.loading.media import DAY_S
from router.domain.loading.needs import WEEK_S, read_needs, read_steps
from router.domain.loading.says import read_says
from router.domain.operation import OBJECTIVE, Action, Full, Late, Queue, Reserve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.domain.loading.names import Names
    from router.domain.loading.table import Table
    from router.domain.operation import Agent, Medium

Word = Literal["reject", "expire", "wait"]

REJECT: Final = Action("reject")


def read_queues(top: Table, names: Names, media: Mapping[str, Medium], agents: Mapping[str, Agent]) -> dict[str, Queue]:
    """Every queue."""
    queues: dict[str, Queue] = {}
    for name, table in top.named("queue", "queues"):
        queues[name] = Queue(
            name=name,
            target_ms=table.duration_ms("target_s", 1, DAY_S),
            short_ms=table.duration_ms("short_s", 0, DAY_S, 5),
            tier=table.whole("tier", 0, 99, 0),
            needs=read_needs(table, names),
            steps=read_steps(table, names),
            last_agent_ms=table.duration_ms("last_agent_s", 0, DAY_S, 0),
            reserve=_read_reserve(table, names, _costliest(name, media, agents)),
            full=_read_full(table, names),
            late=_read_late(table, names),
            empty=_read_empty(table, names),
            closed=_read_closed(table, names),
            hours=table.reference("schedule", "hours", names.hours) if table.has("hours") else None,
            reply_ms=table.duration_ms("reply_s", 1, DAY_S) if table.has("reply_s") else None,
            ask_rating=table.flag("ask_rating", default=False),
            says=read_says(table, names),
            objective=table.share("objective", OBJECTIVE),
        )
        table.done()
    return queues


def _read_reserve(queue: Table, names: Names, costliest: str) -> Reserve | None:
    table = queue.table("reserve")
    if table is None:
        return None
    reserve = Reserve(
        skill=table.reference("skill", "skill", names.skills),
        agents=table.whole("agents", 1, 1000),
        medium=table.reference("medium", "medium", names.media) if table.has("medium") else costliest,
        yields_ms=table.duration_ms("yields_s", 1, DAY_S) if table.has("yields_s") else None,
    )
    table.done()
    return reserve


def _costliest(queue: str, media: Mapping[str, Medium], agents: Mapping[str, Agent]) -> str:
    """The costliest medium of the agents who serve `queue`, the first of them in the file; of all where nobody does."""
    served = {name for agent in agents.values() if queue in agent.queues for name in agent.media}
    candidates = [name for name in media if name in served] or list(media)
    return max(candidates, key=lambda name: media[name].cost, default="")


def _read_full(queue: Table, names: Names) -> Full | None:
    table = queue.table("full")
    if table is None:
        return None
    full = Full(table.whole("waiting", 1, 1_000_000), _read_action(table, names, "reject"))
    table.done()
    return full


def _read_late(queue: Table, names: Names) -> Late | None:
    table = queue.table("late")
    if table is None:
        return None
    late = Late(table.duration_ms("wait_s", 1, WEEK_S), _read_action(table, names, "expire"))
    table.done()
    return late


def _read_empty(queue: Table, names: Names) -> Action | None:
    table = queue.table("empty")
    if table is None:
        return None
    action = _read_action(table, names, "reject")
    table.done()
    return action


def _read_closed(queue: Table, names: Names) -> Action:
    table = queue.table("closed")
    if table is None:
        return REJECT
    action = _read_action(table, names, "reject", "wait")
    table.done()
    return action


def _read_action(table: Table, names: Names, *words: Word) -> Action:
    """The `then` of a table: one of `words`, or `{ overflow = "queue" }`."""
    value = table.value("then")
    for word in words:
        if value == word:
            return Action(word)
    if isinstance(value, dict):
        then = table.part("then")
        overflow = then.reference("queue", "overflow", names.queues)
        then.done()
        return Action("overflow", overflow)
    choices = " or ".join([f'"{word}"' for word in words] + ['{ overflow = "queue" }'])
    table.wrong("then", f"must be {choices}")
    return REJECT
