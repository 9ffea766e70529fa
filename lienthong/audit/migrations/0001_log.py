"""The audit log: tables, grants, the refusal of changes, and the function other tables' triggers call."""

from pathlib import Path
from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Func, Q

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION audit_kept() CASCADE;
    DROP FUNCTION audit_visible(text, bigint) CASCADE;
    DROP FUNCTION audit_write(text, text, jsonb, bytea);
"""


class Migration(migrations.Migration):
    """First tables."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=Func(
                            function="clock_timestamp", output_field=models.DateTimeField()
                        )
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "xact",
                    models.BigIntegerField(
                        db_default=Func(
                            function="pg_current_xact_id",
                            template="%(function)s()::text::bigint",
                            output_field=models.BigIntegerField(),
                        )
                    ),
                ),
                ("by", models.TextField()),
                ("account_id", models.BigIntegerField(db_default=0)),
                ("action", models.TextField()),
                ("subject_kind", models.TextField(db_default="")),
                ("subject_id", models.BigIntegerField(null=True)),
                ("purpose", models.TextField(db_default="")),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(models.TextField(), default=list),
                ),
                ("request_id", models.TextField(db_default="")),
                ("detail", models.JSONField(default=dict)),
                ("digest", models.BinaryField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["xact"], name="audit_entry_xact"),
                    models.Index(
                        fields=["subject_kind", "subject_id", "id"], name="audit_entry_subject"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=~Q(by=""), name="audit_entry_has_actor"),
                    models.CheckConstraint(condition=~Q(action=""), name="audit_entry_has_action"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("leaf", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("prev", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("decided_at", models.DateTimeField()),
                ("horizon", models.BigIntegerField()),
                ("key_id", models.TextField()),
                ("signature", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("kind", models.TextField(primary_key=True, serialize=False)),
                ("table_name", models.TextField()),
            ],
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
