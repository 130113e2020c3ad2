"""What a contact needs of an agent, and how it relaxes while the contact waits.

A requirement names skills (levels 1 to 10), powers (amounts an agent's limit must reach), teams (the agent is in one
of them) and agents (the agent is one of them). Requirements add up: the higher level, the larger amount; naming teams
or agents twice keeps those that both name, and where nothing is left, nobody will do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Amount = int | float
AMOUNT_MAX = 1_000_000_000_000
"""The greatest amount that an agent can decide, and that a file can require: Lua prints it with all its digits."""

LEVEL_MAX = 10
"""The highest level that an agent can have, and that anything can require."""

NOBODY = ("",)
"""Names that no team and no agent can have."""

Number = TypeVar("Number", int, int | float)


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything an agent must have to be offered the contact. Empty means that anybody on the queue may serve it."""

    skills: dict[str, int] = {}
    powers: dict[str, Amount] = {}
    teams: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()

    def plus(self, other: Requirement) -> Requirement:
        """Both at once."""
        return Requirement(
            skills=_larger(self.skills, other.skills),
            powers=_larger(self.powers, other.powers),
            teams=_both(self.teams, other.teams),
            agents=_both(self.agents, other.agents),
        )


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A change of the requirement once the contact has waited `after_ms` in its queue.

    `skills` and `powers` replace what is required so far (a name that was not required stays so);
    `drop` takes names away: `skills.english`, `powers.refund`, `teams`, `agents`.
    """

    after_ms: int
    skills: dict[str, int] = {}
    powers: dict[str, Amount] = {}
    drop: tuple[str, ...] = ()

    def applied(self, requirement: Requirement) -> Requirement:
        """`requirement` after this step."""
        return Requirement(
            skills=_relaxed(requirement.skills, self.skills, "skills.", self.drop),
            powers=_relaxed(requirement.powers, self.powers, "powers.", self.drop),
            teams=() if "teams" in self.drop else requirement.teams,
            agents=() if "agents" in self.drop else requirement.agents,
        )


def _larger(one: Mapping[str, Number], other: Mapping[str, Number]) -> dict[str, Number]:
    if not one or not other:
        return dict(one or other)
    either = {**one, **other}
    return {name: max(either[name], one.get(name, either[name])) for name in sorted(either)}


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if not one or not other:
        return one or other
    return tuple(name for name in one if name in other) or NOBODY


def _relaxed(
    now: Mapping[str, Number], step: Mapping[str, Number], prefix: str, drop: tuple[str, ...]
) -> dict[str, Number]:
    return {name: step.get(name, amount) for name, amount in now.items() if prefix + name not in drop}
