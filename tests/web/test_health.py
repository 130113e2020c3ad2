"""Whether a process lives and takes requests, and its figures for Prometheus, with and without its store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from router.domain.figures import EDGES_S, FIGURES
from router.engine.acts.agents import Connect, SetPresence
from router.engine.stream import read_figures
from router.service.metrics import families_of
from tests.helpers.floor import as_agent, operation_of
from tests.helpers.servers import running
from tests.helpers.service import Caller, Said, process_on, service_on

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.servers import Server
    from tests.helpers.service import Service

OPERATION = """
[queues]
private = { target_s = 40 }
corporate = { target_s = 10 }
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private", "corporate"], media = ["voice"] }
"""


async def at_root(service: Service, path: str) -> Said:
    """One request without a token, outside the workspace."""
    url = service.url.partition("/v1/")[0] + path
    async with service.session.get(url) as response:
        return Said(response.status, await response.text(), response.headers)


async def scrape(service: Service) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample: its name and labels → its value."""
    said = await at_root(service, "/metrics")
    assert said.status == 200
    families = text_string_to_metric_families(said.body)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def sample(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


async def serve_one(service: Service, adapter: Caller, number: int, **customer: Any) -> None:
    anna = await service.caller("agent", agent="anna")
    body = {"channel": "phone", "external_id": str(number), "customer": customer}
    contact = (await adapter.post("/contacts", body)).body
    await anna.post(f"/offers/{contact['offer']}/accept")
    await adapter.post(f"/contacts/{contact['id']}/connected")
    assert (await anna.post(f"/contacts/{contact['id']}/complete")).status == 200
    await anna.post("/agents/anna/ready")


async def test_a_process_that_serves_is_alive_and_ready(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        assert (await at_root(service, "/healthz")).status == 200
        ready = await at_root(service, "/readyz")
        assert (ready.status, ready.body) == (200, '{"ready":true,"wrong":[]}')


async def test_one_that_shuts_down_is_alive_and_not_ready(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        service.served.closing.set()
        ready = await at_root(service, "/readyz")
        assert (ready.status, ready.headers["Retry-After"]) == (503, "1")
        assert "shutting down" in ready.body
        assert (await at_root(service, "/healthz")).status == 200


async def test_the_scrape_equals_the_figures(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, engine = await service.caller("adapter"), service.served.engine
        await engine.do(Connect(agent="anna", connection="desk", process=service.served.process))
        await engine.do(SetPresence(agent="anna", presence="available"), as_agent("anna"))
        for number in range(3):
            await serve_one(service, adapter, number, type="a|b" if number == 2 else "private")
        await adapter.post("/contacts", {"channel": "phone", "external_id": "gone"})
        samples = await scrape(service)
        figures = await read_figures(engine.connection, engine.workspace)
        line = {"workspace": engine.workspace, "queue": "private", "channel": "phone", "customer_type": "private"}
        answered = sample("contact_router_answered_total", **line, in_target="true")
        assert samples[answered] == figures["answered|private|phone|private|true"] == 2
        odd = sample("contact_router_answered_total", **line | {"customer_type": "a|b"}, in_target="true")
        assert samples[odd] == 1
        handled = "contact_router_handled_seconds"
        assert samples[sample(f"{handled}_count", **line)] == 2
        assert samples[sample(f"{handled}_sum", **line)] == figures["handled|private|phone|private|sum"] / 1000
        assert samples[sample(f"{handled}_bucket", **line, le="600.0")] == 2
        counted = sum(value for (name, _), value in samples.items() if name.endswith(("_total", "_count")))
        assert counted == sum(number for row, number in figures.items() if not row.endswith("|sum"))


async def test_it_shows_queues_as_the_api_does(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number in range(2):
            await adapter.post("/contacts", {"channel": "phone", "external_id": str(number)})
        samples, queue = await scrape(service), (await observer.get("/queues/private")).body
        of_queue = {"workspace": service.served.engine.workspace, "queue": "private"}
        assert samples[sample("contact_router_waiting", **of_queue)] == queue["waiting"] == 2
        longest = samples[sample("contact_router_longest_wait_seconds", **of_queue)]
        assert 0 <= longest <= queue["longest_wait_s"]
        shown = {state: samples[sample("contact_router_agents", **of_queue, state=state)] for state in queue["agents"]}
        assert shown == queue["agents"]
        assert samples[sample("contact_router_queue_open", **of_queue)] == 1
        assert not {"anna", "boris"} & {value for _, labels in samples for _, value in labels}


async def test_without_its_store_it_says_so_and_its_contacts_figures_disappear(tmp_path: Path) -> None:
    with running("valkey", tmp_path) as server:
        async with process_on(server, operation_of(OPERATION)) as service:
            await (await service.caller("adapter")).post("/contacts", {"channel": "phone", "external_id": "1"})
            names = {name for name, _ in await scrape(service)}
            assert {"contact_router_offered_total", "contact_router_waiting"} <= names
            assert (await at_root(service, "/readyz")).status == 200
            server.process.kill()
            async with asyncio.timeout(10):
                while (await at_root(service, "/readyz")).status == 200:
                    pass
            ready = await at_root(service, "/readyz")
            assert (ready.status, ready.headers["Retry-After"]) == (503, "1")
            assert "store" in ready.body
            assert (await at_root(service, "/healthz")).status == 200, "to start it anew would mend nothing"
            samples = await scrape(service)
            assert {name for name, _ in samples} == {"contact_router_store_up", "contact_router_due_age_seconds"}
            assert samples[sample("contact_router_store_up")] == 0


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.name} {figure.event}")
def test_every_figure_has_a_family(figure: Any) -> None:
    row = "|".join([figure.name, *("x" for _ in figure.labels), *(["refund"] if figure.each else [])])
    rows = {row: 3} if figure.kind == "counter" else {f"{row}|{len(EDGES_S) + 1}": 3, f"{row}|sum": 700_000}
    (family,) = families_of("test", rows)
    values = {each.name.removeprefix(family.name): each.value for each in family.samples}
    if figure.kind == "counter":
        assert values == {"_total": 3}
    else:
        assert (values["_count"], values["_sum"], values["_bucket"]) == (3, 700.0, 3)
    assert all(label and value for each in family.samples for label, value in each.labels.items())
