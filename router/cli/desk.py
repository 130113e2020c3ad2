"""What a terminal desk tells its agent, and what its agent's words mean: no terminal and no socket in here."""

from __future__ import annotations

from typing import Any, Final, get_args

from router.domain.command import Do

Json = dict[str, Any]

HELP: Final = """\
available            be offered contacts            break [REASON]       take a break, after the present contact
accept               take what is offered           offline              go, after the present contact
decline [REASON]     let somebody else take it      ready                end the wrap-up
reply [N] TEXT       write to the customer          note [N] TEXT        write what he does not see
park [N]             let it wait for the customer   complete [N] [HOW]   the talk is over, and how it went
transfer [N] QUEUE   send the contact on            status, help, quit   quit goes offline first
While you are on the phone:
hold [N], resume, mute, unmute                      digits [N] DIGITS    press keys
consult [N] WHOM     talk to a colleague, or to a number that begins with +; cancel_consult, complete_consult
transfer [N] +NUMBER send him to a number outside   pause_recording, resume_recording
N is a contact's number; without it, the one there is. The first letter of a word of the first lines is enough, but for
ready."""

WORDS: Final = (
    "available", "accept", "break", "complete", "decline", "note", "offline", "park", "ready", "reply", "transfer",
    "status", "help", "quit",
)  # fmt: skip
SHORT: Final = {"a": "accept", "r": "reply"} | {word[0]: word for word in WORDS if word[0] not in "ar"}
COMMANDS: Final = get_args(Do)


class Unclear(Exception):
    """The agent's words mean nothing here; the text says what would."""


class Desk:
    """One agent's work, as his frames have told of it."""

    def __init__(self) -> None:
        self.agent: Json = {}
        self.seq: int | None = None
        """The last event that was told of."""
        self._offers: dict[str, Json] = {}
        self._contacts: dict[str, Json] = {}
        self._numbers: dict[str, int] = {}
        self._read: dict[str, int] = {}
        """Contact → the number of the last message that was told of."""

    def hear(self, frame: Json) -> list[str]:
        """Take a frame; gives what is to be said of it."""
        match frame["type"]:
            case "snapshot":
                self._offers = {offer["id"]: offer for offer in frame["offers"]}
                self._contacts = {contact["id"]: contact for contact in frame["contacts"]}
                self.agent = frame["agent"]
                said = self.status()
            case "offer":
                new = frame["offer"]["id"] not in self._offers
                self._offers[frame["offer"]["id"]] = frame["offer"]
                said = [self._offered(frame["offer"])] if new else []
            case "offer.gone":
                gone = self._offers.pop(frame["offer"], None)
                said = [f"The offer is {frame['state']}: {frame['reason'] or 'it has gone on'}."] if gone else []
            case "contact":
                said = self._contact(frame["contact"])
            case "agent":
                said = self._agent(frame["agent"])
            case "message":
                said = self.message(frame["message"])
            case "command":
                said = self._command(frame["command"])
            case "answer":
                return self._answered(frame)
            case _:
                return []
        self.seq = max(self.seq or 0, frame["seq"])
        return said

    def ask(self, line: str) -> Json:
        """The frame that the agent's words ask for, but for its id. Raises `Unclear`."""
        word, *rest = line.split() or ["help"]
        word = SHORT.get(word, word)
        match word:
            case "available":
                return {"do": "presence", "presence": "available"}
            case "break" | "offline":
                return self._go(word, " ".join(rest) or None)
            case "ready":
                return {"do": "ready"}
            case "accept":
                return {"do": "accept", "offer": self._offer()}
            case "decline":
                return {"do": "decline", "offer": self._offer()} | ({"reason": " ".join(rest)} if rest else {})
            case "reply" | "note":
                return self._write(word, rest)
            case "park":
                return {"do": "park", "contact": self._one(rest)}
            case "complete":
                return self._complete(self._one(rest), *rest[:1])
            case "transfer":
                return self._transfer(rest)
            case _ if word in COMMANDS:
                return self._instruct(word, rest)
            case _:
                raise Unclear(HELP)

    def unread(self) -> list[tuple[str, int]]:
        """Contacts with messages that were not told of, each with the number of the last one that was."""
        return [
            (name, self._read.get(name, 0))
            for name, contact in self._contacts.items()
            if contact.get("messages", 0) > self._read.get(name, 0)
        ]

    def message(self, message: Json) -> list[str]:
        """What is to be said of a message that is new or has changed; nothing of the agent's own that is on its way."""
        contact, is_new = self._contacts.get(message["contact"]), message["n"] > self._read.get(message["contact"], 0)
        if contact is None:
            return []
        self._read[contact["id"]] = max(message["n"], self._read.get(contact["id"], 0))
        number, author = f"#{self._number(contact)}", message["author"]
        if message["state"] == "failed":
            return [f"{number} The customer did not get this ({message['code']}): {_said(message)}"]
        if author["role"] == "agent" and author["id"] == self.agent.get("id"):
            return []
        if not is_new and message["deleted_at"] is None and message["edited_at"] is None:
            return []
        who = _who(contact) if author["role"] == "customer" else author["id"] or author["role"]
        change = "" if is_new else " (deleted)" if message["deleted_at"] else " (edited)"
        note = " (note)" if message["direction"] == "note" else ""
        return [f"{number} {who}{change}{note}: {_said(message)}"]

    def status(self) -> list[str]:
        """All that there is."""
        agent = self.agent
        reason = f" ({agent['reason']})" if agent["reason"] else ""
        told = [f"You are {agent['name']}, {agent['presence']}{reason}, {agent['state']}."]
        if agent["presence"] == "offline":
            told.append("Type available to be offered contacts, help for all words.")
        told += [self._offered(offer) for offer in self._offers.values()]
        return told + [self._stands(contact) for contact in self._contacts.values()]

    def _go(self, presence: str, reason: str | None) -> Json:
        busy = bool(self._contacts or self._offers)
        asked: Json = {"do": "presence", "presence": presence, "when": "after_contact" if busy else "now"}
        return asked | ({"reason": reason} if reason else {})

    def _write(self, word: str, rest: list[str]) -> Json:
        """A text may itself begin with a number: only a contact's is taken for one."""
        known = {str(number) for number in self._numbers.values()}
        names = rest[:1] if rest and rest[0].lstrip("#") in known else []
        contact, text = self._one(names.copy()), " ".join(rest[len(names) :])
        if not text:
            raise Unclear(f"What? {word} [N] TEXT")
        return {"do": "send", "contact": contact, "text": text} | ({"note": True} if word == "note" else {})

    def _transfer(self, rest: list[str]) -> Json:
        contact, whither = self._one(rest), _given(rest, "Where to? transfer [N] QUEUE")
        if whither.startswith("+"):
            return _command(contact, "transfer", to=whither)
        return {"do": "transfer", "contact": contact, "queue": whither}

    def _instruct(self, word: str, rest: list[str]) -> Json:
        if word == "digits":
            contact = self._one(rest if len(rest) > 1 else [])
            return _command(contact, word, digits=_given(rest, "Which? digits [N] DIGITS"))
        contact = self._one(rest)
        if word != "consult":
            return _command(contact, word)
        whom = _given(rest, "Whom? consult [N] AGENT, or a number that begins with +")
        return _command(contact, word, **{"to" if whom.startswith("+") else "agent": whom})

    def _complete(self, contact: str, *how: str) -> Json:
        """With what he has been told of, so that it is not over where something more was said just now."""
        asked: Json = {"do": "complete", "contact": contact, "seen": self._read.get(contact, 0)}
        return asked | ({"disposition": how[0]} if how else {})

    def _command(self, command: Json) -> list[str]:
        contact = self._contacts.get(command["contact"])
        if contact is None or command["state"] == "open":
            return []
        why = " ".join(part for part in (command["code"], command["detail"]) if part)
        how = "is done" if command["state"] == "done" else f"has failed: {why or 'for no reason given'}"
        return [f"#{self._number(contact)} {command['do']} {how}."]

    def _offer(self) -> str:
        if not self._offers:
            raise Unclear("Nothing is offered to you now.")
        return next(reversed(self._offers))

    def _one(self, rest: list[str]) -> str:
        """The contact whose number is the first word, which is taken off; or the only one."""
        if rest and rest[0].lstrip("#").isdecimal():
            number = int(rest.pop(0).lstrip("#"))
            for contact, of in self._numbers.items():
                if of == number:
                    return contact
            raise Unclear(f"There is no contact {number}.")
        if not self._numbers:
            raise Unclear("You have had no contact yet.")
        if len(self._contacts) > 1:
            raise Unclear("Which one? " + "; ".join(self._stands(contact) for contact in self._contacts.values()))
        return next(iter(self._contacts), None) or next(reversed(self._numbers))

    def _offered(self, offer: Json) -> str:
        contact = offer["contact"]
        return (
            f"\aOffered for {offer['limit_s']:g} s: {_who(contact)}, {offer['medium']}, queue {offer['queue']},"
            f" waited {contact['waited_s']:.0f} s{_facts(contact)}. accept or decline?"
        )

    def _contact(self, contact: Json) -> list[str]:
        before = self._contacts.get(contact["id"])
        self._offers = {name: offer for name, offer in self._offers.items() if offer["contact"]["id"] != contact["id"]}
        if contact["agent"] == self.agent.get("id") and contact["state"] in {"assigned", "parked"}:
            self._contacts[contact["id"]] = contact
            changed = before is None or _phase(before) != _phase(contact)
            return [self._stands(contact)] if changed else []
        if self._contacts.pop(contact["id"], None) is None:
            return []
        whose = f" by the {contact['ended_by']}" if contact["ended_by"] else ""
        how = " `complete HOW` says how it went." if contact["state"] == "closed" and not contact["disposition"] else ""
        return [f"#{self._number(contact)} is {contact['state']}{whose}.{how}"]

    def _agent(self, agent: Json) -> list[str]:
        before, self.agent = self.agent, agent
        if (before.get("presence"), before.get("state")) == (agent["presence"], agent["state"]):
            return []
        if agent["state"] == "not_responding":
            return ["You have let too much go by and are offered nothing: ready takes you back."]
        if agent["state"] == "wrap_up":
            return ["Wrap-up: ready ends it."]
        return [f"You are {agent['presence']}, {agent['state']}."]

    def _answered(self, frame: Json) -> list[str]:
        body = frame["body"]
        if frame["status"] < 300:
            return []
        return [f"Refused, {body['code']}: {body['detail'] or body['title']}"]

    def _stands(self, contact: Json) -> str:
        number = self._number(contact)
        match _phase(contact):
            case "talking":
                doing = "you are talking; complete ends it"
            case "connecting":
                device = contact["connect"]["device"]
                doing = f"the channel connects you{f' at {device}' if device else ''}"
            case "answering":
                doing = "the customer awaits your answer; reply TEXT writes to him"
            case phase:
                doing = phase
        return f"#{number} {_who(contact)}{_facts(contact)}: {doing}."

    def _number(self, contact: Json) -> int:
        return self._numbers.setdefault(contact["id"], len(self._numbers) + 1)


def _command(contact: str, command: str, **args: str) -> Json:
    return {"do": "command", "contact": contact, "command": command} | ({"args": args} if args else {})


def _given(rest: list[str], question: str) -> str:
    """The first word, which must be there."""
    if not rest:
        raise Unclear(question)
    return rest[0]


def _phase(contact: Json) -> str:
    if contact["state"] != "assigned":
        return contact["state"]
    if contact["answered_at"] is not None:
        return "talking"
    return "answering" if contact["connect"] is None else "connecting"


def _who(contact: Json) -> str:
    customer = contact["customer"]
    return " ".join(part for part in (customer["name"], customer["id"]) if part) or "somebody"


def _facts(contact: Json) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in contact["attributes"].items())
    return f" ({facts})" if facts else ""


def _said(message: Json) -> str:
    files = [
        f"[{one['name'] or one['kind']}: {one['unavailable'] or one['url'] or 'no link'}]"
        for one in message["attachments"]
    ]
    return " ".join([message["text"], *files] if message["text"] else files) or f"[{message['kind']}]"
