"""Help at the hospitals' counter: articles marked for hospitals, reporting a difficulty, and what became of one's own."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.errors import Conflict, Refused, Unavailable
from lienthong.oversight import knowledge, moving, reporting
from lienthong.oversight.knowledge import HOSPITALS, Asked
from lienthong.oversight.masking import masked
from lienthong.oversight.reporting import Met, Question
from lienthong.web.hospital.desk import Visit, desk_page

_ROWS = 20
_LONGEST = 2000
_ACTS = frozenset({"confirmed", "reopened", "replied"})
_PAGES = frozenset({"hospital-lookup", "hospital-code-new", "hospital-codes", "hospital-code"})


@desk_page("co-so/hoi-dap/", name="hospital-knowledge", needs=Permission.CARD_LOOKUP)
def articles(visit: Visit) -> HttpResponseBase:
    """What is marked for hospitals, by words or all of it."""
    asked = Asked(visit.value("tim")[: knowledge.MOST_WORDS])
    found = knowledge.search(HOSPITALS, asked, on=visit.on, limit=_ROWS)
    return visit.show("hospital/knowledge.html", {"found": found, "asked": asked, "here": "help"})


@desk_page("co-so/hoi-dap/<int:article_id>/", name="hospital-article", needs=Permission.CARD_LOOKUP)
def article(visit: Visit, article_id: int) -> HttpResponseBase:
    """One of them."""
    line = knowledge.article(HOSPITALS, article_id, on=visit.on)
    return visit.show("hospital/article.html", {"line": line, "here": "help"})


@desk_page(
    "co-so/vuong-mac/", name="hospital-difficulties", needs=Permission.CARD_LOOKUP, posts=True
)
def difficulties(visit: Visit) -> HttpResponseBase:
    """The facility's own with their answers, and the form for a new one; words that name somebody are masked first."""
    asked, said, field, found_vi = Question("hospital", "", ""), "", "", ""
    if visit.is_post:
        title, question = masked(visit.value("tieu-de")), masked(_long(visit, "cau-hoi"))
        asked = Question("hospital", title.text, question.text)
        found_vi = ", ".join(it.found_vi for it in (title, question) if it.found)
        if visit.value("thao-tac") in _ACTS:
            found_vi = ""
        try:
            if not found_vi:
                return _send(visit, asked)
        except (Refused, Conflict, Unavailable) as error:
            said, field = error.message_vi, error.field
    page = visit.value("trang")
    context = {
        "lines": reporting.of_hospital(visit.clerk.asker),
        "asked": asked,
        "said": said,
        "field": field,
        "found_vi": found_vi,
        "page": page if page in _PAGES else "",
        "is_sent": visit.value("da-gui") == "1",
        "longest_title": moving.LONGEST_TITLE,
        "longest": _LONGEST,
        "fitting": knowledge.fitting(HOSPITALS, Asked(asked.title, page=page), on=visit.on),
        "here": "difficulties",
    }
    status = 422 if said or found_vi else 200
    return visit.show("hospital/difficulties.html", context, status=status)


def _send(visit: Visit, asked: Question) -> HttpResponseBase:
    act, asker, at = visit.value("thao-tac"), visit.clerk.asker, visit.at
    if act in _ACTS:
        number = visit.value("vuong-mac")
        key = int(number) if number.isascii() and number.isdigit() else 0
        reporting.say_from_hospital(key, act, _long(visit, "noi-dung"), asker=asker, at=at)
    else:
        page = visit.value("trang")
        met = Met(page if page in _PAGES else "")
        reporting.report_from_hospital(asked, met, asker=asker, at=at)
    address = reverse("hospital-difficulties") + "?da-gui=1"
    return HttpResponse(status=303, headers={"Location": address})


def _long(visit: Visit, name: str) -> str:
    return str(visit.request.POST.get(name, "")).strip()[:_LONGEST]
