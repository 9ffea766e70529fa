"""Choosing the new unit (Chọn đơn vị mới) for dossiers of divided communes: tick, choose, or choose for a whole hamlet."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births.splits import SUGGESTIONS_VI
from lienthong.dossiers import splitting
from lienthong.dossiers.splitting import Group, Hamlet, Heir, SplitFilter, SplitLine
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import RefusedRow

_PAGE_SIZE = 40
_FIELDS = ("child_name", "birth_date", "residence")
_MOST_NOTE = 500
_MARK_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Place:
    """One link above the list: an old commune, or a hamlet of the one that is open; and how many wait there."""

    name: str
    url: str
    waiting_count: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The communes that may be chosen on this page for one old commune."""

    old_name: str
    heirs: tuple[Heir, ...]
    suggested_code: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address or the form asks to see: everything, one old commune, or one hamlet of it.

    A hamlet is part of somebody's address: only its mark stands in ours.
    """

    old_code: str = ""
    split_on: date | None = None
    mark: str = ""
    after: int = 0

    @classmethod
    def of(cls, call: Call) -> "Asked":
        """Read from the request; what cannot be read asks for everything."""
        try:
            split_on = date.fromisoformat(call.value("tach"))
        except ValueError:
            return cls(after=call.number("sau"))
        code, mark = call.value("xa")[:10], call.value("thon")[:_MARK_LENGTH]
        return cls(code, split_on, mark, call.number("sau"))

    def url(self, *, after: int = 0) -> str:
        """The address of its first page, or of the page after that line."""
        wanted = {
            "xa": self.old_code,
            "tach": self.split_on.isoformat() if self.split_on else "",
            "thon": self.mark,
            "sau": str(after) if after else "",
        }
        query = urlencode({name: value for name, value in wanted.items() if value})
        return reverse("splits") + (f"?{query}" if query else "")

    def is_of(self, group: Group) -> bool:
        """True when the group belongs to the commune asked for."""
        return (group.old_code, group.split_on) == (self.old_code, self.split_on)


@page(
    "can-bo/chon-don-vi-moi/",
    name="splits",
    needs=Permission.SPLIT_DECIDE,
    reveals="person",
    posts=True,
)
def splits(call: Call) -> Answer:
    """The list; after a form, what was chosen and what was refused stands above the list of what is left."""
    asked = Asked.of(call)
    groups = splitting.groups(call.by, on=call.on)
    lines = _lines(call, asked, groups)
    subjects = _subjects(lines)
    context: dict[str, object] = {}
    if call.is_post:
        context = _answer(call, lines, _hamlet(groups, asked))
        if "outcome" in context:
            asked = replace(asked, after=0)
            groups = splitting.groups(call.by, on=call.on)
            lines = _lines(call, asked, groups)
            subjects |= _subjects(lines)
    shown = lines[:_PAGE_SIZE]
    context |= {
        "asked": asked,
        "address": reverse("splits"),
        "lines": shown,
        "choices": _choices(shown),
        "suggestions": SUGGESTIONS_VI,
        "hamlet": _hamlet(groups, asked),
        "communes": _communes(groups, asked),
        "hamlets": _hamlets(groups, asked),
        "waiting_count": sum(it.waiting_count for it in groups),
        "late_count": sum(it.late_count for it in groups),
        "next_url": asked.url(after=shown[-1].id) if len(lines) > _PAGE_SIZE else "",
        "on": call.on,
    }
    return Show("staff/splits.html", context, subjects=sorted(subjects), fields=_FIELDS)


def _answer(call: Call, lines: list[SplitLine], hamlet: Group | None) -> dict[str, object]:
    """Do what the form says, or say what it lacks; the form keeps its ticks and words until something is done."""
    code, note = call.value("noi-moi")[:10], call.value("can-cu")[:_MOST_NOTE]
    split_ids, deed = call.keys("hs"), call.value("thao-tac")
    kept: dict[str, object] = {"code": code, "note": note, "ticked": frozenset(split_ids)}
    heirs = {it.code: it for line in lines for it in line.candidates}
    chosen = heirs.get(code) or Heir(code, f"Mã {code}", "")
    if not code:
        return kept | {"said": "Hãy chọn xã, phường mới."}
    if deed in {"hoi-ca-thon", "ca-thon"}:
        if hamlet is None:
            return kept | {"said": splitting.HAMLET_DONE_VI}
        if deed == "hoi-ca-thon":
            return kept | {"confirm": chosen}
        return kept | _choose_for(call, hamlet, chosen, note=note, lines=lines)
    if not split_ids:
        return kept | {"said": "Chưa chọn hồ sơ nào. Hãy đánh dấu ít nhất một dòng."}
    outcome = splitting.choose(split_ids, code, note=note, by=call.by, at=call.at)
    return _told(outcome, chosen, lines)


def _choose_for(
    call: Call, hamlet: Group, chosen: Heir, *, note: str, lines: list[SplitLine]
) -> dict[str, object]:
    whole = Hamlet(hamlet.old_code, hamlet.split_on, hamlet.hamlet_key)
    try:
        outcome = splitting.choose_for_hamlet(whole, chosen.code, note=note, by=call.by, at=call.at)
    except Refused as error:
        return {"said": error.message_vi}
    return _told(outcome, chosen, lines) | {"whole": hamlet.hamlet_name}


def _subjects(lines: list[SplitLine]) -> set[tuple[str, int]]:
    """Whom the lines show: the split, and its dossier, whose page tells who has looked."""
    return {subject for it in lines for subject in (("split", it.id), ("dossier", it.dossier_id))}


def _told(outcome: Outcome, chosen: Heir, lines: list[SplitLine]) -> dict[str, object]:
    by_id = {line.id: line for line in lines}
    refused = []
    for refusal in outcome.refused:
        line = by_id.get(refusal.subject)
        name, code = (line.child_name, line.dossier_code) if line else ("", "")
        refused.append(RefusedRow(name, code, refusal.message_vi))
    return {"outcome": outcome, "chosen": chosen, "refused": refused}


def _lines(call: Call, asked: Asked, groups: list[Group]) -> list[SplitLine]:
    """One page and one line more. A hamlet that nobody waits in any more shows nothing."""
    hamlet = _hamlet(groups, asked)
    if asked.mark and hamlet is None:
        return []
    key = hamlet.hamlet_key if hamlet else None
    filters = SplitFilter(asked.old_code, asked.split_on, key, asked.after)
    return splitting.open_splits(call.by, filters=filters, on=call.on, limit=_PAGE_SIZE + 1)


def _hamlet(groups: list[Group], asked: Asked) -> Group | None:
    found = (it for it in groups if asked.is_of(it) and _mark(it.hamlet_key) == asked.mark)
    return next(found, None)


def _communes(groups: list[Group], asked: Asked) -> list[Place]:
    """One link a divided commune, as its hamlets add up."""
    of_commune: dict[tuple[str, date], list[Group]] = {}
    for it in groups:
        of_commune.setdefault((it.old_code, it.split_on), []).append(it)
    return [
        Place(
            hamlets[0].old_name,
            Asked(code, split_on).url(),
            sum(it.waiting_count for it in hamlets),
            is_here=asked.is_of(hamlets[0]),
        )
        for (code, split_on), hamlets in of_commune.items()
    ]


def _hamlets(groups: list[Group], asked: Asked) -> list[Place]:
    """One link a hamlet of the commune asked for."""
    return [
        Place(
            it.hamlet_name or "Không ghi thôn, tổ",
            Asked(it.old_code, it.split_on, _mark(it.hamlet_key)).url(),
            it.waiting_count,
            is_here=_mark(it.hamlet_key) == asked.mark,
        )
        for it in groups
        if asked.is_of(it)
    ]


def _choices(lines: list[SplitLine]) -> list[Choice]:
    """What the lines offer, each old commune once; its newest line has the latest suggestion."""
    found = {
        (it.old_code, it.split_on): Choice(it.old_name, it.candidates, it.suggested_code)
        for it in lines
    }
    return sorted(found.values(), key=lambda choice: choice.old_name)


def _mark(hamlet_key: str) -> str:
    return hashlib.sha256(hamlet_key.encode()).hexdigest()[:_MARK_LENGTH]
