"""Entering a paper: the twin is looked for before anything more can be typed; then the form, kept whatever is wrong."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import paper, records, scans, twins
from lienthong.births.paper import Entry
from lienthong.births.records import Found, Record
from lienthong.births.twins import Twin
from lienthong.catalogues import lists
from lienthong.catalogues.browsing import Browse, DivisionLine, divisions
from lienthong.gateways.justice_typed import FIELDS
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.law.paper_channel import ExistingRecord, PaperReason, PaperRule
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff import paperfields

_TOKEN = re.compile(r"[0-9a-f]{32}")
_MOST_TYPED = 500
_EMPTY_VI = "Chưa nhập mục này."
_MOST_COMMUNES = 800
_ABROAD = (PaperReason.REGISTERED_BY_FOREIGN_AUTHORITY, PaperReason.REGISTERED_AT_MISSION_ABROAD)
_OF_RECORD = {
    "full_name": "child_name",
    "commune_code": "registered_commune",
    "residence_commune_code": "residence_commune",
}
"""Facts of a record under the name of the field that shows them, where the two differ."""


@dataclass(slots=True)
class _Form:
    """One entry on the screen: what was typed, what is wrong with it, what was found."""

    rule: PaperRule
    token: str
    typed: dict[str, str]
    note: str = ""
    record: Record | None = None
    is_cancellation: bool = False
    seen: frozenset[int] = frozenset()
    is_open: bool = False
    said: dict[str, str] = field(default_factory=dict)
    found: Sequence[Twin] = ()

    @property
    def is_abroad(self) -> bool:
        return self.rule.reason in _ABROAD

    @property
    def entry(self) -> Entry:
        return Entry(
            reason=self.rule.reason,
            token=self.token,
            typed=_as_registered(self.rule.reason, self.typed),
            note=self.note,
            twin=self.record.dossier_id if self.record else None,
            seen=self.seen,
            is_cancellation=self.is_cancellation,
        )


@page(
    "can-bo/ho-so-giay/nhap/<str:reason>/",
    name="paper-new",
    needs=Permission.PAPER_ENTER,
    reveals="person",
    posts=True,
)
def paper_new(call: Call, reason: str) -> Answer:
    """The form of one reason: search, then the rest, then keep."""
    form = _sent(call, paper.rule_of(reason, by=call.by, on=call.on))
    if call.is_post:
        try:
            if call.value("thao-tac") == "luu":
                return _keep(call, form)
            _search(call, form)
        except Found as error:
            form.found, form.is_open = error.twins, error.code == "PAPER_LOOKALIKE"
            _say(call, form, error)
        except (Refused, Unavailable) as error:
            form.is_open = form.is_open or call.value("mo") == "1"
            _say(call, form, error)
    subjects = [("dossier", it.dossier_id) for it in form.found if it.is_mine and it.dossier_id]
    if form.record is not None:
        subjects.append(("dossier", form.record.dossier_id))
    fields = ("child_name", "birth_date", "registration")
    return Show("staff/paper_form.html", _context(call, form), subjects=subjects, fields=fields)


def _keep(call: Call, form: _Form) -> Answer:
    # One byte more than allowed is enough to refuse a file.
    sent = call.request.FILES.getlist("ban-quet")[: scans.MOST_FILES + 1]
    files = [one.read(scans.MOST_BYTES + 1) for one in sent]
    kept = paper.enter(form.entry, files, by=call.by, at=call.at)
    return Go(reverse("paper", kwargs={"paper_id": kept.paper_id}))


def _search(call: Call, form: _Form) -> None:
    """Look for the twin; the rest of the form opens only when nothing stands in the way."""
    facts = paper.read(form.entry, on=call.on)
    form.found = twins.search(call.by, facts)
    code = records.weigh(form.rule, form.found, by=call.by, on=call.on)
    form.is_open = not code and form.rule.creates
    if code:
        paper.note_refusal(form.rule.reason, code, by=call.by, at=call.at)
        if form.rule.creates:
            form.said["twin"] = records.AGAINST[code]


def _say(call: Call, form: _Form, error: Refused | Unavailable) -> None:
    """What is wrong, beside its field; and every other required field that is empty, all at once."""
    form.said[error.field] = error.message_vi
    if not form.is_cancellation and not form.found:
        for name in paperfields.missing(form.typed, is_abroad=form.is_abroad):
            form.said[name] = _EMPTY_VI
    paper.note_refusal(form.rule.reason, error.code, by=call.by, at=call.at)


def _sent(call: Call, rule: PaperRule) -> _Form:
    token = call.value("lan")
    form = _Form(rule, token if _TOKEN.fullmatch(token) else secrets.token_hex(16), {})
    dossier_id = call.number("ho-so")
    if dossier_id:
        form.record = records.record_of(dossier_id, by=call.by)
        form.is_cancellation = call.value("huy") == "1"
        form.is_open = True
    if call.is_post:
        form.typed = {name: call.value(name)[:_MOST_TYPED] for name in FIELDS}
        people = form.typed["ethnicity"]
        form.typed["ethnicity"] = lists.ethnic_code(people) or people
        form.note = call.value("note")[: paper.MOST_NOTE + 1]
        form.seen = frozenset(call.keys("khac"))
    else:
        form.typed = _of_record(form.record.facts) if form.record else _blank(rule, call.by)
    return form


def _blank(rule: PaperRule, by: Actor) -> dict[str, str]:
    kind = "3" if rule.reason is PaperReason.REGISTERED_BY_FOREIGN_AUTHORITY else "1"
    return {
        "registration_kind": kind,
        "nationality": "VN",
        "registered_province": records.province_of(by),
    }


def _of_record(facts: BirthFacts) -> dict[str, str]:
    told = {name: getattr(facts, name) for name in facts.__struct_fields__}
    named = {_OF_RECORD.get(name, name): value for name, value in told.items()}
    return {
        name: "" if named.get(name) is None else str(named[name])
        for name in FIELDS
        if name in named
    }


def _as_registered(reason: str, typed: Mapping[str, str]) -> dict[str, str]:
    """An office abroad has no commune of ours: the entry stands at the child's residence, its book names the office."""
    if reason not in _ABROAD:
        return dict(typed)
    book, country = typed.get("book", ""), typed.get("foreign_country", "")
    tagged = f"{book} ({reason}-{country})" if book and country else book
    home = typed.get("residence_commune", "")
    return dict(typed) | {"registered_commune": home, "book": tagged, "birth_country": country}


def _context(call: Call, form: _Form) -> dict[str, Any]:
    mine = [it for it in form.found if it.is_exact and it.is_mine and not it.is_cancelled]
    countries = [("", "Chọn nước"), *((it.code, it.name) for it in lists.nationalities())]
    first, others = (
        paperfields.sections(
            form.typed,
            form.said,
            is_rest=is_rest,
            is_locked=form.record is not None,
            countries=countries if form.is_abroad else (),
        )
        for is_rest in (False, True)
    )
    rest = others if form.is_open else []
    shown = [] if form.is_cancellation else [*first, *rest]
    return {
        "form": form,
        "communes": _communes(call),
        "rule": form.rule,
        "reason": str(form.rule.reason),
        "first": [] if form.is_cancellation else first,
        "rest": [] if form.is_cancellation else rest,
        "hidden": _hidden(form, shown),
        "unplaced": paperfields.unplaced(form.said, shown),
        "exact": [it for it in form.found if it.is_exact],
        "alike": records.alike_of(form.found),
        "siblings": [it for it in form.found if it.level == twins.SIBLING],
        "correctable": mine if not form.rule.creates else [],
        "cancellable": mine if form.rule.existing is ExistingRecord.MUST_BE_CANCELLED else [],
        "correcting": str(PaperReason.ERROR_CORRECTED),
        "blocked": mine if form.rule.existing is ExistingRecord.MUST_NOT_EXIST else [],
        "was_searched": call.is_post and not form.said,
        "most_files": scans.MOST_FILES,
        "most_mb": scans.MOST_BYTES // 2**20,
    }


def _communes(call: Call) -> list[DivisionLine]:
    """The communes of the officer's province today, to choose from; any other may be typed."""
    wanted = Browse(province_code=records.province_of(call.by))
    found = divisions(call.by, wanted=wanted, on=call.on, limit=_MOST_COMMUNES)
    return [it for it in found if len(it.code) == len("00000")]


def _hidden(form: _Form, shown: Sequence[paperfields.Section]) -> list[tuple[str, str]]:
    """What is known and has no field of its own on the screen."""
    names = {it.name for section in shown for it in section.fields}
    return [(name, value) for name, value in form.typed.items() if value and name not in names]
