"""What left the procedure: findings and their answers, how far the search has come, the office's days for SQL."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

_FINDINGS = Path(__file__).with_name("findings.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind = 'finding';
    DROP TRIGGER cards_finding_kept ON cards_finding;
    DROP TRIGGER cards_finding_moved ON cards_finding;
    DROP TRIGGER cards_finding_step_kept ON cards_findingstep;
    DROP FUNCTION cards_finding_kept();
    DROP FUNCTION cards_finding_moved();
    DROP FUNCTION cards_finding_step_kept();
    DROP FUNCTION cards_worked_minutes(timestamptz, timestamptz);
    DROP FUNCTION cards_office_seconds(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cards", "0005_exchange"),
        ("catalogues", "0003_acts"),
        ("dossiers", "0005_exchange"),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("seen_id", models.BigIntegerField(default=0)),
                ("pending_id", models.BigIntegerField(default=0)),
                ("pending_xact", models.BigIntegerField(default=0)),
                ("looked_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="OfficeDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("next_worked", models.DateField()),
                ("cut_off", models.TimeField()),
                ("minutes_before", models.IntegerField()),
                ("is_worked", models.BooleanField()),
                ("opens", models.TimeField()),
                ("lunch_from", models.TimeField()),
                ("lunch_to", models.TimeField()),
                ("closes", models.TimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.TextField()),
                ("subject_kind", models.TextField()),
                ("subject_id", models.BigIntegerField()),
                ("area", models.IntegerField()),
                ("province_code", models.TextField()),
                ("operation", models.TextField()),
                ("found_at", models.DateTimeField()),
                ("found_by", models.TextField()),
                ("due_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("delay_minutes", models.IntegerField(null=True)),
                ("old_valid", django.contrib.postgres.fields.ranges.DateRangeField(null=True)),
                ("new_valid", django.contrib.postgres.fields.ranges.DateRangeField(null=True)),
                ("detail", models.TextField(default="")),
                ("state", models.TextField(default="open")),
                ("reason", models.TextField(default="")),
                ("answer", models.TextField(default="")),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.TextField(default="")),
                ("answered_person", models.BigIntegerField(null=True)),
                ("note", models.TextField(default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.TextField(default="")),
                ("confirmed_person", models.BigIntegerField(null=True)),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.dossier",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogues.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FindingStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("to_state", models.TextField()),
                ("reason", models.TextField(default="")),
                ("text", models.TextField(default="")),
                (
                    "finding",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="cards.finding",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StepDue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.TextField()),
                ("day", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("late_from", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("step", "day"), name="step_due_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(("state", "confirmed"), _negated=True),
                fields=["area", "id"],
                name="finding_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["found_at"], name="finding_found"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["dossier"], name="finding_dossier"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                fields=("rule", "subject_kind", "subject_id"), name="finding_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("open", "answered", "returned", "confirmed"))),
                name="finding_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject_kind__in", ("card", "request", "dossier"))),
                name="finding_subject_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("found_by__in", ("event", "night"))), name="finding_found_by"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at__isnull", True), ("state", "open")),
                    models.Q(
                        models.Q(("state", "open"), _negated=True),
                        ("answered_at__isnull", False),
                        ("answered_person__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                        models.Q(("answered_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="finding_answer_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "returned"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="finding_returned_has_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("state", "confirmed"),
                        ("confirmed_person__isnull", False),
                        models.Q(("confirmed_by", ""), _negated=True),
                        models.Q(("confirmed_person", models.F("answered_person")), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "confirmed"), _negated=True),
                        ("confirmed_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="finding_four_eyes",
            ),
        ),
        migrations.AddIndex(
            model_name="findingstep",
            index=models.Index(fields=["finding", "id"], name="finding_step_of"),
        ),
        migrations.RunSQL(_FINDINGS, _UNDO),
    ]
