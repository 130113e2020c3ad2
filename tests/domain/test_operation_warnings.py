"""What is allowed in an operation file and still looks like a mistake is said, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from router.domain.operation_file import load_operation
from tests.cases.table import changed, rows


def test_the_file_that_the_rows_change_has_no_warning() -> None:
    assert load_operation(changed("valid_operation", {}), "operation.toml").warnings == ()


@pytest.mark.parametrize("row", rows("operation_warnings"))
def test_a_doubtful_file_is_loaded_with_all_its_warnings(row: dict[str, Any]) -> None:
    found = load_operation(changed("valid_operation", row), "operation.toml", row.get("agents_csv")).warnings
    wanted = row["warnings"]
    assert [(one.file, one.table, one.field, one.value) for one in found] == [
        (one.get("file", "operation.toml"), one["table"], one["field"], one.get("value")) for one in wanted
    ]
    for problem, one in zip(found, wanted, strict=True):
        assert one["says"] in problem.message
