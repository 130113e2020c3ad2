"""A small day on a floor, and its events as a history that may be changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from router.engine.acts.agents import Ready
from router.engine.acts.commands import Instruct, SetCommandState
from router.engine.acts.contacts import HandOver
from router.engine.acts.workspace import SetChannelStatus
from tests.helpers.floor import ADAPTER, as_agent
from tests.helpers.phones import call, fail, hold, pick_up, sign_in, sign_out
from tests.helpers.threads import Thread, park, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from router.domain.events import Event
    from tests.helpers.floor import Floor

    History = list[Event]

OPERATION = """
media.voice.limits_s = { offer = 15, wrap_up = 10 }
media.voice.rests_s = { no_answer = 20, busy = 60 }
media.chat.limits_s = { offer = 15, reply = 120, wrap_up = 0, parked = 300 }
[skills]
english = "speaks it"
[queues.private]
target_s = 40
[queues.messages]
target_s = 40
reply_s = 60
[queues.first]
target_s = 40
[queues.lines]
target_s = 40
[[routes]]
when.channel = "pbx"
queue = "lines"
[[routes]]
when.account = "robot"
queue = "first"
[[routes]]
when.channel = "telegram"
queue = "messages"
[[routes]]
queue = "private"
[groups]
all = { queues = ["private"], media = ["voice"] }
[agents]
anna = { name = "Anna", group = "all" }
boris = { name = "Boris", group = "all" }
vera = { name = "Vera", queues = ["messages"], media = ["chat"] }
gleb = { name = "Gleb", queues = ["lines"], media = ["voice"] }
dina = { name = "Dina", queues = ["lines"], media = ["voice"] }
robot = { name = "Robot", queues = ["first"], media = ["chat"], automatic = true }
"""


async def lived(floor: Floor) -> dict[str, str]:
    """A small day, in which everything of its kind happens once. Gives the contacts by name."""
    await floor.sign_in("anna", "boris")
    first = await floor.post()
    await floor.acknowledge(first)
    await floor.talk(first)
    missed = await floor.post()
    await floor.acknowledge(missed)
    await floor.advance(15)
    other = await floor.post()
    await floor.talk(other)
    earlier = await floor.post()
    await floor.advance(1)
    later = await floor.post()
    can = SetChannelStatus(channel="phone", account="main", status="up", detail=None, capabilities=("hold",))
    await floor.do(can)
    for _ in range(2):
        await floor.do(Instruct(contact=other.id, word="hold", args=b"\x80"))
    await floor.do(SetCommandState(contact=other.id, n=1, state="done"))
    await floor.complete(first)
    await floor.advance(10)
    for contact in (missed, earlier, later):
        await floor.serve(contact)
    await floor.complete(other)
    await floor.do(Ready(agent="boris"), as_agent("boris"))
    await floor.choose("boris", "break")
    await floor.advance(5)
    await floor.choose("boris", "offline")
    names = {"first": first, "missed": missed, "other": other, "earlier": earlier, "later": later}
    names |= await called(floor)
    names |= await written(floor)
    return {name: contact.id for name, contact in names.items()}


async def called(floor: Floor) -> dict[str, Contact]:
    """Calls to agents at their phones: one is not picked up at first, then torn apart, then handed over."""
    await hold(floor)
    await sign_in(floor, "gleb")
    ringing = await call(floor)
    await fail(floor, ringing, "no_answer")
    await floor.advance(20)
    await pick_up(floor, ringing)
    await floor.advance(5)
    await floor.contacts.interrupt(ringing.id, ADAPTER, at=floor.now - 2000)
    await pick_up(floor, ringing)
    await sign_in(floor, "dina")
    await floor.do(HandOver(contact=ringing.id, agent="dina"), ADAPTER)
    await floor.leave(ringing)
    await floor.advance(10)
    await sign_out(floor, "gleb")
    await sign_out(floor, "dina")
    return {"ringing": ringing}


async def written(floor: Floor) -> dict[str, Contact]:
    """Conversations: an agent falls silent, another is parked for too long, and a robot has many."""
    await floor.sign_in("vera", "robot")
    thread = Thread(floor, name="silent")
    silent = await floor.accept(await thread.write())
    await floor.advance(2)
    await send(floor, silent)
    await thread.write("and?")
    await floor.advance(60)
    await floor.leave(silent)
    parked = await floor.accept(await Thread(floor, name="parked").write())
    await send(floor, parked)
    await park(floor, parked)
    await floor.advance(300)
    robot = [await floor.accept(await Thread(floor, name=name, account="robot").write()) for name in "12345"]
    for contact in robot:
        await floor.leave(contact)
    return {"silent": silent, "parked": parked, "robot": robot[-1]}


def renumbered(events: History) -> History:
    """The events as if they were all that happened."""
    versions: Counter[str] = Counter()
    found: History = []
    for seq, event in enumerate(events, 1):
        whose = f"c:{event.contact}" if event.contact else f"a:{event.agent}" if event.agent else None
        if event.version is None:
            whose = None
        versions.update([whose] if whose else [])
        found.append(msgspec.structs.replace(event, seq=seq, version=versions[whose] if whose else None))
    return found


def place(events: History, kind: str, contact: str | None = None, agent: str | None = None) -> int:
    """Where the first event of a kind stands, of a contact or an agent if that is said."""
    fitting = (
        index
        for index, event in enumerate(events)
        if event.type == kind and contact in {None, event.contact} and agent in {None, event.agent}
    )
    return next(fitting)


def changed(events: History, index: int, **fields: Any) -> History:
    """The events, one of which says something else; `data` is added to what it says."""
    event = events[index]
    data = event.data | fields.pop("data", {})
    return [*events[:index], msgspec.structs.replace(event, data=data, **fields), *events[index + 1 :]]


def said_before(events: History, index: int, kind: str, agent: str, **data: Any) -> History:
    """The events, and before one of them another, of an agent."""
    event = msgspec.structs.replace(
        events[place(events, "agent.presence", agent=agent)], type=kind, data=data, at_ms=events[index].at_ms
    )
    return renumbered([*events[:index], event, *events[index:]])


def without(events: History, contact: str, index: int) -> History:
    """The events without those of a contact from a place on."""
    return renumbered([event for at, event in enumerate(events) if at < index or event.contact != contact])
