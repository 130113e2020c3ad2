"""The methods of VK's API that concern a community's messages, over a `Community`.

Each takes the community and the call's parameters, gives what stands under `response`, and raises MethodError.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from channels.vk.sandbox import shapes
from channels.vk.sandbox.parameters import checked_keyboard
from channels.vk.sandbox.shapes import MethodError

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.vk.sandbox.community import Community, Person
    from channels.vk.sandbox.parameters import Parameters


ADDRESSES: Final = ("peer_id", "peer_ids", "user_id", "user_ids")


def get_group(community: Community, _parameters: Parameters) -> Any:
    """The community whose token it is."""
    return {"groups": [shapes.group(community.group_id, community.name)], "profiles": []}


def get_users(community: Community, parameters: Parameters) -> Any:
    """Up to 1,000 people; who does not exist is left out."""
    wanted = parameters.integers("user_ids")
    if len(wanted) > 1000:
        raise MethodError(100, "too many user_ids")
    people = [community.people[user_id] for user_id in wanted if user_id in community.people]
    return [_user(person) for person in people]


def _user(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "can_access_closed": True,
        "is_closed": False,
    }


# Messages.


def send(community: Community, parameters: Parameters) -> Any:
    """One message to one `peer_id`, which gives its id, or to several `peer_ids`, which gives what became of each."""
    random_id = parameters.integer("random_id")
    if not any(name in parameters for name in ADDRESSES):
        raise MethodError(100, "you must specify one of: peer_id, peer_ids, user_id, user_ids")
    if not parameters.get("message", "").strip() and not parameters.get("attachment"):
        raise MethodError(100, "message is empty or invalid")
    text = parameters.get("message", "").strip()
    many = parameters.integers("peer_ids") or parameters.integers("user_ids")
    if not many:
        person = community.person(int(parameters.get("peer_id") or parameters.integer("user_id")))
        return community.send(person, text, random_id, **_content(community, parameters))["id"]
    if len(many) > 100:
        raise MethodError(100, "too many peer_ids")
    return [_sent(community, peer_id, text, random_id, parameters) for peer_id in many]


def _sent(community: Community, peer_id: int, text: str, random_id: int, parameters: Parameters) -> dict[str, Any]:
    content = _content(community, parameters)
    try:
        message = community.send(community.person(peer_id), text, random_id, **content)
    except MethodError as error:
        failure = {"code": error.code, "description": error.words}
        return {"peer_id": peer_id, "message_id": 0, "conversation_message_id": 0, "error": failure}
    cmid = message["conversation_message_id"]
    return {"peer_id": peer_id, "message_id": message["id"], "conversation_message_id": cmid}


def _content(community: Community, parameters: Parameters) -> dict[str, Any]:
    """What else a new message has: attachments, keyboard, what it replies to."""
    content: dict[str, Any] = {}
    names = [name for name in parameters.get("attachment", "").split(",") if name]
    if names:
        content["attachments"] = [_attached(community, name) for name in names]
    keyboard = parameters.json("keyboard", 911)
    if keyboard is not None:
        if not community.bot_features:
            raise MethodError(912)
        content["keyboard"] = checked_keyboard(keyboard) | {"author_id": -community.group_id}
    forward = parameters.json("forward")
    if forward is not None:
        numbers: Any = forward.get("conversation_message_ids", [])
        if isinstance(numbers, int):  # VK takes one without a list, too
            numbers = [numbers]
        found = [shapes.quoted(community.message(forward.get("peer_id", 0), cmid=cmid)) for cmid in numbers]
        content |= {"reply_message": found[0]} if forward.get("is_reply") else {"fwd_messages": found}
    if "payload" in parameters:
        content["payload"] = parameters["payload"]
    return content


def _attached(community: Community, name: str) -> dict[str, Any]:
    """The attachment `<type><owner>_<id>[_<access key>]`."""
    stored = community.files.get("_".join(name.split("_")[: 3 if name.startswith("audio_message") else 2]))
    if stored is None:
        raise MethodError(100, "attachment is invalid")
    return stored.attachment


def edit(community: Community, parameters: Parameters) -> Any:
    """Another text for a message of the community's own."""
    cmid, message_id = parameters.integers("cmid"), parameters.integers("message_id")
    message = community.message(
        parameters.integer("peer_id"), cmid=cmid[0] if cmid else None, message_id=message_id[0] if message_id else None
    )
    if not message["out"]:
        raise MethodError(15)
    if community.now_s() - message["date"] > 24 * 3600:
        raise MethodError(909)
    community.edit(message, parameters.text("message"))
    return 1


def set_activity(community: Community, parameters: Parameters) -> Any:
    """The person sees that the community is writing."""
    person = community.person(int(parameters.get("peer_id") or parameters.integer("user_id")))
    if parameters.get("type", "typing") == "typing":
        person.typing_seen += 1
        community.feed.changes.happen()
    return 1


def mark_as_read(community: Community, parameters: Parameters) -> Any:
    """The community has read a dialogue."""
    community.read_by_us(community.person(parameters.integer("peer_id")))
    return 1


def answer_event(community: Community, parameters: Parameters) -> Any:
    """What the person sees who pressed a button."""
    person = community.person(parameters.integer("user_id"))
    parameters.text("event_id")
    shown = parameters.json("event_data") or {}
    if shown and shown.get("type") not in {"show_snackbar", "open_link", "open_app"}:
        raise MethodError(100, "event_data is invalid")
    person.snackbars.append(shown.get("text", ""))
    community.feed.changes.happen()
    return 1


def messages_by_number(community: Community, parameters: Parameters) -> Any:
    """Messages of one dialogue by their numbers in it."""
    said = community.dialogues.get(parameters.integer("peer_id"), [])
    wanted = parameters.integers("conversation_message_ids")
    items = [message for message in said if message["conversation_message_id"] in wanted]
    return {"count": len(items), "items": items}


def messages_by_id(community: Community, parameters: Parameters) -> Any:
    """Messages by their ids."""
    wanted = parameters.integers("message_ids")
    items = [message for said in community.dialogues.values() for message in said if message["id"] in wanted]
    return {"count": len(items), "items": items}


def history(community: Community, parameters: Parameters) -> Any:
    """The last messages of a dialogue, the latest first."""
    said = community.dialogues.get(parameters.integer("peer_id"), [])
    count = min(int(parameters.get("count", "20")), 200)
    answer = {"count": len(said), "items": said[::-1][:count]}
    if parameters.get("extended") == "1":
        people = [community.people[message["peer_id"]] for message in said[:1]]
        dialogues = [_conversation(community, person)["conversation"] for person in people]
        answer |= {"profiles": [_user(person) for person in people], "groups": [], "conversations": dialogues}
    return answer


def conversations(community: Community, parameters: Parameters) -> Any:
    """Dialogues, the one with the latest message first."""
    people = [community.people[peer_id] for peer_id in community.dialogues]
    people.sort(key=lambda person: -community.dialogues[person.id][-1]["id"])
    if parameters.get("filter") == "unread":
        people = [person for person in people if community.unread(person)]
    offset, count = int(parameters.get("offset", "0")), min(int(parameters.get("count", "20")), 200)
    items = [_conversation(community, person) for person in people[offset : offset + count]]
    return {"count": len(people), "items": items}


def _conversation(community: Community, person: Person) -> dict[str, Any]:
    last = community.dialogues[person.id][-1]
    return shapes.conversation(last, person.in_read, len(community.unread(person)), allowed=person.allowed)


# Files. An upload server is in `server`; what it gives is the key of what it got.


def photo_server(community: Community, parameters: Parameters) -> Any:
    """Where a photo for a message goes."""
    community.person(parameters.integer("peer_id"))
    return {"upload_url": f"{community.files_url}upload/photo", "album_id": -64, "user_id": 0, "group_id": 0}


def save_photo(community: Community, parameters: Parameters) -> Any:
    """Make an uploaded photo one that can be attached."""
    parameters.integer("server")
    parameters.text("hash")
    uploaded = json.loads(parameters.text("photo"))
    if not uploaded:
        raise MethodError(100, "photos_list is invalid")
    return [community.files[one["photo"]].attachment["photo"] for one in uploaded]


def doc_server(community: Community, parameters: Parameters) -> Any:
    """Where a file for a message goes."""
    if "peer_id" in parameters:
        community.person(parameters.integer("peer_id"))
    kind = "audio_message" if parameters.get("type") == "audio_message" else "doc"
    return {"upload_url": f"{community.files_url}upload/{kind}"}


def save_doc(community: Community, parameters: Parameters) -> Any:
    """Make an uploaded file one that can be attached, under a title."""
    stored = community.files.get(parameters.text("file"))
    if stored is None:
        raise MethodError(100, "file is invalid")
    if "title" in parameters and "doc" in stored.attachment:
        stored.attachment["doc"]["title"] = parameters["title"]
    return stored.attachment


METHODS: Final[dict[str, Callable[[Community, Parameters], Any]]] = {
    "groups.getById": get_group,
    "users.get": get_users,
    "messages.send": send,
    "messages.edit": edit,
    "messages.setActivity": set_activity,
    "messages.markAsRead": mark_as_read,
    "messages.sendMessageEventAnswer": answer_event,
    "messages.getById": messages_by_id,
    "messages.getByConversationMessageId": messages_by_number,
    "messages.getHistory": history,
    "messages.getConversations": conversations,
    "photos.getMessagesUploadServer": photo_server,
    "photos.saveMessagesPhoto": save_photo,
    "docs.getMessagesUploadServer": doc_server,
    "docs.save": save_doc,
}
"""Those that need nothing but the community; the rest are the deliveries' own."""
