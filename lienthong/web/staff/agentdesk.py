"""Đại lý thu: look somebody up for a purpose, see what is missing, bring it from the family. Made for a phone, without scripts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts import agencies
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.kernel.charsets import legacy_suggestion
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import agentdesk, agentlook, agentproposals
from lienthong.persons.agentdesk import NewMember
from lienthong.persons.agentlook import PURPOSES_VI, Asked, CriterionLine, PersonLine
from lienthong.persons.relations import RELATIONS_VI, Relation, relation_of
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

FIELDS = (
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "household",
    "parents",
    "address",
)
_SEXES = (("male", "Nam"), ("female", "Nữ"))
_MEMBER = ("ho-ten", "ngay-sinh", "gioi-tinh", "quan-he", "so-dinh-danh", "ghi-chu")
_RECENT = timedelta(days=31)
_NOT_FOUND, _TOO_MANY = 404, 429
_Seen = TypeVar("_Seen")
_ELDERS = (Relation.HEAD, Relation.OTHER)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person as the desk shows him: his relation in words, what the agent can bring, and where his page is."""

    line: PersonLine
    relation_vi: str
    asked: list[CriterionLine]
    url: str


@dataclass(frozen=True, slots=True)
class Searched:
    """A search as typed, and what came of it."""

    asked: Asked
    purpose: str
    said: str = ""
    field: str = ""
    rows: Sequence[MemberRow] = ()


@page(
    "can-bo/dai-ly/", name="agent-desk", needs=Permission.AGENT_DESK, reveals="person", posts=True
)
def desk(call: Call) -> Answer:
    """The search, sent as a form so that no name and no number stands in an address; one hit is opened at once."""
    purpose = call.value("muc-dich") if call.value("muc-dich") in PURPOSES_VI else ""
    asked = Asked(
        call.value("so")[:16],
        call.value("ho-ten")[:200],
        call.value("ngay-sinh")[:10],
        call.value("ma-ho")[:24],
    )
    said, field, rows = "", "", []
    if call.is_post:
        try:
            words = agentlook.need_purpose(purpose)
            found = agentlook.look(asked, by=call.by, on=call.on)
            if found.household_id is not None:
                return Go(_household_url(found.household_id, purpose))
            rows = _rows(call, agentlook.persons(call.by, found.person_ids, on=call.on), purpose)
            if len(rows) == 1:
                return Go(rows[0].url)
            said = "" if rows else agentlook.OUTSIDE_VI
            said = agentlook.SLOW_VI if found.is_too_often else said
            if not rows:
                _log_miss(call, words)
        except Refused as error:
            said, field = error.message_vi, error.field
    return _desk(call, Searched(asked, purpose, said, field, rows))


def _desk(call: Call, done: Searched, status: int = 200) -> Show:
    """The search with what was typed, and what came of it."""
    context = {
        "agency": agencies.own(call.by),
        "asked": done.asked,
        "purpose": done.purpose,
        "purposes": PURPOSES_VI.items(),
        "said": done.said,
        "field": done.field,
        "rows": done.rows,
        "today": call.on,
        "recent": _recent(call),
    }
    return Show(
        "staff/agent_desk.html",
        context,
        subjects=[("person", it.line.id) for it in done.rows],
        fields=FIELDS[:2],
        purpose=PURPOSES_VI.get(done.purpose, ""),
        status=status,
    )


def _opened(call: Call, find: Callable[[], _Seen]) -> _Seen | Show:
    """What an address names, counted as a look; the desk's own answer for too many looks and for whoever lives elsewhere.

    An answer, not an error: what is refused would not have been counted.
    """
    asked = Searched(Asked(), _vi(call))
    if not call.is_post and not agencies.count_look(call.by):
        return _desk(call, replace(asked, said=agentlook.SLOW_VI), _TOO_MANY)
    try:
        return find()
    except NotFound:
        agencies.count_miss()
        _log_miss(call, _purpose(call) or "")
        return _desk(call, replace(asked, said=agentlook.OUTSIDE_VI), _NOT_FOUND)


@page(
    "can-bo/dai-ly/ho/<int:household_id>/",
    name="agent-household",
    needs=Permission.AGENT_DESK,
    reveals="person",
)
def household(call: Call, household_id: int) -> Answer:
    """Who lives in a household today, and what is missing of each."""
    if _purpose(call) is None:
        return Go(reverse("agent-desk"))
    found = _opened(call, lambda: agentlook.household(call.by, household_id, on=call.on))
    if isinstance(found, Show):
        return found
    house, members = found
    waiting = agentproposals.of_household(call.by, household_id, [it.id for it in members])
    held = {(it.person_id, it.field) for it in waiting}
    rows = _rows(call, members, call.value("vi"))
    context = {
        "house": house,
        "rows": [_without(it, held) for it in rows],
        "held": {it.person_id for it in waiting},
        "fields": agentlook.FIELDS_VI,
        "waiting": waiting,
        "purpose_vi": _purpose(call),
        "add_url": f"{reverse('agent-member', kwargs={'household_id': household_id})}?vi={call.value('vi')}",
        "is_new": call.value("xong") == "thanh-vien",
    }
    subjects = [("household", household_id), *(("person", it.id) for it in members)]
    return Show(
        "staff/agent_household.html",
        context,
        subjects=subjects,
        fields=FIELDS,
        purpose=_purpose(call) or "",
    )


@page(
    "can-bo/dai-ly/nguoi/<int:person_id>/",
    name="agent-person",
    needs=Permission.AGENT_DESK,
    reveals="person",
    posts=True,
)
def person(call: Call, person_id: int) -> Answer:
    """One person: his number, what is missing, and a form for it; what was typed and is wrong stands there again."""
    if _purpose(call) is None:
        return Go(reverse("agent-desk"))
    line = _opened(call, lambda: agentlook.person(call.by, person_id, on=call.on))
    if isinstance(line, Show):
        return line
    said, field, values = "", "", _values(call)
    if call.is_post:
        try:
            done = agentdesk.propose(
                person_id, values, note=call.value("ghi-chu"), by=call.by, at=call.at
            )
            query = {"vi": _vi(call), "ghi": done.direct_count, "cho": done.waiting_count}
            here = reverse("agent-person", kwargs={"person_id": person_id})
            return Go(f"{here}?{urlencode(query)}")
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
            line = agentlook.person(call.by, person_id, on=call.on)
    waiting = agentproposals.of_household(call.by, None, [person_id])
    held = {it.field for it in waiting}
    row = _rows(call, [line], _vi(call))[0]
    asked = [it for it in row.asked if it.field not in held]
    context = {
        "row": row,
        "asked": asked,
        "others": [
            it
            for code, it in agentlook.criteria(call.on).items()
            if code in line.missing and it not in row.asked
        ],
        "waiting": waiting,
        "said": said,
        "field": field,
        "typed": values,
        "fields": agentlook.FIELDS_VI,
        "meant": {name: legacy_suggestion(values[name]) for name in ("full_name", "parent")},
        "note": call.value("ghi-chu")[:300],
        "sexes": _SEXES,
        "relations": _relations(),
        "purpose_vi": _purpose(call),
        "vi": _vi(call),
        "back_url": _household_url(line.household_id, _vi(call)) if line.household_id else "",
        "direct_count": call.number("ghi"),
        "waiting_count": call.number("cho"),
    }
    return Show(
        "staff/agent_person.html",
        context,
        subjects=[("person", person_id)],
        fields=FIELDS,
        purpose=_purpose(call) or "",
    )


@page(
    "can-bo/dai-ly/ho/<int:household_id>/them/",
    name="agent-member",
    needs=Permission.AGENT_DESK,
    reveals="person",
    posts=True,
)
def member(call: Call, household_id: int) -> Answer:
    """Somebody who lives here and is not in the household yet, as his papers state him."""
    if _purpose(call) is None:
        return Go(reverse("agent-desk"))
    found = _opened(call, lambda: agentlook.household(call.by, household_id, on=call.on))
    if isinstance(found, Show):
        return found
    house, _ = found
    typed = {name: call.value(name)[:300] for name in _MEMBER}
    said, field = "", ""
    if call.is_post:
        new = NewMember(
            typed["ho-ten"],
            typed["ngay-sinh"],
            typed["gioi-tinh"],
            typed["quan-he"],
            typed["so-dinh-danh"],
        )
        try:
            agentdesk.propose_member(
                household_id, new, note=typed["ghi-chu"], by=call.by, at=call.at
            )
            return Go(f"{_household_url(household_id, _vi(call))}&xong=thanh-vien")
        except Refused as error:
            said, field = error.message_vi, error.field
    context = {
        "house": house,
        "typed": typed,
        "said": said,
        "field": field,
        "sexes": _SEXES,
        "relations": _relations(),
        "today": call.on,
        "vi": _vi(call),
        "back_url": _household_url(household_id, _vi(call)),
    }
    return Show(
        "staff/agent_member.html",
        context,
        subjects=[("household", household_id)],
        fields=("household", "address"),
        purpose=_purpose(call) or "",
    )


@page(
    "can-bo/dai-ly/da-gui/",
    name="agent-sent",
    needs=Permission.AGENT_DESK,
    reveals="person",
    posts=True,
)
def sent(call: Call) -> Answer:
    """What the agent himself brought in the last month and what became of it; what still waits can be taken back."""
    said = ""
    if call.is_post:
        try:
            agentdesk.withdraw(call.number("rut"), by=call.by, at=call.at)
            return Go(reverse("agent-sent"))
        except Conflict as error:
            said = error.message_vi
    lines = agentproposals.own(call.by, since=call.at - _RECENT)
    context = {"rows": lines, "said": said, "recent": _recent(call), "fields": agentlook.FIELDS_VI}
    subjects = sorted({("person", it.person_id) for it in lines if it.person_id})
    return Show(
        "staff/agent_sent.html",
        context,
        subjects=subjects,
        fields=("full_name",),
        purpose=PURPOSES_VI["bo-sung"],
    )


def _rows(call: Call, lines: list[PersonLine], purpose: str) -> list[MemberRow]:
    listed = agentlook.criteria(call.on)
    return [
        MemberRow(
            it,
            RELATIONS_VI[relation] if (relation := relation_of(it.relation)) else "",
            agentlook.asked_of(it, listed),
            f"{reverse('agent-person', kwargs={'person_id': it.id})}?vi={purpose}",
        )
        for it in lines
    ]


def _without(row: MemberRow, held: set[tuple[int | None, str]]) -> MemberRow:
    """The row without what already waits for an officer."""
    return replace(row, asked=[it for it in row.asked if (row.line.id, it.field) not in held])


def _values(call: Call) -> dict[str, str]:
    return {
        name: call.value(name)[:300]
        for name in ("full_name", "sex", "personal_id", "parent", "relation", "address")
    }


def _vi(call: Call) -> str:
    """The purpose of the look, as the address names it; forms bring it along."""
    return call.value("vi") or str(call.request.GET.get("vi", ""))


def _purpose(call: Call) -> str | None:
    return PURPOSES_VI.get(_vi(call))


def _household_url(household_id: int, purpose: str) -> str:
    return f"{reverse('agent-household', kwargs={'household_id': household_id})}?vi={purpose}"


def _relations() -> list[tuple[str, str]]:
    return [(str(it), RELATIONS_VI[it]) for it in Relation if it not in _ELDERS]


def _recent(call: Call) -> dict[str, int]:
    """How many facts the agent brought in the last month, by what became of them."""
    first, until = call.at - _RECENT, call.at + timedelta(days=1)
    lines = [
        it
        for it in agentproposals.counts(call.by, first=first, until=until)
        if it.made_by == call.by.label
    ]
    return {
        "waiting": sum(it.waiting_count for it in lines),
        "done": sum(it.confirmed_count + it.direct_count for it in lines),
        "returned": sum(it.returned_count for it in lines),
    }


def _log_miss(call: Call, words: str) -> None:
    """A look that found nobody names nobody; that it happened, and for what, is kept."""
    trail.record(call.by, "agent.missed", at=call.at, detail={"purpose": words})
