"""Records as the engine keeps them, altered behind its back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.keys import prefix
from router.engine.records import AGENT, CONTACT, META
from router.engine.snapshot import Record

if TYPE_CHECKING:
    from router.engine.link import Caller

FIELDS = {"c": CONTACT, "a": AGENT, "meta": META}


async def record(caller: Caller, workspace: str, name: str) -> Record:
    """The record at `c:…`, `a:…` or `meta`."""
    fields = FIELDS[name.partition(":")[0]]
    return Record.unpack(name, await caller.call("GET", prefix(workspace) + name), fields)


async def say(caller: Caller, workspace: str, name: str, field: str, value: int | None) -> None:
    """Let a field of the record, or `group/member` of it, be this; None is nothing."""
    found = await record(caller, workspace, name)
    group, _, member = field.rpartition("/")
    values = found.groups[group] if group else found.fields
    assert values.pop(member, None) != value, "it is so already"
    if value is not None:
        values[member] = value
    await caller.call("SET", prefix(workspace) + name, found.pack(FIELDS[name.partition(":")[0]]))
