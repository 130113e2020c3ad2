"""Links to customers' files, and where agents' attachments are fetched from."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from channels.kit.failures import Rejected
from channels.kit.files import LINK_S, Fetcher, Links
from channels.kit.updates import Attachment
from router.domain.wire.conversations import Attachment as Given
from tests.helpers.given_time import GivenTime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

FILE = Attachment(kind="image", reference="AgACAgIAAx", name="чек.jpg", mime="image/jpeg")


def links(time: GivenTime, key: str = "123:token") -> Links:
    return Links("https://hooks.example.org/telegram", key, time, 1000)


def token(url: str) -> str:
    return url.rpartition("/")[2]


async def test_a_link_says_what_it_is_of_until_it_is_over() -> None:
    time = GivenTime()
    url, expires_ms = links(time).make(FILE)
    assert url.startswith("https://hooks.example.org/telegram/files/")
    assert expires_ms == time.wall_ms() + LINK_S * 1000
    read = links(time).read(token(url))
    assert read is not None, "a restart changes nothing"
    assert (read.reference, read.name, read.mime) == ("AgACAgIAAx", "чек.jpg", "image/jpeg")
    await time.pass_(LINK_S - 1)
    assert links(time).read(token(url)) is not None
    await time.pass_(1)
    assert links(time).read(token(url)) is None


def test_a_link_that_is_not_ours_is_none() -> None:
    time = GivenTime()
    url, _ = links(time).make(FILE)
    mine = token(url)
    said, _, signature = mine.partition(".")
    other, _ = links(time, "456:token").make(FILE)
    for forged in (
        token(other), f"{said}.", said, "", ".", f"{said[:-2]}AA.{signature}", f"{said}.{signature[:-2]}AA", "щ.щ",
        mine + "\n",
    ):  # fmt: skip
        assert links(time).read(forged) is None, forged


def test_no_secret_is_in_a_link() -> None:
    url, _ = links(GivenTime()).make(FILE)
    assert "123:token" not in url


@asynccontextmanager
async def host() -> AsyncGenerator[str]:
    """A server of files, with one that leads elsewhere and one whose length nobody says."""

    async def plain(_request: web.Request) -> web.Response:
        return web.Response(body=b"png", content_type="image/png")

    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/plain.png")

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x" * 100)
        return response

    app = web.Application()
    app.add_routes([web.get("/plain.png", plain), web.get("/away.png", elsewhere), web.get("/endless.png", endless)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def given(url: str | None) -> Given:
    return Given(kind="image", name=None, mime=None, bytes=None, url=url, expires_at=None, unavailable=None)


async def test_a_file_of_an_allowed_host_is_fetched() -> None:
    async with host() as name, aiohttp.ClientSession() as session:
        for allowed in (name, "127.0.0.1"):
            file = await Fetcher(session, (allowed,), 1000).fetch(given(f"http://{name}/plain.png"))
            assert (file.data, file.name, file.mime, file.kind) == (b"png", "plain.png", "image/png", "image")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("http://{}/away.png", "unfetchable"),
        ("http://{}/endless.png", "too_large"),
        ("http://{}/none.png", "unfetchable"),
        ("http://localhost:1/plain.png", "not_allowed"),
        ("http://127.0.0.1@evil.example/plain.png", "not_allowed"),
        ("file:///etc/passwd", "not_allowed"),
        ("//{}/plain.png", "not_allowed"),
    ],
)
async def test_what_is_not_to_be_had_says_why(path: str, code: str) -> None:
    async with host() as name, aiohttp.ClientSession() as session:
        with pytest.raises(Rejected) as refused:
            await Fetcher(session, (name,), 1000).fetch(given(path.format(name)))
        assert refused.value.code == code


async def test_no_address_is_a_bad_attachment() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Rejected, match="bad_attachment"):
            await Fetcher(session, (), 1000).fetch(given(None))
