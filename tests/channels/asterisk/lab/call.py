"""One call of a phone: what was asked and answered, and its sound."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING

from tests.channels.asterisk.lab.media import EVENT, WITHIN_S, Media
from tests.channels.asterisk.lab.sip import Message, answer, name_of, tag_of, uri_of, user_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.channels.asterisk.lab.phone import Phone

    Condition = Callable[[], bool]

MIRRORED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive", "sendrecv": "sendrecv"}


class Call:
    """A call from the phone or to it. What waits raises TimeoutError or AssertionError where nothing comes."""

    def __init__(self, phone: Phone, invite: Message, media: Media, *, incoming: bool) -> None:
        self.phone = phone
        self.invite = invite
        """The request that began it, with all its headers."""
        self.media = media
        self.incoming = incoming
        self.statuses: list[int] = []
        """The codes with which it was answered, in their order."""
        self.at_ms: dict[str, float] = {"invite": phone.now_ms()}
        """When it was "invite", a status such as "180" or "200", and "over", in ms of the monotonic clock."""
        self.over = ""
        """How it ended: "they hung up", "we hung up", "cancelled" or "refused"; nothing while it goes on."""
        self.reason = ""
        """The Reason header with which they cancelled or hung up."""
        self.held = False
        """Whether the other side has put us on hold."""
        self.id = invite.header("Call-ID")
        self.ours, self.theirs = invite.header("From"), invite.header("To")
        self.target = invite.uri
        if incoming:
            self.ours, self.theirs = f"{self.theirs};tag={secrets.token_hex(4)}", self.ours
            self.target = uri_of(invite.header("Contact"))
        self.referred: list[int] = []
        """What was told of the transfer that we asked for: 100 and on."""
        self._order = 0 if incoming else invite.number
        self._changed = asyncio.Event()

    @property
    def dialled(self) -> str:
        """The number that was called."""
        return user_of(f"<{self.invite.uri}>")

    @property
    def caller_number(self) -> str:
        """The number that the caller shows."""
        return user_of(self.invite.header("From"))

    @property
    def caller_name(self) -> str:
        """The name that the caller shows."""
        return name_of(self.invite.header("From"))

    def ring(self) -> None:
        """Say that it rings."""
        self._respond(180)

    async def answer(self) -> None:
        """Pick it up; return once the other side knows."""
        self.follow(self.invite)
        self._respond(200, ("Contact", f"<{self.phone.contact}>"), ("Content-Type", "application/sdp"), body=self.sdp())
        await self.until(lambda: "ack" in self.at_ms, "an ACK")

    def refuse(self, status: int = 486) -> None:
        """Do not take it: 486 busy, 603 declined, 480 not there, 404 unknown."""
        self._respond(status)
        self.end("refused")

    async def rings(self, within_s: float = WITHIN_S) -> None:
        """Wait until it rings there, by 180 or with early sound."""
        await self.until(lambda: bool({180, 183} & set(self.statuses)), "ringing", within_s)

    async def answered(self, within_s: float = WITHIN_S) -> None:
        """Wait until it is picked up there."""
        await self.until(lambda: 200 in self.statuses, "an answer", within_s)

    async def ended(self, within_s: float = WITHIN_S) -> str:
        """Wait until it is over; how it ended."""
        await self.until(lambda: bool(self.over), "the end", within_s)
        return self.over

    async def hang_up(self) -> None:
        """End it: cancelled before it was answered, or by BYE."""
        if self.over:
            return
        if not self.incoming and 200 not in self.statuses:
            self.phone.send(self.same_transaction("CANCEL"))
            await self.until(lambda: bool(self.over) or 200 in self.statuses, "the end")
            if self.over:
                return
            # The answer was on its way already.
        await self._asked("BYE")
        self.end("we hung up")

    async def hold(self) -> None:
        """Put the other side on hold, as the phone's key does."""
        assert await self._invited_again("sendonly") == 200

    async def resume(self) -> None:
        """Go on after a hold."""
        assert await self._invited_again("sendrecv") == 200

    async def refer(self, to: str) -> int:
        """Press the key of a blind transfer to this number; the status of the REFER."""
        return await self._refer(f"<sip:{to}@{self.phone.server[0]}>")

    async def refer_to_call(self, other: Call) -> int:
        """Press the key of an attended transfer: the far sides of both calls are to talk; the status of the REFER."""
        replaces = f"{other.id}%3Bto-tag%3D{tag_of(other.theirs)}%3Bfrom-tag%3D{tag_of(other.ours)}"
        number = user_of(other.theirs)
        return await self._refer(f"<sip:{number}@{self.phone.server[0]}?Replaces={replaces.replace('@', '%40')}>")

    async def transferred(self, within_s: float = WITHIN_S) -> int:
        """Wait for what became of the transfer; its status."""
        await self.until(lambda: any(status >= 200 for status in self.referred), "the end of a transfer", within_s)
        return self.referred[-1]

    def say(self, hz: int) -> None:
        """Say a tone until something else is to be said."""
        self.media.say(hz)

    def be_silent(self) -> None:
        """Say nothing more."""
        self.media.be_silent()

    def press(self, digits: str) -> None:
        """Press digits."""
        self.media.press(digits)

    async def pressed(self, digits: str, within_s: float = WITHIN_S) -> None:
        """Wait until the other side has pressed these digits."""
        await self.media.pressed(digits, within_s)

    async def hears(self, hz: int, within_s: float = WITHIN_S) -> int:
        """Wait until this tone is heard, from now on; when it began, in ms of the monotonic clock."""
        return await self.media.hears(hz, within_s)

    async def hears_silence(self, for_ms: int = 300, within_s: float = WITHIN_S) -> None:
        """Wait until nothing has been heard for so long, from now on."""
        await self.media.hears_silence(for_ms, within_s)

    # What follows is the phone's side of it.

    def sdp(self, direction: str = "sendrecv") -> str:
        """Our offer or answer: μ-law and digits."""
        host = self.phone.host
        lines = [
            "v=0", f"o=- {self.media.port} {self._order + len(self.statuses)} IN IP4 {host}", "s=-", f"c=IN IP4 {host}",
            "t=0 0", f"m=audio {self.media.port} RTP/AVP 0 {EVENT}", "a=rtpmap:0 PCMU/8000",
            f"a=rtpmap:{EVENT} telephone-event/8000", f"a=fmtp:{EVENT} 0-16", "a=ptime:20", f"a={direction}", "",
        ]  # fmt: skip
        return "\r\n".join(lines)

    def follow(self, message: Message) -> str:
        """Do as the offer or answer in this message says; its direction."""
        host = re.search(r"^c=IN IP4 (\S+)", message.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", message.body, re.MULTILINE)
        direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", message.body, re.MULTILINE)
        if host is not None and port is not None:
            self.media.speak_to(host[1], int(port[1]))
        return direction[1] if direction else "sendrecv"

    def take_answer(self, said: Message) -> None:
        """An answer to our INVITE has come."""
        if said.status >= 200:
            self.theirs = said.header("To")
            if said.status < 300:
                self.target = uri_of(said.header("Contact"))
                self.phone.send(self.request("ACK", number=said.number))
            else:
                self.phone.send(self.same_transaction("ACK"))
                self.end("cancelled" if said.status == 487 else "refused")
        if said.body:
            self.follow(said)
        self.mark(said.status)

    def take_request(self, request: Message) -> Message | None:
        """The other side asks something within the call; our answer."""
        tag = tag_of(self.ours)
        if request.method == "ACK":
            self.at_ms.setdefault("ack", self.phone.now_ms())
            self._changed.set()
            return None
        if request.method in {"BYE", "CANCEL"}:
            self.reason = request.header("Reason")
            if request.method == "CANCEL":
                self._respond(487)
            self.end("they hung up" if request.method == "BYE" else "cancelled")
        elif request.method == "NOTIFY":
            told = re.search(r"SIP/2\.0 (\d+)", request.body)
            if told is not None:
                self.referred.append(int(told[1]))
                self._changed.set()
        elif request.body:
            direction = self.follow(request)
            self.held = direction in {"sendonly", "inactive"}
            self._changed.set()
            headers = (("Contact", f"<{self.phone.contact}>"), ("Content-Type", "application/sdp"))
            return answer(request, 200, tag, *headers, body=self.sdp(MIRRORED[direction]))
        return answer(request, 200, tag, ("Contact", f"<{self.phone.contact}>"))

    def request(self, method: str, *headers: tuple[str, str], number: int = 0, body: str = "") -> Message:
        """A request within the call, next in order unless it has a number."""
        if not number:
            # An INVITE that was asked for its password has come a second time, with a number of its own.
            self._order = max(self._order, 0 if self.incoming else self.invite.number) + 1
        ends = (("From", self.ours), ("To", self.theirs), ("Call-ID", self.id))
        sequence = ("CSeq", f"{number or self._order} {method}")
        return self.phone.request(method, self.target, *ends, sequence, *headers, body=body)

    def same_transaction(self, method: str) -> Message:
        """A CANCEL of the INVITE, or the ACK of its refusal."""
        request = self.request(method, number=self.invite.number)
        request.first = f"{method} {self.invite.uri} SIP/2.0"
        others = [(name, value) for name, value in request.headers if name != "Via"]
        request.headers = [("Via", self.invite.header("Via")), *others]
        return request

    def mark(self, status: int) -> None:
        """Note a status and its moment."""
        self.statuses.append(status)
        self.at_ms.setdefault(str(status), self.phone.now_ms())
        self._changed.set()

    def end(self, how: str) -> None:
        """It is over."""
        if not self.over:
            self.over = how
            self.at_ms["over"] = self.phone.now_ms()
            self.media.close()
        self._changed.set()

    async def until(self, done: Condition, what: str, within_s: float = WITHIN_S) -> None:
        """Wait until this is so of the call."""
        try:
            async with asyncio.timeout(within_s):
                while not done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            story = f"it had {self.statuses} and {self.over or 'goes on'}"
            raise AssertionError(f"{what} did not come within {within_s} s; {story}") from None

    def _respond(self, status: int, *headers: tuple[str, str], body: str = "") -> None:
        self.phone.send(answer(self.invite, status, tag_of(self.ours), *headers, body=body), of=self.invite)
        self.mark(status)

    async def _invited_again(self, direction: str) -> int:
        offer = self.request("INVITE", ("Content-Type", "application/sdp"), body=self.sdp(direction))
        said = await self.phone.ask(offer)
        self.phone.send(self.request("ACK", number=offer.number))
        self.follow(said)
        return said.status

    async def _refer(self, to: str) -> int:
        return await self._asked("REFER", ("Refer-To", to), ("Referred-By", f"<{uri_of(self.ours)}>"))

    async def _asked(self, method: str, *headers: tuple[str, str]) -> int:
        return (await self.phone.ask(self.request(method, *headers))).status
