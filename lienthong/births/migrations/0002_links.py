"""Tables of messages, register entries and births."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("births", "0001_tables"),
        ("dossiers", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="dossier",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="registration",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="births.registration",
            ),
        ),
        migrations.AddField(
            model_name="birth",
            name="registration",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="births",
                to="births.registration",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ("stored", "duplicate", "conflict", "refused"))),
                name="delivery_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", "refused"), ("message_ref__isnull", False), _connector="OR"
                ),
                name="delivery_points_to_message",
            ),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=models.UniqueConstraint(
                fields=("message", "body_sha256"), name="conflict_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(
                fields=("commune_code", "book", "number", "year"), name="registration_once"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["id"], name="message_pending"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "held")), fields=["held_for"], name="message_held"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("kind", "cancel"), ("state", "applied")),
                fields=["commune_code", "judged_at"],
                name="message_cancels",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["registration"], name="message_registration"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("source", "message_id"), name="message_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ("pending", "held", "quarantined", "applied", "not_entitled", "superseded"),
                    )
                ),
                name="message_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ("http", "file", "paper"))),
                name="message_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "held"), _negated=True),
                    models.Q(("held_for", ""), _negated=True),
                    _connector="OR",
                ),
                name="message_held_for_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="birth",
            constraint=models.UniqueConstraint(
                fields=("registration", "version"), name="birth_one_a_version"
            ),
        ),
    ]
