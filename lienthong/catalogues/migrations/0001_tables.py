"""Tables of the dated lists, who may read and write them, and the count of their changes."""

from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION catalogues_changed() CASCADE"


class Migration(migrations.Migration):
    initial = True

    dependencies = [("database", "0001_moves")]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="EthnicGroup",
            fields=[
                ("code", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                (
                    "aliases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Nationality",
            fields=[
                ("code", models.TextField(primary_key=True, serialize=False)),
                ("alpha3", models.TextField(unique=True)),
                ("name", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
                ("divisions_digest", models.TextField(blank=True, default="")),
                ("routes_version", models.BigIntegerField(null=True)),
                ("routes_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BenefitGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("level", models.SmallIntegerField()),
                ("name", models.TextField()),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=(("code", "="), ("valid", "&&")),
                        name="benefit_group_one_level_on_a_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Division",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("level", models.TextField()),
                ("name", models.TextField()),
                ("kind", models.TextField()),
                ("parent_code", models.TextField(blank=True, default="")),
                ("province_code", models.TextField()),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("instrument", models.TextField(blank=True, default="")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["province_code", "level"], name="division_province")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ("province", "district", "commune"))),
                        name="division_level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code__regex", "^[0-9]{2}$"), ("level", "province")),
                            models.Q(("code__regex", "^[0-9]{3}$"), ("level", "district")),
                            models.Q(("code__regex", "^[0-9]{5}$"), ("level", "commune")),
                            _connector="OR",
                        ),
                        name="division_code_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid__isempty", False), ("valid__startswith__isnull", False)
                        ),
                        name="division_valid_has_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=(("code", "="), ("level", "="), ("valid", "&&")),
                        name="division_code_means_one_on_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Facility",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("province_code", models.TextField()),
                ("commune_code", models.TextField(blank=True, default="")),
                ("level", models.TextField(blank=True, default="")),
                ("registers_children", models.BooleanField()),
                ("contract", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("declared_on", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["commune_code"], name="facility_commune")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[0-9]{2}[0-9A-Z]{3}$")),
                        name="facility_code_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("contract__isempty", False), ("contract__startswith__isnull", False)
                        ),
                        name="facility_contract_has_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=(("code", "="), ("contract", "&&")),
                        name="facility_one_contract_on_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("commune_code", models.TextField()),
                ("registered", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("resolved_code", models.TextField(blank=True, default="")),
                ("resolution", models.TextField()),
                ("province_code", models.TextField(blank=True, default="")),
                ("unit_id", models.BigIntegerField(null=True)),
                ("unit_status", models.TextField()),
                ("default_facility_code", models.TextField(blank=True, default="")),
                ("rule", models.TextField(blank=True, default="")),
                (
                    "path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["commune_code"], name="route_commune")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resolution__in", ("one", "many", "none")),
                            ("unit_status__in", ("one", "many", "none")),
                        ),
                        name="route_words",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_code", models.TextField()),
                ("new_code", models.TextField()),
                ("effective", models.DateField()),
                ("share", models.TextField()),
                ("source", models.TextField()),
                ("instrument", models.TextField(blank=True, default="")),
            ],
            options={
                "indexes": [models.Index(fields=["new_code", "effective"], name="succession_heir")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("share__in", ("all", "all_people", "part", "land_only"))
                        ),
                        name="succession_share",
                    ),
                    models.UniqueConstraint(
                        fields=("old_code", "effective", "new_code"), name="succession_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("agency_code", models.TextField(blank=True, default="")),
                ("province_code", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["province_code"], name="unit_province")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("province_code__regex", "^[0-9]{2}$")),
                        name="unit_province_form",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Workplace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("district_code", models.TextField(blank=True, default="")),
                ("commune_code", models.TextField(blank=True, default="")),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="workplaces",
                        to="catalogues.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["commune_code"], name="workplace_commune")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("commune_code", ""), _negated=True),
                            models.Q(("district_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="workplace_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid__isempty", False), ("valid__startswith__isnull", False)
                        ),
                        name="workplace_valid_has_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=(
                            ("unit", "="),
                            ("commune_code", "="),
                            ("district_code", "="),
                            ("valid", "&&"),
                        ),
                        name="workplace_of_a_unit_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
