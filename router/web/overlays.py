"""Overlays: a supervisor changes a queue or an agent while the router runs, on top of the operation's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from router.domain.overlay import AgentOverlay, AnyOverlay, Overlays, QueueOverlay, changed, in_force, read_agent
from router.domain.pools import POOLS_MAX, pools_of
from router.domain.wire import answers, floor, requests
from router.domain.wire.moment import wall_ms
from router.engine.acts.reading import GetAgent
from router.kit.errors import Refusal
from router.service.operations import change_overlays
from router.service.queues import queue_now
from router.web.operation import MANAGERS, Call, Reply, Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.domain.operation import Operation

LONGEST_MS: Final = 366 * 86_400_000

table = Table()


@table.add(
    "PATCH", "/queues/{queue}", MANAGERS, body=requests.PatchQueue, answer=floor.Queue,
    refuses=("unknown_queue", "old_operation"),
)  # fmt: skip
async def patch_queue(call: Call) -> Reply:
    """Open or close a queue whatever its hours say, or put up a notice, until a moment or for good.

    `open` true: no hours. False: closed to new contacts, which meet the queue's `closed` action; who waits already is
    served. Null: its hours decide again. A field that is left out stays as it was; `until` ends all of them.
    """
    name, said = call.path["queue"], call.body

    def change(base: Operation, overlays: Overlays, wall: int) -> Overlays:
        if name not in base.queues:
            raise Refusal("unknown_queue", name)
        before = overlays.queues.get(name) or QueueOverlay(role=call.role, author=None, at=wall)
        overlay = _over(call, before, {"open": said.open, "notice": said.notice}, said.until, wall)
        return msgspec.structs.replace(overlays, queues=changed(overlays.queues, name, overlay))

    await change_overlays(call.served.engine, call.served.current, call.by, change)
    return Reply(await queue_now(call.served, name))


@table.add(
    "PATCH", "/agents/{agent}", MANAGERS, body=requests.PatchAgent, answer=answers.Agent,
    refuses=("unknown_agent", "old_operation"),
)  # fmt: skip
async def patch_agent(call: Call) -> Reply:
    """Change what an agent may and can do, until a moment or for good.

    Each field that is given stands in place of all that the operation's file says there, groups included. Null: the
    file counts again. A field that is left out stays as it was; `until` ends all of them.
    """
    name, said = call.path["agent"], call.body
    fields = {field: getattr(said, field) for field in ("queues", "media", "skills", "powers", "phone")}

    def change(base: Operation, overlays: Overlays, wall: int) -> Overlays:
        if name not in base.agents:
            raise Refusal("unknown_agent", name)
        before = overlays.agents.get(name) or AgentOverlay(role=call.role, author=None, at=wall)
        overlay = _over(call, before, fields, said.until, wall)
        overlay, problems = read_agent(overlay, base)
        if problems:
            raise Refusal("malformed", "\n".join(str(problem) for problem in problems))
        patched = msgspec.structs.replace(overlays, agents=changed(overlays.agents, name, overlay))
        if len(pools_of(in_force(base, patched)).pools) > POOLS_MAX:
            raise Refusal("malformed", f"the agents would differ in more than {POOLS_MAX} ways")
        return patched

    await change_overlays(call.served.engine, call.served.current, call.by, change)
    answer = await call.served.engine.do(GetAgent(agent=name))
    return Reply(call.served.views.agent(answer, answer.result))


def _over(
    call: Call,
    before: AnyOverlay,
    fields: Mapping[str, Any],
    until: datetime | UnsetType | None,
    wall: int,
) -> AnyOverlay:
    """The overlay as it was, with what the request says; the caller is its author."""
    said = {name: value for name, value in fields.items() if value is not UNSET}
    if not isinstance(until, UnsetType):
        said["until"] = None if until is None else wall_ms(until)
    if not said:
        return before
    overlay = msgspec.structs.replace(before, **said, role=call.role, author=call.by.id, at=wall)
    if "until" in said and overlay.until is not None:
        if overlay.until <= wall:
            raise Refusal("malformed", "until: lies in the past")
        if overlay.until > wall + LONGEST_MS:
            raise Refusal("malformed", "until: lies more than a year ahead; leave it out for a change that stays")
        if not overlay.stated:
            raise Refusal("malformed", "until: there is no change that would end then")
    return overlay
