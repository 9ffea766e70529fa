"""The two persons who let go of a cancellation that the brake holds."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Q

_SQL = (Path(__file__).parent / "release.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION births_brake_held() CASCADE;
    DROP FUNCTION births_release_kept() CASCADE;
"""


class Migration(migrations.Migration):
    """The two persons who let go of a cancellation that the brake holds."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0004_intake"),
        ("accounts", "0001_accounts"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_person", models.BigIntegerField()),
                ("asked_by", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("confirmed_person", models.BigIntegerField(null=True)),
                ("confirmed_by", models.TextField(default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="births.message",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(asked_person__gt=0)
                        & (
                            Q(confirmed_person__isnull=True)
                            | (Q(confirmed_person__gt=0) & ~Q(confirmed_person=F("asked_person")))
                        ),
                        name="release_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=Q(confirmed_person__isnull=True, confirmed_at__isnull=True)
                        | Q(confirmed_person__isnull=False, confirmed_at__isnull=False),
                        name="release_confirmed_whole",
                    ),
                ]
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
