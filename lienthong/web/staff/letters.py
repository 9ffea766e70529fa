"""Letters and messages to the outside (Thư gửi đi): what is owed, sent and given up, and sending it again."""

from dataclasses import replace

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.outcomes import Outcome
from lienthong.notices import letters
from lienthong.notices.letters import LetterFilter, LetterLine
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page

_ROWS = 100
_POLLS = 60
_FIELDS = ("child_name",)
_ABOUT_CHILDREN = frozenset({"person", "dossier"})


@page("can-bo/thu-gui/", name="letters", needs=Permission.OUTBOX_VIEW, reveals="person", posts=True)
def outbox(call: Call) -> Answer:
    """Each kind with its figures, then the letters; the form sends ticked ones, or a kind's given-up ones, again."""
    context: dict[str, object] = {}
    outcome = _send_again(call, context) if call.is_post else None
    if outcome is not None:
        context |= {"outcome": outcome, "next_poll": _POLLS if outcome.done else 0}
    polls = call.number("lan")
    if polls and not call.is_post:
        context["next_poll"] = min(polls, _POLLS) - 1
    wanted = _filter(call)
    kinds = letters.counts(call.by)
    lines = letters.letters(call.by, wanted=wanted, limit=_ROWS + 1)
    shown = lines[:_ROWS]
    context |= {
        "kinds": kinds,
        "waiting_count": sum(kind.pending for kind in kinds),
        "wanted": wanted,
        "lines": shown,
        "next_after": shown[-1].id if len(lines) > _ROWS else 0,
        "labels": letters.LABELS_VI,
        "states": letters.STATES_VI,
        "most_at_once": letters.MOST_AT_ONCE,
        "may_resend": call.by.may(Permission.OUTBOX_RESEND),
        "here": reverse("letters"),
    }
    return Show(
        "staff/letters.html",
        context,
        subjects=_subjects(shown),
        fields=_FIELDS,
        fragment="staff/_letter_kinds.html",
    )


def _send_again(call: Call, context: dict[str, object]) -> Outcome | None:
    kind = call.value("ca-loai")
    if kind in letters.LABELS_VI:
        return letters.send_kind_again(kind, by=call.by, at=call.at)
    ticked = call.keys("thu")
    if not ticked:
        context["nothing_ticked"] = True
        return None
    return letters.send_again(ticked, by=call.by, at=call.at)


def _filter(call: Call) -> LetterFilter:
    kind, state = call.value("loai"), call.value("tinh-trang")
    wanted = LetterFilter(
        kind if kind in letters.LABELS_VI else "",
        state if state in letters.STATES_VI else "",
        call.number("sau"),
    )
    return replace(wanted, after=0) if call.is_post else wanted


def _subjects(lines: list[LetterLine]) -> list[tuple[str, int]]:
    named = {
        (line.subject_kind, line.subject_id)
        for line in lines
        if line.subject_id and line.subject_kind in _ABOUT_CHILDREN
    }
    return sorted(named)
