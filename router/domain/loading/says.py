"""The `says` of a queue: what its customers are told by themselves, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.domain.operation import Says

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.domain.loading.names import Names
    from router.domain.loading.table import Table

PLACEHOLDERS: Final[Mapping[str, tuple[str, ...]]] = {"received": ("place", "wait"), "wait": ("from", "to")}
"""What the router puts in place of `{place}` and the like, by the text in which it may stand."""


def read_says(queue: Table, names: Names) -> dict[str, Says]:
    """The texts of a queue; none where `says` is left out."""
    says = queue.part("says")
    return {language: _read_texts(says.part(language)) for language in says.known_keys("language", names.languages)}


def _read_texts(table: Table) -> Says:
    texts = {key: table.passage(key, PLACEHOLDERS.get(key, ())) for key in Says.__struct_fields__ if table.has(key)}
    if "{wait}" in texts.get("received", "") and "wait" not in texts:
        table.wrong("wait", "is missing: received puts it in place of {wait}")
    table.done()
    return Says(**texts)
