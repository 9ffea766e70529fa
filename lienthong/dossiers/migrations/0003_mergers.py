"""Dossiers on the way while divisions change: where each is read on the map, what a cut-over did, who chooses."""

from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "mergers.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind = 'split';
    DROP FUNCTION dossiers_reroute_kept() CASCADE;
    DROP FUNCTION dossiers_split_kept() CASCADE;
    DROP FUNCTION dossiers_other_place() CASCADE;
"""


class Migration(migrations.Migration):
    """Reroutes, splits, hamlets, forecasts."""

    dependencies = [
        ("catalogues", "0003_acts"),
        ("accounts", "0003_acts"),
        ("dossiers", "0002_events"),
        ("persons", "0002_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forecast",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("state", models.TextField()),
                ("rule", models.TextField()),
                ("qualifier", models.TextField(default="")),
                ("reason", models.TextField(default="")),
                ("from_unit_id", models.BigIntegerField(null=True)),
                ("to_unit_id", models.BigIntegerField(null=True)),
                ("from_commune_code", models.TextField(default="")),
                ("to_commune_code", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Hamlet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_code", models.TextField()),
                ("split_on", models.DateField()),
                ("hamlet_key", models.TextField()),
                ("hamlet_name", models.TextField()),
                ("new_code", models.TextField()),
                ("chosen_on", models.DateField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Reroute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("state", models.TextField()),
                ("rule", models.TextField()),
                ("qualifier", models.TextField(default="")),
                ("from_commune_code", models.TextField(default="")),
                ("to_commune_code", models.TextField(default="")),
                (
                    "path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("voids_target", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Split",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("old_code", models.TextField()),
                ("old_name", models.TextField()),
                ("split_on", models.DateField()),
                ("child_name", models.TextField()),
                ("child_born_on", models.DateField()),
                ("residence_text", models.TextField()),
                ("hamlet_key", models.TextField(default="")),
                ("hamlet_name", models.TextField(default="")),
                ("received_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("candidates", models.JSONField(default=list)),
                ("suggested_code", models.TextField(default="")),
                ("suggestion_basis", models.TextField(default="")),
                ("opened_at", models.DateTimeField()),
                ("chosen_code", models.TextField(default="")),
                ("chosen_on", models.DateField(null=True)),
                ("chosen_basis", models.TextField(default="")),
                ("chosen_at", models.DateTimeField(null=True)),
                ("chosen_by", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="dossier",
            name="chosen_commune_code",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="dossier",
            name="chosen_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="dossier",
            name="residence_text",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="dossier",
            name="resolved_since",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chosen_commune_code", ""), ("chosen_on__isnull", True)),
                    models.Q(
                        models.Q(("chosen_commune_code", ""), _negated=True),
                        ("chosen_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="dossier_choice_whole",
            ),
        ),
        migrations.AddField(
            model_name="forecast",
            name="act",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.act",
            ),
        ),
        migrations.AddField(
            model_name="forecast",
            name="dossier",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddConstraint(
            model_name="hamlet",
            constraint=models.UniqueConstraint(
                fields=("old_code", "split_on", "hamlet_key"), name="hamlet_went_one_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="hamlet",
            constraint=models.CheckConstraint(
                condition=models.Q(("hamlet_key", ""), _negated=True), name="hamlet_has_name"
            ),
        ),
        migrations.AddField(
            model_name="reroute",
            name="act",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogues.act"
            ),
        ),
        migrations.AddField(
            model_name="reroute",
            name="cutover",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.cutover",
            ),
        ),
        migrations.AddField(
            model_name="reroute",
            name="dossier",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reroutes",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="reroute",
            name="from_unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.unit",
            ),
        ),
        migrations.AddField(
            model_name="reroute",
            name="to_unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.unit",
            ),
        ),
        migrations.AddField(
            model_name="split",
            name="dossier",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="splits",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="split",
            name="from_unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="forecast",
            constraint=models.UniqueConstraint(fields=("act", "dossier"), name="forecast_once"),
        ),
        migrations.AddConstraint(
            model_name="reroute",
            constraint=models.UniqueConstraint(fields=("cutover", "dossier"), name="reroute_once"),
        ),
        migrations.AddIndex(
            model_name="split",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["areas"],
                name="split_areas",
            ),
        ),
        migrations.AddIndex(
            model_name="split",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["old_code", "split_on"],
                name="split_of_commune",
            ),
        ),
        migrations.AddConstraint(
            model_name="split",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("dossier",),
                name="split_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="split",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("chosen_at__isnull", True),
                        ("chosen_code", ""),
                        ("chosen_on__isnull", True),
                    ),
                    models.Q(
                        models.Q(("chosen_code", ""), _negated=True),
                        ("chosen_at__isnull", False),
                        ("chosen_on__isnull", False),
                        models.Q(("chosen_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="split_choice_whole",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
