"""The floor that the chaos tests do harm to."""

from __future__ import annotations

AGENTS = tuple(f"agent{number}" for number in range(50))
OUTSTANDING = 8
"""How many posts a process has under way at once."""

OPERATION = """
workspace = "chaos"
media.voice = { limits_s = { offer = 15, connect = 20, wrap_up = 0 } }
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[groups]
all = { queues = ["private"], media = ["voice"] }
[agents]
""" + "\n".join(f'{agent} = {{ name = "{agent}", group = "all" }}' for agent in AGENTS)
