"""What Asterisk itself says of each call: its channel event log, and how much sound it has sent."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from tests.channels.asterisk.lab.configuration import PHONES

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.asterisk import Asterisk

CEL = {
    "modules": "load = cel_custom.so\nload = res_cdrel_custom.so\n",
    "cel": "[general]\nenable = yes\napps = stasis\nevents = APP_START,BRIDGE_ENTER,HANGUP\n",
    "cel_custom": "[mappings]\nwaits.csv => ${eventtype},${eventtime},${CHANNEL(uniqueid)},${eventextra}\n",
}
"""What is to stand in the files of an Asterisk that writes it."""


@dataclass
class Record:
    """One channel, in ms since 1970: when it came into the app, was joined with an agent, was gone."""

    entered_ms: float | None = None
    joined_ms: float | None = None
    over_ms: float | None = None

    @property
    def wait_ms(self) -> float:
        """Until it was joined, or else until it was gone."""
        end = self.over_ms if self.joined_ms is None else self.joined_ms
        assert end is not None
        assert self.entered_ms is not None
        return end - self.entered_ms

    @property
    def stayed_ms(self) -> float:
        """From when it was joined until it was gone."""
        assert self.over_ms is not None
        assert self.joined_ms is not None
        return self.over_ms - self.joined_ms


def records_of(asterisk: Asterisk, app: str = "contact-router") -> dict[str, Record]:
    """By channel's id."""
    found: dict[str, Record] = {}
    inside: dict[str, list[Record]] = {}
    path = asterisk.home / "log" / "cel-custom" / "waits.csv"
    for kind, at_s, channel, extra in csv.reader(path.read_text().splitlines()):
        record, at_ms = found.setdefault(channel, Record()), float(at_s) * 1000
        if kind == "APP_START" and record.entered_ms is None:
            record.entered_ms = at_ms
        elif kind == "BRIDGE_ENTER" and (bridge := bridge_of(extra)).startswith(f"{app}.talk."):
            both = inside.setdefault(bridge, [])
            both.append(record)
            if len(both) > 1:  # the second of them is the agent
                for one in both:
                    one.joined_ms = one.joined_ms or at_ms
        elif kind == "HANGUP":
            record.over_ms = at_ms
    return found


def bridge_of(extra: str) -> str:
    """Which bridge was entered."""
    return str(json.loads(extra).get("bridge_id", ""))


async def sounds_of(asterisk: Asterisk) -> dict[str, int]:
    """Channel → how many packets of sound have been sent to it, of all customers."""
    login = {"Authorization": aiohttp.encode_basic_auth(asterisk.user, asterisk.password)}
    async with aiohttp.ClientSession(asterisk.url + "/ari/", headers=login) as session:
        async with session.get("channels") as answer:
            channels = [
                one["id"] for one in await answer.json() if one["name"][len("PJSIP/") :].split("-")[0] not in PHONES
            ]
        found: dict[str, int] = {}
        for channel in channels:
            async with session.get(f"channels/{channel}/rtp_statistics") as answer:
                if answer.status == 200:
                    found[channel] = (await answer.json())["txcount"]
        return found
