"""How a contact was shown: what this process has just answered is not read again, and nothing older is taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from router.service import views
from tests.helpers.service import service_on
from tests.web.test_contacts import CALL, OPERATION

if TYPE_CHECKING:
    import pytest

    from router.domain.events import Event
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service


async def arrived(service: Service, adapter: Caller, external_id: str) -> Event:
    """A contact arrives; its last event."""
    contact = (await adapter.post("/contacts", CALL | {"external_id": external_id})).body["id"]
    return (await service.served.feed.story(contact, 0, 100))[0][-1]


async def test_an_answer_shows_what_its_events_have_left(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        event = await arrived(service, await service.caller("adapter", channel="phone"), "1")
        shown = service.served.views.just_shown(event)
        assert shown is not None
        assert (shown.contact.id, shown.contact.version) == (event.contact, event.version)
        assert await service.served.views.contact(shown.answer, shown.contact) is shown.as_shown
        newer = msgspec.structs.replace(event, version=shown.contact.version + 1)
        assert service.served.views.just_shown(newer) is None
        of_another_era = msgspec.structs.replace(event, seq=shown.answer.seq + 1)
        assert service.served.views.just_shown(of_another_era) is None


async def test_a_place_in_the_queue_is_not_remembered(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        event = await arrived(service, adapter, "1")
        assert (await adapter.get(f"/contacts/{event.contact}")).body["position"] == 1
        shown = service.served.views.just_shown(event)
        assert shown is not None
        assert shown.as_shown.position is None


async def test_only_the_last_ones_are_remembered_and_not_for_long(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SHOWN_MAX", 2)
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        events = [await arrived(service, adapter, str(number)) for number in range(3)]
        known = [service.served.views.just_shown(event) is not None for event in events]
        assert known == [False, True, True]
        monkeypatch.setattr(views, "SHOWN_MS", -1)
        assert service.served.views.just_shown(events[-1]) is None
