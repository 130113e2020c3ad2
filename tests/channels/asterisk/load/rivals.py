"""Asterisk's own queues beside the router: the same lines and the same agents, as app_queue's users set them up.

`PLAIN` is what most have: each queue rings who has rested longest. `TUNED` is what its experts make of it: weights say
which queue is served first where agents are shared, penalties who is kept for what, and a rule lets the learner help
a corporate caller who has waited for half a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUPS = {"private": range(1001, 1009), "corporate": range(1009, 1016), "messages": range(1016, 1021)}
LEARNER = 1013
LINES = {"corporate": "636", "private": "611", "messages": "644"}
"""What customers of the router dial; those of app_queue dial the same after `PLAIN` or `TUNED`."""
PLAIN, TUNED = "8", "9"
WEIGHTS = {"corporate": 10, "messages": 5, "private": 0}
LEARNS_AFTER_S = 30

QUEUE = """
[{name}]
musicclass = contact-router
strategy = leastrecent
timeout = 15
retry = 1
autofill = yes
ringinuse = no
wrapuptime = {wrap_up_s}
weight = {weight}
"""

LINE = """
exten => {number},1,Answer(,i)
 same => n,Queue({queue})
 same => n,Hangup()
"""


def rivals(wrap_up_s: int, speed: float = 1.0) -> dict[str, str]:
    """What is to stand at the ends of an Asterisk's files; the line of messages comes to the router, too."""
    lines = "".join(
        LINE.format(number=set_up + number, queue=set_up + queue)
        for set_up in (PLAIN, TUNED)
        for queue, number in LINES.items()
    )
    ours = (
        f"exten => {LINES['messages']},1,Stasis(contact-router)\n same => n,Goto(contact-router-after,${{EXTEN}},1)\n"
    )
    rule = f"[learner]\npenaltychange => 0,0\npenaltychange => {max(1, round(LEARNS_AFTER_S / speed))},1\n"
    queues = [queue_of(name, set_up, wrap_up_s) for set_up in (PLAIN, TUNED) for name in LINES]
    return {
        "extensions": f"\n[from-provider]\n{lines}\n{ours}",
        "queues": "\n[general](+)\nshared_lastcall = yes\n" + "".join(queues),
        "queuerules": rule,
    }


def queue_of(name: str, set_up: str, wrap_up_s: int) -> str:
    """One queue with its members."""
    tuned = set_up == TUNED
    text = QUEUE.format(name=set_up + name, wrap_up_s=wrap_up_s, weight=WEIGHTS[name] if tuned else 0)
    if tuned and name == "corporate":
        text += "defaultrule = learner\n"
    served = {"private": ("private", "messages", "corporate"), "corporate": ("corporate",), "messages": ("messages",)}
    for place, group in enumerate(served[name]):
        for user in GROUPS[group]:
            penalty = 1 if name == "corporate" and user == LEARNER else place
            text += f"member => PJSIP/{user},{penalty if tuned else 0}\n"
    return text


def dialled(set_up: str = "", lines: Mapping[str, str] = LINES) -> dict[str, str]:
    """What the customers of each line dial."""
    return {line: set_up + number for line, number in lines.items()}
