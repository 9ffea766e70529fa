"""The provinces' task forces, and who may change them and the facilities from a page."""

from pathlib import Path
from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q

_HERE = Path(__file__).parent
_CONTACTS = (_HERE / "contacts.sql").read_text(encoding="utf-8")
_RIGHTS = (_HERE / "facility_rights.sql").read_text(encoding="utf-8")
_UNDO_CONTACTS = """
    DELETE FROM audit_subject WHERE kind = 'help_line';
    DROP FUNCTION catalogues_public_contacts(date);
    DROP FUNCTION catalogues_help_line(text, date);
    DROP FUNCTION catalogues_province_on(text, date);
    DROP TRIGGER catalogues_helpline_kept ON catalogues_helpline;
    DROP FUNCTION catalogues_helpline_kept();
"""
_UNDO_RIGHTS = """
    DELETE FROM audit_subject WHERE kind = 'facility';
    DROP POLICY of_everybody ON catalogues_facility;
    DROP POLICY of_province_new ON catalogues_facility;
    DROP POLICY of_province ON catalogues_facility;
    DROP POLICY of_system ON catalogues_facility;
    ALTER TABLE catalogues_facility NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE catalogues_facility DISABLE ROW LEVEL SECURITY;
    REVOKE INSERT, UPDATE ON catalogues_facility FROM lienthong_web;
    DROP FUNCTION catalogues_province_codes(text[], date);
"""
_DUTIES = ("hotline", "lead", "card_desk", "it", "review")


class Migration(migrations.Migration):
    """One table, four functions, and the policies of two tables."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0006_hospitals"),
        ("audit", "0001_log"),
        ("catalogues", "0004_facility_code"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="HelpLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("duty", models.TextField()),
                ("full_name", models.TextField(default="", db_default="")),
                ("is_name_public", models.BooleanField(default=False, db_default=False)),
                ("phone", models.TextField()),
                ("email", models.TextField(default="", db_default="")),
                ("office", models.TextField(default="", db_default="")),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.TextField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("checked_on", models.DateField()),
                ("checked_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(duty__in=_DUTIES), name="help_line_duty"),
                    models.CheckConstraint(
                        condition=Q(province_code__regex=r"^[0-9]{2}$"),
                        name="help_line_province_form",
                    ),
                    models.CheckConstraint(condition=~Q(phone=""), name="help_line_can_be_called"),
                    models.CheckConstraint(
                        condition=Q(valid__isempty=False, valid__startswith__isnull=False),
                        name="help_line_valid_has_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        name="help_line_one_on_a_day",
                        expressions=(
                            ("province_code", "="),
                            ("duty", "="),
                            ("valid", "&&"),
                        ),
                        condition=Q(withdrawn_at__isnull=True),
                    ),
                ],
            },
        ),
        migrations.RunSQL(_CONTACTS, _UNDO_CONTACTS),
        migrations.RunSQL(_RIGHTS, _UNDO_RIGHTS),
    ]
