"""Who changed what in the record of a child: one line for each change, with before and after, from the record alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.audit.names import ACTS_VI
from lienthong.births import standing
from lienthong.births.queries import sentence_of
from lienthong.births.record_lines import (
    ActLine,
    CardLine,
    MatterLine,
    MessageLine,
    PaperLine,
    PlaceLine,
    Record,
)
from lienthong.cards import lifecycle as cards
from lienthong.dossiers import lifecycle as dossiers
from lienthong.dossiers.clocks import LEVELS_VI
from lienthong.kernel.dates import day_first
from lienthong.law.rerouting import QUALIFIERS_VI, RULES_VI, Rule

_SYSTEM = "system"
_SEXES_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}
_FACTS_VI = {
    "full_name": "Họ tên",
    "born_on": "Ngày sinh",
    "sex": "Giới tính",
    "personal_id": "Số định danh",
    "birth_notice_code": "Mã giấy chứng sinh",
    "nationality": "Quốc tịch",
    "mother_name": "Họ tên mẹ",
    "mother_born": "Ngày sinh mẹ",
    "mother_personal_id": "Số định danh mẹ",
    "mother_insurance_number": "Mã số BHXH mẹ",
    "father_name": "Họ tên cha",
    "father_born": "Ngày sinh cha",
    "father_personal_id": "Số định danh cha",
    "requester_name": "Người yêu cầu",
    "requester_relation": "Quan hệ của người yêu cầu",
    "requester_phone": "Điện thoại người yêu cầu",
    "residence_text": "Nơi cư trú",
    "residence_commune_code": "Mã xã nơi cư trú",
    "birth_commune_code": "Mã xã nơi sinh",
    "household_code": "Mã hộ gia đình",
    "facility_code": "Nơi đăng ký KCB ban đầu",
    "area_code": "Mã khu vực",
    "died_on": "Ngày mất",
}
_CARD_VI = {
    "full_name": "Họ tên trên thẻ",
    "born_on": "Ngày sinh trên thẻ",
    "sex": "Giới tính trên thẻ",
    "address": "Địa chỉ trên thẻ",
    "guardian_name": "Người đứng tên giám hộ",
    "code": "Mã thẻ",
    "benefit_level": "Mức hưởng",
    "valid_from": "Giá trị từ ngày",
    "valid_to": "Giá trị đến hết ngày",
    "five_year_on": "Đủ 05 năm liên tục",
    "facility_code": "Nơi đăng ký KCB ban đầu",
    "area_code": "Mã khu vực",
}
_MATTERS_VI = {
    "task": ("Mở việc cần xử lý", "Đóng việc cần xử lý"),
    "collection": ("Phát sinh thu", "Hủy phát sinh thu"),
    "number": ("Cấp mã số BHXH", ""),
    "question": ("Hỏi số định danh ở cơ sở dữ liệu dân cư", "Kết thúc việc hỏi số định danh"),
}
_KINDS_VI = {
    "create": "Đăng ký khai sinh",
    "correct": "Điều chỉnh khai sinh",
    "cancel": "Hủy khai sinh",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value before and after; either may be empty."""

    label_vi: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change: who, when, what, and the values that it changed."""

    at: datetime
    by: str
    what_vi: str
    about: str = ""
    note: str = ""
    differences: tuple[Difference, ...] = ()


def changes_of(record: Record) -> list[Change]:
    """Every change that the record tells of, newest first; those of one instant in the order of the way."""
    found = [
        *_messages(record),
        *_moves(record),
        *_cards(record.cards),
        *(change for place in record.places for change in _place(place)),
        *(change for matter in record.matters for change in _matter(matter)),
        *(_act(act) for act in record.acts if act.action != "card.revoke"),
    ]
    return sorted(found, key=lambda change: change.at)[::-1]


def _messages(record: Record) -> Iterable[Change]:
    """What the ministry told, each version against the one that stood when it was read."""
    joined = _joined(record)
    for message in record.messages:
        if message.paper is not None:
            yield _entered(message, message.paper)
        if message.judged_at is None:
            continue
        is_joined = message.registration_id in joined
        before = {} if is_joined else _facts_before(record, message)
        kind = _KINDS_VI.get(message.kind, "Thông điệp")
        told = f"{kind}, {message.version_vi}" if message.version_vi else kind
        yield Change(
            message.judged_at,
            f"machine:{message.source}" if message.paper is None else _SYSTEM,
            f"{told}: nhập vào hồ sơ điện tử của trẻ" if is_joined else told,
            message.message_id,
            sentence_of(message.code),
            _facts_changed(before, message.facts) if before and message.facts else (),
        )
        for at, by, what_vi in (
            (
                message.release_asked_at,
                message.release_asked_by,
                "Đề nghị cho xử lý thông điệp hủy",
            ),
            (
                message.release_confirmed_at,
                message.release_confirmed_by,
                "Xác nhận cho xử lý thông điệp hủy",
            ),
        ):
            if at is not None:
                yield Change(at, by, what_vi, message.message_id)


def _entered(message: MessageLine, paper: PaperLine) -> Change:
    note = f"{len(paper.scans)} bản quét" + (f". {paper.note}" if paper.note else "")
    what_vi = f"Nhập hồ sơ giấy, lý do {paper.reason}"
    return Change(paper.entered_at, paper.entered_by, what_vi, message.message_id, note)


def _joined(record: Record) -> set[int]:
    """The entries of papers that came to a dossier which never stood on them."""
    holders = {it for each in record.dossiers for it in standing.holders_of(each, record.messages)}
    return {message.registration_id for message in record.messages} - holders


def _facts_before(record: Record, message: MessageLine) -> dict[str, Any]:
    """What the dossier stood on when this was read: the newest of its own entry, else of the paper's before it."""
    key = (message.judged_at, message.rank, message.id)
    joined = _joined(record)
    earlier = [
        m
        for m in record.messages
        if m.facts
        and m.judged_at is not None
        and m.dossier_id == message.dossier_id
        and m.registration_id not in joined
        and (m.judged_at, m.rank, m.id) < key
    ]
    own = [m for m in earlier if m.registration_id == message.registration_id]
    found = standing.newest(own or earlier)
    return {} if found is None else found.facts


def _facts_changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[Difference, ...]:
    return tuple(
        Difference(label_vi, _said(name, before.get(name)), _said(name, after.get(name)))
        for name, label_vi in _FACTS_VI.items()
        if (before.get(name) or "") != (after.get(name) or "")
    )


def _moves(record: Record) -> Iterable[Change]:
    codes = {("dossier", each.id): each.code for each in record.dossiers}
    codes |= {("card", each.id): each.code for each in record.cards}
    names = {"dossier": ("Hồ sơ", dossiers.LABELS_VI), "card": ("Thẻ", cards.LABELS_VI)}
    earlier = _cards_before(record.cards)
    for move in record.moves:
        label_vi, labels = names[move.machine]
        is_new_card = move.machine == "card" and not move.from_state
        yield Change(
            move.at,
            move.by,
            f"{label_vi}: {_way_vi(labels, move.from_state, move.to_state)}",
            codes.get((move.machine, move.subject_id), ""),
            sentence_of(move.reason) or move.reason,
            earlier.get(move.subject_id, ()) if is_new_card else (),
        )


def _way_vi(labels: Mapping[str, str], before: str, after: str) -> str:
    told = labels.get(after, after)
    return f"{labels.get(before, before)} → {told}" if before else told


def _cards_before(issued: Iterable[CardLine]) -> dict[int, tuple[Difference, ...]]:
    """Of each further card, in what it differs from the one it replaces."""
    found: dict[int, tuple[Difference, ...]] = {}
    by_id: dict[int, CardLine] = {}
    last: CardLine | None = None
    for card in issued:
        before = last if card.replaces_id is None else by_id.get(card.replaces_id, last)
        if before is not None:
            found[card.id] = tuple(
                Difference(
                    label_vi, _said(name, getattr(before, name)), _said(name, getattr(card, name))
                )
                for name, label_vi in _CARD_VI.items()
                if getattr(before, name) != getattr(card, name)
            )
        by_id[card.id] = last = card
    return found


def _cards(issued: Iterable[CardLine]) -> Iterable[Change]:
    for card in issued:
        if card.withdrawn_at is not None:
            yield Change(
                card.withdrawn_at, _SYSTEM, "Rút yêu cầu duyệt thẻ", card.code, card.reason_vi
            )
        for copy in card.copies:
            yield Change(copy.at, copy.by, f"In thẻ lần {copy.copy_number}", card.code, copy.reason)
            if copy.spoilt_at is not None:
                what_vi = f"Ghi hỏng tờ in lần {copy.copy_number}"
                yield Change(copy.spoilt_at, copy.spoilt_by, what_vi, card.code, copy.spoilt_reason)
        if card.handed_at is not None:
            to = f"Người nhận: {card.recipient}" + (f" ({card.relation})" if card.relation else "")
            yield Change(card.handed_at, card.handed_by, "Trả thẻ", card.code, to)


def _place(place: PlaceLine) -> Iterable[Change]:
    if place.kind == "reroute":
        units = Difference(
            "Đơn vị cấp thẻ",
            _unit(place.from_unit, place.from_unit_name),
            _unit(place.to_unit, place.to_unit_name),
        )
        communes = Difference("Xã, phường", place.from_commune, place.to_commune)
        changed = tuple(each for each in (units, communes) if each.before != each.after)
        note = QUALIFIERS_VI.get(place.qualifier, "")
        yield Change(
            place.at, place.by, RULES_VI[Rule(place.rule)], f"Đợt {place.act}", note, changed
        )
        return
    yield Change(
        place.at, _SYSTEM, "Chờ chọn đơn vị mới do xã, phường đã chia tách", place.from_commune
    )
    if place.chosen_at is not None:
        chosen = Difference("Xã, phường", place.from_commune, place.to_commune)
        yield Change(place.chosen_at, place.by, "Chọn đơn vị mới", "", place.note, (chosen,))


def _unit(code: str | None, name: str) -> str:
    return f"{name} ({code})" if code else ""


def _matter(matter: MatterLine) -> Iterable[Change]:
    begun_vi, ended_vi = _MATTERS_VI[matter.matter]
    about = "" if matter.matter == "question" else sentence_of(matter.name) or matter.name
    if matter.matter == "collection":
        about = f"Nhóm {matter.name}"
    yield Change(matter.began_at, _SYSTEM, begun_vi, about)
    if matter.ended_at is not None and ended_vi:
        note = str(matter.detail.get("reason") or "")
        by = matter.ended_by or _SYSTEM
        yield Change(matter.ended_at, by, ended_vi, about, sentence_of(note) or note)


def _act(act: ActLine) -> Change:
    return Change(act.at, act.by, ACTS_VI.get(act.action, act.action), "", _note_of(act))


def _note_of(act: ActLine) -> str:
    """What the act is about, from what it noted: a level, a reason, a sentence of the list of codes."""
    level, reason = act.detail.get("level"), str(act.detail.get("reason") or "")
    if level in LEVELS_VI:
        return LEVELS_VI[level]
    if act.action == "dossier.late_reason":
        return dossiers.late_reason_vi(reason, "")
    code = str(act.detail.get("code") or "")
    return sentence_of(code) or code


def _said(name: str, value: object) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, date):
        return day_first(value)
    if name in ("born_on", "died_on"):
        return day_first(date.fromisoformat(str(value)))
    return _SEXES_VI.get(str(value), str(value)) if name == "sex" else str(value)
