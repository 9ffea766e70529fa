"""Corrections for tests: a child whose card is out, what the ministry sends later, and the task that it opens."""

from datetime import datetime, timedelta
from typing import Any

from lienthong.births import comparison
from lienthong.births.comparison import Correction
from lienthong.births.corrections import Deed
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from tests.births import AT, column, message, run, send
from tests.declared import officer
from tests.officers import become

SOON = AT + timedelta(hours=3)
"""When the ministry sends its correction."""
LATER = AT + timedelta(days=3)
"""When the officers decide: a Monday."""


def head() -> Actor:
    """The head of Sổ - Thẻ of Hà Nội, who decides and confirms."""
    return officer("truong-thu", "head", "01")


def corrected(
    number: int = 1, version: int = 2, *, kind: str = "correct", at: datetime = SOON, **changes: Any
) -> None:
    """The ministry sends a later version about child `number`, and the steps take it in."""
    told = message(
        number, kind=kind, version=version, message_id=f"DC-{number}-{version}", **changes
    )
    send(told, at=at)
    run(at)


def open_task(kind: str = "") -> int:
    """The newest open task (of that kind); its key."""
    found = column(
        "SELECT id FROM dossiers_task WHERE closed_at IS NULL AND (%s = '' OR kind = %s) ORDER BY id DESC",
        kind,
        kind,
    )
    assert found, column("SELECT kind FROM dossiers_task")
    return int(found[0])


def seen(task_id: int, *, by: Actor, at: datetime = LATER) -> Correction:
    """Both sides, as the officer's page reads them."""
    become("lienthong_web")
    try:
        with acting(by, at=at):
            return comparison.correction(by, task_id)
    finally:
        become("lienthong_worker")


def deed(task_id: int, *, by: Actor, note: str = "Theo trích lục cải chính") -> Deed:
    """A decision about what the officer sees now."""
    return Deed(task_id, seen(task_id, by=by).birth_id, note)


def decide(action: Any, told: Deed, *, by: Actor, at: datetime = LATER) -> Any:
    """Decide with the rights of a page."""
    become("lienthong_web")
    try:
        return action(told, by=by, at=at)
    finally:
        become("lienthong_worker")
