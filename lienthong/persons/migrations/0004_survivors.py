"""From a merged record to the one that stands for it, and back to all of one person's records."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "survivors.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION persons_family(bigint);
    DROP FUNCTION persons_survivor(bigint);
    ALTER SEQUENCE persons_number_serial MAXVALUE 9999999999;
"""


class Migration(migrations.Migration):
    """An index of the few merged records, and two functions."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("persons", "0003_lane")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="person_merged",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
