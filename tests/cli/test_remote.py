"""The commands that talk to a running router as anybody could: `contact`, `queues`, `events`, `customers`, `agent`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from router.domain.events import ERA
from tests.helpers.commands import command, router, running

if TYPE_CHECKING:
    from pathlib import Path


async def caller(data: Path, url: str, *words: str) -> dict[str, str]:
    """The environment of somebody with a token."""
    made = await command("token", "create", "--data", data, *words)
    assert made.code == 0, made.err
    return {"CONTACT_ROUTER_URL": url, "CONTACT_ROUTER_TOKEN": made.out.strip()}


async def test_one_contact_from_its_arrival_to_its_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data) as (_, url):
        admin = await caller(data, url, "--role", "admin")
        anna = await caller(data, url, "--role", "agent", "--agent", "anna")
        async with running("agent", "anna", **anna) as desk:
            await desk.type("available")
            await desk.said("You are available, idle")
            post = ("contact", "--channel", "phone", "--customer", "+7913", "--attribute", "amount=300")
            posted = await command(*post, **admin)
            contact = json.loads(posted.out)
            assert contact["attributes"] == {"amount": 300}
            await desk.said("Offered for 15 s: +7913, voice, queue private")
            await desk.type("accept")
            await desk.said("#1 +7913 (amount 300): the channel connects you")
            await desk.type("complete nonsense")
            await desk.said("Refused, malformed: ")
            await desk.type("break lunch")
            await desk.said("draining")
            await desk.type("complete resolved")
            await desk.said("#1 is closed by the agent")
            await desk.said("You are break")
            await desk.type("quit")
            assert await desk.process.wait() == 0
        told = [json.loads(line) for line in (await command("events", **admin)).out.splitlines()]
        assert [event["seq"] for event in told] == list(range(told[0]["seq"], told[-1]["seq"] + 1))
        mine = [event["type"] for event in told if event["contact"] == contact["id"]]
        assert mine[0] == "contact.queued"
        assert "contact.closed" in mine
        later = (await command("events", "--after", str(told[-2]["seq"]), **admin)).out.splitlines()
        assert [json.loads(line) for line in later] == told[-1:]


async def test_a_declined_offer_goes_on_to_the_next_desk(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data) as (_, url):
        admin = await caller(data, url, "--role", "admin")
        anna, boris = [await caller(data, url, "--role", "agent", "--agent", name) for name in ("anna", "boris")]
        async with running("agent", "anna", **anna) as first, running("agent", "boris", **boris) as second:
            await first.type("available")
            await first.said("idle")
            assert (await command("contact", "--channel", "phone", **admin)).code == 0
            await first.said("Offered")
            await second.type("available")
            await second.said("idle")
            await first.type("decline busy")
            await first.said("The offer is declined")
            await second.said("Offered")


async def test_a_desk_and_a_follower_go_on_when_the_router_is_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data) as (serving, url):
        admin = await caller(data, url, "--role", "admin")
        anna = await caller(data, url, "--role", "agent", "--agent", "anna")
        async with running("agent", "anna", **anna) as desk, running("events", "--follow", **admin) as follower:
            await desk.type("available")
            await desk.said("idle")
            await follower.said("agent.presence")
            assert await serving.end() == 0
            port = url.rpartition(":")[2].partition("/")[0]
            async with running("serve", "--data", data, "--port", port) as again:
                await again.said("Serving")
                await desk.said("Anna, available", after=len(desk.out))
                assert (await command("contact", "--channel", "phone", **admin)).code == 0
                await desk.said("Offered")
                await follower.said("offer.made")
        told = [json.loads(line) for line in follower.out]
        assert [event["seq"] % ERA for event in told] == list(range(1, len(told) + 1))
        assert [event["type"] for event in told].count("operation.era") == 1, "the server was started again, too"


async def test_the_queues_and_the_directory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    file = tmp_path / "customers.csv"
    file.write_text("id,name,blocked\n+7913,Olga,no\n+7914,Pavel,yes\n")
    async with router(data) as (_, url):
        admin = await caller(data, url, "--role", "admin")
        assert (await command("customers", "import", file, **admin)).out == "2 customers are known now.\n"
        posted = await command("contact", "--channel", "phone", "--customer", "+7913", **admin)
        assert json.loads(posted.out)["customer"]["name"] == "Olga"
        blocked = await command("contact", "--channel", "phone", "--customer", "+7914", **admin)
        assert json.loads(blocked.out)["outcome"] == "blocked"
        head, line = (await command("queues", **admin)).out.splitlines()
        assert head.split()[:3] == ["queue", "open", "waiting"]
        assert line.split()[:3] == ["private", "yes", "1"]
        file.write_text("id,blocked\n+7913,perhaps\n")
        wrong = await command("customers", "import", file, **admin)
        assert wrong.code == 1
        assert "line 2: blocked" in wrong.err


async def test_errors_say_what_to_do_next(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data) as (_, url):
        observer = await caller(data, url, "--role", "observer")
        nobody = await command("queues", "--token", "crt_wrong", CONTACT_ROUTER_URL=url)
        assert (nobody.code, "token create" in nobody.err) == (1, True)
        role = await command("contact", "--channel", "phone", **observer)
        assert (role.code, "--role" in role.err) == (1, True)
        desk = await command("agent", "anna", **observer)
        assert (desk.code, "wrong_role" in desk.err) == (1, True)
        # A URL without a workspace means the token's.
        assert (await command("queues", **observer | {"CONTACT_ROUTER_URL": url.partition("/v1/")[0]})).code == 0
        other = await command("queues", **observer | {"CONTACT_ROUTER_URL": url + "x"})
        assert "unknown_workspace" in other.err
    gone = await command("queues", **observer)
    assert (gone.code, "contact-router serve" in gone.err) == (1, True)
    assert (await command("queues", CONTACT_ROUTER_URL=url)).code == 2
