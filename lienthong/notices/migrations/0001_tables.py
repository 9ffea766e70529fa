"""Contacts, notices and how far events were read; who may see and write them."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SCOPE = Path(__file__).with_name("scope.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind = 'notice';
    DROP FUNCTION notices_tell(jsonb), notices_stop(uuid), notices_send_again(bigint[]);
    DROP TRIGGER notices_notice_kept ON notices_notice;
    DROP TRIGGER notices_contact_kept ON notices_contact;
    DROP FUNCTION notices_kept();
    DROP POLICY of_reader_or_area ON notices_notice;
    DROP POLICY of_reader ON notices_notice;
    DROP POLICY of_system ON notices_notice;
    DROP POLICY of_subject ON notices_contact;
    DROP POLICY of_system ON notices_contact;
    DROP INDEX outbox_owed, outbox_sent_at;
    REVOKE SELECT (answer, next_at, lease_until) ON database_outbox FROM lienthong_web;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_head"),
        ("audit", "0001_log"),
        ("database", "0002_outbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="Watermark",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("done_id", models.BigIntegerField(default=0)),
                ("ceiling_id", models.BigIntegerField(default=0)),
                ("ceiling_xid", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_kind", models.TextField()),
                ("subject_id", models.BigIntegerField()),
                ("channel", models.TextField()),
                ("address", models.TextField()),
                ("name", models.TextField(db_default="", default="")),
                ("wants_optional", models.BooleanField(db_default=False, default=False)),
                ("source", models.TextField()),
                ("token", models.UUIDField(db_default=models.Func(function="gen_random_uuid"))),
                ("since", models.DateTimeField()),
                ("entered_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(db_default="", default="")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject_kind__in", ("officer", "person", "dossier"))),
                        name="contact_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ("email", "sms"))),
                        name="contact_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ("message", "officer", "self", "link"))),
                        name="contact_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address__regex", "^\\+84[0-9]{9}$"), ("channel", "sms")),
                            models.Q(
                                (
                                    "address__regex",
                                    "^[^[:cntrl:][:space:]<>@,;]+@[^[:space:]<>@,;]+$",
                                ),
                                ("channel", "email"),
                            ),
                            _connector="OR",
                        ),
                        name="contact_address_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="contact_ended_whole",
                    ),
                    models.UniqueConstraint(fields=("token",), name="contact_token_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("subject_kind", "subject_id", "channel"),
                        name="contact_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("key", models.TextField()),
                ("channel", models.TextField()),
                ("recipient", models.TextField()),
                ("subject_kind", models.TextField()),
                ("subject_id", models.BigIntegerField()),
                ("area", models.IntegerField(default=0)),
                ("words", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.TextField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.officer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("channel", "page")),
                        fields=["account", "-id"],
                        name="notice_of_account",
                    ),
                    models.Index(
                        condition=models.Q(("channel", "page"), ("read_at__isnull", True)),
                        fields=["account"],
                        name="notice_unread",
                    ),
                    models.Index(fields=["subject_kind", "subject_id"], name="notice_of_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ("email", "sms", "page"))),
                        name="notice_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account__isnull", False), ("channel", "page")),
                            models.Q(("channel", "page"), _negated=True),
                            _connector="OR",
                        ),
                        name="notice_page_has_reader",
                    ),
                    models.UniqueConstraint(
                        fields=("kind", "key", "recipient", "channel"), name="notice_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SCOPE, _UNDO),
    ]
