"""Events by trigger, rows by area."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent


def _sql(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((_HERE / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """Events by trigger, rows by area."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("dossiers", "0001_tables"),
        ("persons", "0002_numbers"),
        ("database", "0001_moves"),
        ("audit", "0001_log"),
        ("accounts", "__first__"),
    ]
    operations: ClassVar[list[Operation]] = [
        _sql("events.sql"),
        _sql("scope.sql"),
    ]
