"""`make bench`: what an act costs on a small and on a large operation, beside the floor of this machine.

The server keeps nothing, so that the figures are of the acts and not of the disk. What is compared are ratios of one
run: machines are noisy, and this prints how noisy (the floor before and after).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from router.engine.connection import Connection
from router.engine.engine import load_library
from tests.bench.acts import measure_floor
from tests.bench.crowd import LARGE, SMALL
from tests.bench.floor import measure_machine
from tests.helpers.servers import running

if TYPE_CHECKING:
    from tests.bench.crowd import Size
    from tests.bench.measure import Figure


async def run(size: Size, kind: str) -> tuple[list[Figure], float]:
    """All figures of one size, on a server of its own."""
    with tempfile.TemporaryDirectory() as directory, running(kind, Path(directory)) as server:
        connection = await Connection.open(server.address, on_connect=load_library, reply_timeout_s=60)
        try:
            floor = [await measure_machine(connection)]
            figures, contact_bytes = await measure_floor(connection, size)
            floor.append(await measure_machine(connection))
            return [*floor, *figures], contact_bytes
        finally:
            await connection.close()


def table(kind: str) -> tuple[list[tuple[Figure, Figure]], tuple[float, float]]:
    """Each act's figures on the small and on the large operation, and bytes per waiting contact on each."""
    small, small_bytes = asyncio.run(run(SMALL, kind))
    large, large_bytes = asyncio.run(run(LARGE, kind))
    return list(zip(small, large, strict=True)), (small_bytes, large_bytes)


def main() -> None:
    """Print the table. Arguments: the kinds of server, `valkey` if none."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    for kind in sys.argv[1:] or ["valkey"]:
        rows, (small_bytes, large_bytes) = table(kind)
        print(f"\n{kind}: A = {SMALL.name}; B = {LARGE.name}\n")
        print("| act | commands A | B | B ÷ A | server µs A | B | B ÷ A | worst µs A | B | acts/s A | B |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for one, other in rows:
            print(_row(one, other))
        print(f"\nbytes per waiting contact (300-byte body, event included): A {small_bytes:.0f}, B {large_bytes:.0f}")


def _row(one: Figure, other: Figure) -> str:
    commands = f"{one.commands:.1f} | {other.commands:.1f} | {other.commands / one.commands:.2f}"
    time = f"{one.processor_us:.0f} | {other.processor_us:.0f} | {other.processor_us / one.processor_us:.2f}"
    worst = f"{one.worst_us} | {other.worst_us}"
    return f"| {one.name} | {commands} | {time} | {worst} | {one.acts_a_second:.0f} | {other.acts_a_second:.0f} |"


if __name__ == "__main__":
    main()
