"""The bytes of a sealed entry, read back without a database, are what PostgreSQL holds."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from lienthong.audit import chain
from lienthong.audit.canonical import entry_of

pytestmark = pytest.mark.django_db
_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)
_BYTES = sql.SQL(
    "SELECT {canonical} FROM (SELECT 7::bigint AS id, %(at)s::timestamptz AS at, %(decided)s::timestamptz AS decided_at,"
    " 9::bigint AS xact, %(by)s::text AS by, 1::bigint AS account_id, %(by)s::text AS action,"
    " %(kind)s::text AS subject_kind, %(subject)s::bigint AS subject_id, %(kind)s::text AS purpose,"
    " %(fields)s::text[] AS fields, ''::text AS request_id, %(detail)s::jsonb AS detail, %(digest)s::bytea AS digest)"
    " AS entry"
).format(canonical=chain.CANONICAL)


@settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    decided=st.none() | st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC)),
    by=_TEXT,
    kind=_TEXT,
    subject=st.none() | st.integers(-(2**63), 2**63 - 1),
    fields=st.lists(_TEXT, max_size=4),
    digest=st.none() | st.binary(max_size=40),
)
def test_every_field_comes_back(**told: Any) -> None:
    detail = '{"batch": 12, "mã": "é"}'
    with connection.cursor() as cursor:
        cursor.execute(_BYTES, told | {"detail": detail})
        canonical = bytes(cursor.fetchone()[0])
    entry = entry_of(canonical)
    assert (entry.id, entry.at, entry.decided_at, entry.by, entry.action) == (
        7,
        told["at"],
        told["decided"],
        told["by"],
        told["by"],
    )
    assert (entry.subject_kind, entry.subject_id, entry.fields, entry.digest) == (
        told["kind"],
        told["subject"],
        tuple(told["fields"]),
        told["digest"],
    )
    assert entry.detail == {"batch": 12, "mã": "é"}
    for cut in (canonical[:-1], canonical + b"\0", b"", canonical[4:]):
        with pytest.raises(ValueError):
            entry_of(cut)
