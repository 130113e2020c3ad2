"""Two operations are the same where their digests are, and otherwise the difference is named as in the file."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from router.domain.operation import Operation
from router.domain.operation_file import load_operation
from router.domain.revision import difference, operation_digest
from tests.cases.table import changed, document, rows


def load(file: dict[str, Any]) -> Operation:
    return load_operation(file, "operation.toml").operation


@pytest.mark.parametrize("row", rows("changes"))
def test_a_change_is_shown_as_the_operator_wrote_it(row: dict[str, Any]) -> None:
    old, new = load(document("valid_operation")), load(changed("valid_operation", row))
    assert [str(change) for change in difference(old, new)] == row["changes"]
    assert (operation_digest(old) == operation_digest(new)) is (row["changes"] == [])
    assert len(difference(new, old)) == len(row["changes"])


def test_the_order_of_tables_and_keys_does_not_matter_where_it_means_nothing() -> None:
    def turned(table: dict[str, Any]) -> dict[str, Any]:
        items = [
            (key, turned(cast("dict[str, Any]", value)) if isinstance(value, dict) else value)
            for key, value in table.items()
        ]
        return dict(reversed(items))

    file = document("valid_operation")
    other = turned(file) | {"agents": file["agents"]}
    assert operation_digest(load(file)) == operation_digest(load(other))


def test_the_digest_is_that_of_the_content_also_after_a_way_through_json() -> None:
    operation = load(document("valid_operation"))
    again = msgspec.json.decode(msgspec.json.encode(operation), type=Operation)
    assert again == operation
    assert operation_digest(again) == operation_digest(operation)


def test_quick_replies_are_shown_in_the_files_order() -> None:
    replies = [{"name": name, "text": {"de": name}} for name in ("hi", "bye")]
    old, new = (load(document("valid_operation") | {"quick_replies": said}) for said in (replies, replies[::-1]))
    assert [str(change) for change in difference(old, new)] == [
        'quick_replies.order: ["hi", "bye"] → ["bye", "hi"]',
    ]
    assert operation_digest(old) != operation_digest(new)
