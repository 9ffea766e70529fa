"""The lane of the personal id: how it stands, both sides of an answer, what an officer decided about it."""

from pathlib import Path

from django.db import migrations, models

_SQL = (Path(__file__).parent / "lane.sql").read_text(encoding="utf-8")
_UNDO = "DROP POLICY of_dossier_decided ON persons_identityrequest"


class Migration(migrations.Migration):
    dependencies = [
        ("persons", "0002_numbers"),
        ("dossiers", "0002_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityHour",
            fields=[
                ("hour", models.DateTimeField(primary_key=True, serialize=False)),
                ("asked_count", models.IntegerField()),
                ("good_count", models.IntegerField()),
                ("attached_count", models.IntegerField()),
                ("quarantined_count", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="IdentityLane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_trusted", models.BooleanField()),
                ("retry_at", models.DateTimeField(null=True)),
                ("rate_per_second", models.FloatField()),
                ("asked_at", models.DateTimeField()),
                ("good_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="identityrequest",
            name="identity_request_state",
        ),
        migrations.AddField(
            model_name="identityrequest",
            name="decided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="identityrequest",
            name="decided_by",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="identityrequest",
            name="note",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="identityrequest",
            name="offered_born_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="identityrequest",
            name="offered_name",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="identityrequest",
            name="offered_sex",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="identityrequest",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "quarantined", "kept"))),
                fields=["state", "answer_class"],
                name="identity_request_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("waiting", "answered", "quarantined", "not_applicable", "kept"))
                ),
                name="identity_request_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "kept"), _negated=True),
                    models.Q(
                        models.Q(("decided_by", ""), _negated=True),
                        ("decided_at__isnull", False),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="identity_request_kept_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitylane",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="identity_lane_one_row"
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
