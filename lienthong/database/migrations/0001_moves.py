"""The allowed moves and the law as rows."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_GRANTS = """
CREATE SEQUENCE database_event_batch;
DO $$
BEGIN
    CREATE ROLE lienthong_web NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$
BEGIN
    CREATE ROLE lienthong_worker NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT SELECT ON database_move, database_law_stamp, database_law_validity TO lienthong_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON database_move, database_law_stamp, database_law_validity TO lienthong_worker;
"""


class Migration(migrations.Migration):
    """First tables."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "machine",
                        "from_state",
                        "to_state",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("machine", models.TextField()),
                ("from_state", models.TextField()),
                ("to_state", models.TextField()),
            ],
            options={"db_table": "database_move"},
        ),
        migrations.CreateModel(
            name="LawStamp",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("version", models.TextField()),
                ("on_day", models.DateField()),
            ],
            options={"db_table": "database_law_stamp"},
        ),
        migrations.CreateModel(
            name="LawValidity",
            fields=[
                ("birth_date", models.DateField(primary_key=True, serialize=False)),
                ("first_day", models.DateField()),
                ("end_day", models.DateField()),
                ("five_year_on", models.DateField()),
            ],
            options={"db_table": "database_law_validity"},
        ),
        migrations.RunSQL(_GRANTS, migrations.RunSQL.noop),
    ]
