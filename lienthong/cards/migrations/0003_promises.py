"""Events by trigger, promises and rows by area."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent


def _sql(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((_HERE / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """Events by trigger, promises and rows by area."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("cards", "0002_links"),
        ("dossiers", "0002_events"),
    ]
    operations: ClassVar[list[Operation]] = [
        _sql("events.sql"),
        _sql("promises.sql"),
        _sql("scope.sql"),
    ]
