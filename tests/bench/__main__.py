"""`make bench`: what an act costs on a small and on a large operation, beside the floor of this machine.

The server keeps nothing, so that the figures are of the acts and not of the disk. What is compared are ratios of one
run: machines are noisy, and this prints how noisy (the floor before and after).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from router.engine.connection import Connection
from router.engine.engine import load_library
from tests.bench.acts import full_floor, measured_acts
from tests.bench.crowd import LARGE, SMALL
from tests.bench.table import Row, report
from tests.helpers.servers import running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.bench.acts import Floor
    from tests.bench.crowd import Size
    from tests.bench.measure import Figure


@asynccontextmanager
async def filled(size: Size, kind: str) -> AsyncGenerator[tuple[Floor, float]]:
    """A workspace of one size on a server of its own, and bytes per waiting contact."""
    with tempfile.TemporaryDirectory() as directory, running(kind, Path(directory)) as server:
        connection = await Connection.open(server.address, on_connect=load_library, reply_timeout_s=60)
        try:
            yield await full_floor(connection, size)
        finally:
            await connection.close()


async def table(kind: str) -> tuple[list[tuple[Figure, Figure]], tuple[float, float]]:
    """Each act's figures on the small and on the large operation, and bytes per waiting contact on each.

    An act is measured on the one and then on the other: minutes later the machine would not be the same.
    """
    async with filled(LARGE, kind) as (large, large_bytes), filled(SMALL, kind) as (small, small_bytes):
        others = measured_acts(large)
        pairs = [(figure, await anext(others)) async for figure in measured_acts(small)]
        return pairs, (small_bytes, large_bytes)


def main() -> None:
    """Print the table. Arguments: the kinds of server, `valkey` if none."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    for kind in sys.argv[1:] or ["valkey"]:
        rows, (small_bytes, large_bytes) = asyncio.run(table(kind))
        print(f"\n{kind}: A = {SMALL.name}; B = {LARGE.name}\n")
        print("| act | commands A | B | B ÷ A | server µs A | B | B ÷ A | worst µs A | B | acts/s A | B |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for one, other in rows:
            print(_row(one, other))
        report(f"acts, {kind}", [
            *(row for pair in rows for row in _compared(*pair)),
            Row("bytes per waiting contact (300-byte body, event included), A", small_bytes, ""),
            Row("the same, B; beside A", large_bytes, "", large_bytes / small_bytes, "lower"),
        ])  # fmt: skip


def _compared(one: Figure, other: Figure) -> list[Row]:
    """What grows with the operation."""
    name, grown = other.name.partition(":")[0], other.processor_us / one.processor_us
    if name == "floor":  # it grows with what fits the processor's cache: no matter of ours
        return []
    return [
        Row(f"{name}: commands, B; beside A", other.commands, "", other.commands / one.commands, "lower"),
        Row(f"{name}: server, B; beside A", other.processor_us, "µs", grown, "lower"),
    ]


def _row(one: Figure, other: Figure) -> str:
    commands = f"{one.commands:.1f} | {other.commands:.1f} | {other.commands / one.commands:.2f}"
    time = f"{one.processor_us:.0f} | {other.processor_us:.0f} | {other.processor_us / one.processor_us:.2f}"
    worst = f"{one.worst_us} | {other.worst_us}"
    return f"| {one.name} | {commands} | {time} | {worst} | {one.acts_a_second:.0f} | {other.acts_a_second:.0f} |"


if __name__ == "__main__":
    main()
