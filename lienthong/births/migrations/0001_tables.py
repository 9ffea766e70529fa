"""Tables of messages, register entries and births."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.TextField()),
                ("message_id", models.TextField()),
                ("body", models.BinaryField()),
                (
                    "body_sha256",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("body"), function="sha256"),
                        output_field=models.BinaryField(),
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("channel", models.TextField()),
                ("key_id", models.TextField(default="")),
                ("state", models.TextField(default="pending")),
                ("code", models.TextField(default="")),
                ("field", models.TextField(default="")),
                (
                    "warnings",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("kind", models.TextField(default="")),
                ("version", models.IntegerField(null=True)),
                ("commune_code", models.TextField(default="")),
                ("held_for", models.TextField(default="")),
                ("attempts", models.SmallIntegerField(default=0)),
                ("judged_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("commune_code", models.TextField()),
                ("book", models.TextField()),
                ("number", models.TextField()),
                ("year", models.SmallIntegerField()),
                ("applied_version", models.IntegerField(null=True)),
                ("cancelled_version", models.IntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("channel", models.TextField()),
                ("peer", models.TextField(default="")),
                ("size", models.BigIntegerField()),
                ("sha256", models.BinaryField()),
                ("head", models.BinaryField(null=True)),
                ("outcome", models.TextField()),
                ("code", models.TextField(default="")),
                ("field", models.TextField(default="")),
                ("correlation_id", models.UUIDField()),
                (
                    "message_ref",
                    models.ForeignKey(
                        db_column="message_ref",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="births.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.BinaryField()),
                (
                    "body_sha256",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("body"), function="sha256"),
                        output_field=models.BinaryField(),
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("equivalent", models.BooleanField(default=False)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conflicts",
                        to="births.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Birth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.IntegerField()),
                ("facts_sha256", models.BinaryField()),
                ("entitled", models.BooleanField(default=True)),
                ("entitlement_code", models.TextField(default="")),
                ("facts", models.JSONField()),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="birth",
                        to="births.message",
                    ),
                ),
            ],
        ),
    ]
