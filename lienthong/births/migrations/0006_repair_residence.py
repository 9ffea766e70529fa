"""The address of dossiers that were opened before it stood in them: read from the birth in force."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

REPAIR = """
SET LOCAL ROLE lienthong_worker;
SELECT set_config('lienthong.by', 'system', true), set_config('lienthong.at', now()::text, true);
UPDATE dossiers_dossier AS dossier SET residence_text = birth.facts ->> 'residence_text'
FROM births_registration AS registration
JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
WHERE registration.dossier_id = dossier.id AND dossier.residence_text = ''
  AND coalesce(birth.facts ->> 'residence_text', '') <> '';
SELECT set_config('lienthong.by', '', true), set_config('lienthong.at', '', true);
RESET ROLE;
"""


class Migration(migrations.Migration):
    """Addresses for the queue of divided communes. Safe to run twice."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0005_release"),
        ("dossiers", "0003_mergers"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
    ]
