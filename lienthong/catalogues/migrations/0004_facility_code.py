"""The newest row of a facility by its code: what a look-up and a printed card ask for."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """One index."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("catalogues", "0003_acts")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddIndex(
            "facility", models.Index(fields=["code", "id"], name="facility_code_newest")
        ),
    ]
