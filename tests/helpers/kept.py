"""Records as the engine keeps them, altered behind its back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.keys import prefix
from router.engine.records import AGENT, CONTACT
from router.engine.snapshot import Record

if TYPE_CHECKING:
    from tests.helpers.floor import Floor

FIELDS = {"c": CONTACT, "a": AGENT}


async def say(floor: Floor, name: str, field: str, value: int | None) -> None:
    """Let a field of the record at `c:…` or `a:…`, or `group/member` of it, be this; None is nothing."""
    store, key, fields = floor.engine.connection, prefix(floor.engine.workspace) + name, FIELDS[name[0]]
    record = Record.unpack(name, await store.call("GET", key), fields)
    group, _, member = field.rpartition("/")
    values = record.groups[group] if group else record.fields
    assert values.pop(member, None) != value, "it is so already"
    if value is not None:
        values[member] = value
    await store.call("SET", key, record.pack(fields))
