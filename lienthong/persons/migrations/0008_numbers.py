"""The repair of numbers: what became of each, old numbers, former personal ids, what is wrong and who repaired it."""

from pathlib import Path

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "number_repairs.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind = 'number_matter';
    DROP FUNCTION persons_numberrepair_kept() CASCADE;
    DROP FUNCTION persons_numbermatter_kept() CASCADE;
    DROP FUNCTION persons_oldnumber_kept() CASCADE;
    DROP FUNCTION persons_identifier_kept() CASCADE;
    DROP FUNCTION persons_history_kept() CASCADE;
    DROP FUNCTION persons_entry_retold() CASCADE;
    DROP FUNCTION persons_entry_told() CASCADE;
    DROP FUNCTION persons_identifier_moved() CASCADE;
    DROP FUNCTION persons_number_moved() CASCADE;
    DROP FUNCTION persons_holders(text);
    DROP FUNCTION persons_numbered(text);
    DROP FUNCTION persons_next_number();
    DROP FUNCTION persons_number_key(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_log"),
        ("persons", "0007_matching"),
    ]

    operations = [
        migrations.AddIndex("number", models.Index(fields=["person"], name="number_person")),
        migrations.CreateModel(
            name="NumberCheck",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="persons.entry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NumberEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("from_status", models.TextField()),
                ("to_status", models.TextField()),
                ("by", models.TextField()),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="persons.number",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NumberNight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("done_on", models.DateField(null=True)),
                ("after_id", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="number_night_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberMatter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("number", models.TextField(db_default="", default="")),
                ("written", models.TextField()),
                ("key", models.TextField()),
                ("source", models.TextField()),
                ("area", models.IntegerField()),
                ("other_area", models.IntegerField(db_default=0, default=0)),
                ("found_at", models.DateTimeField()),
                ("found_by", models.TextField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_as", models.TextField(db_default="", default="")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.entry",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NumberRepair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.TextField(db_default="proposed", default="proposed")),
                ("keep", models.TextField()),
                ("reason", models.TextField()),
                ("evidence", models.TextField()),
                ("proposed_person", models.BigIntegerField()),
                ("proposed_by", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("confirmed_person", models.BigIntegerField(null=True)),
                ("confirmed_by", models.TextField(db_default="", default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("refused_by", models.TextField(db_default="", default="")),
                ("refused_at", models.DateTimeField(null=True)),
                ("refused_note", models.TextField(db_default="", default="")),
                ("done_at", models.DateTimeField(null=True)),
                ("card_id", models.BigIntegerField(null=True)),
                ("trouble", models.TextField(db_default="", default="")),
                ("effects", models.JSONField(db_default=[], default=list)),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repairs",
                        to="persons.numbermatter",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OldNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("written", models.TextField()),
                ("key", models.TextField()),
                ("source", models.TextField()),
                ("faults", models.TextField(db_default="", default="")),
                ("noted_by", models.TextField()),
                ("noted_at", models.DateTimeField()),
                ("status", models.TextField(db_default="noted", default="noted")),
                ("withdrawn_by", models.TextField(db_default="", default="")),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="old_numbers",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("personal_id", models.TextField()),
                ("valid", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("status", models.TextField(default="active")),
                ("said_by", models.TextField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identifiers",
                        to="persons.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["personal_id"], name="identifier_id")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ("active", "replaced", "cancelled", "withdrawn"))
                        ),
                        name="identifier_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "active"), ("valid__endswith__isnull", True)),
                            models.Q(
                                models.Q(("status", "active"), _negated=True),
                                ("valid__endswith__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="identifier_end_whole",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "active")),
                        fields=("person",),
                        name="identifier_one_active",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="numbermatter",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["area", "kind", "found_at"],
                name="number_matter_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("doubled", "claimed", "structure"))),
                name="number_matter_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "source__in",
                        ("book", "card", "paper", "exchange", "household", "collection", "repair"),
                    )
                ),
                name="number_matter_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "claimed"), ("other__isnull", False)),
                    models.Q(models.Q(("kind", "claimed"), _negated=True), ("other__isnull", True)),
                    _connector="OR",
                ),
                name="number_matter_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other__isnull", True),
                    models.Q(("other", models.F("person")), _negated=True),
                    _connector="OR",
                ),
                name="number_matter_others",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "structure"), ("number__regex", "^[0-9]{10}$"), _connector="OR"
                ),
                name="number_matter_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_as__in", ("", "repaired", "left", "gone")),
                    models.Q(
                        models.Q(("closed_as", ""), ("closed_at__isnull", True)),
                        models.Q(
                            ("closed_at__isnull", False), models.Q(("closed_as", ""), _negated=True)
                        ),
                        _connector="OR",
                    ),
                ),
                name="number_matter_end_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="numbermatter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("kind", "person", "other", "key"),
                name="number_matter_open_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="numberrepair",
            index=models.Index(
                condition=models.Q(("state", "confirmed")),
                fields=["id"],
                name="number_repair_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("keep__in", ("held", "written", "person", "other", "new", "nothing"))
                ),
                name="number_repair_keep",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("proposed", "confirmed", "done", "refused"))),
                name="number_repair_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    models.Q(("evidence", ""), _negated=True),
                ),
                name="number_repair_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_at__isnull", True),
                        ("confirmed_person__isnull", True),
                        ("state__in", ("proposed", "refused")),
                    ),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("state__in", ("confirmed", "done")),
                        ("confirmed_person__gt", 0),
                        ("proposed_person__gt", 0),
                        models.Q(("confirmed_person", models.F("proposed_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="number_repair_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("refused_at__isnull", False),
                        ("state", "refused"),
                        models.Q(("refused_by", ""), _negated=True),
                        models.Q(("refused_note", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "refused"), _negated=True), ("refused_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="number_repair_refused_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", False), ("state", "done")),
                    models.Q(models.Q(("state", "done"), _negated=True), ("done_at__isnull", True)),
                    _connector="OR",
                ),
                name="number_repair_done_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="numberrepair",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "refused"), _negated=True),
                fields=("matter",),
                name="number_repair_one_live",
            ),
        ),
        migrations.AddIndex(
            model_name="oldnumber",
            index=models.Index(
                condition=models.Q(("status", "noted")), fields=["key"], name="old_number_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="oldnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "source__in",
                        ("book", "card", "paper", "exchange", "household", "collection", "repair"),
                    )
                ),
                name="old_number_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="oldnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("key__regex", "^[0-9A-Z]{1,40}$")), name="old_number_key_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="oldnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status", "noted"), ("withdrawn_at__isnull", True), ("withdrawn_by", "")
                    ),
                    models.Q(
                        ("status", "withdrawn"),
                        ("withdrawn_at__isnull", False),
                        models.Q(("withdrawn_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="old_number_withdrawn_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="oldnumber",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "noted")),
                fields=("person", "key"),
                name="old_number_once_a_person",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
