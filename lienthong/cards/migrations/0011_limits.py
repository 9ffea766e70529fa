"""The centre's limits of look-ups with their bounds and history, and what officers see of a hospital's use."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func

_SQL = (Path(__file__).parent / "limits.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP TRIGGER cards_lookup_forgiven ON accounts_suspension;
    DROP FUNCTION cards_lookup_forgiven();
    DROP TRIGGER cards_within_ceiling ON accounts_machine;
    DROP FUNCTION cards_within_ceiling();
    DROP TRIGGER cards_lookupsetting_told ON cards_lookupsetting;
    DROP FUNCTION cards_lookupsetting_told();
    DROP POLICY of_system ON cards_lookupsetting;
    DROP POLICY of_everybody ON cards_lookupsetting;
    DROP POLICY of_centre ON cards_lookupsetting;
    ALTER TABLE cards_lookupsetting DISABLE ROW LEVEL SECURITY;
    ALTER TABLE cards_lookupsetting DROP CONSTRAINT lookup_setting_bounds;
    DELETE FROM cards_lookupsetting WHERE name IN (
        'minute_ceiling', 'day_ceiling', 'miss_ceiling', 'normal_peak', 'door_ceiling');
    DROP POLICY of_system ON cards_lookupday;
    DROP POLICY of_hospital ON cards_lookupday;
    ALTER TABLE cards_lookupday DISABLE ROW LEVEL SECURITY;
"""


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


class Migration(migrations.Migration):
    """Two tables, and the rules of the limits."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0007_hospital_desk"),
        ("cards", "0010_lookup"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.AddField("lookupsetting", "note", models.TextField(db_default="")),
        migrations.CreateModel(
            name="LookupChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField()),
                ("value_before", models.IntegerField()),
                ("value", models.IntegerField()),
                ("note", models.TextField(db_default="")),
                ("by", models.TextField()),
                ("at", models.DateTimeField(db_default=_now())),
            ],
        ),
        migrations.CreateModel(
            name="LookupPeak",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("most_calls", models.IntegerField()),
            ],
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
