"""The Ministry of Justice's stream of birth messages: believable, seeded, with its faults; and a clean one for benches.

Makes bytes of contracts §4, schema 1, one line each, in the order of arrival. Sends nothing: `justice` does.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lienthong.simulation.children import Child, Nursery
from lienthong.simulation.geography import Map, Places
from lienthong.simulation.messages import line, message
from lienthong.simulation.rhythm import moments, quotas
from lienthong.simulation.stories import Post, Storyteller
from lienthong.simulation.truth import Truth

_BACKLOG_SHARE = 0.015
"""Registered before the merger of 2025 in a commune that is gone, and sent only now."""
_BACKLOG_DAYS = 500


@dataclass(frozen=True, slots=True)
class Habits:
    """How the sender behaves: days covered, share of the capital, share of births still without a personal id."""

    days: int = 35
    capital_share: float = 0.25
    missing_id_share: float = 0.05
    backlog_share: float = _BACKLOG_SHARE


class Stream:
    """Messages in the order of arrival; `truth` fills while they are read. Iterate once."""

    def __init__(
        self,
        births: int,
        *,
        seed: int,
        until: datetime,
        places: Places,
        habits: Habits | None = None,
    ) -> None:
        self.truth = Truth()
        self._births = births
        self._until = until
        self._places = places
        self._habits = habits or Habits()
        self._rng = random.Random(f"births {seed}")
        land = Map(places, capital_share=self._habits.capital_share)
        self._nursery = Nursery(land, self._rng, missing_id_share=self._habits.missing_id_share)
        self._post = Post(until, f"LTKS-{until.year}-{seed:04}-")
        self._teller = Storyteller(self._nursery, self._post, self._rng)

    def __iter__(self) -> Iterator[bytes]:
        return (body for _, body in self.arrivals())

    def arrivals(self) -> Iterator[tuple[datetime, bytes]]:
        """Each message with the instant of its arrival, in that order."""
        for day, count in quotas(self._births, until=self._until, days=self._habits.days):
            queue: list[Child] = []
            for at in moments(self._rng, day, count, until=self._until):
                queue = queue or self._delivery(day)
                self.truth.children.append(self._teller.tell(queue.pop(0), at))
                yield from self._arrived(at)
        yield from self._arrived(self._until)

    def _arrived(self, by: datetime) -> Iterator[tuple[datetime, bytes]]:
        for at, body, expected in self._post.arrived(by):
            self.truth.messages.append(expected)
            yield at, body

    def _delivery(self, day: date) -> list[Child]:
        if self._places.former and self._rng.random() < self._habits.backlog_share:
            return self._backlog()
        return self._nursery.family(day)

    def _backlog(self) -> list[Child]:
        """A birth registered before the merger, under the code that was right on that day."""
        before = 1 + int(self._rng.random() * _BACKLOG_DAYS)
        day = self._places.merged_on - timedelta(days=before)
        code, province_code = self._rng.choice(self._places.former)
        child = self._nursery.enter(self._nursery.plain(day), code, day)
        child.residence_code, child.province_code = code, province_code
        child.facility_code = ""
        return [child]


def stream(
    births: int, *, seed: int, until: datetime, places: Places, habits: Habits | None = None
) -> Stream:
    """The messages about that many distinct children, sent in the weeks before `until`, with `truth` beside them.

    Same arguments, same bytes. More messages than children: corrections, repeats and mended ones come on top.
    """
    return Stream(births, seed=seed, until=until, places=places, habits=habits)


def plain_stream(births: int, *, seed: int, until: datetime, places: Places) -> Iterator[bytes]:
    """Clean `create` messages only, one a child, registered in the month before `until`: what a bench feeds."""
    rng = random.Random(f"plain births {seed}")
    nursery = Nursery(Map(places), rng)
    prefix = f"LTKS-{until.year}-P{seed:04}-"
    for day, count in quotas(births, until=until, days=35):
        for at in moments(rng, day, count, until=until):
            child = nursery.plain(day)
            yield line(message(child, f"{prefix}{child.number:07}", sent_at=at))
