"""The head of the card desk (Trưởng bộ phận Sổ, thẻ) is a role of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_acts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="officer",
            name="officer_role",
        ),
        migrations.AddConstraint(
            model_name="officer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "centre",
                            "province",
                            "collection",
                            "card_desk",
                            "head",
                            "reception",
                            "administrator",
                        ],
                    )
                ),
                name="officer_role",
            ),
        ),
    ]
