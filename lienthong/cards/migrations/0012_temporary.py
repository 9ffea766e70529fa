"""Temporary codes of children without a card, tied to the child or asked about; cards that officers report as reduced."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Q

_SQL = (Path(__file__).parent / "temporary.sql").read_text(encoding="utf-8")
_REDUCING = (Path(__file__).parent / "reducing.sql").read_text(encoding="utf-8")
_UNDO_REDUCING = """
    DROP TRIGGER cards_reduction_kept ON cards_reduction;
    DROP FUNCTION cards_reduction_kept();
"""
_UNDO = """
    DROP FUNCTION cards_temporary_codes(jsonb);
    DROP FUNCTION cards_give_temporary_code(jsonb);
    DROP FUNCTION cards_hospital_door(jsonb);
    DROP TRIGGER cards_temporary_code_kept ON cards_temporarycode;
    DROP FUNCTION cards_temporary_code_kept();
    DROP TRIGGER cards_card_wakes_codes ON cards_card;
    DROP FUNCTION cards_card_wakes_codes();
    DELETE FROM cards_lookupsetting WHERE name = 'temporary_codes_a_day';
    DROP POLICY of_doubt ON cards_temporarycode;
    DROP POLICY of_system ON cards_temporarycode;
    ALTER TABLE cards_temporarycode DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """A table, functions of the hospitals' doors, a trigger that wakes codes when a card is asked for."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("cards", "0011_limits"),
        ("dossiers", "0001_tables"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_SQL, _UNDO),
        migrations.CreateModel(
            name="Reduction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("on_day", models.DateField()),
                ("note", models.TextField()),
                ("evidence", models.TextField()),
                ("new_card_code", models.TextField(db_default="")),
                ("new_valid_from", models.DateField(null=True)),
                ("asked_person", models.BigIntegerField()),
                ("asked_by", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("confirmed_person", models.BigIntegerField(null=True)),
                ("confirmed_by", models.TextField(db_default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
                ("dropped_by", models.TextField(db_default="")),
                ("dropped_note", models.TextField(db_default="")),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("card",),
                        condition=Q(dropped_at__isnull=True),
                        name="reduction_one_live_a_card",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            kind__in=(
                                "REDUCED",
                                "REDUCED_MOVED_OUT",
                                "REDUCED_MOVED_WITHIN",
                                "REDUCED_STOPPED",
                            )
                        ),
                        name="reduction_kind",
                    ),
                    models.CheckConstraint(
                        condition=~Q(note="") & ~Q(evidence=""), name="reduction_has_evidence"
                    ),
                    models.CheckConstraint(
                        condition=Q(kind="REDUCED_STOPPED")
                        | (~Q(new_card_code="") & Q(new_valid_from__lte=F("on_day"))),
                        name="reduction_leaves_no_gap",
                    ),
                    models.CheckConstraint(
                        condition=Q(confirmed_person__isnull=True, confirmed_at__isnull=True)
                        | (
                            Q(confirmed_person__gt=0, confirmed_at__isnull=False)
                            & ~Q(confirmed_person=F("asked_person"))
                        ),
                        name="reduction_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=Q(dropped_at__isnull=True) | Q(confirmed_at__isnull=True),
                        name="reduction_confirmed_stands",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_REDUCING, _UNDO_REDUCING),
    ]
