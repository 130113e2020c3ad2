"""Router internals: the processes, the store and the channels behind the figures."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Heading, Row, dashboard
from deploy.grafana.panels import NONE_IS_BAD, Json, Query, Says, lines, stat
from deploy.grafana.queries import RATE, largest, of_channel, of_workspace, per_second, rule_of_workspace, share, summed

PROCESS: Final = "{{process}}"
ACCOUNT: Final = "{{channel}} {{account}}"


NUMBERS: Final = Row(
    4,
    (
        stat(
            "Routers",
            Says(
                "Router processes that serve the workspace.",
                "those whose own figures are at most 30 s old.",
                "fewer than you started: see why one ended, in its log. One is enough to route; with none "
                "nothing moves.",
            ),
            rule_of_workspace("processes:max"),
            unit="short",
            steps=NONE_IS_BAD,
        ),
        stat(
            "Store reached",
            Says(
                "The share of the routers that are connected to the store.",
                "the average of `store_up` over them.",
                "below 100 %: network or server. While none reaches it, nothing is taken in, and nothing taken "
                "is lost.",
            ),
            f"avg({of_workspace('store_up')})",
            unit="percentunit",
            steps=((None, "red"), (1, "green")),
        ),
        stat(
            "Store keeps its data",
            Says(
                "Whether the store's last write to its disk went well.",
                "the append-only file or the snapshot, whichever is on; no if neither is.",
                "what customers are told is no longer safe: see the disk's space first, then the server's log.",
            ),
            f"min({of_workspace('store_persisting')})",
            unit="bool_yes_no",
            steps=NONE_IS_BAD,
        ),
        stat(
            "Store's memory",
            Says(
                "How much of the memory that it may take the store has taken.",
                "used ÷ `maxmemory`, or ÷ the machine's memory where that is 0.",
                "at 100 % no new contact is taken. Give it more, or keep texts for fewer days.",
            ),
            share(largest(of_workspace("store_memory_bytes")), largest(of_workspace("store_memory_max_bytes"))),
            unit="percentunit",
            steps=((None, "green"), (0.8, "orange"), (0.9, "red")),
        ),
        stat(
            "Oldest late deadline",
            Says(
                "How late the oldest deadline is that nobody has run yet: offers, limits, steps.",
                "0 where none is past.",
                "above a second the routers are too busy or away: see the loop lag.",
            ),
            largest(of_workspace("timer_lateness_seconds")),
            unit="s",
            steps=((None, "green"), (1, "orange"), (5, "red")),
        ),
        stat(
            "Events not yet read",
            Says(
                "How far the slowest router is behind the stream of events; its sockets are as late.",
                "events in the stream that the process has not read.",
                "rising: this router has too little CPU. Start another, or give it more.",
            ),
            largest(of_workspace("events_behind")),
            unit="short",
            steps=((None, "green"), (1000, "orange"), (10000, "red")),
        ),
    ),
)
"""Whether anything is wrong at all."""


TOOK: Final = summed(f"rate({of_workspace('http_request_seconds_bucket')}[{RATE}])", "le")
REQUESTS: Final = (
    Row(
        8,
        (
            lines(
                "Requests, by route",
                Says(
                    "How many requests the routers answer each second.",
                    "by the route's template; long polls and sockets count when they end.",
                    "one route leaps: a client repeats itself. See the refusals beside it.",
                ),
                Query(per_second(of_workspace("http_requests_total"), "method", "route"), "{{method}} {{route}}"),
                unit="reqps",
                drawn="stack",
            ),
            lines(
                "Requests that failed",
                Says(
                    "Answers that tell of an error, by their status.",
                    "4xx: the client was wrong or late; 5xx: the router could not.",
                    "503 is “come again”: the store is away or full. 500 is a fault of ours: please report it "
                    "with the log.",
                ),
                Query(per_second(of_workspace("http_requests_total", 'status=~"[45].*"'), "status"), "{{status}}"),
                unit="reqps",
                drawn="bars",
            ),
        ),
    ),
    Row(
        8,
        (
            lines(
                "Time to answer requests",
                Says(
                    "Within how long half of the requests, and 99 %, are answered.",
                    "all routes and routers together; long polls and sockets wait on purpose and are not among them.",
                    "slow while CPU is free: the store or its disk. Slow with full CPUs: more processes.",
                ),
                Query(f"histogram_quantile(0.5, {TOOK})", "50 %"),
                Query(f"histogram_quantile(0.99, {TOOK})", "99 %"),
                unit="s",
            ),
            lines(
                "Refusals, by code",
                Says(
                    "What the router refuses, each second.",
                    "by the code of the refusal, as clients get it.",
                    "a few are normal: an offer that is gone is one. Many of one code: that client has a bug.",
                ),
                Query(per_second(of_workspace("refused_total"), "code"), "{{code}}"),
                unit="ops",
                drawn="bars",
            ),
        ),
    ),
)
"""What clients ask for, and how they fare."""


def of_each(title: str, says: Says, expr: str, unit: str, legend: str = PROCESS) -> Json:
    """A line for each process."""
    return lines(title, says, Query(expr, legend), unit=unit)


PROCESSES: Final = (
    Row(
        8,
        (
            of_each(
                "CPU",
                Says(
                    "How much of a core each router takes.",
                    "its seconds of CPU in each second; one process can use one core.",
                    "near 100 %: start more processes, `--processes`.",
                ),
                per_second(of_workspace("process_cpu_seconds_total"), "process"),
                "percentunit",
            ),
            of_each(
                "Loop lag",
                Says(
                    "How long a router's event loop could not turn to anything else.",
                    "the worst of its last 5 to 10 s.",
                    "beyond 0.1 s everything it does is late: CPU is short, on this process or on the machine.",
                ),
                largest(of_workspace("loop_lag_seconds"), "process"),
                "s",
            ),
            of_each(
                "Memory",
                Says(
                    "How much memory each router takes.",
                    "its resident set.",
                    "a line that rises for days is a leak: please report it.",
                ),
                largest(of_workspace("process_resident_memory_bytes"), "process"),
                "bytes",
            ),
        ),
    ),
    Row(
        8,
        (
            of_each(
                "Sockets",
                Says(
                    "Connections that stay open: agents' desks, channels, readers of events.",
                    "by their kind, over all routers.",
                    "a sudden fall and rise is a router that ended, or a network that broke; clients come back "
                    "by themselves.",
                ),
                summed(of_workspace("sockets"), "kind"),
                "short",
                "{{kind}}",
            ),
            of_each(
                "Events not yet read, by router",
                Says(
                    "How far each router is behind the stream of events.",
                    "events in the stream that it has not read.",
                    "a router that stays behind shows old states to its desks: restart it, or give it more CPU.",
                ),
                largest(of_workspace("events_behind"), "process"),
                "short",
            ),
            of_each(
                "Deadlines last looked at",
                Says(
                    "How long ago each router looked at the deadlines.",
                    "seconds; any router's look serves all.",
                    "high on all of them: offers do not run out, and nobody is told. Their log says why.",
                ),
                largest(of_workspace("due_age_seconds"), "process"),
                "s",
            ),
        ),
    ),
)
"""Each router."""


def mean(name: str, *by: str) -> str:
    """The average of a summary's values."""
    return share(per_second(of_workspace(f"{name}_sum"), *by), per_second(of_workspace(f"{name}_count"), *by))


STORE: Final = Row(
    8,
    (
        lines(
            "Acts",
            Says(
                "Transitions each second, by act.",
                "calls of the store's functions that were answered.",
                "`due` alone is busy: many deadlines at once, after a pause for example.",
            ),
            Query(per_second(of_workspace("act_seconds_count"), "act"), "{{act}}"),
            unit="ops",
            drawn="stack",
        ),
        lines(
            "Time of an act",
            Says(
                "How long acts take on average, from the call to the answer: at each moment the five slowest.",
                "their seconds ÷ their number; the way to the store and its disk are in it.",
                "all of them slow: disk or network of the store. One of them: please report it.",
            ),
            Query(f"topk(5, {mean('act_seconds', 'act')})", "{{act}}"),
            unit="s",
        ),
        lines(
            "Memory of the store",
            Says(
                "What the store has taken, and what it may take, dashed.",
                "as the server says; the limit is its `maxmemory`, or the machine's memory where that is 0.",
                "plan for twice of what a busy day takes.",
            ),
            Query(largest(of_workspace("store_memory_bytes")), "used"),
            Query(largest(of_workspace("store_memory_max_bytes")), "limit", dashed=True),
            unit="bytes",
        ),
        lines(
            "Calls in a write to the store",
            Says(
                "How many calls go to the store together.",
                "the average of each router; one write has one sync of the disk.",
                "many is no fault: it is what keeps up under load. With slow acts besides, the store is the limit.",
            ),
            Query(mean("store_batch_calls", "process"), PROCESS),
            unit="short",
        ),
    ),
)
"""Acts, and what carries them."""


CHANNELS: Final = (
    Row(
        8,
        (
            lines(
                "Retries",
                Says(
                    "How often adapters had to send something again.",
                    "what it sent to its platform again, or asked the router again, as each adapter says of itself.",
                    "see the status page of the platform, and our limits there.",
                ),
                Query(per_second(of_channel("channel_retries_total"), "channel", "account"), ACCOUNT),
                unit="ops",
                drawn="bars",
            ),
            lines(
                "Messages and commands that failed",
                Says(
                    "What a channel could not do for good.",
                    "messages and commands for calls, by the code of the failure.",
                    "`blocked` is a customer's choice; others are for whoever runs the channel.",
                ),
                Query(per_second(of_channel("messages_failed_total"), "channel", "code"), "{{channel}}: {{code}}"),
                Query(
                    per_second(of_channel("commands_failed_total"), "channel", "code"),
                    "{{channel}}, command: {{code}}",
                ),
                unit="ops",
                drawn="bars",
            ),
            lines(
                "Doubles that were caught",
                Says(
                    "Contacts and messages that an adapter brought again, and that were known already.",
                    "the same external id or idempotency key; nothing was taken twice.",
                    "a few come with every restart. A steady stream: the adapter does not hear our answers.",
                ),
                Query(per_second(of_channel("duplicates_total"), "channel"), "{{channel}}"),
                unit="ops",
                drawn="bars",
            ),
        ),
    ),
)
"""What adapters bring and send."""


INTERNALS: Final = dashboard(
    "contact-router-internals",
    "The processes, the store and the channels behind the figures.",
    NUMBERS,
    Heading("Requests"),
    *REQUESTS,
    Heading("Processes"),
    *PROCESSES,
    Heading("Store"),
    STORE,
    Heading("Channels"),
    *CHANNELS,
    variables=("channel",),
    period="1h",
    refresh="10s",
)
"""The dashboard."""
