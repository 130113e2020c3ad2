"""Generated requests, good and bad, to every operation: whatever comes back is documented, and nothing breaks.

The requests are made of the document alone, but for names: half of them name something that is there.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as _checks

from router.domain.command import Do
from router.web.openapi import openapi_document
from router.web.table import OPERATIONS
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import Generator

    from router.domain.states import Role
    from tests.helpers.figures import Figure
    from tests.helpers.servers import Server

CASES = 2_500
"""On each kind of server."""
SOAKED = 25_000
MOSTLY_DONE = 28
"""So many operations at least are not only refused."""

OPERATION = """
dispositions = ["resolved"]
[media.chat]
limits_s.wrap_up = 0
[skills]
english = "speaks English"
[powers]
refund = "EUR"
[queues.private]
target_s = 40
[queues.corporate]
target_s = 20
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private", "corporate"], media = ["voice", "chat"], powers.refund = 300, skills.english = 3 }
boris = { queues = ["private"], media = ["voice"] }
"""

checks: Any = _checks  # not all of it is typed

CHECKED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

ROLES: dict[Role, dict[str, Any]] = {
    "adapter": {},
    "agent": {"agent": "anna"},
    "supervisor": {},
    "observer": {},
    "admin": {},
}


class World:
    """A served router, whom one may be there, and what one may name."""

    def __init__(self, url: str, secrets: dict[str, str]) -> None:
        self.url = url
        self.session = requests.Session()
        self.tokens = {role: {"Authorization": f"Bearer {secret}"} for role, secret in secrets.items()}
        self.names: dict[str, list[str]] = {
            "contact": [],
            "offer": [],
            "agent": ["anna", "boris"],
            "queue": ["private", "corporate"],
            "channel": ["phone", "pbx", "telegram"],
            "customer": ["+79131234567"],
            "medium": ["voice", "chat"],
            "disposition": ["resolved"],
        }
        self.cases = self.made = 0
        self.posted: list[str] = []
        self.done: Counter[str] = Counter()
        """Operation → how often it was done."""

    def prepare(self) -> None:
        """Have a contact of each kind there: closed, queued, offered, and one that anna has."""
        for contact in self.posted:
            self.do("POST", f"/contacts/{contact}/cancel")
        self.posted.clear()
        self.do("PATCH", "/queues/private", {"open": True})
        self.do("PUT", "/customers/+79131234567", {"type": "private"})
        self.do("PATCH", "/agents/anna", {"queues": ["private", "corporate"], "media": ["voice", "chat"]})
        self.do("GET", "/agents/anna/work", role="agent")
        self.do("PUT", "/agents/anna/presence", {"presence": "available"})
        assigned = self.post("telegram")
        self.do("POST", f"/offers/{assigned['offer']}/accept", role="agent")
        offered, queued, closed = self.post("telegram"), self.post("phone"), self.post("phone")
        self.do("POST", f"/contacts/{closed['id']}/left")
        written = self.do("POST", f"/contacts/{assigned['id']}/messages", {"text": "Hello"}, role="agent")
        self.do("PUT", "/channels/telegram", {"capabilities": list(get_args(Do))}, role="adapter")
        asked = self.do("POST", f"/contacts/{assigned['id']}/commands", {"command": "hold"}, role="agent")
        self.names["message"] = [written["id"]]
        self.names["command"] = [asked["id"]]
        self.names["contact"] = [each["id"] for each in (closed, queued, offered, assigned)]
        self.names["earlier"] = self.names["contact"][:1]
        self.names["offer"] = [offered["offer"]]

    def post(self, channel: str) -> Any:
        """A contact arrives; how it stands then."""
        self.made += 1
        contact = self.do("POST", "/contacts", self.bring(channel))
        self.posted.append(contact["id"])
        return contact

    def bring(self, channel: str) -> dict[str, Any]:
        """What a contact comes with."""
        name = f"prepared-{self.made}"
        return {"channel": channel, "external_id": name, "thread": name if channel == "telegram" else None}

    def do(self, method: str, path: str, body: Any = None, role: str = "admin") -> Any:
        """A request that is no case."""
        return self.session.request(method, self.url + path, json=body, headers=self.tokens[role], timeout=20).json()

    def name(self, case: Any, choice: int) -> None:
        """Let a request name things that are there."""
        for place in (case.path_parameters, case.query, case.body):
            if not isinstance(place, dict):
                continue
            said = cast("dict[str, Any]", place)
            for field in said:
                known = self.names.get(field)
                is_word = field == "command" and place is case.body  # what is to be done, and no command's id
                if known and isinstance(said[field], str) and not is_word:
                    said[field] = known[-1 - choice % len(known)]

    def send(self, case: Any, role: str, choice: int) -> None:
        """Make a request, and look at the answer."""
        if choice:
            self.name(case, choice)
        query: dict[str, Any] | None = case.query
        if query and "wait_s" in query:
            query["wait_s"] = 0
        response = case.call(base_url=self.url, session=self.session, headers=self.tokens[role], timeout=20)
        self.cases += 1
        assert response.status_code < 500 or response.status_code == 501, response.text
        # What was named anew may have become good by it; that 413 refuses too, the check does not know.
        more = [] if choice or response.status_code == 413 else [checks.negative_data_rejection]
        case.validate_response(response, checks=CHECKED + more)
        if response.status_code == 201:
            made = response.json()
            self.posted += [made["id"]] if "state" in made and "version" in made else []
            self.posted += [made["contact"]["id"]] if made.get("opened") else []
        self.done[case.operation.label] += response.status_code < 400


@contextmanager
def world_on(server: Server) -> Generator[World]:
    """A router served in a thread of its own: what makes requests here waits for them."""
    started, ended = threading.Event(), threading.Event()
    made: list[World] = []

    async def serve() -> None:
        async with service_on(server, OPERATION) as service:
            callers = {role: await service.caller(role, **fields) for role, fields in ROLES.items()}
            await callers["agent"].put("/agents/anna/presence", {"presence": "available"})
            made.append(World(service.url, {role: caller.secret or "" for role, caller in callers.items()}))
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert started.wait(20)
        yield made[0]
    finally:
        ended.set()
        thread.join()


def explore(world: World, cases: int) -> None:
    """So many requests, spread evenly over the operations."""
    document = openapi_document(OPERATIONS, "main")
    del document["security"]  # every request bears a token
    schema: Any = schemathesis.openapi.from_dict(document)
    each = settings(
        max_examples=round(cases * 1.1 / len(OPERATIONS)),  # an operation without parameters has fewer requests
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    found: list[str] = []
    for row in OPERATIONS:
        operation = schema[row.path][row.method]
        requests_of = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        if row.body is not None or row.query is not None:
            requests_of = requests_of | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        world.prepare()
        roles = st.sampled_from(sorted(row.roles))
        try:
            each(given(requests_of, roles, st.integers(0, 7))(world.send))()
        except (FailureGroup, AssertionError) as failure:  # the other operations are looked at too
            found.append(f"{row.method} {row.path}: {failure}")
    assert not found, "\n".join(found)


@pytest.mark.timeout(180)
def test_generated_requests_find_nothing_undocumented(server: Server) -> None:
    with world_on(server) as world:
        explore(world, CASES)
        assert world.cases >= CASES
        assert len(+world.done) >= MOSTLY_DONE


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_many_generated_requests_find_nothing_undocumented(server: Server, figure: Figure) -> None:
    with world_on(server) as world:
        explore(world, SOAKED)
        figure(
            f"schemathesis with authentication, on {server.kind}",
            "50,000 cases, half of them on each server: no 5xx, nothing undocumented",
            f"{world.cases:,} cases on {len(OPERATIONS)} operations, {len(+world.done)} of them done: nothing found",
        )
        assert world.cases >= SOAKED
        assert len(+world.done) >= MOSTLY_DONE
