"""Which form a province prints: the law's, or what a dated choice of the centre says instead (mẫu thẻ của tỉnh).

A choice counts for cards printed from its first day on. What was printed keeps its form (`cards_copy.form`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, day_first, vietnam_date
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.law.card_forms import CardForm, form_in_use
from lienthong.law.provinces import province_exists

LABELS_VI = {
    CardForm.CARD_1313: "Mẫu 1313 (in mã thẻ 15 ký tự, địa chỉ, tên cha mẹ)",
    CardForm.CARD_1666: "Mẫu 1666 (in mã số 10 chữ số, mức hưởng, nơi cấp)",
}
BASES_VI = {
    CardForm.CARD_1313: "Quy định chung: Quyết định 1313/QĐ-BHXH",
    CardForm.CARD_1666: "Quy định chung: Quyết định 1666/QĐ-BHXH",
}
_OF_DAY = """
    SELECT province_code, form FROM cards_formchoice
    WHERE valid @> %s::date AND province_code = ANY (%s)
"""
_CHOICES = """
    SELECT id, province_code, form, lower(valid) AS first_day, upper(valid) - 1 AS last_day, source,
           entered_by, entered_at
    FROM cards_formchoice ORDER BY lower(valid) DESC NULLS LAST, id DESC
"""
_ENTER = """
    INSERT INTO cards_formchoice (province_code, form, valid, source, entered_by, entered_at)
    VALUES (%s, %s, daterange(%s, %s), %s, %s, %s) RETURNING id
"""
_LOCK = """
    SELECT lower(valid), upper(valid), isempty(valid) FROM cards_formchoice WHERE id = %s FOR UPDATE
"""
_END = """
    UPDATE cards_formchoice
    SET valid = CASE WHEN lower(valid) < %(on)s THEN daterange(lower(valid), %(on)s) ELSE 'empty' END
    WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class FormChoice:
    """One choice. Both days included; no `first_day` means that it was taken back before it counted."""

    id: int
    province_code: str
    form: str
    first_day: date | None
    last_day: date | None
    source: str
    entered_by: str
    entered_at: datetime

    @property
    def form_vi(self) -> str:
        """The form as officials call it."""
        return LABELS_VI[CardForm(self.form)]

    def is_over(self, on: date) -> bool:
        """True when it no longer counts, or never did."""
        return self.first_day is None or (self.last_day is not None and self.last_day < on)

    def counts(self, on: date) -> bool:
        """True on the days it says which form is printed."""
        return self.first_day is not None and self.first_day <= on and not self.is_over(on)


@dataclass(frozen=True, slots=True)
class Entry:
    """A choice as entered. `last_day` is included; None has no end."""

    province_code: str
    form: str
    first_day: date
    last_day: date | None
    source: str


def forms_in_use(provinces: Collection[str], *, on: date, by: Actor) -> dict[str, CardForm]:
    """The form that each province prints on the day. One statement."""
    del by  # everybody may know
    with connection.cursor() as cursor:
        cursor.execute(_OF_DAY, [on, sorted(set(provinces))])
        chosen = {code: CardForm(form) for code, form in cursor.fetchall()}
    return {code: chosen.get(code) or form_in_use(code, on=on) for code in set(provinces)}


def choices(by: Actor) -> list[FormChoice]:
    """Every choice there ever was, the latest first; those taken back last. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CHOICES)
        return rows_as(FormChoice, cursor)


def choose(entry: Entry, *, by: Actor, at: datetime) -> int:
    """Enter that a province prints a form from a day on; the id of the choice.

    Refused with a field: no such province that day, a first day in the past, an end before the start, no source,
    days that another choice of the province holds already (E-FORM-OVERLAP).
    """
    _need_centre(by)
    source = entry.source.strip()
    _check(entry, source, on=vietnam_date(at))
    last_day = entry.last_day
    until = None if last_day is None else DateRange.closed(entry.first_day, last_day).end
    row = (entry.province_code, entry.form, entry.first_day, until, source, by.label, at)
    with acting(by, at=at), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(_ENTER, row)
                choice_id = int(cursor.fetchone()[0])
        except IntegrityError as error:
            raise Refused(
                "Tỉnh này đã có lựa chọn mẫu thẻ khác trong những ngày đó. Hãy kết thúc lựa chọn đó trước.",
                code="E-FORM-OVERLAP",
                field="first_day",
            ) from error
        detail = {
            "province": entry.province_code,
            "form": entry.form,
            "from": entry.first_day.isoformat(),
            "to": last_day.isoformat() if last_day else None,
        }
        trail.record(
            by,
            "form.choose",
            at=at,
            subject_kind="form_choice",
            subject_id=choice_id,
            detail=detail,
        )
    return choice_id


def end_choice(choice_id: int, *, by: Actor, at: datetime) -> None:
    """From today on the law's form counts again; a choice that has not begun is taken back whole.

    Raises NotFound, and Refused (E-FORM-OVER) for one that is over already.
    """
    _need_centre(by)
    on = vietnam_date(at)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [choice_id])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không tìm thấy lựa chọn mẫu thẻ.")
        first_day, until, is_empty = row
        if is_empty or (until is not None and until <= on):
            raise Refused("Lựa chọn này đã kết thúc.", code="E-FORM-OVER")
        cursor.execute(_END, {"on": on, "id": choice_id})
        detail = {"from": first_day.isoformat(), "ended": on.isoformat()}
        trail.record(
            by, "form.end", at=at, subject_kind="form_choice", subject_id=choice_id, detail=detail
        )


def copies_of(forms: dict[str, CardForm]) -> Sequence[list[str]]:
    """Two columns for a statement: provinces, and the form of each."""
    return list(forms), [str(form) for form in forms.values()]


def _need_centre(by: Actor) -> None:
    need(by, Permission.FORM_CHOOSE)
    if not by.everywhere:
        raise NotAllowed("Chỉ BHXH Việt Nam chọn mẫu thẻ của tỉnh.", code="FORM_CHOOSE")


def _check(entry: Entry, source: str, *, on: date) -> None:
    if not province_exists(entry.province_code, on=entry.first_day):
        raise Refused("Hãy chọn tỉnh, thành phố.", code="E-FORM-PROVINCE", field="province_code")
    if entry.form not in frozenset(CardForm):
        raise Refused("Hãy chọn mẫu thẻ.", code="E-FORM", field="form")
    if entry.first_day < on:
        raise Refused(
            f"Ngày bắt đầu phải từ hôm nay ({day_first(on)}) trở đi: thẻ đã in giữ mẫu của ngày in.",
            code="E-FORM-PAST",
            field="first_day",
        )
    if entry.last_day is not None and entry.last_day < entry.first_day:
        raise Refused("Ngày kết thúc trước ngày bắt đầu.", code="E-FORM-DAYS", field="last_day")
    if not source:
        raise Refused(
            "Hãy ghi văn bản làm căn cứ (số, ngày, nơi ban hành).",
            code="E-FORM-SOURCE",
            field="source",
        )
