"""Refused deliveries, a message's differences and open books are found by index; a statement touches every day it changes."""

from pathlib import Path
from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from lienthong.database.sql import function_before

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    """Three indexes, built beside the traffic, and one function."""

    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0017_received"),
        ("oversight", "0005_figure_conditions"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS births_delivery_refused"
            " ON births_delivery (sha256) WHERE outcome = 'refused'",
            "DROP INDEX CONCURRENTLY IF EXISTS births_delivery_refused",
        ),
        AddIndexConcurrently(
            "difference",
            models.Index(
                fields=["message_id"], condition=~models.Q(message_id=""), name="difference_message"
            ),
        ),
        AddIndexConcurrently(
            "book",
            models.Index(
                fields=["day"],
                condition=models.Q(until__isnull=True, open_count__gt=0),
                name="book_unsettled",
            ),
        ),
        migrations.RunSQL(
            (_HERE / "touched_days.sql").read_text(encoding="utf-8"),
            function_before(_HERE / "books.sql", "oversight_take_statement"),
        ),
    ]
