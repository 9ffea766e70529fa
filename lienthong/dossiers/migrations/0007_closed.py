"""Closed dossiers have indexes, a count and a list of syllables of their own; work keeps its index to itself."""

from pathlib import Path

import django.contrib.postgres.indexes
from django.db import migrations, models

_SQL = (Path(__file__).parent / "closed.sql").read_text(encoding="utf-8")
_SEEN = (Path(__file__).parent / "seen.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION dossiers_closed_named(text, bigint, integer, text[]);
    DROP FUNCTION dossiers_closed() CASCADE;
"""
_WORKED_ON = ("CREATE_FAILED", "MANUAL_REVIEW", "APPROVAL_REQUESTED", "APPROVED", "PRINTED")
_CLOSED = ("RETURNED", "REJECTED", "CANCELLED")


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0006_work"),
        ("persons", "0003_lane"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosedCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.IntegerField()),
                ("state", models.TextField()),
                ("count", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Syllable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RemoveIndex(model_name="dossier", name="dossier_work"),
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
                condition=models.Q(("state__in", _WORKED_ON)),
                name="dossier_work",
            ),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(
                condition=models.Q(("state__in", _CLOSED)),
                fields=["area", "id"],
                include=("child_fold_key", "state"),
                name="dossier_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("child_fold_key"), models.Value(" "), function="string_to_array"
                ),
                condition=models.Q(("state__in", _CLOSED)),
                fastupdate=False,
                name="dossier_closed_syllables",
            ),
        ),
        migrations.AddIndex(
            model_name="closedcount",
            index=models.Index(fields=["area", "state"], name="closed_count_of"),
        ),
        migrations.AddIndex(
            model_name="syllable",
            index=models.Index(fields=["text"], name="syllable_text"),
        ),
        migrations.RunSQL(_SQL, _UNDO),
        # The same policies, as they were.
        migrations.RunSQL(_SEEN, _SEEN.replace(" OFFSET 0)", ")")),
    ]
