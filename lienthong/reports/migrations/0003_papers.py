"""Papers that correct are counted by their reasons; what no unit answers for yet is listed with all the provinces that became one."""

from pathlib import Path

from django.db import migrations

from lienthong.database.sql import function_before

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_trends")]
    operations = [
        migrations.RunSQL(
            (_HERE / "papers.sql").read_text(encoding="utf-8"),
            function_before(_HERE / "records.sql", "reports_letters")
            + function_before(_HERE / "records.sql", "reports_listed"),
        )
    ]
