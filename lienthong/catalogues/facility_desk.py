"""Keeps the list of health facilities on screen: add a contract, mend it, end it (rules §4.4; letter 2703 §2).

A file does the same for many rows (`loading`). The pages check the permission: this package lies below the table of
permissions. Row-level security holds the province once more, and an exclusion constraint that a facility has one
contract on a day. Every change stands in the log with what was before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from lienthong.audit import trail
from lienthong.catalogues import facility_file, loading
from lienthong.catalogues.differences import Difference, overlap
from lienthong.catalogues.facility_desk_lines import Contract, contract_of, contracts_of
from lienthong.catalogues.facility_file import FacilityFacts, Plan
from lienthong.catalogues.places import Places
from lienthong.catalogues.sheets import RowFault
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.codes import is_facility_code, is_province_code
from lienthong.kernel.dates import DateRange, day_first, vietnam_date
from lienthong.kernel.errors import Conflict, Refused

_MOST_TEXT = 200
_KEY = "SELECT id FROM catalogues_facility WHERE code = %s AND lower(contract) = %s"
_LOCKED = "SELECT md5(facility::text) FROM catalogues_facility AS facility WHERE id = %s FOR UPDATE"
_IS_OWN = "SELECT %s = ANY (catalogues_province_codes(ARRAY[%s], %s))"
_SUBJECT_VI = "Cơ sở khám, chữa bệnh"
_CHANGED_VI = "Hợp đồng này vừa được cán bộ khác thay đổi. Hãy xem lại rồi ghi."


def may_manage_in(by: Actor, province_code: str, *, on: date) -> bool:
    """True for the centre, and for an officer of that whole province or of the one it has become part of."""
    if by.everywhere or by.unit_code or not by.province_code:
        return by.everywhere
    with connection.cursor() as cursor:
        cursor.execute(_IS_OWN, [province_code, by.province_code, on])
        return bool(cursor.fetchone()[0])


def add(facts: FacilityFacts, *, by: Actor, at: datetime) -> int:
    """A contract of a facility that has none on these days, known or new; its id.

    Raises Refused (E-CODE, E-NAME, E-PROVINCE-SCOPE, E-DIVISION, E-PROVINCE, E-OVERLAP) with the field.
    """
    with _changing(by, at):
        new = _checked(facts, before=None, by=by, at=at)
        _write(Plan(Difference(_SUBJECT_VI), {}, [new]), new, but=0)
        with connection.cursor() as cursor:
            cursor.execute(_KEY, [new.code, new.contract.start])
            key = int(cursor.fetchone()[0])
        _record(key, "added", {"after": _told(new)}, by=by, at=at)
    return key


def mend(contract_id: int, facts: FacilityFacts, *, seen: str, by: Actor, at: datetime) -> None:
    """Give a contract other facts; the code stays. `seen` is the stamp of the contract as the officer saw it.

    Raises as `add` does, NotFound, Refused (E-UNCHANGED), and Conflict when somebody changed it meanwhile.
    """
    with _changing(by, at):
        before = _locked(contract_id, seen, by=by, at=at)
        asked = replace(facts, code=before.facts.code)
        new = _checked(asked, before=before, by=by, at=at)
        if new == before.facts:
            raise Refused("Chưa có gì thay đổi so với hợp đồng đang có.", code="E-UNCHANGED")
        _write(Plan(Difference(_SUBJECT_VI), {contract_id: new}, []), new, but=contract_id)
        _told_change(contract_id, "mended", before, new, by=by, at=at)


def end(contract_id: int, last: date, *, seen: str, by: Actor, at: datetime) -> None:
    """Let a contract end with that day, sooner than it says. Raises as `mend` does, Refused (E-DATE)."""
    with _changing(by, at):
        before = _locked(contract_id, seen, by=by, at=at)
        contract = before.facts.contract
        if last not in contract or last == contract.last:
            raise Refused(
                f"Hợp đồng có hiệu lực {_days_vi(contract)}; ngày kết thúc phải sớm hơn và nằm trong thời gian đó.",
                code="E-DATE",
                field="ngay-cuoi",
            )
        new = replace(before.facts, contract=DateRange.closed(contract.start, last))
        _write(Plan(Difference(_SUBJECT_VI), {contract_id: new}, []), new, but=contract_id)
        _told_change(contract_id, "ended", before, new, by=by, at=at)


@contextmanager
def _changing(by: Actor, at: datetime) -> Iterator[None]:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(loading.LOCK)
        yield


def _locked(contract_id: int, seen: str, *, by: Actor, at: datetime) -> Contract:
    before = contract_of(by, contract_id)
    _refuse_scope(before.facts.province_code, by, vietnam_date(at))
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [contract_id])
        row = cursor.fetchone()
    if row is None or row[0] != seen:
        raise Conflict(_CHANGED_VI, code="CHANGED")
    return before


def _checked(
    facts: FacilityFacts, *, before: Contract | None, by: Actor, at: datetime
) -> FacilityFacts:
    """The facts as they are kept, once they may be."""
    on = vietnam_date(at)
    code = facts.code.strip().upper()
    if not is_facility_code(code):
        raise Refused(
            "Mã cơ sở gồm 5 ký tự: 2 chữ số của tỉnh, rồi 3 chữ số hoặc chữ in hoa.",
            code="E-CODE",
            field="ma",
        )
    name = " ".join(facts.name.split())[:_MOST_TEXT]
    if not name:
        raise Refused("Hãy ghi tên cơ sở.", code="E-NAME", field="ten")
    if not is_province_code(facts.province_code):
        raise Refused("Mã tỉnh phải gồm 2 chữ số.", code="E-PROVINCE", field="tinh")
    _refuse_scope(facts.province_code, by, on)
    return replace(
        facts,
        code=code,
        name=name,
        level=facts.level.strip()[:_MOST_TEXT],
        declared_on=_meant_on(facts, before, on),
    )


def _meant_on(facts: FacilityFacts, before: Contract | None, on: date) -> date:
    """The day on which the commune code is meant: a mended contract keeps its own unless its place changes."""
    if before is not None:
        held = before.facts
        if (held.commune_code, held.province_code) == (facts.commune_code, facts.province_code):
            return held.declared_on
    places = Places.of({facts.commune_code})
    days = (on, facts.contract.start)
    try:
        return facility_file.meant_on(facts.commune_code, facts.province_code, places, days)
    except RowFault as fault:
        field = {"commune_code": "xa", "province_code": "tinh"}[fault.field]
        raise Refused(fault.message_vi, code=fault.code, field=field) from fault


def _refuse_scope(province_code: str, by: Actor, on: date) -> None:
    if not may_manage_in(by, province_code, on=on):
        raise Refused(
            "Bạn chỉ được bổ sung, sửa cơ sở của tỉnh, thành phố mình phụ trách.",
            code="E-PROVINCE-SCOPE",
            field="tinh",
        )


def _write(plan: Plan, new: FacilityFacts, *, but: int) -> None:
    """Write the plan; what the database refuses becomes a sentence about the contract that stands in the way."""
    try:
        with transaction.atomic():
            facility_file.apply(plan)
    except IntegrityError as error:
        rivals = [it for it in contracts_of(new.code) if it.id != but]
        met = next((it for it in rivals if overlap(it.facts.contract, new.contract)), None)
        if met is None:
            raise
        raise Refused(
            f"Cơ sở {new.code} đã có hợp đồng {_days_vi(met.facts.contract)}. Một cơ sở chỉ có một hợp đồng trong một"
            " ngày: hãy chọn thời gian khác, hoặc sửa hợp đồng đó.",
            code="E-OVERLAP",
            field="tu-ngay",
        ) from error


def _told_change(
    key: int, deed: str, before: Contract, new: FacilityFacts, *, by: Actor, at: datetime
) -> None:
    told = {"before": _told(before.facts), "after": _told(new)}
    _record(key, deed, told, by=by, at=at)


def _told(facts: FacilityFacts) -> dict[str, object]:
    """The facts as the log keeps them; a facility is no person."""
    last = facts.contract.last
    return {
        "name": facts.name,
        "province": facts.province_code,
        "commune": facts.commune_code,
        "level": facts.level,
        "registers": facts.registers_children,
        "first": facts.contract.start.isoformat(),
        "last": last.isoformat() if last else "",
    }


def _record(key: int, deed: str, detail: Mapping[str, object], *, by: Actor, at: datetime) -> None:
    trail.record(
        by,
        f"catalogues.facility.{deed}",
        at=at,
        subject_kind="facility",
        subject_id=key,
        detail=detail,
    )


def _days_vi(days: DateRange) -> str:
    last = days.last
    return f"từ {day_first(days.start)}" + ("" if last is None else f" đến hết {day_first(last)}")
