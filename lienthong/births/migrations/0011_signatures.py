"""The sender's signature of every call, and what it was made over: kept for ever, and read for a proof alone."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "signatures.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION births_proof_sent(bigint[], uuid[]), births_proof_signatures(bigint[], uuid[]),
        births_proof_messages(bigint[]);
"""


class Migration(migrations.Migration):
    """Signatures of senders."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0010_ranks"),
        ("accounts", "0005_filters"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="SentBody",
            fields=[
                ("sha256", models.BinaryField(primary_key=True, serialize=False)),
                ("body", models.BinaryField()),
            ],
            options={
                "constraints": (
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sha256", models.Func(models.F("body"), function="sha256"))
                        ),
                        name="sent_body_as_named",
                    ),
                ),
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("correlation_id", models.UUIDField(primary_key=True, serialize=False)),
                ("key_id", models.TextField()),
                ("public_key", models.BinaryField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                ("base", models.TextField()),
                ("signature_input", models.TextField()),
                ("signature", models.TextField()),
                ("coding", models.TextField(default="")),
                ("items", models.SmallIntegerField(default=1)),
                (
                    "sent",
                    models.ForeignKey(
                        db_column="sent_sha256",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="births.sentbody",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("coding__in", ("", "gzip")),
                                ("items__gte", 1),
                                ("sent__isnull", False),
                            ),
                            models.Q(("coding", ""), ("items", 1), ("sent__isnull", True)),
                            _connector="OR",
                        ),
                        name="signature_has_body",
                    ),
                ),
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
