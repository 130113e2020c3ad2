"""Waits: how long customers wait, how many give up, and what happens to offers, by queue and by channel."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Heading, Row, dashboard
from deploy.grafana.panels import Json, Query, Says, heat, lines, stat
from deploy.grafana.queries import (
    BAR,
    PERIOD,
    abandonment,
    average,
    counted,
    ended,
    of_line,
    of_queue,
    percentile,
    service_level,
    target,
)

STEP: Final = "5m"
"""Nothing is drawn finer: a smaller centre has a few contacts in five minutes."""
ENDS: Final = {
    "answered in target": "green",
    "answered late": "orange",
    "abandoned in target": "light-blue",
    "abandoned late": "red",
    "sent on": "purple",
    "expired": "dark-red",
}
EDGES: Final = "the histogram has edges from 1 s to 10 min, so these are estimates; what is longer counts as 10 min"


OF_ALL: Final = ("workspace",)
NUMBERS: Final = Row(
    4,
    (
        stat(
            "Waits that ended",
            Says(
                "Contacts of the chosen queues and channels whose wait ended in the period shown.",
                "answered + abandoned + sent on + expired. A contact that is transferred waits twice.",
                "far more or less than usual: look at the channels first, then at what happened outside.",
            ),
            ended(PERIOD, OF_ALL),
            unit="short",
            decimals=0,
        ),
        stat(
            "Average wait of answered",
            Says(
                "How long those had waited who were answered; elsewhere this is called ASA.",
                "the sum of their waits ÷ their number, exactly, without the histogram's edges.",
                "an average hides those who waited longest: see the percentiles.",
            ),
            average("wait_answered", PERIOD, OF_ALL),
            unit="s",
        ),
        stat(
            "Service level",
            Says(
                "The share of the contacts that were answered in target.",
                "answered in target ÷ (ended − abandoned in target); the target is that in force when it was answered.",
                "see History for how much of the error budget is left.",
            ),
            service_level(PERIOD, OF_ALL),
            unit="percentunit",
            decimals=1,
        ),
        stat(
            "Abandoned",
            Says(
                "The share of the contacts whose customer gave up.",
                "abandoned ÷ ended, short ones included.",
                "see after how long they give up, and offer them to be called back or to write before that.",
            ),
            abandonment(PERIOD, OF_ALL),
            unit="percentunit",
            decimals=1,
        ),
        stat(
            "Turned away",
            Says(
                "Contacts that a queue did not take: it was closed, full, or had nobody.",
                "rejected ones of the period shown; they never waited, and are in none of the other numbers.",
                "see below for the reason, and what customers are told then.",
            ),
            counted(PERIOD, of_line("rejected_total"), by=OF_ALL),
            unit="short",
            decimals=0,
        ),
        stat(
            "Average reply",
            Says(
                "How long customers wait for a reply in a conversation.",
                "from their first unanswered message to what a person writes next.",
                "agents have too many conversations at once: lower `most` of the medium.",
            ),
            average("reply", PERIOD, OF_ALL),
            unit="s",
        ),
    ),
)
"""All chosen queues and channels in six numbers."""


def buckets(name: str) -> str:
    """What fell into each bucket of a histogram."""
    return counted(BAR, of_line(f"{name}_seconds_bucket"), by=("le",))


MAPS: Final = Row(
    10,
    (
        heat(
            "Waiting time until answered",
            Says(
                "How many contacts were answered after how long a wait: the darker, the more.",
                "each wait falls into one cell, by when it ended and between which edges it lay.",
                "a band that climbs is a queue that grows; two bands are two kinds of contacts: choose one "
                "queue above.",
            ),
            buckets("wait_answered"),
            STEP,
        ),
        heat(
            "Waiting time until abandoned",
            Says(
                "After how long a wait customers gave up: the darker, the more.",
                "as beside it, for waits that customers ended.",
                "where it is darkest, patience ends: an announcement or another channel must come before that.",
            ),
            buckets("wait_abandoned"),
            STEP,
        ),
    ),
)
"""The whole distribution over time."""


def spread(name: str, label: str) -> tuple[Query, ...]:
    """Three percentiles of a histogram for each value of the label."""
    return tuple(
        Query(percentile(below, name, (label,)), f"{{{{{label}}}}}, {int(below * 100)} %") for below in (0.5, 0.8, 0.95)
    )


def percentiles(title: str, label: str, *more: Query) -> Json:
    """Percentiles of the wait of the answered."""
    return lines(
        title,
        Says(
            "Within how many seconds a half, 80 % and 95 % of the answered were answered.",
            f"from the histogram of waits until answered; {EDGES}.",
            "the 95 % line far above the others: a few wait very long, often for a skill that few agents have.",
        ),
        *spread("wait_answered", label),
        *more,
        unit="s",
        least_step=STEP,
    )


PERCENTILES: Final = (
    Row(
        9,
        (
            percentiles("Wait of answered, by queue", "queue", Query(target(), "{{queue}}, target", dashed=True)),
            percentiles("Wait of answered, by channel", "channel"),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Average wait of answered, by queue",
                Says(
                    "The average wait of who was answered, and the target, dashed.",
                    "the sum of the waits ÷ their number, exactly.",
                    "see Live floor for what holds the queue up.",
                ),
                Query(average("wait_answered", BAR), "{{queue}}"),
                Query(target(), "{{queue}}, target", dashed=True),
                unit="s",
                least_step=STEP,
            ),
            lines(
                "How waits ended",
                Says(
                    "What became of the contacts: only green ones were answered in target.",
                    "each contact once, in the bar in which its wait ended; “sent on” is overflow, transfer "
                    "before an answer, or a new route; in target or late goes by the target then in force.",
                    "much red: patience is shorter than the wait. Much purple: a queue has too few agents of its own.",
                ),
                *(
                    Query(counted(BAR, of_line(f"{name}_total", f'in_target="{kept}"'), by=()), f"{name} {word}")
                    for name in ("answered", "abandoned")
                    for kept, word in (("true", "in target"), ("false", "late"))
                ),
                Query(counted(BAR, of_line("flowed_out_total"), by=()), "sent on"),
                Query(counted(BAR, of_line("expired_total"), by=()), "expired"),
                unit="short",
                drawn="bars",
                least_step=STEP,
                colors=ENDS,
            ),
        ),
    ),
)
"""Half, four of five and nineteen of twenty, by queue and by channel."""


def abandoned(title: str, label: str) -> Json:
    """The share of those who gave up."""
    return lines(
        title,
        Says(
            "The share of the contacts whose customer gave up.",
            "abandoned ÷ (answered + abandoned + sent on + expired) of each bar; short ones are included.",
            "compare with the wait above: if it rises without the wait, look at announcements and at the lines to us.",
        ),
        Query(abandonment(BAR, (label,)), f"{{{{{label}}}}}"),
        unit="percentunit",
        most=1,
        least_step=STEP,
    )


GIVING_UP: Final = (
    Row(8, (abandoned("Abandoned, by queue", "queue"), abandoned("Abandoned, by channel", "channel"))),
    Row(
        8,
        (
            lines(
                "Abandoned, short or not",
                Says(
                    "How many gave up, and how many of them at once.",
                    "short: sooner than `short_s` of the queue, often a wrong number or a broken line.",
                    "many short ones: dial the number yourself and listen to what customers hear first.",
                ),
                Query(counted(BAR, of_line("abandoned_total", 'short="false"'), by=()), "waited"),
                Query(counted(BAR, of_line("abandoned_total", 'short="true"'), by=()), "short"),
                unit="short",
                drawn="bars",
                least_step=STEP,
            ),
            lines(
                "Turned away and sent on, by reason",
                Says(
                    "Contacts that a queue did not take, or did not keep.",
                    "rejected ones never waited; sent on are overflows, transfers before an answer, and new routes.",
                    "“full”: the queue's limit is too low, or the floor too small. “closed”: compare its hours "
                    "with what comes.",
                ),
                Query(counted(BAR, of_line("rejected_total"), by=("reason",)), "rejected: {{reason}}"),
                Query(counted(BAR, of_line("flowed_out_total"), by=("reason",)), "sent on: {{reason}}"),
                unit="short",
                drawn="bars",
                least_step=STEP,
            ),
        ),
    ),
)
"""Abandonment by queue and by channel."""


OUTCOMES: Final = ("accepted", "declined", "missed", "undelivered", "withdrawn")
WORK: Final = (
    Row(
        8,
        (
            lines(
                "Offers, by outcome",
                Says(
                    "What became of what agents were offered.",
                    "accepted, declined, missed (no answer in time), undelivered (the desk did not acknowledge "
                    "it in 3 s), withdrawn (the contact went away first).",
                    "missed: agents are not at their desks. Undelivered: desks or their network are ill.",
                ),
                *(Query(counted(BAR, of_line(f"offers_{end}_total"), by=()), end) for end in OUTCOMES),
                unit="short",
                drawn="bars",
                least_step=STEP,
                colors={"accepted": "green", "missed": "red", "undelivered": "dark-red"},
            ),
            lines(
                "Time to answer an offer",
                Says(
                    "Within how many seconds agents accept what they are offered.",
                    f"from the offer to its acceptance; {EDGES}.",
                    "each second is one that the customer waits: speak about it, or let phones be picked up by "
                    "themselves.",
                ),
                Query(percentile(0.5, "accept"), "{{queue}}, 50 %"),
                Query(percentile(0.95, "accept"), "{{queue}}, 95 %"),
                unit="s",
                least_step=STEP,
            ),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Average handle time and wrap-up",
                Says(
                    "How long a contact occupies its agent: the talk or conversation, and what he does after it.",
                    "sums ÷ numbers. A contact that two agents handle counts for each; wrap-up goes by queue, "
                    "whatever the channel.",
                    "longer than usual: ask what customers call about today; something may be broken.",
                ),
                Query(average("handled", BAR), "{{queue}}, handled"),
                Query(average("wrap_up", BAR, of=of_queue), "{{queue}}, wrap-up"),
                unit="s",
                least_step=STEP,
            ),
            lines(
                "Reply time in conversations",
                Says(
                    "Within how many seconds customers get a reply to what they wrote.",
                    f"from their first unanswered message to what a person writes next; {EDGES}.",
                    "conversations for each agent are too many, or calls take the agents who write.",
                ),
                Query(percentile(0.5, "reply"), "{{queue}}, 50 %"),
                Query(percentile(0.95, "reply"), "{{queue}}, 95 %"),
                unit="s",
                least_step=STEP,
            ),
            lines(
                "Talks that came back",
                Says(
                    "Contacts that an agent had and that went back to their queue.",
                    "requeued by reason: silent, lost, a connection that failed, and so on.",
                    "many of one reason: silent is agents who let customers wait; lost is desks that vanish.",
                ),
                Query(counted(BAR, of_line("requeued_total"), by=("reason",)), "{{reason}}"),
                unit="short",
                drawn="bars",
                least_step=STEP,
            ),
        ),
    ),
)
"""What agents do with what they are offered, and how long they take."""


WAITS: Final = dashboard(
    "contact-router-waits",
    "How long customers wait, how many give up, and what agents do with offers.",
    NUMBERS,
    MAPS,
    *PERCENTILES,
    Heading("Giving up"),
    *GIVING_UP,
    Heading("Agents' part of it"),
    *WORK,
    variables=("queue", "channel"),
    period="6h",
    refresh="1m",
)
"""The dashboard."""
