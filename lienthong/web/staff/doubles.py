"""The review desk (Nghi trùng): who may be whom, both side by side with the arithmetic, the decision, and its undoing."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import (
    doubles,
    doublesdone,
    doubleviews,
    duplicates,
    evidence,
    merging,
    scans,
    suspecting,
)
from lienthong.births.doubles import STANDS, Double, Filter, Side
from lienthong.births.doublesdone import MergeSeen
from lienthong.births.merging import BASES_VI, Merger
from lienthong.births.suspecting import MOST_REASON
from lienthong.kernel.errors import Conflict, NotAllowed, Refused, Unavailable
from lienthong.persons import pairs
from lienthong.persons.pairs import LATER_AT_MOST, ORIGINS_VI
from lienthong.web.answers import Answer, File, Go, Show
from lienthong.web.page import Call, page

_PAGE_SIZE = 50
_REPORTED = ("mot", "hai", "ly-do")
_FIELDS = ("full_name", "birth_date", "personal_id", "parents", "insurance_number", "card_code")
_STANDS_VI = {"open": "Chờ kết luận", "proposed": "Chờ xác nhận gộp", "later": "Xem lại sau"}
_DONE_VI = {
    "gop": "Đã gộp hai hồ sơ thành một người.",
    "de-nghi": "Đã đề nghị gộp; cần một cán bộ khác xác nhận vì có mã số, thẻ hoặc hồ sơ thay đổi theo.",
    "khong": "Đã trả lại đề nghị gộp.",
    "khac": "Đã ghi: hai người khác nhau. Hệ thống không hỏi lại, trừ khi dữ liệu của một trong hai người thay đổi.",
    "sau": "Đã ghi: xem lại sau. Cặp này tự trở lại danh sách vào ngày đã chọn.",
    "cung": "Đã ghi: cùng một trẻ.",
    "mo": "Đã mở lại.",
    "bo": "Đã bỏ gộp; hai hồ sơ trở lại như trước khi gộp.",
    "giay-to": "Đã đính kèm giấy tờ.",
    "bao": "Đã báo hai hồ sơ nghi trùng. So hai bên rồi kết luận, hoặc để cán bộ khác kết luận.",
    "da-co": "Cặp này đã có ở bàn rà soát; lần báo này không tạo thêm.",
}


@page(
    "can-bo/nghi-trung/",
    name="doubles",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
    posts=True,
)
def listed(call: Call) -> Answer:
    """What waits, the oldest first, by origin and how it stands; and a form to report two by hand."""
    reported = {}
    if call.is_post:
        try:
            told = call.value("mot"), call.value("hai"), call.value("ly-do")
            pair_id, is_new = suspecting.suspect(*told, by=call.by, at=call.at)
            return Go(_address("pair", pair_id) + ("?xong=bao" if is_new else "?xong=da-co"))
        except Refused as error:
            typed = {name.replace("-", "_"): call.value(name)[:MOST_REASON] for name in _REPORTED}
            reported = {"said": error.message_vi, "field": error.field, "typed": typed}
    chosen = call.value("loai") if call.value("loai") in STANDS else "open"
    origin = call.value("nguon") if call.value("nguon") in ORIGINS_VI else ""
    filters = Filter(origin, chosen, call.value("sau"))
    found = doubles.waiting(call.by, filters=filters, on=call.on, limit=_PAGE_SIZE)
    counted = doubles.counts(call.by)
    context = {
        "lines": [
            (it, doubleviews.percent_vi(it.probability), _address(it.subject, it.id))
            for it in found.lines
        ],
        "next_after": found.next_after,
        "origins": [(key, label, counted.get(key, 0)) for key, label in ORIGINS_VI.items()],
        "origin": origin,
        "stands": list(_STANDS_VI.items()),
        "chosen": chosen,
        "waiting_count": sum(counted.values()),
        "done_vi": _DONE_VI.get(call.value("xong"), ""),
        "today": call.on,
        "most_reason": MOST_REASON,
        **reported,
    }
    subjects = [(it.subject, it.id) for it in found.lines]
    return Show(
        "staff/doubles.html", context, subjects=subjects, fields=("full_name", "birth_date")
    )


@page(
    "can-bo/nghi-trung/<int:pair_id>/",
    name="double",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
    posts=True,
)
def of_pair(call: Call, pair_id: int) -> Answer:
    """Two persons side by side, and the decision."""
    return _one(call, "pair", pair_id)


@page(
    "can-bo/nghi-trung/ho-so/<int:task_id>/",
    name="double-task",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
    posts=True,
)
def of_task(call: Call, task_id: int) -> Answer:
    """A new dossier beside the child it may be of, and the decision."""
    return _one(call, "task", task_id)


@page(
    "can-bo/nghi-trung/giay-to/<int:evidence_id>/",
    name="double-evidence",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
)
def evidence_file(call: Call, evidence_id: int) -> Answer:
    """The bytes of a scan, to be saved and never opened by the page itself; the look is logged."""
    kept = evidence.one(call.by, evidence_id)
    body = scans.read(kept.name, bytes(kept.sha256))
    subject = ("pair", kept.pair_id) if kept.pair_id else ("task", kept.task_id or 0)
    return File(
        body,
        f"giay-to-{kept.id}.{scans.SUFFIXES[kept.form]}",
        scans.MEDIA_TYPES[kept.form],
        subjects=[subject],
        fields=("scan",),
        is_saved=True,
    )


@page(
    "can-bo/nghi-trung/da-xu-ly/",
    name="doubles-done",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
    posts=True,
)
def done(call: Call) -> Answer:
    """What was decided, newest first; a dossier's decision or a pair found different is taken back here."""
    said = ""
    if call.is_post:
        try:
            if call.value("thao-tac") == "mo-cap":
                pairs.reopen(call.number("khoa"), by=call.by, at=call.at)
            else:
                note = call.value("ghi-chu")
                duplicates.undo(call.number("khoa"), note, by=call.by, at=call.at)
            return Go(reverse("doubles-done") + "?xong=mo")
        except (Refused, Conflict, NotAllowed) as error:
            said = error.message_vi
    found = doublesdone.done(
        call.by, before=call.value("truoc") if not call.is_post else "", limit=_PAGE_SIZE
    )
    context = {
        "lines": [(it, _done_address(it.subject, it.question_id)) for it in found.lines],
        "next_before": found.next_before,
        "done_vi": _DONE_VI.get(call.value("xong"), ""),
        "said": said,
    }
    subjects = [
        ("task" if it.subject == "duplicate" else it.subject, it.question_id) for it in found.lines
    ]
    return Show(
        "staff/doubles_done.html", context, subjects=subjects, fields=("full_name", "birth_date")
    )


@page(
    "can-bo/nghi-trung/gop/<int:merge_id>/",
    name="merge",
    needs=Permission.PERSON_REVIEW,
    reveals="person",
    posts=True,
)
def merge(call: Call, merge_id: int) -> Answer:
    """One merger: who into whom and why; confirmed, sent back, or undone."""
    said, note = "", call.value("ghi-chu")
    if call.is_post:
        try:
            return Go(_answer_merge(call, merge_id, note))
        except (Refused, Conflict, NotAllowed) as error:
            said = error.message_vi
    seen = doublesdone.merge_seen(call.by, merge_id)
    context = {
        "seen": seen,
        "said": said,
        "note": note,
        "is_own": seen.asked_person == call.by.person_key,
        "follows": doubleviews.follows_vi(seen.loser, seen.survivor) if seen.waits else (),
        "sides": (_shown(seen.loser), _shown(seen.survivor)),
        "may_merge": call.by.may(Permission.PERSON_MERGE),
        "is_whole": seen.loser.is_mine and seen.survivor.is_mine,
        "both_vi": merging.BOTH_SIDES_VI,
        "done_vi": _DONE_VI.get(call.value("xong"), ""),
    }
    return Show("staff/merge.html", context, subjects=_merge_subjects(seen), fields=_FIELDS)


def _answer_merge(call: Call, merge_id: int, note: str) -> str:
    match call.value("thao-tac"):
        case "xac-nhan":
            merging.confirm(merge_id, by=call.by, at=call.at)
            return reverse("merge", args=[merge_id]) + "?xong=gop"
        case "khong":
            merging.drop(merge_id, note, by=call.by, at=call.at)
            return reverse("doubles") + "?xong=khong"
        case "bo-gop":
            merging.undo(merge_id, note, by=call.by, at=call.at)
            return reverse("merge", args=[merge_id]) + "?xong=bo"
    raise Refused("Vui lòng chọn một thao tác.", code="DEED")


def _one(call: Call, subject: str, key: int) -> Answer:
    said, note = "", call.value("ghi-chu")
    if call.is_post:
        try:
            deed = _DEEDS.get((subject, call.value("thao-tac")))
            if deed is None:
                raise Refused("Vui lòng chọn kết luận.", code="DEED")
            return Go(deed(call, key, note))
        except (Refused, Conflict, NotAllowed, Unavailable) as error:
            said = error.message_vi
    seen = doubles.of_pair(call.by, key) if subject == "pair" else doubles.of_task(call.by, key)
    own = seen.told.probability if seen.told else None
    context = {
        "seen": seen,
        "rows": doubleviews.compared(seen),
        "sides": (_shown(seen.one), _shown(seen.other)),
        # What was suspected with more to go by, as of two whole registers, is not talked down by two records alone.
        "percent": doubleviews.percent_vi(own if seen.probability is None else seen.probability),
        "own_percent": doubleviews.percent_vi(own),
        "sum_vi": doubleviews.bits_vi(seen.told.weight) if seen.told else "",
        "prior_vi": doubleviews.bits_vi(seen.told.prior) if seen.told else "",
        "total_vi": doubleviews.bits_vi(seen.told.prior + seen.told.weight) if seen.told else "",
        "said": said,
        "note": note,
        "bases": list(BASES_VI.items()),
        "basis": call.value("can-cu"),
        "until": call.value("den-ngay") or (call.on + timedelta(days=7)).isoformat(),
        "until_most": (call.on + LATER_AT_MOST).isoformat(),
        "until_least": (call.on + timedelta(days=1)).isoformat(),
        "files": evidence.of(call.by, subject, key),
        "most_files": scans.MOST_FILES,
        "done_vi": _DONE_VI.get(call.value("xong"), ""),
        **(_merging(seen) if subject == "pair" else {}),
    }
    return Show("staff/double.html", context, subjects=_subjects(seen), fields=_FIELDS)


def _merging(seen: Double) -> dict[str, object]:
    """Which of the two would stand for both, what follows either way, and a proposal that waits."""
    waits = merging.waiting_for(seen.id)
    if not seen.is_open or waits is not None:
        return {"proposal": waits}
    standing = merging.standing(seen.one.person_id, seen.other.person_id)
    choices = [
        (side, doubleviews.follows_vi(other, side), side.person_id == standing.survivor)
        for side, other in ((seen.one, seen.other), (seen.other, seen.one))
    ]
    return {"standing": standing, "choices": choices, "proposal": None}


def _shown(side: Side) -> dict[str, object]:
    return asdict(side) | {
        "name": side.name,
        "cards": [
            card | {"status_vi": doubleviews.card_state_vi(card["status"])} for card in side.cards
        ],
        "numbers": [
            each | {"status_vi": doubles.NUMBER_STATES_VI[each["status"]]} for each in side.numbers
        ],
        "dossiers": [
            each | {"state_vi": doubles.dossier_state_vi(each["state"])} for each in side.dossiers
        ],
    }


def _same_pair(call: Call, key: int, note: str) -> str:
    seen = doubles.of_pair(call.by, key)
    told = Merger(
        seen.one.person_id,
        seen.other.person_id,
        call.value("can-cu"),
        note,
        call.number("giu") or None,
        key,
    )
    found = merging.propose(told, by=call.by, at=call.at)
    if found.is_done:
        return reverse("merge", args=[found.merge_id]) + "?xong=gop"
    return _next(call, "de-nghi")


def _different_pair(call: Call, key: int, note: str) -> str:
    pairs.different(key, note=note, by=call.by, at=call.at)
    return _next(call, "khac")


def _later_pair(call: Call, key: int, note: str) -> str:
    pairs.later(key, _day(call), note=note, by=call.by, at=call.at)
    return _next(call, "sau")


def _reopen_pair(call: Call, key: int, note: str) -> str:
    del note
    pairs.reopen(key, by=call.by, at=call.at)
    return _address("pair", key) + "?xong=mo"


def _of_task(kind: str, done_key: str) -> Callable[[Call, int, str], str]:
    def decide(call: Call, key: int, note: str) -> str:
        deed = duplicates.Deed(key, kind, note, _day(call))
        duplicates.decide(deed, by=call.by, at=call.at)
        return _next(call, done_key)

    return decide


def _attach(subject: str) -> Callable[[Call, int, str], str]:
    def attach(call: Call, key: int, note: str) -> str:
        del note
        sent = call.request.FILES.getlist("giay-to")[: scans.MOST_FILES + 1]
        files = [one.read(scans.MOST_BYTES + 1) for one in sent]
        evidence.attach(subject, key, files, by=call.by, at=call.at)
        return _address(subject, key) + "?xong=giay-to"

    return attach


_DEEDS: dict[tuple[str, str], Callable[[Call, int, str], str]] = {
    ("pair", "cung"): _same_pair,
    ("pair", "khac"): _different_pair,
    ("pair", "sau"): _later_pair,
    ("pair", "mo"): _reopen_pair,
    ("pair", "giay-to"): _attach("pair"),
    ("task", "cung"): _of_task(duplicates.SAME, "cung"),
    ("task", "khac"): _of_task(duplicates.DIFFERENT, "khac"),
    ("task", "sau"): _of_task(duplicates.LATER, "sau"),
    ("task", "giay-to"): _attach("task"),
}


def _next(call: Call, done_key: str) -> str:
    """The question to look at next, or the empty list."""
    found = doubles.next_of(call.by, on=call.on)
    address = _address(found.subject, found.id) if found else reverse("doubles")
    return f"{address}?xong={done_key}"


def _address(subject: str, key: int) -> str:
    return reverse("double" if subject == "pair" else "double-task", args=[key])


def _done_address(subject: str, key: int) -> str:
    return (
        reverse("merge", args=[key])
        if subject == "merge"
        else _address("task" if subject == "duplicate" else "pair", key)
    )


def _day(call: Call) -> date | None:
    try:
        return date.fromisoformat(call.value("den-ngay"))
    except ValueError:
        return None


def _subjects(seen: Double) -> list[tuple[str, int]]:
    shown: list[tuple[str, int]] = [(seen.subject, seen.id)]
    shown += [("person", side.person_id) for side in (seen.one, seen.other) if side.person_id]
    return shown + ([("dossier", seen.dossier_id)] if seen.dossier_id else [])


def _merge_subjects(seen: MergeSeen) -> list[tuple[str, int]]:
    return [("merge", seen.id), ("person", seen.loser_id), ("person", seen.survivor_id)]
