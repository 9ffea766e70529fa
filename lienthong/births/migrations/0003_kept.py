"""Messages are kept; who may read what."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent


def _sql(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((_HERE / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """Messages are kept; who may read what."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0002_links"),
        ("dossiers", "0002_events"),
    ]
    operations: ClassVar[list[Operation]] = [
        _sql("kept.sql"),
        _sql("scope.sql"),
        _sql("outcome.sql"),
    ]
