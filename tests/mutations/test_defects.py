"""The list of deliberate defects fits today's sources; `python -m tests.mutations` runs the tests against each."""

from __future__ import annotations

from pathlib import Path

import pytest

import router
from tests.mutations.defects import LUA, Defect, defects

ROOT = Path(router.__file__).parent.parent
AT_LEAST = 30


@pytest.mark.parametrize("defect", defects(), ids=lambda defect: defect.name)
def test_a_defect_has_its_place(defect: Defect) -> None:
    source = (ROOT / LUA / defect.file).read_text(encoding="utf-8")
    assert defect.applied(source) != source


def test_there_are_enough_of_them() -> None:
    assert len(defects()) >= AT_LEAST
