"""Carries the word about letters and replies to the officers of a province and of the centre (notices).

Each is written in the transaction of what it tells. Who signs for a province is told as its director; who may answer, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db import connection

from lienthong.accounts.permissions import GRANTS, Permission
from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import day_first, vietnam_date
from lienthong.notices import actions as notices
from lienthong.notices.actions import News

WHOLE_COUNTRY: Final = 0
"""The area of what only the centre sees."""
_LETTER = "SELECT number, subject FROM oversight_directive WHERE id = %s"
_ADDRESSEES = """
    SELECT addressee.id, addressee.province_code, addressee.province_name, addressee.due_on,
           ARRAY(SELECT officer.id FROM accounts_officer AS officer
                 WHERE officer.is_active AND officer.unit_code = '' AND officer.role = ANY (%(roles)s)
                   AND officer.province_code = catalogues_province_on(addressee.province_code, %(on)s)
                 ORDER BY officer.id) AS officers
    FROM oversight_addressee AS addressee
    WHERE addressee.directive_id = %(directive)s
      AND (%(asked)s::bigint[] IS NULL OR addressee.id = ANY (%(asked)s))
    ORDER BY addressee.id
"""
_OF_CENTRE = """
    SELECT id FROM accounts_officer WHERE is_active AND province_code = '' AND role = ANY (%s) ORDER BY id
"""
_BY_NAME = "SELECT id FROM accounts_officer WHERE is_active AND 'officer:' || username = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Told:
    """A province with the officers who are told for it."""

    id: int
    province_code: str
    province_name: str
    due_on: date
    officers: list[int]


def issued(directive_id: int, *, by: Actor, at: datetime) -> int:
    """Tell every province that a letter has come. How many notices."""
    told = addressees(directive_id, None, Permission.DIRECTIVE_ANSWER, at=at)
    return _tell("DIRECTIVE_ISSUED", directive_id, told, key="issued", by=by, at=at)


def extended(
    directive_id: int, addressee_ids: Sequence[int], addendum_id: int, *, by: Actor, at: datetime
) -> int:
    """Tell these provinces that a letter was added to, with the day that holds now. How many notices."""
    told = addressees(directive_id, addressee_ids, Permission.DIRECTIVE_ANSWER, at=at)
    key = f"added:{addendum_id}"
    return _tell("DIRECTIVE_EXTENDED", directive_id, told, key=key, by=by, at=at)


def reminded(
    directive_id: int, addressee_ids: Sequence[int], level: str, *, by: Actor, at: datetime
) -> dict[int, int]:
    """Remind these provinces: the office, or the directors alone. How many officers each addressee has to be told."""
    needs = Permission.DIRECTIVE_SIGN if level == "director" else Permission.DIRECTIVE_ANSWER
    kind = "DIRECTIVE_DIRECTOR" if level == "director" else "DIRECTIVE_REMINDER"
    told = addressees(directive_id, addressee_ids, needs, at=at)
    key = f"{level}:{vietnam_date(at).isoformat()}"
    _tell(kind, directive_id, told, key=key, by=by, at=at)
    return {it.id: len(it.officers) for it in told}


def presented(
    directive_id: int, addressee_id: int, reply_id: int, *, by: Actor, at: datetime
) -> int:
    """Tell the directors that a reply waits for a signature. How many notices."""
    told = addressees(directive_id, [addressee_id], Permission.DIRECTIVE_SIGN, at=at)
    key = f"presented:{reply_id}:{at.isoformat()}"
    return _tell("DIRECTIVE_PRESENTED", directive_id, told, key=key, by=by, at=at)


def returned(
    directive_id: int, addressee_id: int, writers: Sequence[str], *, by: Actor, at: datetime
) -> int:
    """Tell those who wrote a reply that the director wants it changed. How many notices."""
    told = _to(directive_id, addressee_id, writers, at)
    if not told[0].officers:  # who wrote it has left: whoever may answer goes on
        (found,) = addressees(directive_id, [addressee_id], Permission.DIRECTIVE_ANSWER, at=at)
        told = [replace(found, officers=[it for it in found.officers if it != by.account_id])]
    key = f"returned:{at.isoformat()}"
    return _tell("DIRECTIVE_RETURNED", directive_id, told, key=key, by=by, at=at)


def replied(directive_id: int, addressee_id: int, version: int, *, by: Actor, at: datetime) -> int:
    """Tell who issued the letter that a province has replied, or corrected its reply. How many notices.

    Where he has left, everybody at the centre who may issue letters.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT issued_by FROM oversight_directive WHERE id = %s", [directive_id])
        issuer = cursor.fetchone()[0]
    told = _to(directive_id, addressee_id, [issuer], at)
    if not told[0].officers:
        told = [replace(told[0], officers=_centre())]
    key = f"replied:{version}"
    return _tell("DIRECTIVE_REPLIED", directive_id, told, key=key, by=by, at=at)


def unreached(directive_id: int, *, at: datetime) -> list[str]:
    """The provinces of a letter in which no account may answer it: nothing on a page reaches them. One statement."""
    told = addressees(directive_id, None, Permission.DIRECTIVE_ANSWER, at=at)
    return [it.province_name for it in told if not it.officers]


def addressees(
    directive_id: int, addressee_ids: Sequence[int] | None, needs: Permission, *, at: datetime
) -> list[Told]:
    """The addressees of a letter (None: all) with the officers of each province's office who hold a permission. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ADDRESSEES,
            {
                "directive": directive_id,
                "asked": None if addressee_ids is None else list(addressee_ids),
                "roles": _roles(needs),
                "on": vietnam_date(at),
            },
        )
        return rows_as(Told, cursor)


def _roles(needs: Permission) -> list[str]:
    return [str(role) for role, granted in GRANTS.items() if needs in granted]


def _centre() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_OF_CENTRE, [_roles(Permission.DIRECTIVE_ISSUE)])
        return [row[0] for row in cursor.fetchall()]


def _to(directive_id: int, addressee_id: int, labels: Sequence[str], at: datetime) -> list[Told]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_NAME, [sorted(set(labels))])
        officers = [row[0] for row in cursor.fetchall()]
    (found,) = addressees(directive_id, [addressee_id], Permission.DIRECTIVE_SIGN, at=at)
    return [Told(found.id, found.province_code, found.province_name, found.due_on, officers)]


def _tell(
    kind: str, directive_id: int, told: Sequence[Told], *, key: str, by: Actor, at: datetime
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LETTER, [directive_id])
        number, subject = cursor.fetchone()
    news = [
        News(
            kind,
            f"directive:{directive_id}:{it.province_code}:{key}",
            ("directive", directive_id),
            WHOLE_COUNTRY if kind == "DIRECTIVE_REPLIED" else -int(it.province_code),
            {
                "number": number,
                "subject": subject,
                "province": it.province_name,
                "until": day_first(it.due_on),
            },
            tuple(it.officers),
        )
        for it in told
        if it.officers
    ]
    return notices.tell(news, by=by, at=at)
