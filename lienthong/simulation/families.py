"""Families of the demo that gave an address: some agreed to every notice, some wrote it wrong.

Fictional people; the addresses lead to the relay of `posts`, which delivers nothing.
"""

from datetime import datetime

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.kernel.names import fold_key
from lienthong.notices import contacts
from lienthong.notices.contacts import Reach
from lienthong.simulation.posts import BUSY_DOMAIN, NO_SUCH_DOMAIN

_MOST = 150
_LATELY = """
    SELECT person.id, coalesce(nullif(person.mother_name, ''), nullif(person.father_name, ''), 'Gia đình')
    FROM persons_person AS person
    WHERE EXISTS (SELECT 1 FROM cards_card AS card WHERE card.person_id = person.id AND card.province_code = %s)
    ORDER BY person.id DESC LIMIT %s
"""


def give_addresses(province: str, *, by: Actor, at: datetime) -> int:
    """Enter addresses for the newest children of a province that have none; how many. Safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [province, _MOST])
        found = cursor.fetchall()
    return sum(_give(person_id, name, by=by, at=at) for person_id, name in found)


def _give(person_id: int, name: str, *, by: Actor, at: datetime) -> bool:
    subject = ("person", person_id)
    if contacts.current(subject, by=by):
        return False
    user = f"{fold_key(name).replace(' ', '.')}.{person_id}"
    reach = Reach("email", f"{user}@{_domain(person_id)}", name, wants_optional=person_id % 5 != 0)
    return contacts.change(subject, reach, by=by, at=at)


def _domain(number: int) -> str:
    """One in nine does not exist, one in eleven is busy."""
    if number % 9 == 0:
        return NO_SUCH_DOMAIN
    return BUSY_DOMAIN if number % 11 == 0 else "thu.example"
