"""What the library reads of an operation: the part that no act has read yet would go missing unseen."""

from __future__ import annotations

from typing import Any

import msgspec

from router.domain.operation_file import load_operation
from router.domain.pools import pools_of
from router.engine.compile import Stored, compile_operation
from tests.cases.table import changed

SAID = {"en": {"closed": "Closed."}, "de": {"received": "{place}. {wait}", "wait": "{from}-{to}"}}
CHANGE: dict[str, Any] = {
    "texts_days": 7,
    "media": {"mail": {"parked_disposition": "call_back", "limits_s": {"parked": 3600}}},
    "queues": {"desk": {"reply_s": 90, "ask_rating": True, "says": SAID}},
    "agents": {"dan": {"automatic": True}},
}


def test_conversations_are_compiled_without_what_is_not_said() -> None:
    operation = load_operation(changed("valid_operation", {"change": CHANGE}), "operation.toml").operation
    pools = pools_of(operation)
    compiled = compile_operation(Stored(operation, {}), pools)
    content: dict[str, Any] = msgspec.msgpack.decode(compiled.packed)
    assert (content["language"], content["texts"]) == ("de", 7 * 86_400_000)
    mail, voice = content["media"]["mail"], content["media"]["voice"]
    assert (mail["parked"], mail["parked_disposition"]) == (3_600_000, "call_back")
    assert (voice["parked"], voice.get("parked_disposition")) == (86_400_000, None)
    desk, service = content["queues"]["desk"], content["queues"]["service"]
    assert (desk["reply"], desk["ask_rating"], desk["says"]) == (90_000, True, SAID)
    assert (service["reply"], service["ask_rating"], service["says"]) == (None, False, {})
    assert [name for name, pool in content["pools"].items() if pool["automatic"]] == [pools.of_agent["dan"]]
    assert msgspec.msgpack.decode(compiled.source, type=Stored) == Stored(operation, {})
