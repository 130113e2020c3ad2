"""A report as tables for a terminal and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from router.domain.report import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from router.domain.day import Day
    from router.domain.operation import Queue
    from router.service.report import DayReport

    Shown = Callable[[Any], str]

NAME_WIDTHS: Final = (12, 28)
"""The narrowest and the widest column of names."""
WIDTH: Final = 7
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""


def _number(value: int) -> str:
    return f"{value:,}"


def _minutes(seconds: float | None) -> str:
    """Minutes and seconds."""
    return "-" if seconds is None else "{}:{:02}".format(*divmod(round(seconds), 60))


def _hours(seconds: float) -> str:
    """Hours and minutes."""
    return "{}:{:02}".format(*divmod(round(seconds / 60), 60)) if seconds else "-"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


_OF_TALKS: Final[tuple[tuple[str, str, Shown], ...]] = (
    ("talks", "talks", _number),
    ("talk", "average_talk_s", _minutes),
    ("wrap-up", "average_wrap_up_s", _minutes),
    ("handle", "average_handle_s", _minutes),
    ("ratings", "ratings", _number),
    ("fives", "fives_share", _share),
)
_OF_QUEUES: Final[tuple[tuple[str, str, Shown], ...]] = (
    ("offered", "offered", _number),
    ("answered", "answered", _number),
    ("abandon", "abandoned", _number),
    ("sent on", "flowed_out", _number),
    ("expired", "expired", _number),
    ("rejected", "rejected", _number),
    ("ASA", "average_speed_of_answer_s", _minutes),
    ("longest", "longest_wait_s", _minutes),
    ("level", "service_level", _share),
    *_OF_TALKS,
)
_OF_AGENTS: Final[tuple[tuple[str, str, Shown], ...]] = (
    ("signed in", "signed_in_s", _hours),
    ("idle", "idle_s", _hours),
    ("reserved", "reserved_s", _hours),
    ("busy", "busy_s", _hours),
    ("draining", "draining_s", _hours),
    ("wrap-up", "wrap_up_s", _hours),
    ("no resp.", "not_responding_s", _hours),
    ("break", "break_s", _hours),
    ("occup.", "occupancy", _share),
    *_OF_TALKS,
)
"""(title, figure, how it is shown), of the figures that a terminal has room for."""


class Line(NamedTuple):
    """One queue or agent: what the CSV calls it by, what the table calls it, and what was counted by half-hour."""

    ids: tuple[str, ...]
    title: str
    tallies: list[Tally]


class Section(NamedTuple):
    """One of a report's two tables."""

    name: str
    """Also of its CSV file."""
    ids: tuple[str, ...]
    """The columns of the CSV that say who it is."""
    figures: Callable[[Tally], msgspec.Struct]
    columns: tuple[tuple[str, str, Shown], ...]
    day: Day
    lines: list[Line]


def sections(done: DayReport) -> tuple[Section, Section]:
    """Queues, and agents who were signed in, both in the operation's order; who is not in it any more comes last."""
    report, operation = done.report, done.operation
    queues = [*operation.queues, *sorted(report.queues.by_name.keys() - operation.queues)]
    there = report.people()
    names = {name: agent.name for name, agent in operation.agents.items() if name in there}
    names |= {name: name for name in there if name not in names}
    return (
        Section(
            "queues", ("queue", "objective"), Tally.of_queue, _OF_QUEUES, report.day,
            [_queue(name, operation.queues.get(name), report.queues.of(name)) for name in queues],
        ),
        Section(
            "agents", ("agent", "name"), Tally.of_agent, _OF_AGENTS, report.day,
            [Line((name, called), called, report.agents.of(name)) for name, called in names.items()],
        ),
    )  # fmt: skip


def _queue(name: str, rules: Queue | None, tallies: list[Tally]) -> Line:
    """A queue, with its promise where it still has one."""
    if rules is None:
        return Line((name, ""), name or "(no queue)", tallies)
    promise = f"{name}, {rules.objective:.0%} in {rules.target_ms / 1000:g} s"
    return Line((name, f"{rules.objective:g}"), promise, tallies)


def table_of(section: Section, *, whole_days: bool) -> str:
    """A table of the half-hours in which something was, with the day below them; or of the whole days alone."""
    lines = [_line(section, section.name.upper(), [title for title, *_ in section.columns])]
    for line in section.lines:
        if whole_days:
            lines.append(_row(section, line.title, line.tallies))
            continue
        lines += ["", line.title]
        for place, tally in enumerate(line.tallies):
            if any(number for name, number in tally.counts.items() if name != "offline"):
                lines.append(_row(section, f"  {section.day.label(place)}", [tally]))
        lines.append(_row(section, "  all day", line.tallies))
    everything = [tally for line in section.lines for tally in line.tallies]
    return "\n".join([*lines, "", _row(section, f"all {section.name}", everything)])


def csv_of(section: Section, *, whole_days: bool) -> str:
    """Every half-hour, or day, of each, as RFC 4180 has it; what is not known is empty.

    The columns are `from` and `until` (RFC 3339, in the operation's time zone), `queue` and the `objective` now in
    force, or `agent` and `name`, and the fields of `QueueFigures` or `AgentFigures`. A name that a spreadsheet would
    take for a formula has a ' before it.
    """
    text, day = io.StringIO(), section.day
    writer = csv.writer(text)
    writer.writerow(["from", "until", *section.ids, *section.figures(Tally()).__struct_fields__])
    for line in section.lines:
        for from_ms, until_ms, tallies in _spans(day, line, whole_days=whole_days):
            said = [day.local(at_ms).isoformat() for at_ms in (from_ms, until_ms)] + [_safe(name) for name in line.ids]
            writer.writerow([*said, *msgspec.structs.astuple(section.figures(sum(tallies, Tally())))])
    return text.getvalue()


def _spans(day: Day, line: Line, *, whole_days: bool) -> Iterator[tuple[int, int, list[Tally]]]:
    if whole_days:
        yield day.start_ms, day.end_ms, line.tallies
        return
    for place, tally in enumerate(line.tallies):
        yield day.starts_ms[place], day.ends_ms(place), [tally]


def _row(section: Section, title: str, tallies: list[Tally]) -> str:
    figures = section.figures(sum(tallies, Tally()))
    return _line(section, title, [shown(getattr(figures, field)) for _, field, shown in section.columns])


def _line(section: Section, title: str, cells: list[str]) -> str:
    least, most = NAME_WIDTHS
    name_width = min(most, max([least, *(len(line.title) for line in section.lines)]))
    widths = (max(WIDTH, len(column) + 1) for column, *_ in section.columns)
    shown = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return f"{title[:name_width]:<{name_width}}{''.join(shown)}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
