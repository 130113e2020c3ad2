"""Reading a workspace's events and figures."""

from __future__ import annotations

import asyncio
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from router.domain.events import BY_CODE, Event
from router.engine.keys import key
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.engine.link import Caller

A_TURN: Final = 16
"""So many events of the past are unpacked, or shown, in one turn of the loop, well below a tenth of a millisecond:
what happens now waits for several turns."""

_decode = msgspec.msgpack.Decoder(list[Any]).decode


def decode_event(entry_id: bytes, packed: bytes) -> Event:
    """One entry of the stream. Its id is `<sequence>-<milliseconds>`."""
    seq, _, at_ms = entry_id.partition(b"-")
    # After its code every entry has the fields of `HEAD`, and then its data.
    code, contact, version, offer, agent, queue, channel, account, customer_type, role, actor, *rest = _decode(packed)
    kind = BY_CODE[code]
    data = dict(zip_longest(kind.data, rest))  # an earlier release may have said less
    # Lua cannot tell an empty map from an empty list.
    if "requirement" in data:
        data["requirement"] = _requirement(data["requirement"])
    if data.get("rules"):
        data["rules"]["reserves"] = data["rules"]["reserves"] or {}
    if "skills" in data:
        data |= {name: data[name] or {} for name in ("skills", "powers")}
    return Event(
        int(seq), int(at_ms), kind.name, contact, version, offer, agent, queue, channel, account, customer_type, role,
        actor, data,
    )  # fmt: skip


def _requirement(value: list[Any] | None) -> list[Any] | None:
    """[skills, powers, teams, agents]."""
    return value and [value[0] or {}, value[1] or {}, value[2], value[3]]


async def read_events(caller: Caller, workspace: str, after: int = 0, count: int = 1000) -> list[Event]:
    """The events after sequence number `after`, at most `count`."""
    events: list[Event] = []
    for entry in await _entries(caller, workspace, after, count):
        if len(events) % A_TURN == A_TURN - 1:
            await asyncio.sleep(0)
        events.append(decode_event(*entry))
    return events


async def _entries(caller: Caller, workspace: str, after: int, count: int) -> list[tuple[bytes, bytes]]:
    """(id, what is packed) of the entries after a number."""
    start = f"({after}-18446744073709551615"
    entries = await caller.call("XRANGE", key(workspace, "events"), start, "+", "COUNT", count)
    return [(entry_id, fields[3]) for entry_id, fields in entries]


async def read_events_of(
    caller: Caller, workspace: str, contact: str, after: int, count: int, looked_at: int, at_once: int = 1000
) -> tuple[list[Event], int | None]:
    """The events of one contact after a number, at most `count`, and behind which number to go on (None: done).

    At most `looked_at` entries of the stream are looked at, and those of others are not unpacked.
    """
    found: list[Event] = []
    name = contact.encode()
    while looked_at > 0:
        entries = await _entries(caller, workspace, after, min(looked_at, at_once))
        for entry_id, packed in entries:
            event = decode_event(entry_id, packed) if name in packed else None
            if event is not None and event.contact == contact:
                if len(found) == count:
                    return found, found[-1].seq
                found.append(event)
        if len(entries) < min(looked_at, at_once):
            return found, None
        looked_at -= len(entries)
        after = int(entries[-1][0].partition(b"-")[0])
    return found, after


async def read_next_events(caller: Caller, workspace: str, after: int | None, count: int) -> list[Event]:
    """Events after a number, or from the first that is kept, at most so many.

    Refuses `events_trimmed` where the next one after the number is no longer kept, or the server has lost that one.
    """
    events = await read_events(caller, workspace, after or 0, count)
    if after is not None and events and not events[0].follows(after):
        raise Refusal("events_trimmed", str(after))
    return events


async def read_events_back(
    caller: Caller, workspace: str, upto: int, most: int, at_once: int = 1000
) -> AsyncGenerator[Event]:
    """The events up to sequence number `upto`, from the last on, at most `most`."""
    end = f"{upto}-18446744073709551615"
    while most > 0:
        count = min(most, at_once)
        entries = await caller.call("XREVRANGE", key(workspace, "events"), end, "-", "COUNT", count)
        for entry_id, fields in entries:
            yield decode_event(entry_id, fields[3])
        if len(entries) < count:
            return
        most -= count
        end = f"({entries[-1][0].decode()}"


async def read_figures(caller: Caller, workspace: str) -> dict[str, int]:
    """The figures as they stand: `name|label|label…` (and `|bucket` or `|sum` for histograms) → number."""
    return await _figures_at(caller, key(workspace, "figures"))


async def read_checkpoint(caller: Caller, workspace: str) -> tuple[int, dict[str, int]]:
    """(sequence number, the figures after that event): all later events are still there, so a replay may begin here."""
    first = await caller.call("ZRANGE", key(workspace, "checkpoints"), 0, 0)
    if not first:
        return 0, {}
    seq = first[0].decode()
    return int(seq), await _figures_at(caller, key(workspace, "checkpoint", seq=seq))


async def _figures_at(caller: Caller, name: str) -> dict[str, int]:
    flat = await caller.call("HGETALL", name)
    return {flat[place].decode(): int(flat[place + 1]) for place in range(0, len(flat), 2)}
