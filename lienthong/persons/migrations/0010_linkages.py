"""Linkages of whole registers that officers start and watch, and what each tied."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "linkages.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("persons", "0009_completeness"),
    ]

    operations = [
        migrations.CreateModel(
            name="Linkage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("left", models.TextField()),
                ("right", models.TextField()),
                ("engine", models.TextField(default="duckdb")),
                ("certain_from", models.FloatField(db_default=0.99, default=0.99)),
                ("province_code", models.TextField(blank=True, default="")),
                ("state", models.TextField(default="waiting")),
                ("stage", models.TextField(db_default="", default="")),
                ("stage_no", models.IntegerField(db_default=0, default=0)),
                ("stage_count", models.IntegerField(db_default=0, default=0)),
                ("memory_mb", models.IntegerField(db_default=0, default=0)),
                ("attempts", models.IntegerField(db_default=0, default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("asked_by", models.TextField()),
                ("asked_person", models.BigIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("stop_asked_by", models.TextField(db_default="", default="")),
                ("figures", models.JSONField(db_default={}, default=dict)),
                ("error", models.TextField(db_default="", default="")),
                ("confirmed_by", models.TextField(db_default="", default="")),
                ("confirmed_person", models.BigIntegerField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("written_count", models.IntegerField(db_default=0, default=0)),
                ("undone_by", models.TextField(db_default="", default="")),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_note", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("waiting", "running", "confirmed", "undo_asked"))
                        ),
                        fields=["id"],
                        name="linkage_under_way",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left__in", ("household", "collection", "persons")),
                            ("right__in", ("household", "collection", "persons")),
                            models.Q(("left", models.F("right")), _negated=True),
                        ),
                        name="linkage_sides",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    "waiting",
                                    "running",
                                    "done",
                                    "failed",
                                    "stopped",
                                    "confirmed",
                                    "applied",
                                    "undo_asked",
                                    "undone",
                                ),
                            )
                        ),
                        name="linkage_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("engine__in", ("duckdb", "spark"))),
                        name="linkage_engine",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("certain_from__gte", 0.99), ("certain_from__lte", 1)),
                        name="linkage_certain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_person__isnull", True),
                            models.Q(("confirmed_person", models.F("asked_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="linkage_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("confirmed", "applied")), _negated=True),
                            models.Q(
                                ("confirmed_at__isnull", False), ("confirmed_person__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="linkage_confirmed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkedEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("probability", models.FloatField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.entry",
                    ),
                ),
                (
                    "linkage",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.linkage",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("linkage", "entry"), name="linked_entry_once")
                ],
            },
        ),
        migrations.RunSQL(_SQL, migrations.RunSQL.noop),
    ]
