"""What is allowed in an operation and still looks like a mistake: the warnings of an operation file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.kit.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from router.domain.loading.table import Table
    from router.domain.operation import Agent, Operation, Queue, Route
    from router.domain.requirement import Amount, Requirement

STRICTEST: Final = 0.99
"""Above this an objective leaves less than one contact in a hundred to be late."""


def advice(operation: Operation, file: str, agents: Mapping[str, Table]) -> tuple[Problem, ...]:
    """Every warning of a valid operation. `agents` are the tables that its agents were read from."""
    return (
        *_without_use(operation, file),
        *_too_strict(operation, file),
        *_unsaid(operation, file),
        *_unused(operation, file),
        *_unreached(operation, file),
        *_unserved(operation, file),
        *_too_high(operation, file),
        *_idle_reserves(operation, file),
        *_idle_agents(operation, agents),
        *_without_people(operation, file),
    )


def _without_use(operation: Operation, file: str) -> Iterator[Problem]:
    """Lists that are empty, and values that never come."""
    if not operation.dispositions:
        yield Problem(file, "", "dispositions", None, "is missing or empty: agents cannot say how a contact ended")
    for queue in operation.queues.values():
        if queue.closed.then != "reject" and queue.hours is None:
            message = "never applies: the queue names no hours, so it is always open"
            yield Problem(file, f"queues.{queue.name}", "closed.then", queue.closed.then, message)
    for place, route in _placed(operation):
        for condition in route.when:
            for value in condition.any_of if condition.path == ("customer", "language") else ():
                if value not in operation.languages:
                    yield Problem(file, place, "when.customer.language", value, "is none of the operation's languages")


def _too_strict(operation: Operation, file: str) -> Iterator[Problem]:
    """Objectives that hardly any queue can keep."""
    for queue in operation.queues.values():
        if queue.objective > STRICTEST:
            message = "is missed by one late contact in a hundred; 0.8 and 0.9 are usual"
            yield Problem(file, f"queues.{queue.name}", "objective", queue.objective, message)


def _unsaid(operation: Operation, file: str) -> Iterator[Problem]:
    """Texts for customers that are never sent."""
    for queue in operation.queues.values():
        for language, says in queue.says.items():
            place = f"queues.{queue.name}"
            if says.wait is not None and "{wait}" not in (says.received or ""):
                yield Problem(file, place, f"says.{language}.wait", says.wait, "is never said: received has no {wait}")
            if says.rate is not None and not queue.ask_rating:
                yield Problem(file, place, f"says.{language}.rate", says.rate, "is never said: ask_rating is not true")


def _unused(operation: Operation, file: str) -> Iterator[Problem]:
    """Skills and powers that nothing asks for."""
    needs = [queue.needs for queue in operation.queues.values()] + [route.needs for route in operation.routes]
    asked = {f"skills.{name}" for need in needs for name in need.skills}
    asked |= {f"powers.{name}" for need in needs for name in need.powers}
    asked |= {name for route in operation.routes for name in route.needs_from}
    asked |= {f"skills.{queue.reserve.skill}" for queue in operation.queues.values() if queue.reserve}
    message = "is unused: no queue, route or reserve asks for it"
    for table, words in (("skills", operation.skills), ("powers", operation.powers)):
        for name, meaning in words.items():
            if f"{table}.{name}" not in asked:
                yield Problem(file, table, name, meaning, message)


def _unreached(operation: Operation, file: str) -> Iterator[Problem]:
    """Queues that no route names and no reached queue overflows into."""
    reached: set[str] = set()
    open_ends = [route.queue for route in operation.routes if route.queue is not None]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += [target for _, target in operation.queues[name].overflows]
    for name in operation.queues:
        if name not in reached:
            yield Problem(file, "queues", name, name, "is never reached: no route names it, nothing overflows into it")


def _unserved(operation: Operation, file: str) -> Iterator[Problem]:
    """Routes that bring contacts of some channel to a queue where nobody takes that channel's medium."""
    served = {
        (queue, medium) for agent in operation.agents.values() for queue in agent.queues for medium in agent.media
    }
    left = set(operation.channels)
    for place, route in _placed(operation):
        allowed = {name for name in left if _may_come(operation, route, name)}
        if route.queue is None:
            continue
        for name, channel in operation.channels.items():
            if name in allowed and (route.queue, channel.medium) not in served:
                message = f"nobody on this queue takes {channel.medium}, which channel {name} brings"
                yield Problem(file, place, "queue", route.queue, message)
        # What a route takes by channel alone comes to no later one.
        if all(condition.path in {("channel",), ("medium",)} for condition in route.when):
            left -= allowed


def _may_come(operation: Operation, route: Route, channel: str) -> bool:
    """Whether a contact of `channel`, in its own medium, may fulfil the conditions of `route`."""
    facts: dict[tuple[str, ...], str] = {("channel",): channel, ("medium",): operation.channels[channel].medium}
    return all(facts.get(condition.path) in {None, *condition.any_of} for condition in route.when)


def _too_high(operation: Operation, file: str) -> Iterator[Problem]:
    """Levels and amounts that nobody holds: nobody on the queue, where it is known."""
    everybody = tuple(operation.agents.values())
    for queue in operation.queues.values():
        staff = [agent for agent in everybody if queue.name in agent.queues]
        yield from _too_high_for(queue.needs, staff, file, f"queues.{queue.name}")
    for place, route in _placed(operation):
        staff = [agent for agent in everybody if route.queue in {None, *agent.queues}]
        yield from _too_high_for(route.needs, staff, file, place)


def _too_high_for(needs: Requirement, staff: Sequence[Agent], file: str, table: str) -> Iterator[Problem]:
    held: list[tuple[str, Mapping[str, Amount], list[Mapping[str, Amount]]]] = [
        ("skills", needs.skills, [agent.skills for agent in staff]),
        ("powers", needs.powers, [agent.powers for agent in staff]),
    ]
    # Where there is no staff at all, the route to the queue says so.
    for kind, needed, holders in held if staff else []:
        for name, amount in needed.items():
            most = max(holder.get(name, 0) for holder in holders)
            if amount > most:
                message = f"is more than anybody who could serve holds, which is {most}"
                yield Problem(file, table, f"needs.{kind}.{name}", amount, message)


def _idle_reserves(operation: Operation, file: str) -> Iterator[Problem]:
    """Reserves that would never hold anybody back."""
    for queue in operation.queues.values():
        reserve = queue.reserve
        if reserve is None:
            continue
        carriers = [
            agent
            for agent in operation.agents.values()
            if reserve.skill in agent.skills and reserve.medium in agent.media
        ]
        place, enough = f"queues.{queue.name}", reserve.agents + 2
        if len(carriers) < enough:
            message = f"never applies: needs {enough} agents with skill and {reserve.medium}, there are {len(carriers)}"
            yield Problem(file, place, "reserve.agents", reserve.agents, message)
        elif not any(set(agent.queues) - {queue.name} for agent in carriers):
            message = "never applies: nobody with this skill serves another queue"
            yield Problem(file, place, "reserve.skill", reserve.skill, message)


def _idle_agents(operation: Operation, agents: Mapping[str, Table]) -> Iterator[Problem]:
    """Agents who will never be offered anything."""
    media = {channel.medium for channel in operation.channels.values()}
    for agent in operation.agents.values():
        table = agents[agent.id]
        if not agent.queues:
            yield table.at("queues", None, "can serve nothing: neither the agent nor the group has queues")
        elif not media & set(agent.media):
            yield table.at("media", list(agent.media), "can serve nothing: no channel brings such a medium")
        elif not any(_may_serve(agent, operation.queues[name]) for name in agent.queues):
            message = "can serve nothing: falls short of what each queue needs, also after its steps"
            yield table.at("queues", list(agent.queues), message)


def _without_people(operation: Operation, file: str) -> Iterator[Problem]:
    """Queues that only automatic agents serve, and that keep their contacts when those are away."""
    for queue in operation.queues.values():
        staff = [agent for agent in operation.agents.values() if queue.name in agent.queues]
        if staff and all(agent.automatic for agent in staff) and not queue.overflows:
            message = "is served by automatic agents only: where they fail, nobody helps, for it overflows nowhere"
            yield Problem(file, "queues", queue.name, queue.name, message)


def _may_serve(agent: Agent, queue: Queue) -> bool:
    """Whether the agent meets what the queue needs, at once or after some of its steps."""
    needs = queue.needs
    stages = [needs]
    for step in queue.steps:
        needs = step.applied(needs)
        stages.append(needs)
    return any(_meets(agent, stage) for stage in stages)


def _meets(agent: Agent, needs: Requirement) -> bool:
    return (
        all(agent.skills.get(name, 0) >= level for name, level in needs.skills.items())
        and all(agent.powers.get(name, 0) >= amount for name, amount in needs.powers.items())
        and (not needs.teams or agent.group in needs.teams)
        and (not needs.agents or agent.id in needs.agents)
    )


def _placed(operation: Operation) -> Iterator[tuple[str, Route]]:
    for number, route in enumerate(operation.routes, start=1):
        yield f"routes[{number}]", route
