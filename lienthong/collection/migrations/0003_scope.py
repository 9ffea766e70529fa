"""Who may read and write the ledger."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent


def _sql(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((_HERE / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """Who may read and write the ledger."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("collection", "0002_links"),
        ("accounts", "__first__"),
    ]
    operations: ClassVar[list[Operation]] = [
        _sql("scope.sql"),
    ]
