"""Declares on screen which unit answers for a commune, and from which day: begin, end, correct, move; and the units.

A file does the same for many rows (`loading`); both share the checks of `unit_file`. The pages check the
permission: this package lies below the table of permissions. Row-level security holds the province once more.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from django.db import connection

from lienthong.audit import trail
from lienthong.catalogues import loading, queries, unit_file
from lienthong.catalogues.differences import Difference, overlap
from lienthong.catalogues.places import Places
from lienthong.catalogues.queries import DeclarationLine
from lienthong.catalogues.sheets import RowFault
from lienthong.catalogues.unit_file import Plan, UnitFacts, WorkplaceFacts
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import NotFound, Refused

_KEY = """
    SELECT workplace.id FROM catalogues_workplace AS workplace JOIN catalogues_unit AS unit ON unit.id = unit_id
    WHERE unit.code = %s AND commune_code = %s AND district_code = %s AND valid @> %s::date
"""


def may_declare_in(by: Actor, province_code: str) -> bool:
    """True for the centre, and for an officer of that whole province; an officer of one unit may not."""
    return by.everywhere or (not by.unit_code and by.province_code == province_code)


def declare(
    new: WorkplaceFacts, *, by: Actor, at: datetime, new_unit: UnitFacts | None = None
) -> int:
    """Declare a unit for a place where no other is declared on these days; the declaration's id.

    `new_unit` is created first. Raises Refused (E-DIVISION, E-PROVINCE, E-DISTRICT, E-OVERLAP, E-CLAIMED,
    E-UNIT-PROVINCE, E-PROVINCE-SCOPE …).
    """
    with _changing(by, at):
        standing = _checked(new, new_unit, by=by, at=at)
        _refuse_claimed(new, standing)
        return _begin(new, standing, by=by, at=at)


def move(new: WorkplaceFacts, *, by: Actor, at: datetime, new_unit: UnitFacts | None = None) -> int:
    """From the first day on this unit alone answers for the place: every other ends the day before.

    A declaration of the unit that holds all these days already stays as it is; its id is the answer.
    Raises Refused as `declare` does, and (E-BEGINS-LATER) for another unit's that begins on or after that day.
    """
    with _changing(by, at):
        standing = _checked(new, new_unit, by=by, at=at)
        others = [it for it in standing if it.unit_code != new.unit_code and _counts_in(it, new)]
        ended = [(it, _ending_before(it, new.valid.start)) for it in others]
        _set_days(ended, "moved_away", by=by, at=at)
        own = [it for it in standing if it.unit_code == new.unit_code]
        kept = next((it for it in own if it.counted and _holds(it.counted, new.valid)), None)
        return kept.id if kept else _begin(new, own, by=by, at=at)


def end(workplace_ids: Collection[int], last: date, *, by: Actor, at: datetime) -> int:
    """Let these declarations end with that day; how many. All or none.

    Raises Refused (E-DATE) when one begins later or ends sooner, NotFound when one is not there.
    """
    with _changing(by, at):
        found = _found(workplace_ids, by)
        for it in found:
            _refuse_scope(it.province_code, by)
            if last not in it.valid:
                raise Refused(
                    f"{it.name}: khai báo có hiệu lực từ {_days_vi(it.valid)};"
                    f" không thể kết thúc vào ngày {day_first(last)}.",
                    code="E-DATE",
                    field="valid_to",
                )
        ended = [(it, DateRange.closed(it.valid_from, last)) for it in found]
        _set_days(ended, "ended", by=by, at=at)
    return len(found)


def correct(workplace_id: int, valid: DateRange, *, by: Actor, at: datetime) -> None:
    """Give a declaration other days. Raises Refused as `declare` does, NotFound when it is not there."""
    with _changing(by, at):
        (found,) = _found([workplace_id], by)
        _refuse_scope(found.province_code, by)
        wanted = replace(_facts(found), valid=valid)
        _check_place(wanted)
        others = [it for it in _at_place(wanted, by) if it.id != workplace_id]
        _refuse_overlap(wanted, others)
        if not _holds(found.valid, valid):
            _refuse_claimed(wanted, others)
        _set_days([(found, valid)], "corrected", by=by, at=at)


def create_unit(facts: UnitFacts, *, by: Actor, at: datetime) -> None:
    """A new card unit. Raises Refused (E-UNIT) when the code is taken."""
    with _changing(by, at):
        _refuse_scope(facts.province_code, by)
        with _row_faults_refused():
            unit_file.check_unit(facts)
        if queries.unit_id(facts.code) is not None:
            raise Refused(
                f"Mã đơn vị {facts.code} đã được sử dụng.", code="E-UNIT", field="new_code"
            )
        _put_unit(facts, "created", {}, by=by, at=at)


def rename_unit(code: str, *, name: str, agency_code: str, by: Actor, at: datetime) -> None:
    """Another name or agency code for a unit; its dossiers and declarations stay with it. NotFound without it."""
    with _changing(by, at):
        before = queries.unit(by, code)
        _refuse_scope(before.province_code, by)
        facts = UnitFacts(code, name, agency_code, before.province_code)
        with _row_faults_refused():
            unit_file.check_unit(facts)
        was = {"name_before": before.name, "agency_before": before.agency_code}
        _put_unit(facts, "renamed", was, by=by, at=at)


# ---------------------------------------------------------------- checks


@contextmanager
def _changing(by: Actor, at: datetime) -> Iterator[None]:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(loading.LOCK)
        yield


def _checked(
    new: WorkplaceFacts, new_unit: UnitFacts | None, *, by: Actor, at: datetime
) -> list[DeclarationLine]:
    """The declarations of the place, once the unit and the place are known to fit."""
    _refuse_scope(new.province_code, by)
    _check_place(new)
    if new_unit is not None:
        create_unit(new_unit, by=by, at=at)
    unit = queries.unit(by, new.unit_code)
    if unit.province_code != new.province_code:
        raise Refused(
            f"Đơn vị {unit.code} thuộc tỉnh {unit.province_code}, không thuộc tỉnh của địa bàn này.",
            code="E-UNIT-PROVINCE",
            field="unit_code",
        )
    return _at_place(new, by)


def _check_place(facts: WorkplaceFacts) -> None:
    with _row_faults_refused():
        unit_file.check_workplace(facts, Places.of({facts.commune_code or facts.district_code}))


@contextmanager
def _row_faults_refused() -> Iterator[None]:
    try:
        yield
    except RowFault as fault:
        raise Refused(fault.message_vi, code=fault.code, field=fault.field) from fault


def _refuse_scope(province_code: str, by: Actor) -> None:
    if not may_declare_in(by, province_code):
        raise Refused(
            "Bạn chỉ được khai báo đơn vị và địa bàn của tỉnh, thành phố mình phụ trách.",
            code="E-PROVINCE-SCOPE",
            field="province_code",
        )


def _refuse_overlap(new: WorkplaceFacts, standing: Sequence[DeclarationLine]) -> None:
    for it in standing:
        if it.unit_code == new.unit_code and overlap(it.valid, new.valid):
            raise Refused(
                f"Đơn vị {it.unit_code} đã được khai báo cho địa bàn này từ {_days_vi(it.valid)}."
                " Hãy sửa ngày của khai báo đó.",
                code="E-OVERLAP",
                field="valid_from",
            )


def _refuse_claimed(new: WorkplaceFacts, standing: Sequence[DeclarationLine]) -> None:
    for it in standing:
        if it.unit_code != new.unit_code and _counts_in(it, new):
            raise Refused(
                f"Địa bàn này đang do đơn vị {it.unit_code} ({it.unit_name}) đảm nhiệm từ"
                f" {_days_vi(it.valid)}. Hãy chuyển địa bàn, hoặc chọn thời gian khác.",
                code="E-CLAIMED",
                field="unit_code",
            )


def _counts_in(it: DeclarationLine, new: WorkplaceFacts) -> bool:
    return it.counted is not None and overlap(it.counted, new.valid)


def _ending_before(it: DeclarationLine, first: date) -> DateRange:
    if it.valid_from >= first:
        raise Refused(
            f"Khai báo của đơn vị {it.unit_code} bắt đầu từ {day_first(it.valid_from)} nên không thể kết thúc"
            f" trước ngày {day_first(first)}. Hãy chọn «Từ ngày» sau ngày"
            f" {day_first(it.valid_from)}, hoặc sửa ngày của khai báo đó.",
            code="E-BEGINS-LATER",
            field="valid_from",
        )
    return DateRange(it.valid_from, first)


def _holds(outer: DateRange, inner: DateRange) -> bool:
    starts = outer.start <= inner.start
    return starts and (outer.end is None or (inner.end is not None and inner.end <= outer.end))


def _days_vi(valid: DateRange) -> str:
    last = valid.last
    return day_first(valid.start) + ("" if last is None else f" đến hết {day_first(last)}")


# ---------------------------------------------------------------- rows


def _at_place(facts: WorkplaceFacts, by: Actor) -> list[DeclarationLine]:
    return queries.declarations(by, place_code=facts.commune_code or facts.district_code)


def _found(workplace_ids: Collection[int], by: Actor) -> list[DeclarationLine]:
    keys = set(workplace_ids)
    found = queries.declarations(by, keys=keys)
    if not keys or len(found) != len(keys):
        raise NotFound("Không có khai báo này.")
    return found


def _facts(it: DeclarationLine) -> WorkplaceFacts:
    return WorkplaceFacts(
        it.unit_code, it.province_code, it.district_code, it.commune_code, it.valid
    )


def _begin(
    new: WorkplaceFacts, standing: Sequence[DeclarationLine], *, by: Actor, at: datetime
) -> int:
    """The new declaration's row. One of the same unit that no longer counts first loses the days it does not."""
    dead = [
        (it, it.counted)
        for it in standing
        if it.unit_code == new.unit_code and it.is_cut and it.counted and not _counts_in(it, new)
    ]
    _set_days(dead, "shortened", by=by, at=at)
    shortened = {it.id for it, _ in dead}
    _refuse_overlap(new, [it for it in standing if it.id not in shortened])
    unit_file.apply(_plan(added=[new]))
    with connection.cursor() as cursor:
        cursor.execute(_KEY, [new.unit_code, new.commune_code, new.district_code, new.valid.start])
        key = int(cursor.fetchone()[0])
    _record(("workplace", key), "declared", {"declared": str(new)}, by=by, at=at)
    return key


def _set_days(
    changed: Sequence[tuple[DeclarationLine, DateRange]], deed: str, *, by: Actor, at: datetime
) -> None:
    after = {it.id: replace(_facts(it), valid=valid) for it, valid in changed}
    unit_file.apply(_plan(replaced=after))
    for it, _ in changed:
        detail = {"before": str(_facts(it)), "after": str(after[it.id])}
        _record(("workplace", it.id), deed, detail, by=by, at=at)


def _put_unit(
    facts: UnitFacts, deed: str, was: Mapping[str, str], *, by: Actor, at: datetime
) -> None:
    unit_file.apply(_plan(units=[facts]))
    detail = {"unit": facts.code, "name": facts.name, "agency": facts.agency_code, **was}
    _record(("unit", queries.unit(by, facts.code).id), deed, detail, by=by, at=at)


def _record(
    subject: tuple[str, int], deed: str, detail: Mapping[str, str], *, by: Actor, at: datetime
) -> None:
    kind, key = subject
    trail.record(
        by, f"catalogues.{kind}.{deed}", at=at, subject_kind=kind, subject_id=key, detail=detail
    )


def _plan(
    *,
    units: Sequence[UnitFacts] = (),
    replaced: Mapping[int, WorkplaceFacts] | None = None,
    added: Sequence[WorkplaceFacts] = (),
) -> Plan:
    return Plan(Difference("Đơn vị cấp thẻ"), units, replaced or {}, added)
