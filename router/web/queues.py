"""Queues, as those who run the floor see them."""

from __future__ import annotations

from router.domain.wire import floor
from router.service.queues import queue_now, queues_now
from router.web.operation import READERS, SERVERS, Call, Reply, Table

table = Table()


@table.add("GET", "/queues", READERS | SERVERS, answer=floor.Queues)
async def get_queues(call: Call) -> Reply:
    """Every queue as it stands, in the operation's order.

    `service_level` is that of the last 30 minutes: answered in target ÷ (offered − abandoned in target), from 0 to 1,
    null where that leaves nothing. `offered` are all waits that ended in that time: answered, abandoned, flowed out
    (sent on unanswered, by overflow, transfer or another route) and expired (past the queue's limit). A contact that
    waits longer than its target lowers it only when its wait ends; `longest_wait_s` shows it at once.
    """
    return Reply(floor.Queues(items=await queues_now(call.served), next=None))


@table.add("GET", "/queues/{queue}", READERS | SERVERS, answer=floor.Queue, refuses=("unknown_queue",))
async def get_queue(call: Call) -> Reply:
    """One queue as it stands."""
    return Reply(await queue_now(call.served, call.path["queue"]))
