"""Pools: agents who could take exactly the same contacts, and the thresholds at which skills and powers are compared.

A requirement's amounts round up to the next threshold, an agent's down to the highest that he reaches, so that lanes
and pools are bounded by the operation and never by its customers. The thresholds are all values that agents hold,
which rounds nothing that matters; only where that makes too many pools does a skill keep just the levels that the
operation's own routes, queues and steps ask for, and the highest level held.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import msgspec

from router.domain.requirement import Amount, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.domain.operation import Agent, Operation

POOLS_MAX = 1_000
"""More pools than this are refused: each new lane is compared with each pool."""

BEYOND = 1_000_000_000_000_000
"""What a requirement above everything held is rounded to: one amount that nobody reaches."""

_FLEXIBILITY_OF_QUEUE = 10_000


class Thresholds(msgspec.Struct, frozen=True):
    """Name → the values at which it is compared, ascending."""

    skills: dict[str, tuple[Amount, ...]]
    powers: dict[str, tuple[Amount, ...]]

    def up(self, requirement: Requirement) -> Requirement:
        """`requirement` with every amount rounded up; what asks for nothing is left out."""
        return Requirement(
            skills={name: int(amount) for name, amount in _up(self.skills, requirement.skills)},
            powers=dict(_up(self.powers, requirement.powers)),
            teams=requirement.teams,
            agents=requirement.agents,
        )


class Pool(msgspec.Struct, frozen=True):
    """What all its agents have in common, rounded down. `id` is a hash of the rest."""

    id: str
    skills: dict[str, int]
    powers: dict[str, Amount]
    queues: tuple[str, ...]
    teams: tuple[str, ...]
    media: tuple[str, ...]
    automatic: bool
    flexibility: int
    """How much else its agents could do; where several pools could serve, the least flexible is asked first."""


class Pools(msgspec.Struct, frozen=True):
    """An operation's pools by id, which agent is in which, and the thresholds that made them."""

    thresholds: Thresholds
    pools: dict[str, Pool]
    of_agent: dict[str, str]

    def serving(self, queue: str, medium: str, requirement: Requirement) -> list[Pool]:
        """The pools that could serve a rounded requirement in `queue`, names of agents aside."""
        return [pool for pool in self.pools.values() if serves(pool, queue, medium, requirement)]


def serves(pool: Pool, queue: str, medium: str, requirement: Requirement) -> bool:
    """Whether the pool's agents may and can take a contact of `queue` and `medium` with this rounded requirement."""
    return (
        queue in pool.queues
        and medium in pool.media
        and all(pool.skills.get(name, 0) >= level for name, level in requirement.skills.items())
        and all(pool.powers.get(name, -1) >= amount for name, amount in requirement.powers.items())
        and (not requirement.teams or any(team in pool.teams for team in requirement.teams))
    )


def pools_of(operation: Operation) -> Pools:
    """The pools of an operation. More than `POOLS_MAX` are possible; the loader refuses such an operation."""
    exact = _pools(operation, _held(operation.agents.values()))
    if len(exact.pools) <= POOLS_MAX:
        return exact
    return _pools(operation, _asked(operation, exact.thresholds))


def _pools(operation: Operation, thresholds: Thresholds) -> Pools:
    pools: dict[str, Pool] = {}
    of_agent: dict[str, str] = {}
    for agent in operation.agents.values():
        pool = _pool_of(agent, thresholds)
        pools[pool.id] = pool
        of_agent[agent.id] = pool.id
    return Pools(thresholds=thresholds, pools=pools, of_agent=of_agent)


def _pool_of(agent: Agent, thresholds: Thresholds) -> Pool:
    skills = {name: int(level) for name, level in _down(thresholds.skills, agent.skills)}
    powers = dict(_down(thresholds.powers, agent.powers))
    queues, media = tuple(sorted(agent.queues)), tuple(sorted(agent.media))
    # People's pools are named as before there were automatic agents: workspaces already hold agents under these ids.
    automatic = ("automatic",) if agent.automatic else ()
    content = (sorted(skills.items()), sorted(powers.items()), queues, agent.teams, media, *automatic)
    steps = sum(1 + bisect_left(thresholds.skills[name], level) for name, level in skills.items())
    steps += sum(1 + bisect_left(thresholds.powers[name], amount) for name, amount in powers.items())
    return Pool(
        id=content_id(content),
        skills=skills,
        powers=powers,
        queues=queues,
        teams=agent.teams,
        media=media,
        automatic=agent.automatic,
        flexibility=_FLEXIBILITY_OF_QUEUE * len(queues) * len(media) + steps,
    )


def content_id(content: object) -> str:
    """A short name for `content`: the same wherever it is made, another for anything else (50 bits)."""
    digest = hashlib.blake2b(msgspec.msgpack.encode(content), digest_size=8).digest()
    return format(int.from_bytes(digest, "big") >> 14, "013x")


def _held(agents: Iterable[Agent]) -> Thresholds:
    skills: dict[str, set[Amount]] = {}
    powers: dict[str, set[Amount]] = {}
    for agent in agents:
        for name, level in agent.skills.items():
            skills.setdefault(name, set()).add(level)
        for name, amount in agent.powers.items():
            powers.setdefault(name, set()).add(amount)
    return Thresholds(skills=_ascending(skills), powers=_ascending(powers))


def _asked(operation: Operation, held: Thresholds) -> Thresholds:
    """`held`, each skill thinned to the levels that the operation asks for and the highest."""
    asked: dict[str, set[Amount]] = {name: {levels[-1]} for name, levels in held.skills.items()}
    by_number: set[str] = set()
    parts = [*operation.routes, *operation.queues.values()]
    for part in parts:
        for skills in (part.needs.skills, *(step.skills for step in part.steps)):
            for name, level in _up(held.skills, skills):
                asked.setdefault(name, set()).add(level)
    for route in operation.routes:
        by_number |= {need.removeprefix("skills.") for need in route.needs_from if need.startswith("skills.")}
    kept = {
        name: levels if name in by_number else tuple(level for level in levels if level in asked[name])
        for name, levels in held.skills.items()
    }
    return Thresholds(skills=kept, powers=held.powers)


def _ascending(held: Mapping[str, set[Amount]]) -> dict[str, tuple[Amount, ...]]:
    return {name: tuple(sorted(values)) for name, values in sorted(held.items())}


def _up(thresholds: Mapping[str, tuple[Amount, ...]], amounts: Mapping[str, Amount]) -> Iterable[tuple[str, Amount]]:
    for name, amount in sorted(amounts.items()):
        values = thresholds.get(name, ())
        place = bisect_left(values, amount)
        if amount > 0:
            yield name, values[place] if place < len(values) else BEYOND


def _down(thresholds: Mapping[str, tuple[Amount, ...]], amounts: Mapping[str, Amount]) -> Iterable[tuple[str, Amount]]:
    for name, amount in sorted(amounts.items()):
        values = thresholds.get(name, ())
        place = bisect_right(values, amount)
        if place > 0:
            yield name, values[place - 1]
