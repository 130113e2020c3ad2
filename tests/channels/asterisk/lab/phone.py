"""A telephone of the tests: an agent's, a customer's, or the whole world behind a trunk. SIP and sound over UDP."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from tests.channels.asterisk.lab.asterisk import SIP_PORT
from tests.channels.asterisk.lab.call import Call
from tests.channels.asterisk.lab.media import CLOCK, WITHIN_S, Media
from tests.channels.asterisk.lab.sip import AGENT, Message, answer, branch, proof, read, tag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.mute import Mute

SOUND = 0x80
"""The bit that the first byte of RTP has, and no letter."""
CHALLENGES = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


class Phone(asyncio.DatagramProtocol):
    """One telephone at one Asterisk. It does nothing by itself, but for what every telephone answers."""

    host = "127.0.0.1"

    def __init__(self, asterisk: Asterisk, user: str, mute: Mute | None, now_ms: Callable[[], float]) -> None:
        self.user = user
        self.now_ms = now_ms
        """The monotonic clock by which its calls note their moments."""
        self.device = f"PJSIP/{user}"
        self.server = (asterisk.address, SIP_PORT)
        self.plugged = True
        """Without this it neither hears nor says anything, as if its cable were drawn."""
        self.calls: dict[str, Call] = {}
        """All its calls, by their Call-ID, those that are over too."""
        self.password = asterisk.password
        self._mute = mute
        self._transport: asyncio.DatagramTransport | None = None
        self._incoming: asyncio.Queue[Call] = asyncio.Queue()
        self._asked: dict[tuple[str, int, str], asyncio.Future[Message]] = {}
        self._answered: dict[tuple[str, str], Message | None] = {}
        self._opening = set[asyncio.Task[None]]()
        self._registration = (f"{secrets.token_hex(8)}@{self.host}", secrets.token_hex(4))
        self._registered = 0

    @classmethod
    async def open(
        cls,
        asterisk: Asterisk,
        user: str,
        *,
        mute: Mute | None = None,
        now_ms: Callable[[], float] = CLOCK.monotonic_ms,
    ) -> Phone:
        """A telephone on a free port, not registered; its calls have no sound where it is `mute`."""
        phone = cls(asterisk, user, mute, now_ms)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: phone, local_addr=(cls.host, 0))
        return phone

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._transport is not None
        return self._transport.get_extra_info("sockname")[1]

    @property
    def contact(self) -> str:
        """Its address."""
        return f"sip:{self.user}@{self.host}:{self.port}"

    async def register(self, contact: str = "", expires_s: int = 3600) -> None:
        """Tell Asterisk where it is; or that another is to be rung for it, at this address."""
        call_id, tag = self._registration
        uri = f"sip:{self.server[0]}"
        ours = f"<sip:{self.user}@{self.server[0]}>"
        self._registered += 1
        ends = (("From", f"{ours};tag={tag}"), ("To", ours), ("Call-ID", call_id))
        place = (("Contact", f"<{contact or self.contact}>"), ("Expires", str(expires_s)))
        said = await self.ask(self.request("REGISTER", uri, *ends, ("CSeq", f"{self._registered} REGISTER"), *place))
        assert said.status == 200, said.first

    async def unregister(self) -> None:
        """Be gone, and say so."""
        await self.register(expires_s=0)

    async def call(self, number: str, caller: str = "", name: str = "", **headers: str) -> Call:
        """Call a number, showing this caller's number (its own user, if none) and name; further headers by their
        name with `_` for `-`. It has been sent, no more: see `rings`, `answered` and `ended` of the call.
        """
        media = await self._media()
        shown = f'"{name}" ' if name else ""
        uri = f"sip:{number}@{self.server[0]}"
        invite = self.request(
            "INVITE", uri,
            ("From", f"{shown}<sip:{caller or self.user}@{self.host}>;tag={secrets.token_hex(4)}"),
            ("To", f"<{uri}>"), ("Call-ID", f"{secrets.token_hex(8)}@{self.host}"), ("CSeq", "1 INVITE"),
            ("Contact", f"<{self.contact}>"), ("Content-Type", "application/sdp"),
            *((key.replace("_", "-"), value) for key, value in headers.items()),
        )  # fmt: skip
        call = Call(self, invite, media, incoming=False)
        invite.body = call.sdp()
        self.calls[call.id] = call
        self.send(invite)
        return call

    async def rung(self, within_s: float = WITHIN_S) -> Call:
        """Wait for the next call to it. Nothing has been answered yet: it is silent until `ring` or another verb."""
        try:
            async with asyncio.timeout(within_s):
                return await self._incoming.get()
        except TimeoutError:
            raise AssertionError(f"{self.user} was not rung within {within_s} s") from None

    async def picks_up(self, within_s: float = WITHIN_S) -> Call:
        """Wait for the next call, ring, and answer it."""
        call = await self.rung(within_s)
        call.ring()
        await call.answer()
        return call

    def is_quiet(self) -> bool:
        """Whether nobody calls it whose call was not taken by `rung`."""
        return self._incoming.empty()

    def close(self) -> None:
        """Be gone without a word, with all calls."""
        for call in self.calls.values():
            call.media.close()
        if self._transport is not None:
            self._transport.close()

    # What follows is for its calls.

    def request(self, method: str, uri: str, *headers: tuple[str, str], body: str = "") -> Message:
        """A request of its own transaction."""
        via = f"SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch()}"
        own = (("Via", via), ("Max-Forwards", "70"), ("User-Agent", AGENT))
        contact = () if any(name == "Contact" for name, _ in headers) else (("Contact", f"<{self.contact}>"),)
        return Message(f"{method} {uri} SIP/2.0", [*own, *headers, *contact], body)

    def send(self, message: Message, of: Message | None = None) -> None:
        """Send it; as the answer `of` a request it is said again when that is asked again."""
        if of is not None:
            self._answered[transaction(of)] = message
        if self.plugged and self._transport is not None:
            self._transport.sendto(message.encoded(), self.server)

    async def ask(self, request: Message) -> Message:
        """The final answer to a request, after its password where one is asked for."""
        said = await self._final(request)
        if said.status in CHALLENGES:
            if request.method == "INVITE":
                raise AssertionError("a re-INVITE was challenged")
            said = await self._final(self._signed(request, said))
        return said

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """It has its port."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Asterisk says something."""
        del addr
        # An Asterisk before it may still send sound to the port.
        if not self.plugged or not data.strip() or data[0] & SOUND:
            return
        message = read(data)
        if message.status:
            self._take_answer(message)
        else:
            self._take_request(message)

    def _take_answer(self, said: Message) -> None:
        asked = self._asked.get((said.header("Call-ID"), said.number, said.method))
        if asked is not None:
            if said.status >= 200 and not asked.done():
                asked.set_result(said)
            return
        call = self.calls.get(said.header("Call-ID"))
        if call is None or said.method != "INVITE" or said.number != call.invite.number:
            return
        if said.status in CHALLENGES and not call.invite.header(CHALLENGES[said.status][1]):
            self.send(call.same_transaction("ACK"))
            call.invite = self._signed(call.invite, said)
            self.send(call.invite)
        else:
            call.take_answer(said)

    def _take_request(self, request: Message) -> None:
        key = transaction(request)
        if request.method != "ACK" and key in self._answered:
            known = self._answered[key]
            if known is not None:
                self.send(known)
            return
        self._answered[key] = None
        call = self.calls.get(request.header("Call-ID"))
        if call is not None and (tag_of(request.header("To")) or request.method in {"CANCEL", "ACK"}):
            said = call.take_request(request)
        elif request.method == "INVITE":
            opening = asyncio.create_task(self._open(request))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
            return
        else:
            said = answer(request, 200 if request.method == "OPTIONS" else 481, secrets.token_hex(4))
        if said is not None and request.method != "ACK":
            self.send(said, of=request)

    async def _open(self, invite: Message) -> None:
        call = Call(self, invite, await self._media(), incoming=True)
        self.calls[call.id] = call
        self._incoming.put_nowait(call)

    async def _media(self) -> Media:
        return self._mute or await Media.open(self.host)

    async def _final(self, request: Message) -> Message:
        key = (request.header("Call-ID"), request.number, request.method)
        self._asked[key] = asyncio.get_running_loop().create_future()
        self.send(request)
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._asked[key]
        except TimeoutError:
            raise AssertionError(f"{request.method} of {self.user} was not answered within {WITHIN_S} s") from None
        finally:
            del self._asked[key]

    def _signed(self, request: Message, said: Message) -> Message:
        """The request once more, with the password that the answer asks for."""
        asks, gives = CHALLENGES[said.status]
        signature = proof(said.header(asks), request.method, request.uri, self.user, self.password)
        sequence = ("CSeq", f"{request.number + 1} {request.method}")
        via = request.header("Via").partition("branch=")[0] + f"branch={branch()}"
        headers = [(name, value) for name, value in request.headers if name not in {"Via", "CSeq"}]
        self._registered += request.method == "REGISTER"
        return Message(request.first, [("Via", via), *headers, sequence, (gives, signature)], request.body)


def transaction(request: Message) -> tuple[str, str]:
    """What tells a request from its repetitions."""
    return request.header("Via"), request.method
