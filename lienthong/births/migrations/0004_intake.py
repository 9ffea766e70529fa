"""What the database says of an arriving message by itself."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "intake.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Ids that look alike, and conflicts that mean the same."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("births", "0003_kept")]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, migrations.RunSQL.noop)]
