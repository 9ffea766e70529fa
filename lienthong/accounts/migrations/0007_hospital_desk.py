"""The province's desk for hospitals: what its pages see and write, and addresses that were refused."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q

_SQL = (Path(__file__).parent / "hospital_desk.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION authz.hospital_turned_away(text, inet);
    DROP FUNCTION authz.hospital_password_set_at(bigint);
    DROP FUNCTION authz.set_hospital_password(bigint, text);
    ALTER TABLE accounts_machine DROP CONSTRAINT machine_hospital_name;
    DROP POLICY of_system ON accounts_machine;
    DROP POLICY of_other_systems ON accounts_machine;
    DROP POLICY of_province ON accounts_machine;
    DROP POLICY of_province_new ON accounts_machine;
    DROP POLICY of_province_changed ON accounts_machine;
    ALTER TABLE accounts_machine DISABLE ROW LEVEL SECURITY;
    DROP POLICY of_system ON accounts_machinestaff;
    DROP POLICY of_hospital ON accounts_machinestaff;
    DROP POLICY of_province_new ON accounts_machinestaff;
    DROP POLICY of_province_changed ON accounts_machinestaff;
    ALTER TABLE accounts_machinestaff DISABLE ROW LEVEL SECURITY;
    DROP POLICY of_system ON accounts_machineaddress;
    DROP POLICY of_hospital ON accounts_machineaddress;
    DROP POLICY of_province_new ON accounts_machineaddress;
    DROP POLICY of_province_changed ON accounts_machineaddress;
    ALTER TABLE accounts_machineaddress DISABLE ROW LEVEL SECURITY;
    DROP POLICY of_system ON accounts_suspension;
    DROP POLICY of_hospital ON accounts_suspension;
    DROP POLICY of_officer_new ON accounts_suspension;
    DROP POLICY of_officer_lifted ON accounts_suspension;
    ALTER TABLE accounts_suspension DISABLE ROW LEVEL SECURITY;
    DROP FUNCTION authz.manages_hospital(text);
    DROP FUNCTION authz.sees_hospital(text);
    DROP FUNCTION authz.hospital_provinces();
    DROP FUNCTION accounts_province_of(text);
"""


def _now() -> Func:
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


class Migration(migrations.Migration):
    """One table, three rules, and row-level security on everything that is a hospital's."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0006_hospitals"),
        ("catalogues", "0004_facility_code"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.AddConstraint(
            "machine",
            models.UniqueConstraint(
                fields=("facility_code",),
                condition=Q(role="hospital"),
                name="machine_one_per_facility",
            ),
        ),
        migrations.AddConstraint(
            "machinestaff",
            models.CheckConstraint(
                condition=Q(personal_id__regex=r"^[0-9]{12}$"), name="machine_staff_id_form"
            ),
        ),
        migrations.CreateModel(
            name="TurnedAway",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "machine",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="turned_away",
                        to="accounts.machine",
                    ),
                ),
                ("peer", models.TextField()),
                ("refused_count", models.IntegerField(default=1)),
                ("first_at", models.DateTimeField(db_default=_now())),
                ("last_at", models.DateTimeField(db_default=_now())),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("machine", "peer"), name="turned_away_once")
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
