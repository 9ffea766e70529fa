"""The figures of a period by month or week."""

from pathlib import Path

from django.db import migrations

_SQL = (Path(__file__).parent / "trend.sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION reports_trend_seen, reports_trend"


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_lines")]

    operations = [migrations.RunSQL(_SQL, _UNDO)]
