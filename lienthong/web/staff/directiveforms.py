"""The draft of a letter: started from a template, edited with its questions, and issued. Nothing typed is lost."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, Refused
from lienthong.oversight import directivelists, directives, livefigures
from lienthong.oversight.directivelists import DirectiveView
from lienthong.oversight.directives import KINDS_VI, Draft
from lienthong.oversight.reasonlists import LISTS_VI
from lienthong.oversight.templates import Asked
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.directives import template_lines
from lienthong.web.staff.people import people

_BLANK_ROWS = 2
_PLAIN_KINDS = ("yes_no", "day", "plan", "text")
_COLUMNS = ("thu-tu", "cau", "loai", "bat-buoc", "neu-chua", "tu", "den")


@page("can-bo/cong-van/moi/", name="directive-new", needs=Permission.DIRECTIVE_ISSUE, posts=True)
def new(call: Call) -> Answer:
    """Which letter to start from."""
    said: Refused | None = None
    if call.is_post:
        try:
            directive_id = directives.begin(call.value("mau"), by=call.by, at=call.at)
            return Go(reverse("directive-draft", kwargs={"directive_id": directive_id}))
        except Refused as error:
            said = error
    return Show("staff/directive_new.html", {"templates": template_lines(), "said": said})


@page(
    "can-bo/cong-van/<int:directive_id>/soan/",
    name="directive-draft",
    needs=Permission.DIRECTIVE_ISSUE,
    posts=True,
)
def edit(call: Call, directive_id: int) -> Answer:
    """The whole draft as a form: save, issue, or drop it."""
    view = directivelists.one(call.by, directive_id)
    if view.state != "draft" and not call.is_post:
        return Go(reverse("directive", kwargs={"directive_id": directive_id}))
    said: Refused | Conflict | None = None
    draft, seen = _of(call, view), view.edit_no
    if call.is_post:
        draft, seen = _typed(call), call.number("ban")
        try:
            return _act(call, directive_id, draft, seen)
        except Conflict as error:
            said, seen = error, view.edit_no
        except Refused as error:
            said = error
    return _show(call, view, draft, seen, said)


def _act(call: Call, directive_id: int, draft: Draft, seen: int) -> Answer:
    by, at = call.by, call.at
    here = reverse("directive-draft", kwargs={"directive_id": directive_id})
    match call.value("thao-tac"):
        case "ban-hanh":
            _refuse_bad_days(call)
            if call.value("da-xem") != "1":
                raise Refused(
                    "Hãy đánh dấu đã kiểm tra nội dung trước khi ban hành.",
                    code="CONFIRM",
                    field="da-xem",
                )
            count = directives.issue(directive_id, draft, seen=seen, by=by, at=at)
            to = reverse("directive", kwargs={"directive_id": directive_id})
            return Go(f"{to}?{urlencode({'xong': 'ban-hanh', 'so': count})}")
        case "bo":
            directives.drop(directive_id, seen=seen, by=by, at=at)
            return Go(f"{reverse('directives')}?da-bo=1")
        case _:
            _refuse_bad_days(call)
            directives.revise(directive_id, draft, seen=seen, by=by, at=at)
            return Go(f"{here}?da-luu=1")


def _show(
    call: Call, view: DirectiveView, draft: Draft, seen: int, said: Refused | Conflict | None
) -> Answer:
    provinces = catalogues.provinces(call.by, on=call.on)
    missing = directives.missing_of(
        draft, on=call.on, standing=frozenset(it.code for it in provinces)
    )
    rows = [(at, it, _kind_of(it)) for at, it in enumerate(draft.questions, start=1)]
    blank = Asked("", "")
    count = len(rows)
    rows += [(count + at, blank, "") for at in range(1, _BLANK_ROWS + 1)]
    context = {
        "it": view,
        "draft": draft,
        "seen": seen,
        "rows": rows,
        "question_count": count,
        "plain_kinds": [(key, KINDS_VI[key]) for key in _PLAIN_KINDS],
        "figures": [(f"figure:{key}", it.label_vi) for key, it in livefigures.figures().items()],
        "lists": [(f"reasons:{key}", label) for key, label in LISTS_VI.items()],
        "provinces": provinces,
        "missing": missing,
        "said": said,
        "is_changed": isinstance(said, Conflict),
        "saved": call.value("da-luu") == "1" and not call.is_post,
        "people": people(call, {view.drafted_by}),
        "on": call.on,
    }
    return Show("staff/directive_draft.html", context)


def _of(call: Call, view: DirectiveView) -> Draft:
    asked = tuple(it.asked for it in directivelists.questions(call.by, view.id))
    return Draft(
        view.number,
        view.dated_on,
        view.subject,
        view.body,
        view.due_on,
        view.period_first,
        view.period_last,
        view.everyone,
        tuple(view.provinces),
        view.signer_name,
        view.signer_title,
        view.copies,
        asked,
    )


def _typed(call: Call) -> Draft:
    post = call.request.POST
    columns = [post.getlist(name) for name in _COLUMNS]
    rows = [dict(zip(_COLUMNS, cells, strict=True)) for cells in zip(*columns, strict=False)]
    asked = [
        (_place(row["thu-tu"], number), _asked(row))
        for number, row in enumerate(rows, start=1)
        if row["cau"].strip()
    ]
    return Draft(
        number=" ".join(call.value("so").split()),
        dated_on=_day(call.value("ngay")),
        subject=" ".join(call.value("trich-yeu").split()),
        body=call.value("noi-dung").replace("\r\n", "\n"),
        due_on=_day(call.value("han")),
        period_first=_day(call.value("ky-tu")),
        period_last=_day(call.value("ky-den")),
        everyone=call.value("noi-nhan") != "mot-so",
        provinces=tuple(dict.fromkeys(it[:2] for it in post.getlist("tinh"))),
        signer_name=" ".join(call.value("nguoi-ky").split()),
        signer_title=" ".join(call.value("chuc-danh").split()),
        copies=call.value("noi-nhan-khac").replace("\r\n", "\n"),
        questions=directives.in_order(asked),
    )


def _asked(row: dict[str, str]) -> Asked:
    kind, _, which = row["loai"].partition(":")
    condition = row["neu-chua"].strip()
    return Asked(
        kind,
        " ".join(row["cau"].split()),
        row["bat-buoc"] != "khong",
        int(condition) if condition.isascii() and condition.isdigit() else None,
        which if kind == "figure" else "",
        which if kind == "reasons" else "",
        _day(row["tu"]),
        _day(row["den"]),
    )


def _place(text: str, number: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 1_000 + number  # noqa: PLR2004


def _kind_of(asked: Asked) -> str:
    which = asked.figure or asked.reason_list
    return f"{asked.kind}:{which}" if which else asked.kind


def _day(text: str) -> date | None:
    """A day of the form; what is no day is none here, and `_refuse_bad_days` says so before anything is written."""
    try:
        return parse_iso_date(text.strip())
    except ValueError:
        return None


def _refuse_bad_days(call: Call) -> None:
    for name in ("ngay", "han", "ky-tu", "ky-den", "tu", "den"):
        for text in call.request.POST.getlist(name):
            if text.strip() and _day(text) is None:
                raise Refused(f"Ngày «{text[:20]}» không hợp lệ.", code="E-DATE", field=name)
