"""An operation file becomes an operation, or is refused with what is wrong: never anything else."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from router.domain.hours import Schedule
from router.domain.operation import Action, Condition, Full, Late, Medium, Operation, Queue, Reserve, Says
from router.domain.operation_file import load_operation, read_operation
from router.domain.pools import pools_of
from router.domain.requirement import Requirement, Step
from router.domain.revision import operation_digest
from router.kit.errors import OperationInvalid
from tests.cases.table import document

SEEDS = Path(__file__).parents[2] / "seeds"
KRASNOYARSK = tomllib.loads((SEEDS / "krasnoyarsk" / "operation.toml").read_text(encoding="utf-8"))


# --- the seeds


def test_krasnoyarsk_has_its_twenty_agents_and_no_warning() -> None:
    loaded = read_operation(SEEDS / "krasnoyarsk" / "operation.toml")
    assert loaded.warnings == ()
    agents = loaded.operation.agents.values()
    served = [agent.queues for agent in agents]
    assert served.count(("private",)) == 8
    assert served.count(("corporate", "private")) == 7
    assert served.count(("messages", "private")) == 5
    maxim = loaded.operation.agents["maxim"]
    assert (maxim.skills, maxim.powers, maxim.teams) == ({"corporate": 5}, {"refund": 20000}, ("corporate",))


def test_the_queues_of_krasnoyarsk() -> None:
    queues = read_operation(SEEDS / "krasnoyarsk" / "operation.toml").operation.queues
    assert queues["corporate"] == Queue(
        name="corporate",
        target_ms=10_000,
        short_ms=5_000,
        tier=0,
        needs=Requirement(skills={"corporate": 3}),
        steps=(Step(30_000, skills={"corporate": 1}),),
        last_agent_ms=0,
        reserve=Reserve("corporate", 2, "voice", 180_000),
        full=None,
        late=None,
        empty=None,
        closed=Action("reject"),
        hours=None,
        reply_ms=None,
        ask_rating=True,
        says={},
        objective=0.9,
    )
    private = queues["private"]
    assert (private.full, private.late) == (Full(300, Action("reject")), Late(1_800_000, Action("expire")))
    assert (private.objective, queues["messages"].objective) == (0.33, 0.8)
    assert (private.last_agent_ms, queues["messages"].empty) == (10_000, Action("overflow", "private"))


def test_what_customers_of_krasnoyarsk_are_told_and_asked() -> None:
    operation = read_operation(SEEDS / "krasnoyarsk" / "operation.toml").operation
    messages, private = operation.queues["messages"], operation.queues["private"]
    assert all(queue.ask_rating for queue in operation.queues.values())
    assert (messages.reply_ms, operation.texts_days) == (120_000, 30)
    assert messages.says["ru"].received == "Здравствуйте! Вы в очереди, ваш номер — {place}. {wait}"
    for language in operation.languages:
        said = [text for text, words in msgspec.structs.asdict(messages.says[language]).items() if words]
        assert said == ["received", "wait", "closed", "ended", "rate"]
        assert private.says[language] == Says(full=private.says[language].full)


def test_everything_in_krasnoyarsk_has_a_label_and_every_quick_reply_a_text_in_both_languages() -> None:
    operation = read_operation(SEEDS / "krasnoyarsk" / "operation.toml").operation
    groups = dict.fromkeys(agent.group for agent in operation.agents.values())
    assert operation.breaks == ("lunch", "rest", "training", "technical")
    for language in operation.languages:
        for things, labels in msgspec.structs.asdict(operation.labels[language]).items():
            named = groups if things == "groups" else getattr(operation, things)
            assert list(labels) == list(named), (language, things)
    assert len(operation.quick_replies) == 8
    for reply in operation.quick_replies.values():
        assert (reply.queues, list(reply.text)) == (("messages",), ["ru", "en"])
        # A name that one language has where the other has not is a slip.
        placed = [sorted(set(re.findall(r"{\w+}", text))) for text in reply.text.values()]
        assert placed[0] == placed[1]


def test_the_smallest_file_needs_every_key_it_has() -> None:
    path = SEEDS / "minimal" / "operation.toml"
    assert [warning.field for warning in read_operation(path).warnings] == ["dispositions"]
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    for key in file:
        with pytest.raises(OperationInvalid):
            load_operation({name: value for name, value in file.items() if name != key}, path.name)


def test_voice_and_chat_need_no_table() -> None:
    stated = load_operation(KRASNOYARSK, "operation.toml").operation.media
    built_in = load_operation({key: KRASNOYARSK[key] for key in KRASNOYARSK if key != "media"}, "operation.toml")
    chat = Medium("chat", 25, 3, "most_loaded", "reply", 20_000, 120_000, 5_000, 86_400_000, 30_000)
    voice = msgspec.structs.replace(stated["voice"], rests_ms={})
    assert built_in.operation.media == stated | {"voice": voice, "chat": chat}
    assert stated["chat"] == msgspec.structs.replace(chat, parked_disposition="no_contact")
    assert voice == Medium("voice", 100, 1, "longest_idle", "connected", 15_000, 20_000, 15_000, 86_400_000, 30_000)


# --- what the file's shorthand becomes


def test_a_reserve_is_for_the_costliest_medium_of_those_who_serve_its_queue() -> None:
    file = document("valid_operation")
    assert reserve_medium(file) == "voice"
    file["groups"]["all"]["media"] = ["mail"]
    assert reserve_medium(file) == "mail"
    file["queues"]["repairs"]["reserve"]["medium"] = "voice"
    assert reserve_medium(file) == "voice"


def reserve_medium(file: dict[str, Any]) -> str | None:
    reserve = load_operation(file, "operation.toml").operation.queues["repairs"].reserve
    return reserve.medium if reserve else None


def test_a_medium_may_be_answered_by_accepting_and_fill_the_agent() -> None:
    mail = load_operation(document("valid_operation"), "operation.toml").operation.media["mail"]
    assert mail == Medium("mail", 10, 10, "round_robin", "accept", 60_000, 0, 0, 86_400_000, 30_000)


def test_hours_become_minutes_after_midnight() -> None:
    office = load_operation(document("valid_operation"), "operation.toml").operation.hours["office"]
    workday = ((540, 780), (840, 1080))
    closed = document("valid_operation")["hours"]["office"]["closed"]
    assert office == Schedule("Europe/Berlin", (workday,) * 5 + ((), ()), tuple(closed))


def test_conditions_and_steps_of_a_route() -> None:
    file = document("valid_operation")
    file["routes"][0]["when"] = {"tags": "vip", "attributes": {"order": {"total": {"max": 5.0}, "sum": [1, 2.0, True]}}}
    file["routes"][0]["steps"] = [{"after_s": 9, "drop": ["teams"]}, {"after_s": 0.5 + 1, "powers": {"refund": 1.0}}]
    route = load_operation(file, "operation.toml").operation.routes[0]
    assert route.when == (
        Condition(("tags",), ("vip",)),
        Condition(("attributes", "order", "total"), maximum=5),
        Condition(("attributes", "order", "sum"), (1, 2, True)),
    )
    assert route.steps == (Step(1_500, powers={"refund": 1}), Step(9_000, drop=("teams",)))
    assert route.needs_from == {"powers.refund": ("attributes", "amount")}


def test_texts_for_customers_may_have_lines_and_any_character() -> None:
    file = document("valid_operation")
    received = "\u00ab{place}\u00bb\u00a0👩\u200d👧\nBis gleich! " + "x" * 974
    assert len(received) == 1000
    file["queues"]["desk"]["says"] = {"de": {"received": received}, "en": {"received": "{wait}", "wait": "{from}-{to}"}}
    says = load_operation(file, "operation.toml").operation.queues["desk"].says
    assert says == {"de": Says(received=received), "en": Says(received="{wait}", wait="{from}-{to}")}
    file["queues"]["desk"]["says"]["de"]["received"] += "x"
    with pytest.raises(OperationInvalid, match="1 to 1000 characters"):
        load_operation(file, "operation.toml")


def test_what_an_earlier_release_has_stored_is_read_with_the_defaults() -> None:
    operation = load_operation(document("valid_operation"), "operation.toml").operation
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(operation))
    later = {
        "media": ("parked_disposition", "rests_ms"),
        "queues": ("reply_ms", "ask_rating", "says"),
        "agents": ("automatic", "code"),
    }
    for table, fields in later.items():
        for entry in stored[table].values():
            for field in fields:
                del entry[field]
    for field in ("texts_days", "breaks", "labels", "quick_replies"):
        del stored[field]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(stored), type=Operation) == operation


def test_each_failure_has_its_rest_where_the_file_says_so() -> None:
    file = document("valid_operation")
    assert load_operation(file, "operation.toml").operation.media["voice"].rests_ms == {}
    file["media"] |= {"voice": {"rests_s": {"busy": 60, "refused": 2.5}}}
    voice = load_operation(file, "operation.toml").operation.media["voice"]
    assert (voice.rest_ms, voice.rests_ms) == (30_000, {"busy": 60_000, "refused": 2_500})


# --- pools


def test_automatic_agents_have_pools_of_their_own_and_people_keep_theirs() -> None:
    file = document("valid_operation")
    people = pools_of(load_operation(file, "operation.toml").operation)
    file["agents"]["bot"] = file["agents"]["dan"] | {"automatic": True}
    pools = pools_of(load_operation(file, "operation.toml").operation)
    assert {agent: pools.of_agent[agent] for agent in people.of_agent} == people.of_agent
    bots, dans = (pools.pools[pools.of_agent[agent]] for agent in ("bot", "dan"))
    assert (bots.automatic, dans.automatic) == (True, False)
    assert msgspec.structs.replace(bots, id=dans.id, automatic=False) == dans
    assert bots.id != dans.id
    # Workspaces hold agents under the ids that earlier releases gave.
    assert dans.id == "07f9bbd36de2a"


# --- files


def test_agents_are_read_from_the_file_beside(tmp_path: Path) -> None:
    path = written(tmp_path, 'agents = "people/agents.csv"', "id,name,group\nanna,Анна Белова,private\n")
    assert read_operation(path).operation.agents["anna"].name == "Анна Белова"


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, "[agents]", "")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_operation(path).operation.agents == {}


def test_a_missing_file_of_agents_is_one_problem_among_others(tmp_path: Path) -> None:
    path = written(tmp_path, 'agents = "people/missing.csv"', "").rename(tmp_path / "o.toml")
    path.write_text(path.read_text(encoding="utf-8").replace("target_s = 40", "target_s = 0"), encoding="utf-8")
    with pytest.raises(OperationInvalid) as caught:
        read_operation(path)
    assert [(one.file, one.table, one.field) for one in caught.value.problems] == [
        ("o.toml", "", "agents"),
        ("o.toml", "queues.private", "target_s"),
    ]
    assert "No such file" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"workspace = ", "Invalid value"),
        (b"workspace = 'a'\nworkspace = 'b'", "Cannot overwrite a value"),
        ("workspace = 'Красноярск'".encode("cp1251"), "utf-8"),
        (b"x = " + b"[" * 100_000, "cannot be read"),
        (b"x = " + b"9" * 5_000, "cannot be read"),
    ],
    ids=["missing", "not TOML", "a key twice", "not UTF-8", "nested without end", "a number without end"],
)
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "operation.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OperationInvalid, match=says) as caught:
        read_operation(path)
    assert [problem.file for problem in caught.value.problems] == ["operation.toml"]


@pytest.mark.parametrize("content", ["имя".encode("cp1251"), b"id\n\x00"], ids=["not UTF-8", "a NUL"])
def test_a_file_of_agents_that_is_no_text_is_a_problem(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, 'agents = "people/agents.csv"', "")
    (tmp_path / "people" / "agents.csv").write_bytes(content)
    with pytest.raises(OperationInvalid):
        read_operation(path)


def written(folder: Path, agents: str, csv: str) -> Path:
    """Krasnoyarsk with the line `agents` in place of its agents, which may name `people/agents.csv`."""
    text = (SEEDS / "krasnoyarsk" / "operation.toml").read_text(encoding="utf-8")
    top, _, _ = text.partition("[agents]")
    (folder / "people").mkdir()
    (folder / "people" / "agents.csv").write_text(csv, encoding="utf-8")
    path = folder / "operation.toml"
    path.write_text(f"{agents}\n{top}" if agents != "[agents]" else top + agents, encoding="utf-8")
    return path


# --- a problem for people


def test_a_problem_is_one_line_with_place_value_and_what_to_do() -> None:
    file = document("valid_operation")
    file["queues"]["desk"]["target_s"] = "x" * 200
    del file["queues"]["repairs"]["target_s"]
    with pytest.raises(OperationInvalid) as caught:
        load_operation(file, "operation.toml")
    assert str(caught.value) == (
        "operation.toml, queues.repairs, target_s: is missing\n"
        f'operation.toml, queues.desk, target_s = "{"x" * 58}…: must be a number from 1 to 86400'
    )


# --- anything at all


def test_more_pools_than_lanes_can_be_compared_with_are_refused() -> None:
    file = copy.deepcopy(KRASNOYARSK)
    queues = list(file["queues"])
    file["powers"] |= {f"p{number}": "EUR" for number in range(10)}
    agent = {"name": "A", "queues": queues[:1], "media": ["voice"]}
    file["agents"] |= {
        f"x{number}": agent | {"powers": {f"p{bit}": 1 for bit in range(10) if number >> bit & 1}}
        for number in range(1024)
    }
    with pytest.raises(OperationInvalid, match=r"operation.toml, agents: differ in 10\d\d ways, at most 1000"):
        load_operation(file, "operation.toml")


CHARACTERS = "aZ9 .-_:é\n\0\ud800\u200d"
ANYTHING = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(CHARACTERS, max_size=8)
    | some.sampled_from(
        ["private", "corporate", "voice", "chat", "phone", "reject", "attributes.amount", "09:00-18:00"]
    ),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["then", "overflow", "skills", "powers", "min", "max", "queue", "when", "mon"])
            | some.text(CHARACTERS, max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@some.composite
def mutations(draw: some.DrawFn) -> dict[str, Any]:
    """Krasnoyarsk with one to three values, somewhere in it, taken away or replaced by anything."""
    file = copy.deepcopy(KRASNOYARSK)
    if draw(some.booleans()):
        file["agents"] = "agents.csv"
    for _ in range(draw(some.integers(1, 3))):
        _mutate(draw, file)
    return file


def _mutate(draw: some.DrawFn, here: Any) -> None:
    """Walks down from `here`, a table or a list, to some value and changes it."""
    keys: list[Any] = [*here] if isinstance(here, dict) else [*range(len(here))]
    key = draw(some.sampled_from(keys))
    if isinstance(here[key], dict | list) and here[key] and draw(some.integers(0, 3)):
        _mutate(draw, here[key])
    elif draw(some.booleans()):
        here[key] = draw(ANYTHING)
    else:
        del here[key]


@given(mutations(), some.none() | some.text(alphabet="id,;group\n\"'5privateskills.corp ", max_size=60))
def test_any_document_is_an_operation_or_refused_with_its_problems(file: dict[str, Any], csv: str | None) -> None:
    try:
        outcome = load_operation(file, "operation.toml", csv)
    except OperationInvalid as refused:
        outcome = refused
    if isinstance(outcome, OperationInvalid):
        assert outcome.problems
        assert all(str(problem) for problem in outcome.problems)
    else:
        # What was accepted can be stored, hashed and read again.
        again = msgspec.json.decode(msgspec.json.encode(outcome.operation), type=Operation)
        assert operation_digest(again) == operation_digest(outcome.operation)
