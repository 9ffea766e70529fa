"""H14 by hand: is the time of a miss the same, whatever the reason? `pytest tests/bench/test_miss_timing.py -s`.

2,000 answers of each kind over four connections, the kinds in turn; for each pair of kinds the Kolmogorov-Smirnov
distance and the bootstrapped difference of medians. Fails when any of the ten pairs can be told apart: p under 0.05
after Holm's correction for ten questions.
"""

import json
import math
import os
import random
import statistics
import threading
import time
from bisect import bisect_right
from datetime import date, timedelta
from itertools import combinations

import httpx
import pytest

from lienthong.web.api.eligibility_pace import BEAT_SECONDS
from tests.web.test_doors_server import BORN, NAME, Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.server, pytest.mark.timeout(3600)]
SAMPLES = int(os.environ.get("TIMING_SAMPLES", "2000"))
_THREADS = 4
_LETTERS = "ABCDEGHIKLMNOPQRSTUVXY"


def _name(number: int) -> str:
    """Another name for every number."""
    digits = ""
    while True:
        number, digit = divmod(number, len(_LETTERS))
        digits += _LETTERS[digit]
        if not number:
            return f"LÊ VĂN {digits}"


def _kinds(served: Served, number: int) -> dict[str, dict[str, str]]:
    other, day = _name(number), str(date(2020, 1, 1) + timedelta(number % 2000))
    return {
        "unknown": {"code": f"{number % 10_000:010}", "name": other, "dob": day},
        "malformed": {"code": "x", "name": other, "dob": day},
        "wrong_name": {"code": served.code, "name": other, "dob": BORN},
        "wrong_birth": {"code": served.code, "name": NAME, "dob": day},
        "too_often": {"code": served.code, "name": "LÊ VĂN HAI", "dob": BORN},
    }


def test_misses_cannot_be_told_apart_by_their_time(served: Served) -> None:
    times: dict[str, list[float]] = {kind: [] for kind in _kinds(served, 0)}

    def ask(first: int) -> None:
        client = httpx.Client(base_url=served.url, headers=served.bearer())
        for number in range(first, SAMPLES, _THREADS):
            if number // _THREADS % 500 == 0:
                client.headers.update(served.bearer())
            kinds = list(_kinds(served, number).items())
            random.Random(number).shuffle(kinds)
            for kind, said in kinds:
                since = time.perf_counter()
                answer = client.post("/api/v1/eligibility", json={**said, "visit_ref": "KB-1"})
                times[kind].append((time.perf_counter() - since) * 1000)
                assert answer.json()["status"] == "NO_MATCH", answer.text
        client.close()

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {len(each) for each in times.values()} == {SAMPLES}
    kinds = {
        kind: {
            "median_ms": round(statistics.median(each), 3),
            "p95_ms": round(sorted(each)[int(len(each) * 0.95)], 3),
            "late_share": sum(it > 1900 * BEAT_SECONDS for it in each) / len(each),
        }
        for kind, each in times.items()
    }
    pairs = {
        f"{one} / {other}": _compared(times[one], times[other])
        for one, other in combinations(times, 2)
    }
    worst = sorted(pair["ks_p"] for pair in pairs.values())
    holm = min(p * (len(worst) - place) for place, p in enumerate(worst))
    figures = {"samples": SAMPLES, "kinds": kinds, "pairs": pairs, "smallest_p_by_holm": holm}
    print(json.dumps(figures, indent=1))  # noqa: T201  what it is run for
    assert holm >= 0.05


def _compared(one: list[float], other: list[float]) -> dict[str, float]:
    distance = _distance(sorted(one), sorted(other))
    low, high = _bootstrapped(one, other)
    return {
        "ks_distance": round(distance, 4),
        "ks_p": round(_probability(distance, len(one), len(other)), 4),
        "difference_ms": round(statistics.median(one) - statistics.median(other), 4),
        "low_ms": round(low, 4),
        "high_ms": round(high, 4),
    }


def _distance(one: list[float], other: list[float]) -> float:
    every = (*one, *other)
    return max(
        abs(bisect_right(one, at) / len(one) - bisect_right(other, at) / len(other)) for at in every
    )


def _probability(distance: float, one: int, other: int) -> float:
    """That chance alone gives a distance so large (Kolmogorov's series)."""
    root = math.sqrt(one * other / (one + other))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:
        return 1.0
    terms = [(-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101)]
    return min(1.0, max(0.0, 2 * sum(terms)))


def _bootstrapped(one: list[float], other: list[float]) -> tuple[float, float]:
    """Between what the difference of medians lies, 95 times in a hundred."""
    chance = random.Random(1)
    found = sorted(
        statistics.median(chance.choices(one, k=len(one)))
        - statistics.median(chance.choices(other, k=len(other)))
        for _ in range(1000)
    )
    return found[25], found[974]
