"""The way of a birth beside many persons who are there already: no step looks at all of them."""

import pytest
from django.db import connection

from lienthong.births import enrolment
from lienthong.database.scope import acting
from lienthong.simulation.benches.enrol import PERSONS
from tests import births
from tests.births import AT, rows

pytestmark = pytest.mark.django_db
_THERE, _NEW = 6_000, 20
# Rows of tables that were read whole, by the table, in this transaction.
_READ_WHOLE = """
    SELECT relname, pg_stat_get_xact_tuples_returned(oid) FROM pg_class
    WHERE relkind = 'r' AND split_part(relname, '_', 1) IN ('persons', 'dossiers', 'births', 'cards', 'collection')
"""


def _read() -> dict[str, int]:
    return dict(rows(_READ_WHOLE))


def test_a_birth_costs_the_same_beside_thousands_of_persons() -> None:
    births.small_country()
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute(PERSONS, {"count": _THERE, "at": AT})
        cursor.execute("ANALYZE persons_person")
    before = _read()
    for number in range(1, _NEW + 1):
        births.send(births.message(number))
    births.run()
    assert rows("SELECT count(*) FROM dossiers_dossier WHERE state = 'APPROVAL_REQUESTED'") == [
        (_NEW,)
    ]
    assert rows("SELECT count(*) FROM persons_unplaced") == [(_NEW,)]
    looked = {name: count - before.get(name, 0) for name, count in _read().items()}
    assert {name: count for name, count in looked.items() if count >= _THERE} == {}
