"""What supervisors change at run time lies on the operation's file, and is checked as the file would be."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router.domain.hours import is_open, transitions
from router.domain.overlay import AgentOverlay, Overlays, QueueOverlay, changed, in_force, read_agent
from tests.helpers.floor import START_MS, operation_of

HOUR_MS = 3_600_000

OPERATION = """
[hours]
office = { mon-fri = ["09:00-18:00"] }
[skills]
english = "speaks English"
[powers]
refund = "EUR"
[queues]
private = { target_s = 40 }
corporate = { target_s = 10, hours = "office" }
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], skills.english = 3, phone = "1001" }
boris = { queues = ["private"], media = ["voice"] }
"""
BASE = operation_of(OPERATION)


def queue(**fields: Any) -> QueueOverlay:
    return QueueOverlay(role="supervisor", author="olga", at=START_MS, **fields)


def agent(**fields: Any) -> AgentOverlay:
    return AgentOverlay(role="supervisor", author="olga", at=START_MS, **fields)


def test_nothing_lies_on_it() -> None:
    assert in_force(BASE, Overlays()) == BASE
    assert in_force(BASE, Overlays(queues={"private": queue(notice="a fault in Kansk")})) == BASE


def test_a_queue_that_is_opened_has_no_hours() -> None:
    assert in_force(BASE, Overlays(queues={"corporate": queue(open=True)})).queues["corporate"].hours is None


def test_a_queue_that_is_closed_never_opens() -> None:
    operation = in_force(BASE, Overlays(queues={"private": queue(open=False)}))
    schedule = operation.hours[operation.queues["private"].hours or ""]
    assert not is_open(schedule, START_MS)
    assert transitions(schedule, START_MS, START_MS + 90 * 24 * HOUR_MS) == []
    assert operation.queues["corporate"] == BASE.queues["corporate"]


@pytest.mark.parametrize(
    ("name", "until", "opens"),
    [
        pytest.param("private", START_MS + HOUR_MS, START_MS + HOUR_MS, id="without hours at once"),
        # The story's first Sunday, 10:26 UTC; its Monday begins 13:33:55 later.
        pytest.param("corporate", START_MS + HOUR_MS, START_MS + 81_235_000, id="with hours at the next opening"),
        pytest.param("corporate", START_MS + 90_000_000, START_MS + 90_000_000, id="with hours in the middle of them"),
    ],
)
def test_one_that_is_closed_for_a_while_opens_on_time(name: str, until: int, opens: int) -> None:
    operation = in_force(BASE, Overlays(queues={name: queue(open=False, until=until)}))
    schedule = operation.hours[operation.queues[name].hours or ""]
    assert transitions(schedule, START_MS - HOUR_MS, START_MS + 4 * 24 * HOUR_MS)[0] == (opens, True)
    assert (is_open(schedule, opens - 1), is_open(schedule, opens)) == (False, True)


def test_what_an_agent_is_given_stands_in_place_of_the_files() -> None:
    overlay = agent(queues=("corporate",), skills={}, powers={"refund": 500}, media=("voice", "chat"), phone="1002")
    anna = in_force(BASE, Overlays(agents={"anna": overlay})).agents["anna"]
    assert (anna.queues, anna.skills, anna.powers) == (("corporate",), {}, {"refund": 500})
    assert (anna.media, anna.phone, anna.name) == (("voice", "chat"), "1002", "anna")
    only_phone = in_force(BASE, Overlays(agents={"anna": agent(phone="1003")})).agents["anna"]
    assert only_phone == msgspec.structs.replace(BASE.agents["anna"], phone="1003")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"queues": ("privat",)}, 'queues = "privat": unknown queue; did you mean "private"?'),
        ({"media": ("fax",)}, 'media = "fax": unknown medium; there are voice, chat'),
        ({"skills": {"english": 11}}, "skills.english = 11: must be a whole number from 1 to 10"),
        ({"skills": {"french": 1}}, "skills.french = 1: unknown skill; there are english"),
        ({"powers": {"rebate": 5}}, "powers.rebate = 5: unknown power; there are refund"),
        ({"queues": ("private", "private")}, 'queues = "private": stands twice in the list'),
        ({"phone": "\n"}, 'phone = "\\n": must be text of 1 to 200 printable characters'),
    ],
)
def test_it_is_checked_as_the_file_is(fields: dict[str, Any], said: str) -> None:
    assert [str(problem) for problem in read_agent(agent(**fields), BASE)[1]] == [said]


def test_it_is_read_as_the_file_is() -> None:
    assert read_agent(agent(powers={"refund": 500.0}), BASE) == (agent(powers={"refund": 500}), [])
    powers = read_agent(agent(powers={"refund": 500.0}), BASE)[0].powers
    assert powers is not None
    assert isinstance(powers["refund"], int), "as whole as the file's, so that the pool is the same"


def test_what_states_nothing_is_no_overlay() -> None:
    assert changed({"private": queue(open=False)}, "private", queue(until=START_MS)) == {}
    assert changed({}, "private", queue(open=False)) == {"private": queue(open=False)}


def test_those_that_have_ended_are_gone() -> None:
    overlays = Overlays(
        queues={"private": queue(open=False, until=START_MS), "corporate": queue(open=True)},
        agents={"anna": agent(phone="1", until=START_MS + 1)},
    )
    assert overlays.next_end == START_MS
    left = overlays.at(START_MS)
    assert (set(left.queues), set(left.agents), left.next_end) == ({"corporate"}, {"anna"}, START_MS + 1)
    assert Overlays().next_end is None


def test_another_operation_keeps_what_fits_it() -> None:
    overlays = Overlays(
        queues={"private": queue(open=False), "corporate": queue(notice="we move")},
        agents={
            "anna": agent(queues=("corporate",), phone="1002"),
            "boris": agent(phone="1003"),
            "clara": agent(queues=("corporate",)),
        },
    )
    other = operation_of(
        OPERATION.replace('corporate = { target_s = 10, hours = "office" }\n', "").replace("boris =", "clara =")
    )
    kept = overlays.fitting(other)
    assert kept == Overlays(queues={"private": queue(open=False)}, agents={"anna": agent(phone="1002")})
    assert in_force(other, kept).agents["anna"].phone == "1002"
