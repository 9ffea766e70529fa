"""Seeded chance: whether something happens, and which of several things. Never for secrets or keys."""

import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate


def happens(rng: random.Random, share: float) -> bool:
    """True in that share of the calls."""
    return rng.random() < share


@dataclass(frozen=True, slots=True)
class Urn:
    """Things with weights, to draw from: one random number and one bisection a draw."""

    things: Sequence[str]
    bounds: Sequence[float]

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> "Urn":
        """An urn over the things whose weight is above nought."""
        return cls(tuple(weights), tuple(accumulate(weights.values())))

    def draw(self, rng: random.Random) -> str:
        """One thing, by weight."""
        return self.things[bisect(self.bounds, rng.random() * self.bounds[-1])]
