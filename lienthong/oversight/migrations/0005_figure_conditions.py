"""A question of a letter may depend on a figure: what there is none of needs no reason."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from lienthong.database.sql import function_before

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    """One function."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("oversight", "0004_reason_lists")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(
            (_HERE / "figure_conditions.sql").read_text(encoding="utf-8"),
            function_before(_HERE / "letters.sql", "oversight_unanswered"),
        )
    ]
