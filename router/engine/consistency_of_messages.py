"""Whether what is kept of conversations is true: messages as contacts count them, and indexes made again from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.domain.message import UNSENT
from router.domain.operation import Says
from router.domain.states import ENDED
from router.engine.limits import DAY_MS
from router.engine.records import MESSAGE_HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.engine.snapshot import Record, Snapshot

_SAID = re.compile(rf"({'|'.join(Says.__struct_fields__)})\|\d+")
_ASKED = re.compile(r"asked\|\d+")
_TEXTS_MS = DAY_MS
"""The least that an operation may keep texts for. They may have gone under one that kept them for less long than
today's does; where one is missed earlier than it should, the index of what is to go still has its contact."""


def indexes(snapshot: Snapshot, contacts: dict[str, Record]) -> dict[str, Any]:
    """What says which contacts have messages, and which messages are to be sent."""
    found: dict[str, Any] = {}
    for name, contact in contacts.items():
        heads, fields = _heads(snapshot, name), contact.fields
        if not heads:
            continue
        account = f"{fields['channel']}:{fields['account']}"
        if fields["state"] in ENDED:
            found.setdefault("texts", {})[name] = float(fields["ended_at"])
        if "thread" in fields and 1 in heads:
            found.setdefault(f"past:{account}:{fields['thread']}", {})[name] = float(fields["born"])
        for n, head in heads.items():
            if head["state"] in UNSENT:
                # Its event is not in its record; that its place is one after another is looked at below.
                place = snapshot.sorted_set(f"outbox:{account}").get(f"{name}|{n}")
                found.setdefault(f"outbox:{account}", {})[f"{name}|{n}"] = place
    return found


def problems(snapshot: Snapshot, contacts: dict[str, Record]) -> list[str]:
    """Messages that are nobody's, are not all there, or cannot be found; and marks that are none."""
    now = snapshot.meta()["now"]
    found = [f"m:{name} is nobody's" for name in snapshot.below("m:") if name not in contacts]
    for name, contact in contacts.items():
        ended_at = contact.fields.get("ended_at")
        may_be_gone = ended_at is not None and ended_at + _TEXTS_MS <= now
        found += _message_problems(snapshot, name, contact.fields.get("messages", 0), may_be_gone=may_be_gone)
    found += _outbox_problems(snapshot)
    for kind, form in (("said", _SAID), ("asked", _ASKED)):
        for name, mark in snapshot.below(f"{kind}:").items():
            if not isinstance(mark, bytes) or not form.fullmatch(mark.decode()):
                found.append(f"{kind}:{name} is {mark!r}")
            elif int(mark.decode().partition("|")[2]) > now:
                found.append(f"{kind}:{name} is of a time that has not come: {mark!r}")
    return found


def _message_problems(snapshot: Snapshot, name: str, number: int, *, may_be_gone: bool) -> Iterator[str]:
    """Of one contact that has had so many messages. The first `may_be_gone` with the texts' time."""
    heads, flat = _heads(snapshot, name), snapshot.hash(f"m:{name}")
    numbers = sorted(heads)
    first = 1 if not may_be_gone else numbers[0] if numbers else number + 1
    if numbers != list(range(first, number + 1)):
        yield f"c:{name} has had {number} messages, and m:{name} holds {numbers}"
    for n, head in heads.items():
        if head["n"] != n or f"{n}|b" not in flat:
            yield f"m:{name} has under {n} the head of {head['n']}, and {'no' if f'{n}|b' not in flat else 'a'} content"
        marks = {f"x|{head['external_id']}"} if head["external_id"] is not None else set[str]()
        marks |= {f"k|{head['author']}|{head['client_id']}"} if head["client_id"] is not None else set()
        for mark in marks - {mark for mark in marks if flat.get(mark) == str(n)}:
            yield f"m:{name} has {flat.get(mark)} under {mark}, and should have {n}"
    for field, value in flat.items():
        kind, _, rest = field.partition("|")
        strange = value not in flat if kind in {"x", "k"} else not kind.isdecimal() or rest not in {"", "b"}
        if strange or (rest == "b" and kind not in flat):
            yield f"m:{name} has {field}, which is of no message"


def _heads(snapshot: Snapshot, name: str) -> dict[int, dict[str, Any]]:
    """A contact's messages without their contents, by number."""
    flat = snapshot.hash(f"m:{name}")
    packed = {
        int(field): value.encode("utf-8", "surrogateescape") for field, value in flat.items() if field.isdecimal()
    }
    heads = {n: cast("list[Any]", msgspec.msgpack.decode(value)) for n, value in packed.items()}
    return {n: dict(zip(MESSAGE_HEAD, head, strict=True)) for n, head in sorted(heads.items())}


def _outbox_problems(snapshot: Snapshot) -> Iterator[str]:
    """Messages are sent in the order in which they were written, which their contact's numbers show."""
    seq = snapshot.meta()["seq"]
    for name, places in snapshot.below("outbox:").items():
        last: dict[str, int] = {}
        for member, place in sorted(cast("dict[str, float]", places).items(), key=lambda item: item[1]):
            contact, _, n = member.rpartition("|")
            if int(n) <= last.get(contact, 0) or not 0 < place <= seq:
                yield f"outbox:{name} has {member} at {place}, out of turn"
            last[contact] = int(n)
