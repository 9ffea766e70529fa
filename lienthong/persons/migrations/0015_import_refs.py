"""The rows of a file by their reference: whom it leaves out is asked of each row of the register."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """One index, built beside the traffic."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("persons", "0014_merge_follows")]
    operations: ClassVar[list[Operation]] = [
        AddIndexConcurrently(
            "importrow",
            models.Index(fields=["source", "source_ref"], name="importrow_ref"),
        ),
    ]
