"""What a customer came with before: whoever has one of his contacts sees the earlier ones, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.helpers.desk import desk_at_work
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.desk import Desk
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller

OPERATION = """
[media.chat]
limits_s = { wrap_up = 0 }
[queues.private]
target_s = 40
[queues.messages]
target_s = 60
[[routes]]
when.channel = "telegram"
queue = "messages"
[[routes]]
queue = "private"
[agents]
anna = { queues = ["messages"], media = ["chat"] }
boris = { queues = ["private"], media = ["chat"] }
"""


async def write(adapter: Caller, thread: str, text: str, customer: str | None = "tg:5551") -> str:
    """A message in a thread, which begins a contact. Gives the contact's id."""
    known = {"customer": {"id": customer}} if customer else {}
    body = {"thread": thread, "external_id": text, "text": text, **known}
    said = await adapter.post("/channels/telegram/messages", body)
    assert (said.status, said.body["opened"]) == (201, True), said.body
    return said.body["contact"]["id"]


async def serve(desk: Desk, text: str | None = None) -> str:
    """The agent takes the next contact that he is offered; where he writes something, he ends it, too."""
    offer = (await desk.frame("offer"))["offer"]
    contact = (await desk.ask("accept", offer=offer["id"]))["body"]["id"]
    if text is not None:
        written = await desk.ask("send", contact=contact, text=text)
        assert written["status"] == 201, written
        assert (await desk.ask("complete", contact=contact))["status"] == 200
    return contact


async def earlier(caller: Caller, contact: str, query: str = "") -> list[str]:
    """The ids of the earlier contacts."""
    said = await caller.get(f"/contacts/{contact}/earlier{query}")
    assert said.status == 200, said.body
    return [one["id"] for one in said.body["items"]]


def texts(said: Any) -> list[str]:
    """What a page of messages says."""
    return [one["text"] for one in said.body["items"]]


async def test_an_agent_sees_what_was_before_whoever_served_it(server: Server) -> None:
    async with (
        service_on(server, OPERATION) as service,
        desk_at_work(service, "anna") as anna_desk,
        desk_at_work(service, "boris") as boris_desk,
    ):
        adapter = await service.caller("adapter")
        anna, boris = [await service.caller("agent", agent=name) for name in ("anna", "boris")]
        call = {"channel": "pbx", "external_id": "1", "thread": "1", "medium": "chat"}
        call |= {"customer": {"id": "tg:5551"}}
        assert (await adapter.post("/contacts", call)).status == 201
        by_boris = await serve(boris_desk, "Добрый день")
        await write(adapter, "other", "Чужое", "tg:5552")
        others = await serve(anna_desk, "Здравствуйте")
        by_anna = await write(adapter, "1", "Где мой баланс?")
        assert await serve(anna_desk, "Сейчас посмотрю") == by_anna
        open_one = (await adapter.post("/contacts", call | {"external_id": "2"})).body["id"]
        assert await serve(boris_desk) == open_one
        now = await write(adapter, "2", "А теперь?")
        assert await earlier(anna, now) == [open_one, by_anna, by_boris], "also where it is only offered"
        first = f"/contacts/{now}/earlier/{by_boris}/messages"
        assert (await anna.get(first)).code == "unknown_contact", "what was said he reads when he has it"
        assert await serve(anna_desk) == now
        shown = (await anna.get(f"/contacts/{now}/earlier")).body["items"]
        assert [(one["agent"], one["state"]) for one in shown] == [
            ("boris", "assigned"), ("anna", "closed"), ("boris", "closed"),
        ]  # fmt: skip
        assert texts(await anna.get(first)) == ["Добрый день"]
        assert texts(await anna.get(f"/contacts/{now}/earlier/{by_anna}/messages?limit=1")) == ["Где мой баланс?"]
        # What came later, is another customer's, or is the contact itself, is none of the earlier ones.
        assert await earlier(boris, by_boris) == []
        assert await earlier(boris, open_one) == [by_anna, by_boris]
        for known, asked in ((by_boris, now), (open_one, others), (open_one, open_one), (open_one, "none")):
            said = await boris.get(f"/contacts/{known}/earlier/{asked}/messages")
            assert (said.status, said.code) == (404, "unknown_contact"), (known, asked)
        for path in (f"/contacts/{now}/earlier", f"/contacts/{now}/earlier/{by_boris}/messages"):
            assert (await boris.get(path)).code == "unknown_contact", "it is not his"


async def test_they_come_page_by_page_the_last_first(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        made = [await write(adapter, str(number), "Алло") for number in range(5)]
        assert await earlier(observer, made[4]) == made[3::-1]
        found, after = list[str](), ""
        while True:
            page = (await observer.get(f"/contacts/{made[4]}/earlier?limit=3{after}")).body
            assert len(page["items"]) <= 3
            found += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert found == made[3::-1]
        beyond = await earlier(observer, made[1], "?after=999999999")
        assert beyond == made[:1], "a cursor shows nothing that came later"
        for query in ("limit=0", "limit=101", "after=x", "state=closed"):
            assert (await observer.get(f"/contacts/{made[4]}/earlier?{query}")).code == "malformed", query


async def test_without_a_customer_nothing_was_before(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        first, second = [await write(adapter, thread, "Алло", None) for thread in "12"]
        assert await earlier(observer, second) == []
        said = await observer.get(f"/contacts/{second}/earlier/{first}/messages")
        assert said.code == "unknown_contact", "that neither has a customer makes them nobody's"


async def test_what_was_erased_was_not_before(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, admin = await service.caller("adapter"), await service.caller("admin")
        erased = await write(adapter, "1", "Алло")
        assert (await admin.call("DELETE", "/customers/tg:5551")).status in {200, 204}
        now = await write(adapter, "2", "Алло")
        assert await earlier(admin, now) == []
        assert (await admin.get(f"/contacts/{now}/earlier/{erased}/messages")).code == "unknown_contact"
