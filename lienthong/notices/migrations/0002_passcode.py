"""One-time codes by which a family opens its child's data for a few minutes."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q

_SQL = (Path(__file__).parent / "passcode.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION notices_passcode_open(uuid, text);
    DROP FUNCTION notices_passcode_make(bigint, uuid, bytea);
"""


class Migration(migrations.Migration):
    """One table, two functions."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("notices", "0001_tables")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Passcode",
            fields=[
                ("nonce", models.UUIDField(primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField()),
                ("code_sha256", models.BinaryField()),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=Func(
                            function="clock_timestamp", output_field=models.DateTimeField()
                        )
                    ),
                ),
                ("try_count", models.SmallIntegerField(db_default=0)),
                ("opened_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person_id", "made_at"], name="passcode_of_person")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(try_count__range=(0, 5)), name="passcode_tries"
                    )
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
