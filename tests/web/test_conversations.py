"""Conversations over HTTP and sockets: customers write, agents answer, and what each side is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from router.engine.snapshot import take_snapshot
from tests.helpers.adapter import wire_of
from tests.helpers.desk import desk_at_work, desk_of
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.desk import Desk
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller

OPERATION = """
dispositions = ["resolved", "no_contact"]
[media.chat]
limits_s = { offer = 20, reply = 120, wrap_up = 5, parked = 3600 }
parked_disposition = "no_contact"
[queues.messages]
target_s = 60
ask_rating = true
[queues.messages.says.ru]
received = "Вы {place}-й в очереди. {wait}"
wait = "Ответим через {from}–{to} мин."
ended = "Спасибо, что написали."
rate = "Оцените нас"
[queues.messages.says.en]
received = "You are number {place}."
[[routes]]
queue = "messages"
[agents]
anna = { queues = ["messages"], media = ["chat"] }
boris = { queues = ["messages"], media = ["chat"] }
"""

MESSAGES = "/channels/telegram/messages"


def said(number: int, text: str | None = "Где мой баланс?", **more: Any) -> dict[str, Any]:
    """A message as an adapter posts it."""
    return {"thread": "42", "external_id": str(number), "customer": {"id": "tg:5551"}, "text": text} | more


async def take(desk: Desk) -> str:
    """The agent takes the next contact that he is offered."""
    offer = (await desk.frame("offer"))["offer"]["id"]
    return (await desk.ask("accept", offer=offer))["body"]["id"]


async def sent(adapter: Caller, message: Any, external_id: str) -> Any:
    """The adapter has sent a message."""
    await adapter.post(f"/messages/{message['id']}/state", {"state": "sending"})
    return (await adapter.post(f"/messages/{message['id']}/state", {"state": "sent", "external_id": external_id})).body


async def test_a_customer_writes_and_an_agent_answers(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        async with wire_of(adapter, "telegram") as wire:
            await wire.frame("snapshot")
            first = await adapter.post(MESSAGES, said(9001))
            assert (first.status, first.body["opened"]) == (201, True)
            contact, message = first.body["contact"], first.body["message"]
            assert (contact["thread"], contact["queue"], contact["messages"]) == ("42", "messages", 1)
            assert (message["id"], message["n"], message["direction"]) == (f"{contact['id']}.m1", 1, "in")
            assert message["author"] == {"role": "customer", "id": "tg:5551"}
            greeting = (await wire.frame("send"))["message"]
            assert (greeting["text"], greeting["author"]["role"]) == ("Вы 1-й в очереди.", "system")
            await sent(adapter, greeting, "9002")
            assert await take(desk) == contact["id"]
            second = await adapter.post(MESSAGES, said(9003, "Ау"))
            assert (second.status, second.body["opened"], second.body["message"]["n"]) == (201, False, 3)
            assert (await desk.frame("message"))["message"]["text"] == "Ау"
            answer = await desk.ask("send", contact=contact["id"], text="Здравствуйте!", client_id="a-1")
            assert (answer["status"], answer["body"]["state"], answer["body"]["n"]) == (201, "queued", 4)
            again = await desk.ask("send", contact=contact["id"], text="Здравствуйте!", client_id="a-1")
            assert (again["status"], again["body"]["id"]) == (200, answer["body"]["id"])
            out = (await wire.frame("send"))["message"]
            assert (out["text"], out["thread"], out["author"]) == (
                "Здравствуйте!",
                "42",
                {"role": "agent", "id": "anna"},
            )
            told = await sent(adapter, out, "9004")
            assert (told["state"], told["external_id"]) == ("sent", "9004")
            while (heard := (await desk.frame("message"))["message"])["state"] != "sent":
                assert heard["id"] == out["id"]
            now = (await adapter.get(f"/contacts/{contact['id']}")).body
            assert now["answered_at"] is not None
            assert now["asked_at"] is None


async def test_ten_first_messages_at_once_are_one_contact_with_ten_messages(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="telegram")
        posted = await asyncio.gather(*(adapter.post(MESSAGES, said(number)) for number in range(10)))
        assert {one.status for one in posted} == {201}
        assert sum(one.body["opened"] for one in posted) == 1
        (contact,) = {one.body["contact"]["id"] for one in posted}
        listed = (await adapter.get(f"/contacts/{contact}/messages")).body
        came = [one for one in listed["items"] if one["direction"] == "in"]
        assert sorted(int(one["external_id"]) for one in came) == list(range(10))
        assert len({one["n"] for one in came}) == 10


async def test_a_hundred_repeats_at_once_are_one_message(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="telegram")
        posted = await asyncio.gather(*(adapter.post(MESSAGES, said(1)) for _ in range(25)))
        assert sorted(one.status for one in posted) == [200] * 24 + [201]
        assert len({one.body["message"]["id"] for one in posted}) == 1
        assert posted[0].body["contact"]["messages"] <= 2  # itself and the greeting


async def test_edits_and_deletions_change_the_message_and_open_nothing(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="telegram")
        strange = await adapter.post(MESSAGES, said(7, "поздно", edits="7"))
        assert (strange.status, strange.body) == (200, {"contact": None, "message": None, "opened": False})
        first = (await adapter.post(MESSAGES, said(1))).body
        edited = await adapter.post(MESSAGES, said(1, "Где баланс за май?", edits="1"))
        assert (edited.status, edited.body["message"]["text"]) == (200, "Где баланс за май?")
        assert edited.body["message"]["edited_at"] is not None
        assert edited.body["message"]["id"] == first["message"]["id"]
        old = await adapter.post(MESSAGES, said(1, "старое", edits="1", sent_at="2026-01-01T00:00:00Z"))
        assert old.body["message"]["text"] == "Где баланс за май?"
        gone = await adapter.post(MESSAGES, said(1, None, deletes="1"))
        assert (gone.body["message"]["text"], gone.body["message"]["deleted_at"] is not None) == (None, True)
        late = await adapter.post(MESSAGES, said(1, "снова", edits="1"))
        assert late.body["message"]["text"] is None
        both = await adapter.post(MESSAGES, said(1, "?", edits="1", deletes="1"))
        assert (both.status, both.code) == (400, "malformed")


async def test_an_edit_that_says_nothing_of_attachments_leaves_them(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="telegram")
        photo = {"kind": "image", "name": "чек.jpg", "bytes": 81234, "url": "https://files.example/1"}
        await adapter.post(MESSAGES, said(1, "вот чек", attachments=[photo]))
        edited = (await adapter.post(MESSAGES, said(1, "вот чек за май", edits="1"))).body["message"]
        assert (edited["text"], [one["name"] for one in edited["attachments"]]) == ("вот чек за май", ["чек.jpg"])
        bare = (await adapter.post(MESSAGES, said(1, "чека нет", edits="1", attachments=[]))).body["message"]
        assert (bare["text"], bare["attachments"]) == ("чека нет", [])


async def test_what_our_side_wrote_elsewhere_is_no_new_contact_and_answers_what_was_asked(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="telegram")
        nothing = await adapter.post(MESSAGES, said(1, "Здравствуйте", author="agent"))
        assert (nothing.status, nothing.body["contact"]) == (200, None)
        contact = (await adapter.post(MESSAGES, said(2))).body["contact"]
        assert contact["asked_at"] is not None
        ours = await adapter.post(MESSAGES, said(3, "Сейчас посмотрю", author="agent"))
        assert (ours.status, ours.body["message"]["direction"], ours.body["message"]["state"]) == (201, "out", "sent")
        assert (ours.body["contact"]["asked_at"], ours.body["contact"]["state"]) == (None, "queued")


async def test_the_snapshot_has_what_is_not_sent_yet(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        contact = (await adapter.post(MESSAGES, said(1))).body["contact"]["id"]
        await take(desk)
        for text in ("раз", "два"):
            await desk.ask("send", contact=contact, text=text)
        async with wire_of(adapter, "telegram") as wire:
            unsent = (await wire.frame("snapshot"))["messages"]
            assert [one["text"] for one in unsent] == ["Вы 1-й в очереди.", "раз", "два"]
            await adapter.post(f"/messages/{unsent[1]['id']}/state", {"state": "sending"})
            await sent(adapter, unsent[0], "11")
            failed = await adapter.post(f"/messages/{unsent[2]['id']}/state", {"state": "failed", "code": "blocked"})
            assert (failed.body["state"], failed.body["code"]) == ("failed", "blocked")
        async with wire_of(adapter, "telegram", standby=True) as wire:
            assert [one["state"] for one in (await wire.frame("snapshot"))["messages"]] == ["sending"]
        while (heard := (await desk.frame("message"))["message"])["state"] != "failed":
            pass
        assert heard["text"] == "два"


async def test_the_state_of_a_message_only_goes_on(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        contact = (await adapter.post(MESSAGES, said(1))).body["contact"]["id"]
        await take(desk)
        message = (await desk.ask("send", contact=contact, text="раз"))["body"]["id"]
        steps = [("read", "read"), ("sent", "read"), ("delivered", "read"), ("failed", "read"), ("sending", "read")]
        for state, then in steps:
            told = await adapter.post(f"/messages/{message}/state", {"state": state})
            assert (told.status, told.body["state"]) == (200, then)
        for strange in (f"{contact}.m99", "nothing", f"{contact}.m1"):
            told = await adapter.post(f"/messages/{strange}/state", {"state": "sent"})
            assert (told.status, told.code) == (404, "unknown_message")
        other = await service.caller("adapter", channel="phone")
        told = await other.post(f"/messages/{message}/state", {"state": "sent"})
        assert (told.status, told.code) == (404, "unknown_message")


async def test_a_note_is_not_for_the_customer(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        contact = (await adapter.post(MESSAGES, said(1))).body["contact"]["id"]
        await take(desk)
        async with wire_of(adapter, "telegram") as wire:
            await wire.frame("snapshot")
            note = await desk.ask("send", contact=contact, text="сложный клиент", note=True)
            assert (note["status"], note["body"]["direction"]) == (201, "note")
            assert (await adapter.get(f"/contacts/{contact}")).body["answered_at"] is None
            await desk.ask("send", contact=contact, text="Слушаю вас")
            assert (await wire.frame("send"))["message"]["text"] == "Слушаю вас"
        texts = [one["text"] for one in (await adapter.get(f"/contacts/{contact}/messages")).body["items"]]
        assert "сложный клиент" not in texts
        anna = await service.caller("agent", agent="anna")
        page = (await anna.get(f"/contacts/{contact}/messages?after=2&limit=1")).body
        assert ([one["text"] for one in page["items"]], page["next"]) == (["сложный клиент"], 3)


async def test_who_may_write_to_whom(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        contact = (await adapter.post(MESSAGES, said(1))).body["contact"]["id"]
        await desk.frame("offer")
        anna = await service.caller("agent", agent="anna")
        boris = await service.caller("agent", agent="boris")
        for agent in (anna, boris):  # it is only offered to one, and nobody's business to the other
            told = await agent.post(f"/contacts/{contact}/messages", {"text": "?"})
            assert (told.status, told.code) == (404, "unknown_contact")
            assert (await agent.get(f"/contacts/{contact}/messages")).code == "unknown_contact"
        empty = await anna.post(f"/contacts/{contact}/messages", {})
        assert (empty.status, empty.code) == (400, "malformed")
        olga = await service.caller("supervisor")
        assert (await olga.post(f"/contacts/{contact}/messages", {"text": "Мы с вами"})).status == 201
        assert (await adapter.post(f"/contacts/{contact}/left")).body["state"] == "abandoned"
        told = await olga.post(f"/contacts/{contact}/messages", {"text": "Вы ещё тут?"})
        assert (told.status, told.code) == (409, "wrong_state")


async def test_a_message_after_the_channels_window_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        posted = await adapter.post(MESSAGES, said(1, reply_until="2026-11-01T00:00:00.000Z"))
        contact = posted.body["contact"]
        assert contact["reply_until"] == "2026-11-01T00:00:00.000Z"
        await take(desk)
        late = await desk.ask("send", contact=contact["id"], text="Здравствуйте")
        assert (late["status"], late["body"]["code"]) == (410, "too_late")
        note = await desk.ask("send", contact=contact["id"], text="не успели", note=True)
        assert note["status"] == 201


async def test_either_side_sees_that_the_other_is_writing(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        contact = (await adapter.post(MESSAGES, said(1))).body["contact"]["id"]
        await take(desk)
        async with wire_of(adapter, "telegram") as wire:
            await wire.frame("snapshot")
            assert (await adapter.post(f"/contacts/{contact}/typing")).status == 204
            assert (await desk.frame("typing"))["contact"] == contact
            for _ in range(5):
                assert (await desk.ask("typing", contact=contact))["status"] == 204
            told = await wire.frame("typing")
            assert (told["contact"], told["by"]) == (contact, "agent")
            await desk.ask("send", contact=contact, text="Вот")
            assert (await wire.frame("typing", "send"))["type"] == "send"  # and not a second time within 3 s


async def test_a_parked_conversation_comes_back_to_its_agent(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        contact = (await adapter.post(MESSAGES, said(1))).body["contact"]["id"]
        await take(desk)
        early = await desk.ask("park", contact=contact)
        assert (early["status"], early["body"]["code"]) == (409, "wrong_state")
        await desk.ask("send", contact=contact, text="Пришлите фото договора")
        parked = await desk.ask("park", contact=contact)
        assert (parked["body"]["state"], parked["body"]["agent"]) == ("parked", "anna")
        assert parked["body"]["parked_at"] is not None
        olga = await service.caller("supervisor")
        assert (await olga.get("/agents/anna")).body["load"] == 0
        listed = (await olga.get("/contacts?state=parked")).body["items"]
        assert [one["id"] for one in listed] == [contact]
        async with desk_at_work(service, "boris"):
            back = (await adapter.post(MESSAGES, said(2, "Вот"))).body
            assert (back["contact"]["id"], back["contact"]["state"]) == (contact, "offered")
            assert back["contact"]["agent"] == "anna"
        assert await take(desk) == contact


async def test_the_end_of_a_conversation_is_told_and_its_rating_asked_for_once(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        async with wire_of(adapter, "telegram") as wire:
            await wire.frame("snapshot")
            for number in (1, 11):
                contact = (await adapter.post(MESSAGES, said(number))).body["contact"]["id"]
                await take(desk)
                await desk.ask("send", contact=contact, text="Готово")
                while (await wire.frame("send"))["message"]["text"] != "Готово":
                    pass
                await desk.ask("complete", contact=contact, disposition="resolved")
                await desk.ask("ready")
                assert (await wire.frame("send"))["message"]["text"] == "Спасибо, что написали."
                if number == 1:
                    asked = await wire.frame("ask_rating")
                    assert (asked["contact"]["id"], asked["message"]["kind"]) == (contact, "rating")
                    assert asked["message"]["text"] == "Оцените нас"
                    assert asked["until"] == asked["contact"]["rating_until"]
                    rated = await adapter.post(f"/contacts/{contact}/rating", {"score": 5})
                    assert (rated.status, rated.body["rating"]) == (200, 5)
            olga = await service.caller("supervisor")
            assert (await olga.get(f"/contacts/{contact}")).body["rating_until"] is None  # not twice a day
            ratings = (await olga.get("/queues/messages")).body["ratings"]
            assert ratings == {"asked": 1, "answers": 1, "fives": 1, "fives_share": 1.0, "response_rate": 1.0}
            recent = (await olga.get("/queues/messages")).body["recent"]
            assert (recent["replied"], recent["average_reply_s"] is not None) == (2, True)


async def test_a_customer_is_forgotten_and_the_figures_stay(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="telegram")
        who = {"id": "tg:5551", "name": "Мария Петрова", "language": "en"}
        first = (await adapter.post(MESSAGES, said(1, customer=who, metadata={"crm": "A-17"}))).body["contact"]["id"]
        await take(desk)
        await desk.ask("send", contact=first, text="Мария, готово", key="k1")
        await desk.ask("send", contact=first, text="сердится", note=True)
        await desk.ask("complete", contact=first, disposition="resolved", key="k2")
        await desk.ask("ready")
        second = (await adapter.post(MESSAGES, said(2, customer=who))).body["contact"]["id"]
        olga = await service.caller("supervisor")
        before = (await olga.get("/queues/messages")).body["recent"]
        assert (await olga.call("DELETE", "/customers/tg:5551")).status == 204
        for contact in (first, second):
            shown = (await olga.get(f"/contacts/{contact}")).body
            assert (shown["customer"]["id"], shown["customer"]["name"], shown["metadata"]) == (None, None, {})
            for message in (await olga.get(f"/contacts/{contact}/messages")).body["items"]:
                assert (message["text"], message["deleted_at"] is not None) == (None, True)
        assert (await olga.get("/queues/messages")).body["recent"] == before
        engine = service.served.engine
        kept = str((await take_snapshot(engine.connection, engine.workspace)).content)
        assert first in kept
        for word in ("Мария", "сердится", "баланс", "tg:5551", "A-17"):
            # Of what is packed the snapshot shows bytes.
            assert word not in kept
            assert str(word.encode())[2:-1] not in kept
        async with wire_of(adapter, "telegram", standby=True) as wire:
            assert (await wire.frame("snapshot"))["messages"] == []
        async with desk_of(await service.caller("agent", agent="anna"), "anna") as again:
            assert "Мария" not in str(await again.frame("snapshot"))
