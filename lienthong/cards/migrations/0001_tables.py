"""Tables of requests, approvals, cards, copies, hand-overs."""

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Request",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField(default="first")),
                ("area", models.IntegerField()),
                ("body", models.BinaryField()),
                (
                    "body_sha256",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("body"), function="sha256"),
                        output_field=models.BinaryField(),
                    ),
                ),
                ("requester_person", models.BigIntegerField()),
                ("requested_by", models.TextField()),
                ("requested_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("area", models.IntegerField()),
                ("status", models.TextField()),
                ("insurance_number", models.TextField()),
                ("beneficiary_group", models.TextField()),
                ("benefit_level", models.SmallIntegerField()),
                ("province_code", models.TextField()),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("five_year_on", models.DateField()),
                ("facility_code", models.TextField()),
                ("area_code", models.TextField(default="")),
                ("commune_code", models.TextField()),
                ("full_name", models.TextField()),
                ("born_on", models.DateField()),
                ("sex", models.TextField()),
                ("address", models.TextField(default="")),
                ("guardian_name", models.TextField(default="")),
                ("version", models.IntegerField(default=1)),
                ("approved_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(default="")),
                ("print_count", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Copy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.IntegerField()),
                ("copy_number", models.IntegerField()),
                ("reason", models.TextField(default="")),
                ("spoilt_at", models.DateTimeField(null=True)),
                ("spoilt_by", models.TextField(default="")),
                ("spoilt_reason", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("machine", models.TextField(default="card")),
                ("batch", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("from_state", models.TextField()),
                ("to_state", models.TextField()),
                ("by", models.TextField()),
                ("reason", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="PrintRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.TextField(unique=True)),
                ("area", models.IntegerField()),
                ("by", models.TextField()),
                ("at", models.DateTimeField()),
                ("card_count", models.IntegerField()),
                ("reason", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cards.request",
                    ),
                ),
                ("body_sha256", models.BinaryField()),
                ("requester_person", models.BigIntegerField()),
                ("approver_person", models.BigIntegerField()),
                ("approved_by", models.TextField()),
                ("area", models.IntegerField()),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
