"""Everything that is wrong in an operation file is found at once, each with its place, its value and what to do."""

from __future__ import annotations

import math
from typing import Any

import pytest

from router.domain.operation_file import load_operation
from router.kit.errors import OperationInvalid
from tests.cases.table import changed, rows


@pytest.mark.parametrize("row", rows("operation_errors"))
def test_a_wrong_file_is_refused_with_all_its_problems(row: dict[str, Any]) -> None:
    with pytest.raises(OperationInvalid) as caught:
        load_operation(changed("valid_operation", row), "operation.toml", row.get("agents_csv"))
    found = caught.value.problems
    wanted = row["problems"]
    assert [(problem.table, problem.field) for problem in found] == [(one["table"], one["field"]) for one in wanted]
    for problem, one in zip(found, wanted, strict=True):
        assert problem.file == one.get("file", "operation.toml")
        assert same(problem.value, one.get("value"))
        assert one["says"] in problem.message


def same(one: object, other: object) -> bool:
    """Equal, also if neither is a number."""
    return one == other or (
        isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    )
