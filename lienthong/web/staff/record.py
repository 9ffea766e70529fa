"""The record of a child (hồ sơ tổng hợp): everything in one place, now or at a past instant; who changed it, who looked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.urls import reverse

from lienthong.accounts.permissions import PERMISSIONS_VI, Permission
from lienthong.audit import trail
from lienthong.audit.names import FACTS_VI
from lienthong.audit.trail import TrailLine
from lienthong.births import changes, doublesdone, instants, proof, waiting
from lienthong.births import record as records
from lienthong.births.changes import Change
from lienthong.births.doublesdone import MergeLine
from lienthong.births.record_lines import CardLine, DossierLine, MessageLine, PaperLine, Record
from lienthong.cards import temporary_links
from lienthong.cards.temporary_links import LinkedCode
from lienthong.kernel.dates import VIETNAM
from lienthong.law.paper_channel import paper_reasons
from lienthong.persons import householdviews, numbers
from lienthong.persons.householdviews import HomeOf
from lienthong.persons.numbers import Numbers
from lienthong.persons.relations import RELATIONS_VI, Relation, relation_of
from lienthong.web.answers import Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardparts import ground_vi
from lienthong.web.staff.coverline import CoverLine, cover_line
from lienthong.web.staff.people import people
from lienthong.web.staff.tasks import kind_vi

_FIELDS = (
    "full_name",
    "birth_date",
    "parents",
    "residence",
    "personal_id",
    "insurance_number",
    "registration",
    "dossier",
    "card",
    "events",
)
_PAGE_SIZE = 40
_MOST_PAGES = 100
_ZIP = "application/zip"
_QUESTIONS_VI = {
    "waiting": "Đang hỏi",
    "answered": "Đã có câu trả lời",
    "quarantined": "Câu trả lời không khớp, chờ xác minh",
    "not_applicable": "Chưa đến lượt cấp",
}
_STATES_VI = {
    "applied": "Đã áp dụng",
    "superseded": "Đã có bản khác thay",
    "not_entitled": "Không thuộc diện cấp thẻ",
    "held": "Đang tạm giữ",
    "quarantined": "Chờ nơi gửi sửa",
    "pending": "Đang kiểm tra",
    None: "Chưa kết luận vào lúc đó",
}
_KINDS_VI = {"first": "Cấp lần đầu", "exchange": "Cấp lại, đổi thẻ"}
_REQUESTS_VI = {
    "first": "Cấp lần đầu",
    "reissue": "Cấp lại thẻ",
    "exchange": "Đổi thẻ",
    "renewal": "Cấp thẻ nối tiếp",
}
_PAPERS_VI = {"create": "Lập hồ sơ", "correct": "Sửa hồ sơ", "cancel": "Hủy hồ sơ"}
_CHANNELS_VI = {"http": "Trực tuyến", "file": "Tệp", "paper": "Bản giấy"}
_NOT_READ_VI = "Hãy nhập ngày và giờ, ví dụ 20/11/2026 09:15."
_FUTURE_VI = "Thời điểm này chưa tới; chỉ xem được đến bây giờ."


@dataclass(frozen=True, slots=True)
class Asked:
    """The instant that was asked for: as typed, as understood (to its end), and what is wrong with it."""

    text: str
    at: datetime | None
    error_vi: str = ""


@dataclass(frozen=True, slots=True)
class ViewLine:
    """One look: who, when, why, and which facts were shown."""

    at: datetime
    by: str
    purpose_vi: str
    fields_vi: str


@dataclass(frozen=True, slots=True)
class DossierRow:
    """One dossier, what it is for, and the papers that joined it under register entries of their own."""

    line: DossierLine
    kind_vi: str
    joined: Sequence[MessageLine]


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper: the message that it became, why it was taken, what it asks for and what came of it."""

    line: MessageLine
    paper: PaperLine
    reason_vi: str
    kind_vi: str
    state_vi: str
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """One page of a long list and the addresses of its neighbours; '' where there is none."""

    lines: Sequence[Change] | Sequence[ViewLine]
    newer: str
    older: str


@page(
    "can-bo/tre/<str:key>/",
    name="record",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
)
def record(call: Call, key: str) -> Answer:
    """Everything about one child; `luc` asks for a past instant, `trang` and `xem` turn the two long lists."""
    now = records.record(call.by, key, on=call.on)
    asked = _asked(call)
    shown = now if asked.at is None else instants.at_instant(now, asked.at)
    may_see_views = call.by.may(Permission.AUDIT_VIEW)
    on = call.on if asked.at is None else asked.at.astimezone(VIETNAM).date()
    turned, views = (
        _turned(call, "trang", _changes(shown)),
        _views(call, now) if may_see_views else None,
    )
    held = _held(call, shown, asked.at or call.at)
    context = {
        "record": shown,
        "child": shown.child,
        "name": shown.child.full_name if shown.child else "",
        "first": now.dossiers[0],
        "asked": asked,
        "latest": call.at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M"),
        "waits": _waits(shown) if asked.at is None else [],
        "cover": _cover(shown, on),
        "merges": _merges(call, now) if asked.at is None else [],
        "dossiers": [_dossier(shown, each) for each in shown.dossiers],
        "cards": [(each, _request_vi(each)) for each in shown.cards],
        "papers": list(_papers(shown)),
        "messages": [
            (each, _STATES_VI[each.state], _CHANNELS_VI.get(each.channel, each.channel))
            for each in shown.messages
            if each.paper is None
        ],
        "tasks": [(each, kind_vi(each.name)) for each in shown.of("task")],
        "questions": [
            (each, _QUESTIONS_VI.get(each.name, each.name)) for each in shown.of("question")
        ],
        "held": held,
        "leading": held.leading(asked.at or call.at) if held and held.ledger else "",
        "collections": shown.of("collection"),
        "changes": turned,
        "may_see_views": may_see_views,
        "views": views,
        "people": people(call, _actors(shown, turned, views)),
        "may_withdraw": asked.at is None and call.by.may(Permission.NUMBER_REPAIR),
        "may_reduce": asked.at is None and call.by.may(Permission.REDUCTION_REPORT),
        "homes": _homes(call, now, on),
        "temporary_codes": _temporary_codes(call, now) if asked.at is None else [],
        "may_prove": call.by.may(Permission.PROOF_EXPORT),
        "on": on,
    }
    return Show("staff/record.html", context, subjects=now.subjects, fields=_FIELDS)


def _homes(call: Call, shown: Record, on: date) -> list[tuple[HomeOf, str]]:
    """The household that the child lived in on the day, and what it is to the head there."""
    persons = [key for kind, key in shown.subjects if kind == "person"]
    found = householdviews.homes_of(call.by, persons, on=on).values()
    return [(it, RELATIONS_VI[relation_of(it.relation) or Relation.OTHER]) for it in found]


def _temporary_codes(call: Call, shown: Record) -> list[LinkedCode]:
    """The codes under which the child was treated before it had a card."""
    persons = [key for kind, key in shown.subjects if kind == "person"]
    return [code for person in persons for code in temporary_links.codes_of(call.by, person)]


@page(
    "can-bo/tre/<str:key>/chung-cu/",
    name="record-proof",
    needs=Permission.PROOF_EXPORT,
    reveals="person",
    posts=True,
)
def export(call: Call, key: str) -> Answer:
    """The proof of the child as a file; only when asked for by the button, since it leaves the house."""
    if not call.is_post:
        records.record(call.by, key, on=call.on)
        return Go(reverse("record", kwargs={"key": key}))
    pack = proof.export(call.by, key, at=call.at, on=call.on)
    fields = (*_FIELDS, "messages", "log")
    return File(pack.content, pack.name, _ZIP, subjects=pack.subjects, fields=fields)


def _merges(call: Call, now: Record) -> list[MergeLine]:
    """The mergers of the child's records; who may not open them reads only that there were."""
    persons = sorted({each.person_id for each in now.dossiers if each.person_id is not None})
    return doublesdone.merges_of(call.by, persons) if persons else []


def _held(call: Call, shown: Record, at: datetime) -> Numbers | None:
    """The numbers of the child, of before and now; None while it has no record of a person."""
    if shown.person_id is None:
        return None
    return numbers.numbers_of(call.by, shown.person_id, at=at)


def _asked(call: Call) -> Asked:
    """A minute means all of it, a second all of it: what happened in it is shown."""
    text = call.value("luc")[:25]
    if not text:
        return Asked("", None)
    try:
        local = datetime.fromisoformat(text)
        step = timedelta(seconds=1) if local.second else timedelta(minutes=1)
        at = local.replace(tzinfo=VIETNAM, microsecond=0) + step - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return Asked(text, None, _NOT_READ_VI)
    if local.tzinfo is not None:
        return Asked(text, None, _NOT_READ_VI)
    if at - step >= call.at:
        return Asked(text, None, _FUTURE_VI)
    return Asked(text, at)


def _actors(record_: Record, *lists: Turned | None) -> Iterable[str]:
    """Everyone whose label the page shows."""
    for each in record_.cards:
        yield from (each.requested_by, each.approved_by or "")
    yield from (each.paper.entered_by for each in record_.messages if each.paper is not None)
    yield from (each.ended_by or "" for each in record_.of("task"))
    yield from (line.by for turned in lists if turned for line in turned.lines)


def _waits(record_: Record) -> list[tuple[DossierLine, str]]:
    told = ((each, waiting.sentence(each)) for each in record_.dossiers)
    return [(each, sentence) for each, sentence in told if sentence]


def _dossier(record_: Record, line: DossierLine) -> DossierRow:
    """A dossier; a further card's is named as the card's request is."""
    asked = [] if line.kind == "first" else [c for c in record_.cards if c.dossier_id == line.id]
    kind = _request_vi(asked[-1]) if asked else _KINDS_VI.get(line.kind, line.kind)
    own = [m for m in record_.messages if m.dossier_id == line.id and m.state is not None]
    apart = {m.registration_id: m for m in own if m.registration_id != line.registration_id}
    return DossierRow(line, kind, list(apart.values()))


def _request_vi(card: CardLine) -> str:
    """What was asked for and, for a further card, on which ground, by the law of that day."""
    kind = _REQUESTS_VI.get(card.request_kind, card.request_kind)
    on = card.requested_at.astimezone(VIETNAM).date()
    return f"{kind}: {ground_vi(card.request_ground, on=on)}" if card.request_ground else kind


def _papers(record_: Record) -> Iterable[PaperRow]:
    own = {each.registration_id for each in record_.dossiers}
    for message in record_.messages:
        if message.paper is not None:
            yield PaperRow(
                message,
                message.paper,
                _reason_vi(message.paper),
                _PAPERS_VI[message.paper.kind],
                _STATES_VI[message.state],
                message.state is not None and message.registration_id not in own,
            )


def _reason_vi(paper: PaperLine) -> str:
    """The reason as the list of that province and day has it."""
    on = paper.entered_at.astimezone(VIETNAM).date()
    rules = paper_reasons(paper.province_code, on=on)
    return next((rule.title_vi for rule in rules if rule.reason == paper.reason), "")


def _cover(record_: Record, on: date) -> CoverLine | None:
    spans = [
        (
            f"{each.code[:2]} {each.code[2]} {each.code[3:5]} {each.code[5:]}",
            each.valid_from,
            each.valid_to,
            each.status,
        )
        for each in record_.cards
        if each.status != "cancelled"
    ]
    return cover_line(spans, record_.entitled, on) if spans else None


def _changes(record_: Record) -> list[Change]:
    return [replace(each, about=kind_vi(each.about)) for each in changes.changes_of(record_)]


def _views(call: Call, record_: Record) -> Turned:
    """Who looked, newest first: one line for each opening, whatever it showed of the child."""
    entries = trail.views_of_many(record_.subjects, by=call.by)
    return _turned(call, "xem", _openings(entries))


def _openings(entries: Iterable[TrailLine]) -> list[ViewLine]:
    found: dict[tuple[str, str, str], list[TrailLine]] = {}
    for entry in entries:
        opening = entry.request_id or entry.at.isoformat(timespec="seconds")
        found.setdefault((opening, entry.by, entry.purpose), []).append(entry)
    return [
        ViewLine(told[0].at, told[0].by, _purpose_vi(told[0].purpose), _fields_vi(told))
        for told in found.values()
    ]


def _purpose_vi(purpose: str) -> str:
    known = purpose in frozenset(Permission)
    return PERMISSIONS_VI[Permission(purpose)] if known else purpose


def _fields_vi(entries: Sequence[TrailLine]) -> str:
    names = dict.fromkeys(name for entry in entries for name in entry.fields)
    return ", ".join(dict.fromkeys(FACTS_VI.get(name, name) for name in names))


def _turned(call: Call, name: str, lines: Sequence[Change] | Sequence[ViewLine]) -> Turned:
    number = min(max(call.number(name), 1), _MOST_PAGES)
    start = (number - 1) * _PAGE_SIZE
    query = call.request.GET.copy()

    def address(to: int) -> str:
        query[name] = str(to)
        return f"?{query.urlencode()}"

    return Turned(
        lines[start : start + _PAGE_SIZE],
        address(number - 1) if number > 1 else "",
        address(number + 1) if len(lines) > start + _PAGE_SIZE else "",
    )
