"""What a confirmed double closes comes back only by its undoing; suspected doubles follow their dossiers."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "doubles.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION dossiers_pair_follows() CASCADE;
    DROP FUNCTION dossiers_double_kept() CASCADE;
"""


class Migration(migrations.Migration):
    """Two triggers of the dossier."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("dossiers", "0008_answering"),
        ("persons", "0006_pairs"),
    ]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
