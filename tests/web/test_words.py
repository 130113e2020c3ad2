"""What the operation names and what people call it: what a desk reads before it shows anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
languages = ["ru", "en"]
timezone = "Asia/Krasnoyarsk"
dispositions = ["resolved", "call_back"]
breaks = ["lunch", "training"]
skills = { english = "speaks English" }
powers = { refund = "rubles paid back at once" }
[queues.private]
target_s = 40
[queues.messages]
target_s = 60
[[routes]]
queue = "private"
[labels.ru]
queues = { messages = "Сообщения" }
breaks = { lunch = "Обед" }
groups = { private = "Частные клиенты" }
[[quick_replies]]
name = "wait"
text.ru = "Минуту, {first_name}."
[[quick_replies]]
name = "greeting"
queues = ["messages"]
text = { ru = "Здравствуйте!", en = "Hello!" }
[groups]
private = { queues = ["private"], media = ["voice", "chat"] }
[agents]
anna = { group = "private" }
"""


async def test_what_the_operation_names_and_what_people_call_it(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        said = await (await service.caller("agent", agent="anna")).get("/operation")
        nothing: dict[str, str] = {}
        empty = dict.fromkeys(("queues", "dispositions", "breaks", "skills", "powers", "channels", "groups"), nothing)
        assert (said.status, said.body) == (
            200,
            {
                "revision": 1,
                "workspace": service.served.engine.workspace,
                "timezone": "Asia/Krasnoyarsk",
                "languages": ["ru", "en"],
                "dispositions": ["resolved", "call_back"],
                "breaks": ["lunch", "training"],
                "skills": {"english": "speaks English"},
                "powers": {"refund": "rubles paid back at once"},
                "queues": ["private", "messages"],
                "channels": {"phone": "voice", "pbx": "voice", "telegram": "chat"},
                "media": {
                    "voice": {
                        "cost": 100, "most": 1, "answered_by": "connected", "offer_s": 15, "wrap_up_s": 15,
                        "reply_s": None,
                    },
                    "chat": {
                        "cost": 25, "most": 3, "answered_by": "reply", "offer_s": 20, "wrap_up_s": 5, "reply_s": 120,
                    },
                },
                "labels": {
                    "ru": empty
                    | {
                        "queues": {"messages": "Сообщения"},
                        "breaks": {"lunch": "Обед"},
                        "groups": {"private": "Частные клиенты"},
                    },
                    "en": empty,
                },
                "quick_replies": [
                    {"name": "wait", "queues": [], "text": {"ru": "Минуту, {first_name}."}},
                    {"name": "greeting", "queues": ["messages"], "text": {"ru": "Здравствуйте!", "en": "Hello!"}},
                ],
            },
        )  # fmt: skip


async def test_it_is_that_of_the_operation_in_force_when_it_changes(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        supervisor = await service.caller("supervisor")
        assert (await supervisor.patch("/queues/private", {"open": False})).status == 200
        said = (await supervisor.get("/operation")).body
        assert (said["revision"], said["labels"]["ru"]["breaks"]) == (2, {"lunch": "Обед"})
        assert [reply["name"] for reply in said["quick_replies"]] == ["wait", "greeting"]
        assert said["breaks"] == ["lunch", "training"]
