"""What a family may ask without an account: where its child's dossier stands, and who looked at its data."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "following.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION births_family_views(uuid);
    DROP FUNCTION births_family_card(uuid, text);
    DROP FUNCTION births_family_of(uuid);
    DROP FUNCTION births_follow(jsonb);
    DROP TABLE authz.portal_attempt;
"""


class Migration(migrations.Migration):
    """Three functions; the pages' role reads no table for them."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0011_signatures"),
        ("cards", "0010_lookup"),
        ("notices", "0002_passcode"),
    ]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
