"""Tasks that the system opened for people: what is wrong, what to do, and closing them with an outcome and a note."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import TITLES_VI, Permission
from lienthong.births import duplicates, papers
from lienthong.births import queries as births
from lienthong.births.effects import CORRECTION_KINDS
from lienthong.cards import reducing, temporary_links, wishes
from lienthong.dossiers import actions, escalation, queries
from lienthong.dossiers import tasks as kinds
from lienthong.dossiers.lifecycle import TASK_OUTCOMES_VI
from lienthong.dossiers.queries import TaskLine
from lienthong.dossiers.workkinds import task_waits_for
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused
from lienthong.kernel.outcomes import Outcome
from lienthong.persons.advice import ADVICE
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardlists import RefusedRow

_PAGE_SIZE = 50
OWN_PAGE_VI = (
    "Có việc phải quyết định ở trang riêng. Hãy bỏ đánh dấu việc đó và bấm “Mở trang xử lý”."
)
PAGES = (
    dict.fromkeys(CORRECTION_KINDS, ("correction", Permission.CORRECTION_DECIDE))
    | dict.fromkeys(papers.KINDS, ("paper-compare", Permission.TASK_VIEW))
    | {
        wishes.OFFER: ("facility-offer", Permission.TASK_VIEW),
        temporary_links.KIND: ("temporary-doubt", Permission.TASK_VIEW),
        reducing.TASK: ("reduction", Permission.TASK_VIEW),
        duplicates.TASK: ("double-task", Permission.PERSON_REVIEW),
    }
)
"""Kinds of task that are decided on a page of their own: its name, which takes the `task_id`, and what it needs."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as the page shows it; `url` leads to its own page, `desks_vi` names the desks where they are others'."""

    line: TaskLine
    title_vi: str
    todo_vi: str
    url: str
    is_settled_here: bool
    desks_vi: str


def page_of(by: Actor, kind: str, task_id: int) -> str:
    """Where a task of this kind is worked on by this officer."""
    name, needs = PAGES.get(kind, ("", Permission.TASK_VIEW))
    if name and by.may(needs):
        return reverse(name, kwargs={"task_id": task_id})
    return f"{reverse('tasks')}?viec={task_id}"


@page("can-bo/viec/", name="tasks", needs=Permission.TASK_VIEW, reveals="person", posts=True)
def tasks(call: Call) -> Answer:
    """Open tasks of the officer's area, oldest first, or the one asked for. The form closes the ticked ones."""
    before = _lines(call)
    lines, context = before, {}
    if call.is_post:
        context = _settle(call, before)
        lines = before if "said" in context else _lines(call, is_from_start=True)
    shown = lines[:_PAGE_SIZE]
    told = escalation.climbed(call.by, dossier_ids=[], task_ids=[it.id for it in shown])
    rows = [_row(call.by, line) for line in shown]
    context |= {
        "rows": rows,
        "may_close_some": any(row.is_settled_here for row in rows),
        "climbed": {key[1]: steps for key, steps in told.items()},
        "outcomes": TASK_OUTCOMES_VI.items(),
        "only": call.number("viec") if not call.is_post else 0,
        "after": call.number("sau"),
        "next_after": shown[-1].id if len(lines) > _PAGE_SIZE else 0,
        "on": call.on,
    }
    both = {it.dossier_id for it in (*before[:_PAGE_SIZE], *shown)}
    subjects = [("dossier", it) for it in sorted(key for key in both if key is not None)]
    return Show("staff/tasks.html", context, subjects=subjects, fields=("child_name",))


def _lines(call: Call, *, is_from_start: bool = False) -> list[TaskLine]:
    after = 0 if is_from_start else call.number("sau")
    # In a form, `viec` are the ticked ones.
    only = 0 if call.is_post else call.number("viec")
    return queries.open_tasks(call.by, limit=_PAGE_SIZE + 1, after=after, only=only)


def kind_vi(kind: str) -> str:
    """What a task is about, as an officer reads it; the code itself where nothing is known."""
    known = ADVICE.get(kind)
    return known.label_vi if known else kinds.title_vi(kind) or births.sentence_of(kind) or kind


def _row(by: Actor, line: TaskLine) -> TaskRow:
    known = ADVICE.get(line.kind)
    name, needs = PAGES.get(line.kind, ("", Permission.TASK_VIEW))
    url = page_of(by, line.kind, line.id) if name and by.may(needs) else ""
    if known and line.asked_person_id:
        url = reverse("identity", kwargs={"person_id": line.asked_person_id})
    todo = known.todo_vi if known else kinds.todo_vi(line.kind)
    desks_vi = "" if task_waits_for(by.role, line.kind) else _desks_vi(line.kind)
    return TaskRow(line, kind_vi(line.kind), todo, url, not name, desks_vi)


def _desks_vi(kind: str) -> str:
    return ", ".join(TITLES_VI[role] for role in kinds.desks_of(kind))


def _settle(call: Call, lines: list[TaskLine]) -> dict[str, object]:
    """Close the ticked tasks; when something is missing the ticks and the words stay."""
    task_ids, outcome = call.keys("viec"), call.value("ket-qua")[:40]
    ticked = frozenset(task_ids)
    kept: dict[str, object] = {
        "ticked": ticked,
        "chosen": outcome,
        "note": call.value("ghi-chu")[: actions.MOST_NOTE],
    }
    if not task_ids:
        return kept | {"said": "Chưa chọn việc nào. Hãy đánh dấu ít nhất một dòng."}
    if call.by.may(Permission.TASK_SETTLE) and any(
        line.kind in PAGES for line in lines if line.id in ticked
    ):
        return kept | {"said": OWN_PAGE_VI}
    try:
        done = actions.settle_task(
            task_ids, outcome, note=str(kept["note"]), by=call.by, at=call.at
        )
    except Refused as error:
        return kept | {"said": error.message_vi}
    return {"outcome": done, "refused": _refused(done, lines)}


def _refused(outcome: Outcome, lines: list[TaskLine]) -> list[RefusedRow]:
    by_id = {line.id: line for line in lines}
    rows = []
    for refusal in outcome.refused:
        line = by_id.get(refusal.subject)
        name, code = (line.child_name, line.dossier_code) if line else ("", "")
        rows.append(RefusedRow(name, code, refusal.message_vi))
    return rows
