"""Lines of the figures, and what no event keeps of a change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

_HERE = Path(__file__).parent
_UNDO = """
    DROP TRIGGER reports_shifted ON dossiers_dossier;
    DROP TRIGGER reports_waited ON births_message;
    DROP TRIGGER reports_identified ON persons_person;
    DROP FUNCTION reports_listed_seen, reports_listed, reports_tally_seen, reports_tally, reports_records, reports_later,
        reports_letters, reports_dirty, reports_lines_of, reports_stand, reports_added, reports_category, reports_pace,
        reports_rounded, reports_paper, reports_cause, reports_position, reports_shifted, reports_waited, reports_identified;
    DROP FUNCTION reports_kept() CASCADE;
"""


def _sql(name: str, undo: str = "") -> migrations.RunSQL:
    return migrations.RunSQL((_HERE / name).read_text(encoding="utf-8"), undo)


def _instants(*names: str) -> list[tuple[str, Any]]:
    return [(name, models.DateTimeField(null=True)) for name in names]


def _numbers(kind: Callable[[], Any], *names: str) -> list[tuple[str, Any]]:
    return [(name, kind()) for name in names]


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("births", "0017_received"),
        ("cards", "0016_both_numbers"),
        ("dossiers", "0010_mine"),
        ("persons", "0002_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "dossier",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="dossiers.dossier",
                    ),
                ),
                *_numbers(models.DateTimeField, "received_at", "last_at", "since_at", "born_at"),
                *_instants("created_at", "sent_at", "arisen_at", "approved_at", "issued_at"),
                *_instants("returned_at", "identified_at"),
                *_numbers(models.IntegerField, "area", "commune"),
                *_numbers(models.DateField, "received_on", "due_on"),
                *_numbers(models.SmallIntegerField, "province", "position", "ending", "cause"),
                *_numbers(models.SmallIntegerField, "paper"),
                *(
                    (name, models.IntegerField(null=True))
                    for name in (
                        "pace_create",
                        "pace_send",
                        "pace_arise",
                        "pace_approve",
                        "pace_issue",
                        "pace_hand_over",
                    )
                ),
                *_numbers(models.BooleanField, "has_id", "was_moved", "is_plain"),
                ("is_closed", models.BooleanField()),
                ("lasted", models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Cell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("province", models.SmallIntegerField()),
                ("what", models.SmallIntegerField()),
                ("value", models.IntegerField()),
                ("count", models.BigIntegerField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="cell",
            constraint=models.UniqueConstraint(
                fields=("month", "province", "what", "value"), name="cell_once"
            ),
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("area", models.IntegerField()),
                ("province", models.SmallIntegerField()),
                ("commune", models.IntegerField()),
                ("person_id", models.BigIntegerField(null=True)),
                ("state", models.TextField()),
                ("reason", models.TextField()),
                ("is_same_state", models.BooleanField()),
                (
                    "dossier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.dossier",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Wait",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.TextField()),
                ("code", models.TextField()),
                ("kind", models.TextField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="births.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Identified",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("had_id", models.BooleanField()),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("seen_id", models.BigIntegerField(default=0)),
                ("pending_id", models.BigIntegerField(default=0)),
                ("pending_xact", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["received_on"], name="line_received"),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(
                condition=models.Q(("is_closed", False)), fields=["received_on"], name="line_open"
            ),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(
                condition=models.Q(("is_closed", True), ("lasted__gt", 31)),
                fields=["received_on"],
                name="line_slow",
            ),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["province", "received_on"], name="line_province"),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["area", "received_on"], name="line_area"),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(
                condition=models.Q(("is_plain", False)), fields=["last_at"], name="line_not_plain"
            ),
        ),
        migrations.AddIndex(
            model_name="shift", index=models.Index(fields=["dossier", "id"], name="shift_of")
        ),
        migrations.AddIndex(
            model_name="wait", index=models.Index(fields=["message"], name="wait_of")
        ),
        migrations.AddIndex(
            model_name="identified",
            index=models.Index(fields=["person", "id"], name="identified_of"),
        ),
        _sql("kept.sql"),
        _sql("lines.sql"),
        _sql("records.sql", _UNDO),
    ]
