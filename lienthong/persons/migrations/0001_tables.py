"""Tables of persons, numbers, questions about ids."""

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("full_name", models.TextField()),
                ("tone_key", models.TextField()),
                ("fold_key", models.TextField()),
                ("born_on", models.DateField()),
                ("sex", models.TextField()),
                ("nationality", models.TextField(default="VN")),
                ("personal_id", models.TextField(null=True)),
                ("personal_id_status", models.TextField(default="")),
                ("birth_notice_code", models.TextField(default="")),
                ("mother_name", models.TextField(default="")),
                ("mother_born", models.TextField(default="")),
                ("mother_personal_id", models.TextField(default="")),
                ("mother_insurance_number", models.TextField(default="")),
                ("father_name", models.TextField(default="")),
                ("father_born", models.TextField(default="")),
                ("father_personal_id", models.TextField(default="")),
                ("guardian_name", models.TextField(default="")),
                ("residence_commune_code", models.TextField(default="")),
                ("residence_text", models.TextField(default="")),
                ("entitled", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("died_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                ("number", models.TextField(primary_key=True, serialize=False)),
                ("status", models.TextField(default="active")),
                ("origin", models.TextField(default="allotted")),
                ("taken_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="numbers",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IdentityRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.TextField(default="waiting")),
                ("attempts", models.IntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("answer_class", models.TextField(default="")),
                ("detail", models.TextField(default="")),
                ("made_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_request",
                        to="persons.person",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("birth_notice_code", ""), _negated=True),
                fields=["birth_notice_code"],
                name="person_birth_notice",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["born_on", "fold_key"], name="person_born_name"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("sex__in", ("male", "female", "undetermined"))),
                name="person_sex",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("personal_id__isnull", True),
                    ("personal_id__regex", "^[0-9]{12}$"),
                    _connector="OR",
                ),
                name="person_personal_id_form",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="person_merged_into_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(
                condition=models.Q(("merged_into__isnull", True), ("personal_id__isnull", False)),
                fields=("personal_id",),
                name="person_personal_id_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^[0-9]{10}$")), name="number_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("active", "merged_into", "revoked", "wrong_structure"))
                ),
                name="number_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "active")),
                fields=("person",),
                name="number_one_active_a_person",
            ),
        ),
        migrations.AddIndex(
            model_name="identityrequest",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["next_at"],
                name="identity_request_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("waiting", "answered", "quarantined", "not_applicable"))
                ),
                name="identity_request_state",
            ),
        ),
    ]
