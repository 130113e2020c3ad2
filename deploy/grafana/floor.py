"""The live floor: what a floor manager looks at all day."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Heading, Row, dashboard
from deploy.grafana.panels import (
    ANY_IS_BAD,
    GOOD_BELOW_1,
    NONE_IS_BAD,
    STATES,
    Column,
    Query,
    Says,
    lines,
    stat,
    table,
    timeline,
)
from deploy.grafana.queries import largest, of_channel, of_queue, of_workspace, rule, share, target

WAITING: Final = largest(of_queue("waiting"), "queue")
LONGEST: Final = largest(of_queue("longest_wait_seconds"), "queue")
LEVEL: Final = rule("service_level:ratio_rate30m")
OBJECTIVE: Final = rule("objective:ratio")
MISSES: Final = f"{rule('missed:ratio_rate30m')} / (1 - {OBJECTIVE})"
THERE: Final = largest(of_workspace("staff", 'state!="offline"'), "state")
FREE: Final = largest(of_workspace("staff", 'state="idle"'), "state")
UP: Final = largest(of_channel("channel_up"), "channel", "account")

QUEUE_LINK: Final = (
    "Its waits",
    "/d/contact-router-waits?${__url_time_range}&${datasource:queryparam}&${workspace:queryparam}"
    "&var-queue=${__value.raw:percentencode}",
)


NUMBERS: Final = Row(
    4,
    (
        stat(
            "Waiting",
            Says(
                "Contacts of the chosen queues that nobody has answered yet, those that ring at an agent included.",
                "as the store has them at this moment.",
                "see below which queue it is, then who is on a break, and whether a queue should overflow.",
            ),
            f"sum({WAITING})",
            unit="short",
            decimals=0,
        ),
        stat(
            "Longest wait",
            Says(
                "How long the contact has waited that has waited longest.",
                "since it came to its queue; an offer that failed does not begin it anew.",
                "look at “Longest wait ÷ target”: the same seconds are much in one queue and little in another.",
            ),
            f"max({LONGEST})",
            unit="s",
        ),
        stat(
            "Queues beyond target",
            Says(
                "Queues in which somebody has waited longer than the target.",
                "longest wait > target, now.",
                "bring agents who may serve these queues back from breaks or other work.",
            ),
            f"count({LONGEST} > {target()}) or 0 * count({LONGEST})",
            unit="short",
            steps=ANY_IS_BAD,
            decimals=0,
        ),
        stat(
            "Channels down",
            Says(
                "Accounts of channels that nobody serves.",
                "those that no adapter holds, or whose adapter says that it is not well.",
                "see below which one it is. Customers of this channel do not get through.",
            ),
            f"count({UP} == 0) or 0 * count({UP})",
            unit="short",
            steps=ANY_IS_BAD,
            decimals=0,
        ),
        stat(
            "Alerts",
            Says(
                "Alerts of this workspace, and of routers that say nothing at all.",
                "those that are firing in Prometheus; it has a page on which they stand with what to do.",
                "each says what it means for customers, and what to do first.",
            ),
            'count(ALERTS{alertstate="firing", workspace=~"$workspace|"}) or vector(0)',
            unit="short",
            steps=ANY_IS_BAD,
            decimals=0,
        ),
        stat(
            "Agents signed in",
            Says(
                "Agents of the whole workspace who are not offline, each once.",
                "all states but offline, breaks included; automatic agents are not people and not in it.",
                "compare with the plan of the shift, and call who is missing.",
            ),
            f"sum({THERE})",
            unit="short",
            steps=NONE_IS_BAD,
            decimals=0,
        ),
        stat(
            "Agents free",
            Says(
                "Agents of the whole workspace who could be offered a contact now.",
                "agents in the state idle.",
                "nobody free while nobody waits is a full house, and fine; nobody free while contacts wait is "
                "the limit.",
            ),
            f"sum({FREE})",
            unit="short",
            decimals=0,
        ),
        stat(
            "Capacity used",
            Says(
                "How much of the room that signed-in agents have is taken by talks, offers and wrap-ups.",
                "load ÷ capacity of signed-in agents: a call fills an agent, a conversation a part of him.",
                "above 90 % every further contact waits. More agents, or fewer breaks, are what helps.",
            ),
            share(largest(of_workspace("capacity_used")), largest(of_workspace("capacity_signed_in"))),
            unit="percentunit",
            steps=((None, "green"), (0.9, "orange"), (1, "red")),
        ),
    ),
)
"""The whole floor in eight numbers."""


QUEUES: Final = Row(
    9,
    (
        table(
            "Queues now",
            Says(
                "Each queue in a line. Orange and red say that it does not keep its promise; its name leads to "
                "its waits.",
                "waiting, the longest wait and agents as they are now; the service level is that of the last 30 "
                "minutes, answered in target ÷ (ended − abandoned in target), over all channels; “misses ÷ "
                "allowed” is the share of the last 30 minutes' contacts whose target passed ÷ (1 − objective): "
                "1 is just the promise.",
                "nobody signed in: call somebody. Waiting but agents idle: they lack a skill or a power, "
                "`GET /contacts/{id}/explain` says which. Neither: there are too few agents.",
            ),
            Column("Open", largest(of_queue("queue_open"), "queue"), "bool_yes_no"),
            Column("Waiting", WAITING, "short", decimals=0),
            Column("Longest wait", LONGEST, "s"),
            Column("Target", target(), "s"),
            Column("Longest ÷ target", f"{LONGEST} / {target()}", "percentunit", GOOD_BELOW_1, 0),
            Column("Service level, 30 min", largest(LEVEL, "queue"), "percentunit", decimals=0),
            Column("Objective", largest(OBJECTIVE, "queue"), "percentunit", decimals=0),
            Column("Misses ÷ allowed", largest(MISSES, "queue"), "none", GOOD_BELOW_1, 1),
            Column("Signed in", largest(of_queue("signed_in"), "queue"), "short", NONE_IS_BAD, 0),
            Column("Idle", largest(of_queue("agents", 'state="idle"'), "queue"), "short", decimals=0),
            row="queue",
            row_title="Queue",
            link=QUEUE_LINK,
        ),
    ),
)
"""Each queue in one line."""


COURSES: Final = (
    Row(
        8,
        (
            lines(
                "Waiting, by queue",
                Says(
                    "How many contacts wait in each queue.",
                    "as the store has them, at each scrape.",
                    "a line that rises for minutes means that more come than agents can take.",
                ),
                Query(WAITING, "{{queue}}"),
                unit="short",
            ),
            lines(
                "Longest wait ÷ target",
                Says(
                    "How far each queue is into its own promise.",
                    "longest wait ÷ target: at 100 % the next answer is late already, at 200 % an alert is near.",
                    "the router serves the queue first that is furthest; if all are high, the floor is too small.",
                ),
                Query(f"{LONGEST} / {target()}", "{{queue}}"),
                unit="percentunit",
                steps=((None, "transparent"), (1, "orange"), (2, "red")),
            ),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Service level, last 30 minutes",
                Says(
                    "How each queue has kept its promise of late, and its objective, dashed.",
                    "answered in target ÷ (ended − abandoned in target) of the waits that ended within 30 minutes.",
                    "below its dashes a queue uses up its error budget: see History for what is left of it.",
                ),
                Query(LEVEL, "{{queue}}"),
                Query(OBJECTIVE, "{{queue}}, objective", dashed=True),
                unit="percentunit",
                most=1,
            ),
            lines(
                "Agents by state",
                Says(
                    "What the agents of the workspace do, each once.",
                    "agents in each state, at each scrape; offline ones are left out.",
                    "red are agents who do not answer what they are offered: speak to them, or see to their desks. "
                    "Much wrap-up: see what takes them so long.",
                ),
                Query(THERE, "{{state}}"),
                unit="short",
                drawn="stack",
                colors=STATES,
            ),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Agents idle, by queue",
                Says(
                    "How many agents of each queue could be offered a contact now.",
                    "one who may serve two queues is counted in both.",
                    "idle agents while the queue has waiting contacts: `GET /contacts/{id}/explain` says why "
                    "they do not fit.",
                ),
                Query(largest(of_queue("agents", 'state="idle"'), "queue"), "{{queue}}"),
                unit="short",
            ),
            lines(
                "Capacity, in agents",
                Says(
                    "The room that signed-in agents have, dashed, and how much of it is taken.",
                    "loads in whole agents: a call is 1, a conversation what the operation says it costs.",
                    "where the two lines meet, contacts wait.",
                ),
                Query(largest(of_workspace("capacity_used")), "used"),
                Query(largest(of_workspace("capacity_signed_in")), "signed in", dashed=True),
                unit="short",
            ),
        ),
    ),
)
"""How it came to be so."""


ACCOUNT: Final = ("channel", "account")
CHANNELS: Final = Row(
    7,
    (
        timeline(
            "Channels",
            Says(
                "Whether each account of a channel is served.",
                "up: an adapter holds it, and says that it is well.",
                "see that its adapter runs, then what it says in its log. Callers keep their place meanwhile.",
            ),
            Query(UP, "{{channel}} {{account}}"),
            {0: ("down", "red"), 1: ("up", "green")},
        ),
        lines(
            "Silence of channels",
            Says(
                "How long ago each channel brought anything: a contact, a message, a state.",
                "seconds since the newest that any router has heard.",
                "at night silence is normal. In the day, write or call yourself; if it does not come, it is the "
                "adapter or the platform.",
            ),
            Query(largest(of_channel("channel_last_event_age_seconds"), *ACCOUNT), "{{channel}} {{account}}"),
            unit="s",
        ),
        lines(
            "Messages not yet sent",
            Says(
                "Messages that wait for their channel to send them.",
                "those in the states queued and sending, of each account.",
                "a number that rises: the platform is slow or refuses us. See its retries in Router internals.",
            ),
            Query(largest(of_channel("outbox"), *ACCOUNT), "{{channel}} {{account}}"),
            unit="short",
        ),
    ),
)
"""The ways on which contacts come."""


FLOOR: Final = dashboard(
    "contact-router-floor",
    "What happens now: who waits, who works, what is up.",
    NUMBERS,
    Heading("Queues"),
    QUEUES,
    *COURSES,
    Heading("Channels"),
    CHANNELS,
    variables=("queue", "channel"),
    period="1h",
    refresh="10s",
)
"""The dashboard."""
