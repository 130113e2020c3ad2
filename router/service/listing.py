"""Listing contacts: one kind after the other, a page at a time, and never more looked at than a page may cost.

A contact that moves while its list is read may stand on two pages or on none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from router.domain.states import ENDED
from router.engine.acts.messages import GetContactsOf
from router.engine.acts.reading import GetUnswept, GetWork, ListAccount, ListContacts
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.contact import Contact
    from router.engine.engine import Answer, Engine
    from router.service.operations import Current

AT_ONCE: Final = 100
"""Contacts that one act reads at most."""

LOOKED_AT: Final = 1_000
"""What a page may cost: a contact that is looked at costs one, an act that reads some `ACT_COSTS` more."""

ACT_COSTS: Final = 10

WORK, ACCOUNT, WAITING, TALKS, SCHEDULED, PARKED, ENDED_ONES, CUSTOMERS = range(8)
"""The kinds in the order of reading: an agent's work, an account's open contacts, those of `ListContacts`; or only a
customer's.
"""

WHICH: Final[dict[int, Any]] = {
    WAITING: "waiting",
    TALKS: "talks",
    SCHEDULED: "scheduled",
    PARKED: "parked",
    ENDED_ONES: "ended",
}


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a list goes on: in the kind's `name` (a queue, an agent), behind what stands at `after`."""

    kind: Annotated[int, msgspec.Meta(ge=0, le=7)]
    name: str
    after: Annotated[str, msgspec.Meta(pattern=r"^\d{1,15}(\|\d{1,7})?$")] | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which contacts; None is any. One whose token names an agent or a whole account need not look at the others."""

    sees: Callable[[Contact], bool]
    agent: str | None = None
    account: tuple[str, str] | None = None
    state: str | None = None
    queue: str | None = None
    customer: str | None = None
    since: int | None = None
    """Arrived at this wall time or later."""
    rating: int | None = None

    def has(self, answer: Answer[Any], contact: Contact) -> bool:
        """Whether the contact, as it stood when `answer` was given, is one of them."""
        return (
            self.sees(contact)
            and self.state in {None, contact.state}
            and self.queue in {None, contact.queue}
            and self.customer in {None, contact.customer}
            and self.rating in {None, contact.rating}
            and (self.since is None or contact.arrived + answer.wall - answer.now >= self.since)
        )


Found = list[tuple["Answer[Any]", "Contact"]]
"""Contacts, each with the answer by which its times are told."""


class Listing:
    """The lists of one workspace."""

    def __init__(self, engine: Engine, current: Current) -> None:
        self._engine = engine
        self._current = current

    async def page(self, wanted: Wanted, at: Place | None, most: int) -> tuple[Found, Place | None]:
        """At most so many contacts from a place on, and where to go on (None: done).

        A page may be short, even empty, and yet not the last. Refuses `malformed` and `unknown_agent`.
        """
        found: Found = []
        places = await self._places(wanted)
        if at is not None:
            if not {WORK: wanted.agent, ACCOUNT: wanted.account, CUSTOMERS: wanted.customer}.get(at.kind, True):
                raise Refusal("malformed", "after is of another's list")
            places = [at, *(place for place in places if (place.kind, place.name) > (at.kind, at.name))]
        left = LOOKED_AT
        while places and left > 0 and len(found) < most:
            place = places.pop(0)
            answer, contacts, more = await self._read(wanted, place, min(AT_ONCE, max(10, most)))
            left -= ACT_COSTS + len(contacts)
            for number, contact in enumerate(contacts, 1):
                place = _behind(place, contact)
                if wanted.has(answer, contact):
                    found.append((answer, contact))
                if len(found) == most:
                    more = more or number < len(contacts)
                    break
            if more:
                places.insert(0, place)
        return found, places[0] if places else None

    async def _places(self, wanted: Wanted) -> list[Place]:
        """Where each kind begins that wanted contacts may be of, in the order of reading."""
        if wanted.customer is not None:
            return [Place(CUSTOMERS, "", None)]
        any_state, state = wanted.state is None, wanted.state
        found: list[Place] = []
        if wanted.rating is None and (any_state or state not in ENDED):
            if wanted.agent is not None:
                found.append(Place(WORK, wanted.agent, None))
            elif wanted.account is not None:
                found.append(Place(ACCOUNT, "", None))
            else:
                if any_state or state in {"queued", "offered", "assigned"}:
                    found += [Place(WAITING, queue, None) for queue in await self._queues(wanted.queue)]
                found += [Place(TALKS, "", None)] if any_state or state == "assigned" else []
                found += [Place(SCHEDULED, "", None)] if any_state or state == "scheduled" else []
            if wanted.account is None and (any_state or state == "parked"):
                found.append(Place(PARKED, "", None))
        if any_state or state in ENDED:
            found.append(Place(ENDED_ONES, "", None))
        return found

    async def _queues(self, queue: str | None) -> list[str]:
        """The queue, or all, also those that the operation no longer has but that have contacts yet."""
        if queue is not None:
            return [queue]
        return sorted({*self._current.operation.queues, *(await self._engine.do(GetUnswept())).result})

    async def _read(self, wanted: Wanted, place: Place, most: int) -> tuple[Answer[Any], list[Contact], bool]:
        """Some contacts from a place on, and whether there are more."""
        if place.kind == WORK:
            work = await self._engine.do(GetWork(agent=place.name))
            return work, work.result[1], False
        if place.kind == CUSTOMERS:
            assert wanted.customer is not None
            before = None if place.after is None else int(place.after)
            his = await self._engine.do(GetContactsOf(customer=wanted.customer, before=before, most=most))
            return his, his.result[0], his.result[1] is not None
        if place.kind == ACCOUNT:
            assert wanted.account is not None
            channel, account = wanted.account
            act = ListAccount(
                channel=channel, account=account, after=int((place.after or "0").partition("|")[0]), most=most
            )
            born = await self._engine.do(act)
            return born, born.result[0], born.result[1] is not None
        listing = ListContacts(which=WHICH[place.kind], queue=place.name, after=place.after, most=most)
        listed = await self._engine.do(listing)
        contacts = listed.result
        more = len(contacts) == most
        if place.kind == ENDED_ONES:
            # Who arrived since then has not ended before, and the last who ended come first.
            kept = [contact for contact in contacts if not _ended_before(wanted.since, listed, contact)]
            return listed, kept, more and len(kept) == len(contacts)
        return listed, contacts, more


def _ended_before(since: int | None, answer: Answer[Any], contact: Contact) -> bool:
    return since is not None and (contact.ended_at or 0) + answer.wall - answer.now < since


def _behind(place: Place, contact: Contact) -> Place:
    """The place behind this contact, which was the first from `place` on."""
    if place.kind == WORK:
        return place
    if place.kind in {ACCOUNT, CUSTOMERS}:
        return Place(place.kind, place.name, str(contact.born))
    score = {
        WAITING: contact.queued_at,
        TALKS: contact.answered_at,
        SCHEDULED: contact.born,
        PARKED: contact.parked_at,
        ENDED_ONES: contact.ended_at,
    }[place.kind]
    before, _, seen = (place.after or "").partition("|")
    return Place(place.kind, place.name, f"{score}|{int(seen) + 1 if before == str(score) else 1}")
