"""Voided entries by their dossier: few rows, looked for when a dossier moves to another unit."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


class Migration(migrations.Migration):
    """An index of what no longer counts."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("collection", "0003_scope")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["dossier"], condition=Q(voided_at__isnull=False), name="entry_voided"
            ),
        ),
    ]
