"""Hộ gia đình: find a household, see who lives or lived in it on any day, and the children who stand in none yet."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import homes
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import households, householdviews
from lienthong.persons.householdviews import (
    WHYS_VI,
    HouseholdFilter,
    HouseholdLine,
    MemberLine,
    UnplacedLine,
)
from lienthong.persons.relations import RELATIONS_VI, Relation, oddities, relation_of
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

FIELDS = ("full_name", "birth_date", "household", "personal_id", "insurance_number", "parents")
_PAGE_SIZE = 40
BEGAN_VI = {
    "found": "Lập hộ",
    "birth": "Theo khai sinh",
    "moved_in": "Chuyển đến",
    "split": "Tách hộ",
    "head_changed": "Đổi chủ hộ",
    "relation": "Đổi quan hệ",
    "settled": "Xử lý chênh lệch",
}
ENDED_VI = {
    "moved_out": "Chuyển đi",
    "moved_in": "Chuyển sang hộ khác",
    "split": "Tách hộ",
    "head_changed": "Đổi chủ hộ",
    "relation": "Đổi quan hệ",
    "closed": "Đóng hộ",
    "died": "Đã mất",
    "birth_cancelled": "Khai sinh đã hủy",
    "mother_corrected": "Cải chính mẹ",
    "mistake": "Ghi nhầm",
    "settled": "Xử lý chênh lệch",
    "merged": "Gộp hồ sơ",
}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One stay as the page shows it; `record_url` leads to a child's record, where there is one in reach."""

    line: MemberLine
    relation_vi: str
    began_vi: str
    ended_vi: str
    record_url: str


@page(
    "can-bo/ho-gia-dinh/",
    name="households",
    needs=Permission.HOUSEHOLD_VIEW,
    reveals="person",
    posts=True,
)
def find(call: Call) -> Answer:
    """The search, sent as a form so that no name stands in an address, and what it found."""
    asked = HouseholdFilter(call.value("tim")[:100], call.value("xa")[:5], call.number("sau"))
    said, lines = "", []
    try:
        lines = householdviews.find(call.by, asked, on=call.on, limit=_PAGE_SIZE + 1)
    except Refused as error:
        said = error.message_vi
    context = {
        "asked": asked,
        "said": said,
        "rows": lines[:_PAGE_SIZE],
        "next_after": lines[_PAGE_SIZE - 1].id if len(lines) > _PAGE_SIZE else 0,
        "unplaced_count": sum(householdviews.unplaced_counts(call.by).values()),
        "may_edit": call.by.may(Permission.HOUSEHOLD_EDIT),
    }
    return Show("staff/households.html", context, subjects=_subjects(lines), fields=FIELDS[:3])


@page(
    "can-bo/ho-gia-dinh/<int:household_id>/",
    name="household",
    needs=Permission.HOUSEHOLD_VIEW,
    reveals="person",
)
def household(call: Call, household_id: int) -> Answer:
    """One household as of a day (`ngay`, today if none), what looks odd in it, and its changes over time."""
    house = householdviews.household(call.by, household_id)
    day, said = asked_day(call)
    members = householdviews.members(call.by, household_id)
    rows = _rows(call, members)
    living = [it for it in rows if it.line.lives_on(day)]
    context = {
        "house": house,
        "day": day,
        "today": call.on,
        "said": said,
        "is_past": day != call.on,
        "living": living,
        "odd": oddities([it.line.kin for it in living]) if day == call.on else [],
        "changes": sorted(rows, key=lambda it: (it.line.since, it.line.id), reverse=True),
        "people": people(call, {it.said_by for it in members} | {house.made_by}),
        "may_edit": call.by.may(Permission.HOUSEHOLD_EDIT) and house.closed_on is None,
    }
    return Show(
        "staff/household.html", context, subjects=whom(household_id, members), fields=FIELDS
    )


@page(
    "can-bo/ho-gia-dinh/chua-vao-ho/",
    name="unplaced",
    needs=Permission.HOUSEHOLD_VIEW,
    reveals="person",
    posts=True,
)
def unplaced(call: Call) -> Answer:
    """Children who stand in no household, and what to do; sent, the form places one of them."""
    said, done = "", ""
    if call.is_post:
        try:
            done = _place(call)
        except (Refused, Conflict, NotFound) as error:
            said = error.message_vi
    why = call.value("vi-sao") if call.value("vi-sao") in WHYS_VI else ""
    after = 0 if call.is_post else call.number("sau")
    since = call.value("tu")[:40] if after else householdviews.LONG_AGO
    lines = householdviews.unplaced(
        call.by, why=why, since=since, after=after, limit=_PAGE_SIZE + 1
    )
    shown = lines[:_PAGE_SIZE]
    counts = householdviews.unplaced_counts(call.by)
    codes = homes.dossier_codes(call.by, [it.person_id for it in shown])
    context = {
        "said": said,
        "done": done,
        "why": why,
        "tabs": [(key, WHYS_VI[key], count) for key, count in counts.items()],
        "rows": [(it, WHYS_VI[it.why], codes.get(it.person_id, "")) for it in shown],
        "next_url": _next(shown[-1], why) if len(lines) > _PAGE_SIZE else "",
        "relations": relation_choices(),
        "typed": {"tre": call.number("tre"), "ma_ho": call.value("ma-ho")[:24]} if said else {},
        "may_edit": call.by.may(Permission.HOUSEHOLD_EDIT),
    }
    subjects = [("person", it.person_id) for it in shown]
    return Show("staff/unplaced.html", context, subjects=subjects, fields=FIELDS[:2])


def relation_choices(*, with_head: bool = False) -> list[tuple[str, str]]:
    """The code list as a form offers it; the head is chosen on a page of its own."""
    return [
        (str(it), f"{it} – {RELATIONS_VI[it]}")
        for it in Relation
        if with_head or it is not Relation.HEAD
    ]


def whom(household_id: int, members: list[MemberLine]) -> list[tuple[str, int]]:
    """Whom a page about a household shows."""
    persons = sorted({it.person_id for it in members})
    return [("household", household_id), *(("person", it) for it in persons)]


def asked_day(call: Call) -> tuple[date, str]:
    """The day that was asked for, or today with a sentence about what is wrong."""
    text = call.value("ngay")[:10]
    try:
        day = parse_iso_date(text) if text else call.on
    except ValueError:
        return call.on, "Ngày không đúng; dưới đây là hôm nay."
    return (call.on, "Ngày này chưa tới; dưới đây là hôm nay.") if day > call.on else (day, "")


def _place(call: Call) -> str:
    relation = relation_of(call.value("quan-he"))
    if relation is None:
        raise Refused(households.RELATION_VI, code="RELATION", field="quan-he")
    child, home = call.number("tre"), call.number("ho")
    if home:
        households.change_relation(home, child, relation, on=call.on, by=call.by, at=call.at)
        return "Đã ghi quan hệ với chủ hộ."
    code = call.value("ma-ho").upper()[:24]
    target = householdviews.coded(call.by, code)
    if target is None:
        raise Refused(f"Không có hộ mã «{code}» trong địa bàn.", code="HOUSEHOLD", field="ma-ho")
    households.take_in(
        target, {child: relation}, on=call.on, by=call.by, at=call.at, seen={child: None}
    )
    return f"Đã xếp trẻ vào hộ {code}."


def _rows(call: Call, members: list[MemberLine]) -> list[MemberRow]:
    codes = homes.dossier_codes(call.by, [it.person_id for it in members if it.is_child])
    return [
        MemberRow(
            it,
            RELATIONS_VI[relation_of(it.relation) or Relation.OTHER],
            BEGAN_VI[it.began_by],
            ENDED_VI.get(it.ended_by, ""),
            reverse("record", kwargs={"key": codes[it.person_id]}) if it.person_id in codes else "",
        )
        for it in members
    ]


def _subjects(lines: list[HouseholdLine]) -> list[tuple[str, int]]:
    return [("household", it.id) for it in lines]


def _next(line: UnplacedLine, why: str) -> str:
    query = {"vi-sao": why, "tu": line.since.isoformat(), "sau": str(line.person_id)}
    return f"{reverse('unplaced')}?{urlencode(query)}"
