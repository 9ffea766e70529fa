"""The centre's letters to the provinces, their replies, and the closed lists of reasons."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

_SQL = Path(__file__).with_name("letters.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind IN ('directive', 'reply');
    DROP INDEX directive_number_of_year;
    DROP POLICY of_addressee ON oversight_directive;
    DROP POLICY of_directive ON oversight_question;
    DROP POLICY of_province ON oversight_addendum;
    DROP POLICY of_addressee ON oversight_reminder;
    DROP POLICY of_reply ON oversight_replyline;
    DROP FUNCTION oversight_directive_kept(), oversight_question_kept(), oversight_addressee_kept(),
                  oversight_added_kept(), oversight_reply_kept(), oversight_replyline_kept(), oversight_refuse(text),
                  oversight_unanswered(bigint), oversight_provinces(), oversight_offices() CASCADE;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0008_agents"),
        ("audit", "0001_log"),
        ("catalogues", "0006_directory"),
    ]

    operations = [
        migrations.CreateModel(
            name="Directive",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.TextField(db_default="draft", default="draft")),
                ("template", models.TextField(db_default="", default="")),
                ("number", models.TextField(db_default="", default="")),
                ("dated_on", models.DateField(null=True)),
                ("subject", models.TextField(db_default="", default="")),
                ("body", models.TextField(db_default="", default="")),
                ("due_on", models.DateField(null=True)),
                ("period_first", models.DateField(null=True)),
                ("period_last", models.DateField(null=True)),
                ("everyone", models.BooleanField(db_default=True, default=True)),
                (
                    "provinces",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], default=list, size=None
                    ),
                ),
                ("signer_name", models.TextField(db_default="", default="")),
                ("signer_title", models.TextField(db_default="", default="")),
                ("copies", models.TextField(db_default="", default="")),
                ("search_key", models.TextField(db_default="", default="")),
                ("edit_no", models.IntegerField(db_default=0, default=0)),
                ("drafted_by", models.TextField()),
                ("drafted_at", models.DateTimeField()),
                ("issued_by", models.TextField(db_default="", default="")),
                ("issued_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(db_default="", default="")),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_note", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [models.Index(fields=["-dated_on", "-id"], name="directive_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("draft", "issued", "closed"))),
                        name="directive_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "draft"),
                            models.Q(
                                models.Q(("number", ""), _negated=True),
                                models.Q(("subject", ""), _negated=True),
                                models.Q(("signer_name", ""), _negated=True),
                                models.Q(("issued_by", ""), _negated=True),
                                ("dated_on__isnull", False),
                                ("due_on__gte", models.F("dated_on")),
                                ("issued_at__isnull", False),
                                ("period_first__isnull", False),
                                ("period_last__gte", models.F("period_first")),
                            ),
                            _connector="OR",
                        ),
                        name="directive_whole_when_issued",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            models.Q(
                                ("closed_at__isnull", False),
                                models.Q(("closed_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="directive_closed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Addressee",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("province_name", models.TextField()),
                ("due_on", models.DateField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("opened_by", models.TextField(db_default="", default="")),
                (
                    "directive",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addressees",
                        to="oversight.directive",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Addendum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField(db_default="", default="")),
                ("due_on", models.DateField(null=True)),
                ("reason", models.TextField()),
                ("added_by", models.TextField()),
                ("added_at", models.DateTimeField()),
                (
                    "directive",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addenda",
                        to="oversight.directive",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.SmallIntegerField()),
                ("kind", models.TextField()),
                ("text", models.TextField()),
                ("is_required", models.BooleanField(db_default=True, default=True)),
                ("only_if_no", models.SmallIntegerField(null=True)),
                ("figure", models.TextField(db_default="", default="")),
                ("period_first", models.DateField(null=True)),
                ("period_last", models.DateField(null=True)),
                ("reason_list", models.TextField(db_default="", default="")),
                (
                    "directive",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="oversight.directive",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("list_name", models.TextField()),
                ("code", models.TextField()),
                ("place", models.SmallIntegerField()),
                ("label", models.TextField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("list_name", "code"), name="reason_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.TextField()),
                ("on_day", models.DateField()),
                ("told_count", models.IntegerField()),
                ("reminded_by", models.TextField()),
                ("reminded_at", models.DateTimeField()),
                (
                    "addressee",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="oversight.addressee",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("version", models.SmallIntegerField()),
                ("state", models.TextField(db_default="draft", default="draft")),
                ("reason", models.TextField(db_default="", default="")),
                ("as_of", models.DateTimeField(null=True)),
                ("edit_no", models.IntegerField(db_default=0, default=0)),
                ("drafted_by", models.TextField()),
                ("drafted_at", models.DateTimeField()),
                (
                    "editors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
                ("edited_by", models.TextField(db_default="", default="")),
                ("edited_at", models.DateTimeField(null=True)),
                ("presented_by", models.TextField(db_default="", default="")),
                ("presented_at", models.DateTimeField(null=True)),
                ("returned_by", models.TextField(db_default="", default="")),
                ("returned_at", models.DateTimeField(null=True)),
                ("returned_note", models.TextField(db_default="", default="")),
                ("number", models.TextField(db_default="", default="")),
                ("signed_by", models.TextField(db_default="", default="")),
                ("signed_person", models.BigIntegerField(null=True)),
                ("signer_name", models.TextField(db_default="", default="")),
                ("signer_title", models.TextField(db_default="", default="")),
                ("sent_at", models.DateTimeField(null=True)),
                ("due_on", models.DateField(null=True)),
                (
                    "addressee",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="oversight.addressee",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReplyLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("live", models.FloatField(null=True)),
                ("own", models.FloatField(null=True)),
                ("own_reason", models.TextField(db_default="", default="")),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], default=list, size=None
                    ),
                ),
                ("text", models.TextField(db_default="", default="")),
                ("day", models.DateField(null=True)),
                ("is_yes", models.BooleanField(null=True)),
                ("plans", models.JSONField(db_default=[], default=list)),
                (
                    "question",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oversight.question",
                    ),
                ),
                (
                    "reply",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="oversight.reply",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="addressee",
            index=models.Index(fields=["province_code", "directive"], name="addressee_of_province"),
        ),
        migrations.AddConstraint(
            model_name="addressee",
            constraint=models.UniqueConstraint(
                fields=("directive", "province_code"), name="addressee_once_a_letter"
            ),
        ),
        migrations.AddConstraint(
            model_name="addendum",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="addendum_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("directive", "place"), name="question_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ("figure", "reasons", "text", "day", "yes_no", "plan"))
                ),
                name="question_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("text", ""), _negated=True), ("place__gte", 1), ("place__lte", 60)
                ),
                name="question_asks",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "figure"), models.Q(("figure", ""), _negated=True)),
                    models.Q(models.Q(("kind", "figure"), _negated=True), ("figure", "")),
                    _connector="OR",
                ),
                name="question_figure_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "reasons"), models.Q(("reason_list", ""), _negated=True)),
                    models.Q(models.Q(("kind", "reasons"), _negated=True), ("reason_list", "")),
                    _connector="OR",
                ),
                name="question_list_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("period_first__isnull", True), ("period_last__isnull", True)),
                    models.Q(("kind", "figure"), ("period_last__gte", models.F("period_first"))),
                    _connector="OR",
                ),
                name="question_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("addressee", "on_day", "level"), name="reminder_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ("office", "director"))), name="reminder_level"
            ),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(
                condition=models.Q(("state", "sent"), _negated=True),
                fields=["province_code", "state"],
                name="reply_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(
                fields=("addressee", "version"), name="reply_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "sent"), _negated=True),
                fields=("addressee",),
                name="reply_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("draft", "presented", "sent"))),
                name="reply_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("version", 1),
                    models.Q(("version__gt", 1), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="reply_correction_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(("presented_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="reply_presented_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_on__isnull", False),
                        ("sent_at__isnull", False),
                        ("state", "sent"),
                        ("signed_person__isnull", False),
                        models.Q(("signer_name", ""), _negated=True),
                        models.Q(("signer_title", ""), _negated=True),
                        models.Q(("signed_by", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "sent"), _negated=True),
                        ("sent_at__isnull", True),
                        ("signed_person__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="reply_sent_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="replyline",
            constraint=models.UniqueConstraint(
                fields=("reply", "question"), name="reply_line_once"
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
