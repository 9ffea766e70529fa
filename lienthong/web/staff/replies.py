"""A province's reply to a letter: the form with its figures already in it, the director's desk, every version that was sent."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.oversight import (
    directivelists,
    documents,
    livefigures,
    reasonlists,
    replies,
    replylines,
    replyviews,
)
from lienthong.oversight.directivelists import DirectiveView, QuestionLine
from lienthong.oversight.replies import SIGNER_TITLES, Signature
from lienthong.oversight.replylines import Plan, Said
from lienthong.oversight.replyviews import Pair, ReplyHead
from lienthong.web.answers import Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.asked import Asked
from lienthong.web.staff.people import people
from lienthong.web.staff.reportcells import DEFAULT_FORM, list_url

_BLANK_PLANS = (Plan("", "", ""), Plan("", "", ""))
_DONE_VI = {
    "luu": "Đã lưu bản nháp.",
    "so-lieu": "Đã lấy số liệu mới nhất.",
    "trinh": "Đã trình giám đốc ký. Giám đốc đã được thông báo.",
    "gui": "Đã ký và gửi BHXH Việt Nam.",
    "tra-lai": "Đã trả lại để sửa. Người soạn đã được thông báo.",
}


@page(
    "can-bo/cong-van/<int:directive_id>/tra-loi/<str:province_code>/",
    name="reply",
    needs=Permission.DIRECTIVE_VIEW,
    posts=True,
)
def one(call: Call, directive_id: int, province_code: str) -> Answer:
    """A province's reply: its newest version or the one asked for, and the step that is due, signing among them."""
    letter = directivelists.one(call.by, directive_id)
    lines = directivelists.chase(call.by, directive_id, on=call.on)
    addressee = next((it for it in lines if it.province_code == province_code), None)
    if addressee is None:
        raise NotFound("Công văn không gửi cho tỉnh, thành phố này.")
    said: Refused | Conflict | None = None
    if call.is_post:
        try:
            return _act(call, directive_id, province_code)
        except (Refused, Conflict) as error:
            said = error
    versions = replyviews.versions(call.by, directive_id, province_code)
    wanted = call.number("ban")
    head = next((it for it in versions if it.version == wanted), versions[0] if versions else None)
    pairs = replyviews.pairs(call.by, head) if head else []
    is_office = not call.by.everywhere and not call.by.unit_code
    may_sign = is_office and call.by.may(Permission.DIRECTIVE_SIGN)
    labels = set() if head is None else {head.drafted_by, head.edited_by, head.presented_by}
    labels |= set() if head is None else {head.returned_by, head.signed_by}
    context = {
        "letter": letter,
        "addressee": addressee,
        "versions": versions,
        "head": head,
        "is_newest": head is not None and head == versions[0],
        "pairs": pairs,
        "behind": {it.question.id: _behind(letter, head, it) for it in pairs} if head else {},
        "may_answer": is_office
        and call.by.may(Permission.DIRECTIVE_ANSWER)
        and letter.state == "issued",
        "may_sign": may_sign and letter.state == "issued",
        "is_own": head is not None and call.by.person_key in head.editors,
        "titles": SIGNER_TITLES,
        "said": said,
        "typed": {name: call.value(name) for name in ("ghi-chu", "ly-do", "so", "chuc-danh")}
        if call.is_post
        else {},
        "done_vi": "" if call.is_post else _DONE_VI.get(call.value("xong"), ""),
        "people": people(call, labels),
        "on": call.on,
    }
    return Show("staff/reply.html", context)


@page(
    "can-bo/cong-van/tra-loi/<int:reply_id>/soan/",
    name="reply-form",
    needs=Permission.DIRECTIVE_ANSWER,
    posts=True,
)
def write(call: Call, reply_id: int) -> Answer:
    """The draft of a reply: figures filled in, everything else to say; saved whole or not, presented only when whole."""
    head = replyviews.head(call.by, reply_id)
    if head.state != "draft" and not call.is_post:
        return Go(_url_of(head))
    questions = directivelists.questions(call.by, head.directive_id)
    said: Refused | Conflict | None = None
    typed: dict[int, Said] | None = None
    seen = head.edit_no
    if call.is_post:
        seen = call.number("ban")
        try:
            typed = {it.id: _said(call, it, is_lenient=True) for it in questions}
            return _write(call, head, questions, seen)
        except Conflict as error:
            said, seen = error, head.edit_no
        except Refused as error:
            said = error
    return _form(call, head, typed, seen, said)


@page(
    "can-bo/cong-van/tra-loi/<int:reply_id>/ban-in/",
    name="reply-print",
    needs=Permission.DIRECTIVE_VIEW,
)
def printed(call: Call, reply_id: int) -> Answer:
    """One version as a document."""
    head = replyviews.head(call.by, reply_id)
    letter = directivelists.one(call.by, head.directive_id)
    body = documents.reply_pdf(head, replyviews.pairs(call.by, head), letter)
    return File(body, f"tra-loi-{reply_id}.pdf", "application/pdf")


def _act(call: Call, directive_id: int, province_code: str) -> Go:
    by, at, deed, seen = call.by, call.at, call.value("thao-tac"), call.number("ban-so")
    here = reverse("reply", kwargs={"directive_id": directive_id, "province_code": province_code})
    match deed:
        case "bat-dau":
            reason = call.value("ly-do")
            reply_id = replies.begin(directive_id, province_code, reason, by=by, at=at)
            return Go(reverse("reply-form", kwargs={"reply_id": reply_id}))
        case "gui":
            signature = Signature(call.value("chuc-danh"), " ".join(call.value("so").split()))
            replies.send(call.number("tra-loi"), signature, seen=seen, by=by, at=at)
        case "tra-lai":
            note = call.value("ghi-chu")
            replies.give_back(call.number("tra-loi"), note, seen=seen, by=by, at=at)
        case _:
            raise Refused("Chưa chọn thao tác.", code="DEED")
    return Go(f"{here}?{urlencode({'xong': deed})}")


def _write(call: Call, head: ReplyHead, questions: list[QuestionLine], seen: int) -> Answer:
    by, at, deed = call.by, call.at, call.value("thao-tac")
    said = {it.id: _said(call, it) for it in questions}
    here = reverse("reply-form", kwargs={"reply_id": head.id})
    match deed:
        case "trinh":
            replies.present(head.id, said, seen=seen, by=by, at=at)
            return Go(f"{_url_of(head)}?{urlencode({'xong': deed})}")
        case "so-lieu":
            replies.save(head.id, said, seen=seen, by=by, at=at)
            replies.refill(head.id, seen=seen + 1, by=by, at=at)
        case _:
            deed = "luu"
            replies.save(head.id, said, seen=seen, by=by, at=at)
    return Go(f"{here}?{urlencode({'xong': deed})}")


def _form(
    call: Call,
    head: ReplyHead,
    typed: dict[int, Said] | None,
    seen: int,
    said: Refused | Conflict | None,
) -> Answer:
    letter = directivelists.one(call.by, head.directive_id)
    pairs = replyviews.typed(call.by, head)
    open_reasons = reasonlists.on_day(call.on)
    left = set(replylines.left(head.id))
    is_open = head.state == "draft" and letter.state == "issued"
    rows = []
    for pair in pairs:
        kept = pair.line
        shown = (
            typed[pair.question.id]
            if typed is not None
            else Said(
                kept.own,
                kept.own_reason,
                tuple(kept.reasons),
                kept.text,
                kept.day,
                kept.is_yes,
                tuple(kept.plans),
            )
        )
        rows.append(
            {
                "question": pair.question,
                "name": f"cau-{pair.question.place}",
                "live": kept.live,
                "behind": _behind(letter, head, pair),
                "unit_vi": pair.unit_vi,
                "said": shown,
                "own_text": call.value(f"c{pair.question.id}-rieng")
                if typed is not None
                else _figure_text(kept.own),
                "plans": [*shown.plans, *_BLANK_PLANS],
                "reasons": open_reasons.get(pair.question.reason_list, []),
                "is_left": pair.question.place in left,
            }
        )
    context = {
        "head": head,
        "letter": letter,
        "rows": rows,
        "left": sorted(left),
        "seen": seen,
        "said": said,
        "is_open": is_open,
        "is_changed": is_open and isinstance(said, Conflict),
        "done_vi": "" if call.is_post else _DONE_VI.get(call.value("xong"), ""),
        "people": people(call, {head.drafted_by, head.edited_by, head.returned_by}),
        "most_text": replylines.MOST_TEXT,
        "on": call.on,
    }
    return Show("staff/reply_form.html", context)


def _behind(letter: DirectiveView, head: ReplyHead, pair: Pair) -> str:
    """The address of the dossiers that a live figure counts, at its instant; '' where it counts none."""
    asked, live = pair.question, pair.line.live
    first, last = asked.period_first or letter.period_first, asked.period_last or letter.period_last
    is_listed = live and asked.figure and livefigures.kind_of(asked.figure).adds_up
    if not is_listed or head.as_of is None or first is None or last is None:
        return ""
    place = Asked(first, last, head.as_of, is_live=False, level="unit", within=head.province_code)
    return list_url(place, DEFAULT_FORM, asked.figure, "")


def _said(call: Call, question: QuestionLine, *, is_lenient: bool = False) -> Said:
    """What the form says to one question. Raises Refused for a figure or a day that is none, unless `is_lenient`."""
    post, key = call.request.POST, f"c{question.id}"
    works, doers, untils = (post.getlist(f"{key}-{name}") for name in ("viec", "ai", "den"))
    field = f"cau-{question.place}"
    yes = call.value(f"{key}-co")
    return Said(
        own=_figure(call.value(f"{key}-rieng"), field, is_lenient=is_lenient),
        own_reason=call.value(f"{key}-vi-sao"),
        reasons=tuple(dict.fromkeys(post.getlist(f"{key}-ly-do"))),
        text=call.value(f"{key}-loi").replace("\r\n", "\n"),
        day=_day(call.value(f"{key}-ngay"), field, is_lenient=is_lenient),
        is_yes={"co": True, "chua": False}.get(yes),
        plans=tuple(
            Plan(work.strip(), who.strip(), _iso(until, field, is_lenient=is_lenient))
            for work, who, until in zip(works, doers, untils, strict=False)
            if work.strip() or who.strip() or until.strip()
        ),
    )


def _figure(text: str, field: str, *, is_lenient: bool) -> float | None:
    """`1.234` and `1 234` are whole numbers, `12,5` has a fraction: as Vietnamese papers write figures."""
    plain = text.replace(" ", "").replace(".", "").replace(",", ".")
    if not plain:
        return None
    whole, _, part = plain.partition(".")
    if not (whole + part).isascii() or not (whole + part).isdigit() or len(plain) > len("9" * 15):
        if is_lenient:
            return None
        raise Refused(f"«{text[:20]}» không phải là số.", code="NUMBER", field=field)
    return float(plain)


def _figure_text(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() else str(value).replace(".", ",")


def _day(text: str, field: str, *, is_lenient: bool) -> date | None:
    if not text:
        return None
    try:
        return parse_iso_date(text)
    except ValueError:
        if is_lenient:
            return None
        raise Refused(f"Ngày «{text[:20]}» không hợp lệ.", code="E-DATE", field=field) from None


def _iso(text: str, field: str, *, is_lenient: bool) -> str:
    day = _day(text.strip(), field, is_lenient=is_lenient)
    return day.isoformat() if day else ""


def _url_of(head: ReplyHead) -> str:
    parts = {"directive_id": head.directive_id, "province_code": head.province_code}
    return reverse("reply", kwargs=parts)
