"""History: half-hours over days and weeks, against what each queue promises."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Heading, Row, dashboard
from deploy.grafana.panels import STATES, Column, Query, Says, lines, stat, table
from deploy.grafana.queries import (
    BAR,
    PERIOD,
    average,
    budget_used,
    counted,
    grown,
    largest,
    of_queue,
    of_workspace,
    rule,
    rule_of_workspace,
    share,
    summed,
)

HALF_HOUR: Final = "30m"
DAY: Final = "1d"
LEFT: Final = ((None, "red"), (0.0, "orange"), (0.25, "green"))
BARS: Final = "Over more than a month a point stands for longer than half an hour."


def level(window: str) -> str:
    """Answered in target ÷ (ended − abandoned in target), by queue."""
    return share(
        grown("answered_in_target", window), f"{grown('ended', window)} - {grown('abandoned_in_target', window)}"
    )


def waited(window: str) -> str:
    """The average wait of the answered, by queue."""
    return share(grown("waited_seconds", window), grown("answered", window))


def of_each(expression: str) -> str:
    """By queue alone: rows of a table are joined by what is left."""
    return largest(expression, "queue")


COUNTED_AS: Final = {
    "Ours": "service_level",
    "Answered only": "service_level_answered_only",
    "Abandons negative": "service_level_abandons_negative",
    "Early abandons positive": "service_level_early_abandons_positive",
    "Short abandons positive": "service_level_short_abandons_positive",
    "Short abandons excluded": "service_level_short_abandons_excluded",
    "Removed from queue": "service_level_removed_from_queue",
    "With flow-outs": "service_level_with_flow_outs",
}
VARIANTS: Final = table(
    "Service level of the last day, as others count it",
    Says(
        "The same 24 hours in every way in which service levels are published, to compare with another system.",
        "by the recording rules of `deploy/prometheus`, whose README.md says who uses which; ours leaves out "
        "who gave up in target.",
        "nothing is bad here: a promise is kept or broken by the one definition that you agreed on.",
    ),
    *(
        Column(title, of_each(rule(f"{name}:ratio_rate1d")), "percentunit", decimals=1)
        for title, name in COUNTED_AS.items()
    ),
    row="queue",
    row_title="Queue",
)
"""The service level as others publish it."""


PROMISES: Final = (
    Row(
        8,
        (
            table(
                "The period",
                Says(
                    "Each queue over the whole period shown, all channels together.",
                    "ended: answered + abandoned + sent on + expired; service level: answered in target ÷ "
                    "(ended − abandoned in target). A promise is broken when the target passes, kept when it is "
                    "answered before; “budget left” is 1 − broken ÷ (both × (1 − objective)): at 0 % the "
                    "promise was just kept.",
                    "find the half-hours below in which it went: a gap in the staff comes back at the same time "
                    "of day, a fault does not.",
                ),
                Column("Ended", of_each(grown("ended", PERIOD)), "short", decimals=0),
                Column("Answered in target", of_each(grown("answered_in_target", PERIOD)), "short", decimals=0),
                Column(
                    "Abandoned",
                    of_each(share(grown("abandoned", PERIOD), grown("ended", PERIOD))),
                    "percentunit",
                    decimals=1,
                ),
                Column("Average wait", of_each(waited(PERIOD)), "s"),
                Column("Service level", of_each(level(PERIOD)), "percentunit", decimals=1),
                Column("Objective", of_each(rule("objective:ratio")), "percentunit", decimals=0),
                Column("Budget left", of_each(f"1 - {budget_used(PERIOD)}"), "percentunit", LEFT, 0),
                Column("Budget left, 7 days", of_each(rule("error_budget_left:ratio7d")), "percentunit", LEFT, 0),
                row="queue",
                row_title="Queue",
            ),
        ),
    ),
    Row(
        9,
        (
            lines(
                "Service level, half-hours",
                Says(
                    "How each queue kept its promise, half-hour by half-hour, and its objective, dashed.",
                    f"answered in target ÷ (ended − abandoned in target) of the waits that ended in it. {BARS}",
                    "the same hours each day below the dashes: move breaks and shifts. One deep hole: see what "
                    "happened then.",
                ),
                Query(level(BAR), "{{queue}}"),
                Query(rule("objective:ratio"), "{{queue}}, objective", dashed=True),
                unit="percentunit",
                most=1,
                least_step=HALF_HOUR,
            ),
            lines(
                "Error budget used, days",
                Says(
                    "How much of what it may miss each queue missed on each day.",
                    "broken promises ÷ those that the objective allows of that day's: at 100 % it was just kept.",
                    "several days above 100 %: either the floor is too small, or the promise too large. Decide which.",
                ),
                Query(budget_used(BAR), "{{queue}}"),
                unit="percentunit",
                least_step=DAY,
                steps=((None, "transparent"), (1, "red")),
            ),
            lines(
                "Error budget left, 7 days",
                Says(
                    "What is left of the budget of the seven days before each moment.",
                    "1 − broken promises ÷ those that the objective allows of the week's; below 0 it is overdrawn.",
                    "a steep fall is an incident, a slow one a plan that does not fit.",
                ),
                Query(rule("error_budget_left:ratio7d"), "{{queue}}"),
                unit="percentunit",
                least=None,
                least_step=HALF_HOUR,
                steps=((None, "red"), (0, "transparent")),
            ),
        ),
    ),
    Row(8, (VARIANTS,)),
)
"""What was promised, what was kept, what is left."""


LOAD: Final = (
    Row(
        8,
        (
            lines(
                "Waits that ended, half-hours",
                Says(
                    "How many contacts each queue had.",
                    f"answered + abandoned + sent on + expired, in the half-hour in which the wait ended. {BARS}",
                    "plan agents by it: the same hour of the same weekday is the best forecast.",
                ),
                Query(grown("ended", BAR), "{{queue}}"),
                unit="short",
                drawn="bars",
                least_step=HALF_HOUR,
            ),
            lines(
                "Abandoned, half-hours",
                Says(
                    "The share of the contacts whose customer gave up.",
                    f"abandoned ÷ ended. {BARS}",
                    "see Waits for after how long they give up.",
                ),
                Query(share(grown("abandoned", BAR), grown("ended", BAR)), "{{queue}}"),
                unit="percentunit",
                most=1,
                least_step=HALF_HOUR,
            ),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Average wait of answered, half-hours",
                Says(
                    "How long those had waited who were answered; elsewhere this is called ASA.",
                    f"the sum of their waits ÷ their number. {BARS}",
                    "compare with the contacts above: more of them, or fewer agents?",
                ),
                Query(waited(BAR), "{{queue}}"),
                unit="s",
                least_step=HALF_HOUR,
            ),
            lines(
                "Average handle time, half-hours",
                Says(
                    "How long a talk or conversation occupied its agent.",
                    f"the sum of the handle times ÷ their number; wrap-up is apart. {BARS}",
                    "a tenth more handle time needs about a tenth more agents: find out what customers ask for.",
                ),
                Query(average("handled", BAR, of=of_queue), "{{queue}}"),
                unit="s",
                least_step=HALF_HOUR,
            ),
        ),
    ),
)
"""How much came, and how it was served."""


THERE: Final = of_workspace("state_seconds_total", 'state!="offline"')
IN_STATE: Final = summed(f"rate({THERE}[{BAR}])", "state")
WORKING: Final = f"increase({rule_of_workspace('working_seconds:total')}[{BAR}])"
STAFFED: Final = f"increase({rule_of_workspace('staffed_seconds:total')}[{BAR}])"
PEOPLE: Final = Row(
    8,
    (
        lines(
            "Agents, by state",
            Says(
                "How many agents were in each state, on average of the half-hour; offline ones are left out.",
                f"their seconds in it ÷ the length of the half-hour; a stretch counts when it ends. {BARS}",
                "much “not_responding”: agents leave their desks signed in. Much break at busy hours: move it.",
            ),
            Query(IN_STATE, "{{state}}"),
            unit="short",
            drawn="stack",
            least_step=HALF_HOUR,
            colors=STATES,
        ),
        lines(
            "Occupancy",
            Says(
                "Which part of their time at work agents spent with contacts.",
                f"busy, draining and wrap-up ÷ these, idle and reserved. {BARS}",
                "above 85 % for long tires people, and waits grow fast; far below, fewer would do.",
            ),
            Query(share(WORKING, STAFFED), "occupancy"),
            unit="percentunit",
            most=1,
            steps=((None, "transparent"), (0.85, "orange")),
            least_step=HALF_HOUR,
        ),
    ),
)
"""What agents did, and what customers thought of it."""


SOLVED: Final = f"sum({grown('solved_first', PERIOD)})"
RETURNED: Final = f"sum({grown('returned', PERIOD)})"
QUALITY: Final = (
    Row(
        5,
        (
            stat(
                "Top ratings",
                Says(
                    "The share of the ratings in which customers gave the top score, 5.",
                    "fives ÷ ratings, of the period shown.",
                    "see which queue it is, and read what these customers wrote.",
                ),
                share(
                    counted(PERIOD, of_queue("ratings_five_total"), by=()),
                    counted(PERIOD, of_queue("ratings_total"), by=()),
                ),
                unit="percentunit",
                decimals=1,
            ),
            stat(
                "Customers who rate",
                Says(
                    "How many of those who are asked for a rating give one.",
                    "ratings ÷ questions, of the period shown.",
                    "a small share says little about the others: trust the top ratings less.",
                ),
                share(
                    counted(PERIOD, of_queue("ratings_total"), by=()),
                    counted(PERIOD, of_queue("ratings_asked_total"), by=()),
                ),
                unit="percentunit",
                decimals=1,
            ),
            stat(
                "Solved at first contact",
                Says(
                    "The share of the contacts whose customer did not come again within 7 days.",
                    "solved ÷ (solved + returned); what was closed within the last 7 days is in neither yet.",
                    "give agents the powers that they lack: see “Escalated” below.",
                ),
                share(SOLVED, f"{SOLVED} + {RETURNED}"),
                unit="percentunit",
                decimals=1,
            ),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Solved at first contact, days",
                Says(
                    "The same, day by day and by queue.",
                    "counted on the day on which it is known: 7 days after the close, or when the customer "
                    "comes again.",
                    "a fall begins up to 7 days after its cause.",
                ),
                Query(
                    share(grown("solved_first", BAR), f"{grown('solved_first', BAR)} + {grown('returned', BAR)}"),
                    "{{queue}}",
                ),
                unit="percentunit",
                most=1,
                least_step=DAY,
            ),
            lines(
                "Escalated, by power",
                Says(
                    "How often an agent had to pass a contact on because he may not decide it himself.",
                    "transfers that ask for a higher power, once for each power asked for.",
                    "one power leads by far: raise its limit for more agents.",
                ),
                Query(counted(BAR, of_queue("escalated_total"), by=("power",)), "{{power}}"),
                unit="short",
                drawn="bars",
                least_step=DAY,
            ),
            lines(
                "How contacts ended",
                Says(
                    "What agents said when they closed contacts.",
                    "dispositions, by what the operation calls them.",
                    "compare days: a new leader is a new problem.",
                ),
                Query(counted(BAR, of_queue("dispositions_total"), by=("disposition",)), "{{disposition}}"),
                unit="short",
                drawn="bars",
                least_step=DAY,
            ),
        ),
    ),
)
"""Whether it helped."""


HISTORY: Final = dashboard(
    "contact-router-history",
    "Half-hours over days and weeks, against what each queue promises.",
    *PROMISES,
    Heading("Load"),
    *LOAD,
    PEOPLE,
    Heading("Quality"),
    *QUALITY,
    variables=("queue",),
    period="7d",
    refresh="5m",
)
"""The dashboard."""
