"""What came of conversations: what customers wrote and heard beside what the router has of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from channels.kit.splitting import split
from channels.registry import conversations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.chaos.answerers import Answerers
    from tests.chaos.writers import Writer

UNKNOWN = "outcome_unknown"
TAKEN = frozenset({"sent", "delivered", "read"})


@dataclass
class Verdict:
    """Counts, and everything that is not as it must be, in words."""

    messages_in: int = 0
    messages_out: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    """Answers that failed since nobody knows whether they were sent."""
    arrived: int = 0
    """Of these, the ones that their customer has got all the same."""
    unanswered: int = 0
    """Messages that came as their conversation was being completed."""
    wrong: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        """The counts, in words."""
        return (
            f"{self.messages_in:,} messages in, {self.messages_out:,} out: {self.lost} lost, {self.doubled} doubled,"
            f" {len(self.wrong)} wrong in any way; {self.unknown} of unknown outcome, {self.arrived} of them"
            f" had arrived; {self.unanswered} written as their conversation was being completed"
        )

    def judge(self, writer: Writer, contacts: Sequence[Any]) -> None:
        """Look at one thread: the contacts that it had, in their order, each with its `said`."""
        said = [message for contact in contacts for message in contact["said"]]
        self._judge_in(writer, [message for message in said if message["direction"] == "in"])
        self._judge_out(writer, [message for message in said if message["direction"] == "out"])
        for contact in contacts:
            self._judge_answers(writer, contact)

    def _judge_in(self, writer: Writer, came: Sequence[Any]) -> None:
        self.messages_in += len(came)
        wrote, has = [said.external_id for said in writer.said], [message["external_id"] for message in came]
        self._count(writer, "in", wrote, has)
        if has != wrote:
            self.wrong.append(f"{writer.name} on {writer.channel} wrote {wrote}, and the router has {has}")
        by_id = {said.external_id: said for said in writer.said}
        for message in came:
            said = by_id.get(message["external_id"])
            if said is not None and (message["text"], len(message["attachments"])) != (said.text, said.photos):
                self.wrong.append(f"{writer.name} wrote {said}, and the router has {message['text']!r}"
                                  f" with {len(message['attachments'])} attachments")  # fmt: skip

    def _judge_out(self, writer: Writer, wrote: Sequence[Any]) -> None:
        self.messages_out += len(wrote)
        longest = conversations_of(writer.channel).manifest.text_max
        parts = {message["id"]: split(message["text"], longest) for message in wrote}
        heard = [message.text or "" for message in writer.person.heard]
        surely = [part for message in wrote if message["state"] in TAKEN for part in parts[message["id"]]]
        perhaps = [part for message in wrote for part in parts[message["id"]]]
        self._count(writer, "out", surely, heard)
        for message in wrote:
            self._judge_state(writer, message, set(heard) & set(parts[message["id"]]))
        places = {part: place for place, part in enumerate(perhaps)}
        if any(part not in places for part in heard):
            self.wrong.append(f"{writer.name} heard what nobody wrote to him")
        elif any(sooner >= later for sooner, later in pairwise(places[part] for part in heard)):
            shown, written = ([part.partition("\n")[0] for part in parts] for parts in (heard, perhaps))
            self.wrong.append(f"{writer.name} on {writer.channel} heard {shown}, and was written {written}")

    def _judge_state(self, writer: Writer, message: Any, heard: set[str]) -> None:
        if message["state"] == "failed" and message["code"] == UNKNOWN and writer.channel == "telegram":
            self.unknown += 1
            self.arrived += bool(heard)
        elif message["state"] not in TAKEN:
            self.wrong.append(f"{message['text'][:40]!r} on {writer.channel} is {message['state']} {message['code']}")

    def _judge_answers(self, writer: Writer, contact: Any) -> None:
        came = {message["id"]: message for message in contact["said"] if message["direction"] == "in"}
        answers = Counter(message["client_id"] for message in contact["said"] if message["direction"] == "out")
        for name, times in answers.items():
            if name not in came or times > 1:
                self.doubled += times - 1
                self.wrong.append(f"{writer.name} on {writer.channel} got {times} answers to {name}")
        missing = came.keys() - answers.keys()
        self.unanswered += len(missing)
        if missing and contact["state"] != "closed":
            self.wrong.append(f"{writer.name} got no answer to {missing}, and his contact is {contact['state']}")

    def _count(self, writer: Writer, direction: str, surely: Iterable[str], has: Sequence[str]) -> None:
        """What is missing, and what is there more than once."""
        lost = set(surely) - set(has)
        doubled = [one for one, times in Counter(has).items() if times > 1]
        self.lost += len(lost)
        self.doubled += len(doubled)
        for what, those in (("lost", lost), ("doubled", doubled)):
            self.wrong += [f"{what} on {writer.channel}, {direction}, of {writer.name}: {one[:20]!r}" for one in those]

    def judge_agents(self, crew: Answerers, contacts: Iterable[Any]) -> None:
        """What an agent was told that the router has is there; and he was told of what failed."""
        said = [message for contact in contacts for message in contact["said"] if message["direction"] == "out"]
        gone = crew.answered - {message["client_id"] for message in said}
        self.lost += len(gone)
        self.wrong += [f"an answer to {name} was taken, and is gone" for name in gone]
        untold = {message["id"] for message in said if message["state"] == "failed"} - crew.told_failed
        self.wrong += [f"no agent was told that {name} failed" for name in untold]


def by_thread(contacts: Iterable[Any]) -> Mapping[tuple[str, str], list[Any]]:
    """Channel and thread → its contacts in their order."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for contact in sorted(contacts, key=lambda one: one["id"]):
        found[contact["channel"], contact["thread"]].append(contact)
    return found


def longest_gaps(moments: Iterable[tuple[int, str]]) -> str:
    """For each of the ways, the longest time in which nothing came through, in words."""
    ways: dict[str, list[int]] = defaultdict(list)
    for at_ms, way in moments:
        ways[way].append(at_ms)
    gaps_ms = {way: max(later - sooner for sooner, later in pairwise(at)) for way, at in sorted(ways.items())}
    return ", ".join(f"{way} {gap_ms / 1000:.1f} s" for way, gap_ms in gaps_ms.items())
