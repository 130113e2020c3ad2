"""Every event and every answer of the sandbox is one by the types of an independent package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from vkbottle_types.responses import docs, groups, messages, photos, users

from tests.channels.vk.types import check_answer, check_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.vk.sandbox import VkCustomer, VkSandbox

JPEG = b"\xff\xd8\xff\xe0 a photo"
DEEDS: dict[str, Callable[[VkCustomer], object]] = {
    "text": lambda olga: olga.write("Где мой баланс? 😀"),
    "reply": lambda olga: olga.write("Да", in_reply_to=olga.owner_writes("Это вы?")),
    "photo": lambda olga: olga.photo(JPEG, caption="вот"),
    "album": lambda olga: olga.write_album([JPEG, JPEG]),
    "document": lambda olga: olga.document("счёт.pdf", b"%PDF"),
    "voice": lambda olga: olga.voice(b"OggS"),
    "sticker": lambda olga: olga.sticker(),
    "video": lambda olga: olga.video("Котик"),
    "location": lambda olga: olga.location(56.01, 92.85),
    "passed on": lambda olga: olga.pass_on("смотрите", [olga.write("раз"), olga.write("два")]),
    "cropped": lambda olga: olga.pass_on("смотрите", [olga.write("раз")], cropped=True),
    "edit": lambda olga: olga.edit(olga.write("Где мй"), "Где мой"),
    "typing": lambda olga: olga.begin_writing(),
    "read": lambda olga: (olga.owner_writes("Здравствуйте"), olga.read()),
    "deny and allow": lambda olga: (olga.block(), olga.unblock()),
}


async def called(sandbox: VkSandbox, method: str, **parameters: Any) -> Any:
    """The response of a method."""
    form = {"access_token": sandbox.token, "v": "5.199", **parameters}
    async with aiohttp.ClientSession() as http, http.post(f"{sandbox.url}/method/{method}", data=form) as response:
        answer = await response.json()
    assert "response" in answer, answer
    return answer["response"]


@pytest.fixture
def olga(sandbox: VkSandbox) -> VkCustomer:
    olga = sandbox.customer("5551", name="Ольга Петрова")
    olga.write("Здравствуйте")
    return olga


@pytest.mark.parametrize("deed", DEEDS)
async def test_events(sandbox: VkSandbox, olga: VkCustomer, deed: str) -> None:
    before = sandbox.community.feed.last
    DEEDS[deed](olga)
    made = [entry.event for entry in sandbox.community.feed.entries[before:]]
    assert made
    for event in made:
        assert check_event(event).event_id == event["event_id"]


async def test_answers(sandbox: VkSandbox, olga: VkCustomer) -> None:
    read = {"peer_id": 5551}
    check_answer(groups.GroupsGetByIdObjectResponse, await called(sandbox, "groups.getById"))
    check_answer(
        groups.GroupsGetLongPollServerResponse, await called(sandbox, "groups.getLongPollServer", group_id=611)
    )
    check_answer(users.UsersGetResponse, await called(sandbox, "users.get", user_ids="5551,7"))
    check_answer(messages.MessagesGetHistoryResponse, await called(sandbox, "messages.getHistory", **read))
    whole = await called(sandbox, "messages.getHistory", extended=1, **read)
    check_answer(messages.MessagesGetHistoryExtendedResponse, whole)
    check_answer(messages.MessagesGetConversationsResponse, await called(sandbox, "messages.getConversations"))
    check_answer(messages.MessagesGetByIdResponse, await called(sandbox, "messages.getById", message_ids="1"))
    number = {**read, "conversation_message_ids": "1"}
    by_number = await called(sandbox, "messages.getByConversationMessageId", **number)
    check_answer(messages.MessagesGetByConversationMessageIdResponse, by_number)
    sent = await called(sandbox, "messages.send", random_id=1, peer_ids="5551,7", message="Да")
    assert check_answer(messages.MessagesSendPeerIdsResponse, sent)[1].error.code == 100
    assert olga.heard[0].text == "Да"
    check_answer(
        photos.PhotosGetMessagesUploadServerResponse, await called(sandbox, "photos.getMessagesUploadServer", **read)
    )
    check_answer(docs.DocsGetUploadServerResponse, await called(sandbox, "docs.getMessagesUploadServer", **read))
