"""Acts of merger for tests: entered and confirmed as officers do it, dossiers brought to a state by the real steps."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from lienthong.audit import checks, sealing
from lienthong.births import enrolment, rebuild
from lienthong.births.enrolment import Moment
from lienthong.cards import actions as cards
from lienthong.cards import printing
from lienthong.catalogues import acts, edges
from lienthong.catalogues.acts import Heading
from lienthong.catalogues.sheets import Sheet, SheetRow
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database import invariants
from lienthong.kernel.dates import VIETNAM
from tests import births
from tests.births import column, message, send
from tests.finished_world import OFFICER

STATES = (
    "RECEIVED", "CREATED", "SENT_TNHS", "EXPORTED_TNHS", "ARISEN", "APPROVAL_REQUESTED", "APPROVED", "PRINTED",
)  # fmt: skip
"""Every open state of the way, in its order."""
_STEPS_TO = {
    "RECEIVED": ("check",),
    "CREATED": ("check", "route"),
    "SENT_TNHS": ("check", "route", "receive"),
    "EXPORTED_TNHS": ("check", "route", "receive", "export"),
    "ARISEN": ("check", "route", "receive", "export", "match", "number", "collect"),
}
_BY_NAME = {step.name: step for step in enrolment.STEPS}

OLD, NEW, OTHER = "00004", "00008", "00025"
DAY = date(2026, 12, 1)
THEN = datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM)
LATER = THEN + timedelta(hours=2)
WHOLE = [(OLD, NEW, "whole")]
"""The first commune becomes a part of the second, on that day."""

Row = tuple[str, ...]


UNITS = {OLD: "TE-OLD", NEW: "TE-NEW", OTHER: "TE-OTHER"}


def country() -> None:
    """Three communes of Hà Nội, each with a unit and a facility."""
    for commune, unit in UNITS.items():
        births.declare(unit, commune)
        births.facility(f"01{commune[-3:]}", commune)


def breaches(*, is_committed: bool = False) -> list[object]:
    """What `verify` says; without the sealed log where the test is rolled back, since its witness is not."""
    if not is_committed:
        return [*invariants.run_all(connection, [invariants_folder()]), *rebuild.breaches(on=DAY)]
    sealing.seal_once(LATER)
    return [*checks.verify([invariants_folder()]), *rebuild.breaches(on=DAY)]


def sheet(*rows: Row) -> Sheet:
    """The rows of an act: old code, new code, kind, and optionally the new name and its province."""
    columns = (*edges.COLUMNS, *edges.OPTIONAL)
    told = []
    for line, (old, new, kind, *more) in enumerate(rows, start=2):
        name, province = [*more, "", ""][:2]
        cells = dict.fromkeys(columns, "") | {"old_code": old, "new_code": new, "kind": kind}
        told.append(SheetRow(line, cells | {"new_name": name, "new_province_code": province}))
    return Sheet(columns, tuple(told), ())


def enter(
    rows: Sequence[Row],
    effective: date,
    *,
    at: datetime,
    number: str = "01/NQ-THU",
    **heading: object,
) -> int:
    """An act as a draft; its id."""
    words = Heading(number, effective, "thử", **heading)  # type: ignore[arg-type]
    return acts.enter(sheet(*rows), words, by=enrolment.system(), at=at)


def apply(rows: Sequence[Row], effective: date, *, at: datetime, **heading: object) -> int:
    """An act entered, confirmed and, as far as its instants have come, cut over; its id."""
    act_id = enter(rows, effective, at=at, **heading)
    if acts.act(act_id).state == acts.DRAFT:
        acts.confirm(act_id, by=enrolment.system(), at=at)
    step("merge", at)
    return act_id


def step(name: str, at: datetime) -> int:
    """One step, once, over everything that waits for it."""
    moment = Moment(at, at.astimezone(VIETNAM).date())
    return _BY_NAME[name].run(10_000, enrolment.system(), moment)


def bring(
    number: int, state: str, *, commune: str, at: datetime, address: str = "", **changes: object
) -> str:
    """A child registered in the commune, its dossier in that state; the message id. More advanced children come first."""
    content = message(
        number,
        ndkksMaXa=commune,
        nksNoiCuTru={"maTinh": "01", "maXa": commune, "dcChiTiet": address},
        **changes,
    )
    send(content, at=at)
    for name in _STEPS_TO.get(state, tuple(_BY_NAME)):
        if name != "merge":
            step(name, at)
    message_id = str(content["message_id"])
    if state in {"APPROVED", "PRINTED"}:
        ids = column(
            "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier"
            " ON dossier.id = card.dossier_id WHERE dossier.message_id = %s",
            message_id,
        )
        assert not cards.approve(ids, by=OFFICER, at=at).refused
        if state == "PRINTED":
            printing.print_cards(ids, by=OFFICER, at=at)
    assert stand(message_id)[0] == state, (message_id, stand(message_id))
    return message_id


def stand(message_id: str) -> tuple[str, str, str, str, str]:
    """Where a dossier stands: state, reason, unit code ('' without one), rule, commune code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dossier.state, dossier.reason, coalesce(unit.code, ''), dossier.unit_rule,"
            " dossier.resolved_commune_code FROM dossiers_dossier AS dossier"
            " LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id WHERE dossier.message_id = %s",
            [message_id],
        )
        return tuple(cursor.fetchone())  # type: ignore[return-value]
