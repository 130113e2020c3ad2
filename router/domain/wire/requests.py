"""Requests. Unknown fields are refused; what is left out is unknown or stays as it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from router.domain.command import Do
from router.domain.operation import PRIORITY_MAX
from router.domain.requirement import AMOUNT_MAX, LEVEL_MAX, Requirement
from router.domain.states import Presence
from router.domain.wire.moment import GivenMoment

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
MessageText = Annotated[str, msgspec.Meta(max_length=16_384)]
MessageKind = Literal[
    "text",
    "image",
    "audio",
    "voice",
    "video",
    "animation",
    "document",
    "sticker",
    "location",
    "contact",
    "system",
    "other",
]
Number = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Priority = Annotated[int, msgspec.Meta(ge=-PRIORITY_MAX, le=PRIORITY_MAX)]
Level = Annotated[int, msgspec.Meta(ge=0, le=LEVEL_MAX)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)] | Annotated[float, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
Tags = Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)]
Facts = Annotated[dict[Name, Any], msgspec.Meta(max_length=200)]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request has in common."""


class Needs(Request, frozen=True):
    """What a contact needs of an agent beside what the operation's routes and queues say."""

    skills: dict[Name, Level] = {}
    powers: dict[Name, Amount] = {}
    teams: tuple[Name, ...] = ()
    agents: tuple[Name, ...] = ()

    def requirement(self) -> Requirement:
        """The same as the engine has it."""
        return Requirement(skills=self.skills, powers=self.powers, teams=self.teams, agents=self.agents)


class SaidOfCustomer(Request, frozen=True):
    """What a channel knows of the customer."""

    id: Id | None = None
    type: Name | None = None
    name: Name | None = None
    language: Name | None = None
    segment: Name | None = None


class PostContact(Request, frozen=True):
    """A contact arrives. `(channel, account, external_id)` is the same contact for 8 days.

    `arrived_at` lies at most an hour back and never ahead; `not_before` lets it wait for its time.
    """

    channel: Name
    external_id: Id
    account: Name = "main"
    thread: Id | None = None
    medium: Name | None = None
    customer: SaidOfCustomer | None = None
    attributes: Facts = {}
    metadata: Facts = {}
    tags: Tags = ()
    queue: Name | None = None
    priority: Priority | None = None
    requirement: Needs | None = None
    arrived_at: GivenMoment | None = None
    not_before: GivenMoment | None = None


class Attachment(Request, frozen=True):
    """A file that belongs to a message. Where it cannot be had, `unavailable` says why."""

    kind: MessageKind
    name: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    mime: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    bytes: Annotated[int, msgspec.Meta(ge=0, le=10**12)] | None = None
    url: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    expires_at: GivenMoment | None = None
    unavailable: Literal["too_large", "unfetchable", "expired", "unsupported"] | None = None


Attachments = Annotated[tuple[Attachment, ...], msgspec.Meta(max_length=20)]


class PostMessage(Request, frozen=True):
    """A message came in a thread. (channel, account, thread, external_id) is the same message.

    With `edits`, or `deletes`, it changes the message that has this external id; an edit that says nothing of
    attachments leaves them. `author` `agent` is what was written on our side: it opens nothing. Attributes, metadata
    and tags are for the contact that begins with it, if one does. After `reply_until` the channel takes no answer.
    """

    thread: Id
    external_id: Id
    account: Name = "main"
    customer: SaidOfCustomer | None = None
    kind: MessageKind = "text"
    text: MessageText | None = None
    attachments: Attachments | UnsetType = UNSET
    sent_at: GivenMoment | None = None
    in_reply_to: Id | None = None
    edits: Id | None = None
    deletes: Id | None = None
    author: Literal["customer", "agent"] = "customer"
    reply_until: GivenMoment | None = None
    attributes: Facts = {}
    metadata: Facts = {}
    tags: Tags = ()


class MessageStateSaid(Request, frozen=True):
    """What has become of a message that was to be sent; `sent` says which id it has there, `failed` why.

    `queued` says of one that was `sending` that it surely was not sent, and may be by whoever comes next.
    """

    state: Literal["queued", "sending", "sent", "delivered", "read", "failed"]
    external_id: Id | None = None
    code: Name | None = None


class Send(Request, frozen=True):
    """A message to the customer, or a `note` that he does not see. `client_id` is the author's own name for it."""

    text: MessageText | None = None
    attachments: Attachments = ()
    in_reply_to: Id | None = None
    client_id: Name | None = None
    note: bool = False


class PatchContact(Request, frozen=True):
    """New facts about a contact; while it waits it is routed anew."""

    customer: SaidOfCustomer | None = None
    attributes: Facts | None = None
    metadata: Facts | None = None
    tags: Tags | None = None


class Left(Request, frozen=True):
    """The customer is gone, since `at` or now; `lost` where that was the channel's doing and not his."""

    at: GivenMoment | None = None
    lost: bool = False


class Connected(Request, frozen=True):
    """Both can hear each other, since `at` or now. With the `attempt` of a `connect`, it is about that one alone."""

    at: GivenMoment | None = None
    attempt: Number | None = None


class ConnectFailed(Request, frozen=True):
    """Customer and agent could not be joined. With the `attempt` of a `connect`, it is about that one alone."""

    reason: Literal["busy", "no_answer", "unreachable", "refused", "channel"]
    attempt: Number | None = None


class Interrupted(Request, frozen=True):
    """The agent is not to be heard any more, since `at` or now, and the customer is."""

    at: GivenMoment | None = None


class HandOver(Request, frozen=True):
    """The talk goes on with this agent, who is in it already."""

    agent: Name


class Complete(Request, frozen=True):
    """The talk is over, or was, and went so. `seen` is the number of the last message that the agent has seen."""

    disposition: Name | None = None
    tags: Tags | None = None
    seen: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None


class CommandArgs(Request, frozen=True):
    """Which digits; whom to call."""

    digits: Annotated[str, msgspec.Meta(pattern="^[0-9A-Da-d*#]{1,64}$")] | None = None
    agent: Name | None = None
    to: Annotated[str, msgspec.Meta(pattern="^[+]?[0-9*#]{1,40}$")] | None = None
    """A number outside."""


class PostCommand(Request, frozen=True):
    """The channel is to do this in the talk. `digits` says digits, `transfer` to, `consult` agent or to."""

    command: Do
    args: CommandArgs = CommandArgs()


class CommandStateSaid(Request, frozen=True):
    """What has become of a command. `code` and `detail` say why it failed."""

    status: Literal["done", "failed"]
    code: Name | None = None
    detail: Text | None = None


class Transfer(Request, frozen=True):
    """The contact goes to a queue, or first to one agent, perhaps with a further need."""

    queue: Name | None = None
    agent: Name | None = None
    requirement: Needs | None = None
    note: Text | None = None


class Reassign(Request, frozen=True):
    """The contact goes to this agent first."""

    agent: Name


class Reprioritise(Request, frozen=True):
    """The contact's place follows another priority."""

    priority: Priority


class Rating(Request, frozen=True):
    """What the customer says of it."""

    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    comment: Text | None = None


class Nothing(Request, frozen=True):
    """A request that says all by its path."""


class Decline(Request, frozen=True):
    """The agent does not take the offer."""

    reason: Name | None = None


class SetPresence(Request, frozen=True):
    """What an agent chooses, now or after his present contact; he may choose his phone with it."""

    presence: Presence
    reason: Name | None = None
    device: Name | None = None
    when: Literal["now", "after_contact"] = "now"


class SetDevice(Request, frozen=True):
    """What an agent's phone does."""

    address: Name
    state: Literal["idle", "in_use", "ringing", "unreachable"]


class PatchQueue(Request, frozen=True):
    """What a queue does other than the operation's file says, until a moment or for good.

    What is left out stays as it is, null ends it.
    """

    open: bool | UnsetType | None = UNSET
    notice: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | UnsetType | None = UNSET
    until: GivenMoment | UnsetType | None = UNSET


class PatchAgent(Request, frozen=True):
    """What an agent may and can do other than the operation's file says, until a moment or for good.

    Each field that is given stands in place of all that the file says there. What is left out stays as it is, null
    ends it.
    """

    queues: tuple[Name, ...] | UnsetType | None = UNSET
    media: tuple[Name, ...] | UnsetType | None = UNSET
    skills: dict[Name, Level] | UnsetType | None = UNSET
    powers: dict[Name, Amount] | UnsetType | None = UNSET
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | UnsetType | None = UNSET
    until: GivenMoment | UnsetType | None = UNSET


class PutCustomer(Request, frozen=True):
    """What the directory says of a customer, in place of all that it said before. A blocked one is refused."""

    type: Name | None = None
    name: Name | None = None
    language: Name | None = None
    segment: Name | None = None
    blocked: bool = False


class PutChannel(Request, frozen=True):
    """How an account of a channel is, and what its adapter can do with a contact.

    `retries` is how often the adapter, since it started, sent something to its platform or asked the router again.
    """

    account: Name = "main"
    status: Literal["up", "degraded"] = "up"
    detail: Text | None = None
    capabilities: Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)] = ()
    retries: Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None = None


class SignIn(Request, frozen=True):
    """Somebody signs in or out at a phone of the account: the agent of this `code`, else the one whose phone it is."""

    device: Name
    account: Name = "main"
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{3,12}$")] | None = None


class PutSessions(Request, frozen=True, kw_only=True):
    """All sessions that an account still has. `as_of` is the last `seq`, of a frame or poll, seen before listing them.

    `force` where it is meant that more than 20 and more than half of the live contacts end; `lost` where that was the
    channel's doing, and not their customers'.
    """

    account: Name = "main"
    as_of: Annotated[int, msgspec.Meta(ge=0, le=10**15)]
    external_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=10_000)]
    force: bool = False
    lost: bool = False
