"""The workspace as it stands, for Prometheus: read from the store whenever somebody asks, the same by every process."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from router.domain.operation import CAPACITY
from router.domain.process import ProcessFigures
from router.engine.acts.reading import AccountNow, GetProcesses, GetQueue, GetStates
from router.engine.fitness import StoreNow, store_now
from router.kit.errors import Refusal, ServerRefused
from router.service.accounts import accounts_now
from router.service.queues import STATES, by_queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from router.service.served import Served

PREFIX: Final = "contact_router_"


class QueueNow(msgspec.Struct, frozen=True):
    """A queue as it stands."""

    waiting: int
    longest_ms: int
    signed_in: int
    open: bool
    agents: dict[Any, int]
    target_ms: int
    objective: float


class Floor(msgspec.Struct, frozen=True):
    """All that is gauged of a workspace."""

    queues: dict[str, QueueNow]
    staff: dict[str, int]
    """State → people."""
    load: int
    signed_in: int
    accounts: list[AccountNow]
    """With what this process has heard of them since it was said to the store last."""
    now: int
    wall: int
    late_ms: int
    """How long ago, of the wall's time, the oldest deadline was to be run."""
    processes: dict[str, ProcessFigures]
    store: StoreNow | None
    """None where the server does not tell."""


async def read_floor(served: Served) -> Floor:
    """Read now. Raises `RouterError`."""
    engine, current = served.engine, served.current
    channels = await accounts_now(served)
    states, signed_in = (await engine.do(GetStates())).result
    agents = by_queue(current, states)
    staff: Counter[str] = Counter(dict.fromkeys(STATES, 0))
    for _pool, state, number, _load in states:
        staff[state] += number
    queues = await asyncio.gather(*(_queue(served, name, agents[name]) for name in agents))
    late_ms = max(0, channels.now - channels.next_due) if channels.next_due else 0
    return Floor(
        queues={name: queue for name, queue in zip(agents, queues, strict=True) if queue is not None},
        staff=dict(staff),
        load=sum(load for *_, load in states),
        signed_in=signed_in,
        accounts=channels.result,
        now=channels.now,
        wall=channels.wall,
        late_ms=round(late_ms / served.pace),
        processes=dict((await engine.do(GetProcesses())).result),
        store=await _store(served),
    )


async def _queue(served: Served, name: str, agents: dict[Any, int]) -> QueueNow | None:
    rules = served.current.operation.queues.get(name)
    try:
        waiting, longest_ms, signed_in, closed = (await served.engine.do(GetQueue(queue=name))).result
    except Refusal:  # the operation has just changed
        return None
    if rules is None:
        return None
    return QueueNow(waiting, longest_ms or 0, signed_in, not closed, agents, rules.target_ms, rules.objective)


async def _store(served: Served) -> StoreNow | None:
    try:
        return await store_now(served.engine.connection)
    except ServerRefused:
        return None


def gauges(workspace: str, floor: Floor) -> Iterator[Metric]:
    """The floor's gauges."""
    yield from _of_queues(workspace, floor)
    yield from _of_people(workspace, floor)
    yield from _of_channels(workspace, floor)
    yield gauge(workspace, "timer_lateness_seconds", "How late the oldest deadline is.", floor.late_ms / 1000)
    yield gauge(workspace, "processes", "Router processes that have said how they are of late.", len(floor.processes))
    if floor.store is not None:
        store = floor.store
        yield gauge(workspace, "store_memory_bytes", "Memory that the store uses.", store.memory_bytes)
        what = "Memory that the store may use; the machine's, where its maxmemory is 0."
        yield gauge(workspace, "store_memory_max_bytes", what, store.memory_max_bytes)
        what = "1 where the store appends to its file or makes snapshots, and the last of them was written."
        yield gauge(workspace, "store_persisting", what, store.persisting)


def gauge(workspace: str, name: str, what: str, value: float) -> Metric:
    """One number of the workspace."""
    family = GaugeMetricFamily(PREFIX + name, what, labels=("workspace",))
    family.add_metric((workspace,), value)
    return family


def _of_queues(workspace: str, floor: Floor) -> list[Metric]:
    def family(name: str, what: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(PREFIX + name, what, labels=("workspace", "queue", *labels))

    waiting = family("waiting", "Contacts that nobody has answered yet.")
    longest = family("longest_wait_seconds", "The wait so far of the contact that has waited longest.")
    agents = family("agents", "Agents who may take from the queue, by state.", "state")
    signed_in = family("signed_in", "Agents who may take from the queue and are signed in, breaks included.")
    is_open = family("queue_open", "1 where the queue takes new contacts now.")
    target = family("target_seconds", "How long a contact of the queue should wait at most.")
    objective = family("objective_ratio", "The share of its contacts that should be answered in target.")
    for name, queue in floor.queues.items():
        labels = (workspace, name)
        waiting.add_metric(labels, queue.waiting)
        longest.add_metric(labels, queue.longest_ms / 1000)
        signed_in.add_metric(labels, queue.signed_in)
        is_open.add_metric(labels, queue.open)
        target.add_metric(labels, queue.target_ms / 1000)
        objective.add_metric(labels, queue.objective)
        for state, count in queue.agents.items():
            agents.add_metric((*labels, state), count)
    return [waiting, longest, agents, signed_in, is_open, target, objective]


def _of_people(workspace: str, floor: Floor) -> Iterator[Metric]:
    staff = GaugeMetricFamily(PREFIX + "staff", "Agents of the workspace by state.", labels=("workspace", "state"))
    for state, count in floor.staff.items():
        staff.add_metric((workspace, state), count)
    yield staff
    what = "What agents carry, in whole agents: a contact, a wrap-up counts as its medium's cost ÷ 100."
    yield gauge(workspace, "capacity_used", what, floor.load / CAPACITY)
    yield gauge(workspace, "capacity_signed_in", "Agents who are signed in, breaks included.", floor.signed_in)


def _of_channels(workspace: str, floor: Floor) -> list[Metric]:
    names = ("workspace", "channel", "account")
    up = GaugeMetricFamily(
        PREFIX + "channel_up", "1 where an adapter has the account and says nothing is wrong.", labels=names
    )
    age = GaugeMetricFamily(
        PREFIX + "channel_last_event_age_seconds", "How long ago the account's adapter last brought something.",
        labels=names,
    )  # fmt: skip
    outbox = GaugeMetricFamily(PREFIX + "outbox", "Messages that the adapter has not sent yet.", labels=names)
    retries = CounterMetricFamily(
        PREFIX + "channel_retries", "Sends to the platform and calls to the router that the adapter repeated.",
        labels=names,
    )  # fmt: skip
    for account in floor.accounts:
        labels = (workspace, account.channel, account.account)
        up.add_metric(labels, account.is_up)
        outbox.add_metric(labels, account.unsent)
        if account.heard_at is not None:
            age.add_metric(labels, max(0, floor.now - account.heard_at) / 1000)
        if account.retries is not None:
            retries.add_metric(labels, account.retries)
    return [up, age, outbox, retries]
