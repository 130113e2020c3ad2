"""The pieces of PromQL that the dashboards are made of: selectors with the dashboards' variables, and the definitions.

A definition stands here once, so that no two panels count differently, or in the recording rules of
`deploy/prometheus`, which know every queue but no channel. Every router tells of the whole workspace, so what several
of them say is not added up. What is divided by is compared with 0 first: where nothing happened there is no number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BAR: Final = "$__interval"
"""The width of a bar of a panel that counts: each contact falls into one bar."""
RATE: Final = "$__rate_interval"
"""A window for lines: wide enough for a rate at every zoom."""
PERIOD: Final = "$__range"
"""All that the dashboard shows."""

_WORKSPACE: Final = 'workspace="$workspace"'
_QUEUE: Final = 'queue=~"$queue"'
_CHANNEL: Final = 'channel=~"$channel"'


def _selector(metric: str, *matchers: str) -> str:
    return metric + "{" + ", ".join(matchers) + "}"


def of_workspace(name: str, *matchers: str) -> str:
    """The series of a metric in the chosen workspace. `matchers` narrow them: `do="hold"`."""
    return _selector(f"contact_router_{name}", _WORKSPACE, *matchers)


def of_queue(name: str, *matchers: str) -> str:
    """The same, of the chosen queues."""
    return of_workspace(name, _QUEUE, *matchers)


def of_channel(name: str, *matchers: str) -> str:
    """The same, of the chosen channels."""
    return of_workspace(name, _CHANNEL, *matchers)


def of_line(name: str, *matchers: str) -> str:
    """The same, of the chosen queues and channels."""
    return of_queue(name, _CHANNEL, *matchers)


def rule(name: str) -> str:
    """What a recording rule says of the chosen queues: one number for each."""
    return _selector(f"contact_router:{name}", _WORKSPACE, _QUEUE)


def rule_of_workspace(name: str) -> str:
    """What a recording rule says of the workspace."""
    return _selector(f"contact_router:{name}", _WORKSPACE)


def grown(total: str, window: str) -> str:
    """By how much a counter of the recording rules grew in the window, by queue. It knows no restart and no router."""
    return f"increase({rule(f'{total}:total')}[{window}])"


def largest(inner: str, *by: str) -> str:
    """The largest for each value of these labels, or of all: of what several routers say, what any of them says."""
    return f"max by ({', '.join(by)}) ({inner})" if by else f"max({inner})"


def summed(inner: str, *by: str) -> str:
    """The sum for each value of these labels, or of all, as any of the routers says it."""
    return largest(f"sum by ({', '.join((*by, 'instance'))}) ({inner})", *by)


def counted(window: str, *selectors: str, by: tuple[str, ...] = ("queue",)) -> str:
    """By how much counters grew in the window, in all. No two of the selectors may have series with the same labels."""
    return summed(" or ".join(f"increase({selector}[{window}])" for selector in selectors), *by)


def per_second(selector: str, *by: str) -> str:
    """How fast a counter grows, each second."""
    return summed(f"rate({selector}[{RATE}])", *by)


def share(part: str, whole: str) -> str:
    """A part of a whole, both by the same labels; nothing where there is no whole."""
    return f"{part} / ({whole} > 0)"


def ended(window: str, by: tuple[str, ...] = ("queue",)) -> str:
    """Waits that ended: answered, abandoned, flowed out, expired. Whom a queue turned away never waited in it."""
    return counted(
        window, *(of_line(f"{end}_total") for end in ("answered", "abandoned", "flowed_out", "expired")), by=by
    )


def service_level(window: str, by: tuple[str, ...] = ("queue",)) -> str:
    """Answered in target ÷ (ended − abandoned in target)."""
    answered, abandoned = of_line("answered_total"), of_line("abandoned_total", 'in_target="false"')
    kept = counted(window, of_line("answered_total", 'in_target="true"'), by=by)
    return share(
        kept, counted(window, answered, abandoned, of_line("flowed_out_total"), of_line("expired_total"), by=by)
    )


def abandonment(window: str, by: tuple[str, ...] = ("queue",)) -> str:
    """Abandoned ÷ ended."""
    return share(counted(window, of_line("abandoned_total"), by=by), ended(window, by))


def average(name: str, window: str, by: tuple[str, ...] = ("queue",), of: Callable[..., str] = of_line) -> str:
    """The average of a histogram's values, in seconds. `of` chooses the series."""
    total, count = of(f"{name}_seconds_sum"), of(f"{name}_seconds_count")
    return share(counted(window, total, by=by), counted(window, count, by=by))


def percentile(below: float, name: str, by: tuple[str, ...] = ("queue",)) -> str:
    """Within how long this share of a histogram's values lies; what is beyond the last edge counts as that edge."""
    return f"histogram_quantile({below}, {per_second(of_line(f'{name}_seconds_bucket'), *by, 'le')})"


def budget_used(window: str) -> str:
    """Broken promises ÷ those that the objective allows, by queue: at 1 the promise was just kept."""
    return f"{grown('target_missed', window)} / (({grown('decided', window)} > 0) * (1 - {rule('objective:ratio')}))"


def target() -> str:
    """The target of each queue, in seconds."""
    return largest(of_queue("target_seconds"), "queue")
