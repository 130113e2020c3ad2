"""The `[groups]` and `[agents]` of an operation file. What an agent says beats what the group says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from router.domain.loading.needs import read_levels, read_limits
from router.domain.operation import Agent
from router.domain.requirement import Amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.domain.loading.names import Names
    from router.domain.loading.table import Table


CODE: Final = re.compile("[0-9]{3,12}")


class Profile(msgspec.Struct, frozen=True):
    """What a group gives its agents, or an agent has of its own. None is not stated; an empty tuple is stated: none."""

    queues: tuple[str, ...] | None = None
    media: tuple[str, ...] | None = None
    skills: dict[str, int] = {}
    powers: dict[str, Amount] = {}
    automatic: bool | None = None

    def over(self, group: Profile) -> Profile:
        """This profile on top of the group's: lists and flags replace, tables replace name by name."""
        return Profile(
            queues=group.queues if self.queues is None else self.queues,
            media=group.media if self.media is None else self.media,
            skills={**group.skills, **self.skills},
            powers={**group.powers, **self.powers},
            automatic=group.automatic if self.automatic is None else self.automatic,
        )


def read_groups(top: Table, names: Names) -> dict[str, Profile]:
    """Every group."""
    groups: dict[str, Profile] = {}
    for name, table in top.named("group", "groups"):
        groups[name] = read_profile(table, names)
        table.done()
    return groups


def read_agents(tables: Iterable[tuple[str, Table]], groups: Mapping[str, Profile], names: Names) -> dict[str, Agent]:
    """Every agent, with the group's profile merged in."""
    agents: dict[str, Agent] = {}
    codes: dict[str, str] = {}
    for name, table in tables:
        group = table.reference("group", "group", names.groups) if table.has("group") else None
        profile = read_profile(table, names).over(groups.get(group or "", Profile()))
        agents[name] = Agent(
            id=name,
            name=table.text("name", name),
            group=group,
            queues=profile.queues or (),
            media=profile.media or (),
            skills=profile.skills,
            powers=profile.powers,
            phone=table.text("phone") if table.has("phone") else None,
            automatic=profile.automatic or False,
            code=_read_code(name, table, codes) if table.has("code") else None,
        )
        table.done()
    return agents


def _read_code(agent: str, table: Table, codes: dict[str, str]) -> str:
    """The code that an agent dials to sign in; `codes` has whose each is so far."""
    code = table.value("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        table.report("code", "…", "must be text of 3 to 12 digits")
        return ""
    if code in codes:
        table.report("code", "…", f"is the code of {codes[code]} already")
    codes[code] = agent
    return code


def read_profile(table: Table, names: Names) -> Profile:
    """What a group or an agent states."""
    return Profile(
        queues=table.references("queue", "queues", names.queues) if table.has("queues") else None,
        media=table.references("medium", "media", names.media) if table.has("media") else None,
        skills=read_levels(table, names),
        powers=read_limits(table, names),
        automatic=table.flag("automatic", default=False) if table.has("automatic") else None,
    )
