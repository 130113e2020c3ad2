"""A channel's adapter, and the customers who come by it: they arrive, wait, give up or talk, hang up, and rate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from router.demo.arrivals import come
from router.demo.crew import Lives, Pace, Watched, is_answered, is_over
from router.demo.demand import Demand, drawn_by, story, talk_s

if TYPE_CHECKING:
    from router.demo.client import Api, Json
    from router.demo.demand import Story

WAITS_ON_S: Final = 60.0
"""A customer whose agent says nothing more hangs up so long after the talk was over."""

CLOSES_S: Final = 20.0


class Customers:
    """The adapter of one channel, and everybody who comes by it."""

    def __init__(self, api: Api, channel: str, demand: Demand, pace: Pace, seed: int, run: str) -> None:
        self._api = api
        self._channel = channel
        self._demand = demand
        self._pace = pace
        self._seed = seed
        self._run = run
        self._lives = Lives()
        self._contacts = Watched()
        self._ours: set[str] = set()
        """External ids of the contacts whose customers live here."""
        self._ringing: dict[str, tuple[str, int]] = {}
        """Contact → the agent who is rung, and for which time."""
        self._holds = asyncio.Event()

    async def run(self) -> None:
        """Serve the channel until cancelled."""
        socket = self._api.socket(f"/channels/{self._channel}/live?account=main", self._hear)
        self._lives.begin(socket.run())
        try:
            await self._holds.wait()
            await come(self._demand, self._channel, self._pace, self._seed, self._lives, self._customer)
        finally:
            await self._lives.end()

    async def _customer(self, line_name: str, number: int) -> None:
        name = f"{line_name}-{self._channel}-{number}"
        line, brings = self._demand.lines[line_name], story(self._demand, line_name, self._seed, name, number)
        customer = f"{line_name}-{self._channel}-{brings.customer}"
        external_id = f"{name}@{self._run}"
        self._ours.add(external_id)
        try:
            contact = await self._api.post(
                "/contacts",
                channel=self._channel,
                external_id=external_id,
                thread=None if line.dialled else customer,
                customer={"id": customer, "type": line.customer_type},
                attributes=brings.attributes,
            )
            self._contacts.hear(contact)
            await self._wait_and_talk(contact["id"], brings, talk_s(self._demand, line_name, self._seed, name))
            self._contacts.forget(contact["id"])
            self._ringing.pop(contact["id"], None)
        finally:
            self._ours.discard(external_id)

    async def _wait_and_talk(self, contact: str, brings: Story, seconds: float) -> None:
        while not is_over(self._contacts[contact]):
            try:
                async with self._pace.within(brings.patience_s):
                    await self._contacts.until(contact, is_answered)
                async with self._pace.within(seconds if brings.hangs_up else seconds + WAITS_ON_S):
                    await self._contacts.until(contact, lambda now: is_over(now) or not is_answered(now))
            except TimeoutError:
                self._contacts.hear(await self._api.post(f"/contacts/{contact}/left"))
                break
        if brings.rating and self._contacts[contact]["outcome"] == "answered":
            await self._pace.pause(CLOSES_S)
            await self._api.post(f"/contacts/{contact}/rating", score=brings.rating)

    def _hear(self, frame: Json) -> None:
        if frame["type"] == "snapshot":
            self._begin_with(frame)
        elif frame["type"] == "contact":
            self._see(frame["contact"])

    def _begin_with(self, snapshot: Json) -> None:
        """All that is open; the customers of an earlier run are not there any more."""
        found = {contact["id"]: contact for contact in snapshot["contacts"]}
        for contact in found.values():
            if not self._holds.is_set():
                self._lives.begin(self._left(contact["id"]))
            else:
                self._see(contact)
        for contact in self._contacts.ids():
            if contact not in found:
                self._lives.begin(self._look(contact))
        self._holds.set()

    def _see(self, contact: Json) -> None:
        self._contacts.hear(contact)
        if is_over(contact) and contact["external_id"] not in self._ours:
            self._contacts.forget(contact["id"])
        connect = contact["connect"]
        if connect is not None and self._ringing.get(contact["id"]) != (contact["agent"], connect["attempt"]):
            self._ringing[contact["id"]] = (contact["agent"], connect["attempt"])
            self._lives.begin(self._ring(contact))

    async def _ring(self, contact: Json) -> None:
        """The agent's phone rings, he lifts it, and they hear each other."""
        draw = drawn_by(self._seed, "ring", contact["external_id"].partition("@")[0])
        await self._pace.pause(draw.uniform(*self._demand.agents.connect_s))
        self._see(await self._api.post(f"/contacts/{contact['id']}/connected"))

    async def _look(self, contact: str) -> None:
        self._see(await self._api.get(f"/contacts/{contact}"))

    async def _left(self, contact: str) -> None:
        await self._api.post(f"/contacts/{contact}/left")
