"""Whether a workspace's keys say what its contacts and agents say: every index is made again from them and compared.

What is found is a list of sentences, empty where all is well. Nothing here knows how the engine keeps an index true.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.states import ENDED
from router.engine import consistency_of_commands as of_commands
from router.engine import consistency_of_leases as of_leases
from router.engine import consistency_of_messages as of_messages
from router.engine import consistency_of_visits as of_visits
from router.engine.limits import DAY_MS, LIMITS
from router.engine.records import META
from router.engine.snapshot import Working

if TYPE_CHECKING:
    from router.domain.operation import Operation
    from router.engine.compile import Stored
    from router.engine.snapshot import Content, Record, Snapshot

Indexes = dict[str, Any]
"""Key → what it must hold."""

ELSEWHERE = re.compile(
    "(meta|confirmed|libraries|tokens|events|figures|checkpoint:.*|checkpoints|(operation|source|profiles|staged):.*|applying|sweep"
    "|hours:.*|dirty|deadlines|marks:.*|process:.*|c:.*|b:.*|a:.*|plan:.*|ia?:.*|cu:.*|la:.*|channel:.*"
    "|processes|own:.*|m:.*|said:.*|asked:.*|co:.*)"
)
"""Keys that are no index of contacts and agents, or are looked at one by one below."""


def problems_of(snapshot: Snapshot) -> list[str]:
    """All that is wrong with a workspace."""
    contacts, agents = snapshot.contacts(), snapshot.agents()
    stored = snapshot.stored()
    indexes: Indexes = {}
    indexes |= contact_indexes(snapshot, contacts)
    indexes |= waiting_indexes(snapshot, contacts)
    indexes |= agent_indexes(snapshot, agents, stored)
    indexes |= of_messages.indexes(snapshot, contacts)
    indexes |= of_commands.indexes(contacts)
    indexes |= of_leases.indexes(agents, snapshot.accounts())
    indexes |= of_visits.indexes(contacts)
    problems = [f"{name} is missing: {content}" for name, content in indexes.items() if name not in snapshot.content]
    for name, content in snapshot.content.items():
        if name in indexes:
            problems += _differences(name, content, indexes[name])
        elif not ELSEWHERE.fullmatch(name):
            problems.append(f"{name} is there and nobody knows why: {content}")
    problems += contact_problems(snapshot, contacts, agents)
    problems += of_messages.problems(snapshot, contacts)
    problems += of_commands.problems(snapshot, contacts)
    problems += of_leases.problems(snapshot, contacts, agents)
    problems += of_visits.problems(contacts)
    problems += agent_problems(snapshot, agents, contacts, stored)
    problems += deadline_problems(snapshot, contacts, agents, stored.operation)
    return problems + workspace_problems(snapshot)


def _differences(name: str, found: Content, expected: object) -> list[str]:
    if name == "lanes" and isinstance(found, dict):
        packed = {identity: str(value).encode("utf-8", "surrogateescape") for identity, value in found.items()}
        lanes = {identity: _definition(msgspec.msgpack.decode(value)) for identity, value in packed.items()}
        return [] if lanes == expected else [f"{name} holds {lanes}, and should hold {expected}"]
    return [] if found == expected else [f"{name} holds {found}, and should hold {expected}"]


# Contacts.


def is_open(contact: Record) -> bool:
    """Whether the contact is not over."""
    return contact.fields["state"] not in ENDED


def is_waiting(contact: Record) -> bool:
    """Whether the contact's wait is running."""
    state = contact.fields["state"]
    return state in {"queued", "offered"} or (state == "assigned" and "answered_at" not in contact.fields)


def contact_indexes(snapshot: Snapshot, contacts: dict[str, Record]) -> Indexes:
    """What says where contacts are, but for the queues."""
    indexes: Indexes = {}
    plans: Counter[str] = Counter()
    now, listed = snapshot.meta()["now"], snapshot.sorted_set("ended")
    for name, contact in contacts.items():
        fields = contact.fields
        account = f"{fields['channel']}:{fields['account']}"
        external_id = snapshot.packed(f"b:{name}")[0]
        fingerprint = (snapshot.content.get(f"x:{account}:{external_id}") or b"|").decode().partition("|")[2]  # type: ignore[union-attr]
        indexes[f"x:{account}:{external_id}"] = f"{name}|{fingerprint}".encode()
        if "customer" in fields:
            indexes.setdefault(f"of:{fields['customer']}", {})[name] = float(fields["born"])
        if not is_open(contact):
            is_over = int(fields["ended_at"]) + LIMITS["retention_ms"] <= now
            if not is_over or name in listed or f"m:{name}" not in snapshot.content:
                indexes.setdefault("ended", {})[name] = float(fields["ended_at"])
            continue
        plans[fields["plan"]] += 1
        if "thread" in fields:
            indexes[f"t:{account}:{fields['thread']}"] = name.encode()
        index = "live" if "session" in fields else "open"
        indexes.setdefault(f"{index}:{account}", {})[name] = float(fields["born"])
        if fields["state"] == "assigned" and "answered_at" in fields:
            indexes.setdefault("talks", {})[name] = float(fields["answered_at"])
        if fields["state"] == "scheduled":
            indexes.setdefault("scheduled", {})[name] = float(fields["born"])
        if fields["state"] == "parked":
            indexes.setdefault("parked", {})[name] = float(fields["parked_at"])
    if plans:
        indexes["plans"] = {plan: str(count) for plan, count in plans.items()}
    return indexes


def waiting_indexes(snapshot: Snapshot, contacts: dict[str, Record]) -> Indexes:
    """The queues: who waits, and the lanes with their heads."""
    indexes: Indexes = {}
    lanes: dict[str, list[Any]] = {}
    heads: dict[str, float] = {}
    for name, contact in contacts.items():
        fields = contact.fields
        if is_waiting(contact):
            indexes.setdefault(f"waiting:{fields['queue']}", {})[name] = float(fields["queued_at"])
        if fields["state"] == "queued" and "held" not in fields:
            lane = snapshot.packed(f"plan:{fields['plan']}")[fields["queue"]][int(fields["stage"])][1]
            rank = float(fields["rank"])
            indexes.setdefault(f"lane:{lane[0]}", {})[name] = rank
            lanes[lane[0]] = lane
            heads[lane[0]] = min(rank, heads.get(lane[0], rank))
    for identity, lane in lanes.items():
        _identity, class_name, queue, _medium, _skills, _powers, _teams, agents, _base = lane
        indexes.setdefault(f"queue_lanes:{queue}", set()).add(identity)
        if not agents:
            indexes.setdefault("classes", set()).add(class_name)
        for index in [f"named:{agent}" for agent in agents] or [f"heads:{class_name}"]:
            indexes.setdefault(index, {})[identity] = heads[identity]
    if lanes:
        indexes["lanes"] = {identity: _definition(lane) for identity, lane in lanes.items()}
    return indexes


def _definition(lane: list[Any]) -> list[Any]:
    """A lane's definition as the library has it, whose msgpack knows no empty map."""
    return [[] if part == {} else part for part in lane]


def contact_problems(snapshot: Snapshot, contacts: dict[str, Record], agents: dict[str, Record]) -> list[str]:
    """Contacts that are not whole in themselves, or whose agent does not know of them."""
    problems: list[str] = []
    plans = {contact.fields.get("plan") for contact in contacts.values()}
    problems += [f"plan:{plan} is followed by nobody" for plan in snapshot.below("plan:") if plan not in plans]
    problems += [f"b:{body} is nobody's" for body in snapshot.below("b:") if body not in contacts]
    for name, contact in contacts.items():
        state, fields = contact.fields["state"], contact.fields
        if ("lane" in fields) != (state == "queued" and "held" not in fields):
            problems.append(f"c:{name} is {state} and its lane is {fields.get('lane')}")
        if "held" in fields and state != "queued":
            problems.append(f"c:{name} is {state} and held")
        if ("parked_at" in fields) != (state == "parked"):
            problems.append(f"c:{name} is {state} and was parked at {fields.get('parked_at')}")
        if "asked_at" in fields and (not is_open(contact) or state == "parked"):
            problems.append(f"c:{name} is {state} and its customer waits for an answer")
        if is_open(contact) != ("plan" in fields) or (
            is_open(contact) and f"plan:{fields['plan']}" not in snapshot.content
        ):
            problems.append(f"c:{name} is {state} and follows {fields.get('plan')}")
        for agent, until in contact.group("rests").items():
            other = agents[agent].group("rests").get(name) if agent in agents else None
            if not is_open(contact) or other != until:
                problems.append(f"c:{name} says that {agent} rests from it until {until}, he says {other}")
        if state in {"offered", "assigned"}:
            agent = agents.get(fields.get("agent", ""))
            work: dict[str, Any] = agent.group("work").get(name, {}) if agent else {}
            expected = {"phase": state[0], "medium": fields["medium"], "queue": fields["queue"]}
            if not work.items() >= expected.items():
                problems.append(f"c:{name} is {state}, and {fields.get('agent')} has {work!r}")
    return problems


# Agents.


def agent_indexes(snapshot: Snapshot, agents: dict[str, Record], stored: Stored) -> Indexes:
    """Who is in which pool, who is ready, and who is counted."""
    indexes: Indexes = {}
    now, applying, pools = snapshot.meta()["now"], snapshot.sorted_set("applying"), snapshot.compiled()["pools"]
    reserved = {queue.reserve.skill for queue in stored.operation.queues.values() if queue.reserve is not None}
    for name, record in agents.items():
        agent, pool = Working(record, stored), record.fields.get("pool")
        if pool is not None:
            indexes.setdefault(f"members:{pool}", set()).add(name)
        if "holding" in record.fields:
            indexes.setdefault("holding", {})[name] = record.fields["holding"]
        skills, media = _profile(pools, pool)
        ready = {medium for medium in media if agent.is_ready_for(medium)}
        counted = [f"signed_pool:{pool}"] if agent.is_signed_in(now) else []
        for skill in reserved & skills:
            counted += [f"ready_skill:{skill}:{medium}" for medium in ready]
            counted += [f"signed_skill:{skill}"] if agent.is_signed_in(now) else []
        if name in applying:  # he does not follow the operation yet: he counts as what he says himself
            ready = set(record.group("ready_media"))
            counted = [index.partition(":")[2] for index in record.group("counted")]
        for medium in ready:
            under = record.group("ready_media").get(medium, pool)
            score = agent.score(medium)
            if name in applying:
                score = snapshot.sorted_set(f"ready:{under}:{medium}").get(name, score)
            indexes.setdefault(f"ready:{under}:{medium}", {})[name] = score
            indexes.setdefault(f"ready_pools:{medium}", set()).add(under)
        for index in counted:
            indexes.setdefault(index, set()).add(name)
            if index.startswith("signed_pool:"):
                indexes.setdefault("signed_pools", set()).add(index.removeprefix("signed_pool:"))
    return indexes


def _profile(pools: dict[str | None, Any], pool: str | None) -> tuple[set[str], set[str]]:
    """The skills and media of a pool of the operation in force; nothing of one that it does not have."""
    found: dict[str, Any] = pools.get(pool, {})
    return set(found.get("skills", ())), set(found.get("media", ()))


def agent_problems(
    snapshot: Snapshot, agents: dict[str, Record], contacts: dict[str, Record], stored: Stored
) -> list[str]:
    """Agents who are not whole in themselves, or have what does not know of them."""
    problems: list[str] = []
    tag_of_counted = re.compile("(ready_skill|signed_skill|signed_pool):")
    for name, record in agents.items():
        agent = Working(record, stored)
        problems += work_problems(name, record, contacts)
        if agent.has_desk and "lost_at" in record.fields:
            problems.append(f"a:{name} has a desk and is about to be lost")
        if "removed" in record.fields and not agent.work:
            problems.append(f"a:{name} is gone and has nothing left to do")
        media = () if name in snapshot.sorted_set("applying") else record.group("ready_media")
        problems += [
            f"a:{name} does not count as ready for {medium}" for medium in media if not agent.is_ready_for(medium)
        ]
        kinds = [index for index in record.group("counted") if not tag_of_counted.search(index)]
        problems += [f"a:{name} is counted in {kinds}"] if kinds else []
    return problems


def work_problems(name: str, record: Record, contacts: dict[str, Record]) -> list[str]:
    """What an agent has, or rests from, and the contact does not know it."""
    problems: list[str] = []
    for contact, until in record.group("rests").items():
        if contact not in contacts or contacts[contact].group("rests").get(name) != until:
            problems.append(f"a:{name} rests from {contact} until {until}, which does not know it")
    for contact, work in record.group("work").items():
        phase, due = work["phase"], work.get("due")
        state = contacts[contact].fields["state"] if contact in contacts else None
        mine = contact in contacts and contacts[contact].fields.get("agent") == name
        if phase in "oa" and not (mine and state is not None and state[0] == phase):
            problems.append(f"a:{name} has {work!r} of {contact}, which is {state}")
        if phase in "ub" and not due:
            problems.append(f"a:{name} has {work!r}, which never ends")
    return problems


# Deadlines and the workspace.


def _deadlines(snapshot: Snapshot) -> dict[str, float]:
    return snapshot.sorted_set("deadlines")


def deadline_problems(
    snapshot: Snapshot, contacts: dict[str, Record], agents: dict[str, Record], operation: Operation
) -> list[str]:
    """Deadlines that are not those of the objects, or come too late for them."""
    exact: dict[str, float] = {}
    for letter, records in (("c", contacts), ("a", agents), ("h", snapshot.accounts())):
        exact |= {f"{letter}:{name}": float(one.fields["due"]) for name, one in records.items() if "due" in one.fields}
    found = _deadlines(snapshot)
    mine = {name: at for name, at in found.items() if name[0] in "cah"}
    problems = [] if mine == exact else [f"deadlines are {_only(mine, exact)}, and should be {_only(exact, mine)}"]
    latest = _latest(snapshot, operation)
    for name, at in latest.items():
        if found.get(name, float("inf")) > at:
            problems.append(f"the deadline of {name} is {found.get(name)}, and should be no later than {at}")
    for name, record in agents.items():
        moments = [record.fields.get("recheck"), record.fields.get("lost_at"), *record.group("rests").values()]
        moments += [work.get("due") for work in record.group("work").values()]
        moments += [connection.get("due") for connection in record.group("connections").values()]
        due = min((moment for moment in moments if moment is not None), default=None)
        if record.fields.get("due") != due:
            problems.append(f"a:{name} is due at {record.fields.get('due')}, and should be at {due}")
    strange = [
        name for name in found if name not in exact and name[:2] not in {"p:", "q:", "e:", "d:", "o:", "j:", "s:"}
    ]
    return problems + [f"deadline {name} is nobody's" for name in strange if name not in mine]


def _only(these: dict[str, float], those: dict[str, float]) -> dict[str, float]:
    return {name: at for name, at in these.items() if those.get(name) != at}


def _latest(snapshot: Snapshot, operation: Operation) -> dict[str, float]:
    """How late the deadlines may be that only say when to look."""
    now = float(snapshot.meta()["now"])
    latest: dict[str, float] = {"s:": now + LIMITS["checkpoint_ms"]}
    kept = {"ended": LIMITS["retention_ms"], "texts": operation.texts_days * DAY_MS}
    over = [at + ms for index, ms in kept.items() for at in snapshot.sorted_set(index).values()]
    if over:
        latest["j:"] = max(now, min(over))
    if snapshot.sorted_set("applying"):
        latest["o:"] = now
    if snapshot.sorted_set("dirty"):
        latest["d:"] = now
    compiled = snapshot.compiled()
    for name in operation.queues:
        starts = sorted(snapshot.sorted_set(f"waiting:{name}").values())
        marks = snapshot.hash(f"marks:{name}")
        for mark in compiled["queues"][name]["marks"]:
            reached = float(marks.get(f"{mark['kind']}{mark['offset']}", "-inf"))
            ahead = [max(now, start + mark["offset"]) for start in starts if start > reached]
            if ahead:
                latest[f"q:{name}"] = min(latest.get(f"q:{name}", ahead[0]), ahead[0])
    return latest


def workspace_problems(snapshot: Snapshot) -> list[str]:
    """What is wrong with the operation's own keys, and keys that come or go when they should not."""
    meta = snapshot.meta()
    problems = [f"meta has {sorted(meta)}"] if set(META) - set(meta) - {"server"} else []
    digest = meta["operation"]
    for kind in ("operation", "source", "profiles"):
        there = {name for name in snapshot.below(f"{kind}:") if snapshot.lasting[f"{kind}:{name}"]}
        problems += [] if there == {digest} else [f"{kind}:* are {there}, and should be {digest}"]
    for name, lasting in snapshot.lasting.items():
        may_go = name.startswith((*PASSING, "operation:", "source:", "profiles:"))
        if not lasting and not may_go:
            problems.append(f"{name} would go by itself")
        if lasting and name.startswith(PASSING):
            problems.append(f"{name} would stay for ever")
    known = set(snapshot.stored().operation.queues) | {one.fields["queue"] for one in snapshot.contacts().values()}
    words = re.compile(r"(missed|stage|late)\d+|empty")
    for name, content in snapshot.below("marks:").items():
        assert isinstance(content, dict)
        problems += [f"marks:{name} has {mark}" for mark in content if not words.fullmatch(mark)]
    # Queues that the operation before had are swept too, when what was applied is worked off.
    is_new = "o:" in _deadlines(snapshot)
    problems += [f"sweep names {name}" for name in snapshot.set("sweep") if name not in known and not is_new]
    return problems


PASSING = ("i:", "ia:", "la:", "staged:", "said:", "asked:", "own:", "processes")
"""What goes by itself."""
