"""Looking cards up: what was asked, limits, temporary codes, and the functions that are the gateway's only door."""

from pathlib import Path
from typing import ClassVar

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Func, Q

_HERE = Path(__file__).parent
_SQL = (_HERE / "lookup.sql").read_text(encoding="utf-8")
_FIND = (_HERE / "lookup_find.sql").read_text(encoding="utf-8")
_HERE_SQL = (_HERE / "lookup_here.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION cards_look_up_here(jsonb);
    DROP FUNCTION cards_look_up(jsonb);
    DROP FUNCTION cards_suspect(bigint[], cards_call[], date, integer);
    DROP FUNCTION cards_find(jsonb);
    DROP FUNCTION cards_find(cards_call[]);
    DROP FUNCTION cards_ended_verdict(text);
    DROP TYPE cards_answer;
    DROP TYPE cards_admission;
    DROP TYPE cards_call;
    DROP TABLE authz.decoy;
    DROP SEQUENCE cards_temporary_serial;
"""


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


class Migration(migrations.Migration):
    """Four tables, a table of decoys that no role reads, and three functions."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0006_hospitals"),
        ("cards", "0009_line"),
        ("catalogues", "0004_facility_code"),
        ("database", "0005_match_names"),
        ("dossiers", "0006_work"),
        ("persons", "0004_survivors"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="LookupSetting",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("value", models.IntegerField()),
                ("set_by", models.TextField(db_default="system")),
                ("set_at", models.DateTimeField(db_default=_now())),
            ],
        ),
        migrations.CreateModel(
            name="LookupTarget",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "target",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("target", models.BinaryField()),
                ("day", models.DateField()),
                ("miss_count", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LookupDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "machine_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("call_count", models.IntegerField()),
                ("hit_count", models.IntegerField(db_default=0)),
                ("miss_count", models.IntegerField(db_default=0)),
                ("refused_count", models.IntegerField(db_default=0)),
                ("decoy_count", models.IntegerField(db_default=0)),
                ("minute", models.DateTimeField()),
                ("minute_count", models.IntegerField()),
                ("recent", models.BigIntegerField(db_default=0)),
                (
                    "machine",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.machine",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TemporaryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField(unique=True)),
                ("facility_code", models.TextField()),
                ("staff_id", models.BigIntegerField(null=True)),
                ("issued_by", models.TextField()),
                ("issued_at", models.DateTimeField(db_default=_now())),
                ("full_name", models.TextField(db_default="")),
                ("carer_name", models.TextField()),
                ("carer_relation", models.TextField()),
                ("mother_personal_id", models.TextField(db_default="")),
                ("birth_notice_code", models.TextField(db_default="")),
                ("born_on", models.DateField()),
                ("sex", models.TextField()),
                ("address", models.TextField(db_default="")),
                ("province_code", models.TextField()),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("linked_at", models.DateTimeField(null=True)),
                ("linked_by", models.TextField(db_default="")),
                ("link_reason", models.TextField(db_default="")),
                ("birth_order", models.SmallIntegerField(db_default=1)),
                (
                    "not_persons",
                    django.contrib.postgres.fields.ArrayField(
                        models.BigIntegerField(), db_default=[]
                    ),
                ),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "doubt",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.task",
                    ),
                ),
                (
                    "machine",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.machine",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["looked_at"],
                        condition=Q(person__isnull=True),
                        name="temporary_code_open",
                    ),
                    models.Index(
                        fields=["id"],
                        condition=Q(looked_at__isnull=True),
                        name="temporary_code_new",
                    ),
                    models.Index(
                        fields=["birth_notice_code"],
                        condition=~Q(birth_notice_code=""),
                        name="temporary_code_notice",
                    ),
                    models.Index(
                        fields=["mother_personal_id", "born_on"],
                        condition=~Q(mother_personal_id=""),
                        name="temporary_code_mother",
                    ),
                    models.Index(fields=["facility_code", "born_on"], name="temporary_code_child"),
                    models.Index(fields=["machine", "id"], name="temporary_code_of"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(code__regex=r"^TE1[0-9]{2}99[0-9]{8}$"),
                        name="temporary_code_form",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            carer_relation__in=("mother", "father", "guardian", "facility")
                        ),
                        name="temporary_code_relation",
                    ),
                    models.CheckConstraint(
                        condition=Q(sex__in=("male", "female", "undetermined")),
                        name="temporary_code_sex",
                    ),
                    models.CheckConstraint(
                        condition=Q(valid__isempty=False, valid__startswith__gte=F("born_on")),
                        name="temporary_code_valid",
                    ),
                    models.CheckConstraint(
                        condition=Q(person__isnull=True, linked_at__isnull=True)
                        | Q(person__isnull=False, linked_at__isnull=False),
                        name="temporary_code_linked_when",
                    ),
                    models.CheckConstraint(
                        condition=Q(birth_order__range=(1, 9)), name="temporary_code_birth_order"
                    ),
                    models.CheckConstraint(
                        condition=Q(link_reason__in=("", "notice", "mother", "officer")),
                        name="temporary_code_link_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
        migrations.RunSQL(_FIND, migrations.RunSQL.noop),
        migrations.RunSQL(_HERE_SQL, migrations.RunSQL.noop),
    ]
