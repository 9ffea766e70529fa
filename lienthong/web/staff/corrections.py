"""A registration that changed after the card was out: both sides, what it means, and the officer's decision."""

from collections.abc import Callable

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import comparison, corrections
from lienthong.births.comparison import REVOKED, Correction
from lienthong.births.corrections import Deed
from lienthong.cards import further
from lienthong.cards.cover import RULES_VI
from lienthong.cards.exchange import Foreseen
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardparts import drawn
from lienthong.web.staff.tasks import kind_vi

_PAGE_SIZE = 50
_MOST_NOTE = 1000
_FIELDS = ("full_name", "birth_date", "personal_id", "parents", "insurance_number", "card_code")
_DEEDS: dict[str, Callable[..., object]] = {
    "doi": corrections.exchange_as_registered,
    "giu": corrections.keep,
    "dinh-danh": corrections.attach_personal_id,
    "de-nghi": corrections.ask_revocation,
    "xac-nhan": corrections.confirm_revocation,
    "khong": corrections.drop_revocation,
    "bao": corrections.told_family,
}
_DONE_VI = {
    "doi": "Đã lập yêu cầu đổi thẻ theo dữ liệu khai sinh mới; chờ cán bộ khác duyệt.",
    "giu": "Đã ghi: giữ nguyên thẻ và hồ sơ của trẻ.",
    "dinh-danh": "Đã ghi số định danh mới. Thẻ và mã số BHXH không đổi.",
    "de-nghi": "Đã đề nghị thu hồi thẻ; cần một cán bộ khác xác nhận.",
    "xac-nhan": "Đã thu hồi thẻ. Gia đình có địa chỉ liên hệ được báo ngay; nếu chưa có, hãy báo trực tiếp.",
    "khong": "Đã ghi: không thu hồi thẻ.",
    "bao": "Đã ghi: gia đình đã được báo.",
}


@page(
    "can-bo/dieu-chinh/", name="corrections", needs=Permission.CORRECTION_DECIDE, reveals="person"
)
def listed(call: Call) -> Answer:
    """What waits for a decision, oldest first; or the revocations that wait for a second officer."""
    to_confirm = call.value("cho-xac-nhan") == "1"
    lines = comparison.waiting(
        call.by, to_confirm=to_confirm, limit=_PAGE_SIZE + 1, after=call.number("sau")
    )
    shown = lines[:_PAGE_SIZE]
    context = {
        "rows": [(line, kind_vi(line.kind)) for line in shown],
        "to_confirm": to_confirm,
        "next_after": shown[-1].task_id if len(lines) > _PAGE_SIZE else 0,
        "done_vi": _DONE_VI.get(call.value("xong"), ""),
    }
    subjects = [("dossier", line.dossier_id) for line in shown]
    return Show(
        "staff/corrections.html", context, subjects=subjects, fields=("child_name", "birth_date")
    )


@page(
    "can-bo/dieu-chinh/<int:task_id>/",
    name="correction",
    needs=Permission.CORRECTION_DECIDE,
    reveals="person",
    posts=True,
)
def correction(call: Call, task_id: int) -> Answer:
    """What we hold beside what is registered now, difference by difference; and the decision."""
    said, note = "", call.value("ghi-chu")[:_MOST_NOTE]
    deed = call.value("thao-tac")
    if call.is_post:
        try:
            if deed not in _DEEDS:
                raise Refused("Vui lòng chọn một cách xử lý.", code="DEED")
            told = Deed(task_id, call.number("phien-ban"), note)
            _DEEDS[deed](told, by=call.by, at=call.at)
            return Go(reverse("corrections") + f"?xong={deed}")
        except (Refused, Conflict, NotAllowed) as error:
            said = error.message_vi
    seen = comparison.correction(call.by, task_id)
    foreseen, refusal_vi = _foreseen(call, seen)
    no_cover = corrections.no_cover_code(seen, on=call.on)
    context = {
        "seen": seen,
        "kind_vi": kind_vi(seen.kind),
        "said": said,
        "note": note,
        "foreseen": foreseen,
        "refusal_vi": refusal_vi,
        "rule_vi": RULES_VI.get(foreseen.decision.rule, "") if foreseen else "",
        "reason_vi": corrections.REASONS_VI.get(seen.decision_reason or no_cover, ""),
        "no_cover": no_cover,
        "is_mine": seen.asked_person == call.by.person_key,
        "notice_vi": corrections.notice_vi(seen) if seen.kind == REVOKED else "",
        "is_revoked_task": seen.kind == REVOKED,
        **_covers(call, seen, foreseen),
    }
    subjects = [("dossier", seen.dossier_id), ("person", seen.person_id)]
    return Show("staff/correction.html", context, subjects=subjects, fields=_FIELDS)


def _foreseen(call: Call, seen: Correction) -> tuple[Foreseen | None, str]:
    """What a card as registered would be, or why there is none; nothing where it is not the question."""
    is_asked = seen.is_open and seen.is_live and seen.has_card and seen.changes_card
    no_cover = corrections.no_cover_code(seen, on=call.on)
    if not is_asked or no_cover or seen.kind == REVOKED:
        return None, ""
    if not call.by.may(Permission.CARD_EXCHANGE):
        return None, "Yêu cầu đổi thẻ do cán bộ Thu lập."
    if seen.waiting_id is not None:
        return (
            None,
            "Đang có một yêu cầu cấp lại, đổi thẻ chờ duyệt; hãy duyệt hoặc rút yêu cầu đó trước.",
        )
    try:
        return corrections.foresee_exchange(seen, by=call.by, at=call.at), ""
    except (Refused, NotFound) as error:
        return None, error.message_vi


def _covers(call: Call, seen: Correction, foreseen: Foreseen | None) -> dict[str, object]:
    if foreseen is None or seen.card_id is None:
        return {}
    held = further.held_card(call.by, seen.card_id, on=call.on).entitled
    return {
        "before": drawn(foreseen.before, foreseen.closes, held, call.on),
        "after": drawn(foreseen.after, foreseen.closes, foreseen.entitled, call.on),
        "issued_count": len(foreseen.issues),
        "ended_count": len(foreseen.closes),
        "place": foreseen.place,
    }
