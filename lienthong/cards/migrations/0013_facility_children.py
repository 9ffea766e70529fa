"""The children registered at a facility: counted and listed when its contract is about to end."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


class Migration(migrations.Migration):
    """One index, built beside the traffic."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("cards", "0012_temporary")]
    operations: ClassVar[list[Operation]] = [
        AddIndexConcurrently(
            "card",
            models.Index(
                fields=["facility_code", "id"],
                condition=Q(status="active"),
                name="card_facility_children",
            ),
        ),
    ]
