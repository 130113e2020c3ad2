"""The libraries of other releases: one is there as long as a process of any workspace uses it, and not for ever."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from router.engine.acts.agents import Renew
from router.engine.acts.workspace import Create
from router.engine.engine import load_library
from router.engine.keys import key
from router.engine.libraries import remove_unused
from router.engine.limits import LIMITS
from router.engine.render import NAMED, Library, library
from tests.helpers.floor import ROUTER, floor_on

if TYPE_CHECKING:
    from router.engine.link import Caller
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OWN = library().name


async def known_on(server: Caller) -> set[str]:
    """The libraries that a server has."""
    return {row[1].decode() for row in await server.call("FUNCTION", "LIST", "LIBRARYNAME", NAMED)}


async def renew_as_another_release(floor: Floor) -> str:
    """A process of another release serves the workspace too; gives the name of its library."""
    name = f"cr_{secrets.token_hex(6)}"
    await load_library(floor.engine.connection, Library(name, library().source.replace(OWN, name)))
    await floor.do(Create(clock="given"))
    floor.engine._library = name  # pyright: ignore[reportPrivateUsage] - there is but one release in the sources
    await floor.do(Renew(process="router-0"))
    floor.engine._library = OWN  # pyright: ignore[reportPrivateUsage]
    return name


async def an_hour_later(floor: Floor, release: str) -> None:
    """For so long nobody of the release has renewed: the server's clock stays, what was noted by it moves."""
    libraries = key(floor.engine.workspace, "libraries")
    await floor.engine.connection.call("ZINCRBY", libraries, -LIMITS["library_ms"], release)


async def test_a_library_stays_for_an_hour_after_its_last_process(server: Server) -> None:
    async with floor_on(server) as floor:
        release = await renew_as_another_release(floor)
        assert await remove_unused(floor.engine.connection) == []
        assert {OWN, release} <= await known_on(floor.engine.connection)
        await an_hour_later(floor, release)
        assert await remove_unused(floor.engine.connection) == [release]
        assert await known_on(floor.engine.connection) == {OWN}, "one's own stays, also where none has renewed its use"


async def test_a_library_that_another_workspace_s_process_uses_stays(server: Server) -> None:
    async with floor_on(server) as here, floor_on(server) as there:
        release = await renew_as_another_release(there)
        await here.do(Create(clock="given"))
        await here.do(Renew(process=ROUTER))
        assert await remove_unused(here.engine.connection) == []
        await an_hour_later(there, release)
        assert await remove_unused(here.engine.connection) == [release]


async def test_of_a_library_that_is_used_no_more_nothing_is_left(server: Server) -> None:
    async with floor_on(server) as floor:
        await an_hour_later(floor, await renew_as_another_release(floor))
        await floor.do(Renew(process=ROUTER))
        libraries = key(floor.engine.workspace, "libraries")
        assert await floor.engine.connection.call("ZRANGE", libraries, 0, -1) == [OWN.encode()]
        await remove_unused(floor.engine.connection)


async def test_a_process_whose_library_was_removed_while_it_stood_still_goes_on(server: Server) -> None:
    async with floor_on(server) as floor:
        await floor.do(Create(clock="given"))
        await floor.do(Renew(process=ROUTER))
        await floor.engine.connection.call("FUNCTION", "DELETE", OWN)
        assert await floor.do(Renew(process=ROUTER)) is True
