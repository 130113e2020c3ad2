"""A sandbox: a platform that is played over real HTTP, to try an adapter without an account.

The conformance suite, the tests, the demo and `--sandbox` drive every channel's sandbox by the verbs below. What a
customer does is on the platform when the verb returns; it reaches the adapter when that asks, or is called. A sandbox
without a capability (`Manifest.capabilities`) is never asked for it, and may raise `NotImplementedError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class HeardFile:
    """An attachment that a customer received, as it was uploaded."""

    kind: str
    name: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that a customer received. `buttons` are the texts on them; `in_reply_to` a platform's id."""

    external_id: str
    text: str | None
    files: tuple[HeardFile, ...] = ()
    buttons: tuple[str, ...] = ()
    in_reply_to: str | None = None


class SandboxCustomer(Protocol):
    """A person on the platform."""

    @property
    def heard(self) -> Sequence[Heard]:
        """What he received of us, in order."""
        ...

    @property
    def typing_seen(self) -> int:
        """How often he saw that somebody is writing."""
        ...

    def write(self, text: str, *, in_reply_to: str | None = None) -> str:
        """Write a text; the platform's id of the message."""
        ...

    def photo(self, data: bytes, *, caption: str | None = None) -> str:
        """Send a photo; its id."""
        ...

    def write_album(self, photos: Sequence[bytes], *, caption: str | None = None) -> Sequence[str]:
        """Send photos as one album; the ids."""
        ...

    def edit(self, external_id: str, text: str) -> None:
        """Change the text of a message of his."""
        ...

    def delete(self, external_id: str) -> None:
        """Delete a message of his."""
        ...

    def press(self, score: int) -> None:
        """Press the button with this number under the last message that has buttons."""
        ...

    def begin_writing(self) -> None:
        """Be seen writing."""
        ...

    def read(self) -> None:
        """Read all that he received."""
        ...

    def block(self) -> None:
        """Want nothing more of us."""
        ...

    def unblock(self) -> None:
        """Want to hear of us again."""
        ...

    def owner_writes(self, text: str) -> str:
        """The account's owner writes to him by hand, past the router; the message's id."""
        ...

    async def until(self, true: Callable[[SandboxCustomer], bool]) -> None:
        """Return when it is true of him. It is looked at whenever something changes for him."""
        ...


class Sandbox(Protocol):
    """A platform with one account, ours."""

    async def start(self) -> None:
        """Serve on a free port of this machine."""
        ...

    async def stop(self) -> None:
        """Serve no more."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """What an adapter's settings must say to use this platform."""
        ...

    def secrets(self) -> Mapping[str, str]:
        """The secrets of our account on it."""
        ...

    def customer(self, customer_id: str, *, name: str = "Ольга", language: str = "ru") -> SandboxCustomer:
        """The person with this id; the same one each time."""
        ...

    def thread_of(self, customer_id: str) -> str:
        """What the adapter calls the conversation with this person."""
        ...

    # Faults.

    def repeat_next(self, times: int) -> None:
        """The next update comes so many times more."""
        ...

    def reorder_next(self) -> None:
        """The next two updates, of different customers, come in the other order."""
        ...

    def away(self, gone: bool) -> None:
        """While it is gone no connection to it is made, or none brings an answer; nothing is taken."""
        ...

    def limit_next(self, seconds: float) -> None:
        """The next send is refused, not to be repeated before so many seconds; earlier ones are refused anew.

        Without `thread_limits` the whole account rests, and for as long as the platform lets it at most.
        """
        ...

    def poison(self) -> None:
        """The next update is one that nobody can read."""
        ...

    def drop_answer_next(self) -> None:
        """The next send is taken, and the connection cut instead of answering."""
        ...

    async def forge(self) -> int | None:
        """Send a webhook with a wrong secret, and give the status that it got; None where there is no webhook."""
        ...

    # What the platform has seen.

    def unconfirmed(self) -> int:
        """Updates that the adapter has not confirmed yet, whether or not it has seen them."""
        ...

    def too_early(self) -> int:
        """Sends that came before the time said to an earlier one was over."""
        ...

    def conflicts(self) -> int:
        """How often two pollers were there at once."""
        ...

    def sent_twice(self) -> Sequence[str]:
        """Texts that a customer received more than once."""
        ...
