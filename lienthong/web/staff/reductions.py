"""Báo giảm: an officer of Thu reports a card, an officer of the card desk confirms or returns it."""

from datetime import date

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import reducing
from lienthong.cards.reducing import KINDS_VI, ReductionKind, Report
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_FIELDS = ("full_name", "birth_date", "card_code", "insurance_number")
_TYPED = ("loai", "ngay", "ghi-chu", "can-cu", "the-moi", "the-moi-tu")


@page(
    "can-bo/bao-giam/the/<int:card_id>/",
    name="reduction-new",
    needs=Permission.REDUCTION_REPORT,
    reveals="person",
    posts=True,
)
def ask(call: Call, card_id: int) -> Answer:
    """The form of a report; sent, it leads to the report that waits."""
    typed = {name: call.value(name)[: reducing.MOST_TEXT] for name in _TYPED}
    said, field = "", ""
    seen = reducing.card(call.by, card_id)
    if call.is_post:
        try:
            reducing.report(_report(card_id, typed), by=call.by, at=call.at)
            seen = reducing.card(call.by, card_id)
            return Go(reverse("reduction", kwargs={"task_id": seen.task_id}))
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
    context = {
        "card": seen,
        "kinds": KINDS_VI.items(),
        "typed": typed | {"ngay": typed["ngay"] or call.on.isoformat()},
        "today": call.on,
        "said": said,
        "field": field,
    }
    subjects = [("dossier", seen.dossier_id), ("person", seen.person_id)]
    return Show("staff/reduction_new.html", context, subjects=subjects, fields=_FIELDS)


@page(
    "can-bo/bao-giam/viec/<int:task_id>/",
    name="reduction",
    needs=Permission.TASK_VIEW,
    reveals="person",
    posts=True,
)
def decide(call: Call, task_id: int) -> Answer:
    """The report beside the card; confirmed, returned, or taken back."""
    said, note = "", call.value("ghi-chu")[: reducing.MOST_TEXT]
    if call.is_post:
        try:
            if call.value("thao-tac") == "xac-nhan":
                reducing.confirm(task_id, by=call.by, at=call.at)
            else:
                reducing.drop(task_id, note, by=call.by, at=call.at)
            return Go(reverse("reduction", kwargs={"task_id": task_id}))
        except (Refused, Conflict, NotAllowed) as error:
            said = error.message_vi
    told = reducing.waiting(call.by, task_id)
    seen = reducing.card(call.by, told.card_id)
    context = {
        "told": told,
        "card": seen,
        "said": said,
        "note": note,
        "is_mine": told.asked_person == call.by.person_key,
        "may_confirm": call.by.may(Permission.CARD_APPROVE),
        "may_drop": call.by.may(Permission.TASK_SETTLE),
    }
    subjects = [("dossier", seen.dossier_id), ("person", seen.person_id)]
    return Show("staff/reduction.html", context, subjects=subjects, fields=_FIELDS)


def _report(card_id: int, typed: dict[str, str]) -> Report:
    if typed["loai"] not in set(ReductionKind):
        raise Refused("Hãy chọn loại báo giảm.", code="KIND", field="loai")
    on_day = _day(typed["ngay"], "ngay")
    if on_day is None:
        raise Refused("Hãy ghi ngày báo giảm.", code="DAY", field="ngay")
    return Report(
        card_id,
        ReductionKind(typed["loai"]),
        on_day,
        typed["ghi-chu"],
        typed["can-cu"],
        typed["the-moi"],
        _day(typed["the-moi-tu"], "the-moi-tu"),
    )


def _day(text: str, field: str) -> date | None:
    try:
        return parse_iso_date(text) if text else None
    except ValueError as error:
        raise Refused("Ngày không đúng.", code="DAY", field=field) from error
