"""People who come into a household without a birth message: found by exact papers, or entered as a person of their own.

An adult has a record and no cover as a child. Nobody is found by likeness here: personal id or insurance number, name and
birth date must all be right, and nothing of the person is told but that he is there.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.kernel.names import fold_key, match_key, stored_form, tone_key
from lienthong.law.personal_id import contradictions, usable

_NAMED = "SELECT person_id, household_id, is_in_reach FROM persons_named(%s, %s, %s, %s)"
_KEY = "SELECT nextval(pg_get_serial_sequence('persons_person', 'id'))"
# No RETURNING: the record is seen only once its owner lives in a household in reach.
_MAKE = """
    INSERT INTO persons_person (
        id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status, birth_notice_code,
        mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    VALUES (%(id)s, %(full_name)s, %(tone_key)s, %(fold_key)s, %(born_on)s, %(sex)s, %(nationality)s, %(personal_id)s,
            '', '', %(mother_name)s, '', '', '', '', '', '', '', %(commune_code)s, '', 'empty', %(at)s)
"""
_MOST_NAME = 200

TAKEN_VI = (
    "Đã có người mang số định danh này. Hãy tìm người đó bằng số định danh, họ tên và ngày sinh."
)
NAME_VI = "Hãy ghi đủ họ tên."
DAY_VI = "Ngày sinh không đúng hoặc sau hôm nay."
SEX_VI = "Hãy chọn giới tính."
FORM_VI = "Số định danh phải đủ 12 chữ số, ghi đúng như trên giấy tờ."


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person as his papers state him; `sex` is `male`, `female` or `undetermined`."""

    full_name: str
    born_on: date
    sex: str
    personal_id: str = ""
    mother_name: str = ""
    commune_code: str = ""
    nationality: str = "VN"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who is there: his record, the household he is in today, and whether the asker reaches it."""

    person_id: int
    household_id: int | None
    is_in_reach: bool


def named(number: str, full_name: str, born_on: date, *, by: Actor, at: datetime) -> Named | None:
    """The person of this personal id or insurance number, name and birth date, wherever he lives; None unless all are right.

    The question is written into the log, answered or not.
    """
    _need(by)
    digits = "".join(number.split())
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_NAMED, [digits, match_key(full_name), born_on, vietnam_date(at)])
        found = rows_as(Named, cursor)
        hit = found[0] if found else None
        trail.record(
            by,
            "person.asked_by_number",
            at=at,
            subject_kind="person" if hit else "",
            subject_id=hit.person_id if hit else None,
        )
    return hit


def make(newcomer: Newcomer, *, by: Actor, at: datetime) -> int:
    """Enter a person without cover as a child; the record's key. He is seen once he lives in a household.

    Raises Refused with the field: no name, a day that cannot be, an id of the wrong form, of another sex or year, or
    somebody else's.
    """
    _need(by)
    name = stored_form(newcomer.full_name)[:_MOST_NAME]
    if not name:
        raise Refused(NAME_VI, code="NAME", field="ho-ten")
    if newcomer.born_on > vietnam_date(at):
        raise Refused(DAY_VI, code="DAY", field="ngay-sinh")
    if newcomer.sex not in {"male", "female", "undetermined"}:
        raise Refused(SEX_VI, code="SEX", field="gioi-tinh")
    personal_id = _checked_id(newcomer)
    try:
        with acting(by, at=at), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_KEY)
            key = int(cursor.fetchone()[0])
            cursor.execute(
                _MAKE,
                {
                    "id": key,
                    "full_name": name,
                    "tone_key": tone_key(name),
                    "fold_key": fold_key(name),
                    "born_on": newcomer.born_on,
                    "sex": newcomer.sex,
                    "nationality": newcomer.nationality,
                    "personal_id": personal_id,
                    "mother_name": stored_form(newcomer.mother_name)[:_MOST_NAME],
                    "commune_code": newcomer.commune_code,
                    "at": at,
                },
            )
            trail.record(by, "person.entered", at=at, subject_kind="person", subject_id=key)
    except IntegrityError as error:
        raise Refused(TAKEN_VI, code="E-PID-TAKEN", field="so-dinh-danh") from error
    return key


def _checked_id(newcomer: Newcomer) -> str | None:
    digits = "".join(newcomer.personal_id.split())
    if not digits:
        return None
    if usable(digits) is None:
        raise Refused(FORM_VI, code="E-PID-FORMAT", field="so-dinh-danh")
    odd = contradictions(digits, birth_date=newcomer.born_on, sex=newcomer.sex)
    if odd:
        raise Refused(odd[0].message_vi, code=str(odd[0]), field="so-dinh-danh")
    return digits


def _need(by: Actor) -> None:
    if not by.may(Permission.HOUSEHOLD_EDIT):
        raise NotAllowed("Bạn không có quyền sửa hộ gia đình.", code=str(Permission.HOUSEHOLD_EDIT))
