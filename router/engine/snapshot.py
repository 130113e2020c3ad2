"""Everything that a workspace keeps, read from the server as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.domain.operation import CAPACITY
from router.engine.compile import Stored
from router.engine.keys import prefix
from router.engine.records import AGENT, CHANNEL, CONTACT

if TYPE_CHECKING:
    from router.engine.link import Caller

AT_ONCE = 500
"""Keys that are read together."""

Content = dict[str, float] | set[str] | dict[str, str] | bytes | int
"""A sorted set, a set, a hash, a string, or the length of a stream."""


@dataclass
class Record:
    """A hash of the engine: its fields by name, and its groups of fields by their prefix."""

    id: str
    fields: dict[str, str]
    groups: dict[str, dict[str, str]]

    def number(self, name: str) -> int | None:
        """A field that is a number, None where there is none."""
        return int(float(self.fields[name])) if name in self.fields else None

    def numbers(self, group: str) -> dict[str, int]:
        """A group of numbers."""
        return {name: int(value) for name, value in self.groups.get(group, {}).items()}


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

    def contacts(self) -> dict[str, Record]:
        """Every contact."""
        return {name: _record(name, content, CONTACT) for name, content in self.below("c:").items()}

    def agents(self) -> dict[str, Record]:
        """Every agent."""
        return {name: _record(name, content, AGENT) for name, content in self.below("a:").items()}

    def accounts(self) -> dict[str, Record]:
        """Every channel account, by channel:account."""
        return {name: _record(name, content, CHANNEL) for name, content in self.below("channel:").items()}

    def stored(self) -> Stored:
        """The operation in force."""
        packed = cast("bytes", self.content[f"source:{self.hash('meta')['operation']}"])
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


def _record(name: str, content: Content, fields: dict[str, str]) -> Record:
    by_letter = {letter: field for field, letter in fields.items()}
    flat = cast("dict[str, str]", content)
    groups: dict[str, dict[str, str]] = {}
    for field_name, value in flat.items():
        if field_name not in by_letter:
            groups.setdefault(field_name[:1], {})[field_name[2:]] = value
    plain = {by_letter[letter]: value for letter, value in flat.items() if letter in by_letter}
    return Record(name, plain, groups)


class Working:
    """An agent's record as what it means."""

    def __init__(self, record: Record, stored: Stored) -> None:
        self.record = record
        profile = stored.operation.agents.get(record.id)
        self.is_automatic = profile is not None and profile.automatic
        self.media = {**stored.retired, **stored.operation.media}
        self.work = [work.split("|") for work in record.groups.get("w", {}).values()]
        self.load = sum(self.media[medium].cost for _, medium, *_ in self.work)
        self.has_desk = "k" in record.groups
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
        in_grace = (self.record.number("lost_at") or 0) > now
        fields = self.record.fields
        return fields["presence"] != "offline" and "removed" not in fields and (self.is_connected or in_grace)

    def is_ready_for(self, medium: str) -> bool:
        """Whether he can be offered a contact of a medium of his."""
        rules = self.media[medium]
        phone_rests = any(phase == "b" and of == medium for phase, of, *_ in self.work)
        phone_is_busy = phone_rests or self.record.fields.get("device_state", "idle") != "idle"
        mine = [work for work in self.work if work[0] in "oa"]
        has_room = sum(work[1] == medium for work in mine) < rules.most and self.load + rules.cost <= CAPACITY
        return (
            self.is_there
            and "holding" not in self.record.fields
            and not any(work[0] == "o" for work in mine)
            and not (phone_is_busy if rules.answered_by == "connected" else not self.has_desk)
            and (has_room or self.is_automatic)
        )

    def score(self, medium: str) -> float:
        """His place among ready agents, by the medium's mode."""
        idle, mode = self.record.number("idle_since") or 0, self.media[medium].mode
        if mode == "round_robin":
            return float(self.record.number("last_offer") or 0)
        weight = {"least_loaded": self.load, "most_loaded": CAPACITY - self.load}.get(mode, 0)
        return float(weight * 10**13 + idle)
