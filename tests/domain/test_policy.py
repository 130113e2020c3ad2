"""A contact gets its queue, priority and needs from the routes that match it, and from what it came with."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router.domain.customer import Customer, merge
from router.domain.operation_file import load_operation
from router.domain.policy import Routing, route
from router.domain.requirement import Requirement
from tests.cases.table import document, rows


@pytest.mark.parametrize("row", rows("routes"))
def test_a_contact_is_routed_as_the_table_says(row: dict[str, Any]) -> None:
    loaded = load_operation(document("routes")["operation"], "routes.toml")
    assert loaded.warnings == ()
    asked = row.get("asked", {})
    routing = route(
        loaded.operation,
        row["contact"],
        queue=asked.get("queue"),
        priority=asked.get("priority"),
        requirement=msgspec.convert(asked["requirement"], Requirement) if "requirement" in asked else None,
    )
    nothing: dict[str, Any] = {"priority": 0, "requirement": {}, "steps": [], "ignored": []}
    assert routing == msgspec.convert(nothing | row["routing"], Routing)


@pytest.mark.parametrize("row", rows("customers"))
def test_a_customer_is_what_was_said_over_what_is_known(row: dict[str, Any]) -> None:
    record = msgspec.convert(row["record"], Customer) if "record" in row else None
    assert merge(msgspec.convert(row["said"], Customer), record, "ru") == msgspec.convert(row["customer"], Customer)
