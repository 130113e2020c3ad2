"""The port: what an adapter is, what it gives to the kit, and what the kit asks of it.

An adapter is one folder with a `Channel`: its manifest, how it is made, and its sandbox. It knows its platform and
nothing of the router. It turns the platform's updates into the structs of `updates.py` (`parse`), sends one platform
message when it is told to (`send`), and says by the exceptions of `failures.py` how that failed. The kit does the rest.

Times are integer milliseconds since 1970 (`…_ms`), durations seconds (`…_s`). Every id is text.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from channels.kit.failures import Rejected
from router.kit.clock import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    import aiohttp

    from channels.kit.sandbox import Sandbox
    from channels.kit.updates import Incoming, Kind, Rated, Update
    from router.domain.wire.answers import Contact

Capability = Literal[
    "edits", "deletes", "typing", "read", "delivered", "buttons", "attachments", "voice_notes", "locations", "albums",
    "leaves", "echoes", "webhook", "polls", "hears_typing", "thread_limits",
]  # fmt: skip
"""What a platform can do, and its sandbox therefore plays. `typing`: the customer sees that we are writing;
`hears_typing`: we see that he is; `leaves`: it says when he blocks us; `echoes`: it tells of messages that the
account's owner writes by hand; `webhook`, `polls`: how it brings updates, or both; `thread_limits`: it may want one
thread to rest for as long as it says."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every channel can be told; an adapter adds its own by inheriting. Nothing in it is secret."""

    account: str = "main"
    """Which of the channel's accounts this is, as the router calls it."""
    host: str = "127.0.0.1"
    port: int = 0
    """Where webhooks, files and health are served; port 0 takes a free one."""
    public_url: str = ""
    """How the world reaches that, such as `https://hooks.example.org/telegram`; empty for `http://host:port`."""
    attachment_hosts: tuple[str, ...] = ()
    """From which hosts, as `host` or `host:port`, agents' attachments may be fetched."""
    file_bytes_max: int = 20_000_000
    """The largest file that is taken, in either direction."""
    dead_letters: str = "data/dead-letters"
    """A directory, for what nobody could read."""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel is called, and must be told."""

    name: str
    """Its type, such as `telegram`; the router's channel has the same name."""
    title: str
    settings: type[msgspec.Struct]
    secrets: tuple[str, ...]
    """Names of what must be given, each by the environment variable CONTACT_ROUTER_<CHANNEL>_<NAME>."""
    optional_secrets: tuple[str, ...] = ()


class Manifest(Description, frozen=True, kw_only=True):
    """What a channel of conversations is. The first of its secrets is the account's own; it signs links to files."""

    settings: type[Settings]
    capabilities: frozenset[Capability]
    text_max: int
    """UTF-16 units of one platform message; the kit splits longer texts at paragraphs, lines and words."""
    caption_max: int = 0
    """UTF-16 units that an attachment may carry; 0 where text and attachment are messages of their own."""
    account_per_s: float
    thread_per_s: float
    """So many messages a second, of the account and of one thread."""
    dedupes: bool
    """The platform recognises a repeated `dedupe_id`: a send whose outcome is unknown is repeated. Otherwise it becomes
    `failed` with `outcome_unknown`."""


class Time(Clock, Protocol):
    """A clock that can be waited for."""

    async def sleep(self, seconds: float) -> None:
        """Return when so much of its time has passed."""
        ...


class Inbox(Protocol):
    """Where an adapter brings what its platform tells."""

    async def put(self, *updates: bytes) -> None:
        """Take raw updates, in their order, through `parse` to the router.

        It returns only when the router has each of them, or a dead letter has. So confirm them to the platform
        afterwards, never before. However long the router is away, it waits; cancelled, it has taken nothing for sure.
        """
        ...

    def alive(self) -> None:
        """The platform has answered, with or without updates: the channel is up."""
        ...


# Webhooks.


@dataclass(frozen=True, slots=True)
class Hook:
    """A request of the platform: the raw body, and the headers (names in any case)."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What it gets."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Route:
    """A webhook below the public address. No secret stands in its path.

    `handle` compares the secret first, with `is_secret`. If it takes longer than `answer_s`, the platform gets 503 and
    comes again.
    """

    method: Literal["POST", "GET"]
    path: str
    handle: Callable[[Hook, Inbox], Awaitable[Answer]]
    answer_s: float = 20.0


# What the kit asks of an adapter.


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes out, whole in memory; never larger than the settings allow."""

    kind: Kind
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file of the platform, opened. `chunks` is read once."""

    chunks: AsyncIterator[bytes]
    mime: str | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One platform message.

    A message of the router's is sent in `parts`, this one being number `part` from 1. `file`, if it has one, carries
    `text` as its caption; without a file there is a text. Where `rating` is true the customer is asked for 1–5 about
    `contact`, with buttons if the platform has them, and `text` is the question. `in_reply_to` is the platform's id.
    `dedupe_id` is 1 … 2⁶³ − 1, and the same for the same part whenever it is sent.
    """

    thread: str
    contact: Contact
    message: str
    part: int
    parts: int
    dedupe_id: int
    text: str | None = None
    file: File | None = None
    in_reply_to: str | None = None
    rating: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has taken it, and calls it so."""

    external_id: str


class Conversations(Protocol):
    """What an adapter may ask of the router itself, for commands of its customers."""

    async def contact(self, thread: str) -> Contact | None:
        """The thread's open contact as it is now, with its place and estimate; None where none is open."""
        ...

    async def speak(self, thread: str, language: str) -> None:
        """The customer of the thread's open contact wants this language; nothing happens where none is open."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What an adapter is given beside its settings and secrets."""

    http: aiohttp.ClientSession
    """For the platform. It sends no cookies back and follows no proxy; it is closed by the kit."""
    time: Time
    account: str
    public_url: str
    """Where the adapter's routes are reached, without a slash at its end. Known before `start`."""
    conversations: Conversations


class Adapter(ABC):
    """One account on a platform, made by `Channel.create`. Only `parse` and `send` are needed everywhere."""

    async def start(self) -> None:
        """Find out who we are, register webhooks.

        It may raise `aiohttp.ClientError`, `TimeoutError`, `RetryAfter` or `NotSent` and is then called again, later.
        `Misconfigured` ends the adapter.
        """

    async def receive(self, inbox: Inbox) -> None:
        """Bring updates until cancelled, by long polls. It may raise as `start` does, and is then called again.

        Only one adapter of an account runs it at a time.
        """
        _ = inbox
        await asyncio.Event().wait()

    def routes(self) -> Sequence[Route]:
        """The webhooks."""
        return ()

    @abstractmethod
    def parse(self, update: bytes) -> Sequence[Update]:
        """What an update says; nothing for what concerns nobody. Whatever it raises makes the update a dead letter."""

    async def enrich(self, incoming: Incoming) -> Incoming:
        """The same message with what must be asked for, such as the customer's name.

        It is called in the thread's turn. What it raises costs the message only what would have been added.
        """
        return incoming

    @abstractmethod
    async def send(self, out: Outgoing) -> Sent:
        """Send one platform message. Raises `RetryAfter`, `NotSent`, `Rejected` and `Ambiguous`."""

    async def typing(self, thread: str) -> None:
        """Show that the agent is writing. Raises as `send` does; it is not repeated."""

    def fetch(self, reference: str) -> AbstractAsyncContextManager[Fetched]:
        """Open a file of the platform. Raises `Rejected` where it cannot be had, and as `start` does."""
        _ = reference
        raise Rejected("gone")

    async def rated(self, rated: Rated, code: str | None) -> None:
        """The press of a button was taken (None), or refused with a code such as `too_late`; show it.

        Raises as `send` does; it is not repeated.
        """

    async def close(self) -> None:
        """Let go of what `start` took. The account stays as it is: webhooks stay registered."""


class Create(Protocol):
    """Makes an adapter. Raises `Misconfigured`."""

    def __call__(self, settings: Any, secrets: Mapping[str, str], context: Context) -> Adapter:
        """`settings` is of the manifest's type; `secrets` has every required name, and the optional ones given."""
        ...


class Work(Protocol):
    """An adapter at work, until its context ends."""

    local_url: str
    """Where this machine reaches its `/healthz`."""

    async def ended(self) -> None:
        """Wait for what ends it by itself. Raises `Misconfigured`, and `Died` for a bug."""
        ...


class Running(Protocol):
    """Puts an adapter to work. Raises `Misconfigured`, and OSError where it cannot listen."""

    def __call__(
        self, settings: Any, secrets: Mapping[str, str], place: Place, time: Time, /
    ) -> AbstractAsyncContextManager[Work]:
        """`settings` is of the description's type; `secrets` has every required name, and the optional ones given."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Which router, and the adapter's token there."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class SelfRun:
    """A channel that carries no messages, such as the telephone, and runs itself. Its folder has it as `CHANNEL`."""

    manifest: Description
    running: Running


@dataclass(frozen=True, slots=True)
class Channel:
    """What the folder of a channel of conversations is known by: it has one, named `CHANNEL`."""

    manifest: Manifest
    create: Create
    sandbox: Callable[[Time], Sandbox]
    """Its platform, played; not started."""
