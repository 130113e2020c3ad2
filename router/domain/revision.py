"""Whether two operations are the same, and what an operator would call the difference.

Both are answered from one canonical form, so that digests are equal exactly where there is no difference. Order counts
where it means something: routes; agents and quick replies, languages, dispositions and breaks (they are shown in the
file's order). The order of other tables, and of lists that are sets, such as an agent's queues, does not.
"""

from __future__ import annotations

import hashlib
import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import msgspec

from router.domain.hours import DAY_MINUTES
from router.domain.loading.schedules import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from router.domain.hours import Schedule
    from router.domain.operation import Condition, Operation

Fields = dict[str, Any]
"""What a thing says, by dotted key; durations in seconds, as in the file. What is empty or None is left out."""

TABLES: Final = ("hours", "media", "channels", "queues", "agents", "quick_replies")
"""The tables of an operation whose entries have names."""

SHOWN: Final = ("agents", "quick_replies")
"""Those that are shown in the file's order."""

ROUTE_KEYS: Final = ("needs", "steps", "priority", "queue")
"""What of a route stays as it is in its canonical form."""

NAMED: Final = frozenset({"skills", "powers", "labels"})
"""Tables whose keys are names: one that ends in `_ms` is no duration."""

SETS: Final = frozenset({"queues", "media", "teams", "agents", "drop"})
"""Keys whose lists have no order."""


class Change(msgspec.Struct, frozen=True):
    """One difference between two operations.

    `table` is a table of the file, empty for its top; `name` is what came, went or changed in it. The name of a route
    is its number from 1, in the old operation if it was removed, else in the new one. `field` is None where the whole
    thing came or went; `old` and `new` are None where there is nothing.
    """

    kind: Literal["added", "removed", "changed"]
    table: str
    name: str
    field: str | None = None
    old: Any = None
    new: Any = None

    def __str__(self) -> str:
        place = ".".join(part for part in (self.table, self.name, self.field) if part)
        if self.field is None:
            return f"{place} {self.kind}"
        old, new = ("nothing" if value is None else _text(value) for value in (self.old, self.new))
        return f"{place}: {old} → {new}"


def operation_digest(operation: Operation) -> str:
    """A hash of everything the operation says: 64 hexadecimal digits."""
    content = [
        _top(operation),
        [_entries(operation, table) for table in TABLES],
        [list(getattr(operation, table)) for table in SHOWN],
        _routes(operation),
    ]
    return hashlib.sha256(_text(content).encode()).hexdigest()


def difference(old: Operation, new: Operation) -> list[Change]:
    """Every change from `old` to `new`, in the order of the file's tables."""
    changes = list(_changed("", "", _top(old), _top(new)))
    for table in TABLES:
        changes += _changed_entries(table, _entries(old, table), _entries(new, table))
    for table in SHOWN:
        changes += _changed_order(table, list(getattr(old, table)), list(getattr(new, table)))
    changes += _changed_routes(_routes(old), _routes(new))
    return changes


def _changed_entries(table: str, old: Mapping[str, Fields], new: Mapping[str, Fields]) -> Iterator[Change]:
    for name in old:
        if name not in new:
            yield Change("removed", table, name)
    for name, fields in new.items():
        if name in old:
            yield from _changed(table, name, old[name], fields)
        else:
            yield Change("added", table, name)


def _changed(table: str, name: str, old: Fields, new: Fields) -> Iterator[Change]:
    for field in dict.fromkeys([*old, *new]):
        if old.get(field) != new.get(field):
            yield Change("changed", table, name, field, old.get(field), new.get(field))


def _changed_order(table: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    before = [name for name in old if name in new]
    after = [name for name in new if name in old]
    if before != after:
        yield Change("changed", table, "", "order", before, after)


def _changed_routes(old: Sequence[Fields], new: Sequence[Fields]) -> Iterator[Change]:
    """Routes have no names: those that are alike are matched, what lies between is compared one by one."""
    matcher = SequenceMatcher(None, [_text(rule) for rule in old], [_text(rule) for rule in new], autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(old_end - old_start, new_end - new_start)
        for step in range(both):
            yield from _changed("routes", str(new_start + step + 1), old[old_start + step], new[new_start + step])
        for place in range(old_start + both, old_end):
            yield Change("removed", "routes", str(place + 1))
        for place in range(new_start + both, new_end):
            yield Change("added", "routes", str(place + 1))


def _top(operation: Operation) -> Fields:
    keys = ("workspace", "timezone", "languages", "order", "dispositions", "breaks", "skills", "powers", "texts_days")
    return _fields({key: msgspec.to_builtins(getattr(operation, key)) for key in (*keys, "labels")})


def _entries(operation: Operation, table: str) -> dict[str, Fields]:
    entries: Mapping[str, Any] = getattr(operation, table)
    if table == "hours":
        return {name: _fields(_days(schedule)) for name, schedule in entries.items()}
    return {name: _fields(msgspec.to_builtins(entry)) for name, entry in entries.items()}


def _routes(operation: Operation) -> list[Fields]:
    """The routes, with conditions and needs as the file has them: `when.channel`, `needs.powers.refund`."""
    routes: list[Fields] = []
    for rule in operation.routes:
        fields = {f"when.{_dotted(condition.path)}": _wanted(condition) for condition in rule.when}
        fields |= {f"needs.{need}": _dotted(path) for need, path in rule.needs_from.items()}
        rest: dict[str, Any] = msgspec.to_builtins(rule)
        routes.append(dict(sorted(fields.items())) | _fields({key: rest[key] for key in ROUTE_KEYS}))
    return routes


def _wanted(condition: Condition) -> object:
    """What a condition compares with: a sorted list, or a range."""
    if condition.any_of:
        return sorted(condition.any_of, key=_text)
    ends = {"min": condition.minimum, "max": condition.maximum}
    return {key: end for key, end in ends.items() if end is not None}


def _dotted(path: Iterable[str]) -> str:
    return ".".join(_text(key) if "." in key else key for key in path)


def _days(schedule: Schedule) -> dict[str, Any]:
    """A schedule with its shifts as people write them."""
    week = zip(DAYS, schedule.week, strict=True)
    days = {day: [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in shifts] for day, shifts in week}
    return {"zone": schedule.zone, **days, "closed": [day.isoformat() for day in schedule.closed]}


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES, 60)
    return f"{hour:02}:{minute:02}"


def _fields(table: dict[str, Any]) -> Fields:
    return _flat(_plain(table))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Fields:
    """`table` without tables in it: their keys go on after a dot."""
    fields: Fields = {}
    for key, value in table.items():
        if isinstance(value, dict):
            fields |= _flat(cast("dict[str, Any]", value), f"{prefix}{key}.")
        elif value is not None and value != []:
            fields[prefix + key] = value
    return fields


def _plain(value: Any, key: str = "") -> Any:
    """`value`, which stands at `key`, with milliseconds as seconds and the lists that are sets in order."""
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        if key in NAMED:
            return table
        unit = "_ms" if key.endswith("_ms") else ""  # of a table of durations each is one
        return {_key(name): _plain(item, name + unit) for name, item in table.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in cast("Sequence[Any]", value)]
        return sorted(items, key=_text) if key in SETS else items
    if key.endswith("_ms") and value is not None:
        return value // 1000 if value % 1000 == 0 else value / 1000
    return value


def _key(name: str) -> str:
    return f"{name.removesuffix('ms')}s" if name.endswith("_ms") else name


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
