"""Rows of a file keep room on their page: each is compared, then told its person, without touching an index."""

from django.db import migrations

_ROOM = """
    ALTER TABLE persons_importrow SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5)
"""


class Migration(migrations.Migration):
    dependencies = [("persons", "0015_import_refs")]

    operations = [
        migrations.RunSQL(
            _ROOM,
            "ALTER TABLE persons_importrow RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        )
    ]
