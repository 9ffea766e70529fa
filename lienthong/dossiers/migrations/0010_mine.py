"""The closed dossiers of one's own areas are looked through by name without fetching each."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "mine.sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION dossiers_closed_mine(integer[], text, bigint, integer, text[])"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("dossiers", "0009_doubles")]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
