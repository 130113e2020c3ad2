"""Work in lanes: one thing after the other in each, all lanes at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Result = TypeVar("Result")


class Lanes:
    """Each lane is named by a thread, and exists while it has work. How a work ends is nothing to the next one."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """How much work is not done."""
        return len(self._tasks)

    def add(self, lane: str, work: Callable[[], Coroutine[Any, Any, Result]]) -> asyncio.Task[Result]:
        """Do it after all that was added to the lane before."""
        before = self._last.get(lane)

        async def in_turn() -> Result:
            if before is not None:
                await asyncio.wait([before])
            return await work()

        task = self._last[lane] = asyncio.create_task(in_turn())
        self._tasks.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if self._last.get(lane) is task:
                del self._last[lane]

        task.add_done_callback(done)
        return task

    async def end(self, wait_s: float = 0.0) -> None:
        """Wait so long for what is not done, then cancel it."""
        if self._tasks and wait_s:
            await asyncio.wait(self._tasks, timeout=wait_s)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
