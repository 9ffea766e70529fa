"""When each task of the worker last ran; the trace of whatever owes a call; what readiness may ask."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models.functions import Coalesce

_GRANTS = """
GRANT SELECT ON database_gauge TO lienthong_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON database_gauge TO lienthong_worker;
GRANT SELECT ON database_pulse TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON database_pulse TO lienthong_worker;
GRANT SELECT ON django_migrations TO lienthong_web, lienthong_worker;
"""


class Migration(migrations.Migration):
    """Two small tables, and a column whose default is no rewrite: the setting is read once for the rows there are."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("database", "0006_name_keys")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Pulse",
            fields=[
                ("task", models.TextField(primary_key=True, serialize=False)),
                ("ran_at", models.DateTimeField()),
                ("moved_count", models.BigIntegerField(db_default=0, default=0)),
                ("failed_count", models.BigIntegerField(db_default=0, default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Gauge",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name",
                        "label",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.TextField()),
                ("label", models.TextField()),
                ("value", models.FloatField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="outbox",
            name="trace",
            field=models.TextField(
                db_default=Coalesce(
                    models.Func(
                        models.Value("lienthong.trace"),
                        models.Value(True),
                        function="current_setting",
                    ),
                    models.Value(""),
                )
            ),
        ),
        migrations.RunSQL(_GRANTS, migrations.RunSQL.noop),
    ]
