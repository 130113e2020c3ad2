"""How a call entered: what the dialplan says of it.

Each argument `key=value` of `Stasis()` is an attribute of the contact, beside `dialled`. Some mean more: `language`
and `customer_type` describe the customer, `queue` chooses the queue instead of the operation's routes; `do` is what is
to be done instead of queueing (`signing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from channels.asterisk.wire import given
from router.domain.wire.requests import PostContact, SaidOfCustomer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.asterisk.wire import Channel
    from router.domain.wire.answers import Contact

HIDDEN: Final = frozenset({"", "anonymous", "unknown", "unavailable", "restricted"})
"""Numbers that say that there is none."""

OWN_PLACES: Final = frozenset({"language", "customer_type", "queue"})
"""Arguments that are no attributes."""


@dataclass
class Entry:
    """A call as it came in."""

    arguments: dict[str, str]
    number: str | None
    language: str
    arrived_ms: int

    @classmethod
    def of(cls, channel: Channel, arguments: Sequence[str], arrived_ms: int) -> Entry:
        """What a channel brought with it."""
        said = dict(_split(argument) for argument in arguments)
        said.setdefault("dialled", channel.dialplan.exten)
        number = channel.caller.number
        return cls(said, None if number.lower() in HIDDEN else number, channel.language, arrived_ms)

    def caller_id(self, contact: Contact) -> str:
        """What an agent's phone shows of the customer."""
        name = (contact.customer.name or "").translate({ord('"'): None, ord("<"): None, ord(">"): None})
        return f'"{name}" <{self.number or ""}>'

    def attributes(self, line: str) -> dict[str, str]:
        """What the contact's attributes are when it waits on this line."""
        return {key: value for key, value in self.arguments.items() if key not in OWN_PLACES} | {"dialled": line}

    def request(self, channel: str, account: str, external_id: str, language: str) -> PostContact:
        """The contact that it is to the router."""
        return PostContact(
            channel=channel,
            account=account,
            external_id=external_id,
            customer=SaidOfCustomer(id=self.number, type=self.arguments.get("customer_type"), language=language),
            attributes=self.attributes(self.arguments["dialled"]),
            queue=self.arguments.get("queue"),
            arrived_at=given(self.arrived_ms),
        )


def _split(argument: str) -> tuple[str, str]:
    key, _, value = argument.partition("=")
    return key.strip(), value.strip()
