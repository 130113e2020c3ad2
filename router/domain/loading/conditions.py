"""The `when` of a route: it has the shape of the contact's JSON.

A value must be equal, a list means any of its values, and `{ min = 1, max = 5 }` is a range of which either end may be
left out. So an attribute named `min` or `max` cannot be compared inside another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

from router.domain.loading.table import NUMBER_MAX, is_text, plain_number, unknown
from router.domain.operation import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from router.domain.loading.names import Names
    from router.domain.loading.table import Table

DEPTH_MAX: Final = 8
"""How many keys may lead to an attribute."""

CUSTOMER: Final = ("id", "type", "name", "language", "segment")
TEXTS: Final = ("account", "thread", "tags")

_TEXT_RULE: Final = "must be text or a list of texts"
_VALUE_RULE: Final = "must be text, a number, true or false, a list of these, or a range { min, max }"

Check = Callable[[object], str | None]
"""What is wrong with one value that contacts are compared with; None if nothing is."""


def read_when(route: Table, names: Names) -> tuple[Condition, ...]:
    """Every condition of a route; none where `when` is left out."""
    when = route.table("when")
    if when is None:
        return ()
    if not len(when):
        route.wrong("when", "is empty, so it holds for every contact: leave it out")
    conditions = [
        *_read_values(when, "channel", ("channel",), _one_of("channel", names.channels)),
        *_read_values(when, "medium", ("medium",), _one_of("medium", names.media)),
    ]
    for key in TEXTS:
        conditions += _read_values(when, key, (key,), _text)
    customer = when.part("customer")
    for key in CUSTOMER:
        conditions += _read_values(customer, key, ("customer", key), _text)
    customer.done()
    conditions += _read_attributes(when.part("attributes"), ("attributes",))
    if when.has("metadata"):
        when.wrong("metadata", "is the adapter's own and never routed on; what is routed on goes into attributes")
    when.done()
    return tuple(conditions)


def _read_attributes(table: Table, path: tuple[str, ...]) -> Iterator[Condition]:
    for key in table:
        value = table.value(key)
        here = (*path, key)
        if not is_text(key) or len(here) > DEPTH_MAX:
            table.wrong(key, f"has a name that cannot be printed, or is more than {DEPTH_MAX} keys deep")
        elif not isinstance(value, Mapping):
            yield from _read_values(table, key, here, _scalar)
        elif not value:
            table.wrong(key, _VALUE_RULE)
        elif {"min", "max"} & value.keys():
            yield _read_range(table.part(key), here)
        else:
            yield from _read_attributes(table.part(key), here)


def _read_values(table: Table, key: str, path: tuple[str, ...], check: Check) -> Iterator[Condition]:
    if not table.has(key):
        return
    value = table.value(key)
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    if not values:
        table.wrong(key, "is an empty list, so it never holds")
    for item in values:
        message = check(item)
        if message is not None:
            table.report(key, item, message)
    yield Condition(path, any_of=tuple(_plain(item) for item in values))


def _read_range(table: Table, path: tuple[str, ...]) -> Condition:
    ends = {key: table.number(key, -NUMBER_MAX, NUMBER_MAX) for key in ("min", "max") if table.has(key)}
    table.done()
    minimum, maximum = ends.get("min"), ends.get("max")
    if minimum is not None and maximum is not None and minimum > maximum:
        table.wrong("max", f"is less than min, which is {minimum}")
    return Condition(path, minimum=minimum, maximum=maximum)


def _one_of(kind: str, known: Iterable[str]) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return _TEXT_RULE
        return None if value in known else unknown(kind, value, known)

    return check


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and is_text(value) else _TEXT_RULE


def _scalar(value: object) -> str | None:
    fit = isinstance(value, bool) or plain_number(value) is not None or _text(value) is None
    return None if fit else _VALUE_RULE


def _plain(value: object) -> object:
    number = plain_number(value)
    return value if number is None else number
