"""The books of a generated year beside an independent count (INV-45): every figure, now and as of every look before."""

from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.oversight import reconciling
from lienthong.reports import books as form
from tests import books, year_world
from tests.births import rows, send
from tests.books_count import COLUMNS, Key, Ledger, Stated
from tests.officers import SYSTEM
from tests.year_shots import TWO_TIERS, Year

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
_DAYS, _A_DAY = 30, 6
_LOOKS = 10
_ARRIVED = """
    SELECT commune_code, message_id, encode(body_sha256, 'hex') FROM births_message
    WHERE channel <> 'paper' AND (received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date = %s ORDER BY id
"""


class _Ministry(Year):
    """Beside the year: states each day that has passed, with every kind of fault, and has the books looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.chance = Ledger(), Random(45)
        self.days: list[date] = []
        self.shifted: list[tuple[str, str, str]] = []
        self.nameless: list[tuple[str, str, str]] = []
        self.late: list[Stated] = []

    def shoot(self, at: datetime) -> None:
        """After an act: the evening of a day that is over belongs to the ministry."""
        on = vietnam_date(at)
        if self.days and self.days[-1] != on:
            self.evening(self.days[-1] + timedelta(days=1))
        if not self.days or self.days[-1] != on:
            self.days.append(on)

    def evening(self, on: date) -> None:
        """Eight in the evening of that day: what the ministry says of the day before, then perhaps a look at every day."""
        at = datetime.combine(on, time(20), VIETNAM)
        number = len(self.days)
        for statement in self.late:
            self.say(statement, at)
        self.late = []
        for statement in self.stated(self.days[-1], number):
            self.say(statement, at)
        if number % (_DAYS // _LOOKS) == 0:
            self.look(at + timedelta(minutes=30))

    def say(self, told: Stated, at: datetime) -> None:
        """Hand a statement in."""
        body = books.statement(
            told.lines, day=told.day, province=told.province, version=told.version, said=told.said
        )
        assert books.state(body, at=at).state in {"taken", "superseded"}
        self.ledger.statements.append(told)

    def stated(self, day: date, number: int) -> list[Stated]:
        """What is said of a day: most of what came, and the faults that its number in the year brings."""
        lines = [
            (commune or "00008", name, sha256) for commune, name, sha256 in rows(_ARRIVED, day)
        ]
        far = [it for it in lines if it[0] == TWO_TIERS.far_commune]
        own = [it for it in lines if it[0] != TWO_TIERS.far_commune]
        if number % 5 == 1:  # lost on the way
            own.append(("00008", f"MAT-{number}", "0a" * 32))
            far.append((TWO_TIERS.far_commune, f"MAT-XA-{number}", "0b" * 32))
        if number % 5 == 2:  # other bytes
            own[0] = (own[0][0], own[0][1], "0c" * 32)
        if number % 5 == 3:  # sent, and in no statement
            del own[-2:]
        own += self._nameless(day, number)
        own += self.shifted  # what came on a day and is stated on the next
        self.shifted = own[:1] if number % 3 == 0 else []
        if number % 6 == 4:  # stated twice, in the same day of another province and on another day
            own = own[1:] + own[:1]
            far.append((TWO_TIERS.far_commune, own[-1][1], own[-1][2]))
        if number % 7 == 5:  # never stated
            return [self.of(day, "01", 1, own)]
        told = [self.of(day, "01", 1, own), self.of(day, "79", 1, far)]
        if (
            number % 4 == 0
        ):  # a version that came too late, one that is newer and comes days later, and a wrong count
            self.late += [self.of(day, "01", 3, own[1:]), self.of(day, "01", 2, own[2:])]
        if number % 4 == 1:
            wrong = told[0]
            told[0] = wrong._replace(said=wrong.said | {"00008": wrong.said.get("00008", 0) + 2})
        return told

    def _nameless(self, day: date, number: int) -> list[tuple[str, str, str]]:
        """What came without a usable id is stated the day after under another, and known by its bytes."""
        told, self.nameless = self.nameless, []
        if number % 8 == 3:
            body = b'{"schema": 1, "data": %d}' % number
            send(body, at=datetime.combine(day, time(21), VIETNAM))
            self.nameless = [("00008", f"SAI-MA-{number}", books.digest(body))]
        return told

    @staticmethod
    def of(day: date, province: str, version: int, lines: list[tuple[str, str, str]]) -> Stated:
        """A statement whose counts are those of its list."""
        once = tuple({it[1]: it for it in lines}.values())
        said: dict[str, int] = {}
        for commune, _, _ in once:
            said[commune] = said.get(commune, 0) + 1
        return Stated(day, province, version, once, said)

    def look(self, at: datetime) -> None:
        """Every day so far is reconciled, and counted by hand."""
        past = rows(
            "SELECT DISTINCT (received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM births_message ORDER BY 1"
        )
        days = sorted({row[0] for row in past} | {it.day for it in self.ledger.statements})
        for day in days:
            assert reconciling.reconcile_day(day, by=SYSTEM, at=at)
        self.ledger.count(at, days)


@pytest.mark.rule("INV-45")
def test_every_figure_of_the_books_equals_a_count_by_hand_now_and_as_of_every_look_before() -> None:
    ministry = _Ministry()
    year_world.live(days=_DAYS, a_day=_A_DAY, year=ministry)
    ministry.evening(ministry.days[-1] + timedelta(days=1))
    ledger = ministry.ledger
    assert len(ledger.instants) >= _LOOKS
    wholes = []
    for at, counted in ledger.instants.items():
        told = _told(at)
        assert _some(told) == _some(counted), at
        wholes.append({name: sum(own[name] for own in counted.values()) for name in COLUMNS})
    # Every kind of fault was among them.
    assert all(wholes[-1].values()), wholes[-1]
    assert wholes[-1] != wholes[-2] != wholes[-3]


def _told(at: datetime) -> dict[Key, dict[str, int]]:
    period = (TWO_TIERS.first, TWO_TIERS.last)
    return {
        (it.day, it.province_code, it.commune_code): {
            name: getattr(it, f"{name}_count") for name in COLUMNS
        }
        for it in form.rows(SYSTEM, period, as_of=at)
    }  # type: ignore[misc]


def _some(told: dict[Key, dict[str, int]]) -> dict[Key, dict[str, int]]:
    """Those in which something is counted, each with its figures that are not 0."""
    return {
        key: {name: count for name, count in own.items() if count}
        for key, own in told.items()
        if any(own.values())
    }
