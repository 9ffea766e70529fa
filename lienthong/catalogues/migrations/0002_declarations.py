"""The days on which a declaration counts, and the files that officers upload on screen."""

from pathlib import Path

from django.db import migrations, models

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("catalogues", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("body", models.BinaryField()),
                ("sha256", models.TextField()),
                ("officer_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind", ""), _negated=True), name="upload_kind"
                    )
                ],
            },
        ),
        migrations.RunSQL(_SQL, "DROP VIEW catalogues_declared"),
    ]
