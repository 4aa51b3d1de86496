"""The time of a reading, and readings at a steady rate."""
from __future__ import annotations

import time
from typing import Callable, Iterator


def now_ms() -> float:
    return round(time.time() * 1000, 3)


def ticks(rate: float, over: Callable[[], bool]) -> Iterator[None]:
    """Yields at absolute times, so that the rate does not drift; a late tick is not made up for."""
    period = 1 / rate
    due = time.monotonic()
    while not over():
        yield
        due = max(due + period, time.monotonic() - period)
        time.sleep(max(0.0, due - time.monotonic()))
