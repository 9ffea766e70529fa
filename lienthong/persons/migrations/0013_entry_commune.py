"""The rows of a register by commune: what a file of some communes leaves out, what an export of one writes."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """One index, built beside the traffic."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("persons", "0012_ledger_structure")]
    operations: ClassVar[list[Operation]] = [
        AddIndexConcurrently(
            "entry",
            models.Index(fields=["commune_code", "source"], name="entry_commune"),
        ),
    ]
