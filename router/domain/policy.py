"""The routing policy: which queue a contact goes to, with which priority, and what it needs there.

Pure: the same operation and the same facts give the same routing. What the queue itself needs is no part of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.domain.operation import PRIORITY_MAX
from router.domain.requirement import AMOUNT_MAX, LEVEL_MAX, Requirement, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.domain.operation import Condition, Operation, Route
    from router.domain.requirement import Amount


class Routing(msgspec.Struct, frozen=True):
    """Where a contact goes and what it needs. `steps` are by time.

    `ignored` lists the paths at which a route looked for a number and found none: that need was not added.
    """

    queue: str
    priority: int
    requirement: Requirement
    steps: tuple[Step, ...]
    ignored: tuple[str, ...]


def route(
    operation: Operation,
    facts: Mapping[str, Any],
    *,
    queue: str | None = None,
    priority: int | None = None,
    requirement: Requirement | None = None,
) -> Routing:
    """The routing of a contact whose JSON is `facts`; `queue`, `priority` and `requirement` are what it came with.

    Routes are read in order, and all that match add up: needs, steps, and priorities, whose sum stays within ±10. The
    first that matches and names a queue is the last one read. A queue that the contact came with beats that one, its
    requirement is added, and of the two priorities the larger counts.
    """
    matching, destination = _matching(operation, facts)
    needs = requirement or Requirement()
    ignored: list[str] = []
    for rule in matching:
        needs = needs.plus(rule.needs)
        if rule.needs_from:
            from_facts, missing = _needs_from(rule, facts)
            needs = needs.plus(from_facts)
            ignored += missing
    total = max(-PRIORITY_MAX, min(PRIORITY_MAX, sum(rule.priority for rule in matching)))
    steps = (step for rule in matching for step in rule.steps)
    return Routing(
        queue=queue or destination,
        priority=total if priority is None else max(total, priority),
        requirement=needs,
        steps=tuple(sorted(steps, key=lambda step: step.after_ms)),
        ignored=tuple(dict.fromkeys(ignored)),
    )


def _matching(operation: Operation, facts: Mapping[str, Any]) -> tuple[list[Route], str]:
    """The routes that add up, and the queue that the last of them names."""
    matching: list[Route] = []
    for rule in operation.routes:
        if all(_holds(condition, _at(facts, condition.path)) for condition in rule.when):
            matching.append(rule)
            if rule.queue is not None:
                return matching, rule.queue
    raise AssertionError("an operation's last route takes every contact")


def _holds(condition: Condition, value: Any) -> bool:
    """Whether the value fits. A list fits if anything in it does."""
    if isinstance(value, list):
        return any(_fits(condition, item) for item in cast("list[Any]", value))
    return _fits(condition, value)


def _fits(condition: Condition, value: Any) -> bool:
    if condition.any_of:
        # To Python true is 1, to a contact it is not.
        return any(
            value == wanted and isinstance(value, bool) == isinstance(wanted, bool) for wanted in condition.any_of
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low = condition.minimum is None or value >= condition.minimum
    return low and (condition.maximum is None or value <= condition.maximum)


def _needs_from(rule: Route, facts: Mapping[str, Any]) -> tuple[Requirement, list[str]]:
    """What the rule needs by the contact's own numbers, and the paths where there is no number of 0 or more."""
    skills: dict[str, int] = {}
    powers: dict[str, Amount] = {}
    missing: list[str] = []
    for need, path in rule.needs_from.items():
        value = _at(facts, path)
        kind, _, name = need.partition(".")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            missing.append(".".join(path))
        # What is more than anybody can hold stays so, but no greater than the engine's numbers.
        elif kind == "skills":
            skills[name] = math.ceil(min(value, LEVEL_MAX + 1))
        else:
            powers[name] = min(value, AMOUNT_MAX + 1)
    return Requirement(skills=skills, powers=powers), missing


def _at(facts: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at `path`, None where there is none."""
    value: Any = facts
    try:
        for key in path:
            value = value.get(key)
    except AttributeError:  # the path leads through something that is no table
        return None
    return value
