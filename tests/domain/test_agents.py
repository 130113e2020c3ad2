"""Agents: what a group gives and what an agent's own line changes; agents of a CSV file."""

from __future__ import annotations

from typing import Any

import pytest

from router.domain.operation_file import load_operation
from tests.cases.table import document, rows


@pytest.mark.parametrize("row", rows("groups"))
def test_what_an_agent_says_beats_what_the_group_says(row: dict[str, Any]) -> None:
    file = document("valid_operation")
    file["groups"]["crew"] = row["group"]
    file["agents"]["zoe"] = row["own"]
    agent, wanted = load_operation(file, "operation.toml").operation.agents["zoe"], row["agent"]
    assert (list(agent.queues), list(agent.media)) == (wanted["queues"], wanted["media"])
    assert (agent.skills, agent.powers) == (wanted["skills"], wanted["powers"])
    assert agent.automatic is wanted.get("automatic", False)


@pytest.mark.parametrize("row", rows("rosters"))
def test_agents_come_from_a_csv_file(row: dict[str, Any]) -> None:
    file = document("valid_operation") | {"agents": "agents.csv"}
    agents = load_operation(file, "operation.toml", row["agents_csv"]).operation.agents
    assert list(agents) == list(row["agents"])
    for name, wanted in row["agents"].items():
        agent = agents[name]
        assert agent.automatic is wanted.get("automatic", False)
        assert (agent.name, agent.group, agent.phone) == (wanted["name"], wanted["group"], wanted.get("phone"))
        assert agent.code == wanted.get("code")
        assert (agent.skills, agent.powers) == (wanted["skills"], wanted["powers"])
