"""What the terminal desk says, and what words mean there."""

from __future__ import annotations

from typing import Any

import pytest

from router.cli.desk import Desk, Unclear


def contact(name: str, **fields: Any) -> dict[str, Any]:
    known = {
        "id": name, "state": "assigned", "agent": "anna", "answered_at": None, "ended_by": None, "disposition": None,
        "customer": {"name": "Olga", "id": "+7913"}, "attributes": {}, "waited_s": 3.2,
        "connect": {"device": "PJSIP/1001"},
    }  # fmt: skip
    return known | fields


def offer(name: str, of: str) -> dict[str, Any]:
    return {"id": name, "limit_s": 15.0, "medium": "voice", "queue": "private", "contact": contact(of, agent=None)}


def desk(*contacts: dict[str, Any], offers: tuple[dict[str, Any], ...] = ()) -> Desk:
    one = Desk()
    agent = {"id": "anna", "name": "Anna", "presence": "available", "reason": None, "state": "idle"}
    one.hear({"type": "snapshot", "seq": 7, "agent": agent, "offers": offers, "contacts": contacts})
    return one


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("a", {"do": "accept", "offer": "o1"}),
        ("decline no time", {"do": "decline", "offer": "o1", "reason": "no time"}),
        ("d", {"do": "decline", "offer": "o1"}),
        ("c", {"do": "complete", "contact": "c1", "seen": 0}),
        ("complete 1 resolved", {"do": "complete", "contact": "c1", "seen": 0, "disposition": "resolved"}),
        ("c #1", {"do": "complete", "contact": "c1", "seen": 0}),
        ("t corporate", {"do": "transfer", "contact": "c1", "queue": "corporate"}),
        ("reply 5 rubles it is", {"do": "send", "contact": "c1", "text": "5 rubles it is"}),
        ("r #1 here", {"do": "send", "contact": "c1", "text": "here"}),
        ("note 1 angry", {"do": "send", "contact": "c1", "text": "angry", "note": True}),
        ("p", {"do": "park", "contact": "c1"}),
        ("hold", {"do": "command", "contact": "c1", "command": "hold"}),
        ("resume #1", {"do": "command", "contact": "c1", "command": "resume"}),
        ("pause_recording", {"do": "command", "contact": "c1", "command": "pause_recording"}),
        ("digits 1", {"do": "command", "contact": "c1", "command": "digits", "args": {"digits": "1"}}),
        ("digits 1 4711#", {"do": "command", "contact": "c1", "command": "digits", "args": {"digits": "4711#"}}),
        ("consult boris", {"do": "command", "contact": "c1", "command": "consult", "args": {"agent": "boris"}}),
        ("consult 1 +7391", {"do": "command", "contact": "c1", "command": "consult", "args": {"to": "+7391"}}),
        ("t 1 +7391", {"do": "command", "contact": "c1", "command": "transfer", "args": {"to": "+7391"}}),
        ("ready", {"do": "ready"}),
        ("available", {"do": "presence", "presence": "available"}),
        ("b lunch", {"do": "presence", "presence": "break", "reason": "lunch", "when": "after_contact"}),
    ],
)
def test_words_become_frames(line: str, asked: dict[str, Any]) -> None:
    assert desk(contact("c1"), offers=(offer("o1", "c2"),)).ask(line) == asked


def test_without_work_a_break_is_now() -> None:
    assert desk().ask("break") == {"do": "presence", "presence": "break", "when": "now"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("accept", "Nothing is offered"),
        ("complete", "Which one?"),
        ("complete 9", "no contact 9"),
        ("transfer 1", "Where to?"),
        ("reply 1", "What?"),
        ("digits", "Which one?"),
        ("consult 1", "Whom?"),
        ("hold", "Which one?"),
        ("dance", "available"),
        ("what", "available"),
        ("", "available"),
    ],
)
def test_words_without_meaning_are_answered(line: str, says: str) -> None:
    with pytest.raises(Unclear, match=says.replace("?", r"\?")):
        desk(contact("c1"), contact("c2")).ask(line)


def test_a_contact_is_told_once_for_each_turn_it_takes() -> None:
    one = desk(offers=(offer("o1", "c1"),))

    def told(seq: int, **fields: Any) -> list[str]:
        return one.hear({"type": "contact", "seq": seq, "contact": contact("c1", **fields)})

    assert told(8) == ["#1 Olga +7913: the channel connects you at PJSIP/1001."]
    assert told(9) == []
    assert told(10, answered_at="now", connect=None) == ["#1 Olga +7913: you are talking; complete ends it."]
    assert told(11, state="closed", ended_by="customer") == [
        "#1 is closed by the customer. `complete HOW` says how it went."
    ]
    assert one.ask("c resolved") == {"do": "complete", "contact": "c1", "seen": 0, "disposition": "resolved"}
    assert one.seq == 11


def test_an_offer_is_told_once_and_its_end() -> None:
    one = desk()
    frame = {"type": "offer", "seq": 8, "offer": offer("o1", "c1")}
    assert "Offered for 15 s: Olga +7913, voice, queue private, waited 3 s" in one.hear(frame)[0]
    assert one.hear(frame | {"seq": 9}) == []
    gone = {"type": "offer.gone", "seq": 10, "offer": "o1", "state": "withdrawn", "reason": "customer_left"}
    assert one.hear(gone) == ["The offer is withdrawn: customer_left."]
    with pytest.raises(Unclear):
        one.ask("accept")


def test_a_refusal_is_told_and_moves_nothing() -> None:
    one = desk()
    body = {"code": "offer_gone", "detail": "customer_left", "title": "It is gone."}
    assert one.hear({"type": "answer", "to": "1", "status": 410, "body": body}) == [
        "Refused, offer_gone: customer_left"
    ]
    assert one.hear({"type": "answer", "to": "2", "status": 200, "body": {}}) == []
    assert one.seq == 7


def test_a_conversation_is_told_as_it_goes() -> None:
    one = desk()

    def message(n: int, text: str | None, role: str = "customer", **fields: Any) -> dict[str, Any]:
        author = {"role": role, "id": {"agent": "anna", "customer": "+7913"}.get(role)}
        known: dict[str, Any] = {
            "id": f"c1.m{n}", "n": n, "contact": "c1", "direction": "in", "author": author, "kind": "text",
            "text": text, "attachments": [], "state": "received", "code": None, "edited_at": None, "deleted_at": None,
        }  # fmt: skip
        return known | fields

    def heard(seq: int, said: dict[str, Any]) -> list[str]:
        return one.hear({"type": "message", "seq": seq, "message": said})

    assert heard(8, message(1, "early")) == []  # of a contact that is not his
    one.hear({"type": "contact", "seq": 9, "contact": contact("c1", connect=None, messages=2)})
    assert one.unread() == [("c1", 0)]
    photo = {"kind": "image", "name": "receipt.jpg", "url": "https://files.example/1", "unavailable": None}
    assert one.message(message(1, "Where is my money?")) == ["#1 Olga +7913: Where is my money?"]
    assert one.message(message(2, None, attachments=[photo])) == [
        "#1 Olga +7913: [receipt.jpg: https://files.example/1]"
    ]
    assert one.unread() == []
    mine = message(3, "On its way", role="agent", direction="out", state="queued")
    assert heard(10, mine) == []
    assert heard(11, mine | {"state": "failed", "code": "blocked"}) == [
        "#1 The customer did not get this (blocked): On its way"
    ]
    assert heard(12, message(1, "Where is it?", edited_at="now")) == ["#1 Olga +7913 (edited): Where is it?"]
    assert heard(13, message(4, "angry", role="supervisor", direction="note")) == ["#1 supervisor (note): angry"]


def test_what_has_become_of_a_command_is_told() -> None:
    one = desk(contact("c1"))

    def told(seq: int, **fields: Any) -> list[str]:
        known = {"id": "c1.c1", "contact": "c1", "do": "hold", "state": "open", "code": None, "detail": None}
        return one.hear({"type": "command", "seq": seq, "command": known | fields})

    assert told(8) == []
    assert told(9, state="done") == ["#1 hold is done."]
    assert told(10, state="failed", code="busy", detail="nobody is there") == [
        "#1 hold has failed: busy nobody is there."
    ]
    assert told(11, contact="c2", state="done") == []
    assert one.seq == 11


def test_a_talk_is_completed_as_far_as_it_was_read() -> None:
    one = desk(contact("c1", connect=None, messages=2))
    assert one.ask("c") == {"do": "complete", "contact": "c1", "seen": 0}
    author = {"role": "customer", "id": "+7913"}
    said: dict[str, Any] = {
        "contact": "c1", "n": 2, "direction": "in", "author": author, "kind": "text", "text": "hi", "attachments": [],
        "state": "received", "code": None, "edited_at": None, "deleted_at": None,
    }  # fmt: skip
    one.message(said)
    assert one.ask("c resolved") == {"do": "complete", "contact": "c1", "seen": 2, "disposition": "resolved"}
