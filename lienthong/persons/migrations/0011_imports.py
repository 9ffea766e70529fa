"""Registers that come as files: the file, its bytes, its rows and what becomes of each."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "imports.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind = 'import';
    DROP VIEW persons_standing;
    DROP FUNCTION persons_import_kept() CASCADE;
    DROP POLICY of_entry ON persons_number;
    DROP POLICY of_entry ON persons_person;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalogues", "0006_directory"),
        ("dossiers", "0008_answering"),
        ("persons", "0010_linkages"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("sha256", models.TextField()),
                ("size", models.BigIntegerField()),
                ("encoding", models.TextField(default="utf-8")),
                ("state", models.TextField(default="received")),
                (
                    "areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("is_everywhere", models.BooleanField(default=False)),
                ("sent_by", models.TextField()),
                ("sent_at", models.DateTimeField()),
                ("confirmed_by", models.TextField(db_default="", default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], default=list, size=None
                    ),
                ),
                ("last_line", models.IntegerField(db_default=0, default=0)),
                ("read_line", models.IntegerField(db_default=0, default=0)),
                ("applied_line", models.IntegerField(db_default=0, default=0)),
                ("counts", models.JSONField(db_default={}, default=dict)),
                ("trouble_code", models.TextField(db_default="", default="")),
                ("trouble_vi", models.TextField(db_default="", default="")),
                ("swept_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["sha256"], name="import_sha256"),
                    models.Index(
                        condition=models.Q(("state__in", ("received", "staged", "confirmed"))),
                        fields=["id"],
                        name="import_due",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("household", "collection"))),
                        name="import_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    "received",
                                    "staged",
                                    "previewed",
                                    "confirmed",
                                    "done",
                                    "refused",
                                    "dropped",
                                ),
                            )
                        ),
                        name="import_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("encoding__in", ("utf-8", "tcvn3", "vni"))),
                        name="import_encoding",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("confirmed", "done")), _negated=True),
                            models.Q(
                                models.Q(("confirmed_by", ""), _negated=True),
                                ("confirmed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="import_confirmed_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", ("done", "refused", "dropped")),
                            ),
                            models.Q(
                                ("ended_at__isnull", True),
                                ("state__in", ("received", "staged", "previewed", "confirmed")),
                            ),
                            _connector="OR",
                        ),
                        name="import_end_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.IntegerField()),
                ("body", models.BinaryField()),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="persons.import",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "place"), name="importpart_place_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.IntegerField()),
                ("source_ref", models.TextField(default="")),
                ("full_name", models.TextField(default="")),
                ("birth_date", models.TextField(default="")),
                ("sex", models.TextField(default="")),
                ("personal_id", models.TextField(default="")),
                ("insurance_number", models.TextField(default="")),
                ("mother_name", models.TextField(default="")),
                ("province_code", models.TextField(default="")),
                ("commune_code", models.TextField(default="")),
                ("household_code", models.TextField(default="")),
                ("relation", models.TextField(default="")),
                ("address", models.TextField(default="")),
                ("born_on", models.DateField(null=True)),
                ("fold_key", models.TextField(default="")),
                (
                    "faults",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "remarks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], default=list, size=None
                    ),
                ),
                ("outcome", models.TextField(db_default="", default="")),
                ("link", models.TextField(db_default="", default="")),
                ("area", models.IntegerField(db_default=0, default=0)),
                ("found_id", models.BigIntegerField(null=True)),
                (
                    "asked_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "changes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], default=list, size=None
                    ),
                ),
                ("before", models.JSONField(db_default={}, default=dict)),
                ("repeats_line", models.IntegerField(null=True)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="persons.import",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "line"), name="importrow_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome__in", ("", "fault", "new", "changed", "unchanged"))
                        ),
                        name="importrow_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "link__in",
                                ("", "known", "linked", "repeat", "made", "asked", "unlinked"),
                            )
                        ),
                        name="importrow_link",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
