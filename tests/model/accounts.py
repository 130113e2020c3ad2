"""Channel accounts with sessions: while nobody holds one, its contacts are held, and after a while they are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from tests.model import leaving, offers, people, waiting
from tests.model.world import LONG_AGO

if TYPE_CHECKING:
    from tests.model.things import Account, Agent, Contact
    from tests.model.world import World


def is_down(account: Account) -> bool:
    """Whether nobody has held the account for so long that its contacts are held."""
    return account.phase in {"holding", "held", "losing", "lost"}


def somebody_holds(world: World, contact: Contact) -> bool:
    """Whether somebody is there who could ring for the contact."""
    account = world.accounts.get((contact.channel, contact.account))
    return account is not None and account.holder is not None


def is_reached(world: World, place: str) -> bool:
    """Whether an account's phones can be rung: somebody holds it, or did a moment ago."""
    channel, _, name = place.partition(":")
    account = world.accounts.get((channel, name))
    if account is None:
        return False
    return account.phase in {"up", "releasing"} or (account.phase == "silent" and account.due is not None)


def phones(world: World, account: Account, *, at_phone: bool) -> list[Agent]:
    """Who has signed in at the account's phones and is at his, or waits for a holder; by id."""
    place = f"{account.channel}:{account.account}"
    found = [one for one in world.agents.values() if one.phone_at == place and one.at_phone == at_phone]
    return sorted(found, key=lambda one: one.id)


def live_contacts(world: World, account: Account) -> list[Contact]:
    """The account's open contacts with a session, by birth."""
    found = [
        contact
        for contact in world.contacts.values()
        if (contact.channel, contact.account, contact.session) == (account.channel, account.account, "live")
    ]
    return sorted(found, key=lambda contact: contact.born)


def hold_if_down(world: World, contact: Contact) -> bool:
    """A contact that comes to wait while its account is down is held; a lost account's time begins anew with it."""
    account = world.accounts.get((contact.channel, contact.account))
    if contact.session is None or account is None or not is_down(account):
        return False
    contact.held = "channel_down"
    if account.phase == "lost":
        account.phase, account.silent_at = "held", world.now
        account.due = world.now + LIMITS["channel_lost_ms"]
    return True


def holder_gone(world: World, account: Account) -> None:
    """Nobody holds the account any more."""
    account.holder = account.process = None
    account.since = world.now
    if account.phase in {"up", "releasing"}:
        account.phase, account.silent_at = "silent", world.now
        account.due = world.now + LIMITS["channel_silent_ms"]
        world.say_account("channel.silent", account.channel, account.account)


def new_holder(world: World, account: Account, connection: str, process: str) -> None:
    """Somebody holds the account again, or on another connection."""
    was_held = account.holder is not None
    account.holder, account.process = connection, process
    if not was_held:
        account.since = world.now
    world.say_account("channel.up", account.channel, account.account, holder=connection)
    if account.phase == "silent" and account.reached is None and not phones(world, account, at_phone=False):
        account.phase, account.due = "up", None
    elif not was_held:
        begin(world, account, "releasing")


def begin(world: World, account: Account, phase: str) -> None:
    """The account's contacts are worked through from the first."""
    account.phase, account.reached, account.due = phase, 0, world.now


def fire(world: World, account: Account) -> None:
    """The account's time has come; a chunk of its contacts is worked through."""
    account.due = None
    if account.phase == "silent":
        world.say_account("channel.held", account.channel, account.account)
        begin(world, account, "holding")
    elif account.phase == "held":
        world.say_account("channel.lost", account.channel, account.account)
        begin(world, account, "losing")
    work = {"holding": hold, "losing": lose, "releasing": release}[account.phase]
    assert account.reached is not None
    left = [contact for contact in live_contacts(world, account) if contact.born > account.reached]
    for contact in left[: LIMITS["chunk"]]:
        account.reached = contact.born
        work(world, contact)
    if len(left) >= LIMITS["chunk"] or _work_through_phones(world, account):
        account.due = world.now
    elif account.phase == "holding":
        assert account.silent_at is not None
        account.phase, account.due = "held", account.silent_at + LIMITS["channel_lost_ms"]
    else:
        account.phase, account.due = {"losing": "lost", "releasing": "up"}[account.phase], None
        account.reached = None


def _work_through_phones(world: World, account: Account) -> bool:
    """Some of who is at the account's phones is lost with it, or back with it. Gives whether there may be more."""
    if account.phase == "losing":
        return False
    holds = account.phase == "holding"
    some = phones(world, account, at_phone=holds)[: LIMITS["chunk"]]
    for agent in some:
        people.set_at_phone(world, agent, at_phone=not holds)
        if holds and not agent.lines and agent.lost_at is None:
            agent.lost_at = world.now
            people.lose_if_time(world, agent)
    return len(some) == LIMITS["chunk"]


def hold(world: World, contact: Contact) -> None:
    """A waiting contact keeps its place and is not offered."""
    if contact.state == "offered":
        offers.withdraw(world, contact, "channel_down")
        contact.held = "channel_down"
        waiting.go_back(world, contact)
    elif contact.state == "queued" and contact.held is None:
        waiting.leave_lane(world, contact)
        contact.held, contact.due = "channel_down", None
    else:
        return
    if contact.held:
        world.say_contact("contact.held", contact, cause="channel_down")


def lose(world: World, contact: Contact) -> None:
    """The contact is over because its channel is."""
    _, handled = leaving.detach(world, contact, "channel_lost")
    leaving.end_contact(world, contact, "closed", "lost", "system", handled=handled)


def release(world: World, contact: Contact) -> None:
    """The contact can be offered again."""
    if contact.held is not None:
        contact.held = None
        world.say_contact("contact.released", contact, cause="channel_up")
        waiting.go_back(world, contact)
        world.maybe_empty[contact.queue] = LONG_AGO
