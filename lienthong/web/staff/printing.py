"""Printing cards in runs (In thẻ), spoilt sheets, and prints again with a reason."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import desk, paper, printing, queries, runs
from lienthong.dossiers.lateness import Why
from lienthong.kernel.errors import Refused
from lienthong.web.answers import Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import (
    FIELDS,
    climbed_of,
    held_back,
    listing,
    reasons_context,
    refused_rows,
    why_of,
)
from lienthong.web.staff.electronic import grounds, wish
from lienthong.web.staff.handover import RELATIONS

_RUNS_SHOWN = 50


_ON_PAPER, _EVERY = "giay", "tat-ca"


@page("can-bo/in-the/", name="print", needs=Permission.CARD_PRINT, reveals="person", posts=True)
def print_cards(call: Call) -> Answer:
    """The approved cards, those asked for on paper first; the form prints the ticked ones, or notes such a request.

    What is late without a reason is held back until one is given, as it is at approval.
    """
    context: dict[str, object] = {"relations": RELATIONS, "grounds": grounds(call)}
    context |= reasons_context(call)
    card_ids = call.keys("the")
    is_request = call.value("thao-tac") == "de-nghi-giay"
    if card_ids and is_request:
        context |= _asked(call, card_ids)
    elif card_ids:
        told = _printed(call, card_ids)
        if isinstance(told, Go):
            return told
        context |= told
    manner = call.value("hinh-thuc")
    on_paper = listing(call, queries.TO_PRINT_ON_PAPER)
    if manner not in {_ON_PAPER, _EVERY}:
        manner = _ON_PAPER if on_paper.lines else _EVERY
    shown = on_paper if manner == _ON_PAPER else listing(call, queries.TO_PRINT)
    context |= {
        "listing": shown,
        "climbed": climbed_of(call, shown.lines),
        "manner": manner,
        "paper_count": len(on_paper.lines),
        "paper_is_more": on_paper.next_after > 0,
        "nothing_ticked": call.is_post and not card_ids,
    }
    subjects = sorted({*shown.subjects, *on_paper.subjects})
    return Show("staff/print.html", context, subjects=subjects, fields=FIELDS)


def _printed(call: Call, card_ids: list[int]) -> Go | dict[str, object]:
    """Print what is not late or says why; what is held back stands above the list, ticked, beside the run of the rest.

    Without anything to tell the answer is the file itself, which the form opens in another tab.
    """
    shown = listing(call, queries.TO_PRINT).lines
    try:
        gate = desk.explained(card_ids, why_of(call), by=call.by, at=call.at)
    except Refused as error:
        return {"said": error.message_vi, "ticked": frozenset(card_ids)}
    run = printing.print_cards(gate.done, by=call.by, at=call.at) if gate.done else None
    if run is not None and not gate.refused and not call.value("o-day"):
        return Go(reverse("run-file", kwargs={"run_id": run.id}))
    context: dict[str, object] = {"refused": refused_rows(gate, shown), "run": run}
    if gate.refused:
        return context | {"ticked": held_back(gate)}
    return context | {"why": Why()}


def _asked(call: Call, card_ids: list[int]) -> dict[str, object]:
    """Note that the ticked cards were asked for on paper; a form that is not whole keeps what was typed."""
    asked = wish(call)
    try:
        outcome = paper.ask_for_paper(card_ids, asked, by=call.by, at=call.at)
    except Refused as error:
        return {"said": error.message_vi, "ticked": frozenset(card_ids), "typed": asked}
    shown = listing(call, queries.TO_PRINT).lines
    return {"asked": outcome, "refused": refused_rows(outcome, shown)}


@page("can-bo/lo-in/", name="runs", needs=Permission.CARD_PRINT)
def all_runs(call: Call) -> Answer:
    """The latest runs, newest first. No child."""
    return Show("staff/runs.html", {"runs": runs.latest(call.by, limit=_RUNS_SHOWN)})


@page(
    "can-bo/lo-in/<int:run_id>/",
    name="run",
    needs=Permission.CARD_PRINT,
    reveals="person",
    posts=True,
)
def run(call: Call, run_id: int) -> Answer:
    """One run: its sheets. The form counts ticked sheets as spoilt, and may print them again at once."""
    context: dict[str, object] = {}
    card_ids = call.keys("the")
    if call.is_post and card_ids:
        reason = call.value("ly-do")[:500]
        try:
            outcome = printing.mark_spoilt(run_id, card_ids, by=call.by, at=call.at, reason=reason)
            if call.value("thao-tac") == "in-lai" and outcome.done:
                again = printing.print_cards(outcome.done, by=call.by, at=call.at, reason=reason)
                return Go(reverse("run", kwargs={"run_id": again.id}))
            context["outcome"] = outcome
        except Refused as error:
            context["said"] = error.message_vi
    elif call.is_post:
        context["nothing_ticked"] = True
    found = runs.one(call.by, run_id)
    context["run"] = found
    subjects = [("card", sheet.card_id) for sheet in found.sheets]
    return Show("staff/run.html", context, subjects=subjects, fields=FIELDS)


@page(
    "can-bo/lo-in/<int:run_id>/tep/", name="run-file", needs=Permission.CARD_PRINT, reveals="person"
)
def run_file(call: Call, run_id: int) -> Answer:
    """The PDF of a run, for the printer. `run_pdf` logs each card in it."""
    drawn = printing.run_pdf(run_id, by=call.by, at=call.at)
    return File(drawn.pdf, f"{drawn.number}.pdf", "application/pdf", subjects=())
