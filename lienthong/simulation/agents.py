"""Two collection agents of the demo's home province, some people of whom facts are missing, and what one agent has brought.

Fictional people. The agents' accounts join those of the demo's file.
"""

import json
import secrets
from datetime import datetime
from pathlib import Path

from django.db import connection

from lienthong.accounts import actions as accounts
from lienthong.accounts import agencies
from lienthong.accounts.permissions import Role
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.persons import completeness

_MOST = 2
_BUSIEST = """
    SELECT unit.code, unit.province_code, array_agg(home.commune_code ORDER BY home.count DESC, home.commune_code)
    FROM (SELECT area, commune_code, count(*) AS count FROM persons_household
          WHERE closed_on IS NULL AND area > 0 GROUP BY area, commune_code) AS home
    JOIN catalogues_unit AS unit ON unit.id = home.area
    WHERE unit.province_code = %s
    GROUP BY unit.id ORDER BY sum(home.count) DESC, unit.code LIMIT %s
"""
# As in every office: a few were entered without a relation, an address, a personal id.
_FORGET_ADDRESS = """
    UPDATE persons_household SET address = ''
    WHERE id %% 7 = 3 AND commune_code = ANY (%s)
"""
_FORGET_ID = """
    UPDATE persons_person SET personal_id = NULL
    WHERE isempty(entitled) AND id %% 3 = 1
      AND id IN (SELECT member.person_id FROM persons_member AS member
                 JOIN persons_household AS home ON home.id = member.household_id
                 WHERE home.commune_code = ANY (%s))
"""
_BRING = """
    INSERT INTO persons_proposal (person_id, household_id, field, value, value_before, criterion, note, agency_id,
                                  commune_code, area, state, made_by, made_at)
    SELECT DISTINCT ON (person.id) person.id, home.id, 'personal_id', entry.personal_id, '', 'SO-DINH-DANH',
           'Thẻ căn cước', %(agency)s, home.commune_code, home.area, 'proposed', %(by)s, %(at)s
    FROM persons_person AS person
    JOIN persons_member AS member ON member.person_id = person.id AND NOT member.is_void AND upper_inf(member.during)
    JOIN persons_household AS home ON home.id = member.household_id
    JOIN persons_entry AS entry ON entry.person_id = person.id AND entry.source = 'household' AND entry.personal_id <> ''
    WHERE home.commune_code = ANY (%(communes)s) AND person.personal_id IS NULL
    ORDER BY person.id LIMIT 6
"""
_NAMES = (
    ("dai-ly-01", "Nguyễn Thị Bưu", "003191000021"),
    ("dai-ly-02", "Trần Văn Điện", "003089000022"),
)


def open_some(file: Path, province: str, *, by: Actor, at: datetime) -> dict[str, str]:
    """Open an agency in each of the two busiest units, with one agent each; every password of the file. Safe to run twice."""
    passwords: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    if _NAMES[0][0] in passwords:
        return passwords
    with connection.cursor() as cursor:
        cursor.execute(_BUSIEST, [province, _MOST])
        units = cursor.fetchall()
    for (unit, of_province, communes), (username, name, number) in zip(units, _NAMES, strict=False):
        key = agencies.open_agency(
            f"BD-{unit}", f"Bưu điện khu vực {unit[-3:]}", unit, by=by, at=at
        )
        for commune in communes[:3]:
            agencies.add_commune(key, commune, by=by, at=at)
        passwords[username] = secrets.token_urlsafe(12)
        new = accounts.NewOfficer(username, name, number, Role.AGENT, of_province, unit, key)
        accounts.create_officer(new, passwords[username], by=by, at=at)
        with acting(by, at=at), connection.cursor() as cursor:
            cursor.execute(_FORGET_ADDRESS, [communes[:3]])
            cursor.execute(_FORGET_ID, [communes[:3]])
            brought = {
                "agency": key, "by": f"officer:{username}", "at": at, "communes": communes[:3],
            }  # fmt: skip
            cursor.execute(_BRING, brought)
    completeness.tally(by=by, at=at)
    file.write_text(json.dumps(passwords, ensure_ascii=False, indent=2), encoding="utf-8")
    return passwords
