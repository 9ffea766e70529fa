"""Filters that an officer keeps for himself."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "filters.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_head"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", models.TextField()),
                ("place", models.SmallIntegerField()),
                ("name", models.TextField()),
                ("query", models.TextField()),
                (
                    "officer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to="accounts.officer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("officer", "page", "place"), name="filter_place_once"
                    ),
                    models.UniqueConstraint(
                        fields=("officer", "page", "name"), name="filter_name_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("place__gte", 1), ("place__lte", 8)),
                        name="filter_number_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="filter_has_name"
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, migrations.RunSQL.noop),
    ]
