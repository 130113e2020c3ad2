"""The `[[routes]]` of an operation file: when a contact is of some kind, what it needs and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.loading.conditions import read_when
from router.domain.loading.needs import Paths, read_needs_and_paths, read_steps
from router.domain.operation import PRIORITY_MAX, Route

if TYPE_CHECKING:
    from router.domain.loading.names import Names
    from router.domain.loading.table import Table


def read_routes(top: Table, names: Names) -> tuple[Route, ...]:
    """Every route, in order. The last one takes every contact that is left, and none before it does."""
    tables = list(top.rows("routes"))
    routes = tuple(_read_route(table, names) for table in tables)
    for table in tables[:-1]:
        if table.has("queue") and not table.has("when"):
            table.wrong("when", "is missing: this route takes every contact, so no route below it is ever reached")
    for last in tables[-1:]:
        if last.has("when"):
            last.wrong("when", "must be left out of the last route: it takes every contact that no other took")
        if not last.has("queue"):
            last.wrong("queue", "is missing: the last route takes every contact that no other took")
    return routes


def _read_route(table: Table, names: Names) -> Route:
    paths: Paths = {}
    route = Route(
        when=read_when(table, names),
        needs=read_needs_and_paths(table, names, paths),
        needs_from=paths,
        steps=read_steps(table, names),
        priority=table.whole("priority", -PRIORITY_MAX, PRIORITY_MAX, 0),
        queue=table.reference("queue", "queue", names.queues) if table.has("queue") else None,
    )
    if not any(table.has(key) for key in ("needs", "steps", "priority", "queue")):
        table.wrong("", "does nothing: it has no queue, needs, steps or priority")
    table.done()
    return route
