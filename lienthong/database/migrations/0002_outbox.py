"""The outbox and the alarms."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


def _id() -> models.BigAutoField:  # type: ignore[type-arg]
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    """Two tables, their grants and defaults."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("database", "0001_moves")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", _id()),
                ("kind", models.TextField()),
                ("key", models.TextField()),
                ("version", models.IntegerField()),
                ("payload", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(db_default=_now())),
                ("state", models.TextField(db_default="pending")),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_at", models.DateTimeField(db_default=_now())),
                ("lease_until", models.DateTimeField(null=True)),
                ("fence", models.BigIntegerField(db_default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(db_default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(state="pending"),
                        fields=["kind", "next_at", "id"],
                        name="outbox_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key", "version"), name="outbox_once"),
                    models.CheckConstraint(
                        condition=Q(state__in=("pending", "sent", "dead")), name="outbox_state"
                    ),
                    models.CheckConstraint(
                        condition=Q(sent_at__isnull=False) | ~Q(state="sent"),
                        name="outbox_sent_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", _id()),
                ("name", models.TextField()),
                ("subject", models.TextField()),
                ("detail", models.JSONField(default=dict)),
                ("raised_at", models.DateTimeField(db_default=_now())),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(closed_at__isnull=True),
                        fields=("name", "subject"),
                        name="alarm_once_open",
                    )
                ],
            },
        ),
        migrations.RunSQL(_SQL, migrations.RunSQL.noop),
    ]
