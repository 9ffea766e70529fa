"""Who answers now for a commune sees what its former unit handed over."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "answering.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP POLICY of_answering_locked ON dossiers_dossier;
    DROP POLICY of_answering ON dossiers_dossier;
    DROP FUNCTION authz.former_areas();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0004_head"),
        ("dossiers", "0007_closed"),
    ]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
