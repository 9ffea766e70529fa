"""Officers, machines, their keys; then schema `authz`: credentials, sessions, and who may call what."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_AUTHZ = Path(__file__).with_name("authz.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("database", "0001_moves"),
        ("audit", "0001_log"),
        ("catalogues", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Machine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField(unique=True)),
                ("title_vi", models.TextField()),
                ("role", models.TextField()),
                ("source", models.TextField(blank=True, default="")),
                ("facility_code", models.TextField(blank=True, default="")),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["hospital", "ministry"])),
                        name="machine_role",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        fields=("source",),
                        name="machine_one_per_source",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Officer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("username", models.TextField(unique=True)),
                ("full_name", models.TextField()),
                ("person_key", models.BigIntegerField()),
                ("role", models.TextField()),
                ("province_code", models.TextField(blank=True, default="")),
                ("unit_code", models.TextField(blank=True, default="")),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("username__regex", "^[a-z0-9][a-z0-9._-]{1,63}$")),
                        name="officer_username_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "centre",
                                    "province",
                                    "collection",
                                    "card_desk",
                                    "reception",
                                    "administrator",
                                ],
                            )
                        ),
                        name="officer_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person_key__gt", 0)), name="officer_is_a_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("unit_code", ""),
                            models.Q(("province_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="officer_unit_in_province",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SenderKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.TextField(unique=True)),
                ("public_key", models.BinaryField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "machine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="accounts.machine",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MachineStaff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("full_name", models.TextField()),
                ("personal_id", models.TextField()),
                (
                    "machine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff",
                        to="accounts.machine",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("machine", "personal_id"), name="machine_staff_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(_AUTHZ, "DROP SCHEMA authz CASCADE"),
    ]
