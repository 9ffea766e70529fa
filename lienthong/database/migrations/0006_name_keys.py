"""One more SQL twin of `kernel.names`: names whose y and i sound alike."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION name_iy_key(text);"


class Migration(migrations.Migration):
    """Proven equal to Python in tests/sql/test_names_agree.py."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("database", "0005_match_names")]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
