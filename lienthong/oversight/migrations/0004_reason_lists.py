"""One list of reasons for replies and declarations, kept by the centre."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "reason_lists.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind = 'reason';
    REVOKE INSERT, UPDATE (valid_to) ON oversight_reason FROM lienthong_web, lienthong_worker;
    DROP POLICY of_readers ON oversight_reason;
    DROP POLICY of_centre_new ON oversight_reason;
    DROP POLICY of_centre ON oversight_reason;
    DROP POLICY of_system ON oversight_reason;
    ALTER TABLE oversight_reason DISABLE ROW LEVEL SECURITY;
    ALTER TABLE oversight_reason NO FORCE ROW LEVEL SECURITY;
    DROP FUNCTION oversight_reason_kept() CASCADE;
    DROP FUNCTION oversight_connection_reason() CASCADE;
    DELETE FROM oversight_reason WHERE list_name = 'unconnected' AND code IN ('UNITS_UNDECLARED', 'PAUSED');
"""


class Migration(migrations.Migration):
    """Rows, who changes them, and a declaration's reason held to them."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("oversight", "0003_difficulties")]
    operations: ClassVar[list[Operation]] = [migrations.RunSQL(_SQL, _UNDO)]
