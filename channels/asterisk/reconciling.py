"""Reconciling: what Asterisk has, what the router has, and what we know of are brought together.

It happens whenever the app's socket is opened, for no event is told twice, and whenever the router tells all that it
has. Then nothing that we missed matters, and a new adapter knows what the one before it knew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from channels.asterisk.call import Call
from channels.asterisk.consulting import adopt_third
from channels.asterisk.entry import Entry
from channels.asterisk.legs import Leg
from channels.asterisk.names import channel_of, external_id
from channels.asterisk.settings import PHONE
from channels.asterisk.wire import Bridge, Channel, wall_ms
from channels.kit.router import Refused
from router.domain.states import ENDED
from router.domain.wire import requests
from router.domain.wire.moment import GivenMoment

if TYPE_CHECKING:
    from channels.asterisk.server import Server
    from router.domain.wire.answers import Contact

_log: Any = structlog.get_logger()


async def reconcile(server: Server) -> None:
    """Adopt what is ours, end what is nobody's, and tell the router who is there. Raises `AriError`."""
    as_of = server.seq
    leaving = set(server.leaving)
    made = {leg for leg, call in server.legs.items() if _has_made(call, leg)}
    channels = await server.ari.get("channels", list[Channel])
    bridges = await server.ari.get("bridges", list[Bridge])
    inside = {channel: bridge.id for bridge in bridges for channel in bridge.channels}
    callers = {one.id: one for one in channels if one.is_in(server.ari.app) and not server.names.is_ours(one.id)}
    now_ms = server.time.wall_ms()
    for call in list(server.calls.values()):
        if call.id not in callers:
            call.left(now_ms, lost=call.entry.arrived_ms < server.started_ms)
    contacts = {channel_of(contact.external_id)[0]: contact for contact in server.open.values()}
    for channel in callers.values():
        _adopt(server, channel, contacts.get(channel.id), inside.get(channel.id))
    thirds = {one.id: one for one in channels if server.names.read_third(one.id)}
    legs = {one.id: one for one in channels if server.names.read_leg(one.id)}
    for leg in (made & server.legs.keys()) - legs.keys() - thirds.keys():
        server.legs[leg].lose_leg(leg)
    orphans = [third for third in thirds.values() if not adopt_third(server, third, inside)]
    orphans += [leg for leg in legs.values() if not _adopt_leg(server, leg, inside.get(leg.id))]
    for orphan in orphans:
        _log.info("orphan_hung_up", channel=orphan.id)
        server.leaving.end(orphan.id, orphan.device)
    server.leaving.gone(*leaving - legs.keys() - thirds.keys())
    for call in server.calls.values():
        call.miss_agent()
    for bridge in bridges:
        if server.names.contact_of_talk(bridge.id) is not None and not bridge.channels:
            await server.end_bridge(bridge.id)
    present = tuple(external_id(call.id, call.number) for call in server.calls.values())
    gone = [contact for channel, contact in contacts.items() if channel not in callers]
    young = tuple(contact.external_id for contact in gone if _arrived_ms(contact) >= server.started_ms)
    if len(young) < len(gone):
        server.lanes.add("sessions", lambda: _tell_sessions(server, as_of, present + young, lost=True))
    server.lanes.add("sessions", lambda: _tell_sessions(server, as_of, present))


def _has_made(call: Call, channel: str) -> bool:
    """Whether Asterisk has said that it has this leg of the call."""
    third = call.consulting.third
    legs = (call.leg, third.leg if third is not None else None)
    return any(leg is not None and leg.id == channel and leg.is_made for leg in legs)


def _adopt(server: Server, channel: Channel, contact: Contact | None, bridge: str | None) -> None:
    """A caller that is there: a call of ours, or one from now on."""
    talked_as = server.names.contact_of_talk(bridge or "")
    call = server.calls.get(channel.id)
    if call is None:
        arguments = channel.dialplan.app_data.split(",")[1:]
        entry = Entry.of(channel, arguments, wall_ms(channel.creationtime))
        if entry.arguments.get("do"):
            return
        call, first = Call(server, channel.id, entry), None
        if contact is not None:
            call.number = channel_of(contact.external_id)[1]
            call.commands.adopted_ms = server.time.wall_ms()
            call.hear(contact)
        elif talked_as is not None:  # his contact is over, and he is not
            first = call.ask(talked_as)
        else:
            first = call.post()
        call.is_up, call.bridge = channel.state == "Up", bridge
        server.add(call, first)
    elif contact is not None:
        call.hear(contact)
    elif call.contact is not None and call.contact.state not in ENDED:
        call.ask(call.contact.id)


def _adopt_leg(server: Server, channel: Channel, bridge: str | None) -> bool:
    """Whether the leg is one that its contact is to have."""
    if channel.id in server.legs:
        return True
    if channel.id in server.leaving:
        return False
    name = server.names.read_leg(channel.id)
    assert name is not None
    together = (call for call in server.calls.values() if bridge is not None and call.bridge == bridge)
    call = server.call_of(name.contact) or next(together, None)
    if call is None or call.leg is not None:
        return False
    agent = None if call.contact is None else call.contact.agent
    leg = Leg(channel.id, name.attempt, agent or "", channel.device, is_made=True)
    leg.rang, leg.is_up = channel.state == "Ringing", channel.state == "Up"
    # He alone is in the talk's bridge while the customer is on hold.
    has_answered = call.contact is not None and call.contact.answered_at is not None
    leg.joined = bridge == server.names.talk(name.contact) and (call.bridge == bridge or has_answered)
    return call.adopt(leg)


def _arrived_ms(contact: Contact) -> float:
    return msgspec.convert(contact.arrived_at, GivenMoment).timestamp() * 1000


async def _tell_sessions(server: Server, as_of: int, external_ids: tuple[str, ...], *, lost: bool = False) -> None:
    """All that there are; what the router has beyond that has left, or was lost."""
    body = requests.PutSessions(
        account=server.account,
        as_of=as_of,
        external_ids=external_ids,
        force=True,  # a list that Asterisk gave us is no mistake, however short
        lost=lost,
    )
    path = f"/channels/{PHONE}/sessions"
    try:
        said = await server.router.call("PUT", path, body, _Reconciled)
    except Refused as refused:
        _log.error("sessions_refused", code=refused.code)
        return
    if said.closed:
        _log.info("sessions_closed", contacts=len(said.closed))


class _Reconciled(msgspec.Struct):
    closed: tuple[str, ...]
