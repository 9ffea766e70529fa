"""How complete people's data are: dated criteria, a day's count, and what collection agents propose."""

from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "completeness.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION persons_fill(bigint, date);
    DROP FUNCTION persons_criterion_effect(text, text, date);
    DROP FUNCTION persons_told(date);
    DROP FUNCTION persons_applies(text, date, boolean, date);
    DROP FUNCTION persons_proposal_kept() CASCADE;
    DROP POLICY of_centre ON persons_criterion;
    DROP POLICY of_centre_new ON persons_criterion;
    DROP FUNCTION authz.sets_criteria();
    DROP POLICY of_agency_withdrawn ON persons_proposal;
    DROP POLICY of_agency_new ON persons_proposal;
    DROP POLICY of_agency ON persons_proposal;
    DROP POLICY of_agents_own ON audit_entry;
    DROP POLICY never_by_agents ON persons_oldnumber;
    DROP POLICY never_by_agents ON persons_identifier;
    DROP POLICY never_by_agents ON persons_numberevent;
    DROP POLICY never_by_agents_changed ON persons_person;
    DROP POLICY never_by_agents ON persons_person;
    DROP POLICY never_by_agents_changed ON persons_member;
    DROP POLICY never_by_agents ON persons_member;
    DROP POLICY never_by_agents_changed ON persons_household;
    DROP POLICY never_by_agents ON persons_household;
    DROP POLICY of_agency ON persons_number;
    DROP POLICY of_agency ON persons_person;
    DROP POLICY of_agency ON persons_household;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_agents"),
        ("audit", "0001_log"),
        ("catalogues", "0006_directory"),
        ("persons", "0008_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="TallyRun",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("words_vi", models.TextField()),
                ("field", models.TextField()),
                ("applies_to", models.TextField()),
                ("weight", models.SmallIntegerField()),
                ("is_direct", models.BooleanField(default=False)),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("basis_vi", models.TextField()),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("ended_by", models.TextField(db_default="", default="")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[A-Z][A-Z0-9\\-]{1,23}$")),
                        name="criterion_code_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "field__in",
                                (
                                    "full_name",
                                    "sex",
                                    "personal_id",
                                    "insurance_number",
                                    "parent",
                                    "household",
                                    "relation",
                                    "address",
                                ),
                            )
                        ),
                        name="criterion_field",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applies_to__in", ("everyone", "child", "older", "head"))
                        ),
                        name="criterion_applies",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__range", (1, 100))), name="criterion_weight"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("words_vi", ""), _negated=True),
                            models.Q(("basis_vi", ""), _negated=True),
                        ),
                        name="criterion_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_direct", False),
                            ("field__in", ("parent", "address")),
                            _connector="OR",
                        ),
                        name="criterion_direct_fields",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid__isempty", False), ("valid__startswith__isnull", False)
                        ),
                        name="criterion_has_days",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("code", "="), ("valid", "&&")],
                        name="criterion_code_once_a_day",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("field", "="), ("applies_to", "="), ("valid", "&&")],
                        name="criterion_asks_once_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("area", models.IntegerField()),
                ("commune_code", models.TextField()),
                ("criterion", models.TextField()),
                ("person_count", models.IntegerField()),
                ("missing_count", models.IntegerField()),
                ("met_weight", models.BigIntegerField()),
                ("whole_weight", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "area", "commune_code", "criterion"), name="tally_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("missing_count__gte", 0),
                            ("missing_count__lte", models.F("person_count")),
                        ),
                        name="tally_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("met_weight__gte", 0), ("met_weight__lte", models.F("whole_weight"))
                        ),
                        name="tally_weight_within",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.TextField()),
                ("value", models.TextField()),
                ("value_before", models.TextField(default="")),
                ("criterion", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("agency_id", models.BigIntegerField()),
                ("commune_code", models.TextField()),
                ("area", models.IntegerField()),
                ("state", models.TextField(default="proposed")),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("decided_by", models.TextField(db_default="", default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_note", models.TextField(db_default="", default="")),
                (
                    "household",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="persons.household",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="persons.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "proposed")),
                        fields=["area", "made_at", "id"],
                        name="proposal_open",
                    ),
                    models.Index(fields=["agency_id", "made_at"], name="proposal_agency"),
                    models.Index(
                        condition=models.Q(("household__isnull", False)),
                        fields=["household"],
                        name="proposal_household",
                    ),
                    models.Index(
                        condition=models.Q(("person__isnull", False)),
                        fields=["person"],
                        name="proposal_person",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "field__in",
                                (
                                    "full_name",
                                    "sex",
                                    "personal_id",
                                    "parent",
                                    "relation",
                                    "address",
                                    "member",
                                ),
                            )
                        ),
                        name="proposal_field",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("proposed", "confirmed", "direct", "returned", "withdrawn"),
                            )
                        ),
                        name="proposal_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("person__isnull", False),
                            models.Q(("field", "member"), ("household__isnull", False)),
                            _connector="OR",
                        ),
                        name="proposal_about_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by", ""),
                                ("state", "proposed"),
                            ),
                            models.Q(
                                models.Q(("state", "proposed"), _negated=True),
                                models.Q(("decided_by", ""), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "returned"), _negated=True),
                            models.Q(("decided_note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_returned_with_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", "proposed"), models.Q(("field", "member"), _negated=True)
                        ),
                        fields=("person", "field"),
                        name="proposal_open_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
