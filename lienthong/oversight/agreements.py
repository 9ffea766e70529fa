"""Agreements with the Departments of Justice (quy chế phối hợp với Sở Tư pháp, letter 2118 §3): where each province stands.

none → drafting → signed → in force → ended, as dated steps that are never edited; a step entered by mistake is taken back.
The province writes, the centre reads. The provinces are those of the day: those merged into one are its past.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births import scans
from lienthong.catalogues import contacts_desk
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused

NONE: Final = "none"
STATES_VI: Final = {
    NONE: "Chưa có",
    "drafting": "Đang soạn thảo",
    "signed": "Đã ký, chưa có hiệu lực",
    "in_force": "Đang có hiệu lực",
    "ended": "Đã hết hiệu lực",
}
STEPS_VI: Final = {
    "drafting": "Bắt đầu soạn thảo",
    "signed": "Ký quy chế",
    "in_force": "Có hiệu lực",
    "ended": "Hết hiệu lực",
}
SCOPES_VI: Final = {"whole": "Toàn tỉnh", "part": "Một phần địa bàn"}
NEXT: Final = {
    NONE: ("drafting", "signed"),
    "drafting": ("signed", "ended"),
    "signed": ("in_force", "ended"),
    "in_force": ("signed", "ended"),
    "ended": ("drafting", "signed"),
}
"""What may follow; the database holds it too. A new signing while one is in force replaces it."""
LONGEST: Final = 300
_AHEAD = timedelta(days=366)
_STANDINGS = """
    SELECT province.code AS province_code, province.name AS province_name, coalesce(step.state, 'none') AS state,
           step.since, coalesce(signed.number, '') AS number, signed.since AS signed_on,
           coalesce(signed.scope, '') AS scope
    FROM catalogues_division AS province
    LEFT JOIN LATERAL (
        SELECT it.state, it.since FROM oversight_agreementstep AS it
        WHERE it.province_code = province.code AND it.withdrawn_at IS NULL AND it.since <= %(on)s
        ORDER BY it.since DESC, it.id DESC LIMIT 1) AS step ON true
    LEFT JOIN LATERAL (
        SELECT it.number, it.since, it.scope FROM oversight_agreementstep AS it
        WHERE it.province_code = province.code AND it.withdrawn_at IS NULL AND it.since <= %(on)s
          AND it.state = 'signed' AND step.state IN ('signed', 'in_force')
        ORDER BY it.since DESC, it.id DESC LIMIT 1) AS signed ON true
    WHERE province.level = 'province' AND province.valid @> %(on)s::date
      AND (%(province_code)s = '' OR province.code = %(province_code)s)
    ORDER BY province.code
"""
# A province merged into this one by the day is part of its past.
_HISTORY = """
    SELECT step.id, step.province_code, coalesce(home.name, step.province_code) AS province_name, step.state, step.since,
           step.number, step.our_signer, step.their_signer, step.scope, step.note, step.entered_at, step.entered_by,
           step.withdrawn_at, step.withdrawn_by
    FROM oversight_agreementstep AS step
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = step.province_code AND division.level = 'province'
        ORDER BY division.valid @> step.since DESC, lower(division.valid) DESC LIMIT 1) AS home ON true
    WHERE step.province_code = %(province_code)s
       OR catalogues_province_on(step.province_code, %(on)s) = %(province_code)s
    ORDER BY step.since DESC, step.id DESC
"""
_SCANS = """
    SELECT id, step_id, place, name, form, size, sha256 FROM oversight_agreementscan
    WHERE step_id = ANY (%s) ORDER BY step_id, place
"""
_SCAN = (
    "SELECT id, step_id, place, name, form, size, sha256 FROM oversight_agreementscan WHERE id = %s"
)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('lienthong.agreement ' || %s))"
_LATEST = """
    SELECT id, state, since FROM oversight_agreementstep
    WHERE province_code = %s AND withdrawn_at IS NULL ORDER BY since DESC, id DESC LIMIT 1
"""
_ENTER = """
    INSERT INTO oversight_agreementstep (province_code, state, since, number, our_signer, their_signer, scope, note,
                                         entered_at, entered_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_ATTACH = """
    INSERT INTO oversight_agreementscan (step_id, place, name, form, size, sha256) VALUES (%s, %s, %s, %s, %s, %s)
"""
_WITHDRAW = "UPDATE oversight_agreementstep SET withdrawn_at = %s, withdrawn_by = %s WHERE id = %s"
_NAMED = "SELECT name FROM oversight_agreementscan WHERE name = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Step:
    """What an officer writes of one step; all but the note and the day are of a signing alone."""

    state: str
    since: date
    number: str = ""
    our_signer: str = ""
    their_signer: str = ""
    scope: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan of a signed agreement; `name` is its file on our disk and is shown to nobody."""

    id: int
    step_id: int
    place: int
    name: str
    form: str
    size: int
    sha256: bytes

    @property
    def file_name(self) -> str:
        """What the file is called when it is saved."""
        return f"quy-che-{self.step_id}-{self.place}.{scans.SUFFIXES[self.form]}"


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as it stands in the history, with its scans."""

    id: int
    province_code: str
    province_name: str
    state: str
    since: date
    number: str
    our_signer: str
    their_signer: str
    scope: str
    note: str
    entered_at: datetime
    entered_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    scans: tuple[ScanLine, ...] = ()

    @property
    def step_vi(self) -> str:
        """The step in words."""
        return STEPS_VI[self.state]

    @property
    def scope_vi(self) -> str:
        """The scope in words."""
        return SCOPES_VI.get(self.scope, "")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one province stands on a day; `number` and `signed_on` are of the agreement that is signed or in force."""

    province_code: str
    province_name: str
    state: str
    since: date | None
    number: str
    signed_on: date | None
    scope: str

    @property
    def state_vi(self) -> str:
        """The state in words."""
        return STATES_VI[self.state]

    @property
    def scope_vi(self) -> str:
        """The scope in words."""
        return SCOPES_VI.get(self.scope, "")

    @property
    def is_gap(self) -> bool:
        """True while no agreement over the whole province is in force."""
        return self.state != "in_force" or self.scope != "whole"


# ---------------------------------------------------------------- reads


def standings(by: Actor, *, on: date, province_code: str = "") -> list[Standing]:
    """Where every province of the day stands, by code; of a bounded actor's other provinces nothing is told. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, {"on": on, "province_code": province_code})
        return rows_as(Standing, cursor)


def history(by: Actor, province_code: str, *, on: date) -> list[StepLine]:
    """Every step of a province and of those that have become part of it by the day, the latest first. Two statements."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"province_code": province_code, "on": on})
        lines = rows_as(StepLine, cursor)
        cursor.execute(_SCANS, [[line.id for line in lines]])
        kept = rows_as(ScanLine, cursor)
    return [
        replace(line, scans=tuple(it for it in kept if it.step_id == line.id)) for line in lines
    ]


def scan(by: Actor, scan_id: int) -> tuple[ScanLine, bytes]:
    """A scan and its bytes. Raises NotFound outside the actor's area."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, [scan_id])
        found = rows_as(ScanLine, cursor)
    if not found:
        raise NotFound("Không có tệp này.")
    return found[0], scans.read(found[0].name, bytes(found[0].sha256))


def named_scans(names: Collection[str]) -> set[str]:
    """Which of these files in the scans folder belong to an agreement."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [list(names)])
        return {row[0] for row in cursor.fetchall()}


# ---------------------------------------------------------------- writes


def may_edit_in(by: Actor, province_code: str) -> bool:
    """True for an officer who answers for that whole province."""
    return by.may(Permission.COORDINATION_EDIT) and contacts_desk.may_edit_in(by, province_code)


def enter(
    province_code: str,
    step: Step,
    files: Sequence[bytes] = (),
    *,
    seen: int,
    by: Actor,
    at: datetime,
) -> int:
    """Enter the next step of a province, with the scans of what was signed; its id.

    `seen` is the latest step that the officer saw, 0 for none. Raises NotAllowed outside one's province; Refused
    (E-STATE, E-DATE, E-NUMBER, E-NAME, E-SCOPE, E-NOTE, E-SCAN…); Conflict when another officer was faster.
    """
    refuse_foreign(province_code, by)
    written = _checked(step, on=vietnam_date(at))
    checked = scans.check(files) if written.state == "signed" else []
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [province_code])
        cursor.execute(_LATEST, [province_code])
        key, before, since = cursor.fetchone() or (0, NONE, None)
        if key != seen:
            raise Conflict("Quy chế vừa được cán bộ khác cập nhật. Hãy xem lại.", code="CHANGED")
        _check_follows(written, before, since)
        words: list[Any] = [province_code, written.state, written.since, written.number]
        words += [written.our_signer, written.their_signer, written.scope, written.note]
        cursor.execute(_ENTER, [*words, at, by.label])
        step_id = int(cursor.fetchone()[0])
        for place, one in enumerate(scans.keep(checked), start=1):
            cursor.execute(_ATTACH, [step_id, place, one.name, one.form, one.size, one.sha256])
        detail = {
            "state": written.state,
            "since": written.since.isoformat(),
            "scans": [one.sha256.hex() for one in checked],
        }
        trail.record_each(
            by,
            "agreement.entered",
            at=at,
            subject_kind="agreement",
            subject_ids=[step_id],
            detail=detail,
        )
    return step_id


def withdraw(step_id: int, province_code: str, *, by: Actor, at: datetime) -> None:
    """Take back the latest step of a province, entered by mistake; it stays in the history.

    Raises NotAllowed outside one's province, Refused (E-STATE) for any other step, NotFound for one of another province.
    """
    refuse_foreign(province_code, by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_LOCK, [province_code])
        cursor.execute(_LATEST, [province_code])
        latest = cursor.fetchone()
        if latest is None or latest[0] != step_id:
            raise Refused("Chỉ bỏ được bước ghi sau cùng.", code="E-STATE", field="buoc")
        cursor.execute(_WITHDRAW, [at, by.label, step_id])
        trail.record_each(
            by,
            "agreement.withdrawn",
            at=at,
            subject_kind="agreement",
            subject_ids=[step_id],
            detail={},
        )


def refuse_foreign(province_code: str, by: Actor) -> None:
    """Raise NotAllowed for who does not answer for the province."""
    if not may_edit_in(by, province_code):
        message = "Chỉ lãnh đạo BHXH của tỉnh, thành phố này được cập nhật."
        raise NotAllowed(message, code="E-PROVINCE-SCOPE", field="tinh")


def _check_follows(step: Step, before: str, since: date | None) -> None:
    if step.state not in NEXT[before]:
        raise Refused(
            f"Quy chế đang ở bước «{STATES_VI[before]}»; không ghi được «{STEPS_VI[step.state]}».",
            code="E-STATE",
            field="buoc",
        )
    if since is not None and step.since < since:
        message = f"Ngày phải từ {day_first(since)} (bước trước) trở đi."
        raise Refused(message, code="E-DATE", field="tu-ngay")


def _checked(step: Step, *, on: date) -> Step:
    """The step as it is kept, once it may be."""
    if step.state not in STEPS_VI:
        raise Refused("Hãy chọn bước.", code="E-STATE", field="buoc")
    latest = on + _AHEAD if step.state == "in_force" else on
    if step.since > latest:
        message = f"Ngày không được sau {day_first(latest)}."
        raise Refused(message, code="E-DATE", field="tu-ngay")
    note = " ".join(step.note.split())[:LONGEST]
    if step.state == "ended" and not note:
        raise Refused("Hãy ghi lý do hết hiệu lực.", code="E-NOTE", field="ghi-chu")
    if step.state != "signed":
        return Step(step.state, step.since, note=note)
    number, ours, theirs = (
        " ".join(text.split())[:LONGEST]
        for text in (step.number, step.our_signer, step.their_signer)
    )
    if not number:
        raise Refused("Hãy ghi số của quy chế.", code="E-NUMBER", field="so")
    if not ours or not theirs:
        raise Refused(
            "Hãy ghi người ký của cả hai bên.",
            code="E-NAME",
            field="nguoi-ky" if not ours else "nguoi-ky-stp",
        )
    if step.scope not in SCOPES_VI:
        raise Refused("Hãy chọn phạm vi.", code="E-SCOPE", field="pham-vi")
    return Step("signed", step.since, number, ours, theirs, step.scope, note)
