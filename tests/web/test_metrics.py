"""What Prometheus reads of the workspace: counters that equal the engine's figures, and gauges of how it stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from router.domain.figures import EDGES_S, FIGURES
from router.engine.acts.agents import Connect, SetPresence
from router.engine.acts.reading import GetMoment
from router.engine.keys import key
from router.engine.stream import read_figures
from router.service.metrics import families_of
from tests.helpers.floor import as_agent
from tests.helpers.scraping import Sample, at_root, sample, scrape
from tests.helpers.service import Caller, service_on
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from router.domain.states import Role
    from tests.helpers.servers import Server
    from tests.helpers.service import Service

OPERATION = """
[queues]
private = { target_s = 40, objective = 0.33 }
corporate = { target_s = 10 }
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private", "corporate"], media = ["voice", "chat"] }
"""


async def sign_in(service: Service, *agents: str) -> None:
    for agent in agents:
        engine = service.served.engine
        await engine.do(Connect(agent=agent, connection="desk", process=service.served.process))
        await engine.do(SetPresence(agent=agent, presence="available"), as_agent(agent))


async def serve_one(service: Service, adapter: Caller, number: int, **customer: Any) -> None:
    anna = await service.caller("agent", agent="anna")
    body = {"channel": "phone", "external_id": str(number), "customer": customer}
    contact = (await adapter.post("/contacts", body)).body
    await anna.post(f"/offers/{contact['offer']}/accept")
    await adapter.post(f"/contacts/{contact['id']}/connected")
    assert (await anna.post(f"/contacts/{contact['id']}/complete")).status == 200
    await anna.post("/agents/anna/ready")


def of(service: Service, name: str, **labels: str) -> Sample:
    """A sample of the service's workspace."""
    return sample(name, workspace=service.served.engine.workspace, **labels)


async def test_the_scrape_equals_the_figures(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, engine = await service.caller("adapter"), service.served.engine
        await sign_in(service, "anna")
        for number in range(3):
            await serve_one(service, adapter, number, type="a|b" if number == 2 else "private")
        await adapter.post("/contacts", {"channel": "phone", "external_id": "gone"})
        samples = await scrape(service)
        figures = await read_figures(engine.connection, engine.workspace)
        line = {"queue": "private", "channel": "phone", "customer_type": "private"}
        answered = of(service, "answered_total", **line, in_target="true")
        assert samples[answered] == figures["answered|private|phone|private|true"] == 2
        odd = of(service, "answered_total", **line | {"customer_type": "a|b"}, in_target="true")
        assert samples[odd] == 1
        of_all = {name: line[name] for name in ("queue", "channel")}
        assert samples[of(service, "handled_seconds_count", **of_all)] == 3
        handled = figures["handled|private|phone|sum"] / 1000
        assert samples[of(service, "handled_seconds_sum", **of_all)] == handled
        assert samples[of(service, "handled_seconds_bucket", **of_all, le="600.0")] == 3
        counted = sum(
            value
            for (name, labels), value in samples.items()
            if name.endswith(("_total", "_count")) and "process" not in dict(labels) and "_state_" not in name
        )
        states = {row.split("|")[1]: ms for row, ms in figures.items() if row.startswith("state_seconds|")}
        assert counted == sum(figures.values()) - sum(states.values()) - sum(
            ms for row, ms in figures.items() if row.endswith("|sum")
        )
        assert states.keys() >= {"offline", "idle", "reserved", "busy"}
        for state, ms in states.items():
            assert samples[of(service, "state_seconds_total", state=state)] == ms / 1000


async def test_it_shows_queues_as_the_api_does(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number in range(2):
            await adapter.post("/contacts", {"channel": "phone", "external_id": str(number)})
        await service.served.engine.do(Connect(agent="boris", connection="desk", process=service.served.process))
        await service.served.engine.do(SetPresence(agent="boris", presence="break"), as_agent("boris"))
        samples, queue = await scrape(service), (await observer.get("/queues/private")).body

        def value(name: str, **labels: str) -> float:
            return samples[of(service, name, queue="private", **labels)]

        assert value("waiting") == queue["waiting"] == 2
        assert 0 <= value("longest_wait_seconds") <= queue["longest_wait_s"]
        assert {state: value("agents", state=state) for state in queue["agents"]} == queue["agents"]
        assert (value("queue_open"), value("signed_in")) == (1, queue["signed_in"]) == (1, 1)
        assert (
            (value("target_seconds"), value("objective_ratio")) == (40, 0.33) == (queue["target_s"], queue["objective"])
        )
        assert samples[of(service, "objective_ratio", queue="corporate")] == 0.8
        assert not {"anna", "boris"} & {value for _, labels in samples for _, value in labels}


async def test_each_agent_is_counted_once_and_what_they_carry(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, boris = await service.caller("adapter"), await service.caller("agent", agent="boris")
        await sign_in(service, "boris")
        samples = await scrape(service)
        assert samples[of(service, "staff", state="idle")] == samples[of(service, "staff", state="offline")] == 1
        assert samples[of(service, "capacity_used")] == 0
        body = {"channel": "telegram", "external_id": "1", "thread": "1"}
        contact = (await adapter.post("/contacts", body)).body
        assert (await boris.post(f"/offers/{contact['offer']}/accept")).status == 200
        samples = await scrape(service)
        assert samples[of(service, "staff", state="busy")] == samples[of(service, "staff", state="offline")] == 1
        assert samples[of(service, "staff", state="idle")] == 0
        assert samples[of(service, "capacity_used")] == 0.25, "a chat is a quarter of an agent"
        assert samples[of(service, "capacity_signed_in")] == 1


async def test_it_shows_how_channels_are(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, account = await service.caller("adapter"), {"channel": "telegram", "account": "main"}
        await adapter.put("/channels/telegram", {"retries": 3})
        samples = await scrape(service)
        assert samples[of(service, "channel_up", **account)] == 0, "nobody has its lease"
        assert samples[of(service, "channel_retries_total", **account)] == 3
        assert of(service, "channel_last_event_age_seconds", **account) not in samples
        async with adapter.socket("/channels/telegram/live?account=main"):
            assert (await scrape(service))[of(service, "channel_up", **account)] == 1
            await adapter.put("/channels/telegram", {"status": "degraded", "retries": 4})
            samples = await scrape(service)
            assert samples[of(service, "channel_up", **account)] == 0, "its adapter says that something is wrong"
            assert samples[of(service, "channel_retries_total", **account)] == 4
        assert samples[of(service, "outbox", **account)] == 0
        said = (
            await adapter.post("/channels/telegram/messages", {"thread": "1", "external_id": "1", "text": "?"})
        ).body
        supervisor = await service.caller("supervisor")
        await supervisor.post(f"/contacts/{said['contact']['id']}/messages", {"text": "!"})
        assert (await scrape(service))[of(service, "outbox", **account)] == 1


async def test_an_account_is_as_old_as_what_its_adapter_brought_last(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        served, adapter = service.served, await service.caller("adapter")
        account = {"channel": "telegram", "account": "main"}
        age = of(service, "channel_last_event_age_seconds", **account)
        async with adapter.socket("/channels/telegram/live?account=main"):
            await adapter.post("/channels/telegram/messages", {"thread": "1", "external_id": "1", "text": "?"})
            heard_at = (await served.engine.do(GetMoment())).now
            async with asyncio.timeout(10):
                while age not in await scrape(service):
                    pass
            supervisor = await service.caller("supervisor")
            await supervisor.post("/contacts", {**account, "external_id": "2"})
            last = await served.engine.do(GetMoment())
            async with asyncio.timeout(10):
                while served.feed.seq < last.seq:
                    await turn()
            old = (await scrape(service))[age]
            assert (last.now - heard_at) / 1000 <= old, "the supervisor is no adapter"
            await served.own.say()
        served.own.heard.clear()
        assert (await scrape(service))[age] >= old, "it outlives all processes that have heard of it"


async def test_it_shows_timers_and_the_store(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        samples = await scrape(service)
        assert 0 <= samples[of(service, "timer_lateness_seconds")] < 5
        assert samples[of(service, "processes")] == 1
        used, most = samples[of(service, "store_memory_bytes")], samples[of(service, "store_memory_max_bytes")]
        assert 0 < used < most
        assert samples[of(service, "store_persisting")] in {0, 1}


async def test_a_deadline_that_nobody_runs_is_late(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        engine = service.served.engine
        (pump,) = (task for task in asyncio.all_tasks() if task.get_name() == "pump")
        pump.cancel()
        await asyncio.wait([pump])
        now = (await engine.do(GetMoment())).now
        await engine.connection.call("ZADD", key(engine.workspace, "deadlines"), now - 3_600_000, "c:nobody")
        samples = await scrape(service)
        assert samples[of(service, "timer_lateness_seconds")] == pytest.approx(3600, abs=60)


async def test_only_who_may_read_everything_reads_it_at_the_apis_port(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        readers: tuple[Role, ...] = ("supervisor", "observer", "admin")
        others: tuple[tuple[Role, dict[str, str]], ...] = (
            ("agent", {"agent": "anna"}),
            ("adapter", {"channel": "phone"}),
        )
        for role in readers:
            said = await at_root(service, "/metrics", await service.caller(role))
            assert (said.status, "contact_router_store_up" in said.body) == (200, True), role
        for role, whose in others:
            said = await at_root(service, "/metrics", await service.caller(role, **whose))
            assert (said.status, "wrong_role" in said.body) == (403, True), role
        for nobody in (service.stranger(), Caller(service, "crt_unknown")):
            said = await at_root(service, "/metrics", nobody)
            assert (said.status, said.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.name} {figure.event}")
def test_every_figure_has_a_family(figure: Any) -> None:
    row = "|".join([figure.name, *("x" for _ in figure.labels), *(["refund"] if figure.each else [])])
    rows = {row: 3} if figure.kind != "histogram" else {f"{row}|{len(EDGES_S) + 1}": 3, f"{row}|sum": 700_000}
    (family,) = families_of("test", rows)
    values = {each.name.removeprefix(family.name): each.value for each in family.samples}
    if figure.kind != "histogram":
        assert values == {"_total": 3 if figure.kind == "counter" else 0.003}
    else:
        assert (values["_count"], values["_sum"], values["_bucket"]) == (3, 700.0, 3)
    assert all(label and value for each in family.samples for label, value in each.labels.items())
