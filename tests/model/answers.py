"""What acts answer: the model's things as the engine shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain import contact as wire
from tests.model.ready import load

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact
    from tests.model.world import World


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
    own["attempts"] = contact.attempts or None
    names = [name for name in wire.Contact.__struct_fields__ if name not in own]
    return wire.Contact(**own, **{name: getattr(contact, name) for name in names})


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
        "recheck": None,
        "removed": agent.removed or None,
        "due": None,
        "burden": wire.AgentLoad(connections=len(agent.lines), load=load(world, agent), work=work),
    }
    names = [name for name in wire.AgentStatus.__struct_fields__ if name not in own]
    return wire.AgentStatus(**own, **{name: getattr(agent, name) for name in names})
