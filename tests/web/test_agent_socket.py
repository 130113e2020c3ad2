"""The agent's socket: what a desk hears and says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.helpers.desk import desk_at_work, desk_of
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server
    from tests.helpers.service import Service

OPERATION = """
dispositions = ["resolved", "callback"]
[powers]
refund = "EUR"
[queues.private]
target_s = 40
[queues.corporate]
target_s = 10
[[routes]]
queue = "private"
[media.chat]
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private"], media = ["voice", "chat"], phone = "PJSIP/1001", powers.refund = 300 }
boris = { queues = ["private", "corporate"], media = ["voice", "chat"], powers.refund = 3000 }
"""


async def post(service: Service, number: str = "1", **fields: Any) -> Any:
    """A chat arrives, unless `channel` says otherwise."""
    adapter = await service.caller("adapter")
    said = await adapter.post("/contacts", {"channel": "telegram", "external_id": number, **fields})
    assert said.status == 201, said.body
    return said.body


async def test_the_conversation_of_the_contract(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        async with desk_of(anna, "anna") as desk:
            snapshot = await desk.frame()
            assert (snapshot["type"], snapshot["resumed"], snapshot["offers"], snapshot["contacts"]) == (
                "snapshot",
                False,
                [],
                [],
            )
            assert (snapshot["agent"]["id"], snapshot["agent"]["presence"]) == ("anna", "offline")
            assert snapshot["agent"]["connections"] == 1
            changed = await desk.ask("presence", presence="available", device="PJSIP/1001")
            assert (changed["status"], changed["body"]["state"]) == (200, "idle")
            contact = await post(service, channel="phone", customer={"id": "+79131234567"})
            offered = await desk.frame("offer")
            assert (offered["offer"]["contact"]["id"], offered["offer"]["delivered_at"]) == (contact["id"], None)
            acknowledged = await desk.ask("ack", seq=offered["seq"])
            assert (acknowledged["status"], acknowledged["body"]["id"]) == (200, contact["id"])
            again = await desk.frame("offer")
            assert again["offer"]["id"] == offered["offer"]["id"]
            assert again["offer"]["expires_at"] is not None, "the limit runs"
            accepted = await desk.ask("accept", offer=offered["offer"]["id"])
            assert (accepted["status"], accepted["body"]["state"], accepted["body"]["agent"]) == (
                200,
                "assigned",
                "anna",
            )
            told = await desk.frame("contact")
            assert told["contact"]["connect"]["device"] == "PJSIP/1001"
            assert (await desk.frame("agent"))["agent"]["state"] == "busy"
            leaving = await desk.ask("presence", presence="break", reason="lunch", when="after_contact")
            assert leaving["body"]["next"] == {"presence": "break", "reason": "lunch"}
            done = await desk.ask("complete", contact=contact["id"], disposition="resolved")
            assert (done["status"], done["body"]["state"]) == (200, "closed")
            assert (await desk.ask("ready"))["status"] == 200
            while (await desk.frame("agent"))["agent"]["state"] != "break":
                pass


async def test_an_offer_that_ends_is_gone_and_answers_say_why(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        contact = await post(service)
        offer = (await desk.frame("offer"))["offer"]["id"]
        adapter = await service.caller("adapter")
        await adapter.post(f"/contacts/{contact['id']}/left")
        gone = await desk.frame("offer.gone")
        assert (gone["offer"], gone["state"], gone["reason"]) == (offer, "withdrawn", "customer_left")
        late = await desk.ask("accept", offer=offer)
        assert (late["status"], late["body"]["code"], late["body"]["detail"]) == (410, "offer_gone", "customer_left")
        late = await desk.ask("ack", offer=offer)
        assert (late["status"], late["body"]["code"]) == (410, "offer_gone")
        nothing = await desk.ask("ack", seq=gone["seq"])
        assert (nothing["status"], nothing["body"]) == (200, None), "nothing is pending any more"


async def test_an_offer_that_was_accepted_is_no_longer_to_be_acknowledged(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as anna:
        await post(service)
        await anna.ask("accept", offer=(await anna.frame("offer"))["offer"]["id"])
        frame = await anna.frame("contact")
        nothing = await anna.ask("ack", seq=frame["seq"])
        assert (nothing["status"], nothing["body"]) == (200, None), "a desk of many hours remembers none of them"


async def test_a_transferred_contact_leaves_with_a_word(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as anna:
        contact = await post(service)
        await anna.ask("accept", offer=(await anna.frame("offer"))["offer"]["id"])
        async with desk_at_work(service, "boris") as boris:
            moved = await anna.ask(
                "transfer",
                contact=contact["id"],
                queue="corporate",
                requirement={"powers": {"refund": 3000}},
                note="asks for more than I may",
                version=(await anna.frame("contact"))["contact"]["version"],
            )
            assert moved["status"] == 200, moved
            offered = await boris.frame("offer")
            assert (offered["offer"]["queue"], offered["offer"]["contact"]["notes"]) == (
                "corporate",
                ["asks for more than I may"],
            )
            told = await anna.frame("contact")
            assert (told["contact"]["id"], told["contact"]["queue"]) == (contact["id"], "corporate")
            assert told["contact"]["agent"] != "anna"
            await boris.ask("accept", offer=offered["offer"]["id"])
            await boris.ask("complete", contact=contact["id"])
            refused = await anna.ask("complete", contact=contact["id"])
            assert (refused["status"], refused["body"]["code"]) == (404, "unknown_contact"), "not hers any more"
        later = {frame["type"] for frame in anna.unread}
        assert later <= {"agent"}, "what becomes of it is not hers to see"


async def test_a_desk_sees_only_its_own_agent(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as anna:
        await post(service)
        offer = (await anna.frame("offer"))["offer"]["id"]
        async with desk_at_work(service, "boris") as boris:
            for do in ("accept", "decline", "ack"):
                refused = await boris.ask(do, offer=offer)
                assert (refused["status"], refused["body"]["code"]) in {(404, "unknown_offer"), (409, "taken")}, do
            declined = await anna.ask("decline", offer=offer, reason="busy")
            assert declined["status"] == 200
            gone = await anna.frame("offer.gone")
            assert (gone["state"], gone["reason"]) == ("declined", "busy")
            offered = await boris.frame("offer")
            assert offered["offer"]["contact"]["id"] == declined["body"]["id"]
        boris_caller = await service.caller("agent", agent="boris")
        said = await boris_caller.get("/agents/anna/live")
        assert (said.status, said.code) == (404, "unknown_agent")


async def test_whatever_is_wrong_with_a_frame_is_an_answer(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        for raw, to in (
            ("{", None),
            ("[]", None),
            ("null", None),
            ("[" * 100_000, None),
            ('{"do":"ready"}', None),
            ('{"id":7,"do":"ready"}', None),
            ('{"id":"x"}', "x"),
            ('{"id":"x","do":7}', "x"),
            ('{"id":"x","do":"fly"}', "x"),
            ('{"id":"x","do":"ready","surprise":1}', "x"),
            ('{"id":"x","do":"ready","key":""}', "x"),
            ('{"id":"x","do":"presence"}', "x"),
            ('{"id":"x","do":"presence","presence":"asleep"}', "x"),
            ('{"id":"x","do":"accept"}', "x"),
            ('{"id":"x","do":"accept","offer":7}', "x"),
            ('{"id":"x","do":"accept","offer":""}', "x"),
            ('{"id":"x","do":"complete","contact":"1","version":"one"}', "x"),
            ('{"id":"x","do":"ack"}', "x"),
            ('{"id":"x","do":"ack","seq":1,"offer":"1.1"}', "x"),
        ):
            await desk.socket.send_str(raw)
            answer = await desk.answer(to)
            assert (answer["status"], answer["body"]["code"]) == (400, "malformed"), raw[:100]
        await desk.socket.send_bytes(b'{"id":"x","do":"ready"}')
        assert (await desk.answer(None))["body"]["code"] == "malformed"
        await desk.socket.send_bytes(b"\xff\xfe")
        assert (await desk.answer(None))["body"]["code"] == "malformed"
        await desk.socket.send_str(json.dumps({"id": "x", "do": "ready", "key": "k" * 300_000}))
        answer = await desk.answer(None)
        assert (answer["status"], answer["body"]["code"]) == (413, "too_large")
        assert (await desk.ask("ready"))["status"] == 200, "and the socket goes on"


async def test_a_frame_of_another_size_altogether_ends_the_socket(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        await desk.socket.send_str("x" * 2_000_000)
        assert await desk.closed() == 1009


async def test_every_refusal_is_an_answer(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        contact = await post(service)
        offer = (await desk.frame("offer"))["offer"]["id"]
        accepted = await desk.ask("accept", offer=offer, key="k1")
        assert accepted["status"] == 200
        version = accepted["body"]["version"]
        mine = contact["id"]
        refused: list[tuple[dict[str, Any], tuple[int, str]]] = [
            ({"do": "accept", "offer": "none.1"}, (404, "unknown_offer")),
            ({"do": "accept", "offer": "other.1", "key": "k1"}, (422, "idempotency_key_reused")),
            ({"do": "complete", "contact": "none"}, (404, "unknown_contact")),
            ({"do": "complete", "contact": mine, "version": version + 7}, (412, "stale")),
            ({"do": "complete", "contact": mine, "disposition": "dancing"}, (400, "malformed")),
            ({"do": "transfer", "contact": mine}, (400, "malformed")),
            ({"do": "transfer", "contact": mine, "queue": "none"}, (404, "unknown_queue")),
            ({"do": "transfer", "contact": mine, "agent": "none"}, (404, "unknown_agent")),
            ({"do": "transfer", "contact": mine, "agent": "boris"}, (409, "not_capable")),
            ({"do": "patch", "contact": mine, "tags": ["a"], "version": version + 7}, (412, "stale")),
            ({"do": "park", "contact": mine}, (409, "wrong_state")),
            ({"do": "send", "contact": mine, "text": "Здравствуйте!", "client_id": "a-1"}, (409, "wrong_state")),
        ]
        for fields, code in refused:
            answer = await desk.ask(**fields)
            assert (answer["status"], answer["body"]["code"]) == code, fields
        repeated = await desk.ask("accept", offer=offer, key="k1")
        assert (repeated["status"], repeated["body"]["id"]) == (200, mine)
        assert (await desk.ask("patch", contact=mine, tags=["vip"]))["body"]["tags"] == ["vip"]
        assert (await desk.ask("reply", contact=mine))["body"]["answered_at"] is not None
        assert (await desk.ask("complete", contact=mine))["status"] == 200
        late = await desk.ask("requeue", contact=mine)
        assert (late["status"], late["body"]["code"]) == (409, "wrong_state")


async def test_what_a_desk_missed_it_hears_when_it_is_back(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        adapter = await service.caller("adapter")
        async with desk_at_work(service, "anna") as desk:
            ended = await post(service, "1")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            await desk.ask("reply", contact=ended["id"])
            kept = await post(service, "2")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            withdrawn = await post(service, "3")
            last = await desk.frame("offer")
        await adapter.post(f"/contacts/{ended['id']}/left")
        await adapter.post(f"/contacts/{withdrawn['id']}/left")
        offered = await post(service, "4")
        async with desk_of(anna, "anna", after=last["seq"]) as desk:
            snapshot = await desk.frame()
            assert (snapshot["type"], snapshot["resumed"]) == ("snapshot", True)
            assert [contact["id"] for contact in snapshot["contacts"]] == [kept["id"]]
            assert [offer["contact"]["id"] for offer in snapshot["offers"]] == [offered["id"]]
            closed = await desk.frame()
            assert (closed["type"], closed["contact"]["id"], closed["contact"]["state"]) == (
                "contact",
                ended["id"],
                "closed",
            )
            gone = await desk.frame()
            assert (gone["type"], gone["offer"], gone["reason"]) == ("offer.gone", last["offer"]["id"], "customer_left")
            again = await desk.frame()
            assert (again["type"], again["offer"]["contact"]["id"]) == ("offer", offered["id"])
            assert closed["seq"] < gone["seq"] < again["seq"] <= snapshot["seq"]
            assert (await desk.ask("ack", seq=snapshot["seq"]))["body"]["id"] == offered["id"]
