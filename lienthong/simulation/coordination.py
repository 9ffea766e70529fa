"""The demo's coordination with the Departments of Justice: agreements in every state, and one province that has paused.

Fictional people only; the scans are one blank page each.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from lienthong.births import enrolment
from lienthong.catalogues import queries
from lienthong.kernel.dates import vietnam_date
from lienthong.oversight import agreements, connections
from lienthong.oversight.agreements import Step
from lienthong.oversight.connections import Declaration
from lienthong.simulation.statements import SILENT

_NONE, _DRAFTING, _PART, _ENDED = "04", "11", "12", "92"
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đỗ")
_PAGE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n165\n%%EOF\n"
)


def agree(*, at: datetime) -> int:
    """Enter the agreements once, and one declaration; how many provinces have any step."""
    by = enrolment.system()
    on = vietnam_date(at)
    provinces = [it.code for it in queries.provinces(by, on=on)]
    if any(it.since for it in agreements.standings(by, on=on)):
        return 0
    for number, code in enumerate(provinces):
        key = 0
        for days, step in _steps(code, number, on):
            files = [_PAGE] if step.state == "signed" else []
            written = replace(step, since=on - timedelta(days=days))
            key = agreements.enter(code, written, files, seen=key, by=by, at=at)
    said = Declaration(
        is_connected=False,
        since=on - timedelta(days=1),
        reason="PAUSED",
        plan="Nâng cấp phần mềm tại 12 xã, chạy thử rồi liên thông trở lại",
        planned_on=on + timedelta(days=10),
    )
    connections.declare(SILENT, said, seen=0, by=by, at=at)
    return len(provinces) - 1


def _steps(code: str, number: int, on: date) -> list[tuple[int, Step]]:
    """The steps of a province, each with how many days ago it was."""
    if code == _NONE:
        return []
    steps = [(320 + number, Step("drafting", on))]
    if code == _DRAFTING:
        return steps
    signed = Step(
        "signed",
        on,
        f"{100 + number}/QCPH-BHXH-STP",
        f"{_SURNAMES[number % len(_SURNAMES)]} Thị Bảo",
        f"{_SURNAMES[(number + 3) % len(_SURNAMES)]} Văn Tư",
        "part" if code == _PART else "whole",
    )
    steps += [(300 + number, signed), (290 + number, Step("in_force", on))]
    if code == _ENDED:
        steps.append((20, Step("ended", on, note="Hết thời hạn 01 năm, chưa ký lại")))
    return steps
