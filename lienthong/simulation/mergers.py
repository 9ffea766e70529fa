"""A merger that waits as a dry run, for the demo: some communes of Hà Nội with open dossiers, on the first of a month.

Fictional: no such resolution exists. Chosen so that the dry run has something of everything: a busy commune whose cards are
being made, and the ones that an office had forgotten or declared twice, of which one joins another, one is divided and
one becomes a new commune without a unit.
"""

from datetime import datetime

from django.db import connection

from lienthong.births import enrolment, rerouting
from lienthong.catalogues import acts, edges, units
from lienthong.catalogues.acts import Heading
from lienthong.catalogues.sheets import Sheet, SheetRow
from lienthong.kernel.dates import first_of_next_month, vietnam_date
from lienthong.simulation.geography import CAPITAL
from lienthong.simulation.places import SHOWN_COMMUNE

NUMBER = "Dự thảo nghị quyết mẫu"
_NEW_CODE, _NEW_NAME = "10990", "Phường Mẫu Mới"
"""A code that no commune has ever had."""
_ROLES = 2
"""Busy communes that take part at least, and forgotten ones."""
_BUSY = """
    SELECT resolved_commune_code FROM dossiers_dossier
    WHERE province_code = %s AND resolved_commune_code NOT IN ('', %s) AND closed_on IS NULL AND unit_id IS NOT NULL
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3
"""


def foretell(*, at: datetime) -> int | None:
    """Enter the draft and its dry run once; its id, None where too few communes have open dossiers."""
    known = [it for it in acts.acts() if it.number == NUMBER]
    if known:
        return known[0].id
    on = vietnam_date(at)
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, [CAPITAL, SHOWN_COMMUNE])
        busy = [row[0] for row in cursor.fetchall()]
    faulty = [it for it in units.undeclared(on) if it.province_code == CAPITAL]
    forgotten = [it.commune_code for it in faulty if not it.unit_count]
    doubled = [it.commune_code for it in faulty if it.unit_count]
    if len(busy) < _ROLES or len(forgotten) < _ROLES or not doubled:
        return None
    heir, joins, *_ = busy
    rows = (
        (joins, heir, "whole", "Nhập toàn bộ", "", ""),
        (forgotten[0], heir, "whole", "Nhập toàn bộ", "", ""),
        (forgotten[1], heir, "part", "Nhập một phần", "", ""),
        (forgotten[1], busy[-1], "part", "Nhập một phần", "", ""),
        (doubled[0], _NEW_CODE, "whole", "Thành lập phường mới", _NEW_NAME, CAPITAL),
    )
    by = enrolment.system()
    heading = Heading(NUMBER, first_of_next_month(on), "dữ liệu mẫu")
    act_id = acts.enter(_sheet(rows), heading, by=by, at=at)
    rerouting.forecast(act_id, by=by, at=at)
    return act_id


def _sheet(rows: tuple[tuple[str, ...], ...]) -> Sheet:
    columns = (*edges.COLUMNS, *edges.OPTIONAL)
    names = ("old_code", "new_code", "kind", "note", "new_name", "new_province_code")
    lines = (
        SheetRow(line, dict.fromkeys(columns, "") | dict(zip(names, row, strict=True)))
        for line, row in enumerate(rows, start=2)
    )
    return Sheet(columns, tuple(lines), ())
