"""Officers of every level, and difficulties as they ask them, for tests; the day is that of `tests.births`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.oversight import difficulties, reporting
from lienthong.oversight.difficulties import DifficultyFilter, DifficultyLine
from lienthong.oversight.reporting import Met, Question
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import officer, unit
from tests.officers import run

ASKED = Question("card", "Không in được thẻ", "Máy in báo lỗi khi in lô thẻ. Cần làm gì?")
MET = Met("print", "E-PRINTER")


@dataclass(slots=True)
class House:
    """One officer of each level in Hà Nội, the centre, its keeper, and strangers in Bắc Ninh."""

    become: BecomeWeb
    desk: Actor
    unit_desk: Actor
    other_desk: Actor
    head: Actor
    province: Actor
    centre: Actor
    keeper: Actor
    stranger: Actor
    far_province: Actor

    @contextmanager
    def acting(self, by: Actor, at: datetime = AT) -> Iterator[None]:
        """A page's transaction in that officer's name."""
        with self.become(), acting(by, at=at):
            yield

    @contextmanager
    def nobody(self) -> Iterator[None]:
        """A page's transaction that nobody signed in to."""
        with self.become():
            run("SELECT set_config('lienthong.token', '', true)")
            yield

    def ask(self, by: Actor, asked: Question = ASKED, met: Met = MET, at: datetime = AT) -> int:
        """Reported by that officer."""
        with self.acting(by, at):
            return reporting.report(asked, met, by=by, at=at)

    def line(self, by: Actor, key: int) -> DifficultyLine:
        """As that officer sees it."""
        with self.acting(by):
            return difficulties.one(by, key, on=ON)

    def seen(self, by: Actor, **filters: object) -> list[int]:
        """The ids that the officer's list shows."""
        wanted = DifficultyFilter(**filters)  # type: ignore[arg-type]
        with self.acting(by):
            return [it.id for it in difficulties.listed(by, filters=wanted, on=ON)]


def house(become: BecomeWeb) -> House:
    """Everybody signed in."""
    unit("TE01001")
    unit("TE01002")
    return House(
        become,
        officer("so-the-01", "card_desk", "01"),
        officer("don-vi-mot-01", "card_desk", "01", "TE01001"),
        officer("don-vi-hai-001", "card_desk", "01", "TE01002"),
        officer("truong-01", "head", "01"),
        officer("tinh-01", "province", "01"),
        officer("trung-uong", "centre", ""),
        officer("cntt", "administrator", ""),
        officer("so-the-bac-24", "card_desk", "24"),
        officer("giam-doc-tinh-24", "province", "24"),
    )
