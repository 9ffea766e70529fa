"""Hospitals: limits of their look-ups, registered addresses, staff who come and go, suspensions."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q

_SQL = (Path(__file__).parent / "hospitals.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION authz.hospital_door(text, inet);
    DROP TRIGGER accounts_suspension_kept ON accounts_suspension;
    DROP FUNCTION accounts_suspension_kept();
"""


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


def _id() -> models.BigAutoField:  # type: ignore[type-arg]
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _machine(related_name: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to="accounts.machine",
    )


class Migration(migrations.Migration):
    """Two tables, columns on the machine and its staff, and what the gateway may ask."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0005_filters")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddField("machine", "minute_limit", models.IntegerField(db_default=300)),
        migrations.AddField("machine", "day_limit", models.IntegerField(db_default=3_000)),
        migrations.AddField("machine", "miss_limit", models.SmallIntegerField(db_default=20)),
        migrations.AddConstraint(
            "machine",
            models.CheckConstraint(
                condition=Q(minute_limit__gte=0, day_limit__gte=0, miss_limit__range=(1, 50)),
                name="machine_limits",
            ),
        ),
        migrations.AddField("machinestaff", "added_by", models.TextField(db_default="system")),
        migrations.AddField("machinestaff", "added_at", models.DateTimeField(db_default=_now())),
        migrations.AddField("machinestaff", "ended_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="MachineAddress",
            fields=[
                ("id", _id()),
                ("machine", _machine("addresses")),
                ("network", models.TextField()),
                ("note", models.TextField(db_default="")),
                ("added_by", models.TextField()),
                ("added_at", models.DateTimeField(db_default=_now())),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("machine", "network"),
                        condition=Q(ended_at__isnull=True),
                        name="machine_address_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", _id()),
                ("machine", _machine("suspensions")),
                ("reason", models.TextField()),
                ("detail", models.JSONField(default=dict)),
                ("note", models.TextField(db_default="")),
                ("at", models.DateTimeField(db_default=_now())),
                ("by", models.TextField()),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.TextField(db_default="")),
                ("lifted_note", models.TextField(db_default="")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("machine",),
                        condition=Q(lifted_at__isnull=True),
                        name="suspension_one_live",
                    ),
                    models.CheckConstraint(
                        condition=Q(reason__in=("misses", "decoy", "officer")),
                        name="suspension_reason",
                    ),
                    models.CheckConstraint(
                        condition=Q(lifted_at__isnull=True, lifted_by="")
                        | (Q(lifted_at__isnull=False) & ~Q(lifted_by="")),
                        name="suspension_lifted_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
