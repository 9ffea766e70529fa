"""Tables of dossiers, events, tasks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogues", "0001_tables"),
        ("persons", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dossier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("source", models.TextField()),
                ("message_id", models.TextField()),
                ("channel", models.TextField(default="electronic")),
                ("state", models.TextField()),
                ("reason", models.TextField(default="")),
                ("area", models.IntegerField(default=0)),
                ("unit_rule", models.TextField(default="")),
                ("commune_code", models.TextField()),
                ("district_code", models.TextField(default="")),
                ("registered_on", models.DateField()),
                ("resolved_commune_code", models.TextField(default="")),
                ("province_code", models.TextField(default="")),
                ("received_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
                ("child_name", models.TextField()),
                ("child_fold_key", models.TextField()),
                ("child_born_on", models.DateField()),
                ("child_sex", models.TextField()),
                ("facility_code", models.TextField(default="")),
                ("area_code", models.TextField(default="")),
                ("urgent", models.BooleanField(default=False)),
                ("insurance_number", models.TextField(null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogues.unit",
                    ),
                ),
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
                ("machine", models.TextField(default="dossier")),
                ("batch", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("from_state", models.TextField()),
                ("to_state", models.TextField()),
                ("by", models.TextField()),
                ("reason", models.TextField(default="")),
                (
                    "dossier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="dossiers.dossier",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("subject_key", models.TextField()),
                ("area", models.IntegerField(default=0)),
                ("detail", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(default="")),
                (
                    "dossier",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="dossiers.dossier",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(fields=["state", "id"], name="dossier_queue"),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "CREATE_FAILED",
                            "MANUAL_REVIEW",
                            "APPROVAL_REQUESTED",
                            "APPROVED",
                            "PRINTED",
                            "RETURNED",
                        ),
                    )
                ),
                fields=["area", "state", "due_on"],
                name="dossier_area_state",
            ),
        ),
        migrations.AddIndex(
            model_name="dossier",
            index=models.Index(
                condition=models.Q(("person__isnull", False)),
                fields=["person"],
                name="dossier_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.UniqueConstraint(fields=("code",), name="dossier_code_once"),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "RECEIVED",
                            "CREATE_FAILED",
                            "CREATED",
                            "SENT_TNHS",
                            "EXPORTED_TNHS",
                            "ARISEN",
                            "APPROVAL_REQUESTED",
                            "APPROVED",
                            "PRINTED",
                            "RETURNED",
                            "REJECTED",
                            "CANCELLED",
                            "MANUAL_REVIEW",
                        ),
                    )
                ),
                name="dossier_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ("electronic", "paper"))), name="dossier_channel"
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("insurance_number__isnull", True), ("person__isnull", False), _connector="OR"
                ),
                name="dossier_number_has_person",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["dossier", "id"], name="dossier_event_of"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["area", "id"],
                name="task_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(fields=("kind", "subject_key"), name="task_once"),
        ),
    ]
