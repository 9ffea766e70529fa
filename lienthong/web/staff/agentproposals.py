"""Đại lý bổ sung: what agents have brought, confirmed in bulk or returned with a reason."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.errors import Refused
from lienthong.persons import agentproposals
from lienthong.persons.agentlook import FIELDS_VI
from lienthong.persons.agentproposals import ProposalLine
from lienthong.persons.relations import RELATIONS_VI, relation_of
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_FIELDS = ("full_name", "birth_date", "sex", "personal_id", "household", "parents", "address")
_PAGE_SIZE = 50


@page(
    "can-bo/dai-ly/cho-xac-nhan/",
    name="proposals",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def proposals(call: Call) -> Answer:
    """What waits, the oldest first; sent, the ticked ones are confirmed or returned, and those that cannot stand say why."""
    done, said = "", ""
    refused: dict[int, str] = {}
    if call.is_post:
        try:
            done, refused = _decide(call)
        except Refused as error:
            said = error.message_vi
    agency = 0 if call.is_post else call.number("dai-ly")
    lines = agentproposals.waiting(call.by, agency_id=agency, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    context = {
        "rows": [(it, FIELDS_VI[it.field], refused.get(it.id, "")) for it in shown],
        "relations": {it.id: _relation_vi(it) for it in shown},
        "ticked": frozenset(call.keys("chon")) if said or refused else frozenset(),
        "has_more": len(lines) > _PAGE_SIZE,
        "done": done,
        "said": said,
        "refused_count": len(refused),
        "note": call.value("ly-do")[:300] if said else "",
        "people": people(call, {it.made_by for it in shown}),
        "here": reverse("proposals"),
    }
    subjects = [
        ("person", it.person_id) if it.person_id else ("household", it.household_id or 0)
        for it in shown
    ]
    return Show("staff/proposals.html", context, subjects=sorted(set(subjects)), fields=_FIELDS)


def _decide(call: Call) -> tuple[str, dict[int, str]]:
    ticked = call.keys("chon")[:_PAGE_SIZE]
    if not ticked:
        raise Refused("Hãy chọn ít nhất một đề nghị.", code="TICK", field="chon")
    if call.value("thao-tac") == "tra-lai":
        note = call.value("ly-do")
        outcome = agentproposals.send_back(ticked, note, by=call.by, at=call.at)
        words = f"Đã trả lại {outcome.done_count} đề nghị."
    else:
        outcome = agentproposals.confirm(ticked, by=call.by, at=call.at)
        words = f"Đã xác nhận {outcome.done_count} đề nghị."
    return words, {it.subject: it.message_vi for it in outcome.refused}


def _relation_vi(line: ProposalLine) -> str:
    relation = relation_of(line.member.relation) if line.member else None
    return RELATIONS_VI[relation] if relation else ""
