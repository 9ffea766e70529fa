"""An officer's own notices (Thông báo): read them, mark them as read, go to what they are about."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.notices import actions, queries
from lienthong.notices.queries import OwnNotice
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_ROWS = 50
_PLACES = {
    "OVERDUE": ("work", Permission.DOSSIER_QUEUE, ""),
    "OVERDUE_HEAD": ("work", Permission.DOSSIER_QUEUE, ""),
    "OVERDUE_DIRECTOR": ("work", Permission.DOSSIER_QUEUE, ""),
    "OFF_PROCESS": ("off-process", Permission.CONFORMANCE_VIEW, ""),
    "CONTRACT_ENDS": ("facilities", Permission.CATALOGUE_VIEW, "?tinh-trang=ending"),
    "CARD_REVOKED_DESK": ("tasks", Permission.TASK_VIEW, ""),
}
"""Where a notice leads, for whom may open it."""
_DIFFICULTY = "difficulty"
_ABOUT_CHILDREN = frozenset({"person", "dossier"})


@dataclass(frozen=True, slots=True)
class _Row:
    notice: OwnNotice
    url: str


@page("can-bo/thong-bao/", name="notices", needs=Permission.HOME_VIEW, reveals="person", posts=True)
def notices(call: Call) -> Answer:
    """Newest first; the form marks the ticked ones, or all that were on the screen and older, as read."""
    if call.is_post:
        return _mark(call)
    is_unread_only = call.value("chua-doc") == "1"
    found = queries.own(
        call.by, before=call.number("sau"), unread_only=is_unread_only, limit=_ROWS + 1
    )
    shown = found[:_ROWS]
    context = {
        "rows": [_Row(notice, _place(call, notice)) for notice in shown],
        "unread_only": is_unread_only,
        "newest": shown[0].id if shown else 0,
        "next_after": shown[-1].id if len(found) > _ROWS else 0,
        "marked": call.number("da-danh-dau"),
        "unread_count": queries.unread(call.by),
    }
    subjects = sorted(
        {
            (each.subject_kind, each.subject_id)
            for each in shown
            if each.subject_kind in _ABOUT_CHILDREN
        }
    )
    return Show("staff/notices.html", context, subjects=subjects, fields=("dossier",))


def _mark(call: Call) -> Answer:
    up_to = call.number("den") if call.value("thao-tac") == "tat-ca" else 0
    if up_to:
        count = actions.mark_all_read(up_to, by=call.by, at=call.at)
    else:
        count = actions.mark_read(call.keys("thong-bao"), by=call.by, at=call.at)
    return Go(f"{reverse('notices')}?da-danh-dau={count}" if count else reverse("notices"))


def _place(call: Call, notice: OwnNotice) -> str:
    if notice.subject_kind == "directive":
        may = call.by.may(Permission.DIRECTIVE_VIEW)
        return reverse("directive", kwargs={"directive_id": notice.subject_id}) if may else ""
    if notice.subject_kind == _DIFFICULTY:
        return reverse("difficulty", kwargs={"difficulty_id": notice.subject_id})
    name, permission, rest = _PLACES.get(notice.kind, ("home", Permission.HOME_VIEW, ""))
    return reverse(name) + rest if call.by.may(permission) else ""
