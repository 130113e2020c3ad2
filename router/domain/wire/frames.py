"""Frames of the sockets and the polls. They carry whole states, so a later one makes the earlier superfluous."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from router.domain.states import OfferState
from router.domain.wire.answers import Agent, Contact, Event, Offer, Problem
from router.domain.wire.commands import Command
from router.domain.wire.conversations import Message
from router.domain.wire.moment import Moment
from router.domain.wire.phones import Phone


class AgentSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="snapshot"):
    """All that an agent has, as of event `seq`.

    `resumed` where the reader named the last event it had seen: frames of what it missed since then follow, with the
    numbers of their events, which are smaller than this one's.
    """

    seq: int
    now: Moment
    resumed: bool
    agent: Agent
    offers: list[Offer]
    contacts: list[Contact]


class OfferFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="offer"):
    """A pending offer; once more when its limit has begun to run, or its contact has changed."""

    seq: int
    offer: Offer


class OfferGone(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="offer.gone"):
    """An offer has ended otherwise than by being accepted: then its contact's frame says so."""

    seq: int
    offer: str
    state: OfferState
    reason: str | None


class ContactFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="contact"):
    """A contact as it stands."""

    seq: int
    contact: Contact


class AgentFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="agent"):
    """The agent as he stands."""

    seq: int
    agent: Agent


class MessageFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """A message of a contact that the agent has, as it stands."""

    seq: int
    message: Message


class TypingFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="typing"):
    """The other side is writing."""

    seq: int
    contact: str
    by: Literal["customer", "agent"]


class CommandFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="command"):
    """A command as it stands: to a channel one that is open, to a desk one of a contact that its agent has."""

    seq: int
    command: Command


class SendFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="send"):
    """A message to be sent. What becomes of it is posted."""

    seq: int
    message: Message


class AskRating(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ask_rating"):
    """The customer is to be asked for 1 to 5, and may answer until then.

    `message` is the question, in a conversation: it is to be sent like any other. Where its text is null the channel
    asks in its own words.
    """

    seq: int
    contact: Contact
    until: Moment
    message: Message | None


class ChannelSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="snapshot"):
    """All that is open of an account, as of event `seq`. `resumed` as in an agent's snapshot."""

    seq: int
    now: Moment
    resumed: bool
    contacts: list[Contact]
    messages: list[Message]
    """Messages that are not sent yet, in the order in which they were written; questions for a rating among them."""
    commands: list[Command]
    """Commands that are open, in the order in which they were made."""
    phones: list[Phone] = []
    """Those of all agents, where the channel's medium is one that is answered when both are connected; else none."""


class PhoneFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="phone"):
    """An agent's phone, and whether he is at it, has changed."""

    seq: int
    phone: Phone


class EventFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """An event, as it stands in the stream."""

    seq: int
    event: Event


class AnswerFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="answer"):
    """What a request's operation answers, with the status that it has over HTTP; a refusal is a `Problem`.

    `to` is the request's id, null where it had none that could be read.
    """

    to: str | None
    status: int
    body: Any


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a poll brings: the frames that a socket would have had. `seq` is the next poll's `after`."""

    frames: list[
        AgentSnapshot | OfferFrame | OfferGone | ContactFrame | MessageFrame | TypingFrame | CommandFrame | AgentFrame
    ]
    seq: int


class ChannelWork(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel's poll brings: the frames that a socket would have had. `seq` is the next poll's `after`."""

    frames: list[ChannelSnapshot | ContactFrame | SendFrame | AskRating | CommandFrame | TypingFrame | PhoneFrame]
    seq: int


OF_AGENT = (
    AgentSnapshot, OfferFrame, OfferGone, ContactFrame, MessageFrame, TypingFrame, CommandFrame, AgentFrame,
    AnswerFrame,
)  # fmt: skip
OF_CHANNEL = (
    ChannelSnapshot, ContactFrame, SendFrame, AskRating, CommandFrame, TypingFrame, PhoneFrame, AnswerFrame,
)  # fmt: skip
OF_EVENTS = (EventFrame, AnswerFrame)
"""What each socket tells."""


def answer_of(to: str | None, problem: Problem) -> AnswerFrame:
    """The frame of a refusal."""
    return AnswerFrame(to=to, status=problem.status, body=problem)
