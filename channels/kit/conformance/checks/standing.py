"""How an adapter starts, stands by, and whom it lets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from channels.kit.configuration import read_secrets, variable
from channels.kit.conformance.check import Checks
from channels.kit.failures import Misconfigured
from channels.kit.health import Report

if TYPE_CHECKING:
    from channels.kit.conformance.stage import Stage

checks = Checks()


@checks.add()
async def no_start_without_secrets(it: Stage) -> None:
    """Without any one of the secrets that it needs the adapter refuses to start, and says which."""
    manifest = it.channel.manifest
    assert manifest.secrets, "an adapter without a secret is anybody's"
    for missing in manifest.secrets:
        environment = {
            variable(manifest, name): secret for name, secret in it.sandbox.secrets().items() if name != missing
        }
        said = ""
        try:
            read_secrets(manifest, environment)
        except Misconfigured as refused:
            said = str(refused)
        assert variable(manifest, missing) in said


@checks.add("webhook")
async def forged_webhooks_are_refused(it: Stage) -> None:
    """A webhook with a wrong secret gets a 4xx, and nothing of it arrives."""
    async with it.adapter() as adapter:
        it.customer().write("Настоящее")
        await it.desk.until_written(it.thread(), "Настоящее")
        status = await it.sandbox.forge()
        assert status is None or 400 <= status < 500
        assert len(adapter.inbox) == 0
        assert adapter.report().dead_letters == 0


@checks.add(pace=1.0)
async def one_of_two_instances_polls(it: Stage) -> None:
    """Of two instances one asks the platform, and the other goes on when that one ends; nothing is doubled."""
    async with it.adapter() as first:
        await it.until(first.wire.held.is_set)
        async with it.adapter() as second:
            it.customer().write("первому")
            contact = await it.desk.until_written(it.thread(), "первому")
            assert not second.wire.held.is_set()
            await first.stop()
            await it.until(second.wire.held.is_set)
            it.customer().write("второму")
            await it.desk.until_written(it.thread(), "первому", "второму")
            await it.desk.send(contact.id, "от второго")
            await it.customer().until(lambda he: bool(he.heard))
            assert [one.text for one in it.customer().heard] == ["от второго"]
    assert it.sandbox.conflicts() == 0


@checks.add()
async def health_is_true(it: Stage) -> None:
    """`/healthz` is 200 while both sides answer, and 503 while one is away."""
    async with it.adapter() as adapter:
        await it.until(lambda: adapter.wire.held.is_set() and adapter.report().status == "up")
        async with it.session.get(f"{adapter.local_url}/healthz") as response:
            said = msgspec.json.decode(await response.read(), type=Report)
            assert (response.status, said.status, said.holds_account) == (200, "up", True)
        it.router.shut()
        await it.until(lambda: adapter.report().status == "degraded")
        async with it.session.get(f"{adapter.local_url}/healthz") as response:
            assert response.status == 503
