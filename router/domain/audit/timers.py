"""Whether what is due by time happened: once, not before, and how late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.domain.audit.things import KNOWN, wrapped_up

if TYPE_CHECKING:
    from router.domain.audit.findings import Findings
    from router.domain.audit.floor import Floor
    from router.domain.events import Event

FORGOTTEN_MS: Final = 60_000
"""A timer that has not fired so long after it was due, while other things happened, never will."""
CHANNEL_SILENT_MS: Final = 15_000
"""From the loss of an account's holder to the holding of its live contacts."""

_BY_DUE: Final = frozenset({"offer.missed", "offer.undelivered", "contact.silent"})


def _is_by_due(floor: Floor, event: Event) -> bool:
    """Whether only a contact's own deadline can have made it happen."""
    kind, reason = event.type, event.data.get("reason")
    return (
        kind in _BY_DUE
        or (kind, reason) in {("contact.connect_failed", "timeout"), ("contact.requeued", "silent")}
        or (kind == "contact.closed" and floor.contact(event).state == "parked" and event.role == "system")
    )


def _check_reply_time(floor: Floor, found: Findings, event: Event) -> None:
    contact = floor.contact(event)
    if contact.asked_ms is None:
        return
    took = event.at_ms - contact.asked_ms
    if not found.keeps("reply_time", event.data["took"] == took):
        what = f"contact {contact.id} was answered after {event.data['took']} ms, and its customer waited {took}"
        found.breach("reply_time", what, contact.seqs[1], event.seq)


class Timers:
    """The timers that the events show."""

    def __init__(self) -> None:
        self._silent: dict[tuple[str | None, str | None], int] = {}
        """Account → since when nobody holds it."""

    def check(self, floor: Floor, found: Findings, event: Event) -> None:
        """If time alone made the event happen, it is not before its time. Call it before the event is applied."""
        kind = event.type
        if _is_by_due(floor, event):
            contact = floor.contact(event)
            self._fired(found, event, contact.due, contact.seqs[1])
        elif kind == "contact.replied":
            _check_reply_time(floor, found, event)
        elif kind == "contact.target_missed":
            self._target(floor, found, event)
        elif kind in KNOWN:
            self._known(floor, found, event)
        elif kind == "contact.queued" and event.data["entry"] == "due":
            self._fired(found, event, event.data["arrived"])
        elif kind == "agent.wrap_up_ended":
            self._wrap_up(floor, found, event)
        elif kind in {"channel.up", "channel.silent", "channel.held"}:
            account = (event.channel, event.account)
            silent_ms = self._silent.pop(account, None)
            if kind == "channel.silent":
                self._silent[account] = event.at_ms
            elif kind == "channel.held" and silent_ms is not None:
                self._fired(found, event, silent_ms + CHANNEL_SILENT_MS)

    def check_forgotten(self, floor: Floor, found: Findings) -> None:
        """Nothing is long overdue."""
        upto = floor.at_ms - FORGOTTEN_MS
        for contact in floor.contacts.values():
            if not found.keeps("timers", contact.due is None or contact.due >= upto):
                found.breach("timers", f"contact {contact.id} is {contact.state} past its time", contact.seqs[1])
                contact.due = None
        for agent in floor.agents.values():
            for contact, (medium, _, until) in [*agent.wraps.items()]:
                if not found.keeps("timers", until >= upto):
                    found.breach("timers", f"{agent.id} wraps up contact {contact} ({medium}) past its time")
                    del agent.wraps[contact]

    @staticmethod
    def _fired(found: Findings, event: Event, due_ms: int | None, *seqs: int) -> None:
        if due_ms is None:
            return
        if not found.keeps("timers", event.at_ms >= due_ms):
            found.breach("timers", f"{event.type} comes {due_ms - event.at_ms} ms before its time", *seqs, event.seq)
        found.late_ms[max(0, event.at_ms - due_ms)] += 1

    def _target(self, floor: Floor, found: Findings, event: Event) -> None:
        contact = floor.contact(event)
        if contact.queued_ms is None or floor.applied_ms > contact.queued_ms:
            return
        due_ms = contact.queued_ms + event.data["target"] + 1
        if due_ms > contact.placed_ms:  # else it had passed already when the contact came to wait
            self._fired(found, event, due_ms, contact.seqs[1])

    def _known(self, floor: Floor, found: Findings, event: Event) -> None:
        """A contact has solved something when its customer's time is over, who has come back before."""
        contact = floor.conversation(event)
        if contact is None or contact.due is None:
            return
        if event.type == "contact.solved":
            self._fired(found, event, contact.due, contact.seqs[1])
        elif not found.keeps("timers", event.at_ms < contact.due):
            late_ms = event.at_ms - contact.due
            found.breach("timers", f"{event.type} comes {late_ms} ms after its time", contact.seqs[1], event.seq)

    def _wrap_up(self, floor: Floor, found: Findings, event: Event) -> None:
        agent = floor.agents.get(event.agent or "")
        if agent is None or not agent.known:
            return
        contact = wrapped_up(agent, event)
        if not found.keeps("timers", contact is not None):
            found.breach("timers", f"a wrap-up of {agent.id} ends that was none, or had ended", event.seq)
        elif contact is not None and event.role == "system":
            self._fired(found, event, agent.wraps[contact][2])
