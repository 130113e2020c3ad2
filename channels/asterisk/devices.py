"""Agents' phones: what each of them does beside our calls. The router offers nobody a call whose phone is in use.

Our own legs do not count, for the router knows whom it has given what; but that somebody is consulted it does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import quote

import structlog

from channels.asterisk.ari import AriError, Gone
from channels.asterisk.wire import DeviceState, Endpoint
from channels.kit.router import Refused
from router.domain.wire import requests
from router.domain.wire.answers import Agent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from channels.asterisk.server import Server
    from router.domain.wire.phones import Phone

State = Literal["idle", "in_use", "ringing", "unreachable"]

STATES: Final[dict[str, State]] = {
    "NOT_INUSE": "idle",
    "UNKNOWN": "idle",
    "UNAVAILABLE": "unreachable",
    "INVALID": "unreachable",
    "RINGING": "ringing",
}
"""Asterisk's word → ours; all others are kinds of use."""

Seen: TypeAlias = dict[str, dict[str, State]]
"""Phone → account → what it does there. A phone that is gone from one server may be at another."""
FIRST: Final[tuple[State, ...]] = ("in_use", "ringing", "idle", "unreachable")
"""Of what a phone does on several servers the first of these counts."""

_log: Any = structlog.get_logger()


class Devices:
    """The phones of one Asterisk."""

    def __init__(self, server: Server, seen: Seen) -> None:
        self._server = server
        self._seen = seen
        self._address: dict[str, str | None] = {}
        """Agent → the phone at which he is rung."""
        self._watched: set[str] = set()
        self._told: dict[str, tuple[str, State]] = {}

    def hear_all(self, phones: Iterable[Phone]) -> None:
        """All phones that the router knows; what it was told before may be forgotten there."""
        self._told.clear()
        self._address = {phone.agent: phone.address for phone in phones}
        self.look()

    def hear(self, phone: Phone) -> None:
        """An agent's phone is another now, or he is at it or not; what was told of it before may be forgotten."""
        self._told.pop(phone.agent, None)
        self._address[phone.agent] = phone.address
        if phone.address is not None:
            self.moved(phone.address)

    def device_of(self, agent: str) -> str | None:
        """Where an agent is rung; None where nobody knows."""
        return self._address.get(agent)

    def agent_by(self, number: str) -> str | None:
        """Whose phone has this number: `1001` is that of `PJSIP/1001`."""
        return next((agent for agent, its in self._address.items() if its and its.partition("/")[2] == number), None)

    def agent_at(self, device: str) -> str | None:
        """Whose phone this device is."""
        return next((agent for agent, its in self._address.items() if its == device), None)

    def look(self, *, anew: bool = False) -> None:
        """Look at every phone; `anew` where Asterisk may have forgotten that we watch them."""
        if anew:
            self._watched.clear()
        for address in {address for address in self._address.values() if address is not None}:
            self.moved(address)

    def moved(self, address: str, said: str | None = None) -> None:
        """A phone does something else now, perhaps; what, if Asterisk has `said` so."""
        if address in self._address.values():
            self._server.lanes.add("device " + address, lambda: self._look_at(address, said))

    async def _look_at(self, address: str, said: str | None) -> None:
        try:
            state = await self._state_of(address, said)
        except AriError as error:
            _log.info("device_not_known", why=str(error))
            return
        states = self._seen.setdefault(address, {})
        if state is None:
            states.pop(self._server.account, None)
            return
        states[self._server.account] = state
        state = min(states.values(), key=FIRST.index)
        for agent in [agent for agent, its in self._address.items() if its == address]:
            if self._told.get(agent) == (address, state):
                continue
            self._told[agent] = (address, state)
            body = requests.SetDevice(address=address, state=state)
            try:
                await self._server.router.call("PUT", f"/agents/{agent}/device", body, Agent)
            except Refused as refused:
                _log.info("device_refused", agent=agent, code=refused.code)

    async def _state_of(self, address: str, said: str | None) -> State | None:
        """What it does beside our calls; None where this Asterisk has no such phone. Raises `AriError`."""
        ari = self._server.ari
        if address not in self._watched:
            try:
                await ari.get("endpoints/" + quote(address), Endpoint)
            except Gone:
                return None
            await ari.do("POST", f"applications/{ari.app}/subscription", eventSource=["deviceState:" + address])
            self._watched.add(address)
            said = None
        if said is None:
            said = (await ari.get("deviceStates/" + quote(address, safe=""), DeviceState)).state
        state = STATES.get(said, "in_use")
        if state in {"idle", "unreachable"}:
            return state
        channels = (await ari.get("endpoints/" + quote(address), Endpoint)).channel_ids
        return state if any(self._is_elsewhere(channel) for channel in channels) else "idle"

    def _is_elsewhere(self, channel: str) -> bool:
        """Whether the router does not know what this channel of a phone is for."""
        names, call = self._server.names, self._server.legs.get(channel)
        is_known = call is not None and call.leg is not None and call.leg.id == channel
        return not names.is_ours(channel) or (names.read_third(channel) is not None and not is_known)
