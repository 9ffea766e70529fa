"""Mergers as dated acts, their cut-over unit by unit, and the days on the way from a code to its heir."""

from pathlib import Path
from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q

_SQL = (Path(__file__).parent / "acts.sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION catalogues_act_kept() CASCADE"
_STATES = ("draft", "confirmed", "entered", "applied", "undo_asked", "undone", "dropped")


def _key() -> "models.BigAutoField[int, int]":
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    """Acts, cut-overs, and the route's days."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("catalogues", "0002_declarations")]
    operations: ClassVar[list[Operation]] = [
        # Without it a join by code alone may read the whole list for each of its rows.
        migrations.AddIndex("division", models.Index(fields=["code"], name="division_code")),
        migrations.AddField(
            "route",
            "path_days",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.DateField(), default=list, size=None
            ),
        ),
        migrations.AddField("route", "split_on", models.DateField(null=True)),
        migrations.AddField("route", "resolved_since", models.DateField(null=True)),
        migrations.CreateModel(
            name="Act",
            fields=[
                ("id", _key()),
                ("number", models.TextField()),
                ("effective", models.DateField()),
                ("source", models.TextField()),
                ("rows", models.JSONField()),
                ("rows_sha256", models.BinaryField()),
                ("state", models.TextField(default="draft")),
                ("cutover_at", models.DateTimeField(null=True)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.TextField()),
                ("forecast_asked_at", models.DateTimeField(null=True)),
                ("forecast_at", models.DateTimeField(null=True)),
                ("forecast", models.JSONField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.TextField(default="")),
                ("applied_at", models.DateTimeField(null=True)),
                ("undo_asked_at", models.DateTimeField(null=True)),
                ("undo_asked_by", models.TextField(default="")),
                ("undone_at", models.DateTimeField(null=True)),
                ("trouble_vi", models.TextField(default="")),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogues.act",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=_STATES), name="act_state"),
                    models.CheckConstraint(condition=~Q(number=""), name="act_has_number"),
                    models.CheckConstraint(
                        condition=Q(confirmed_at__isnull=False) | Q(state__in=("draft", "dropped")),
                        name="act_confirmed_before_entered",
                    ),
                    models.UniqueConstraint(
                        fields=["effective", "rows_sha256"],
                        condition=~Q(state__in=("dropped", "undone")),
                        name="act_once",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Cutover",
            fields=[
                ("id", _key()),
                ("kind", models.TextField(default="apply")),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("moved_count", models.IntegerField(default=0)),
                ("kept_count", models.IntegerField(default=0)),
                ("waiting_count", models.IntegerField(default=0)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cutovers",
                        to="catalogues.act",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogues.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["act", "kind", "unit"], nulls_distinct=False, name="cutover_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(kind__in=("apply", "undo")), name="cutover_kind"
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["at"], condition=Q(done_at__isnull=True), name="cutover_due"
                    )
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
