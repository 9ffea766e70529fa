"""Households with their members, what each database says of a person, and where the two differ."""

from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

_HERE = Path(__file__).parent
_RIGHTS = (_HERE / "households.sql").read_text(encoding="utf-8")
_NEWBORNS = (_HERE / "newborns.sql").read_text(encoding="utf-8")
_NO_NEWBORNS = """
    DROP FUNCTION persons_mother_restated() CASCADE;
    DROP FUNCTION persons_take_out(bigint);
    DROP FUNCTION persons_place_newborns(bigint[], integer[], text[], boolean[], text[], text[]);
    DROP FUNCTION persons_newborn_homes(bigint[], integer[], text[], boolean[], text[], text[]);
"""
_NO_RIGHTS = """
    DELETE FROM audit_subject WHERE kind IN ('household', 'difference');
    DROP FUNCTION persons_restate(bigint, text, text);
    DROP FUNCTION persons_leave(bigint, bigint, date);
    DROP FUNCTION persons_named(text, text, date, date);
    DROP FUNCTION persons_entry_due() CASCADE;
    DROP FUNCTION persons_household_kept() CASCADE;
    DROP FUNCTION persons_member_stands() CASCADE;
    DROP FUNCTION persons_member_kept() CASCADE;
    DROP POLICY also_of_entry ON persons_number;
    DROP POLICY also_of_entry ON persons_person;
    DROP POLICY also_of_household ON persons_number;
    DROP POLICY of_newcomer ON persons_person;
    DROP POLICY also_of_household_linked ON persons_person;
    DROP POLICY also_of_household ON persons_person;
    DROP POLICY of_household ON persons_member;
    DROP SEQUENCE persons_household_serial;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_hospital_desk"),
        ("catalogues", "0006_directory"),
        ("database", "0005_match_names"),
        ("dossiers", "0008_answering"),
        ("persons", "0004_survivors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("household_value", models.TextField(default="")),
                ("collection_value", models.TextField(default="")),
                ("area", models.IntegerField(default=0)),
                ("found_at", models.DateTimeField()),
                ("state", models.TextField(default="open")),
                ("choice", models.TextField(db_default="", default="")),
                ("reason", models.TextField(db_default="", default="")),
                ("value_before", models.TextField(db_default="", default="")),
                ("value_after", models.TextField(db_default="", default="")),
                ("settled_by", models.TextField(db_default="", default="")),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DifferenceRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField()),
                ("kind", models.TextField()),
                ("pattern", models.TextField()),
                ("choice", models.TextField()),
                ("reason", models.TextField()),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(db_default="", default="")),
            ],
        ),
        migrations.CreateModel(
            name="DifferenceRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("done_count", models.IntegerField()),
                ("by", models.TextField()),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.TextField(db_default="", default="")),
                ("undone_count", models.IntegerField(db_default=0, default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.TextField()),
                ("source_ref", models.TextField()),
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
                ("area", models.IntegerField(default=0)),
                ("received_at", models.DateTimeField()),
                ("import_id", models.BigIntegerField(null=True)),
                ("compared_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Household",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("commune_code", models.TextField()),
                ("commune_on", models.DateField()),
                ("area", models.IntegerField(default=0)),
                ("address", models.TextField(default="")),
                ("origin", models.TextField(default="officer")),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("closed_on", models.DateField(null=True)),
                ("closed_by", models.TextField(db_default="", default="")),
            ],
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("relation", models.CharField(max_length=2)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("origin", models.TextField(default="officer")),
                ("began_by", models.TextField()),
                ("said_by", models.TextField()),
                ("said_at", models.DateTimeField()),
                ("ended_by", models.TextField(db_default="", default="")),
                ("ended_said_by", models.TextField(db_default="", default="")),
                ("ended_said_at", models.DateTimeField(null=True)),
                ("is_void", models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Placing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lists_version", models.BigIntegerField()),
                ("placed_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Unplaced",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="persons.person",
                    ),
                ),
                ("area", models.IntegerField()),
                ("why", models.TextField()),
                ("since", models.DateTimeField()),
                ("tried_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="person",
            name="mother",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="persons.person",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("mother__isnull", False)),
                fields=["mother"],
                name="person_mother",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mother__isnull", True),
                    models.Q(("mother", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="person_mother_is_another",
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="differences",
                to="persons.person",
            ),
        ),
        migrations.AddConstraint(
            model_name="differencerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "name",
                            "name_tone",
                            "birth_date",
                            "sex",
                            "personal_id",
                            "insurance_number",
                            "mother_name",
                            "commune",
                            "household",
                            "relation",
                            "only_household",
                            "only_collection",
                        ),
                    )
                ),
                name="difference_rule_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="differencerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "pattern__in",
                        (
                            "any",
                            "tone_place",
                            "case",
                            "empty_side",
                            "day_month",
                            "equals_registered",
                        ),
                    )
                ),
                name="difference_rule_pattern",
            ),
        ),
        migrations.AddConstraint(
            model_name="differencerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("choice__in", ("household", "collection", "registered"))),
                name="difference_rule_choice",
            ),
        ),
        migrations.AddConstraint(
            model_name="differencerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                ),
                name="difference_rule_told",
            ),
        ),
        migrations.AddConstraint(
            model_name="differencerule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("kind", "pattern", "choice"),
                name="difference_rule_once",
            ),
        ),
        migrations.AddField(
            model_name="differencerun",
            name="rule",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="runs",
                to="persons.differencerule",
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settled",
                to="persons.differencerun",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="persons.person",
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="collection_entry",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="persons.entry",
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="household_entry",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="persons.entry",
            ),
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(fields=["commune_code"], name="household_commune"),
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(fields=["area", "id"], name="household_area"),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.UniqueConstraint(fields=("code",), name="household_code_once"),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[0-9A-Z][0-9A-Z.\\-]{2,23}$")),
                name="household_code_form",
            ),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ("officer", "import", "birth", "register"))),
                name="household_origin",
            ),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_by", ""), ("closed_on__isnull", True)),
                    models.Q(
                        ("closed_on__isnull", False), models.Q(("closed_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="household_end_whole",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="household",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="members",
                to="persons.household",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="persons.person",
            ),
        ),
        migrations.AddConstraint(
            model_name="placing",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="placing_one_row"
            ),
        ),
        migrations.AddField(
            model_name="unplaced",
            name="mother",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="persons.person",
            ),
        ),
        migrations.AddConstraint(
            model_name="differencerun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by", "")),
                    models.Q(
                        ("undone_at__isnull", False), models.Q(("undone_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="difference_run_undo_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("person__isnull", False)),
                fields=["person", "source"],
                name="entry_person",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("personal_id", ""), _negated=True),
                fields=["personal_id"],
                name="entry_personal_id",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("insurance_number", ""), _negated=True),
                fields=["insurance_number"],
                name="entry_number",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("compared_at__isnull", True), ("person__isnull", False)),
                fields=["id"],
                name="entry_to_compare",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("person__isnull", True)),
                fields=["area", "source"],
                name="entry_unlinked",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                fields=("source", "source_ref"), name="entry_once_a_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ("household", "collection"))), name="entry_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("source_ref", ""), _negated=True), name="entry_has_reference"
            ),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["area", "kind", "found_at"],
                name="difference_open",
            ),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["person", "kind"], name="difference_person"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(
                condition=models.Q(("run__isnull", False)), fields=["run"], name="difference_run"
            ),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(
                condition=models.Q(("state", "settled")),
                fields=["area", "settled_at"],
                name="difference_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "name",
                            "name_tone",
                            "birth_date",
                            "sex",
                            "personal_id",
                            "insurance_number",
                            "mother_name",
                            "commune",
                            "household",
                            "relation",
                            "only_household",
                            "only_collection",
                        ),
                    )
                ),
                name="difference_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("open", "settled", "gone"))),
                name="difference_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("choice__in", ("", "household", "collection", "registered", "other"))
                ),
                name="difference_choice",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "settled"), _negated=True),
                    models.Q(
                        models.Q(("choice", ""), _negated=True),
                        models.Q(("settled_by", ""), _negated=True),
                        ("settled_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="difference_settled_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("choice", "other"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="difference_other_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("person", "kind"),
                name="difference_open_once",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["household"], name="member_household"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["person"], name="member_person"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "relation__in",
                        (
                            "00",
                            "01",
                            "02",
                            "03",
                            "04",
                            "05",
                            "06",
                            "07",
                            "08",
                            "09",
                            "10",
                            "11",
                            "12",
                            "13",
                            "14",
                            "15",
                            "16",
                            "17",
                            "18",
                            "19",
                            "20",
                            "21",
                            "99",
                        ),
                    )
                ),
                name="member_relation",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ("officer", "import", "birth", "register"))),
                name="member_origin",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "began_by__in",
                        (
                            "found",
                            "birth",
                            "moved_in",
                            "split",
                            "head_changed",
                            "relation",
                            "settled",
                        ),
                    )
                ),
                name="member_began_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ended_by__in",
                        (
                            "",
                            "moved_out",
                            "moved_in",
                            "split",
                            "head_changed",
                            "relation",
                            "closed",
                            "died",
                            "birth_cancelled",
                            "mother_corrected",
                            "mistake",
                            "settled",
                            "merged",
                        ),
                    )
                ),
                name="member_ended_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("during__isempty", False), ("during__startswith__isnull", False)
                ),
                name="member_has_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_by", ""),
                        ("ended_said_at__isnull", True),
                        ("ended_said_by", ""),
                        ("is_void", False),
                        ("during__endswith__isnull", True),
                    ),
                    models.Q(
                        models.Q(("ended_by", ""), _negated=True),
                        models.Q(("ended_said_by", ""), _negated=True),
                        ("ended_said_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="member_end_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_void", False)),
                expressions=[("person", "="), ("during", "&&")],
                name="member_one_household_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_void", False), ("relation", "00")),
                expressions=[("household", "="), ("during", "&&")],
                name="member_one_head_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="unplaced",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["area", "since"],
                name="unplaced_open",
            ),
        ),
        migrations.AddIndex(
            model_name="unplaced",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["tried_at"],
                name="unplaced_to_try",
            ),
        ),
        migrations.RunSQL(_RIGHTS, _NO_RIGHTS),
        migrations.RunSQL(_NEWBORNS, _NO_NEWBORNS),
    ]
