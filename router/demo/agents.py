"""Agents: they answer, decline, miss, talk, wrap up, take breaks, and now and then walk off in the middle of it all."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from router.demo.client import Away, Refused
from router.demo.crew import Lives, Pace, Watched, is_answered, is_over
from router.demo.demand import Demand, drawn_by, talk_s
from router.demo.phrases import ANSWERS, THANKS

if TYPE_CHECKING:
    from router.demo.client import Api, Json

CONNECTS_S: Final = 60.0
GOODBYE_S: Final = 2.0
"""So long an agent leaves it to the customer to hang up."""
SILENT_S: Final = 120.0
"""So long he waits in a conversation for a customer who says nothing more, before he lets it wait without him."""
COMES_TO_S: Final = (10.0, 30.0)
"""How long it takes an agent to notice that he has missed too much."""
BREAK_BEGINS_S: Final = 1800.0


class Agent:
    """One agent at his desk."""

    def __init__(
        self, api: Api, name: str, demand: Demand, pace: Pace, seed: int, dispositions: tuple[str, ...]
    ) -> None:
        self._name = name
        self._demand = demand
        self._pace = pace
        self._seed = seed
        self._dispositions = dispositions
        self._draw = drawn_by(seed, "agent", name)
        self._desk = api.socket(f"/agents/{name}/live", self._hear)
        self._lives = Lives()
        self._contacts = Watched()
        self._heard: dict[str, list[str]] = {}
        """Contact → what its customer has written and he has not read yet."""
        self._seen: dict[str, int] = {}
        """Contact → the number of the last message that has come to his desk."""
        self._offers: set[str] = set()
        self._state = "offline"
        self._changed = asyncio.Event()
        self._walks_off = asyncio.Event()
        self._on_break = False
        self.signed_in = asyncio.Event()
        """He has been available once."""

    async def run(self) -> None:
        """Work until cancelled."""
        self._lives.begin(self._breaks())
        try:
            while True:
                self._walks_off.clear()
                desk = asyncio.create_task(self._desk.run())
                try:
                    await self._walks_off.wait()
                finally:
                    desk.cancel()
                    await asyncio.wait([desk])
                await self._pace.pause(self._draw.uniform(*self._demand.agents.away_s))
        finally:
            await self._lives.end()

    def _hear(self, frame: Json) -> None:
        match frame["type"]:
            case "snapshot":
                self._begin_with(frame)
            case "offer":
                self._look_at(frame["offer"], frame["seq"])
            case "offer.gone" if frame["state"] == "undelivered":
                self._lives.begin(self._ready())  # it came too late, but the desk is there
            case "contact":
                self._contacts.hear(frame["contact"])
            case "message" if frame["message"]["direction"] == "in" and frame["message"]["contact"] in self._heard:
                self._read(frame["message"])
            case "agent":
                self._is(frame["agent"])
            case _:
                pass

    def _begin_with(self, snapshot: Json) -> None:
        held = {contact["id"]: contact for contact in snapshot["contacts"]}
        for contact in self._contacts.ids():
            self._contacts.hear(held.get(contact) or self._contacts[contact] | {"agent": None})
        for contact in held.values():
            if contact["id"] not in self._contacts and contact["state"] == "assigned":
                self._lives.begin(self._serve(contact))
        for offer in snapshot["offers"]:
            self._look_at(offer, snapshot["seq"])
        self._is(snapshot["agent"])
        if snapshot["agent"]["presence"] == "available":
            self.signed_in.set()
        elif not self._on_break:
            phone = snapshot["agent"]["device"]
            device = phone["address"] if phone else f"PJSIP/{self._name}"
            self._lives.begin(self._present("available", device=device))

    def _is(self, agent: Json) -> None:
        if agent["state"] == "not_responding" and self._state != "not_responding":
            self._lives.begin(self._come_to())
        self._state = agent["state"]
        self._changed.set()

    def _look_at(self, offer: Json, seq: int) -> None:
        """An offer comes once more whenever something about it has changed."""
        if offer["id"] not in self._offers:
            self._lives.begin(self._answer(offer, seq))

    async def _answer(self, offer: Json, seq: int) -> None:
        """One offer, from its ring."""
        self._offers.add(offer["id"])
        try:
            await self._decide(offer, seq)
        finally:
            self._offers.discard(offer["id"])

    async def _decide(self, offer: Json, seq: int) -> None:
        await self._desk.do("ack", seq=seq)
        luck, does = self._draw.random(), self._demand.agents
        await self._pace.pause(self._draw.uniform(*does.accept_s))
        if luck < does.miss:
            return
        if luck < does.miss + does.decline:
            await self._desk.do("decline", offer=offer["id"], reason="busy")
            return
        await self._serve(await self._desk.do("accept", offer=offer["id"]))

    async def _serve(self, contact: Json) -> None:
        """One contact, from its assignment to the end of the wrap-up."""
        name = contact["id"]
        self._contacts.hear(contact)
        self._heard[name], self._seen[name] = [], contact["messages"]
        try:
            over = False
            while not over:
                if not await (self._chat(contact) if contact["messages"] else self._talk(contact)):
                    return
                over = await self._complete(name)
            if contact["medium"] == "voice":
                await self._pace.pause(self._draw.uniform(*self._demand.agents.wrap_up_s))
                await self._ready()
        finally:
            self._contacts.forget(name)
            del self._heard[name], self._seen[name]

    async def _complete(self, contact: str) -> bool:
        """Whether it is over; not where its customer has just written something more."""
        disposition = self._draw.choice(self._dispositions)
        try:
            await self._desk.do("complete", contact=contact, disposition=disposition, seen=self._seen[contact])
        except Refused as refused:
            if refused.code != "unseen":
                raise
            return False
        return True

    async def _chat(self, contact: Json) -> bool:
        """He answers whatever the customer writes. Whether that is over; not where the contact went elsewhere."""
        name = contact["id"]
        while True:
            await self._pace.pause(self._draw.uniform(*self._demand.agents.reply_s))
            self._heard[name].clear()
            await self._desk.do("send", contact=name, text=self._draw.choice(ANSWERS))
            try:
                async with self._pace.within(SILENT_S):
                    await self._contacts.until(name, lambda now: bool(self._heard[name]) or not self._has(now))
            except TimeoutError:
                await self._desk.do("park", contact=name)
                return False
            if not self._has(self._contacts[name]):
                return False
            if THANKS in self._heard[name]:
                return True

    def _read(self, message: Json) -> None:
        contact = message["contact"]
        self._heard[contact].append(message["text"] or "")
        self._seen[contact] = max(message["n"], self._seen[contact])
        self._contacts.hear(self._contacts[contact])

    async def _talk(self, contact: Json) -> bool:
        """Whether there was a talk and it is over; not where the contact went elsewhere, or the agent did."""
        name = contact["id"]
        if contact["connect"] is None and contact["answered_at"] is None:
            await self._pace.pause(self._draw.uniform(*self._demand.agents.reply_s))
            self._contacts.hear(await self._desk.do("reply", contact=name))
        try:
            async with self._pace.within(CONNECTS_S):
                now = await self._contacts.until(name, lambda now: is_answered(now) or not self._has(now))
        except TimeoutError:
            return False
        if now["answered_at"] is None:
            return False
        seconds = talk_s(self._demand, now["queue"], self._seed, now["external_id"].partition("@")[0])
        leaves = self._draw.random() < self._demand.agents.leave
        try:
            async with self._pace.within(seconds * self._draw.random() if leaves else seconds + GOODBYE_S):
                now = await self._contacts.until(name, lambda now: not self._has(now))
        except TimeoutError:
            if leaves:
                await self._walk_off()
                return False
            return True
        return is_over(now) and now["agent"] == self._name

    def _has(self, contact: Json) -> bool:
        return contact["state"] == "assigned" and contact["agent"] == self._name

    async def _walk_off(self) -> None:
        """He signs out first, or his network is just gone."""
        if self._draw.random() < 0.5:
            await self._desk.do("presence", presence="offline")
        self._walks_off.set()

    async def _come_to(self) -> None:
        await self._pace.pause(self._draw.uniform(*COMES_TO_S))
        if self._state == "not_responding":
            await self._ready()

    async def _ready(self) -> None:
        self._is(await self._desk.do("ready"))

    async def _present(self, presence: str, **more: str) -> None:
        self._is(await self._desk.do("presence", presence=presence, **more))
        if presence == "available":
            self.signed_in.set()

    async def _breaks(self) -> None:
        does = self._demand.agents
        while True:
            await self._pace.pause(self._draw.expovariate(1 / does.break_every_s))
            try:
                await self._present("break", reason="lunch", when="after_contact")
                self._on_break = True
                async with self._pace.within(BREAK_BEGINS_S):
                    while self._state != "break":
                        self._changed.clear()
                        await self._changed.wait()
                await self._pace.pause(does.break_s)
            except (Refused, Away, TimeoutError):
                pass
            finally:
                self._on_break = False
            with contextlib.suppress(Refused, Away):  # where he is away, he signs in on his return
                await self._present("available")
