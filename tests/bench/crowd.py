"""Operations of any size to measure on: so many lanes, so many pools, all drawn from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from router.domain.operation_file import load_operation

if TYPE_CHECKING:
    from router.domain.operation import Operation

MEDIUM = "voice"


@dataclass(frozen=True)
class Size:
    """How big an operation is, and how many contacts wait in it."""

    name: str
    queues: int
    needs_a_queue: int
    pools: int
    agents: int
    waiting: int

    @property
    def lanes(self) -> int:
        """How many lanes its contacts make."""
        return self.queues * self.needs_a_queue


SMALL = Size("5 lanes, 5 pools, 100 agents, 1,000 waiting", 5, 1, 5, 100, 1_000)
LARGE = Size("200 lanes, 200 pools, 10,000 agents, 1,000,000 waiting", 20, 10, 200, 10_000, 1_000_000)


def operation_of(size: Size, seed: int = 1) -> Operation:
    """The operation: each queue's contacts differ in the skill they need; a pool serves some queues with skills."""
    draw = random.Random(seed)
    queues = [f"queue{number}" for number in range(size.queues)]
    skills = [f"skill{number}" for number in range(size.needs_a_queue - 1)]
    groups: dict[str, Any] = {}
    for number in range(size.pools):
        served = draw.sample(queues, max(1, min(size.queues, draw.randint(1, 1 + size.queues // 2))))
        held = {skill: draw.randint(1, 10) for skill in skills if draw.random() < 0.6}
        groups[f"group{number}"] = {
            "queues": served,
            "media": [MEDIUM],
            "skills": held,
            "powers": {"refund": draw.choice([100, 300, 500, 1000, 5000])},
        }
    document = {
        "workspace": "bench",
        "timezone": "UTC",
        "languages": ["en"],
        "skills": {skill: skill for skill in skills},
        "powers": {"refund": "RUB"},
        "channels": {"phone": {"medium": MEDIUM}},
        "media": {MEDIUM: {"limits_s": {"offer": 3600, "connect": 3600, "wrap_up": 0}}},
        "queues": {name: {"target_s": draw.choice([10, 20, 30, 40, 60])} for name in queues},
        "routes": [{"queue": queues[0]}],
        "groups": groups,
        "agents": {
            f"agent{number}": {"name": f"Agent {number}", "group": f"group{number % size.pools}"}
            for number in range(size.agents)
        },
    }
    return load_operation(document, "bench.toml").operation


def needs_of(size: Size, draw: random.Random) -> tuple[str, dict[str, int]]:
    """The queue and the skills of one contact."""
    need = draw.randrange(size.needs_a_queue)
    return f"queue{draw.randrange(size.queues)}", {} if need == 0 else {f"skill{need - 1}": 1}
