"""The directory of facilities and issuing units, as one function that the gateway may call."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "directory.sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION catalogues_directory(text, text, text, boolean, text, date, text, integer)"


class Migration(migrations.Migration):
    """One function."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("catalogues", "0005_contacts")]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
