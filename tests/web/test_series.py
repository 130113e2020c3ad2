"""What the figures of a large operation cost whoever stores them; and that no label is somebody's."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from router.domain.figures import EDGES_S, FIGURES
from router.engine.keys import key
from router.service.metrics import families_of
from tests.fundamentals import test_figures as story
from tests.helpers.floor import floor_on
from tests.helpers.scraping import floor_of, samples_of, scraped
from tests.helpers.servers import running
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.domain.figures import Figure
    from tests.helpers.scraping import Sample
    from tests.helpers.servers import Server

QUEUES: Final = 100
A_QUEUE: Final = 600
"""The budget: so many series for a queue that calls and conversations come to, of two types of customers, when all that
can happen to a contact has happened to some in it. `router/engine/README.md` says what they are made of.
"""
OF_THE_WORKSPACE: Final = 1_000
"""And so many for all queues together, and the processes."""

CHANNELS: Final = {"voice": "phone", "chat": "telegram"}
TYPES: Final = ("private", "corporate")
BOTH: Final = ("true", "false")
ONLY: Final = {
    "voice": {"interrupted", "handed_over", "connect_failed", "commands", "commands_failed"},
    "chat": {"parked", "resumed", "silent", "reply", "messages", "messages_failed"},
}
"""Figures that only one kind of contact has."""
VALUES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "answered": {"in_target": BOTH},
    "abandoned": {"in_target": BOTH, "short": BOTH},
    "flowed_out": {"reason": ("full", "late", "closed", "empty", "transferred", "reassigned", "rerouted")},
    "rejected": {"reason": ("blocked", "full", "late", "closed", "empty")},
    "closed": {
        "outcome": ("answered", "not_connected", "lost"),
        "ended_by": ("customer", "agent", "supervisor", "system"),
    },
    "dispositions": {"disposition": ("resolved", "call_back", "sold", "complaint", "wrong_number", "abandoned")},
    "connect_failed": {"reason": ("busy", "no_answer", "unreachable", "refused", "channel", "timeout")},
    "resumed": {"reason": ("customer", "agent")},
    "requeued": {"reason": ("requeued", "silent", "agent_lost", "agent_removed")},
    "transferred": {"queue": ("to_0", "to_1", "to_2", "night")},
    "escalated": {"power": ("refund", "discount")},
    "held": {"cause": ("channel_down",)},
    "offers_withdrawn": {
        "reason": (
            "customer_left", "cancelled", "requeued", "transferred", "reassigned", "rerouted", "not_capable",
            "agent_lost", "agent_away", "agent_busy", "agent_removed", "channel_down", "channel_lost", "channel_silent",
        ),
    },
    "messages": {"author": ("customer", "agent", "supervisor", "system")},
    "messages_failed": {"code": ("blocked", "erased", "outcome_unknown", "too_long", "refused", "too_late")},
    "commands": {"do": ("hold", "resume", "mute", "unmute", "digits", "transfer", "consult", "cancel_consult",
                        "complete_consult", "pause_recording", "resume_recording")},
    "commands_failed": {"code": ("ended", "erased", "too_late", "refused", "unknown", "busy")},
    "state_seconds": {"was": ("idle",)},
}  # fmt: skip
"""Figure → each label of its own → what it may be. Of what adapters and operations name, some as an example."""


def operation() -> str:
    """A hundred queues and one agent who serves them all."""
    names = [f"queue_{number}" for number in range(QUEUES)]
    queues = "\n".join(f"[queues.{name}]\ntarget_s = 40" for name in names)
    return (
        f'{queues}\n[[routes]]\nqueue = "queue_0"\n[agents]\nanna = {{ queues = {names}, media = ["voice", "chat"] }}\n'
    )


def rows_of(figure: Figure, queue: str) -> Iterator[str]:
    """The rows of a figure that a queue has in which everything has happened."""
    own = VALUES.get(figure.name, {})
    for medium, channel in CHANNELS.items():
        if any(figure.name in names for other, names in ONLY.items() if other != medium):
            continue
        known = {"queue": (queue,), "from_queue": (queue,), "channel": (channel,), "customer_type": TYPES} | own
        values = [known[label] for label in figure.labels] + ([own["power"]] if figure.each else [])
        values += [(*map(str, range(1, len(EDGES_S) + 2)), "sum")] if figure.kind == "histogram" else []
        yield from ("|".join([figure.name, *labels]) for labels in product(*values))


async def scraped_with(server: Server, rows: list[str]) -> dict[Sample, float]:
    """Every series of the hundred queues, when the store has counted in all these rows."""
    async with service_on(server, operation()) as service:
        engine = service.served.engine
        for start in range(0, len(rows), 5_000):
            filled = [part for row in rows[start : start + 5_000] for part in (row, 7)]
            await engine.connection.call("HSET", key(engine.workspace, "figures"), *filled)
        return samples_of(await scraped(service))


async def test_a_hundred_queues_stay_within_their_budget(tmp_path: Path) -> None:
    figures = list({figure.name: figure for figure in FIGURES}.values())
    rows = sorted({row for number in range(QUEUES) for one in figures for row in rows_of(one, f"queue_{number}")})
    with running("valkey", tmp_path) as server:
        found = await scraped_with(server, rows)
    of_queues = [dict(labels) for _, labels in found if any(name == "queue" for name, _ in labels)]
    assert {labels["queue"] for labels in of_queues} == {f"queue_{number}" for number in range(QUEUES)}
    assert len(of_queues) <= QUEUES * A_QUEUE
    assert len(of_queues) > QUEUES * A_QUEUE / 2, "else the budget says nothing"
    assert len(found) - len(of_queues) <= OF_THE_WORKSPACE


async def test_what_the_budget_is_made_of_has_all_that_happens(server: Server) -> None:
    """A label's value that occurs and is not in the table would cost more than it says."""
    async with floor_on(server, story.ASKING) as floor:
        await story.everything(floor)
        rows = [row.split("|") for row in await floor.figures()]
    by_name = {figure.name: figure for figure in FIGURES}
    for name, *values in rows:
        labels = (*by_name[name].labels, *(["power"] if by_name[name].each else []))
        for label, value in zip(labels, values, strict=False):
            own = label in VALUES.get(name, {})
            assert not own or label in {"queue", "was"} or value in VALUES[name][label], f"{name}: {label} {value}"
            assert own or label in {"queue", "from_queue", "channel", "customer_type"}, f"{name} has a label {label}"


async def test_more_people_make_no_more_series_and_no_label_is_theirs(server: Server) -> None:
    """Agents, contacts and customers come and go; what is stored for ever is about queues."""
    agents = ("agent-anna", "agent-boris", "agent-vera")
    people = "\n".join(f'{name} = {{ queues = ["private"], media = ["voice"] }}' for name in agents)
    text = f'[queues.private]\ntarget_s = 40\n[[routes]]\nqueue = "private"\n[agents]\n{people}\n'
    async with service_on(server, text, pace=1) as service, floor_of(server, service) as floor:
        numbers, values = list[int](), set[str]()
        for round_ in range(3):
            for agent in agents[: round_ + 1]:
                await floor.sign_in(agent)
                call = await floor.serve(await floor.post(f"+7913000000{round_}", external_id=f"sip-{agent}-{round_}"))
                await floor.serve(await floor.post(f"+7913000000{round_}", metadata={"crm": "card-17"}))
                await floor.leave(await floor.post(f"+7913999999{round_}"))
                await floor.choose(agent, "offline")
                assert call.customer == f"+7913000000{round_}"
            found = [dict(labels) for _, labels in samples_of(await scraped(service))]
            numbers.append(sum("process" not in labels for labels in found))
            values.update(*(labels.values() for labels in found))
        contacts = {event.contact for event in await floor.events() if event.contact}
    assert len(set(numbers)) == 1, numbers
    theirs = {*agents, *contacts, "+7913", "sip-", "card-17"}
    assert not [value for value in values if any(part in value for part in theirs)]


def test_rows_of_another_release_are_no_series() -> None:
    """One that split its histograms by the customers' types has left its rows in the store."""
    former = {"handled|private|phone|private|4": 2, "handled|private|phone|private|sum": 9_000}
    assert families_of("test", former) == []
    (family,) = families_of("test", {**former, "handled|private|phone|1": 1, "handled|private|phone|sum": 400})
    values = {sample.name.rpartition("_")[2]: sample.value for sample in family.samples}
    assert (values["count"], values["sum"]) == (1, 0.4)
