"""What a queue or a route needs of an agent, and the steps by which that relaxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.domain.loading.table import unknown
from router.domain.requirement import AMOUNT_MAX, LEVEL_MAX, Requirement, Step

if TYPE_CHECKING:
    from router.domain.loading.names import Names
    from router.domain.loading.table import Table
    from router.domain.requirement import Amount

WEEK_S: Final = 7 * 24 * 3600

Paths = dict[str, tuple[str, ...]]
"""`powers.refund` or `skills.english` → where in the contact's JSON the number stands."""


def read_needs(owner: Table, names: Names) -> Requirement:
    """The `needs` of a queue: levels, amounts, teams and agents. Empty where there are none."""
    return read_needs_and_paths(owner, names, paths=None)


def read_needs_and_paths(owner: Table, names: Names, paths: Paths | None) -> Requirement:
    """The `needs` of a route. A need that is a path goes into `paths`; where that is None, it is a problem."""
    needs = owner.part("needs")
    skills, powers = needs.part("skills"), needs.part("powers")
    requirement = Requirement(
        skills={
            name: skills.whole(name, 0, LEVEL_MAX)
            for name in skills.known_keys("skill", names.skills)
            if not _read_path(skills, name, f"skills.{name}", paths)
        },
        powers={
            name: powers.number(name, 0, AMOUNT_MAX)
            for name in powers.known_keys("power", names.powers)
            if not _read_path(powers, name, f"powers.{name}", paths)
        },
        teams=needs.references("group", "teams", names.groups),
        agents=needs.references("agent", "agents", names.agents),
    )
    needs.done()
    return requirement


def read_steps(owner: Table, names: Names) -> tuple[Step, ...]:
    """The `steps` of a queue or a route, by time."""
    steps = [_read_step(table, names) for table in owner.rows("steps")]
    return tuple(sorted(steps, key=lambda step: step.after_ms))


def read_levels(owner: Table, names: Names) -> dict[str, int]:
    """The `skills` of a group or an agent."""
    skills = owner.part("skills")
    return {name: skills.whole(name, 1, LEVEL_MAX) for name in skills.known_keys("skill", names.skills)}


def read_limits(owner: Table, names: Names) -> dict[str, Amount]:
    """The `powers` of a group or an agent, or of a step."""
    powers = owner.part("powers")
    return {name: powers.number(name, 0, AMOUNT_MAX) for name in powers.known_keys("power", names.powers)}


def _read_path(needs: Table, name: str, need: str, paths: Paths | None) -> bool:
    """Whether the need is a text, and so is no number: in a route the path of one, elsewhere a problem."""
    text = needs.value(name)
    if not isinstance(text, str):
        return False
    path = tuple(text.split("."))
    if paths is None:
        needs.wrong(name, "must be a number; only a route may take it from the contact")
    elif len(path) < 2 or path[0] != "attributes" or "" in path:
        needs.wrong(name, 'must be a number, or where the contact has one: "attributes.…"')
    else:
        paths[need] = path
    return True


def _read_step(table: Table, names: Names) -> Step:
    skills = table.part("skills")
    step = Step(
        after_ms=table.duration_ms("after_s", 1, WEEK_S),
        skills={name: skills.whole(name, 0, LEVEL_MAX) for name in skills.known_keys("skill", names.skills)},
        powers=read_limits(table, names),
        drop=table.texts("drop"),
    )
    known = [f"skills.{name}" for name in names.skills] + [f"powers.{name}" for name in names.powers]
    for name in step.drop:
        if name not in known and name not in {"teams", "agents"}:
            table.report("drop", name, unknown("need", name, [*known, "teams", "agents"]))
    if not any(table.has(key) for key in ("skills", "powers", "drop")):
        table.wrong("", "changes nothing")
    table.done()
    return step
