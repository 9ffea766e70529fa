"""An agent looks people up at a bounded pace: by the minute and the hour as well as by the day."""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__).parent
_PACE = (_HERE / "agent_pace.sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION authz.count_look(integer, integer, integer, integer)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_agents")]

    operations = [
        migrations.AddField("agentday", "minute", models.DateTimeField(null=True)),
        migrations.AddField(
            "agentday", "minute_count", models.IntegerField(db_default=0, default=0)
        ),
        migrations.AddField("agentday", "hour", models.DateTimeField(null=True)),
        migrations.AddField("agentday", "hour_count", models.IntegerField(db_default=0, default=0)),
        migrations.RunSQL(_PACE, _UNDO),
    ]
