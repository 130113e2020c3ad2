"""Random operations: small ones that have everything, and changes of them, as documents like an operation file."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

from router.domain.loading.media import RESTS
from router.domain.operation_file import load_operation
from router.kit.errors import OperationInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from router.domain.operation import Operation

Document = dict[str, Any]

SKILLS = ("english", "vip")
POWERS = ("refund",)
TEAMS = ("blue", "red")
QUEUES = ("calls", "desk", "sales", "spare")
LANGUAGES = ("en", "ru")
AGENTS = ("anna", "boris", "clara", "dmitri", "elena", "fedor", "galina", "hugo")
CHANNELS = {
    "phone": {"medium": "voice"},
    "pbx": {"medium": "voice", "session": True},
    "telegram": {"medium": "chat"},
    "site": {"medium": "chat", "session": True},
    "letters": {"medium": "mail"},
}
MODES = ("longest_idle", "least_loaded", "most_loaded", "most_skilled", "round_robin")
ORDERS = ("delay_ratio", "strict", "offset", "fifo")


def random_operation(rng: Random, *, crowd: bool = False) -> Document:
    """An operation that loads, of few agents or of a crowd."""
    people = (
        [f"a{number:02}" for number in range(rng.randint(20, 26))] if crowd else AGENTS[: rng.randint(2, len(AGENTS))]
    )
    while True:
        names = QUEUES[: rng.randint(1, len(QUEUES))]
        document: Document = {
            "workspace": "play",
            "timezone": "UTC",
            "languages": list(LANGUAGES),
            "texts_days": rng.choice([1, 8, 30]),
            "order": rng.choice(ORDERS),
            "dispositions": ["resolved", "call_back"],
            "skills": dict.fromkeys(SKILLS, "is able"),
            "powers": dict.fromkeys(POWERS, "EUR"),
            "hours": {"office": _hours(rng)},
            "media": _media(rng),
            "channels": copy.deepcopy(CHANNELS),
            "queues": {name: _queue(rng, names[place + 1 :]) for place, name in enumerate(names)},
            "groups": {team: {} for team in TEAMS},
            "agents": {name: _agent(rng, names) for name in people},
            "routes": _routes(rng, names),
        }
        if loads(document):
            return document


def changed_operation(rng: Random, document: Document) -> Document:
    """Another operation that loads, changed here and there."""
    while True:
        changed = copy.deepcopy(document)
        for _ in range(rng.randint(1, 3)):
            rng.choice(CHANGES)(rng, changed)
        if loads(changed):
            return changed


def loads(document: Document) -> bool:
    """Whether the document is an operation."""
    try:
        load_operation(document, "random.toml")
    except OperationInvalid:
        return False
    return True


def _chance(rng: Random, of_ten: int) -> bool:
    return rng.randrange(10) < of_ten


def _hours(rng: Random) -> dict[str, Any]:
    """Opens and closes around the time at which stories begin, a Sunday at 10:26."""
    opens, closes = rng.choice([(600, 627), (600, 640), (627, 628), (630, 700), (0, 1440)])
    days = rng.choice(["sun", "sun-mon", "mon-sun"])
    return {days: [f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"]}


def _media(rng: Random) -> dict[str, Any]:
    return {
        "voice": {
            "cost": rng.choice([100, 100, 80, 40]),
            "mode": rng.choice(MODES),
            "rests_s": {reason: rng.choice([3, 60, 400]) for reason in RESTS if _chance(rng, 4)},
            "limits_s": {
                "offer": rng.choice([4, 15]),
                "connect": rng.choice([3, 20]),
                "wrap_up": rng.choice([0, 10]),
                "rest": rng.choice([5, 30, 300]),
            },
        },
        "chat": {
            "cost": rng.choice([25, 25, 40]),
            "most": rng.choice([1, 3, 4]),
            "mode": rng.choice(MODES),
            "limits_s": {
                "offer": 10,
                "reply": rng.choice([8, 60]),
                "wrap_up": rng.choice([0, 5]),
                "rest": 20,
                "parked": rng.choice([15, 300, 86_400]),
            },
            **({"parked_disposition": "call_back"} if _chance(rng, 5) else {}),
        },
        "mail": {
            "cost": rng.choice([10, 30]),
            "mode": rng.choice(MODES),
            "answered_by": "accept",
            "limits_s": {"offer": 30, "wrap_up": rng.choice([0, 2]), "rest": 10, "parked": 40},
        },
    }


def _needs(rng: Random) -> dict[str, Any]:
    needs: dict[str, Any] = {}
    if _chance(rng, 4):
        needs["skills"] = {rng.choice(SKILLS): rng.randint(1, 4)}
    if _chance(rng, 2):
        needs["powers"] = {"refund": rng.choice([0, 50, 100, 250])}
    if _chance(rng, 1):
        needs["teams"] = [rng.choice(TEAMS)]
    return needs


def _steps(rng: Random) -> list[dict[str, Any]]:
    drops = ["skills.english", "skills.vip", "powers.refund", "teams", "agents"]
    steps: list[dict[str, Any]] = []
    for after_s in sorted(rng.sample([3, 10, 25, 60], rng.randint(0, 2))):
        if _chance(rng, 7):
            steps.append({"after_s": after_s, "drop": rng.sample(drops, 2)})
        else:
            steps.append({"after_s": after_s, "skills": {rng.choice(SKILLS): rng.randint(0, 2)}})
    return steps


def _action(rng: Random, later: tuple[str, ...], word: str) -> Any:
    return {"overflow": rng.choice(later)} if later and _chance(rng, 7) else word


def _queue(rng: Random, later: tuple[str, ...]) -> dict[str, Any]:
    queue: dict[str, Any] = {"target_s": rng.choice([5, 10, 20, 40]), "tier": rng.choice([0, 0, 0, 1])}
    if _chance(rng, 4):
        queue["needs"] = _needs(rng)
    if _chance(rng, 4):
        queue["steps"] = _steps(rng)
    if _chance(rng, 5):
        queue["last_agent_s"] = rng.choice([5, 15])
    if _chance(rng, 5):
        queue["reserve"] = {"skill": rng.choice(SKILLS), "agents": rng.choice([1, 1, 2])}
        if _chance(rng, 5):
            queue["reserve"]["yields_s"] = rng.choice([10, 25, 60])
        if _chance(rng, 4):
            queue["reserve"]["medium"] = rng.choice(["voice", "chat"])
    if _chance(rng, 3):
        queue["full"] = {"waiting": rng.randint(1, 4), "then": _action(rng, later, "reject")}
    if _chance(rng, 4):
        queue["late"] = {"wait_s": rng.choice([10, 30, 90]), "then": _action(rng, later, "expire")}
    if _chance(rng, 3):
        queue["empty"] = {"then": _action(rng, later, "reject")}
    if _chance(rng, 3):
        queue["hours"] = "office"
        queue["closed"] = {"then": _action(rng, later, rng.choice(["reject", "wait"]))}
    if _chance(rng, 5):
        queue["reply_s"] = rng.choice([6, 20, 90])
    queue["ask_rating"] = _chance(rng, 6)
    queue["says"] = {language: _says(rng) for language in LANGUAGES if _chance(rng, 6)}
    return queue


def _says(rng: Random) -> dict[str, str]:
    """What is said in a language: some of all that can be."""
    says = {"closed": "Closed.", "full": "Full, sorry.", "ended": "Bye.", "rate": "How was it?"}
    says |= {"received": "You are number {place}. {wait}", "wait": "It takes {from} to {to} minutes.\n"}
    without = rng.sample(["closed", "full", "ended", "rate"], rng.randint(0, 2))
    return {kind: text for kind, text in says.items() if kind not in without}


def _agent(rng: Random, queues: tuple[str, ...]) -> dict[str, Any]:
    agent: dict[str, Any] = {
        "queues": rng.sample(queues, rng.randint(1, len(queues))),
        "media": rng.choice([["voice"], ["voice", "chat"], ["voice", "chat", "mail"], ["chat", "mail"]]),
    }
    if _chance(rng, 5):
        agent["skills"] = {skill: rng.randint(1, 5) for skill in rng.sample(SKILLS, rng.randint(1, 2))}
    if _chance(rng, 4):
        agent["powers"] = {"refund": rng.choice([50, 100, 300])}
    if _chance(rng, 5):
        agent["group"] = rng.choice(TEAMS)
    if _chance(rng, 2):
        agent["automatic"] = True
    return agent


def _routes(rng: Random, queues: tuple[str, ...]) -> list[dict[str, Any]]:
    routes: list[dict[str, Any]] = [
        {"when": {"customer": {"language": "en"}}, "needs": {"skills": {"english": 1}}, "steps": [_drop(rng)]},
        {"when": {"customer": {"type": "vip"}}, "priority": rng.randint(1, 5)},
        {"when": {"attributes": {"topic": "refund"}}, "needs": {"powers": {"refund": "attributes.amount"}}},
        {"when": {"attributes": {"topic": "any"}}, "queue": rng.choice(queues)},
    ]
    return [*(route for route in routes[1:] if _chance(rng, 5)), {"queue": rng.choice(queues)}]


def _drop(rng: Random) -> dict[str, Any]:
    return {"after_s": rng.choice([5, 20]), "drop": ["skills.english"]}


def _change_queue(rng: Random, document: Document) -> None:
    names = list(document["queues"])
    place = rng.randrange(len(names))
    document["queues"][names[place]] = _queue(rng, tuple(names[place + 1 :]))


def _change_target(rng: Random, document: Document) -> None:
    document["queues"][rng.choice(list(document["queues"]))]["target_s"] = rng.choice([5, 10, 20, 40, 80])


def _remove_queue(rng: Random, document: Document) -> None:
    """The name goes from wherever it stands; what then stands for nothing goes too."""
    gone = rng.choice(list(document["queues"]))
    if len(document["queues"]) == 1:
        return
    del document["queues"][gone]
    rest = list(document["queues"])
    for agent in document["agents"].values():
        agent["queues"] = [name for name in agent["queues"] if name != gone] or [rest[0]]
    for route in document["routes"]:
        if route.get("queue") == gone:
            route["queue"] = rest[0]
    for queue in document["queues"].values():
        for rule in ("full", "late", "empty", "closed"):
            if queue.get(rule, {}).get("then") == {"overflow": gone}:
                del queue[rule]


def _add_queue(rng: Random, document: Document) -> None:
    name = rng.choice(QUEUES)
    if name in document["queues"]:
        return
    document["queues"] = {name: _queue(rng, tuple(document["queues"]))} | document["queues"]
    for agent in document["agents"].values():
        if _chance(rng, 5):
            agent["queues"].append(name)


def _change_agent(rng: Random, document: Document) -> None:
    document["agents"][rng.choice(list(document["agents"]))] = _agent(rng, tuple(document["queues"]))


def _remove_agent(rng: Random, document: Document) -> None:
    if len(document["agents"]) > 1:
        document["agents"].pop(rng.choice(list(document["agents"])))


def _add_agent(rng: Random, document: Document) -> None:
    document["agents"].setdefault(rng.choice(AGENTS), _agent(rng, tuple(document["queues"])))


def _change_media(rng: Random, document: Document) -> None:
    document["media"] = _media(rng)


def _change_order(rng: Random, document: Document) -> None:
    document["order"] = rng.choice(ORDERS)


def _change_routes(rng: Random, document: Document) -> None:
    document["routes"] = _routes(rng, tuple(document["queues"]))


def _change_texts_days(rng: Random, document: Document) -> None:
    document["texts_days"] = rng.choice([1, 2, 8, 30])


def _change_hours(rng: Random, document: Document) -> None:
    document["hours"] = {"office": _hours(rng)}


CHANGES: list[Callable[[Random, Document], None]] = [
    _change_queue,
    _change_queue,
    _change_target,
    _remove_queue,
    _add_queue,
    _change_agent,
    _change_agent,
    _remove_agent,
    _add_agent,
    _change_media,
    _change_order,
    _change_routes,
    _change_hours,
    _change_texts_days,
]


def changed_by(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A document with these changes."""
    changed = copy.deepcopy(dict(document))
    for path, value in changes.items():
        *outer, last = path.split(".")
        table = changed
        for key in outer:
            table = table.setdefault(key, {})
        if value is None:
            table.pop(last, None)
        else:
            table[last] = copy.deepcopy(value)
    return changed


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """What makes `new` out of `old`."""
    changes: dict[str, Any] = {f"{prefix}{key}": None for key in old if key not in new}
    for key, value in new.items():
        before: Any = old.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            changes |= changes_between(cast("Document", before), cast("Document", value), f"{prefix}{key}.")
        elif key not in old or before != value:
            changes[f"{prefix}{key}"] = value
    return changes


def operation_of(document: Mapping[str, Any]) -> Operation:
    """The operation of a document that is known to be good."""
    return load_operation(document, "story.toml").operation
