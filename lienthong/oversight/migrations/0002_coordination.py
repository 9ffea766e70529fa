"""Coordination with the Departments of Justice, and the books that must balance with the ministry's."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent
_COORDINATION = (_HERE / "coordination.sql").read_text(encoding="utf-8")
_BOOKS = (_HERE / "books.sql").read_text(encoding="utf-8")
_UNDO_BOOKS = """
    DELETE FROM audit_subject WHERE kind IN ('statement', 'book_difference');
    DROP FUNCTION oversight_arrivals(date);
    DROP FUNCTION oversight_take_statement(jsonb, bytea, bytea, bytea, bytea[]);
    DROP FUNCTION oversight_ended_once() CASCADE;
    DROP FUNCTION oversight_statement_kept() CASCADE;
"""
_UNDO_COORDINATION = """
    DELETE FROM audit_subject WHERE kind IN ('agreement', 'connection');
    DROP FUNCTION oversight_agreement_line() CASCADE;
    DROP FUNCTION oversight_step_kept() CASCADE;
    DROP FUNCTION oversight_provinces_over_time() CASCADE;
"""


class Migration(migrations.Migration):
    """Agreements, connections, statements, books and differences."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0008_agents"),
        ("audit", "0001_log"),
        ("births", "0017_received"),
        ("catalogues", "0006_directory"),
        ("database", "0006_name_keys"),
        ("oversight", "0001_letters"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="LookedDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("looked_at", models.DateTimeField(null=True)),
                ("is_touched", models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name="AgreementStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("state", models.TextField()),
                ("since", models.DateField()),
                ("number", models.TextField(default="")),
                ("our_signer", models.TextField(default="")),
                ("their_signer", models.TextField(default="")),
                ("scope", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.TextField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["province_code", "since"], name="agreement_province")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("province_code__regex", "^[0-9]{2}$")),
                        name="agreement_province_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("drafting", "signed", "in_force", "ended"))
                        ),
                        name="agreement_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("scope__in", ("whole", "part")),
                                ("state", "signed"),
                                models.Q(("number", ""), _negated=True),
                                models.Q(("our_signer", ""), _negated=True),
                                models.Q(("their_signer", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "signed"), _negated=True),
                                ("number", ""),
                                ("our_signer", ""),
                                ("scope", ""),
                                ("their_signer", ""),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_signed_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ended"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="agreement_ended_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by", "")),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                models.Q(("withdrawn_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_withdrawn_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArrivedDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("province_code", models.TextField()),
                ("message_count", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("province_code", "day"), name="arrived_day_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("message_count__gt", 0)), name="arrived_day_some"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("commune_code", models.TextField()),
                ("province_code", models.TextField()),
                ("area", models.IntegerField()),
                ("is_stated", models.BooleanField()),
                ("said_count", models.IntegerField()),
                ("listed_count", models.IntegerField()),
                ("twice_count", models.IntegerField()),
                ("missing_count", models.IntegerField()),
                ("unknown_count", models.IntegerField()),
                ("bytes_count", models.IntegerField()),
                ("received_count", models.IntegerField()),
                ("aside_count", models.IntegerField()),
                ("repeat_count", models.IntegerField()),
                ("child_count", models.IntegerField()),
                ("numberless_count", models.IntegerField()),
                ("number_count", models.IntegerField()),
                ("cardless_count", models.IntegerField()),
                ("card_count", models.IntegerField()),
                ("open_count", models.IntegerField()),
                ("unexplained_count", models.IntegerField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["day", "province_code"], name="book_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("day", "province_code", "commune_code"),
                        name="book_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True),
                            ("until__gte", models.F("since")),
                            _connector="OR",
                        ),
                        name="book_ends_after",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "received_count",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("listed_count"), "-", models.F("twice_count")
                                        ),
                                        "-",
                                        models.F("missing_count"),
                                    ),
                                    "+",
                                    models.F("unknown_count"),
                                ),
                            )
                        ),
                        name="book_sent_is_received",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "received_count",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("aside_count"), "+", models.F("repeat_count")
                                    ),
                                    "+",
                                    models.F("child_count"),
                                ),
                            )
                        ),
                        name="book_received_is_children",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "child_count",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("numberless_count"), "+", models.F("number_count")
                                ),
                            )
                        ),
                        name="book_children_are_numbers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "number_count",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("cardless_count"), "+", models.F("card_count")
                                ),
                            )
                        ),
                        name="book_numbers_are_cards",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConnectionStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("is_connected", models.BooleanField()),
                ("since", models.DateField()),
                ("reason", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("plan", models.TextField(default="")),
                ("planned_on", models.DateField(null=True)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.TextField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["province_code", "since"], name="connection_province")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("province_code__regex", "^[0-9]{2}$")),
                        name="connection_province_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("is_connected", True),
                                ("plan", ""),
                                ("planned_on__isnull", True),
                                ("reason", ""),
                            ),
                            models.Q(
                                ("is_connected", False),
                                ("planned_on__gte", models.F("since")),
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("plan", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="connection_planned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", "OTHER"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="connection_other_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by", "")),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                models.Q(("withdrawn_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="connection_withdrawn_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("commune_code", models.TextField(default="")),
                ("province_code", models.TextField(default="")),
                ("area", models.IntegerField(default=0)),
                ("source", models.TextField()),
                ("message_id", models.TextField(default="")),
                ("book", models.TextField()),
                ("reason", models.TextField()),
                ("code", models.TextField(default="")),
                ("message_ref", models.BigIntegerField(null=True)),
                ("dossier_id", models.BigIntegerField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["day", "commune_code"], name="difference_day"),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["reason", "day"],
                        name="difference_open_reason",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=(
                            "source",
                            "day",
                            "province_code",
                            "commune_code",
                            "message_id",
                            "book",
                        ),
                        name="difference_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("book__in", ("statement", "sent", "bytes", "child", "number", "card"))
                        ),
                        name="difference_book",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="difference_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True),
                            ("closed_at__gte", models.F("opened_at")),
                            _connector="OR",
                        ),
                        name="difference_ends_after",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Resend",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.TextField()),
                ("message_id", models.TextField()),
                ("area", models.IntegerField()),
                ("asked_count", models.IntegerField(default=1)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "message_id"), name="resend_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.TextField()),
                ("day", models.DateField(null=True)),
                ("province_code", models.TextField(default="")),
                ("version", models.IntegerField(null=True)),
                ("channel", models.TextField()),
                ("peer", models.TextField(default="")),
                ("received_at", models.DateTimeField()),
                ("body", models.BinaryField()),
                (
                    "body_sha256",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("body"), function="sha256"),
                        output_field=models.BinaryField(),
                    ),
                ),
                ("state", models.TextField()),
                ("code", models.TextField(default="")),
                ("field", models.TextField(default="")),
                ("correlation_id", models.UUIDField()),
                ("key_id", models.TextField(default="")),
                ("signer", models.TextField(default="")),
                ("public_key", models.BinaryField(null=True)),
                ("base", models.TextField(default="")),
                ("signature_input", models.TextField(default="")),
                ("signature", models.TextField(default="")),
                ("coding", models.TextField(default="")),
                ("packed", models.BinaryField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "taken")), fields=["day"], name="statement_day"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "body_sha256"), name="statement_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "refused"), _negated=True),
                        fields=("source", "day", "province_code", "version"),
                        name="statement_one_a_version",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "taken")),
                        fields=("source", "day", "province_code"),
                        name="statement_one_taken",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("taken", "superseded", "refused"))),
                        name="statement_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ("http", "file"))),
                        name="statement_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "refused"),
                            models.Q(
                                ("code", ""),
                                ("day__isnull", False),
                                ("version__gt", 0),
                                ("province_code__regex", "^[0-9]{2}$"),
                            ),
                            _connector="OR",
                        ),
                        name="statement_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="statement_refused_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementScan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.SmallIntegerField()),
                ("name", models.TextField()),
                ("form", models.TextField()),
                ("size", models.IntegerField()),
                ("sha256", models.BinaryField()),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="oversight.agreementstep",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("step", "place"), name="agreement_scan_place"),
                    models.UniqueConstraint(fields=("name",), name="agreement_scan_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("form__in", ("pdf", "jpeg", "png")), ("place__gt", 0), ("size__gt", 0)
                        ),
                        name="agreement_scan_form",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatedCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("commune_code", models.TextField()),
                ("sent_count", models.IntegerField()),
                ("listed_count", models.IntegerField()),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="oversight.statement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("statement", "commune_code"), name="stated_count_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("listed_count__gte", 0), ("sent_count__gte", 0)),
                        name="stated_count_natural",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stated",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("commune_code", models.TextField()),
                ("message_id", models.TextField()),
                ("sha256", models.BinaryField()),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="oversight.statement",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["message_id"], name="stated_message"),
                    models.Index(fields=["sha256"], name="stated_digest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("statement", "message_id"), name="stated_once")
                ],
            },
        ),
        migrations.RunSQL(_COORDINATION, _UNDO_COORDINATION),
        migrations.RunSQL(_BOOKS, _UNDO_BOOKS),
    ]
