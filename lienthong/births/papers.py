"""Every read of papers that pages ask for: what was entered lately, one paper with its scans, the two sides of a comparison."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births import joining
from lienthong.births.joining import COMPARED, differences, facts_from
from lienthong.database.rows import rows_as
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle
from lienthong.dossiers.lifecycle import TaskOutcome
from lienthong.gateways import findings
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound

_PAPERS = """
    SELECT paper.id, paper.reason, paper.kind, paper.note, paper.entered_at, paper.entered_by, message.id AS message_ref,
           message.message_id, message.state AS message_state, message.code, dossier.id AS dossier_id,
           coalesce(dossier.code, '') AS dossier_code, coalesce(dossier.child_name, '') AS child_name,
           coalesce(dossier.state, '') AS state,
           registration.joined_dossier_id IS NOT NULL AS is_joined
    FROM births_paper AS paper
    JOIN births_message AS message ON message.id = paper.message_id
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    LEFT JOIN dossiers_dossier AS dossier
        ON dossier.id = CASE WHEN registration.dossier_id IS NULL THEN registration.joined_dossier_id
                             ELSE registration.dossier_id END
    WHERE %(only)s = 0 OR paper.id = %(only)s
    ORDER BY paper.id DESC LIMIT %(limit)s
"""
_SCANS_OF = """
    SELECT id, paper_id, place, name, form, size, sha256 FROM births_scan WHERE paper_id = %s ORDER BY place
"""
_SCAN = "SELECT id, paper_id, place, name, form, size, sha256 FROM births_scan WHERE id = %s"
_TASK = """
    SELECT task.id, task.kind, task.detail::text, task.opened_at, task.closed_at, task.closed_by, dossier.id AS dossier_id,
           dossier.code AS dossier_code, dossier.child_name, dossier.message_id, dossier.state
    FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    WHERE task.id = %s AND task.kind = ANY (%s)
"""
_SIDES = """
    SELECT DISTINCT ON (birth.paper_no > 0) birth.paper_no > 0, birth.facts
    FROM births_registration AS registration JOIN births_birth AS birth ON birth.registration_id = registration.id
    WHERE %(dossier)s IN (registration.dossier_id, registration.joined_dossier_id)
    ORDER BY birth.paper_no > 0, birth.version DESC, birth.paper_no DESC
"""
_IN_FORCE = """
    SELECT birth.facts FROM births_registration AS registration
    JOIN births_birth AS birth ON birth.registration_id = registration.id
        AND birth.version = registration.applied_version AND birth.paper_no = registration.applied_paper_no
    WHERE registration.dossier_id = %s
"""
KINDS = (joining.DIFFERS, joining.LOOKALIKE, joining.TWIN_CANCELLED)
FACTS_VI = {
    "full_name": "Họ, chữ đệm, tên",
    "sex": "Giới tính",
    "born_on": "Ngày sinh",
    "personal_id": "Số định danh",
    "birth_notice_code": "Mã giấy chứng sinh",
    "nationality": "Quốc tịch",
    "commune_code": "Nơi đăng ký (mã xã, phường)",
    "book": "Quyển số",
    "number": "Số đăng ký",
    "registered_on": "Ngày đăng ký",
    "mother_name": "Họ tên mẹ",
    "mother_born": "Ngày sinh của mẹ",
    "mother_personal_id": "Số định danh của mẹ",
    "mother_insurance_number": "Mã số BHXH của mẹ",
    "father_name": "Họ tên cha",
    "father_born": "Ngày sinh của cha",
    "father_personal_id": "Số định danh của cha",
    "residence_commune_code": "Nơi cư trú (mã xã, phường)",
    "residence_text": "Địa chỉ cư trú",
    "facility_code": "Nơi đăng ký KCB ban đầu",
}

_SEXES_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper and what became of it; without a dossier while it is new, or outside the actor's area."""

    id: int
    reason: str
    kind: str
    note: str
    entered_at: datetime
    entered_by: str
    message_ref: int
    message_id: str
    message_state: str
    code: str
    dossier_id: int | None
    dossier_code: str
    child_name: str
    state: str
    is_joined: bool

    @property
    def kind_vi(self) -> str:
        """What it asks for."""
        return {"create": "Lập hồ sơ", "correct": "Sửa hồ sơ", "cancel": "Hủy hồ sơ"}[self.kind]

    @property
    def is_pending(self) -> bool:
        """True until the next check has taken it in."""
        return self.message_state == "pending"

    @property
    def standing_vi(self) -> str:
        """Where it stands, in a few words."""
        if self.is_pending:
            return "Đang đưa vào xử lý"
        if self.message_state == "held":
            return "Chờ hai cán bộ cấp tỉnh xác nhận hủy"
        if self.message_state == "quarantined":
            return findings.sentence(self.code)
        if self.is_joined:
            return "Đã nhập vào hồ sơ điện tử của trẻ"
        return lifecycle.LABELS_VI.get(self.state, "Đã tiếp nhận, đang chuyển đến đơn vị cấp thẻ")


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan; `name` is its file on our disk and is shown to nobody."""

    id: int
    paper_id: int
    place: int
    name: str
    form: str
    size: int
    sha256: bytes

    @property
    def size_kb(self) -> int:
        """In kilobytes, rounded up."""
        return -(-self.size // 1024)


@dataclass(frozen=True, slots=True)
class Side:
    """One fact as both sides state it."""

    label_vi: str
    left: str
    right: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A task of a paper, and the two records it is about."""

    id: int
    kind: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    dossier_id: int
    dossier_code: str
    child_name: str
    message_id: str
    state: str
    other_dossier: int | None
    sides: tuple[Side, ...]


def recent(by: Actor, *, limit: int = 50) -> list[PaperLine]:
    """The papers of the actor's area, the newest first. One statement."""
    return _papers(by, 0, limit)


def one(by: Actor, paper_id: int) -> tuple[PaperLine, list[ScanLine]]:
    """A paper and its scans. Raises NotFound outside the actor's area."""
    found = _papers(by, paper_id, 1) if paper_id else []
    if not found:
        raise NotFound("Không có hồ sơ giấy này.")
    with connection.cursor() as cursor:
        cursor.execute(_SCANS_OF, [paper_id])
        return found[0], rows_as(ScanLine, cursor)


def scan(by: Actor, scan_id: int) -> tuple[PaperLine, ScanLine]:
    """A scan and its paper. Raises NotFound outside the actor's area."""
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, [scan_id])
        found = rows_as(ScanLine, cursor)
    if not found:
        raise NotFound("Không có bản quét này.")
    return one(by, found[0].paper_id)[0], found[0]


def comparison(by: Actor, task_id: int) -> Comparison:
    """What a task of a paper is about: the paper and the electronic record, or the two children alike.

    Raises NotFound outside the actor's area. A dossier of another area stays empty on its side.
    """
    del by
    with connection.cursor() as cursor:
        cursor.execute(_TASK, [task_id, list(KINDS)])
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Không có việc này.")
        detail = json.loads(row[2])
        other = detail.get("dossier")
        if other is None:
            cursor.execute(_SIDES, {"dossier": row[6]})
            told = {is_paper: facts_from(facts) for is_paper, facts in cursor.fetchall()}
            left, right = told.get(True), told.get(False)
        else:
            left, right = _in_force(other), _in_force(row[6])
    head: list[Any] = [*row[:2], *row[3:]]
    return Comparison(*[*head, other, tuple(_sides(left, right))])


def close(task_id: int, *, by: Actor, at: datetime) -> None:
    """Say that a comparison was looked at. Raises Conflict when it was closed before, NotFound, NotAllowed."""
    if not by.may(Permission.PAPER_ENTER):
        raise NotAllowed("Bạn không có quyền đóng việc này.", code=str(Permission.PAPER_ENTER))
    comparison(by, task_id)
    done = dossiers.settle_task(
        [task_id], TaskOutcome.DONE, note="Đã đối chiếu hai bên.", by=by, at=at
    )
    if done.refused:
        raise Conflict("Việc này đã được đóng.")


def _papers(by: Actor, only: int, limit: int) -> list[PaperLine]:
    del by
    with connection.cursor() as cursor:
        cursor.execute(_PAPERS, {"only": only, "limit": limit})
        return rows_as(PaperLine, cursor)


def _in_force(dossier_id: int) -> BirthFacts | None:
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [dossier_id])
        row = cursor.fetchone()
    return facts_from(row[0]) if row else None


def _sides(left: BirthFacts | None, right: BirthFacts | None) -> list[Side]:
    changed = differences(left, right) if left and right else []
    told = [(name, _said(left, name), _said(right, name)) for name in COMPARED]
    return [
        Side(FACTS_VI[name], one, other, name in changed)
        for name, one, other in told
        if one or other
    ]


def _said(facts: BirthFacts | None, name: str) -> str:
    value = getattr(facts, name, None)
    if isinstance(value, date):
        return day_first(value)
    return _SEXES_VI.get(str(value), str(value)) if value else ""
