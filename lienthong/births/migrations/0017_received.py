"""A day's messages, and those that became no dossier, are found by their arrival; built beside the traffic, and nearly free to keep."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Two indexes."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("births", "0016_family_card")]
    operations: ClassVar[list[Operation]] = [
        AddIndexConcurrently(
            "message",
            BrinIndex(
                fields=["received_at", "judged_at"], name="message_received", pages_per_range=16
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["received_at"],
                condition=models.Q(state__in=("held", "quarantined", "superseded", "not_entitled")),
                name="message_aside",
            ),
        ),
    ]
