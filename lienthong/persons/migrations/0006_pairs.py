"""Suspected doubles, and the merging of one record into another by pointing."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "pairs.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind IN ('pair', 'merge');
    DROP FUNCTION persons_merge_kept() CASCADE;
    DROP FUNCTION persons_pair_kept() CASCADE;
    DROP FUNCTION persons_pair_follows() CASCADE;
    DROP FUNCTION persons_pair_of(bigint, bigint);
    DROP FUNCTION persons_mark(bigint);
    DROP FUNCTION persons_area_of(bigint);
    ALTER FUNCTION persons_survivor(bigint) SECURITY INVOKER RESET search_path;
    ALTER FUNCTION persons_family(bigint) SECURITY INVOKER RESET search_path;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("persons", "0005_households"),
        ("dossiers", "0008_answering"),
        ("audit", "0001_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("origin", models.TextField()),
                ("probability", models.FloatField(null=True)),
                ("reason", models.TextField(db_default="", default="")),
                ("score", models.JSONField(db_default={}, default=dict)),
                ("mark", models.TextField(db_default="", default="")),
                ("state", models.TextField(db_default="open", default="open")),
                ("later_until", models.DateField(null=True)),
                ("area_low", models.IntegerField(db_default=0, default=0)),
                ("area_high", models.IntegerField(db_default=0, default=0)),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.TextField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.TextField(db_default="", default="")),
                ("note", models.TextField(db_default="", default="")),
                (
                    "high",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "low",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area_loser", models.IntegerField(db_default=0, default=0)),
                ("area_survivor", models.IntegerField(db_default=0, default=0)),
                ("touches", models.BooleanField(db_default=True, default=True)),
                ("basis", models.TextField()),
                ("note", models.TextField()),
                ("asked_person", models.BigIntegerField()),
                ("asked_by", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("confirmed_person", models.BigIntegerField(null=True)),
                ("confirmed_by", models.TextField(db_default="", default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
                ("dropped_by", models.TextField(db_default="", default="")),
                ("dropped_note", models.TextField(db_default="", default="")),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.TextField(db_default="", default="")),
                ("undone_note", models.TextField(db_default="", default="")),
                ("effects", models.JSONField(db_default=[], default=list)),
                (
                    "loser",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "pair",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="persons.pair",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(fields=["low", "high"], name="pair_of_two"),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(
                condition=models.Q(("state__in", ("open", "later"))),
                fields=["opened_at", "id"],
                name="pair_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", False)),
                fields=["decided_at", "id"],
                name="pair_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(("low__lt", models.F("high"))), name="pair_low_before_high"
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ("register", "number", "officer", "intake"))),
                name="pair_origin",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("open", "same", "different", "later"))),
                name="pair_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("probability__isnull", True),
                    models.Q(("probability__gte", 0.0), ("probability__lte", 1.0)),
                    _connector="OR",
                ),
                name="pair_probability",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by", ""), ("state", "open")),
                    models.Q(
                        models.Q(("state", "open"), _negated=True),
                        ("decided_at__isnull", False),
                        models.Q(("decided_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pair_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("later_until__isnull", False), ("state", "later")),
                    models.Q(
                        models.Q(("state", "later"), _negated=True), ("later_until__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="pair_later_until_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "different"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="pair_different_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("open", "later"))),
                fields=("low", "high"),
                name="pair_open_once",
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(
                    ("confirmed_at__isnull", True),
                    ("dropped_at__isnull", True),
                    ("undone_at__isnull", True),
                ),
                fields=["asked_at", "id"],
                name="merge_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", False)),
                fields=["confirmed_at", "id"],
                name="merge_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("loser", models.F("survivor")), _negated=True),
                name="merge_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", ""), _negated=True), models.Q(("note", ""), _negated=True)
                ),
                name="merge_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("confirmed_person__isnull", True)),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_person__isnull", False)),
                    _connector="OR",
                ),
                name="merge_confirmed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_at__isnull", True),
                    ("touches", False),
                    models.Q(
                        ("confirmed_person__gt", 0),
                        models.Q(("confirmed_person", models.F("asked_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="merge_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("dropped_at__isnull", True),
                    models.Q(
                        ("confirmed_at__isnull", True),
                        models.Q(("dropped_by", ""), _negated=True),
                        models.Q(("dropped_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="merge_dropped_before_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undone_at__isnull", True),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        models.Q(("undone_by", ""), _negated=True),
                        models.Q(("undone_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="merge_undone_after_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("dropped_at__isnull", True), ("undone_at__isnull", True)),
                fields=("loser",),
                name="merge_one_live_a_loser",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False), ("personal_id__isnull", False)),
                fields=["personal_id"],
                name="person_merged_personal_id",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
