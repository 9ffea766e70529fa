"""A batch costs as much as its rows, whatever the session did before."""

import re
from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent
_SQL = (_HERE / "moved.sql").read_text(encoding="utf-8")
_UNDO = "\n".join(
    line.replace("SET enable_nestloop = off", "RESET enable_nestloop").replace(
        "STABLE", "IMMUTABLE"
    )
    for line in _SQL.splitlines()
    if line.startswith("ALTER FUNCTION")
)


def _before() -> str:
    """The function as it was first written."""
    text = (_HERE / "intake.sql").read_text(encoding="utf-8")
    found = re.search(r"CREATE FUNCTION births_has_similar_id\(.*?\n    \)\);", text, re.DOTALL)
    return "" if found is None else found[0]


class Migration(migrations.Migration):
    """Plans of the functions that write what moved."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0012_following"),
        ("cards", "0006_findings"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(
            _SQL,
            _before() + "DROP FUNCTION births_similar_messages(text, text);" + _UNDO,
        )
    ]
