"""Reporting a difficulty from any page (Báo vướng mắc): the form, what may answer it already, and the check of its words."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.errors import Refused
from lienthong.oversight import difficulties, knowledge, moving, reporting
from lienthong.oversight.knowledge import STAFF, Asked
from lienthong.oversight.reporting import Met, Question
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.helplinks import SUBJECTS, page_before, topic_of

_KEY_DIGITS = 18
_KINDS = frozenset({*SUBJECTS.values(), "dossier"})


@dataclass(frozen=True, slots=True)
class _Form:
    """What stands in the form: the question as typed, and where it was met."""

    asked: Question
    met: Met
    dossier_key: str = ""


@page(
    "can-bo/vuong-mac/bao/", name="difficulty-new", needs=Permission.DIFFICULTY_REPORT, posts=True
)
def report(call: Call) -> Answer:
    """The form; sent, the difficulty. Words that name somebody are masked and shown once before they go."""
    form, said, field, found_vi, status = _read(call), "", "", "", 200
    if call.is_post:
        asked, found_vi = reporting.clean(form.asked, form.met, by=call.by)
        if not found_vi:
            try:
                made = reporting.report(asked, form.met, by=call.by, at=call.at)
                return Go(reverse("difficulty", kwargs={"difficulty_id": made}) + "?da=bao")
            except Refused as error:
                said, field = error.message_vi, error.field
        form, status = _Form(asked, form.met, form.dossier_key), 422
    context = {
        "form": form,
        "said": said,
        "field": field,
        "found_vi": found_vi,
        "topics": difficulties.TOPICS_VI,
        "fitting": _fitting(call, form),
        "answered": difficulties.answered_alike(call.by, form.asked.title),
        "longest_title": moving.LONGEST_TITLE,
        "longest": moving.LONGEST_TEXT,
    }
    return Show("staff/difficulty_new.html", context, status=status)


@page("can-bo/vuong-mac/goi-y/", name="difficulty-hints", needs=Permission.ARTICLE_VIEW, posts=True)
def hints(call: Call) -> Answer:
    """What may answer what is being typed: articles, and answers in reach. Nothing is kept, in no address and no log."""
    form = _read(call)
    answered = difficulties.answered_alike(call.by, form.asked.title)
    return Show("staff/_hints.html", {"fitting": _fitting(call, form), "answered": answered})


def _fitting(call: Call, form: _Form) -> list[knowledge.ArticleLine]:
    asked = Asked(form.asked.title, page=form.met.page, code=form.met.code)
    return knowledge.fitting(STAFF, asked, on=call.on)


def _read(call: Call) -> _Form:
    """From the address at first, from the form afterwards."""
    where, key = call.value("trang"), call.value("ho-so")
    if not where and not call.is_post:
        where = page_before(call.request)
    kind, number = call.value("doi-tuong"), call.value("so")
    subject = (
        int(number)
        if number.isascii() and number.isdigit() and len(number) <= _KEY_DIGITS
        else None
    )
    if key:
        kind, subject = "dossier", reporting.dossier_of(key, by=call.by)
    if kind not in _KINDS or subject is None:
        kind, subject = "", None
    topic = call.value("chu-de")
    asked = Question(
        topic if topic or call.is_post else topic_of(where),
        call.value("tieu-de"),
        call.value("cau-hoi"),
    )
    return _Form(asked, Met(where, call.value("ma"), kind, subject), key)
