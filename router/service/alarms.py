"""What is wrong on the floor now, from the same look at it that Prometheus gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain import alarms
from router.domain.wire import floor
from router.domain.wire.moment import moment
from router.service.gauges import read_floor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.domain.alarms import Alarm
    from router.service.gauges import Floor
    from router.service.served import Served


async def alarms_now(served: Served) -> list[floor.Alarm]:
    """Every alarm that is there, the critical ones first."""
    seen = await read_floor(served)
    found = [alarm for alarm in _alarms(served, seen) if alarm.is_there(seen.now)]
    found.sort(key=lambda alarm: alarm.severity)
    return [
        floor.Alarm(
            alarm=one.alarm,
            severity=one.severity,
            queue=one.queue,
            channel=one.channel,
            account=one.account,
            process=one.process,
            value=one.value,
            limit=one.limit,
            since=None if one.since_ms is None else moment(one.since_ms + seen.wall - seen.now),
        )
        for one in found
    ]


def _alarms(served: Served, seen: Floor) -> Iterator[Alarm]:
    for name, queue in seen.queues.items():
        yield from alarms.of_queue(
            name,
            waiting=queue.waiting,
            longest_ms=queue.longest_ms,
            signed_in=queue.signed_in,
            target_ms=queue.target_ms,
            objective=queue.objective,
            recent=served.recent.of(name, seen.now),
            now=seen.now,
        )
    for one in seen.accounts:
        yield from alarms.of_account(one.channel, one.account, is_up=one.is_up, since_ms=one.since)
    for name, process in seen.processes.items():
        yield from alarms.of_process(name, process.events_behind)
    yield from alarms.of_timers(seen.late_ms)
    if seen.store is not None:
        store = seen.store
        yield from alarms.of_store(store.memory_bytes, store.memory_max_bytes, persisting=store.persisting)
