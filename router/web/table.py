"""Every operation of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.web import (
    agents,
    channels,
    commands,
    contact_list,
    contacts,
    customers,
    events,
    floor,
    messages,
    offers,
    overlays,
    phones,
    queues,
    whoami,
    words,
)

if TYPE_CHECKING:
    from router.web.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *contacts.table.operations,
    *contact_list.table.operations,
    *messages.table.operations,
    *commands.table.operations,
    *offers.table.operations,
    *agents.table.operations,
    *queues.table.operations,
    *overlays.table.operations,
    *customers.table.operations,
    *channels.table.operations,
    *phones.table.operations,
    *events.table.operations,
    *floor.table.operations,
    *whoami.table.operations,
    *words.table.operations,
)
"""Every operation, in the order of the documentation."""

DO: dict[str, Operation] = {operation.do: operation for operation in OPERATIONS if operation.do}
"""What an agent's socket can do, by its word."""
