"""The collector of cyclic garbage leaves a process that serves in peace, and still collects."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
from router.kit.garbage import settle_garbage

class Cycle:
    def __init__(self):
        self.me = self

settle_garbage()
print(gc.get_freeze_count() > 1000)
collected = []
gc.callbacks.append(lambda phase, about: phase == "stop" and collected.append(about["generation"]))
kept = [[] for _ in range(5_000)]
print(len(collected))
cycle = weakref.ref(Cycle())
kept += [[] for _ in range(10_000)]
print(collected, cycle() is None)
"""


def test_what_is_there_is_left_alone_and_what_comes_is_looked_at_now_and_then() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["True", "0", "[0] True"]
