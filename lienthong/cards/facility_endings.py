"""Facilities whose contract is about to end: the children registered there, and the word to the province.

A card stays as it is when its facility's contract ends; the family may choose another by an exchange of facility.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from lienthong.accounts.permissions import Role
from lienthong.catalogues import facility_desk_lines
from lienthong.catalogues.facility_desk_lines import FacilityLine, Filter, Wanted
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first
from lienthong.notices import actions as notices
from lienthong.notices.actions import News

TELLS_BEFORE = (timedelta(days=30), timedelta(days=60))
"""How long before the end the province is told, each once."""
_MOST = 5_000
_COUNTS = """
    SELECT facility_code, count(*) FROM cards_card
    WHERE facility_code = ANY (%s) AND status = 'active' AND valid @> %s::date GROUP BY facility_code
"""
_CHILDREN = """
    SELECT card.id, card.code, card.full_name, card.born_on, unit.name AS unit_name, card.dossier_id,
           dossier.message_id
    FROM cards_card AS card
    JOIN catalogues_unit AS unit ON unit.id = card.unit_id
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE card.facility_code = %s AND card.status = 'active' AND card.valid @> %s::date AND card.id > %s
    ORDER BY card.id LIMIT %s
"""
_OFFICERS = """
    SELECT wanted.code, catalogues_province_on(wanted.province_code, %(on)s) AS province_code,
           ARRAY(SELECT officer.id FROM accounts_officer AS officer
                 WHERE officer.role = %(role)s AND officer.is_active AND officer.unit_code = ''
                   AND officer.province_code = catalogues_province_on(wanted.province_code, %(on)s)
                 ORDER BY officer.id) AS officers
    FROM unnest(%(codes)s::text[], %(provinces)s::text[]) AS wanted (code, province_code)
"""


@dataclass(frozen=True, slots=True)
class RegisteredChild:
    """A child whose card names the facility."""

    id: int
    code: str
    full_name: str
    born_on: date
    unit_name: str
    dossier_id: int
    message_id: str


def child_counts(by: Actor, codes: Collection[str], *, on: date) -> dict[str, int]:
    """How many children in the actor's area have each of these facilities on their card of the day. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [list(codes), on])
        return dict(cursor.fetchall())


def children(
    by: Actor, code: str, *, on: date, after: int = 0, limit: int = 50
) -> list[RegisteredChild]:
    """The children in the actor's area whose card of the day names the facility, by card. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_CHILDREN, [code, on, after, limit])
        return rows_as(RegisteredChild, cursor)


def tell(*, by: Actor, at: datetime, on: date) -> int:
    """Tell each province, 60 and 30 days before, of a contract that ends with none to follow; how many notices.

    Each is told once for ever, however often this runs: `notices.actions.tell`. A run of later contracts without a break
    is no end.
    """
    wanted = Wanted(state=Filter.ENDING)
    with acting(by, at=at):
        ending = facility_desk_lines.facilities(by, wanted=wanted, on=on, limit=_MOST)
        if not ending:
            return 0
        counts = child_counts(by, [it.code for it in ending], on=on)
        officers = _officers(ending, on)
        news = [
            _news(line, officers[line.code], counts.get(line.code, 0), on)
            for line in ending
            if officers[line.code][1]
        ]
        return notices.tell(news, by=by, at=at)


def _news(
    line: FacilityLine, told: tuple[str, tuple[int, ...]], child_count: int, on: date
) -> News:
    province, officers = told
    last = line.last or on
    before = next((it.days for it in TELLS_BEFORE if last - on <= it), TELLS_BEFORE[-1].days)
    words = {
        "facility": line.name,
        "code": line.code,
        "last": day_first(last),
        "days": str((last - on).days),
        "count": str(child_count),
    }
    key = f"contract-ends:{line.code}:{last.isoformat()}:{before}"
    return News("CONTRACT_ENDS", key, ("facility", line.id), -int(province), words, officers)


def _officers(lines: Collection[FacilityLine], on: date) -> dict[str, tuple[str, tuple[int, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _OFFICERS,
            {
                "on": on,
                "role": str(Role.PROVINCE),
                "codes": [it.code for it in lines],
                "provinces": [it.province_code for it in lines],
            },
        )
        return {code: (province or "0", tuple(ids)) for code, province, ids in cursor.fetchall()}
