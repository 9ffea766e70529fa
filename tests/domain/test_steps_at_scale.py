"""The way of a birth beside many persons who are there already: no step looks at all of them."""

import pytest
from django.db import connection

from lienthong.births import enrolment
from lienthong.database.scope import acting
from tests import births
from tests.births import AT, rows

pytestmark = pytest.mark.django_db
_THERE, _NEW = 6_000, 20
_PERSONS = """
    INSERT INTO persons_person (
        full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status, birth_notice_code,
        mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    SELECT 'Người ' || n, 'nguoi ' || n, 'nguoi ' || n, %(at)s::date - (n %% 2000)::integer, 'female', 'VN',
           (800000000000 + n)::text, '', 'K' || n, '', '', '', '', '', '', '', '', '00004', '',
           daterange(%(at)s::date - (n %% 2000)::integer, %(at)s::date + 100), %(at)s
    FROM generate_series(1, %(count)s::bigint) AS n
"""
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
        cursor.execute(_PERSONS, {"count": _THERE, "at": AT})
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
