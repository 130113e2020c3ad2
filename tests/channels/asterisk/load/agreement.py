"""Whether all say the same of each call: the customer and his agent, the router, its adapter, and Asterisk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.channels.asterisk.load.records import Record, records_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.channels.asterisk.load.centre import Centre
    from tests.channels.asterisk.load.people import Customer

WITHIN_MS = 100


@dataclass
class Agreement:
    """What all say together, and in words where they do not."""

    joined: int = 0
    gave_up: int = 0
    not_in: int = 0
    """Of these, who were gone before Asterisk had let them in, so that nobody knows them."""
    crossed: int = 0
    """Who hung up within those 100 ms after Asterisk had joined them: his phone had not heard of it."""
    furthest_ms: float = 0.0
    """Between the waits that two of them tell of one call."""
    apart: list[str] = field(default_factory=list[str])
    """Whose waits differ by more than 100 ms."""
    wrong: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        """The counts, in words."""
        return (
            f"{self.joined:,} answered, {self.gave_up:,} abandoned, {len(self.wrong)} otherwise;"
            f" the waits differ by {self.furthest_ms:.0f} ms at most, {len(self.apart)} by more than {WITHIN_MS};"
            f" {self.crossed} hung up as they were joined"
        )

    def judge(self, customer: Customer, contact: Any, record: Record | None, told: Any) -> None:
        """Look at one call."""
        if customer.joined_ms is not None:
            self.joined += 1
        elif customer.gave_up:
            self.gave_up += 1
        else:
            self.wrong.append(f"{customer} was neither joined nor gave up")
        if contact is None:
            self.not_in += 1
            if customer.joined_ms is not None:
                self.wrong.append(f"{customer} was joined, and the router does not know him")
            return
        if record is None or told is None:
            self.wrong.append(f"{customer} is the contact {contact['id']}; Asterisk says {record}, its adapter {told}")
            return
        joined = customer.joined_ms is not None
        if not joined and record.joined_ms is not None and record.stayed_ms <= WITHIN_MS:
            self.crossed += 1
            joined = True
        outcomes = (
            "answered" if joined else "abandoned",
            contact["outcome"],
            "answered" if record.joined_ms is not None else "abandoned",
            "answered" if told["joined"] else "abandoned",
        )
        waits_ms = (customer.wait_ms, wait_ms(contact), record.wait_ms, told["wait_ms"])
        apart_ms = max(waits_ms) - min(waits_ms)
        self.furthest_ms = max(self.furthest_ms, apart_ms)
        said = f"{customer}: {outcomes}, {waits_ms} ms"
        if len(set(outcomes)) > 1:
            self.wrong.append(said)
        elif apart_ms > WITHIN_MS:
            self.apart.append(said)


async def agreed(centre: Centre, customers: Sequence[Customer]) -> Agreement:
    """What all say of these customers' calls; who is nobody's customer is wrong, too."""
    found, contacts = Agreement(), {contact["external_id"]: contact for contact in await centre.contacts()}
    records, told = records_of(centre.asterisk), journal(centre.adapters.log())
    by_number = {contact["customer"]["id"]: contact for contact in contacts.values()}
    if len(by_number) < len(contacts):
        found.wrong.append(f"{len(contacts)} contacts of {len(by_number)} customers")
    for customer in customers:
        contact = by_number.pop(customer.number, None)
        channel = contact["external_id"] if contact else ""
        found.judge(customer, contact, records.get(channel), told.get(channel))
    found.wrong += [f"nobody is {number}" for number in by_number]
    return found


def journal(log: str) -> dict[str, Any]:
    """What an adapter has logged of each call that was over, by its channel."""
    lines = [json.loads(line) for line in log.splitlines() if '"call_over"' in line]
    return {line["channel"]: line for line in lines}


def wait_ms(contact: Any) -> float:
    """How long a contact has waited until it was answered, or else until it had ended."""
    begun, end = (datetime.fromisoformat(contact[key] or contact["ended_at"]) for key in ("arrived_at", "answered_at"))
    return (end - begun).total_seconds() * 1000
