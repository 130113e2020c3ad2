"""`report` as a floor manager runs it, of a day whose contacts the API still shows."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from router.domain.report import AgentFigures, QueueFigures
from tests.helpers.commands import command
from tests.helpers.desk import desk_at_work
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.commands import Done
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
[queues]
private = { target_s = 40, objective = 0.33 }
desk = { target_s = 40 }
[[routes]]
when.channel = "telegram"
queue = "desk"
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0 }
[media.chat]
limits_s = { wrap_up = 0 }
[agents]
anna = { name = "=SUM(1,2)", queues = ["private", "desk"], media = ["voice", "chat"] }
boris = { name = "Борис \\"Б\\", second", queues = ["private"], media = ["voice"] }
"""


async def report(server: Server, service: Service, *words: str | Path) -> Done:
    """Run it on the service's workspace."""
    workspace = service.served.engine.workspace
    return await command("report", "--redis", f"unix://{server.address.path}", "--workspace", workspace, *words)


async def lived(service: Service, adapter: Caller) -> None:
    """Calls come and go, Anna serves some of them, and some are rated."""
    calls = [await adapter.post("/contacts", {"channel": "phone", "external_id": str(number)}) for number in range(5)]
    for call in calls[1:3]:
        assert (await adapter.post(f"/contacts/{call.body['id']}/left")).status == 200
    async with desk_at_work(service, "anna") as desk:
        for score in (5, 4, None):
            offer = (await desk.frame("offer"))["offer"]
            contact = (await desk.ask("accept", offer=offer["id"]))["body"]["id"]
            assert (await adapter.post(f"/contacts/{contact}/connected")).status == 200
            assert (await desk.ask("complete", contact=contact))["status"] == 200
            if score is not None:
                assert (await adapter.post(f"/contacts/{contact}/rating", {"score": score})).status < 300


async def all_contacts(service: Service) -> list[Any]:
    """Every contact as the API lists it."""
    supervisor = await service.caller("supervisor")
    said = await supervisor.get("/contacts?limit=100")
    assert said.body["next"] is None
    return said.body["items"]


def rows(text: str) -> list[dict[str, str]]:
    """The lines of a CSV."""
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_it_says_what_the_contacts_say(server: Server, tmp_path: Path) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone", account="main")
        await lived(service, adapter)
        contacts = await all_contacts(service)
        done = await report(server, service, "--by", "day", "--csv", tmp_path / "out")
        assert (done.code, done.out) == (0, ""), done.err
        queues = {row["queue"]: row for row in rows((tmp_path / "out" / "queues.csv").read_bytes().decode())}
        agents = {row["agent"]: row for row in rows((tmp_path / "out" / "agents.csv").read_bytes().decode())}
    private, answered = queues["private"], [one for one in contacts if one["answered_at"] is not None]
    scores = [one["rating"] for one in contacts if one["rating"] is not None]
    assert len(answered) == 3
    assert int(private["answered"]) == len(answered) == int(private["talks"]) == int(agents["anna"]["talks"])
    assert int(private["abandoned"]) == sum(one["state"] == "abandoned" for one in contacts) == 2
    assert int(private["offered"]) == len(contacts)
    waits_s = [one["waited_s"] for one in answered]
    assert abs(float(private["average_speed_of_answer_s"]) - sum(waits_s) / len(waits_s)) < 0.001
    assert float(private["longest_wait_s"]) == max(one["waited_s"] for one in contacts)
    assert (int(private["ratings"]), int(private["ratings_five"])) == (len(scores), scores.count(5)) == (2, 1)
    assert float(private["fives_share"]) == 0.5
    assert queues["desk"]["offered"] == "0"
    assert queues["desk"]["average_speed_of_answer_s"] == "", "nobody was answered"
    assert list(agents) == ["anna"], "boris was not there"


async def test_the_columns_keep_their_names_and_a_name_is_no_formula(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone", account="main")
        await lived(service, adapter)
        async with desk_at_work(service, "boris"):
            done = await report(server, service, "--csv", "-")
        today = datetime.fromtimestamp(service.served.wall_ms() / 1000, UTC)
    first, _, second = done.out.replace("\r\n", "\n").partition("\n\n")
    queues, agents = (list(csv.reader(io.StringIO(text))) for text in (first, second))
    assert queues[0] == ["from", "until", "queue", "objective", *QueueFigures.__struct_fields__]
    assert agents[0] == ["from", "until", "agent", "name", *AgentFigures.__struct_fields__]
    assert [len(queues), len(agents)] == [1 + 2 * 48, 1 + 2 * 48]
    assert {row[3] for row in agents[1:]} == {"'=SUM(1,2)", 'Борис "Б", second'}
    assert queues[1][:4] == [f"{today:%Y-%m-%d}T00:00:00+00:00", f"{today:%Y-%m-%d}T00:30:00+00:00", "private", "0.33"]
    assert sum(int(row[4]) for row in queues[1:]) == 5
    assert "So far" in done.err


async def test_the_table_fits_and_ends_with_the_day(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone", account="main")
        await lived(service, adapter)
        shown = (await report(server, service)).out.splitlines()
    assert shown[0].startswith(f"{service.served.engine.workspace}, ")
    private = shown.index("private, 33% in 40 s")
    assert shown[private + 2].split()[:5] == ["all", "day", "5", "3", "2"]
    assert any(line.split()[:3] == ["all", "queues", "5"] for line in shown)
    assert "=SUM(1,2)" in shown
    assert max(map(len, shown)) <= 140


async def test_what_cannot_be_is_refused(server: Server, tmp_path: Path) -> None:
    async with service_on(server, OPERATION) as service:
        for when, says in (("2199-01-01", "future_day"), ("1999-12-31", "unkept_day")):
            done = await report(server, service, "--day", when)
            assert (done.code, done.out) == (1, "")
            assert f"Error: {says}: " in done.err
        done = await report(server, service, "--day", "2026-02-30")
        assert (done.code, "'2026-02-30' does not match" in done.err) == (2, True), done.err
    done = await command("report", "--redis", f"unix://{server.address.path}", "--workspace", "none")
    assert (done.code, "Error: unknown_workspace: " in done.err) == (1, True), done.err
    done = await command("report", "--data", tmp_path / "nothing")
    assert (done.code, "holds no router's data" in done.err) == (1, True)
