"""What a reading has found so far."""

from __future__ import annotations

from collections import Counter

from router.domain.audit.promises import PROMISES, Breach, Promise


class Findings:
    """How often each promise was looked at, every breach, and how late timers were."""

    def __init__(self) -> None:
        self.checked: Counter[Promise] = Counter(dict.fromkeys(PROMISES, 0))
        self.breaches: list[Breach] = []
        self.late_ms: Counter[int] = Counter()
        """How many milliseconds late → how many timers were."""

    def keeps(self, promise: Promise, so: bool) -> bool:
        """Count that the promise was looked at. Gives whether it was kept."""
        self.checked[promise] += 1
        return so

    def breach(self, promise: Promise, what: str, *seqs: int) -> None:
        """It was not."""
        self.breaches.append(Breach(promise, what, tuple(dict.fromkeys(seqs))))

    def lateness_ms(self, share: float) -> int | None:
        """So late at most were this share of the timers; None where none fired."""
        left = share * self.late_ms.total()
        for late_ms in sorted(self.late_ms):
            left -= self.late_ms[late_ms]
            if left <= 0:
                return late_ms
        return None
