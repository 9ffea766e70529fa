"""Collection agents: their organisations, the communes these work in, the role, and what a day's look-ups were."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q

_SQL = (Path(__file__).parent / "agents.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION authz.count_miss();
    DROP FUNCTION authz.count_look(integer, integer);
    DROP FUNCTION authz.end_agent(bigint);
    DROP FUNCTION authz.give_agent(bigint, text, text, bigint, text);
    DROP POLICY of_agency_ended ON accounts_agencycommune;
    DROP POLICY of_agency_new ON accounts_agencycommune;
    DROP POLICY of_agency ON accounts_agencycommune;
    DROP POLICY of_unit_changed ON accounts_agency;
    DROP POLICY of_unit_new ON accounts_agency;
    DROP POLICY of_unit ON accounts_agency;
    DROP FUNCTION authz.manages_agencies_of(text);
    DROP FUNCTION authz.unit_codes();
    DROP FUNCTION authz.communes();
    DROP FUNCTION authz.is_agent();
    DROP FUNCTION authz.agency();
"""
_ROLES = ["centre", "province", "collection", "card_desk", "head", "reception", "agent"]


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


def _id() -> models.BigAutoField:  # type: ignore[type-arg]
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    """Three tables, one column, one role, and the functions that row-level security asks."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0007_hospital_desk"),
        ("catalogues", "0006_directory"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                ("id", _id()),
                ("code", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("province_code", models.TextField()),
                ("unit_code", models.TextField()),
                ("is_active", models.BooleanField(default=True)),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField(db_default=_now())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(code__regex=r"^[0-9A-Z][0-9A-Z.\-]{1,23}$"),
                        name="agency_code_form",
                    ),
                    models.CheckConstraint(
                        condition=~Q(name="") & ~Q(unit_code="") & ~Q(province_code=""),
                        name="agency_has_name_and_unit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgencyCommune",
            fields=[
                ("id", _id()),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="communes",
                        to="accounts.agency",
                    ),
                ),
                ("commune_code", models.TextField()),
                ("added_by", models.TextField()),
                ("added_at", models.DateTimeField(db_default=_now())),
                ("ended_by", models.TextField(db_default="", default="")),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at__isnull=True),
                        fields=("agency", "commune_code"),
                        name="agency_commune_once",
                    ),
                    models.CheckConstraint(
                        condition=Q(commune_code__regex=r"^[0-9]{5}$"), name="agency_commune_form"
                    ),
                    models.CheckConstraint(
                        condition=Q(ended_at__isnull=True, ended_by="")
                        | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                        name="agency_commune_end_whole",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "officer",
            "agency",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agents",
                to="accounts.agency",
            ),
        ),
        migrations.RemoveConstraint("officer", "officer_role"),
        migrations.AddConstraint(
            "officer",
            models.CheckConstraint(
                condition=Q(role__in=[*_ROLES, "administrator"]), name="officer_role"
            ),
        ),
        migrations.AddConstraint(
            "officer",
            models.CheckConstraint(
                condition=(Q(agency__isnull=True) & ~Q(role="agent"))
                | (Q(agency__isnull=False, role="agent") & ~Q(unit_code="")),
                name="officer_agent_has_agency",
            ),
        ),
        migrations.CreateModel(
            name="AgentDay",
            fields=[
                ("id", _id()),
                (
                    "officer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.officer",
                    ),
                ),
                ("day", models.DateField()),
                ("look_count", models.IntegerField(default=0)),
                ("miss_count", models.IntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "day"), name="agent_day_once"),
                    models.CheckConstraint(
                        condition=Q(look_count__gte=0, miss_count__gte=0), name="agent_day_counts"
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
