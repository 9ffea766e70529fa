"""The figures by week or month of receipt, counted in one statement instead of one for each."""

from pathlib import Path

from django.db import migrations

from lienthong.database.sql import function_before

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_lines")]
    operations = [
        migrations.RunSQL(
            (_HERE / "trends.sql").read_text(encoding="utf-8"),
            function_before(_HERE / "records.sql", "reports_tally") + "DROP FUNCTION reports_slot;",
        )
    ]
