"""Settles one difference between the two databases: an officer says which is right, and why.

What he chose goes to the person's record by this act alone, with what stood there before; the entries stay as received,
for each database is mended by its own keepers from the list of what was settled. What a birth registered is changed by
the civil register and never here; an insurance number is the ledger's (`Mã số`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import parse_iso_date, vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.kernel.names import stored_form
from lienthong.law.personal_id import contradictions, usable
from lienthong.persons import actions, households, membership
from lienthong.persons.relations import Relation, relation_of

_LOCK = """
    SELECT difference.id, difference.person_id, difference.kind, difference.state, difference.household_value,
           difference.collection_value, isempty(person.entitled) AND person.merged_into_id IS NULL AS is_free,
           person.full_name, person.born_on, person.sex, coalesce(person.personal_id, '') AS personal_id,
           person.mother_name, person.residence_commune_code, coalesce(ledger.number, '') AS insurance_number,
           living.household_id, coalesce(home.code, '') AS household_code, coalesce(living.relation, '') AS relation
    FROM persons_difference AS difference
    JOIN persons_person AS person ON person.id = difference.person_id
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    LEFT JOIN persons_member AS living
        ON living.person_id = person.id AND NOT living.is_void AND upper_inf(living.during)
    LEFT JOIN persons_household AS home ON home.id = living.household_id
    WHERE difference.id = %s
    FOR UPDATE OF difference
"""
_SETTLE = """
    UPDATE persons_difference
    SET state = 'settled', choice = %(choice)s, reason = %(reason)s, value_before = %(before)s, value_after = %(after)s,
        settled_by = %(by)s, settled_at = %(at)s
    WHERE id = %(id)s
"""
_RESTATE = "SELECT persons_restate(%s, %s, %s)"
_HOUSEHOLD = "SELECT id FROM persons_household WHERE code = %s AND closed_on IS NULL"
COLUMNS = {
    "name": "full_name",
    "name_tone": "full_name",
    "birth_date": "born_on",
    "sex": "sex",
    "personal_id": "personal_id",
    "insurance_number": "insurance_number",
    "mother_name": "mother_name",
    "commune": "residence_commune_code",
    "household": "household_code",
    "relation": "relation",
}
"""Which fact of the record a kind of difference is about; who is in one database alone is about none."""
NAMES = frozenset({"name", "name_tone", "mother_name"})
_MOST_REASON = 500

GONE_VI = "Không tìm thấy chênh lệch này trong địa bàn của bạn."
DONE_VI = "Chênh lệch này vừa được xử lý hoặc không còn. Vui lòng tải lại danh sách."
REGISTERED_VI = (
    "Thông tin này theo khai sinh, chỉ thay đổi khi khai sinh được cải chính."
    " Hãy chọn «Giữ như đang đăng ký»; bên ghi khác khai sinh sẽ được báo để sửa."
)
NUMBER_VI = "Mã số này không phải mã số đang dùng của người này. Hãy xử lý ở trang Mã số."
REASON_VI = "Hãy ghi căn cứ khi nhập giá trị khác."
DAY_VI = "Ngày sinh phải đủ ngày, tháng, năm và không sau hôm nay."
SEX_VI = "Giới tính phải là nam, nữ hoặc chưa xác định."
FORM_VI = "Số định danh phải đủ 12 chữ số."
TAKEN_VI = "Số định danh này đang thuộc về một người khác. Cần rà soát hai người trước."
HOUSEHOLD_VI = "Không có hộ mã này đang mở trong địa bàn. Hãy lập hộ trước."
RELATION_VI = "Người này chưa ở trong hộ nào, hoặc mã quan hệ không có trong danh mục."
EMPTY_VI = "Không thể chọn giá trị để trống."


@dataclass(frozen=True, slots=True)
class Choice:
    """Which side is right: `household`, `collection`, `registered` (the record stays), or `other` with its value and reason."""

    side: str
    value: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    id: int
    person_id: int
    kind: str
    state: str
    household_value: str
    collection_value: str
    is_free: bool
    full_name: str
    born_on: date
    sex: str
    personal_id: str
    mother_name: str
    residence_commune_code: str
    insurance_number: str
    household_id: int | None
    household_code: str
    relation: str

    @property
    def value(self) -> str:
        """What the record says now, as an entry would write it; '' for who is in one database alone."""
        column = COLUMNS.get(self.kind)
        return "" if column is None else str(getattr(self, column))


def settle(difference_id: int, choice: Choice, *, by: Actor, at: datetime) -> None:
    """Settle it; what was chosen is the person's from now on, where that is for an officer to say.

    Raises NotFound, Conflict when it was settled meanwhile, Refused with the field when the choice cannot stand.
    """
    need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [difference_id])
        found = rows_as(_Held, cursor)
        if not found:
            raise NotFound(GONE_VI)
        held = found[0]
        if held.state != "open":
            raise Conflict(DONE_VI, code="SETTLED")
        after = _chosen(held, choice)
        if not is_same(held.kind, after, held.value):
            _write(held, after, by=by, at=at)
        told: dict[str, Any] = {
            "choice": choice.side,
            "reason": choice.reason.strip()[:_MOST_REASON],
            "before": held.value,
            "after": after,
            "by": by.label,
            "at": at,
            "id": difference_id,
        }
        cursor.execute(_SETTLE, told)
        _told(held, choice, by=by, at=at)


def is_same(kind: str, left: str, right: str) -> bool:
    """True when two spellings of this fact say the same: of names exactly, of the rest as text."""
    return stored_form(left) == stored_form(right) if kind in NAMES else left == right


def need(by: Actor) -> None:
    """Raise NotAllowed unless the actor may settle differences."""
    if not by.may(Permission.HOUSEHOLD_EDIT):
        raise NotAllowed(
            "Bạn không có quyền xử lý chênh lệch.", code=str(Permission.HOUSEHOLD_EDIT)
        )


def _told(held: _Held, choice: Choice, *, by: Actor, at: datetime) -> None:
    for kind, key in (("difference", held.id), ("person", held.person_id)):
        trail.record(
            by,
            "difference.settled",
            at=at,
            subject_kind=kind,
            subject_id=key,
            detail={"kind": held.kind, "choice": choice.side},
        )


def _chosen(held: _Held, choice: Choice) -> str:
    """The value that is right. Raises Refused for an empty one, and for another one without a reason."""
    if choice.side == "registered" or held.kind not in COLUMNS:
        return held.value
    if choice.side == "other" and not choice.reason.strip():
        raise Refused(REASON_VI, code="REASON", field="can-cu")
    sides = {
        "household": held.household_value,
        "collection": held.collection_value,
        "other": choice.value.strip(),
    }
    if choice.side not in sides:
        raise Refused("Hãy chọn bên đúng.", code="CHOICE", field="chon")
    value = sides[choice.side]
    if not value:
        raise Refused(EMPTY_VI, code="EMPTY", field="gia-tri")
    return stored_form(value) if held.kind in NAMES else value


def _write(held: _Held, value: str, *, by: Actor, at: datetime) -> None:
    if held.kind == "insurance_number":
        raise Refused(NUMBER_VI, code="NUMBER", field="chon")
    if held.kind in _WRITERS:
        _WRITERS[held.kind](held, value, by=by, at=at)
        return
    if not held.is_free:
        raise Refused(REGISTERED_VI, code="REGISTERED", field="chon")
    if held.kind == "birth_date":
        _check_day(value, at)
    if held.kind == "sex" and value not in {"male", "female", "undetermined"}:
        raise Refused(SEX_VI, code="SEX", field="gia-tri")
    if held.kind == "commune":
        membership.area_of(value, vietnam_date(at))
    _restate(held, COLUMNS[held.kind], value)


def _check_day(value: str, at: datetime) -> None:
    try:
        is_good = parse_iso_date(value) <= vietnam_date(at)
    except ValueError:
        is_good = False
    if not is_good:
        raise Refused(DAY_VI, code="DAY", field="gia-tri")


def _identify(held: _Held, value: str, *, by: Actor, at: datetime) -> None:
    """A child without an id may be given one that says its own sex and year; another id is the register's to change."""
    if usable(value) is None:
        raise Refused(FORM_VI, code="E-PID-FORMAT", field="gia-tri")
    if not held.is_free and held.personal_id:
        raise Refused(REGISTERED_VI, code="REGISTERED", field="chon")
    odd = contradictions(value, birth_date=held.born_on, sex=held.sex)
    if odd:
        raise Refused(odd[0].message_vi, code=str(odd[0]), field="chon")
    try:
        with transaction.atomic():
            if held.is_free:
                _restate(held, "personal_id", value)
            elif not actions.attach_personal_id(held.person_id, value, by=by, at=at):
                raise Refused(TAKEN_VI, code="E-PID-TAKEN", field="chon")
    except IntegrityError as error:
        raise Refused(TAKEN_VI, code="E-PID-TAKEN", field="chon") from error


def _move(held: _Held, code: str, *, by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HOUSEHOLD, [code])
        row = cursor.fetchone()
    if row is None:
        raise Refused(HOUSEHOLD_VI, code="HOUSEHOLD", field="chon")
    moved = {held.person_id: Relation.OTHER}
    households.take_in(
        row[0], moved, on=vietnam_date(at), by=by, at=at, seen={held.person_id: held.household_id}
    )


def _relate(held: _Held, code: str, *, by: Actor, at: datetime) -> None:
    relation = relation_of(code)
    if held.household_id is None or relation is None:
        raise Refused(RELATION_VI, code="RELATION", field="chon")
    households.change_relation(
        held.household_id, held.person_id, relation, on=vietnam_date(at), by=by, at=at
    )


def _restate(held: _Held, column: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RESTATE, [held.person_id, column, value])
        if not cursor.fetchone()[0]:
            raise Refused(REGISTERED_VI, code="REGISTERED", field="chon")


_WRITERS = {"household": _move, "relation": _relate, "personal_id": _identify}
