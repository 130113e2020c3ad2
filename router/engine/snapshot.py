"""Everything that a workspace keeps, read from the server as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.domain.operation import CAPACITY
from router.engine.compile import Stored
from router.engine.keys import prefix
from router.engine.records import AGENT, CHANNEL, CONTACT, META

if TYPE_CHECKING:
    from router.engine.link import Caller

AT_ONCE = 500
"""Keys that are read together."""

Content = dict[str, float] | set[str] | dict[str, str] | bytes | int
"""A sorted set, a set, a hash, a string, or the length of a stream."""


@dataclass
class Record:
    """A record of the engine: its fields that are not nil by name, and its groups that are not empty."""

    id: str
    fields: dict[str, Any]
    groups: dict[str, dict[str, Any]]

    @classmethod
    def unpack(cls, name: str, packed: bytes, fields: tuple[str, ...]) -> Record:
        """What is kept of `name`, which has these fields."""
        groups, *values = msgspec.msgpack.decode(packed)
        known = {field: value for field, value in zip(fields, values, strict=False) if value is not None}
        return cls(name, known, groups or {})

    def group(self, name: str) -> dict[str, Any]:
        """A group, empty or not."""
        return self.groups.get(name, {})

    def pack(self, fields: tuple[str, ...]) -> bytes:
        """What is kept of it, its length in two bytes as the engine has it."""
        values = [self.groups or None, *(self.fields.get(field) for field in fields)]
        return b"\xdc" + len(values).to_bytes(2) + b"".join(map(msgspec.msgpack.encode, values))


@dataclass
class Snapshot:
    """A workspace's keys, without its hash tag, and what they hold."""

    content: dict[str, Content] = field(default_factory=dict[str, Content])
    lasting: dict[str, bool] = field(default_factory=dict[str, bool])
    """Key → whether it stays until somebody removes it."""

    def below(self, prefix: str) -> dict[str, Content]:
        """The keys with this beginning, without it."""
        found = {name: content for name, content in self.content.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): content for name, content in found.items()}

    def hash(self, name: str) -> dict[str, str]:
        """The hash at a key."""
        return cast("dict[str, str]", self.content.get(name, {}))

    def sorted_set(self, name: str) -> dict[str, float]:
        """The sorted set at a key."""
        return cast("dict[str, float]", self.content.get(name, {}))

    def set(self, name: str) -> set[str]:
        """The set at a key."""
        return cast("set[str]", self.content.get(name, set[str]()))

    def packed(self, name: str) -> Any:
        """The msgpack at a key."""
        return msgspec.msgpack.decode(cast("bytes", self.content[name]))

    def records(self, prefix: str, fields: tuple[str, ...]) -> dict[str, Record]:
        """The records at the keys with this beginning, by what follows it."""
        return {name: Record.unpack(name, cast("bytes", packed), fields) for name, packed in self.below(prefix).items()}

    def meta(self) -> dict[str, Any]:
        """What the workspace says of itself."""
        return Record.unpack("meta", cast("bytes", self.content["meta"]), META).fields

    def contacts(self) -> dict[str, Record]:
        """Every contact."""
        return self.records("c:", CONTACT)

    def agents(self) -> dict[str, Record]:
        """Every agent."""
        return self.records("a:", AGENT)

    def accounts(self) -> dict[str, Record]:
        """Every channel account, by channel:account."""
        return self.records("channel:", CHANNEL)

    def compiled(self) -> dict[str, Any]:
        """The operation in force, as the library reads it."""
        return self.packed(f"operation:{self.meta()['operation']}")

    def stored(self) -> Stored:
        """The operation in force."""
        packed = cast("bytes", self.content[f"source:{self.meta()['operation']}"])
        return msgspec.msgpack.decode(packed, type=Stored)


async def take_snapshot(caller: Caller, workspace: str) -> Snapshot:
    """Read all keys of the workspace."""
    tag = prefix(workspace)
    found, contents, lasting = sorted(await _names(caller, tag)), dict[str, Content](), dict[str, bool]()
    # Some at a time: whoever serves meanwhile is not to wait for all of them, nor is a reply to come too late.
    for some in (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE)):
        kinds = await asyncio.gather(*(caller.call("TYPE", tag + name) for name in some))
        # A key that is gone by now may soon be back, and then it is no text.
        there = {name: kind.decode() for name, kind in zip(some, kinds, strict=True) if kind != b"none"}
        read = await asyncio.gather(*(_content(caller, tag + name, kind) for name, kind in there.items()))
        times = await asyncio.gather(*(caller.call("PTTL", tag + name) for name in there))
        contents |= zip(there, read, strict=True)
        lasting |= {name: ttl == -1 for name, ttl in zip(there, times, strict=True)}
    return Snapshot(contents, lasting)


async def _names(caller: Caller, tag: str) -> set[str]:
    found: set[str] = set()
    pattern = tag.replace("{", "[{]").replace("}", "[}]") + "*"
    cursor = b"0"
    while True:
        cursor, page = await caller.call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
        found |= {name.decode().removeprefix(tag) for name in page}
        if cursor == b"0":
            return found


async def _content(caller: Caller, name: str, kind: str) -> Content:
    if kind == "zset":
        flat = await caller.call("ZRANGE", name, 0, -1, "WITHSCORES")
        return {flat[place].decode(): float(flat[place + 1]) for place in range(0, len(flat), 2)}
    if kind == "set":
        return {member.decode() for member in await caller.call("SMEMBERS", name)}
    if kind == "hash":
        flat = await caller.call("HGETALL", name)
        return {
            flat[place].decode(): flat[place + 1].decode("utf-8", "surrogateescape") for place in range(0, len(flat), 2)
        }
    if kind == "stream":
        return await caller.call("XLEN", name)
    return await caller.call("GET", name)


class Working:
    """An agent's record as what it means."""

    def __init__(self, record: Record, stored: Stored) -> None:
        self.record = record
        profile = stored.operation.agents.get(record.id)
        self.is_automatic = profile is not None and profile.automatic
        self.media = {**stored.retired, **stored.operation.media}
        self.work = list(record.group("work").values())
        self.load = sum(self.media[work["medium"]].cost for work in self.work)
        self.has_desk = "connections" in record.groups
        fields = record.fields
        self.is_connected = self.has_desk or "at_phone" in fields
        self.is_there = (
            fields["presence"] == "available"
            and "next" not in fields
            and "removed" not in fields
            and self.is_connected
            and "unresponsive" not in fields
        )

    def is_signed_in(self, now: int) -> bool:
        """Whether he counts as somebody who is there."""
        in_grace = self.record.fields.get("lost_at", 0) > now
        fields = self.record.fields
        return fields["presence"] != "offline" and "removed" not in fields and (self.is_connected or in_grace)

    def is_ready_for(self, medium: str) -> bool:
        """Whether he can be offered a contact of a medium of his."""
        rules = self.media[medium]
        phone_rests = any(work["phase"] == "b" and work["medium"] == medium for work in self.work)
        phone_is_busy = phone_rests or self.record.fields.get("device_state", "idle") != "idle"
        mine = [work for work in self.work if work["phase"] in "oa"]
        has_room = sum(work["medium"] == medium for work in mine) < rules.most and self.load + rules.cost <= CAPACITY
        return (
            self.is_there
            and "holding" not in self.record.fields
            and not any(work["phase"] == "o" for work in mine)
            and not (phone_is_busy if rules.answered_by == "connected" else not self.has_desk)
            and (has_room or self.is_automatic)
        )

    def score(self, medium: str) -> float:
        """His place among ready agents, by the medium's mode."""
        idle, mode = self.record.fields["idle_since"], self.media[medium].mode
        if mode == "round_robin":
            return float(self.record.fields.get("last_offer", 0))
        weight = {"least_loaded": self.load, "most_loaded": CAPACITY - self.load}.get(mode, 0)
        return float(weight * 10**13 + idle)
