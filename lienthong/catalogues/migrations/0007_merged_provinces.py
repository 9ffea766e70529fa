"""Provinces that have become part of another are found by index: every statement of a province's officer asks for them."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """One index over the few dozen successions of provinces, built beside the traffic."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalogues", "0006_directory")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS catalogues_merged_province"
            " ON catalogues_succession (new_code) WHERE length(old_code) = 2",
            "DROP INDEX CONCURRENTLY IF EXISTS catalogues_merged_province",
        )
    ]
