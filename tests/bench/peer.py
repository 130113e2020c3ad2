"""A job queue of Python as a peer of the bench, run by the venv that `peers.py` makes: saq, arq or streaq.

Arguments: produce|consume, the peer, the server's socket, how many jobs or at once. Prints a line `ready`; then the
producer waits for a line before it sends, and the consumer says now and then how many are done. Results are not kept.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any

BODY = {"note": "x" * 280}
BATCH = 100
AT_ONCE = 32
"""Single jobs that are sent at the same time, where a peer cannot send many at once."""
EVERY_S = 0.02
POLLED_S = 0.01
"""How often arq looks for jobs; its default of 0.5 is for quiet queues."""

done = 0


async def job(_context: Any, **_body: Any) -> None:
    """A consumer has it, and it is done."""
    global done  # noqa: PLW0603 - the whole process is one counter
    done += 1


async def begin() -> None:
    """Say that all is ready, and wait for the word to begin."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def tell() -> None:
    """Say how many are done."""
    print("ready", flush=True)
    told = 0
    while True:
        await asyncio.sleep(EVERY_S)
        if done != told:
            told = done
            print(told, flush=True)


async def singly(jobs: int, send: Any) -> None:
    """Send job after job, some of them at the same time."""
    left = iter(range(jobs))

    async def send_some() -> None:
        for _ in left:
            await send()

    await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))


async def saq(role: str, path: str, number: int) -> None:
    """saq: a connection for each consumer."""
    redis = import_module("redis.asyncio").from_url(f"unix://{path}")
    queue = import_module("saq.queue.redis").RedisQueue(redis)
    await queue.connect()
    if role == "produce":
        await begin()
        await singly(number, lambda: queue.enqueue("job", ttl=-1, **BODY))
    else:
        worker = import_module("saq").Worker(queue, functions=[job], concurrency=number)
        await asyncio.gather(worker.start(), tell())


async def arq(role: str, path: str, number: int) -> None:
    """arq: polls, and takes at most five times as many as it works on."""
    settings = import_module("arq.connections").RedisSettings(unix_socket_path=path)
    if role == "produce":
        pool = await import_module("arq").create_pool(settings)
        await begin()
        await singly(number, lambda: pool.enqueue_job("job", **BODY))
    else:
        worker = import_module("arq").Worker(
            functions=[job], redis_settings=settings, max_jobs=number, poll_delay=POLLED_S, keep_result=0,
            log_results=False, handle_signals=False,
        )  # fmt: skip
        await asyncio.gather(worker.async_run(), tell())


async def streaq(role: str, path: str, number: int) -> None:
    """streaq: a stream with a group, jobs fetched ahead, many sent at once."""
    worker = import_module("streaq").Worker(
        redis_url=f"unix://{path}", concurrency=number if role == "consume" else 1, handle_signals=False
    )

    async def task(**body: Any) -> None:
        await job(None, **body)

    registered = worker.task(ttl=0)(task)
    if role == "produce":
        async with worker:
            await begin()
            for sent in range(0, number, BATCH):
                await worker.enqueue_many([registered.enqueue(**BODY) for _ in range(min(BATCH, number - sent))])
    else:
        await asyncio.gather(worker.run_async(), tell())


async def main(role: str, peer: str, path: str, number: str) -> None:
    """Be the producer or a consumer."""
    await {"saq": saq, "arq": arq, "streaq": streaq}[peer](role, path, int(number))
    sys.stdin.read()  # until it is ended, so that its processor time can be read


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
