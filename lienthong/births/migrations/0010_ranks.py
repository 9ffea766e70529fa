"""The bytes of a proof are those of the papers that joined a dossier too."""

import re
from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent
_SQL = (_HERE / "ranks.sql").read_text(encoding="utf-8")


def _before(name: str, file: str) -> str:
    """The function as it was first written."""
    text = (_HERE / file).read_text(encoding="utf-8")
    found = re.search(rf"CREATE FUNCTION {name}\(.*?\n(?:END )?\$\$;", text, re.DOTALL)
    return (
        "" if found is None else found[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    )


class Migration(migrations.Migration):
    """The messages of papers that joined."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("births", "0009_decisions")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_SQL, _before("births_proof_bodies", "proof.sql")),
    ]
