"""The search for a child's twin finds a personal id by its indexes, not by a look at all persons."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from lienthong.database.sql import function_before

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    """One function."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("births", "0017_received")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(
            (_HERE / "twins_by_id.sql").read_text(encoding="utf-8"),
            function_before(_HERE / "paper.sql", "births_twins"),
        )
    ]
