"""Whose work a dossier is, to whom it has climbed, and why it is late."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "work.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION dossiers_assignment_kept() CASCADE;
    DROP FUNCTION dossiers_escalation_kept() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_filters"),
        ("catalogues", "0003_acts"),
        ("dossiers", "0005_exchange"),
        ("persons", "0002_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.TextField(default="")),
                ("given_at", models.DateTimeField()),
                ("given_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(db_default="", default="")),
            ],
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("clock", models.TextField()),
                ("since", models.DateTimeField()),
                ("level", models.SmallIntegerField()),
                ("reached_at", models.DateTimeField()),
                (
                    "told",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(
            model_name="dossier",
            name="dossier_area_state",
        ),
        migrations.AddField(
            model_name="dossier",
            name="late_note",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="dossier",
            name="late_reason",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="task",
            name="note",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="task",
            name="outcome",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(
                models.F("area"),
                models.F("state"),
                models.ExpressionWrapper(
                    models.Q(("urgent", True), _negated=True), output_field=models.BooleanField()
                ),
                models.F("due_on"),
                models.F("id"),
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "CREATE_FAILED",
                            "MANUAL_REVIEW",
                            "APPROVAL_REQUESTED",
                            "APPROVED",
                            "PRINTED",
                            "RETURNED",
                        ),
                    )
                ),
                name="dossier_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "late_reason__in",
                        [
                            "",
                            "DATA_FROM_SENDER",
                            "UNIT_DECLARED_LATE",
                            "DIVISION_CHANGED",
                            "VERIFYING",
                            "EQUIPMENT",
                            "SYSTEM_DOWN",
                            "WORKLOAD",
                            "FAMILY_NOT_COME",
                            "OTHER",
                        ],
                    )
                ),
                name="dossier_late_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("late_note__gt", ""), ("late_reason", ""), _negated=True),
                    models.Q(("late_note", ""), ("late_reason", "OTHER"), _negated=True),
                ),
                name="dossier_late_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["", "DONE", "NOTHING_TO_DO", "PASSED_ON"]),
                    models.Q(
                        ("closed_at__isnull", False),
                        models.Q(("note", ""), ("outcome", "")),
                        _connector="OR",
                    ),
                ),
                name="task_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_by__startswith", "officer:"), ("outcome", ""), _negated=True
                ),
                name="task_closed_how",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="dossier",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="officer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.officer",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="task",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.task",
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="dossier",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="task",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.task",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["officer"],
                name="assignment_of",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dossier__isnull", False), ("task__isnull", True)),
                    models.Q(("dossier__isnull", True), ("task__isnull", False)),
                    _connector="OR",
                ),
                name="assignment_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by", "")),
                    models.Q(
                        ("ended_at__isnull", False), models.Q(("ended_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="assignment_end_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("dossier",),
                name="assignment_one_a_dossier",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("task",),
                name="assignment_one_a_task",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("clock__in", ("approval", "dossier")), ("dossier__isnull", False)),
                    models.Q(("clock", "task"), ("task__isnull", False)),
                    _connector="OR",
                ),
                name="escalation_clock",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dossier__isnull", False), ("task__isnull", True)),
                    models.Q(("dossier__isnull", True), ("task__isnull", False)),
                    _connector="OR",
                ),
                name="escalation_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", (1, 2, 3))), name="escalation_level"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("dossier__isnull", False)),
                fields=("dossier", "clock", "since", "level"),
                name="escalation_once_a_dossier",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("task__isnull", False)),
                fields=("task", "since", "level"),
                name="escalation_once_a_task",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
