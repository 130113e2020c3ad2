"""How much may be sent: each account and each customer has a bucket, and an empty one harms nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.service import limits
from tests.helpers.service import Caller, Said, service_on
from tests.web.test_contacts import OPERATION

if TYPE_CHECKING:
    import pytest

    from tests.helpers.servers import Server


async def posted(adapter: Caller, external_id: str, account: str = "main", customer: str | None = None) -> Said:
    body = {"channel": "phone", "account": account, "external_id": external_id, "customer": {"id": customer}}
    return await adapter.post("/contacts", body)


async def test_an_account_that_sends_too_much_waits_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ACCOUNT_BURST", 3.0)
    monkeypatch.setattr(limits, "ACCOUNT_RATE", 0.001)
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        said = [await posted(adapter, str(number)) for number in range(5)]
        assert [each.status for each in said] == [201, 201, 201, 429, 429]
        assert (said[4].code, said[4].headers["Retry-After"]) == ("too_many", "1")
        assert (await posted(adapter, "1", account="second")).status == 201
        contacts = (await adapter.get("/contacts")).body["items"]
        assert len(contacts) == 4


async def test_a_customer_who_comes_too_often_waits_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CUSTOMER_BURST", 2.0)
    monkeypatch.setattr(limits, "CUSTOMER_RATE", 0.001)
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        said = [await posted(adapter, str(number), customer="+7") for number in range(3)]
        assert [each.status for each in said] == [201, 201, 429]
        assert "+7" not in (said[2].body["detail"] or "")
        assert (await posted(adapter, "other", customer="+8")).status == 201
        assert (await posted(adapter, "unknown")).status == 201


async def test_a_bucket_fills_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CUSTOMER_BURST", 1.0)
    monkeypatch.setattr(limits, "CUSTOMER_RATE", 100.0)
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        statuses: list[int] = []
        while statuses[-2:] != [429, 201]:
            statuses.append((await posted(adapter, str(len(statuses)), customer="+7")).status)
        assert set(statuses) == {201, 429}
