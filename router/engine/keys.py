"""Every key of a workspace, in one place: rendered into the Lua library, used by nothing else but the engine.

All keys of a workspace carry its hash tag, so that one workspace is one slot of a cluster. Each row says what the key
holds. A parameter in braces becomes a parameter of the Lua function `key.<name>`.
"""

from __future__ import annotations

import re

KEYS: dict[str, str] = {
    # The workspace.
    "absent": "absent",  # never exists; every act declares it (see engine/README.md, "A slot that moves")
    "confirmed": "confirmed",  # empty: the small write that a WAIT is about
    "meta": "meta",  # msgpack: clock, wall, now, seq, revision, operation, server
    "operation": "operation:{digest}",  # the compiled operation, msgpack
    "source": "source:{digest}",  # the operation itself, msgpack
    "profiles": "profiles:{digest}",  # hash: agent → pool
    "staged": "staged:{digest}",  # zset: agents that the next apply changes
    "applying": "applying",  # zset: agents whose profile is still to be applied
    "sweep": "sweep",  # set: queues whose waiting contacts are still planned by an older operation
    "hours": "hours:{hours}",  # zset: opening and closing, by wall
    "events": "events",  # stream
    "figures": "figures",  # hash: figure and labels → number
    "checkpoint": "checkpoint:{seq}",  # the figures as they stood after event `seq`
    "checkpoints": "checkpoints",  # zset: seq of each checkpoint, by time
    "deadlines": "deadlines",  # zset: one member per object, by its nearest deadline
    "dirty": "dirty",  # zset: contacts and agents that an act had no room to match
    "libraries": "libraries",  # zset: libraries of the processes that serve it, by until when, on the server's clock
    "tokens": "tokens",  # hash: digest of a token → msgpack: what it is allowed
    # Contacts.
    "contact": "c:{contact}",  # msgpack: the contact but for its body
    "body": "b:{contact}",  # msgpack: what only Python reads
    "external": "x:{channel}:{account}:{external_id}",  # contact|fingerprint
    "thread": "t:{channel}:{account}:{thread}",  # the thread's open contact
    "live": "live:{channel}:{account}",  # zset: open contacts with a session, by the sequence of their birth
    "open": "open:{channel}:{account}",  # zset: open contacts without a session, by the sequence of their birth
    "talks": "talks",  # zset: answered contacts that are with an agent, by their answer
    "ended": "ended",  # zset: ended contacts, by their end
    "scheduled": "scheduled",  # zset: contacts whose time has not come, by birth
    "idempotency": "i:{key}",  # msgpack: fingerprint, expiry, answer
    "answered": "ia:{contact}",  # set: idempotency keys whose answers show the contact; goes by itself
    "plans": "plans",  # hash: plan → number of open contacts that follow it
    "plan": "plan:{plan}",  # msgpack
    "customer": "cu:{customer}",  # msgpack: the directory's record
    "last_agent": "la:{customer}",  # agent|when: who served the customer last
    "watched": "watched:{customer}",  # the customer's last contact that was answered and closed, for seven days
    "of_customer": "of:{customer}",  # zset: the customer's contacts, by the sequence of their birth
    "parked": "parked",  # zset: parked contacts, by when
    "asked": "asked:{customer}",  # asked|when: the customer was asked for a rating; goes by itself after a day
    # Messages.
    "messages": "m:{contact}",  # hash: number → head, number|b → content, x|external id and k|who|client id → number
    "past": "past:{channel}:{account}:{thread}",  # zset: contacts of the thread that have messages, by birth
    "outbox": "outbox:{channel}:{account}",  # zset: contact|number of messages that are not sent, by their events
    "texts": "texts",  # zset: ended contacts that have messages, by their end
    "said": "said:{channel}:{account}:{thread}",  # what|when: said automatically last; goes by itself after a day
    # Commands.
    "commands": "co:{contact}",  # hash: number → msgpack: the command
    "open_commands": "commands:{channel}:{account}",  # zset: contact|number of open commands, by their events
    # Waiting.
    "waiting": "waiting:{queue}",  # zset: unanswered contacts, by the start of their wait
    "marks": "marks:{queue}",  # hash: offset → up to which start the mark has been handled
    "lane": "lane:{lane}",  # zset: queued contacts, by rank
    "lanes": "lanes",  # hash: lane that has a contact → its definition
    "queue_lanes": "queue_lanes:{queue}",  # set: lanes of the queue that have a contact
    "heads": "heads:{class_name}",  # zset: lanes of a class that have a contact, by their head's rank
    "classes": "classes",  # set: classes that have a contact
    "named": "named:{agent}",  # zset: lanes that name this agent and have a contact, by their head's rank
    # Agents.
    "agent": "a:{agent}",  # msgpack: the agent, his work, connections and rests
    "ready": "ready:{pool}:{medium}",  # zset: agents who can be offered such a contact now, in the order of the mode
    "ready_pools": "ready_pools:{medium}",  # set: pools with a ready agent
    "ready_skill": "ready_skill:{skill}:{medium}",  # set: ready agents who carry a reserved skill
    "signed_skill": "signed_skill:{skill}",  # set: signed-in agents who carry a reserved skill
    "signed_pool": "signed_pool:{pool}",  # set: signed-in agents
    "signed_pools": "signed_pools",  # set: pools with a signed-in agent
    "members": "members:{pool}",  # set: agents of the pool
    "holding": "holding",  # hash: agent who takes nothing smaller until a late call fits → pool|class|rank of the call
    "process": "process:{process}",  # set: agent|connection and @channel:account|connection of a router process
    "processes": "processes",  # zset: router processes that said how they are, by until when; goes by itself
    "own": "own:{process}",  # msgpack: what a router process said of itself last; goes by itself
    # Channels.
    "phones": "phones:{channel}:{account}",  # zset: who is signed in at its phones, 1 while it carries him, else 0
    "channel": "channel:{channel}:{account}",  # msgpack: lease, status
    "accounts": "accounts",  # set: channel:account of each of these
}
"""Key name → template below the hash tag."""

_PARAMETER = re.compile(r"{(\w+)}")


def prefix(workspace: str) -> str:
    """The hash tag of a workspace with its separator: what each of its keys begins with."""
    return "{" + workspace + "}:"


def key(workspace: str, name: str, **parameters: str) -> str:
    """The key `name` of `workspace`."""
    return prefix(workspace) + KEYS[name].format(**parameters)


def parameters(name: str) -> tuple[str, ...]:
    """The parameters of the key `name`, in order."""
    return tuple(_PARAMETER.findall(KEYS[name]))


def lua_expression(name: str) -> str:
    """The template as a Lua expression over its parameters and the local `tag`."""
    parts = _PARAMETER.split(KEYS[name])
    pieces = ["tag .. '" + parts[0] + "'" if parts[0] else "tag"]
    for index in range(1, len(parts), 2):
        pieces.append(parts[index])
        if parts[index + 1]:
            pieces.append(f"'{parts[index + 1]}'")
    return " .. ".join(pieces)
