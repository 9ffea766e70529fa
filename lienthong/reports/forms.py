"""The official forms (biểu mẫu): figures of a period as of any past instant, and the records behind each number.

Every figure of one `Table` is counted in one statement from one set of definitions (`columns`); a table whose rows break an
identity of rules §9.1 is not shown. Queries run in the caller's transaction (`database.scope.acting`): what the actor's area
does not hold is not counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import NotFound, Refused
from lienthong.reports import columns, counting, listings, places, shares
from lienthong.reports.columns import Column
from lienthong.reports.counting import Question
from lienthong.reports.identities import IDENTITIES
from lienthong.reports.listings import Line, Page
from lienthong.reports.timecolumns import LATE, PACES

Period = tuple[date, date]
"""The first and the last day of receipt, both included."""
Number = int | float | None
DAYS = (date(2000, 1, 1), date(2099, 12, 31))
"""The days that figures can be asked of: no record is older, and no calendar goes further."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which number: the days of receipt, the instant, and the code of the table's row, '' for its total."""

    period: Period
    as_of: datetime
    within: str = ""


class Imbalance(Exception):
    """A row breaks an identity: a fault of the program, never of the reader. Names the identity and the row."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its name on the console, its title and the letter behind it, its columns.

    `main` are those that stand for themselves, when not all; `sheets` the pages of its file: a title and the columns' keys. `list_of`: the form is the list behind this column, with the counts
    as a summary; its file names children.
    """

    name: str
    title_vi: str
    source_vi: str
    columns: tuple[Column, ...]
    main: tuple[str, ...] = ()
    sheets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    list_of: str = ""

    def column(self, key: str) -> Column:
        """The column of that key. Raises NotFound."""
        for each in self.columns:
            if each.key == key:
                return each
        raise NotFound("Biểu này không có cột đó.", code="E-COLUMN", field="column")


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one place by column key. Times are office hours; None where no record passed the step."""

    code: str
    name: str
    province_code: str
    figures: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Table:
    """A counted form. `totals` are those of all records of the rows, not of the rows' medians."""

    form: Form
    level: str
    within: str
    period: Period
    as_of: datetime
    rows: tuple[Row, ...]
    totals: Mapping[str, Number]


_SUMMARY = (
    *columns.RECEIVED,
    *columns.CREATING,
    *columns.WAY,
    *columns.STOPPED,
    *columns.BACKLOG,
    *LATE,
    *columns.MANUAL,
    *columns.WITHOUT_ID,
    *columns.MOVED,
    *PACES,
)
_NUMBERED = frozenset({"4", "5", "6", "7", "8", "9", "10"})
_ON_THE_WAY = tuple(column for column in columns.WAY if column.number in _NUMBERED)
_ENDS = (*columns.STOPPED[:1], *LATE, *columns.MANUAL[:1], *columns.WITHOUT_ID)


def _keys(*told: Column) -> tuple[str, ...]:
    return tuple(column.key for column in told)


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form(
            "phu-luc-1",
            "Tình hình cấp thẻ BHYT cho trẻ em dưới 6 tuổi",
            "Phụ lục 1, công văn 680 và 2118/BHXH-CNTT năm 2020",
            (*_SUMMARY, *columns.BACKLOG_BY_STAGE),
            _keys(*_SUMMARY),
            (
                (
                    "Biểu",
                    _keys(
                        *columns.RECEIVED[:3],
                        *columns.CREATING[1:],
                        *_ON_THE_WAY,
                        *columns.BACKLOG,
                        *_ENDS,
                    ),
                ),
                (
                    "Từng khâu",
                    _keys(*columns.CREATING[:1], *columns.WAY, *columns.STOPPED, *columns.MOVED),
                ),
                ("Tồn đọng theo khâu", _keys(*columns.BACKLOG_BY_STAGE)),
                ("Thủ công, trùng", _keys(*columns.RECEIVED[2:], *columns.MANUAL)),
                ("Thời gian xử lý", _keys(*PACES)),
            ),
        ),
        Form(
            "ton-dong",
            "Hồ sơ tồn đọng theo khâu và tuổi",
            "Công văn 2118/BHXH-CNTT năm 2020",
            (*columns.OPEN, *columns.BACKLOG, *columns.BACKLOG_BY_STAGE, LATE[0]),
            list_of="open",
        ),
        Form(
            "chua-co-dinh-danh",
            "Hồ sơ của trẻ chưa có số định danh cá nhân",
            "Thông báo 2703/TB-BHXH",
            columns.WITHOUT_ID,
            list_of="without_id",
        ),
        Form(
            "thu-cong",
            "Hồ sơ thủ công theo lý do",
            "Thông báo 2703/TB-BHXH",
            columns.MANUAL,
            list_of="manual",
        ),
    )
}


def form_of(name: str) -> Form:
    """The counted form of that name. Raises NotFound."""
    found = FORMS.get(name)
    if found is None:
        raise NotFound(f"Không có biểu «{name}».", code="E-REPORT", field="name")
    return found


def table(
    by: Actor, form: str, period: Period, as_of: datetime, level: str = "province", within: str = ""
) -> Table:
    """The form by places of a level, `within` a province, unit or commune by code; '' is all that the actor sees.

    Raises NotFound, Refused (period, level), and Imbalance, which nobody should ever see.
    """
    kind, asked = form_of(form), question(period, as_of, level, within)
    places.check_level(level, on=_day(as_of))
    counts = counting.count(by, asked)
    named = places.places(level, counts, on=_day(as_of))
    by_place: dict[places.Place, list[counting.Tally]] = {}
    if level == "province" and by.everywhere and not within:
        # A province without a record has its row too: that it has none is what one wants to know.
        by_place = {place: [] for place in places.provinces(_day(as_of))}
    for number, tally in counts.items():
        by_place.setdefault(named[number], []).append(tally)
    wanted = tuple(dict.fromkeys((*kind.columns, *_BALANCED)))
    rows = [
        Row(
            place.code,
            place.name,
            place.province_code,
            _figures(wanted, counting.together(tallies), place.code or place.name),
        )
        for place, tallies in by_place.items()
    ]
    rows.sort(
        key=lambda row: (row.code in places.NOWHERE.values(), row.province_code, row.code, row.name)
    )
    everything = counting.together(chain.from_iterable(by_place.values()))
    totals = _figures(wanted, everything, "tổng")
    for column in _BALANCED:
        if totals[column.key] != sum(row.figures[column.key] or 0 for row in rows):
            raise Imbalance(f"total = sum of rows ({column.key})")
    if level == "country" and not rows:
        rows = [Row("", places.COUNTRY_VI, "", totals)]
    return Table(kind, level, within, period, as_of, tuple(rows), totals)


def listing(
    by: Actor, form: str, column: str, where: Where, *, after: int = 0, limit: int = 50
) -> Page:
    """The records behind one number, oldest key first; `after` is `Page.next_after` of the page before, 0 for the first.

    Raises NotFound, also for a time, which has no list.
    """
    kind = form_of(form).column(column)
    if kind.counts is None:
        raise NotFound("Cột thời gian không có danh sách.", code="E-COLUMN", field="column")
    asked = question(where.period, where.as_of, "country", where.within)
    return listings.page(by, asked, kind.counts, after=after, limit=limit)


def lines(by: Actor, form: str, where: Where) -> Iterator[Line]:
    """Every record of a form that is a list, oldest key first. Raises NotFound for one that is none."""
    kind = form_of(form)
    counts = kind.column(kind.list_of).counts
    if counts is None:
        raise NotFound("Biểu này không có danh sách.", code="E-REPORT", field="name")
    asked = question(where.period, where.as_of, "country", where.within)
    return listings.every(by, asked, counts)


def figures(
    by: Actor, *, period: Period, as_of: datetime, province: str = ""
) -> Mapping[str, Number]:
    """Every figure of `phu-luc-1` for a province, or for all that the actor sees, by column key.

    With the `shares`, as `on_time_share`, `issued_share` and `coverage_share`: per cent, None where there is nothing to
    divide by.
    """
    totals = dict(table(by, "phu-luc-1", period, as_of, "country", province).totals)
    return totals | {
        "on_time_share": shares.on_time(totals),
        "issued_share": shares.issued(totals),
        "coverage_share": shares.coverage(totals),
    }


_BALANCED = tuple(
    column for column in dict.fromkeys(FORMS["phu-luc-1"].columns) if column.counts is not None
)


def balanced(tally: counting.Tally, where: str) -> Mapping[str, Number]:
    """Every figure of `phu-luc-1` of these records, by column key. Raises Imbalance, naming `where`."""
    return _figures(FORMS["phu-luc-1"].columns, tally, where)


def question(period: Period, as_of: datetime, level: str, within: str) -> Question:
    """What is asked of the database. Raises Refused for a period that ends before it begins, and for days beyond `DAYS`."""
    first, last = period
    if first < DAYS[0] or last > DAYS[1] or as_of.date() < DAYS[0]:
        raise Refused(
            f"Ngày phải từ {day_first(DAYS[0])} đến {day_first(DAYS[1])}.",
            code="E-PERIOD",
            field="from",
        )
    if last < first:
        raise Refused("Ngày cuối sớm hơn ngày đầu.", code="E-PERIOD", field="to")
    if as_of.tzinfo is None:
        msg = "an instant needs a time zone"
        raise ValueError(msg)
    return Question(first, last, as_of, level, within)


def _figures(wanted: tuple[Column, ...], tally: counting.Tally, where: str) -> dict[str, Number]:
    counts = counting.counts(wanted, tally)
    for identity in IDENTITIES:
        if not identity.holds(counts):
            raise Imbalance(f"{identity.name} ({where})")
    return {**counts, **counting.times(wanted, tally)}


def _day(as_of: datetime) -> date:
    return counting.day_of(as_of)
