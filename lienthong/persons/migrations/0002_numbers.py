"""The number ledger keeps its promises."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent


def _sql(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((_HERE / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """The number ledger keeps its promises."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("persons", "0001_tables"),
    ]
    operations: ClassVar[list[Operation]] = [
        _sql("numbers.sql"),
    ]
