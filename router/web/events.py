"""The workspace's events, as pages and on a socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.domain.wire import answers, frames, queries
from router.engine.acts.reading import GetMoment
from router.engine.stream import A_TURN
from router.kit.errors import Refusal
from router.web.live import serve_live
from router.web.operation import READERS, Call, Reply, Table
from router.web.problems import problem_of

if TYPE_CHECKING:
    from aiohttp import web

    from router.domain.events import Event
    from router.engine.engine import Answer
    from router.service.served import Served

table = Table()

_encode = msgspec.json.Encoder().encode


@table.add(
    "GET", "/events", READERS, query=queries.ListEvents, answer=answers.Events, refuses=("events_trimmed",)
)  # fmt: skip
async def list_events(call: Call) -> Reply:
    """The events after a number, in their order; without one, from the first that is kept."""
    asked: queries.ListEvents = call.query
    moment = await call.served.engine.do(GetMoment())
    events = await call.served.feed.page(_known(asked.after, moment.seq), asked.limit + 1)
    items = await _shown(call.served, moment, events[: asked.limit])
    return Reply(answers.Events(items=items, next=events[asked.limit - 1].seq if len(events) > asked.limit else None))


async def _shown(served: Served, moment: Answer[None], events: list[Event]) -> list[answers.Event]:
    """The events as they are told; of many, some in each turn of the loop.

    Each is its JSON already, which is far less than the structs of it, and nothing that the collector looks at.
    """
    items: list[msgspec.Raw] = []
    for start in range(0, len(events), A_TURN):
        if start:
            await asyncio.sleep(0)
        shown = [served.views.event(moment, event) for event in events[start : start + A_TURN]]
        items += [msgspec.Raw(_encode(event)) for event in shown]
    return cast("list[answers.Event]", items)


@table.add(
    "GET", "/contacts/{contact}/events", READERS, query=queries.ListEvents, answer=answers.Events,
    refuses=("unknown_contact", "events_trimmed"),
)  # fmt: skip
async def list_contact_events(call: Call) -> Reply:
    """What has happened to a contact, in its order: its own events after a number, or from its arrival on.

    A page may be short, or empty, and not the last: go on while there is a `next`. What is no longer kept is missing.
    """
    asked: queries.ListEvents = call.query
    moment, contact = await call.contact()
    after = _known(asked.after, moment.seq) or 0
    events, following = await call.served.feed.story(contact.id, max(after, contact.born - 1), asked.limit)
    items = [call.served.views.event(moment, event) for event in events]
    return Reply(answers.Events(items=items, next=following))


def _known(after: int | None, last: int) -> int | None:
    """A cursor. Refuses `events_trimmed` where it is ahead: the store was brought back from an older copy."""
    if after is not None and after > last:
        raise Refusal("events_trimmed", str(after))
    return after


@table.add_socket(
    "/events/live", READERS, query=queries.Live, refuses=("events_trimmed",), frames=frames.OF_EVENTS
)  # fmt: skip
async def events_live(call: Call, request: web.Request) -> web.StreamResponse:
    """A socket that tells every event as it happens, or from the one after `after` on."""
    asked: queries.Live = call.query
    return await serve_live(call.served, call.known, request, EventReader(call.served), asked.after)


class EventReader:
    """Who hears of everything and holds nothing."""

    kind = "events"
    agent = None
    standby = False
    lease_s = None

    def __init__(self, served: Served) -> None:
        self._served = served

    def wanted(self, event: Event) -> bool:
        """Every event."""
        del event
        return True

    async def take(self) -> int:
        """There is no lease."""
        return (await self._served.engine.do(GetMoment())).seq

    async def give_up(self, silent_ms: int) -> None:
        """There is no lease."""

    async def snapshot(self, *, resumed: bool) -> tuple[msgspec.Struct | None, int]:
        """There is no present state; it begins behind the last event."""
        del resumed
        return None, await self.take()

    async def frames(self, events: list[Event]) -> list[Any]:
        """Each event."""
        moment = (await self._served.standing.of()).answer
        shown = await _shown(self._served, moment, events)
        return [frames.EventFrame(seq=event.seq, event=item) for event, item in zip(events, shown, strict=True)]

    async def receive(self, raw: bytes) -> msgspec.Struct:
        """Nothing is said here."""
        del raw
        return frames.answer_of(None, problem_of(Refusal("malformed", "this socket only tells")))
