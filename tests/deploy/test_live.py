"""A real Prometheus on the running demo: every rule and panel returns data, alerts fire and panels change for what is
done to the floor, and what PromQL says of it is what the stream of events says, to the last contact.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from router.domain.figures import FIGURES
from tests.deploy.live import demo_in, prometheus_on, token_for
from tests.deploy.panels import Panel, Panels
from tests.deploy.test_rules import ALERTS, RECORDED, names_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.deploy.live import Demo, Prometheus, Sample

QUEUES: Final = {"corporate", "private", "messages"}
NO_HISTORY: Final = {"contact_router:channel_joined:usual1h"}
"""Rules that look at yesterday."""
NEVER_HERE: Final = {"contact_router_solved_first_total"}
"""Counters of what the demo has no time for: seven days without a return."""
SELDOM: Final = {
    "contact_router_messages_failed_total": "the platform that is played takes every message",
    "contact_router_commands_failed_total": "nobody asks a telephone for anything",
    "contact_router_offers_declined_total": "an agent does so once in fifty times",
    "contact_router_offers_missed_total": "likewise",
    "contact_router_offers_undelivered_total": "desks are lost seldom",
    "contact_router_offers_withdrawn_total": "customers seldom leave while it rings",
}
"""What panels may have nothing of here → why."""
LASTING: Final = {
    Panel("internals", "Routers"): "there is one",
    Panel("internals", "Store reached"): "it is never away",
    Panel("internals", "Store keeps its data"): "it always does",
    Panel("internals", "Store's memory"): "the embedded one has no limit",
    Panel("internals", "Oldest late deadline"): "none is late",
    Panel("internals", "Events not yet read"): "each is read at once",
    Panel("internals", "Events not yet read, by router"): "likewise",
    Panel("internals", "Messages and commands that failed"): "none does",
    Panel("internals", "Retries"): "the platform that is played never refuses",
    Panel("history", "Solved at first contact"): "nobody has had seven days not to come back",
    Panel("history", "Solved at first contact, days"): "likewise",
}
"""Panels that do not change here → why not."""
SHARES: Final = {
    "answered": "contact_router:answered:total",
    "abandoned": "contact_router:abandoned:total",
    "offered": "contact_router:ended:total",
    "service level": (
        "contact_router:answered_in_target:total"
        " / (contact_router:ended:total - contact_router:abandoned_in_target:total > 0)"
    ),
    "asa": "contact_router:waited_seconds:total / (contact_router:answered:total > 0)",
    "abandonment": "contact_router:abandoned:total / (contact_router:ended:total > 0)",
}
"""The definitions, over the counters themselves since the workspace began: no rate is estimated."""


@pytest.mark.timeout(180)
async def test_what_prometheus_says_of_the_floor(tmp_path: Path) -> None:
    async with demo_in(tmp_path) as (demo, metrics), prometheus_on(tmp_path, metrics) as prometheus:
        panels = Panels(prometheus)
        await every_rule_returns_data(prometheus)
        await panels.look()
        assert not about(await prometheus.firing(), "NobodySignedIn", "ChannelDown", "StoreAway", "RouterAway")
        await a_hundred_call_at_once(demo, panels)
        await some_are_not_served(demo, panels)
        await panels.look()
        await an_adapter_stops(demo, prometheus, panels)
        await agents_sign_out(demo, prometheus, panels)
        await panels.look()
        await nobody_comes_any_more(demo, panels)
        await figures_equal_the_events(demo, prometheus)
        await every_metric_was_there(prometheus)
        await panels.look()
        assert panels.empty() <= SELDOM.keys(), panels.empty() - SELDOM.keys()
        assert panels.still() <= LASTING.keys(), panels.still() - LASTING.keys()


async def every_rule_returns_data(prometheus: Prometheus) -> None:
    missing = {rule["record"] for rule in RECORDED}

    async def none_is_missing() -> bool:
        nonlocal missing
        for name in list(missing):
            if await prometheus.query(name):
                missing.discard(name)
        return missing <= NO_HISTORY

    try:
        await prometheus.until("every rule returns data", none_is_missing)
    except AssertionError:
        raise AssertionError(f"they return nothing: {sorted(missing)}") from None
    assert await prometheus.wrong_rules() == {}
    assert {sample.labels["queue"] for sample in await prometheus.query("contact_router:ended:total")} == QUEUES


async def every_metric_was_there(prometheus: Prometheus) -> None:
    read = {name for rule in [*RECORDED, *ALERTS] for name in names_in(rule["expr"]) if ":" not in name}
    there = await prometheus.names()
    assert read - there <= NEVER_HERE, read - there
    assert {f"contact_router_{figure.name}_total" for figure in FIGURES} >= NEVER_HERE


def about(firing: set[tuple[str, str]], *names: str) -> set[tuple[str, str]]:
    return {alert for alert in firing if alert[0] in names}


async def call(demo: Demo, name: str, **more: Any) -> Any:
    """Somebody calls the private line who never hangs up."""
    return await demo.call(
        "POST",
        "/contacts",
        {"channel": "phone", "external_id": name, "customer": {"id": name}, "attributes": {"dialled": "611"}, **more},
    )


async def a_hundred_call_at_once(demo: Demo, panels: Panels) -> None:
    """More than there are agents. One of them comes twice, as after an answer that was lost."""
    for number in [*range(100), 0]:
        await call(demo, f"surge-{number}")
    await panels.until("floor", "Waiting", lambda shown: total(shown) > 60)
    await panels.until("floor", "Waiting, by queue", lambda shown: of(shown, queue="private") > 60)
    await panels.until("floor", "Queues beyond target", lambda shown: total(shown) >= 1)
    await panels.until("floor", "Agents free", lambda shown: total(shown) < 10)


async def some_are_not_served(demo: Demo, panels: Panels) -> None:
    """Twice: `increase` does not see the first of a kind, with which its series begins."""
    for time in ("first", "again"):
        await one_of_each_kind_is_not_served(demo, time)
        await panels.prometheus.beats(3)
    await panels.until("waits", "Turned away", lambda shown: total(shown) >= 1)
    await panels.until("history", "Escalated, by power", lambda shown: of(shown, power="refund") >= 1)


async def one_of_each_kind_is_not_served(demo: Demo, time: str) -> None:
    """One comes to a closed queue, one is as late as the queue allows, one hangs up at once, one needs an agent who may
    do more, and one who has an agent goes back into the queue.
    """
    await demo.call("PATCH", "/queues/private", {"open": False})
    turned_away = await call(demo, f"closed-{time}")
    await demo.call("PATCH", "/queues/private", {"open": None})
    assert turned_away["state"] == "rejected"
    now = datetime.fromisoformat(turned_away["arrived_at"])
    late = await call(demo, f"late-{time}", arrived_at=(now - timedelta(minutes=45)).isoformat())
    assert late["state"] == "expired"
    hasty = await call(demo, f"hasty-{time}")
    await demo.call("POST", f"/contacts/{hasty['id']}/left", {})
    dear = await call(demo, f"dear-{time}")
    higher = {"queue": "private", "requirement": {"powers": {"refund": 20000}}}
    await demo.call("POST", f"/contacts/{dear['id']}/transfer", higher)
    talking = (await demo.call("GET", "/contacts?state=assigned&queue=private"))["items"]
    newest = max(talking, key=lambda contact: contact["assigned_at"])
    await demo.call("POST", f"/contacts/{newest['id']}/requeue", {})


async def an_adapter_stops(demo: Demo, prometheus: Prometheus, panels: Panels) -> None:
    """Its token is revoked, so the router no longer hears of it."""
    await demo.revoke("adapter", "vk")

    async def it_is_down() -> bool:
        return about(await prometheus.firing(), "ChannelDown") == {("ChannelDown", "vk")}

    await prometheus.until("vk is down, and nothing else", it_is_down)
    await panels.until("floor", "Channels down", lambda shown: total(shown) == 1)
    await panels.until("floor", "Channels", lambda shown: of(shown, channel="vk") == 0 and total(shown) == 2)
    await write(demo, "unheard")
    await panels.until("floor", "Messages not yet sent", lambda shown: of(shown, channel="vk") >= 1)


async def write(demo: Demo, who: str) -> None:
    """Somebody writes, brought as the platform would bring him. What he is told at once, nobody takes to him."""
    vk = await token_for(demo.data, "adapter", "--channel", "vk")
    written = {"thread": who, "external_id": who, "customer": {"id": who}, "text": "Здравствуйте"}
    await demo.call("POST", "/channels/vk/messages", written, vk)


async def agents_sign_out(demo: Demo, prometheus: Prometheus, panels: Panels) -> None:
    """All of them, and for good: their tokens are gone, too."""
    await demo.revoke("agent")
    for agent in (await demo.call("GET", "/agents"))["items"]:
        await demo.call("PUT", f"/agents/{agent['id']}/presence", {"presence": "offline"})

    async def nobody_is_there() -> bool:
        return about(await prometheus.firing(), "NobodySignedIn") >= {("NobodySignedIn", "private")}

    await prometheus.until("somebody waits and nobody is signed in", nobody_is_there)
    await panels.until("floor", "Alerts", lambda shown: total(shown) >= 2)
    await panels.until("floor", "Agents free", lambda shown: total(shown) == 0)
    await write(demo, "sent on")  # to the private line, as nobody answers messages
    await prometheus.beats(3)


async def nobody_comes_any_more(demo: Demo, panels: Panels) -> None:
    """And who talks is cut off, so that agents who wanted to leave can."""
    await demo.revoke("adapter")
    await panels.until("floor", "Agents signed in", lambda shown: total(shown) == 0)


def total(shown: list[Sample]) -> float:
    return sum(sample.value for sample in shown)


def of(shown: list[Sample], **labels: str) -> float:
    return total([sample for sample in shown if sample.labels.items() >= labels.items()])


async def figures_equal_the_events(demo: Demo, prometheus: Prometheus) -> None:
    """Between two events that are far enough apart, both say the same."""
    told: dict[str, dict[str, float]] = {}

    async def it_is_still() -> bool:
        before = await demo.read_on()
        await prometheus.beats(3)  # asked, then worked out
        for name, expression in SHARES.items():
            told[name] = {sample.labels["queue"]: sample.value for sample in await prometheus.query(expression)}
        return await demo.read_on() == before

    await prometheus.until("nothing happens for some seconds", it_is_still)
    counted = counted_in(demo.events)
    assert counted["answered"].keys() == QUEUES
    for name, by_queue in counted.items():
        assert told[name] == pytest.approx(by_queue, rel=1e-9), name


def counted_in(events: list[dict[str, Any]]) -> Mapping[str, Mapping[str, float]]:
    """The same from the stream, by queue."""
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        data, kind = event["data"], event["type"]
        if kind == "contact.answered":
            ends[event["queue"]].update(answered=1, in_target=int(data["in_target"]), waited_ms=data["waited"])
        elif kind == "contact.abandoned":
            ends[event["queue"]].update(abandoned=1, early=int(data["in_target"]))
        elif kind == "contact.expired":
            ends[event["queue"]].update(expired=1)
        elif kind in {"contact.overflowed", "contact.transferred", "contact.patched"} and sent_on(kind, data):
            ends[data["from_queue"]].update(sent_on=1)
    offered = {
        queue: sum(end[how] for how in ("answered", "abandoned", "expired", "sent_on")) for queue, end in ends.items()
    }
    return {
        "answered": {queue: end["answered"] for queue, end in ends.items()},
        "abandoned": {queue: end["abandoned"] for queue, end in ends.items()},
        "offered": offered,
        "service level": {q: end["in_target"] / (offered[q] - end["early"]) for q, end in ends.items()},
        "asa": {queue: end["waited_ms"] / 1000 / end["answered"] for queue, end in ends.items()},
        "abandonment": {queue: end["abandoned"] / offered[queue] for queue, end in ends.items()},
    }


def sent_on(kind: str, data: dict[str, Any]) -> bool:
    """Whether a wait ended by going elsewhere."""
    return kind == "contact.overflowed" or (data["rerouted"] if kind == "contact.patched" else not data["answered"])
