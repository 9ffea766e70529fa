"""SQL twins of `kernel.names`, and the Vietnamese order of names."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION vi_key(text);
    DROP FUNCTION name_fold_key(text);
    DROP FUNCTION name_tone_key(text);
    DROP FUNCTION name_stored_form(text);
"""


class Migration(migrations.Migration):
    """Four functions; proven equal to Python in tests/sql/test_names_agree.py."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("database", "0002_outbox")]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
