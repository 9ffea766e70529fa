"""A newborn's mother is found by the indexes of personal ids, not by a look at all persons."""

from pathlib import Path

from django.db import migrations

from lienthong.database.sql import function_before

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("persons", "0017_ledger_sources")]
    operations = [
        migrations.RunSQL(
            (_HERE / "newborn_homes.sql").read_text(encoding="utf-8"),
            function_before(_HERE / "newborns.sql", "persons_newborn_homes"),
        )
    ]
