"""Home: what waits for me, by stage, with what is late; the officer's own step first."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts import hospitals_shown
from lienthong.accounts.permissions import Permission
from lienthong.cards import findings, limits
from lienthong.catalogues import contacts
from lienthong.dossiers import facility_gaps, lifecycle, queries, splitting
from lienthong.oversight import connections, differences, difficulties, directivelists
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_STEPS = (
    (lifecycle.APPROVAL_REQUESTED, Permission.CARD_APPROVE, "approve", "Duyệt thẻ"),
    (lifecycle.APPROVED, Permission.CARD_PRINT, "print", "In thẻ"),
    (lifecycle.PRINTED, Permission.CARD_HAND_OVER, "hand-over", "Trả thẻ"),
    (lifecycle.MANUAL_REVIEW, Permission.TASK_VIEW, "tasks", "Xem việc cần xử lý"),
    (
        lifecycle.CREATE_FAILED,
        Permission.UNIT_DECLARATION_VIEW,
        "undeclared",
        "Xem địa bàn chưa khai báo",
    ),
)
_FINISHED = frozenset(lifecycle.CLOSED)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as home shows it: how many dossiers, how many late, and where a click leads."""

    label_vi: str
    count: int
    late_count: int
    url: str
    action_vi: str = ""
    has_clock: bool = True


@page("can-bo/", name="home", needs=Permission.HOME_VIEW)
def home(call: Call) -> Answer:
    """Counts only, no child: the officer's own steps, then the whole way. A collection agent begins at his desk."""
    if call.by.may(Permission.AGENT_DESK):
        return Go(reverse("agent-desk"))
    if not call.by.may(Permission.DOSSIER_QUEUE):
        return Show("staff/home.html", {"own": [], "way": [], "sees_dossiers": False})
    counts = {line.state: line for line in queries.counts_by_state(call.by, on=call.on)}
    own = [
        Stage(
            lifecycle.LABELS_VI[state],
            counts[state].count,
            counts[state].late_count,
            reverse(url_name),
            action_vi,
        )
        for state, permission, url_name, action_vi in _STEPS
        if state in counts and call.by.may(permission)
    ]
    own += _waiting_for_a_choice(call)
    own += _off_process(call)
    own += _lists(call)
    own += _coordination(call)
    own += _difficulties(call)
    own.sort(key=lambda stage: stage.late_count == 0)
    queue_url = reverse("queue")
    way = [
        Stage(line.state_vi, line.count, line.late_count, f"{queue_url}?giai-doan={line.state}")
        for line in counts.values()
    ]
    open_count = sum(line.count for line in counts.values() if line.state not in _FINISHED)
    late_count = sum(line.late_count for line in counts.values())
    context = {
        "own": own,
        "way": way,
        "sees_dossiers": True,
        "open_count": open_count,
        "late_count": late_count,
        "late_url": f"{queue_url}?qua-han=1",
        "on": call.on,
        "waiting": directivelists.waiting(call.by),
        **_door(call),
    }
    return Show("staff/home.html", context)


def _door(call: Call) -> dict[str, object]:
    """What the hospitals' door needs an officer for: accounts that are suspended, the door itself when it is closed."""
    if not call.by.may(Permission.HOSPITAL_SUSPEND):
        return {}
    return {
        "suspended_count": hospitals_shown.suspended_count(call.by),
        "suspended_url": f"{reverse('hospitals')}?tinh-trang=suspended",
        "is_door_closed": limits.settings(call.by)["is_open"].value != 1,
    }


def _waiting_for_a_choice(call: Call) -> list[Stage]:
    """Dossiers of divided communes, which old and new officers see though each has one owner."""
    if not call.by.may(Permission.SPLIT_DECIDE):
        return []
    groups = splitting.groups(call.by, on=call.on)
    if not groups:
        return []
    return [
        Stage(
            "Hồ sơ chờ chọn đơn vị mới",
            sum(it.waiting_count for it in groups),
            sum(it.late_count for it in groups),
            reverse("splits"),
            "Chọn đơn vị mới",
        )
    ]


def _off_process(call: Call) -> list[Stage]:
    """What left the procedure and waits: for an answer, or for the head's confirmation."""
    if not call.by.may(Permission.CONFORMANCE_ANSWER):
        return []
    counts = findings.state_counts(call.by, filters=findings.FindingFilter())
    url = reverse("off-process")
    stages = []
    if waiting := counts["open"] + counts["returned"]:
        stages.append(Stage("Thao tác sai quy trình", waiting, 0, url, "Trả lời", has_clock=False))
    if counts["answered"] and call.by.may(Permission.CONFORMANCE_CONFIRM):
        to_confirm = f"{url}?trang-thai=answered"
        label = "Trả lời chờ xác nhận"
        stages.append(
            Stage(label, counts["answered"], 0, to_confirm, "Xác nhận trả lời", has_clock=False)
        )
    return stages


def _coordination(call: Call) -> list[Stage]:
    """Differences with the ministry that nobody can explain; a province that is not connected and must say why."""
    by, stages = call.by, []
    if by.may(Permission.BOOKS_VIEW) and (count := differences.unexplained_count(by)):
        url = f"{reverse('book-differences')}?muc=unexplained"
        label = "Chênh lệch với Bộ Tư pháp chưa rõ lý do"
        stages.append(Stage(label, count, 0, url, "Kiểm tra", has_clock=False))
    if by.may(Permission.COORDINATION_EDIT) and not by.unit_code:
        found = connections.connected(by, on=call.on).lines
        urgent = [it for it in found if it.province_code == by.province_code]
        if any(it.is_unexplained or it.is_plan_passed for it in urgent):
            url = reverse("coordination-province", kwargs={"province_code": by.province_code})
            label = "Chưa liên thông, cần nêu lý do và kế hoạch"
            stages.append(Stage(label, 1, 0, url, "Khai báo", has_clock=False))
    return stages


def _difficulties(call: Call) -> list[Stage]:
    """Difficulties that wait for an answer at the officer's level."""
    if not call.by.may(Permission.DIFFICULTY_ANSWER):
        return []
    waiting, late = difficulties.waiting_count(call.by, on=call.on)
    if not waiting:
        return []
    url = reverse("difficulties")
    label = "Vướng mắc chờ trả lời"
    return [Stage(label, waiting, late, url, "Trả lời", has_clock=late > 0)]


def _lists(call: Call) -> list[Stage]:
    """What the province keeps right: its task force, and the facilities that families chose and that are missing."""
    by, stages = call.by, []
    if by.may(Permission.TASK_FORCE_EDIT) and not by.unit_code:
        stale = contacts.stale(by, on=call.on)
        own = [it for it in stale if by.everywhere or it.province_code == by.province_code]
        if own:
            url = reverse("task-forces")
            if not by.everywhere:
                url = reverse("task-force", kwargs={"province_code": by.province_code})
            stages.append(
                Stage(
                    "Danh bạ tổ công tác cần kiểm tra",
                    len(own),
                    0,
                    url,
                    "Kiểm tra",
                    has_clock=False,
                )
            )
    if by.may(Permission.FACILITY_MANAGE) and not by.unit_code:
        missing = facility_gaps.gaps(by, on=call.on)
        if missing:
            url = reverse("facility-gaps")
            stages.append(
                Stage("Cơ sở KCB còn thiếu", len(missing), 0, url, "Bổ sung", has_clock=False)
            )
    return stages
