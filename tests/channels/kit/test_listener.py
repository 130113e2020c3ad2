"""What the world gets from an adapter's listener, and when the router or the platform is not there."""

from __future__ import annotations

import dataclasses
import functools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from channels.kit import inbox, wire
from channels.kit.conformance.example import CHANNEL
from channels.kit.conformance.example.adapter import ExampleAdapter
from channels.kit.conformance.example.sandbox import ExampleSandbox
from channels.kit.listener import is_secret

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from channels.kit.conformance.stage import Stage
    from channels.kit.port import Fetched, Route
    from tests.channels.kit.conftest import Play

UPDATE = b'{"number":1,"chat":"5001","what":"message","message":{"id":"1","at_ms":1795343165000,"text":"x"}}'
PROOF = {"X-Example-Secret": "what-the-webhook-is-known-by"}


class Hurried(ExampleAdapter):
    def routes(self) -> Sequence[Route]:
        return [dataclasses.replace(route, answer_s=0.2) for route in super().routes()]


HURRIED = dataclasses.replace(CHANNEL, create=Hurried, sandbox=functools.partial(ExampleSandbox, webhook=True))


@pytest.mark.parametrize("given", [None, "", "Secret", "secret ", "secre", "sécret", b"\xff"])
def test_what_is_no_secret(given: str | bytes | None) -> None:
    assert is_secret("secret", "secret")
    assert is_secret(b"secret", "secret")
    assert not is_secret(given, "secret")


async def test_a_webhook_that_cannot_be_told_in_time_is_asked_to_come_again_and_is_told_once(play: Play) -> None:
    async with play(HURRIED) as it, it.adapter() as adapter:
        it.router.shut()
        for _ in range(3):
            async with it.session.post(f"{adapter.local_url}/example", data=UPDATE, headers=PROOF) as response:
                assert (response.status, response.headers["Retry-After"]) == (503, "5")
        assert len(adapter.inbox) == 1
        it.router.open()
        await it.desk.until_written(it.thread(), "x")
        async with it.session.post(f"{adapter.local_url}/example", data=UPDATE, headers=PROOF) as response:
            assert response.status == 200
        assert len(await it.desk.texts(it.thread())) == 1


async def test_with_too_much_under_way_webhooks_are_asked_to_come_again(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.kit.listener.FULL", 0)
    async with play(HURRIED) as it, it.adapter() as adapter:
        async with it.session.post(f"{adapter.local_url}/example", data=UPDATE, headers=PROOF) as response:
            assert response.status == 503
        assert len(adapter.inbox) == 0
    assert inbox.FULL > 1000


async def link(it: Stage, data: bytes) -> str:
    """A customer's photo, and its link."""
    it.customer().photo(data, caption="фото")
    contact = await it.desk.until_written(it.thread(), "фото")
    (attachment,) = (await it.desk.messages(contact.id))[0].attachments
    assert attachment.url is not None
    return attachment.url


async def test_a_file_is_nobodys_page(play: Play) -> None:
    async with play() as it, it.adapter(), it.session.get(await link(it, b"<script>")) as response:
        assert await response.read() == b"<script>"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "sandbox"


async def test_a_file_that_the_platform_no_longer_has_is_not_found(play: Play) -> None:
    async with play() as it, it.adapter():
        url = await link(it, b"png")
        assert isinstance(it.sandbox, ExampleSandbox)
        it.sandbox.files.clear()
        async with it.session.get(url) as response:
            assert response.status == 404


async def test_while_the_platform_is_away_its_files_are_to_be_asked_for_again(play: Play) -> None:
    async with play() as it, it.adapter():
        url = await link(it, b"png")
        it.sandbox.away(gone=True)
        async with it.session.get(url) as response:
            assert (response.status, response.headers["Retry-After"]) == (502, "5")


async def test_a_file_that_turns_out_too_large_is_broken_off(play: Play) -> None:
    class Silent(ExampleAdapter):
        """Says of no file how large it is."""

        @asynccontextmanager
        async def fetch(self, reference: str) -> AsyncGenerator[Fetched]:
            async with super().fetch(reference) as fetched:
                yield dataclasses.replace(fetched, bytes=None)

    async with play(dataclasses.replace(CHANNEL, create=Silent)) as it, it.adapter(file_bytes_max=100_000) as adapter:
        url = await link(it, bytes(90_000))
        assert isinstance(it.sandbox, ExampleSandbox)
        for name in it.sandbox.files:
            it.sandbox.files[name] = bytes(200_000)
        with pytest.raises(aiohttp.ClientPayloadError):
            async with it.session.get(url) as response:
                await response.read()
        assert adapter.report().status == "up"


async def test_who_hears_nothing_of_the_router_no_longer_counts_on_the_account(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wire.HEARD_WITHIN < 1, "the router's patience"
    monkeypatch.setattr(wire, "HEARD_WITHIN", 0.2 / wire.LEASE_S)
    async with play() as it, it.adapter() as adapter:
        await it.until(adapter.wire.held.is_set)
        await it.until(adapter.wire.lost.is_set)
        await it.until(adapter.wire.held.is_set)
