"""What acts answer: the model's things as the engine shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain import contact as wire
from router.domain import message as message_wire
from tests.model.ready import load

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact, Message
    from tests.model.world import World


class Later(msgspec.Struct, frozen=True):
    """An answer that is made when all that follows from the act has happened."""

    shown: Callable[[], Any]
    repeated: bool = False


def of_contact(contact: Contact) -> wire.Contact:
    """The contact as it stands."""
    lane = None if contact.lane is None else contact.lane.id
    body = msgspec.msgpack.decode(contact.body, type=wire.Body)
    own: dict[str, Any] = {
        "lane": lane,
        "body": body,
        "missed": contact.missed or None,
        "preferred": contact.preferred or None,
    }
    own["rings"] = contact.rings or None
    own["attempts"] = contact.attempts or None
    names = [name for name in wire.Contact.__struct_fields__ if name not in own]
    return wire.Contact(**own, **{name: getattr(contact, name) for name in names})


def of_message(contact: Contact, message: Message) -> message_wire.Message:
    """The message as it stands."""
    own: dict[str, Any] = {
        "contact": contact.id,
        "channel": contact.channel,
        "account": contact.account,
        "thread": contact.thread,
    }
    names = [name for name in message_wire.Message.__struct_fields__ if name not in own]
    return message_wire.Message(**own, **{name: getattr(message, name) for name in names})


def of_agent(world: World, agent: Agent) -> wire.AgentStatus:
    """The agent as he stands."""
    work = [
        wire.Work(item.contact, item.phase, item.medium, item.due or 0, item.since, item.queue)
        for item in sorted(agent.work, key=lambda item: item.contact)
    ]
    own: dict[str, Any] = {
        "pool": None if agent.removed else agent.pool.id,
        "misses": agent.misses or None,
        "last_offer": agent.last_offer or None,
        "present": None,
        "at_phone": agent.at_phone or None,
        "recheck": None,
        "removed": agent.removed or None,
        "automatic": agent.pool.automatic or None,
        "due": None,
        "burden": wire.AgentLoad(connections=len(agent.lines), load=load(world, agent), work=work),
    }
    names = [name for name in wire.AgentStatus.__struct_fields__ if name not in own]
    return wire.AgentStatus(**own, **{name: getattr(agent, name) for name in names})
