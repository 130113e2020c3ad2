"""A disk that fills, and a memory that is full: new contacts are refused, who is here is served, nothing is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from router.kit.clock import SystemClock
from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.served import WORKSPACE, Serving, complaints, served
from tests.helpers.disk import MIB, disk
from tests.helpers.embedded import pid_of
from tests.helpers.servers import ask, running

if TYPE_CHECKING:
    from pathlib import Path

    import aiohttp

    from tests.helpers.figures import Figure
    from tests.helpers.servers import Server

SHORT_MIB = 100
"""Too little for new contacts, enough for a server to start."""
SHORT_WITHIN_S = 10.0
BACK_WITHIN_S = 20.0
MUCH = "much " * 10_000
LATER = {"channel": "phone", "external_id": "later", "not_before": "2100-01-01T00:00:00Z"}
"""A contact that nobody is offered meanwhile."""


async def said(session: aiohttp.ClientSession, url: str, body: Any, method: str = "POST") -> tuple[int, Any]:
    """The answer: the wanted or "come again", and nothing else."""
    async with session.request(method, url, json=body) as response:
        answer = await response.json()
        assert response.status in {200, 201, 503}, answer
        assert response.status != 503 or answer["code"] == "store_away"
        return response.status, answer


async def until(status: int, session: aiohttp.ClientSession, url: str, body: Any, method: str = "POST") -> float:
    """Say it until it is answered so. Gives the seconds that it took."""
    clock = SystemClock()
    started_ms = clock.monotonic_ms()
    async with asyncio.timeout(30):
        while (await said(session, url, body, method))[0] != status:
            await asyncio.sleep(0.01)
    return (clock.monotonic_ms() - started_ms) / 1000


async def server_of(serving: Serving) -> int:
    async with serving.store() as connection:
        return await pid_of(connection)


async def fill_disk(directory: Path, contacts: int, figure: Figure) -> None:
    """The disk of the embedded server fills, nearly and then wholly, while contacts arrive and are served."""
    with disk(directory, 512) as own:
        (directory / "data").symlink_to(own.path)
        async with served(directory, agents=20, processes=2) as serving:
            clients, url, server = Clients(serving.url), f"{serving.url}/contacts", await server_of(serving)
            async with serving.desks(clients) as phone:
                _, later = await said(phone, url, LATER)
                own_url, writing = f"{url}/{later['id']}", {"metadata": {"much": MUCH}}
                await asyncio.gather(*(clients.post(phone, number) for number in range(contacts)))
                own.fill(SHORT_MIB)
                refused_s = await until(503, phone, url, LATER)
                posting = [asyncio.create_task(clients.post(phone, contacts + number)) for number in range(contacts)]
                status, _ = await said(phone, own_url, writing, "PATCH")
                assert status == 200, "who is here is served"
                own.fill(0)
                await until(503, phone, own_url, writing, "PATCH")
                own.make_room()
                back_s = await until(200, phone, url, LATER)
                await asyncio.gather(*posting)
                await said(phone, f"{own_url}/left", {})
                history = await serving.judged(2 * contacts + 1)
            assert await server_of(serving) != server, "one that cannot write ends itself"
    figure(
        "full disk, fsync always",
        "refused with 503 before it is full, back by itself, 0 acknowledged lost",
        f"refused {refused_s:.1f} s after room was short; wholly full, then back {back_s:.1f} s after room was made:"
        f" {len(clients.acked - history.ended.keys())} of {len(clients.acked):,} lost, 0 breaches",
    )
    assert history.ended.keys() == clients.acked | {later["id"]}
    assert not clients.complaints, clients.complaints[:3]
    assert not complaints(directory)
    assert refused_s <= SHORT_WITHIN_S
    assert back_s <= BACK_WITHIN_S


def limit_memory(server: Server, more_mib: int) -> None:
    """Let the server use so much more than it does."""
    lines = str(ask(server, "INFO", "memory")).split("\\r\\n")
    used = next(int(line.partition(":")[2]) for line in lines if "used_memory:" in line)
    ask(server, "CONFIG", "SET", "maxmemory", str(used + more_mib * MIB))


async def post_until_full(phone: aiohttp.ClientSession, url: str) -> set[str]:
    """Contacts arrive until no more is taken. Gives those that were."""
    taken = set[str]()
    while True:
        body = {"channel": "phone", "external_id": str(len(taken)), "metadata": {"much": MUCH[:1000]}}
        status, contact = await said(phone, url, body)
        if status == 503:
            return taken
        taken.add(contact["id"])


async def fill_memory(directory: Path, more_mib: int, figure: Figure) -> None:
    """The memory of somebody's own server fills with contacts that wait; then agents come."""
    place = directory / "server"
    place.mkdir()
    with running("valkey", place, "--appendonly", "yes") as server:
        async with served(directory, agents=20, processes=2, redis=str(server.address)) as serving:
            clients, url = Clients(serving.url), f"{serving.url}/contacts"
            async with serving.session(serving.adapter) as phone:
                limit_memory(server, more_mib)
                taken = await post_until_full(phone, url)
                ask(server, "CLIENT", "KILL", "TYPE", "normal")  # who comes again finds the memory full
                async with serving.desks(clients), serving.store() as connection:
                    await History(connection, WORKSPACE).until_ended(len(taken))
                    status, _ = await said(phone, url, LATER)
                    assert status == 503, "memory is as full as it was"
                    limit_memory(server, 16)
                    back_s = await until(201, phone, url, LATER)
                    _, later = await said(phone, url, LATER)
                    await said(phone, f"{url}/{later['id']}/left", {})
                    history = await serving.judged(len(taken) + 1)
    figure(
        "maxmemory reached",
        "new contacts 503, who is here is served, intake goes on when there is room",
        f"refused after {len(taken):,} contacts; all of them served while it was full; taken again {back_s:.1f} s after"
        f" room was made: {len(taken - history.ended.keys())} lost, 0 breaches",
    )
    assert not taken - history.ended.keys()
    assert not clients.complaints, clients.complaints[:3]
    assert not complaints(directory)


async def fill_own_disk(directory: Path, figure: Figure) -> None:
    """The disk of somebody's own server fills, which syncs every second: it goes on, and refuses to write."""
    with disk(directory, 64) as own, running("valkey", own.path, "--appendonly", "yes") as server:
        async with served(directory, agents=1, processes=2, redis=str(server.address)) as serving:
            url = f"{serving.url}/contacts"
            async with serving.session(serving.adapter) as phone:
                _, later = await said(phone, url, LATER)
                own_url, writing = f"{url}/{later['id']}", {"metadata": {"much": MUCH}}
                own.fill(0)
                await until(503, phone, own_url, writing, "PATCH")
                status, _ = await said(phone, own_url, None, "GET")
                assert status == 200, "reading goes on"
                own.make_room()
                back_s = await until(200, phone, own_url, writing, "PATCH")
                await said(phone, f"{own_url}/left", {})
            await serving.judged(1)
    figure(
        "full disk, everysec",
        "503 while the server refuses to write, back by itself",
        f"what writes 503, what reads served; back {back_s:.1f} s after room was made, 0 breaches",
    )
    assert not complaints(directory)


@pytest.mark.timeout(120)
async def test_a_full_disk_of_a_server_that_goes_on(tmp_path: Path, figure: Figure) -> None:
    await fill_own_disk(tmp_path, figure)


@pytest.mark.timeout(120)
async def test_a_full_disk_loses_nothing(tmp_path: Path, figure: Figure) -> None:
    await fill_disk(tmp_path, 100, figure)


@pytest.mark.timeout(120)
async def test_a_full_memory_loses_nothing(tmp_path: Path, figure: Figure) -> None:
    await fill_memory(tmp_path, 1, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_disk_fills_under_thousands(tmp_path: Path, figure: Figure) -> None:
    await fill_disk(tmp_path, 2_000, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_memory_fills_with_thousands(tmp_path: Path, figure: Figure) -> None:
    await fill_memory(tmp_path, 16, figure)
