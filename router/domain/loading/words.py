"""The words of desks in an operation file: its `breaks`, `[labels]` and `[[quick_replies]]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.domain.loading.table import NAME, NAME_RULE
from router.domain.operation import Labels, QuickReply

if TYPE_CHECKING:
    from router.domain.loading.names import Names
    from router.domain.loading.table import Table

PLACEHOLDERS: Final = ("customer", "first_name", "agent", "queue")
"""What desks put in place of `{customer}` and the like in a quick reply."""


def read_breaks(top: Table) -> tuple[str, ...]:
    """The reasons for a break."""
    breaks = top.texts("breaks")
    for reason in breaks:
        if not NAME.fullmatch(reason):
            top.report("breaks", reason, f"no break may be called that: {NAME_RULE}")
    return breaks


def read_labels(top: Table, names: Names) -> dict[str, Labels]:
    """The labels by language."""
    table = top.part("labels")
    return {
        language: _read_labels(table.part(language), names)
        for language in table.known_keys("language", names.languages)
    }


def _read_labels(table: Table, names: Names) -> Labels:
    labels: dict[str, dict[str, str]] = {}
    for things in Labels.__struct_fields__:
        known, part = getattr(names, things), table.part(things)
        labels[things] = {name: part.text(name) for name in part.known_keys(things.removesuffix("s"), known)}
    table.done()
    return Labels(**labels)


def read_quick_replies(top: Table, names: Names) -> dict[str, QuickReply]:
    """Every quick reply."""
    replies: dict[str, QuickReply] = {}
    for table in top.rows("quick_replies"):
        name = table.text("name")
        if name and not NAME.fullmatch(name):
            table.wrong("name", f"no quick reply may be called that: {NAME_RULE}")
        elif name and name in replies:
            table.wrong("name", "is the name of an earlier one already")
        text = table.part("text")
        if not len(text):
            table.wrong("text", "is missing or empty: what the agent says, by language")
        replies[name] = QuickReply(
            name=name,
            queues=table.references("queue", "queues", names.queues),
            text={
                language: text.passage(language, PLACEHOLDERS)
                for language in text.known_keys("language", names.languages)
            },
        )
        table.done()
    return replies
