"""The law of rerouting as rows."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_GRANTS = """
GRANT SELECT ON database_law_rerouting TO lienthong_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON database_law_rerouting TO lienthong_worker;
"""


class Migration(migrations.Migration):
    """One row per state that a cut-over can find a dossier in."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("database", "0003_names")]
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="LawRerouting",
            fields=[
                ("state", models.TextField(primary_key=True, serialize=False)),
                ("rule", models.TextField()),
                ("owner", models.TextField()),
                ("voids_target", models.BooleanField()),
            ],
            options={"db_table": "database_law_rerouting"},
        ),
        migrations.RunSQL(_GRANTS, migrations.RunSQL.noop),
    ]
