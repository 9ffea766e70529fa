"""Every column has its class, and no table about people is open to a page without row-level security."""

import pytest
from django.apps import apps
from django.db import connection

from lienthong.database import privacy
from lienthong.database.privacy import Privacy

COLUMNS = {
    model._meta.db_table: {field.column for field in model._meta.concrete_fields}
    for model in apps.get_models()
    if model.__module__.startswith("lienthong.")
}
_COLLEAGUES = "officers know their colleagues by name; the account pages and the log name them"
_REFERENCE = "the ministries' door tells a repeat from a conflict: a reference, no name and no date"
_CODE = (
    "a code of the other side: gateways keep its words, which may repeat an address, to themselves"
)
NOT_BY_AREA = {
    "accounts_officer.username": _COLLEAGUES,
    "accounts_officer.full_name": _COLLEAGUES,
    "accounts_officer.person_key": _COLLEAGUES,
    "births_message.message_id": _REFERENCE,
    "births_message.commune_code": _REFERENCE,
    "database_outbox.answer": _CODE,
    "database_outbox.key": _REFERENCE,
}


def test_every_column_is_classed_and_every_class_has_its_column() -> None:
    classed = {table: set(columns) for table, columns in privacy.classes().items()}
    assert {
        t: sorted(c - classed.get(t, set()))
        for t, c in COLUMNS.items()
        if c - classed.get(t, set())
    } == {}
    assert {
        t: sorted(c - COLUMNS.get(t, set()))
        for t, c in classed.items()
        if c - COLUMNS.get(t, set())
    } == {}


def test_columns_that_name_people_are_never_plain() -> None:
    telling = (
        "full_name",
        "child_name",
        "mother",
        "father",
        "guardian",
        "personal_id",
        "born_on",
        "address",
        "body",
    )
    bad = [
        f"{table}.{column}"
        for table, columns in privacy.classes().items()
        for column, said in columns.items()
        if said is Privacy.PLAIN and column.startswith(telling) and not column.endswith("_sha256")
    ]
    assert bad == []


@pytest.mark.django_db
def test_what_pages_read_of_people_is_held_by_area() -> None:
    """Row-level security, or no right to read the column at all; the list names the rest with its reason."""
    told = [
        (table, column)
        for table, columns in privacy.classes().items()
        for column, said in columns.items()
        if said is not Privacy.PLAIN
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT told.table_name || '.' || told.column_name
               FROM unnest(%s::text[], %s::text[]) AS told (table_name, column_name)
               JOIN pg_class ON relname = told.table_name AND relkind = 'r' AND NOT relrowsecurity
               WHERE has_column_privilege('lienthong_web', pg_class.oid, told.column_name, 'SELECT')""",
            [list(column) for column in zip(*told, strict=True)],
        )
        open_columns = {row[0] for row in cursor.fetchall()}
    assert open_columns == set(NOT_BY_AREA)
