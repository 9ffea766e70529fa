"""Where the search for a child that is known already finds its few candidates."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Three indexes: one delivery of a mother by either of her numbers, the children of a day in a commune."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("persons", "0006_pairs")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddIndex(
            "person",
            models.Index(fields=["born_on", "residence_commune_code"], name="person_born_place"),
        ),
        migrations.AddIndex(
            "person",
            models.Index(
                condition=models.Q(("mother_personal_id", ""), _negated=True),
                fields=["mother_personal_id"],
                name="person_mother_id",
            ),
        ),
        migrations.AddIndex(
            "person",
            models.Index(
                condition=models.Q(("mother_insurance_number", ""), _negated=True),
                fields=["mother_insurance_number"],
                name="person_mother_number",
            ),
        ),
    ]
