"""Tables of the collection ledger."""

import django.contrib.postgres.fields.ranges
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.IntegerField()),
                ("beneficiary_group", models.TextField()),
                ("first_month", models.DateField()),
                ("covers", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("arisen_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(null=True)),
                ("void_reason", models.TextField(default="")),
            ],
        ),
    ]
