"""`report`: what became of a day, for whoever must know it upstairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from router.cli.options import run, store_options, workspace_at, workspace_option
from router.cli.report_tables import csv_of, sections, table_of
from router.service.report import report_of

if TYPE_CHECKING:
    from datetime import datetime

    from router.service.report import DayReport

LEGEND = """\
A wait, a talk, a wrap-up and a rating count in the half-hour in which they ended. Offered: answered, abandoned, sent on
and expired. Level: answered in target ÷ (offered − abandoned in target). Handle: (talk + wrap-up) ÷ talks. Occupancy:
busy, draining and wrap-up ÷ (these + idle). Waits and averages are minutes:seconds, agents' time is hours:minutes."""


@click.command(
    epilog="""\b
Examples:
  contact-router report
  contact-router report --day 2026-11-30 --by day
  contact-router report --day 2026-11-30 --csv reports/2026-11-30

The CSV has queues.csv and agents.csv, a line for each of them and half-hour (or day), in seconds and shares."""
)
@store_options
@workspace_option
@click.option(
    "--day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
    help="Such as 2026-11-30, in the operation's time zone; without it, today so far.",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(["half-hour", "day"]), default="half-hour", show_default=True,
    help="What a line is of.",
)  # fmt: skip
@click.option(
    "--csv", "csv", metavar="DIR", type=click.Path(file_okay=False, allow_dash=True, path_type=Path),
    help="Write CSV into this directory instead of tables; - writes both, one below the other.",
)  # fmt: skip
def report(
    data: Path | None, redis: str | None, workspace: str | None, day: datetime | None, by: str, csv: Path | None
) -> None:
    """Report a day: queues and agents.

    Reads the events that are kept, also while routers serve the workspace.
    """

    async def work() -> DayReport:
        async with workspace_at(data, redis, workspace) as engine:
            return await report_of(engine, None if day is None else day.date())

    done, whole_days = run(work()), by == "day"
    notes = _notes(done)
    if csv is None:
        tables = [table_of(section, whole_days=whole_days) for section in sections(done)]
        click.echo("\n\n".join([_title(done), *notes, *tables, LEGEND]))
        return
    for note in notes:
        click.echo(note, err=True)
    texts = {section.name: csv_of(section, whole_days=whole_days) for section in sections(done)}
    if str(csv) == "-":
        click.echo("\r\n".join(texts.values()), nl=False)
        return
    csv.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        file = csv / f"{name}.csv"
        file.write_text(text, encoding="utf-8", newline="")
        click.echo(f"Wrote {file}", err=True)


def _title(done: DayReport) -> str:
    when = done.report.day.when
    return f"{done.operation.workspace}, {when:%A}, {when.day} {when:%B %Y}, {done.operation.timezone}"


def _notes(done: DayReport) -> list[str]:
    """What one must know not to take the figures for more than they are."""
    day, notes = done.report.day, list[str]()
    if done.begins_ms is not None:
        notes.append(
            f"NOT THE WHOLE DAY: what happened before {day.local(done.begins_ms):%H:%M:%S} is no longer kept, and is "
            "missing in every figure and total."
        )
    if done.until_ms is not None:
        notes.append(f"So far: the day goes on, and this is until {day.local(done.until_ms):%H:%M:%S}.")
    return notes
