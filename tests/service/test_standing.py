"""How agents and contacts stand: what is asked for together is read together, by as many acts as it takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.engine.acts.reading import GetMany
from router.service import standing
from tests.helpers.service import service_on
from tests.web.test_contacts import CALL, OPERATION

if TYPE_CHECKING:
    import pytest

    from tests.helpers.servers import Server


async def test_what_is_asked_for_in_one_turn_is_one_act(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        contact = (await adapter.post("/contacts", CALL)).body["id"]
        agent, ask = next(iter(service.served.current.operation.agents)), service.served.standing.of
        before = service.served.engine.took[GetMany].count
        one, other, neither = await asyncio.gather(ask((agent,), (contact,)), ask((agent, "nobody")), ask())
        assert service.served.engine.took[GetMany].count == before + 1
        assert one is other is neither
        assert set(one.agents) == {agent}
        assert set(one.contacts) == {contact}
        assert one.answer.seq >= one.contacts[contact].version


async def test_who_gives_up_takes_nothing_from_the_others(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        agent, ask = next(iter(service.served.current.operation.agents)), service.served.standing.of
        gone, stays = ask((agent,)), ask((agent,))
        gone.cancel()
        assert set((await stays).agents) == {agent}


async def test_no_act_reads_very_many(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "AT_ONCE", 2)
    async with service_on(server, OPERATION) as service:
        ask = service.served.standing.of
        before = service.served.engine.took[GetMany].count
        stands = await asyncio.gather(*(ask((str(number),)) for number in range(5)))
        assert service.served.engine.took[GetMany].count == before + 3
        assert not any(stand.agents for stand in stands)
