"""What the drill of conversations says of each thing that may have gone wrong with them: each is made, and named."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from channels.kit.timing import PacedTime
from channels.telegram.sandbox import TelegramSandbox
from channels.telegram.sandbox.requests import Call
from channels.telegram.sandbox.sending import send
from tests.chaos.answerers import Answerers, answer_to
from tests.chaos.verdict import UNKNOWN, Verdict
from tests.chaos.writers import Said, Window, Writer

if TYPE_CHECKING:
    from collections.abc import Callable


class Story:
    """Two questions and their answers, in the customer's chat and in the router, as they should be."""

    def __init__(self) -> None:
        self.sandbox = TelegramSandbox(PacedTime())
        self.person = self.sandbox.customer_of("account", "1000")
        self.writer = Writer("k0", "telegram", "t", self.person)
        self.crew = Answerers("", Window(1), Random(1))
        self.said: list[Any] = []
        for number, text in enumerate(("k0 says 0", "k0 says 1")):
            external_id = self.person.write(text)
            self.writer.said.append(Said(external_id, text))
            self.said.append(message(f"c.m{number}", "in", text, external_id=external_id, state="received"))
        for number, text in enumerate(("k0 says 0", "k0 says 1")):
            self.said.append(message(f"c.m{2 + number}", "out", answer_to(text, long=False), client_id=f"c.m{number}"))
            self.crew.answered.add(f"c.m{number}")
        self.contact: dict[str, Any] = {"state": "assigned", "said": self.said}

    def hear(self, *texts: str) -> None:
        """This reaches the customer."""
        connection = self.sandbox.world.connection
        assert connection is not None
        for text in texts:
            fields = {"chat_id": 1000, "business_connection_id": connection.id, "text": text}
            send(self.sandbox.world, Call("sendMessage", fields))

    def judged(self) -> Verdict:
        """What is said of it."""
        verdict = Verdict()
        verdict.judge(self.writer, [self.contact])
        verdict.judge_agents(self.crew, [self.contact])
        return verdict


def message(name: str, direction: str, text: str, **fields: Any) -> Any:
    """A message as the router shows it."""
    plain: dict[str, Any] = {"state": "sent", "code": None, "external_id": None, "client_id": None, "attachments": []}
    return {"id": name, "direction": direction, "text": text, **plain, **fields}


ANSWERS = ("to k0 says 0", "to k0 says 1")

WRONG: dict[str, tuple[Callable[[Story], Any], tuple[str, ...]]] = {
    "lost on telegram, in": (lambda it: it.said.pop(0), ANSWERS),
    "doubled on telegram, in": (lambda it: it.said.append(it.said[0] | {"id": "c.m9"}), ANSWERS),
    "the router has ['2', '1']": (lambda it: it.said.reverse(), ANSWERS[::-1]),
    "with 0 attachments": (lambda it: setattr(it.writer.said[0], "photos", 2), ANSWERS),
    "the router has 'k0 says 1'": (lambda it: setattr(it.writer.said[1], "text", "k0 says 1, or"), ANSWERS),
    "lost on telegram, out": (lambda _: None, ANSWERS[:1]),
    "doubled on telegram, out": (lambda _: None, (*ANSWERS, ANSWERS[1])),
    "heard ['to k0 says 1', 'to k0 says 0']": (lambda _: None, ANSWERS[::-1]),
    "heard what nobody wrote to him": (lambda _: None, (*ANSWERS, "to k1 says 0")),
    "is sending": (lambda it: it.said[3].update(state="sending"), ANSWERS),
    "is failed blocked": (lambda it: it.said[3].update(state="failed", code="blocked"), ANSWERS[:1]),
    "got 2 answers": (
        lambda it: it.said.append(it.said[3] | {"id": "c.m9", "text": "another"}),
        (*ANSWERS, "another"),
    ),
    "got no answer": (lambda it: it.said.pop(3), ANSWERS[:1]),
    "was taken, and is gone": (lambda it: it.crew.answered.add("c.m8"), ANSWERS),
    "no agent was told": (lambda it: it.said[3].update(state="failed", code=UNKNOWN), ANSWERS),
}
"""What must be said → what makes it so in the router, and what the customer hears."""


@pytest.mark.parametrize("what", WRONG)
def test_it_names_what_went_wrong(what: str) -> None:
    story = Story()
    spoil, heard = WRONG[what]
    spoil(story)
    story.hear(*heard)
    assert any(what in said for said in story.judged().wrong), story.judged().wrong


def test_it_has_no_word_for_what_went_well() -> None:
    story = Story()
    story.hear(*ANSWERS)
    assert not story.judged().wrong


@pytest.mark.parametrize("heard", [ANSWERS, ANSWERS[:1]])
def test_an_unknown_outcome_is_either_and_where_the_platform_knows_it_is_wrong(
    heard: tuple[str, ...],
) -> None:
    story = Story()
    story.said[3].update(state="failed", code=UNKNOWN)
    story.crew.told_failed.add("c.m3")
    story.hear(*heard)
    verdict = story.judged()
    assert not verdict.wrong
    assert (verdict.unknown, verdict.arrived) == (1, len(heard) - 1)
    story.writer.channel = "vk"
    assert story.judged().wrong
