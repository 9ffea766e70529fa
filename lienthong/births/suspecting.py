"""An officer reports that two persons may be one: named by a number of any time or a dossier's code, for a written reason.

What comes of it is a pair at the review desk like any other (`persons.pairs`). Not for what the system finds by itself.
"""

from datetime import datetime

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.births.repairsides import person_named
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.persons import pairs
from lienthong.persons.pairs import OFFICER, Suspected

# The two as they stand, and whether the asker answers for one of them.
_PAIR = """
    SELECT pair.low, pair.high,
           authz.everywhere() OR pair.area_low = ANY (authz.areas()) OR pair.area_high = ANY (authz.areas())
    FROM persons_pair_of(%s, %s) AS pair
"""
_NEWEST = """
    SELECT id FROM persons_pair WHERE low_id = %s AND high_id = %s ORDER BY state IN ('open', 'later') DESC, id DESC LIMIT 1
"""
MOST_REASON = 300
NOBODY_VI = (
    "Không tìm thấy đúng một người theo số này trong địa bàn của bạn."
    " Hãy nhập mã số BHXH, số định danh hoặc mã hồ sơ."
)
ONE_VI = "Hai số này là của cùng một người trong hệ thống: không có gì phải gộp."
REASON_VI = "Hãy ghi vì sao cho rằng hai hồ sơ là của một người."


def suspect(one: str, other: str, reason: str, *, by: Actor, at: datetime) -> tuple[int, bool]:
    """Put the two before the review desk: the pair's id, and whether it is new. Who is asked about already is not again.

    Raises NotAllowed, and Refused with the field: nobody or several found (`mot`, `hai`), one person, no reason (`ly-do`).
    """
    if not by.may(Permission.PERSON_REVIEW):
        said = "Bạn không có quyền báo hai người nghi trùng."
        raise NotAllowed(said, code=str(Permission.PERSON_REVIEW))
    with acting(by, at=at):
        persons = [_person(by, one, "mot"), _person(by, other, "hai")]
        words = reason.strip()[:MOST_REASON]
        if not words:
            raise Refused(REASON_VI, code="REASON", field="ly-do")
        low, high = _pair(persons)
        row = Suspected(low, high, OFFICER, reason=words)
        is_new = pairs.open_pairs([row], by=by, at=at) == 1
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST, [low, high])
            pair_id = int(cursor.fetchone()[0])
        if is_new:
            trail.record(by, "pair.reported", at=at, subject_kind="pair", subject_id=pair_id)
    return pair_id, is_new


def _person(by: Actor, text: str, field: str) -> int:
    found = person_named(by, text)
    if found is None:
        raise Refused(NOBODY_VI, code="PERSON", field=field)
    return found


def _pair(persons: list[int]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_PAIR, persons)
        row = cursor.fetchone()
    if row is None:
        raise Refused(ONE_VI, code="ONE_PERSON", field="hai")
    if not row[2]:
        raise Refused(NOBODY_VI, code="PERSON", field="mot")
    return int(row[0]), int(row[1])
