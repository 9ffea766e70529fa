"""Births that come on paper: who typed them, their scans, their rank among the versions; and what was refused."""

from pathlib import Path
from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "paper.sql").read_text(encoding="utf-8")
_UNDO = (Path(__file__).parent / "paper_undo.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Births that come on paper."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0006_repair_residence"),
        ("dossiers", "0005_exchange"),
        ("cards", "0004_moved"),
        ("accounts", "0004_head"),
        ("audit", "0001_log"),
        ("catalogues", "0003_acts"),
        ("database", "0003_names"),
        ("persons", "0002_numbers"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Paper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField()),
                ("kind", models.TextField()),
                ("note", models.TextField(default="")),
                ("commune_code", models.TextField()),
                ("book", models.TextField()),
                ("number", models.TextField()),
                ("year", models.SmallIntegerField()),
                ("after_version", models.IntegerField(default=0)),
                ("paper_no", models.SmallIntegerField(default=1)),
                (
                    "seen",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("area", models.IntegerField()),
                ("province_code", models.TextField()),
                ("entered_person", models.BigIntegerField()),
                ("entered_by", models.TextField()),
                ("entered_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PaperRefusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("reason", models.TextField()),
                ("code", models.TextField()),
                ("area", models.IntegerField()),
                ("province_code", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.SmallIntegerField()),
                ("name", models.TextField()),
                ("form", models.TextField()),
                ("size", models.IntegerField()),
                ("sha256", models.BinaryField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="birth",
            name="birth_one_a_version",
        ),
        migrations.AddField(
            model_name="birth",
            name="paper_no",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="registration",
            name="applied_paper_no",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="registration",
            name="cancelled_paper_no",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="registration",
            name="joined_dossier",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                condition=models.Q(("joined_dossier__isnull", False)),
                fields=["joined_dossier"],
                name="registration_joined",
            ),
        ),
        migrations.AddConstraint(
            model_name="birth",
            constraint=models.UniqueConstraint(
                fields=("registration", "version", "paper_no"), name="birth_one_a_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("dossier__isnull", True), ("joined_dossier__isnull", True), _connector="OR"
                ),
                name="registration_one_dossier",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="message",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="paper",
                to="births.message",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="replaces",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddIndex(
            model_name="paperrefusal",
            index=models.Index(fields=["province_code", "at"], name="paper_refusal_of"),
        ),
        migrations.AddField(
            model_name="scan",
            name="paper",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="scans", to="births.paper"
            ),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(fields=["area", "id"], name="paper_area"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                fields=("commune_code", "book", "number", "year", "after_version", "paper_no"),
                name="paper_one_a_rank",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("create", "correct", "cancel"))), name="paper_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("paper_no__gt", 0)), name="paper_counts_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    models.Q(
                        models.Q(("reason", "K"), _negated=True),
                        models.Q(("note", ""), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="paper_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(fields=("name",), name="scan_name_once"),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "^[0-9a-f]{32}$")), name="scan_name_is_ours"
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(("form__in", ("pdf", "jpeg", "png")), ("size__gt", 0)),
                name="scan_form",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
